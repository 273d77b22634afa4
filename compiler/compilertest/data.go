package compilertest

import (
	"errors"
	"fmt"

	"github.com/netc-lang/netc/compiler/model"
)

// Data invents the data set that a section describes, so that shapes do not depend on files. The folder "nowhere" is one
// that is not here, "broken" one that cannot be described.
type Data struct{}

// Describe implements model.Describer.
func (Data) Describe(sec *model.Section, _ string) (*model.DataInfo, error) {
	from := sec.Find("from")
	if from == nil {
		return nil, errors.New("the section does not say where the data comes from")
	}
	info := &model.DataInfo{Targets: []string{"class"}, Classes: classes(10), Train: 1000, Valid: 100, Test: 100}
	source := from.Args.Call("source")
	where := source.Args.Text("dir") + source.Args.Text("file")
	if where == "broken" {
		return nil, errors.New("the files are broken")
	}
	if where == "nowhere" {
		info.Placeholder, info.Why = true, "no folder nowhere"
	}
	switch source.Name {
	case "digits":
		info.Shape = []int{8, 8, 1}
	case "idx":
		info.Shape = []int{28, 28, 1}
	case "cifar10":
		info.Shape = []int{32, 32, 3}
	case "folder", "npz":
		info.Shape, info.Classes = []int{64, 64, 3}, classes(37)
	case "csv":
		table(sec, info)
	}
	if r := sec.Find("resize"); r != nil && len(info.Shape) == 3 {
		info.Shape[0], info.Shape[1] = r.Args.Int("height"), r.Args.Int("height")
		if r.Args.Has("width") {
			info.Shape[1] = r.Args.Int("width")
		}
	}
	return info, nil
}

func classes(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("c%d", i)
	}
	return list
}

// table reads a table's columns from its section: a single target, or one with `classes`, is a class of two. Every
// category column has five values, `rest` stands for three columns.
func table(sec *model.Section, info *model.DataInfo) {
	info.Numbers, info.Categories, info.Classes = nil, nil, nil
	for _, n := range sec.All("number") {
		for _, c := range n.Args.Texts("columns") {
			if c == "rest" {
				info.Numbers = append(info.Numbers, "r1", "r2", "r3")
				continue
			}
			info.Numbers = append(info.Numbers, c)
		}
	}
	for _, n := range sec.All("category") {
		for _, c := range n.Args.Texts("columns") {
			info.Categories = append(info.Categories, model.Category{Name: c, Size: 5})
		}
	}
	if t := sec.Find("target"); t != nil {
		info.Targets = t.Args.Texts("columns")
		if len(info.Targets) == 1 && info.Targets[0] != "price" {
			info.Classes = classes(2)
		}
	}
	info.Shape = []int{len(info.Numbers)}
}
