package data

import (
	"slices"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// checkImpute finds contradictions in the setting.
func (c *config) checkImpute(n *model.Node, o *outline) error {
	if o.top > 0 {
		return diag.Errorf(WrongSetting, n.Span, "impute fills gaps between numbers; images of bytes have none").WithHelp("remove this line")
	}
	method := n.Args.Text("method")
	if method == "constant" && !n.Args.Has("value") {
		return diag.Errorf(BadImpute, n.Span, "impute constant needs its value").WithHelp("write impute constant, value = 0")
	}
	if v := n.Args["value"]; method != "constant" && v.IsSet() {
		return diag.Errorf(BadImpute, place(v, n), "value is for impute constant; impute %s finds its own", method).WithHelp("remove value")
	}
	return nil
}

// impute fills the gaps of the floats in place, column by column, by statistics of the training rows.
func (c *config) impute(o *outline, floats []float32, train []uint32) error {
	n := c.sec.Find("impute")
	if n == nil {
		return nil
	}
	method := n.Args.Text("method")
	f := o.features()
	for j := range f {
		gap := false
		for i := j; i < len(floats) && !gap; i += f {
			gap = floats[i] != floats[i]
		}
		if !gap {
			continue
		}
		fill := float32(0)
		switch method {
		case "constant":
			fill = float32(n.Args.Num("value"))
		case "mean", "median":
			known := make([]float32, 0, len(train))
			for _, row := range train {
				if v := floats[int(row)*f+j]; v == v {
					known = append(known, v)
				}
			}
			if len(known) == 0 {
				return diag.Errorf(BadImpute, n.Span, "column %s has no value in the training part, so it has no %s", o.columnName(j), method).
					WithHelp("drop the column, or write impute zero")
			}
			if fill = mean(known); method == "median" {
				slices.Sort(known)
				m := len(known) / 2
				if fill = known[m]; len(known)%2 == 0 {
					fill = float32((float64(known[m-1]) + float64(known[m])) / 2)
				}
			}
		}
		for i := j; i < len(floats); i += f {
			if floats[i] != floats[i] {
				floats[i] = fill
			}
		}
	}
	return nil
}

func mean(list []float32) float32 {
	sum := 0.0
	for _, v := range list {
		sum += float64(v)
	}
	return float32(sum / float64(len(list)))
}

// columnName names a feature in messages.
func (o *outline) columnName(j int) string {
	if j < len(o.numbers) {
		return quoteIfNeeded(o.numbers[j])
	}
	return itoa(j + 1)
}
