package cuda

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// window is struct window: the geometry of a pooling or convolution of x[n,h,w,c] to y[n,oh,ow,...].
type window struct {
	N, H, W, C, OH, OW             int32
	KH, KW, SH, SW, DH, DW, Top, L int32
}

func newWindow(p op.Window, x op.Shape, oh, ow int) window {
	return window{
		int32(x[0]), int32(x[1]), int32(x[2]), int32(x[3]), int32(oh), int32(ow),
		int32(p.KH), int32(p.KW), int32(p.SH), int32(p.SW), int32(p.DH), int32(p.DW), int32(p.Top), int32(p.Left),
	}
}

// Pooling: every output element looks at its window, every element of a gradient at the windows that it lies in.
var (
	_ = register("pool_max", entry{expression: func(e *expression, s kernel.Step) {
		e.window(newWindow(s.Attrs.(op.Pool).Window, s.In[0], s.Out[1], s.Out[2]))
		e.set("window_max(%s, g, i)", e.pointer(0))
	}})
	_ = register("pool_max_dx", entry{unread: 1 << 1, expression: func(e *expression, s kernel.Step) {
		e.window(newWindow(s.Attrs.(op.Pool).Window, s.In[0], s.In[1][1], s.In[1][2]))
		e.set("window_max_dx(%s, %s, g, i)", e.pointer(0), e.pointer(2))
	}})
	_ = register("pool_avg", entry{expression: func(e *expression, s kernel.Step) {
		a := s.Attrs.(op.Pool)
		e.window(newWindow(a.Window, s.In[0], s.Out[1], s.Out[2]))
		e.set("window_mean(%s, g, i, %s)", e.pointer(0), whole(a.CountBorder))
	}})
	_ = register("pool_avg_dx", entry{expression: func(e *expression, s kernel.Step) {
		a := s.Attrs.(op.Pool)
		e.window(newWindow(a.Window, s.Out, s.In[0][1], s.In[0][2]))
		e.set("window_mean_dx(%s, g, i, %s)", e.pointer(0), whole(a.CountBorder))
	}})
)

func whole(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// window makes the geometry a parameter, g.
func (e *expression) window(w window) {
	e.unit("window")
	e.param("window", "g", func(*Binding) any { return w })
}
