package cuda

import (
	"errors"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Convolutions are matrix products whose operands are gathered while they are read (text/conv.cu, and text/conv_tensor.cu on tensor
// cores), or sums element by element where a group has few channels (text/conv_direct.cu). Where Backend.Convolutions says so and the
// device has a library for convolutions, those of a trial that runs alone are the library's.
var (
	_ = register("conv2d", entry{choose: func(s kernel.Step) entry {
		c := convOf(s.Attrs.(op.Conv), s.In[0], s.Out)
		if c.direct() {
			return entry{expression: func(e *expression, _ kernel.Step) { c.expression(e, "conv_direct") }}
		}
		return entry{compile: func(s kernel.Step) *program { return c.forward() }}
	}})
	_ = register("conv2d_dx", entry{choose: func(s kernel.Step) entry {
		c := convOf(s.Attrs.(op.Conv), s.Out, s.In[0])
		if c.direct() {
			return entry{expression: func(e *expression, _ kernel.Step) { c.expression(e, "conv_direct_dx") }}
		}
		return entry{compile: func(s kernel.Step) *program { return c.backward() }}
	}})
	_ = register("conv2d_dw", entry{compile: func(s kernel.Step) *program {
		c := convOf(s.Attrs.(op.Conv), s.In[0], s.In[1])
		if c.direct() {
			return columnSums("conv_direct_dw", fixed("window", "reduce", "conv_direct"), int(c.G.KH*c.G.KW*c.Cg), c.outPixels(), int(c.Co), 1, 1, func(b *Binding) ([]any, error) {
				return []any{arg(b.In[0]), arg(b.In[1]), c.G, c.group()}, nil
			})
		}
		return c.weights()
	}})
)

// conv is struct conv_shape.
type conv struct {
	G                  window
	Co, Groups, Cg, Og int32
	Splits, Per        int32
	Flags              int32

	ByOH, ByOW, ByKW, ByCg, ByOg div
	ByHigh, ByWide               [2]div
}

func convOf(a op.Conv, x, y op.Shape) conv {
	g := int32(a.Groups)
	return conv{
		G:  newWindow(a.Window, x, y[1], y[2]),
		Co: int32(y[3]), Groups: g, Cg: int32(x[3]) / g, Og: int32(y[3]) / g,
		ByOH: newDiv(y[1]), ByOW: newDiv(y[2]), ByKW: newDiv(a.KW), ByCg: newDiv(x[3] / a.Groups), ByOg: newDiv(y[3] / a.Groups),
		ByHigh: [2]div{newDiv(ceil(x[1], a.SH)), newDiv(max(1, x[1]/a.SH))},
		ByWide: [2]div{newDiv(ceil(x[2], a.SW)), newDiv(max(1, x[2]/a.SW))},
	}
}

// group is struct conv_group.
func (c conv) group() struct{ Co, Cg, Og int32 } {
	return struct{ Co, Cg, Og int32 }{c.Co, c.Cg, c.Og}
}

// direct reports whether a group is too narrow for tiles.
func (c conv) direct() bool { return c.Groups > 1 && (c.Cg < 4 || c.Og < 4) }

func (c conv) expression(e *expression, function string) {
	e.window(c.G)
	e.unit("reduce")
	e.unit("conv_direct")
	e.param("conv_group", "s", func(*Binding) any { return c.group() })
	e.set("%s(%s, %s, g, s, i)", function, e.pointer(0), e.pointer(1))
}

func (c conv) outPixels() int { return int(c.G.N * c.G.OH * c.G.OW) }

// convTile is a block's part of the product, and a thread's.
type convTile struct{ bm, bn, tm, tn int }

// convTiles, the larger ones first. A thread's part decides how much it multiplies for each number that it reads from shared memory: 8x8 can
// keep the units for multiplication busy, 4x4 half of the time. So large tiles are for products that fill a card with them.
var convTiles = []convTile{
	{256, 16, 8, 4}, {128, 16, 4, 4}, {64, 16, 4, 2},
	{128, 32, 8, 4}, {64, 32, 4, 4},
	{128, 64, 8, 8}, {64, 64, 8, 4},
}

// fills is the number of blocks that keep a card busy: more than one for each multiprocessor of a large one.
const fills = 200

// tileFor chooses the tile for a product of m x n: of the narrowest tiles that n needs, the largest that still makes blocks enough.
func tileFor(m, n int) convTile {
	width := 64
	switch {
	case n <= 16:
		width = 16
	case n <= 32:
		width = 32
	}
	last := convTile{}
	for _, t := range convTiles {
		if t.bn != width {
			continue
		}
		last = t
		if m > t.bm/2 && ceil(m, t.bm)*ceil(n, t.bn) >= fills {
			return t
		}
	}
	return last
}

// vector is 4 where four neighbours of a row of width n are neighbours in memory, else 1.
func vector(n int32) int {
	if n%4 == 0 {
		return 4
	}
	return 1
}

// kernelOf makes a kernel that calls a template of text/conv.cu; e is what is fused behind, or nil. Its name is that of the precision in
// which products are multiplied.
func (p *program) kernelOf(function string, t convTile, va, vb int, e *expression) (name func(device.Precision) string, bind func(b *Binding) ([]any, error)) {
	base := fmt.Sprintf("%s_%dx%d_%d%d", function, t.bm, t.bn, va, vb)
	params, last := "netc_tensor out, netc_tensor a, netc_tensor b, conv_shape s", ", conv_nothing()"
	units := fixed("window", "conv_tensor", "conv")
	bind = func(*Binding) ([]any, error) { return nil, nil }
	if function == "conv_weights" {
		last = ""
	}
	if e != nil {
		u, declared, more := e.behind()
		units = append(append(units, fixed(e.units...)...), u)
		base, bind = base+"_"+u.Name, more
		last = ", " + u.Name + "{" + strings.Join(named(declared), ", ") + "}"
		if len(declared) > 0 {
			params += ", " + strings.Join(declared, ", ")
		}
	}
	name = func(q device.Precision) string { return base + []string{"", "_tf32", "_bf16"}[q] }
	p.units = units
	p.precise = func(q device.Precision) Unit {
		return Unit{name(q), fmt.Sprintf("extern \"C\" __global__ void __launch_bounds__(128) %s(%s) { %s<%d, %d, %d, %d, %d, %d, %d>(out, a, b, s%s); }\n",
			name(q), params, function, q, t.bm, t.bn, t.tm, t.tn, va, vb, last)}
	}
	return name, bind
}

const (
	aAligned = 1 << iota
	bAligned
	outAligned
)

// flags say which operands may be read, and the output be written, four numbers at a time.
func (c conv) flags(a, b, out tensor) int32 {
	f := int32(0)
	if fourAligned(a) {
		f |= aAligned
	}
	if fourAligned(b) {
		f |= bAligned
	}
	if fourAligned(out) {
		f |= outAligned
	}
	return f
}

const convThreads = 128

func (c conv) forward() *program { return c.forwardIn(tileFor(c.outPixels(), int(c.Og))) }

func (c conv) forwardIn(t convTile) *program {
	blocks := ceil(c.outPixels(), t.bm) * ceil(int(c.Og), t.bn) * int(c.Groups)
	return c.product("conv_forward", device.Forward, t, vector(c.Cg), vector(c.Og), blocks, c.Og%4 == 0)
}

// phasePixels is the number of input pixels of the largest phase.
func (c conv) phasePixels() int {
	return int(c.G.N) * ceil(int(c.G.H), int(c.G.SH)) * ceil(int(c.G.W), int(c.G.SW))
}

func (c conv) backward() *program { return c.backwardIn(tileFor(c.phasePixels(), int(c.Cg))) }

func (c conv) backwardIn(t convTile) *program {
	pixels := c.phasePixels()
	blocks := ceil(pixels, t.bm) * int(c.G.SH*c.G.SW) * ceil(int(c.Cg), t.bn) * int(c.Groups)
	return c.product("conv_backward", device.BackwardData, t, vector(c.Og), vector(c.Og), blocks, c.Cg%4 == 0)
}

// product makes the program of a pass whose sums are not split, with what is fused behind.
func (c conv) product(function string, pass device.Pass, t convTile, va, vb, blocks int, four bool) *program {
	p := &program{}
	make := func(e *expression) {
		name, bind := p.kernelOf(function, t, va, vb, e)
		p.parts = nil
		var after *program // what is fused behind, for the library's result
		if e != nil && p.library {
			after = &program{}
			alone := newExpression(e.step)
			alone.result()
			alone.apply()
			alone.finish(after)
			p.units = append(p.units, after.units...)
		}
		p.add(func(b *Binding) (Job, error) {
			more, err := bind(b)
			if err != nil {
				return nil, err
			}
			g := c
			g.Flags = c.flags(arg(b.In[0]), arg(b.In[1]), arg(b.Out))
			if !four || e != nil && !e.four(append(more, arg(b.Out))) {
				g.Flags &^= outAligned
			}
			own, err := b.launch(name(b.Env.Precision), grid{blocks: blocks, threads: convThreads}, append([]any{arg(b.Out), arg(b.In[0]), arg(b.In[1]), g}, more...)...)
			if err != nil {
				return nil, err
			}
			var behind Job
			if after != nil {
				if behind, err = after.Bind(b); err != nil {
					return nil, err
				}
			}
			return c.library(p, b, pass, own, behind), nil
		})
	}
	make(nil)
	p.then = make
	return p
}

// leastSplit is the number of pixels below which the sum of a weight is not split further.
const leastSplit = 512

// rows is the number of cells and input channels of a group.
func (c conv) rows() int { return int(c.G.KH * c.G.KW * c.Cg) }

// weights is split along the sum, so that blocks are always enough: the tile is what wastes least.
func (c conv) weights() *program {
	best, waste := convTile{}, 0
	for _, t := range convTiles {
		if t.bm > 128 || t.bn > 16 && int(c.Og) <= t.bn/2 {
			continue
		}
		// A smaller tile reads more of shared memory for each product, about as much as its sides are short.
		area := ceil(c.rows(), t.bm) * t.bm * ceil(int(c.Og), t.bn) * t.bn * cost(t)
		if best.bm == 0 || area < waste {
			best, waste = t, area
		}
	}
	return c.weightsIn(best)
}

// cost is how much a thread reads from shared memory for each product, in 32nds.
func cost(t convTile) int { return 32 * (t.tm + t.tn) / (t.tm * t.tn) }

func (c conv) weightsIn(t convTile) *program {
	rows := c.rows()
	tiles := ceil(rows, t.bm) * ceil(int(c.Og), t.bn) * int(c.Groups)
	splits := max(1, min(ceil(reduceBlocks, tiles), c.outPixels()/leastSplit))
	c.Per = int32(ceil(c.outPixels(), splits))
	c.Splits = int32(ceil(c.outPixels(), int(c.Per)))
	splits = int(c.Splits)
	p := &program{}
	name, _ := p.kernelOf("conv_weights", t, vector(c.Cg), vector(c.Og), nil)
	n := rows * int(c.Co)
	if splits > 1 {
		p.units = append(p.units, fixed("reduce")...)
		p.scratch = splits * n
	}
	p.add(func(b *Binding) (Job, error) {
		g, out := c, arg(b.Out)
		if splits > 1 {
			out = b.scratchAt(0)
		}
		g.Flags = c.flags(arg(b.In[0]), arg(b.In[1]), out)
		if c.Og%4 != 0 {
			g.Flags &^= outAligned
		}
		own, err := b.launch(name(b.Env.Precision), grid{blocks: tiles * splits, threads: convThreads}, out, arg(b.In[0]), arg(b.In[1]), g)
		if err != nil || splits == 1 {
			return c.library(p, b, device.BackwardWeights, own, nil), err
		}
		sum := columns{Segments: 1, Rows: uint32(splits), Cols: uint32(n), Chunks: 1, Per: uint32(splits), Across: uint32(ceil(n, 32))}
		join, err := b.launch("reduce_sum", sum.grid(32), arg(b.Out), sum, done{}, float32(1), out)
		if err != nil {
			return nil, err
		}
		return c.library(p, b, device.BackwardWeights, func(s device.Stream) error {
			if err := own(s); err != nil {
				return err
			}
			return join(s)
		}, nil), nil
	})
	return p
}

// library makes a job that asks the device's library first, where it may, with a job behind it that own does not need.
func (c conv) library(p *program, b *Binding, pass device.Pass, own, behind Job) Job {
	if !p.library || b.Trials() > 1 || own == nil {
		return own
	}
	g := device.Conv{
		Pass: pass, N: int(c.G.N), H: int(c.G.H), W: int(c.G.W), C: int(c.G.C), Out: int(c.Co),
		KH: int(c.G.KH), KW: int(c.G.KW), OH: int(c.G.OH), OW: int(c.G.OW),
		Stride: [2]int{int(c.G.SH), int(c.G.SW)}, Dilation: [2]int{int(c.G.DH), int(c.G.DW)},
		Top: int(c.G.Top), Left: int(c.G.L), Groups: int(c.Groups), Precision: b.Env.Precision,
	}
	switch pass {
	case device.Forward:
		g.X, g.Weights, g.Y = b.In[0].At, b.In[1].At, b.Out.At
	case device.BackwardData:
		g.Y, g.Weights, g.X = b.In[0].At, b.In[1].At, b.Out.At
	case device.BackwardWeights:
		g.X, g.Y, g.Weights = b.In[0].At, b.In[1].At, b.Out.At
	}
	return func(s device.Stream) error {
		err := s.Conv(g)
		switch {
		case errors.Is(err, device.ErrUnsupported):
			return own(s)
		case err != nil || behind == nil:
			return err
		}
		return behind(s)
	}
}
