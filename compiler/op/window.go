package op

import (
	"errors"
	"fmt"
)

// check reports what is wrong with a window by itself or on an input of h x w.
func (p Window) check(h, w int) error {
	switch {
	case p.KH < 1 || p.KW < 1:
		return fmt.Errorf("the kernel is %dx%d; both sides must be at least 1", p.KH, p.KW)
	case p.SH < 1 || p.SW < 1:
		return fmt.Errorf("the stride is %dx%d; both must be at least 1", p.SH, p.SW)
	case p.DH < 1 || p.DW < 1:
		return fmt.Errorf("the dilation is %dx%d; both must be at least 1", p.DH, p.DW)
	case min(p.Top, p.Bottom, p.Left, p.Right) < 0:
		return errors.New("the border must not be negative")
	}
	if oh, ow := p.Out(h, w); oh < 1 || ow < 1 {
		reach := ""
		if p.DH > 1 || p.DW > 1 {
			reach = fmt.Sprintf(" (which reaches over %dx%d with its dilation)", (p.KH-1)*p.DH+1, (p.KW-1)*p.DW+1)
		}
		return fmt.Errorf("the %dx%d kernel%s does not fit the input of %dx%d (%dx%d with its border)",
			p.KH, p.KW, reach, h, w, h+p.Top+p.Bottom, w+p.Left+p.Right)
	}
	return nil
}

// checkFilled reports a window that sees only border, which a pooling has no value for.
func (p Window) checkFilled(h, w int) error {
	if err := p.check(h, w); err != nil {
		return err
	}
	oh, ow := p.Out(h, w)
	if empty(oh, p.KH, p.SH, p.DH, p.Top, h) || empty(ow, p.KW, p.SW, p.DW, p.Left, w) {
		return fmt.Errorf("with this border some %dx%d window lies outside the input of %dx%d; make the border smaller", p.KH, p.KW, h, w)
	}
	return nil
}

// empty reports whether along one axis some window has all its taps in the border.
func empty(out, k, s, d, before, extent int) bool {
	for o := range out {
		inside := false
		for t := range k {
			at := o*s + t*d - before
			inside = inside || at >= 0 && at < extent
		}
		if !inside {
			return true
		}
	}
	return false
}

// taps calls f for every tap of every window that falls inside an h x w input: the output's place, the
// tap's place in the kernel, and the input's place.
func (p Window) taps(h, w int, f func(oy, ox, ky, kx, iy, ix int)) {
	oh, ow := p.Out(h, w)
	for oy := range oh {
		for ox := range ow {
			for ky := range p.KH {
				for kx := range p.KW {
					iy := oy*p.SH + ky*p.DH - p.Top
					ix := ox*p.SW + kx*p.DW - p.Left
					if iy >= 0 && iy < h && ix >= 0 && ix < w {
						f(oy, ox, ky, kx, iy, ix)
					}
				}
			}
		}
	}
}
