package cuda

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("add", pair("+"))
	_ = register("mul", pair("*"))
	_ = register("bias", entry{
		expression: func(e *expression, s kernel.Step) { addBias(e, e.full(0), 1, s.Out.Last()) },
		link: func(e *expression, s kernel.Step, l kernel.Link) bool {
			if l.At != 0 || l.In < 0 {
				return false
			}
			addBias(e, "v", l.In, s.Out.Last())
			return true
		},
	})
	_ = register("mul_channels", gate("*"))
	_ = register("add_channels", gate("+"))
	_ = register("scale", entry{
		shape:      noUnary,
		expression: func(e *expression, _ kernel.Step) { e.set("%s * %s", e.full(0), e.number(alphaOf)) },
		link: func(e *expression, _ kernel.Step, l kernel.Link) bool {
			e.set("v * %s", e.number(alphaOf))
			return true
		},
	})
	_ = register("track", entry{
		shape: func(any) any { return nil },
		expression: func(e *expression, s kernel.Step) {
			decay := e.number(func(a any) float32 { return float32(a.(op.Track).Decay) })
			keep := e.number(func(a any) float32 { return float32(1 - a.(op.Track).Decay) })
			unbias := e.number(func(a any) float32 { t := a.(op.Track); return float32((1 - t.Decay) * t.Unbias) })
			e.set("%s * %s + %s * (i < %s ? %s : %s)", e.full(0), decay, e.full(1), e.size(s.Out[1]), keep, unbias)
		},
	})
	_ = register("fill", entry{
		shape: func(a any) any { f := a.(op.Fill); f.Factor = 0; return f },
		expression: func(e *expression, _ kernel.Step) {
			e.set("%s[0] * %s", e.pointer(0), e.number(func(a any) float32 { return float32(a.(op.Fill).Factor) }))
		},
	})
	_ = register("dropout", entry{
		shape: func(any) any { return nil },
		expression: func(e *expression, s kernel.Step) {
			dropout(e, e.full(0), s.Out)
		},
		link: func(e *expression, s kernel.Step, l kernel.Link) bool {
			dropout(e, "v", s.Out)
			return true
		},
	})
	_ = register("gauss", entry{
		shape: func(any) any { return nil },
		expression: func(e *expression, s kernel.Step) {
			gauss(e, e.full(0), s.Out)
		},
		link: func(e *expression, s kernel.Step, l kernel.Link) bool {
			gauss(e, "v", s.Out)
			return true
		},
	})
)

// pair is an operation on two tensors of one shape, which does not mind their order.
func pair(sign string) entry {
	return entry{
		expression: func(e *expression, _ kernel.Step) { e.set("%s %s %s", e.full(0), sign, e.full(1)) },
		link: func(e *expression, _ kernel.Step, l kernel.Link) bool {
			if l.In < 0 {
				return false
			}
			e.set("v %s %s", sign, e.full(l.In))
			return true
		},
	}
}

func addBias(e *expression, x string, in, channels int) {
	e.set("%s + %s[%s]", x, e.pointer(in), e.within(channels))
}

// gate is an operation of x[n,h,w,c] and s[n,c].
func gate(sign string) entry {
	write := func(e *expression, x string, in int, out op.Shape) {
		c := out.Last()
		e.set("%s %s %s[%s * %s + %s]", x, sign, e.pointer(in), e.over("i", out.Size()/out[0]), e.size(c), e.within(c))
	}
	return entry{
		expression: func(e *expression, s kernel.Step) { write(e, e.full(0), 1, s.Out) },
		link: func(e *expression, s kernel.Step, l kernel.Link) bool {
			if l.At != 0 || l.In < 0 || len(s.Out) != 4 {
				return false
			}
			write(e, "v", l.In, s.Out)
			return true
		},
	}
}

// dropout draws as rng does: Uniform(w) = (w>>8) / 2^24 < P exactly where w>>8 < P * 2^24, rounded up.
func dropout(e *expression, x string, shape op.Shape) {
	block, at := e.block(rng.Mask, func(a any) string { return a.(op.Dropout).Path }, shape)
	below := e.whole(func(a any) uint32 { return uint32(math.Ceil(float64(float32(a.(op.Dropout).P)) * (1 << 24))) })
	factor := e.number(func(a any) float32 {
		if d := a.(op.Dropout); d.Rescale {
			return float32(1 / (1 - d.P))
		}
		return 1
	})
	e.set("(random_word(%s, %s) >> 8) < %s ? 0.0f : %s * %s", block, at, below, x, factor)
}

func gauss(e *expression, x string, shape op.Shape) {
	block, at := e.block(rng.Noise, func(a any) string { return a.(op.Gauss).Path }, shape)
	std := e.double(func(a any) float64 { return a.(op.Gauss).Std })
	e.set("__fadd_rn(%s, (float)__dmul_rn(%s, random_normal(%s, %s)))", x, std, block, at)
}

// Operations that only move numbers. Views have kernels for planners that do not alias them.
var (
	_ = register("reshape", entry{expression: func(e *expression, _ kernel.Step) { e.set("%s", e.full(0)) }})
	_ = register("row", entry{expression: func(e *expression, s kernel.Step) {
		e.set("%s[%s + i]", e.pointer(0), e.size(s.Attrs.(op.Row).I*s.Out.Size()))
	}})
	_ = register("concat", entry{expression: func(e *expression, s kernel.Step) {
		row := e.within(s.Out.Last())
		text, end := "", 0
		for k, in := range s.In {
			w := in.Last()
			from := end
			end += w
			element := fmt.Sprintf("%s[%s * %s + %s - %s]", e.pointer(k), e.over("i", s.Out.Last()), e.size(w), row, e.size(from))
			if k < len(s.In)-1 {
				text += fmt.Sprintf("%s < %s ? %s : ", row, e.size(end), element)
			} else {
				text += element
			}
		}
		e.set("%s", text)
	}})
	_ = register("slice", entry{expression: func(e *expression, s kernel.Step) {
		a := s.Attrs.(op.Slice)
		e.set("%s[%s * %s + %s + %s]", e.pointer(0), e.over("i", s.Out.Last()), e.size(a.Width), e.within(s.Out.Last()), e.size(a.From))
	}})
	_ = register("pad_last", entry{expression: func(e *expression, s kernel.Step) {
		a := s.Attrs.(op.Slice)
		w := a.To - a.From
		at := fmt.Sprintf("(%s - %s)", e.within(a.Width), e.size(a.From)) // wraps to a large number in front of the part
		e.set("%s < %s ? %s[%s * %s + %s] : 0.0f", at, e.size(w), e.pointer(0), e.over("i", a.Width), e.size(w), at)
	}})
	_ = register("spread_space", entry{expression: func(e *expression, s kernel.Step) {
		a := s.Attrs.(op.Space)
		c := s.Out.Last()
		e.set("%s[%s * %s + %s] * %s", e.pointer(0), e.over("i", s.Out.Size()/s.Out[0]), e.size(c), e.within(c), e.share(a.H*a.W))
	}})
)
