package experiment

import (
	"errors"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// Check finds the mistakes of a compiled program that only the runtime knows of, without reading the data: augmentations
// that do not suit it, a recipe that lacks a setting. It returns nothing for a file of definitions.
func Check(p *compiler.Program) diag.List {
	var list diag.List
	if p.Train == nil || p.Info == nil {
		return nil
	}
	list = append(list, train.Check(p.Train)...)
	if p.Info.Placeholder {
		return list // what does not suit a guess may suit the data
	}
	for _, nodes := range [][]*model.Node{data.Augmentations(p.Data), data.Augmentations(p.Train)} {
		if _, err := augment.New(nodes, p.Info); err != nil {
			var d *diag.Diagnostic
			var l diag.List
			switch {
			case errors.As(err, &l):
				list = append(list, l...)
			case errors.As(err, &d):
				list.Add(d)
			}
		}
	}
	return list
}
