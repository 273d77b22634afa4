package op

import (
	"fmt"
	"strings"
)

// The attributes as dumps show them: what is at its usual value is left out.

type words []string

func (w *words) add(on bool, format string, args ...any) {
	if on {
		*w = append(*w, fmt.Sprintf(format, args...))
	}
}

func (w words) String() string { return strings.Join(w, " ") }

func (a MatMul) String() string {
	var w words
	w.add(a.TransA, "trans_a")
	w.add(a.TransB, "trans_b")
	return w.String()
}

func (p Window) String() string {
	var w words
	w.add(true, "kernel=%dx%d", p.KH, p.KW)
	w.add(p.SH != 1 || p.SW != 1, "stride=%dx%d", p.SH, p.SW)
	w.add(p.DH != 1 || p.DW != 1, "dilation=%dx%d", p.DH, p.DW)
	switch {
	case p.Top == p.Bottom && p.Top == p.Left && p.Top == p.Right:
		w.add(p.Top != 0, "border=%d", p.Top)
	default:
		w.add(true, "border=%d,%d,%d,%d", p.Top, p.Bottom, p.Left, p.Right)
	}
	return w.String()
}

func (a Conv) String() string {
	w := words{a.Window.String()}
	w.add(a.Groups != 1, "groups=%d", a.Groups)
	w.add(a.H != 0, "input=%dx%dx%d", a.H, a.W, a.InChannels)
	return w.String()
}

func (a Pool) String() string {
	w := words{a.Window.String()}
	w.add(a.CountBorder, "count_border")
	w.add(a.H != 0, "input=%dx%d", a.H, a.W)
	return w.String()
}

func (a Moments) String() string {
	w := words{"over=" + a.Over}
	w.add(a.Over == "group", "groups=%d", a.Groups)
	w.add(a.Eps != 0, "eps=%v", a.Eps)
	return w.String()
}

func (a Track) String() string { return fmt.Sprintf("decay=%v unbias=%v", a.Decay, a.Unbias) }

func (a Unary) String() string {
	var w words
	w.add(a.Alpha != 0, "alpha=%v", a.Alpha)
	return w.String()
}

func (a Dropout) String() string {
	w := words{fmt.Sprintf("p=%v", a.P)}
	w.add(a.Rescale, "rescale")
	w.add(a.Path != "", "path=%s", a.Path)
	return w.String()
}

func (a Gauss) String() string {
	w := words{fmt.Sprintf("std=%v", a.Std)}
	w.add(a.Path != "", "path=%s", a.Path)
	return w.String()
}

func (a Reshape) String() string { return "" } // the shape says it

func (a Slice) String() string { return fmt.Sprintf("from=%d to=%d width=%d", a.From, a.To, a.Width) }

func (a Row) String() string { return fmt.Sprintf("i=%d", a.I) }

func (a Table) String() string { return "sizes=" + a.Sizes }

func (a Space) String() string { return fmt.Sprintf("space=%dx%d", a.H, a.W) }

func (a Loss) String() string {
	var w words
	w.add(a.Smoothing != 0, "smoothing=%v", a.Smoothing)
	w.add(a.Delta != 0, "delta=%v", a.Delta)
	return w.String()
}

func (a Fill) String() string { return fmt.Sprintf("n=%d factor=%v", a.N, a.Factor) }
