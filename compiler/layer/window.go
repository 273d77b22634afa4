package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// Parameters of what slides a window.
var (
	pair        = catalog.Count().OrElse(catalog.ListOf(catalog.Count()))
	kernelParam = catalog.Param{Name: "kernel", Doc: "Height and width of the window: one number, or [height, width].", Type: pair, Default: catalog.N(3)}
	strideParam = catalog.Param{Name: "stride", Doc: "Step of the window: one number, or [down, right].", Type: pair, Default: catalog.N(1)}
	padParam    = catalog.Param{Name: "padding",
		Doc:  "same: a border of (kernel - 1) * dilation cells in all, half on each side (the odd one below and right), so that the output has ceil(input / stride) cells; valid: none; or the number of cells on each side.",
		Type: catalog.Word("same", "valid").OrElse(catalog.Int().AtLeast(0).OrElse(catalog.ListOf(catalog.Int().AtLeast(0)))), Default: catalog.W("same")}
)

func (s *Site) two(name string) (int, int, *diag.Diagnostic) {
	v := s.Node.Args[name]
	switch {
	case v.Kind != model.List:
		return int(v.Num), int(v.Num), nil
	case len(v.List) == 1:
		return int(v.List[0].Num), int(v.List[0].Num), nil
	case len(v.List) == 2:
		return int(v.List[0].Num), int(v.List[1].Num), nil
	}
	return 0, 0, s.errorf(CodeFit, "%s of %s has %d numbers; it takes one, or [height, width]", name, s.Node.Name, len(v.List)).WithHelp("write %s = 3, or %s = [3, 5]", name, name)
}

// window reads kernel, stride, padding and dilation.
func (s *Site) window() (w op.Window, d *diag.Diagnostic) {
	if w.KH, w.KW, d = s.two("kernel"); d != nil {
		return w, d
	}
	if !s.Node.Args.Has("stride") {
		w.SH, w.SW = w.KH, w.KW // a pool's stride is its kernel by default
	} else if w.SH, w.SW, d = s.two("stride"); d != nil {
		return w, d
	}
	w.DH, w.DW = 1, 1
	if s.Node.Args.Has("dilation") {
		if w.DH, w.DW, d = s.two("dilation"); d != nil {
			return w, d
		}
	}
	if p := s.Node.Args["padding"]; p.Kind == model.Word {
		if p.Str == "same" {
			h, v := (w.KH-1)*w.DH, (w.KW-1)*w.DW
			w.Top, w.Bottom, w.Left, w.Right = h/2, h-h/2, v/2, v-v/2
		}
	} else {
		var ph, pw int
		if ph, pw, d = s.two("padding"); d != nil {
			return w, d
		}
		w.Top, w.Bottom, w.Left, w.Right = ph, ph, pw, pw
	}
	oh, ow := w.Out(s.X.Dims[1], s.X.Dims[2])
	if oh <= 0 || ow <= 0 {
		d = s.errorf(CodeFit, "a window of %dx%d does not fit into %s", (w.KH-1)*w.DH+1, (w.KW-1)*w.DW+1, Text(s.X.Dims)).
			WithHelp("take a smaller kernel, padding = same, or fewer layers that shrink the image before this one")
	}
	return w, d
}
