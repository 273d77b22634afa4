package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// String prints the program one value a line, in single-assignment form:
//
//	%3 = dropout(%2) p=0.5 rescale path=model.dropout [64 128] ; model.dropout model.net:9:3
//
// Steps of the gradient end in "backward".
func (p *Program) String() string {
	var b strings.Builder
	for i, v := range p.Values {
		switch v.Kind {
		case Input, Param, State:
			fmt.Fprintf(&b, "%%%d = %v %s %v\n", i, v.Kind, v.Name, v.Shape)
		case Const:
			fmt.Fprintf(&b, "%%%d = const %v %v\n", i, v.Const, v.Shape)
		}
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%%%d = %s(", s.Out, s.Op.Name)
		for i, v := range s.In {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%%%d", v)
		}
		b.WriteString(")")
		if s.Attrs != nil {
			if text := fmt.Sprint(s.Attrs); text != "" {
				b.WriteString(" " + text)
			}
		}
		fmt.Fprintf(&b, " %v", p.Values[s.Out].Shape)
		var notes []string
		if s.Origin.Path != "" {
			notes = append(notes, s.Origin.Path)
		}
		if s.Origin.Span.Start.IsValid() {
			notes = append(notes, s.Origin.Span.Start.String())
		}
		if s.Backward {
			notes = append(notes, "backward")
		}
		if len(notes) > 0 {
			b.WriteString(" ; " + strings.Join(notes, " "))
		}
		b.WriteString("\n")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Outputs)) {
		fmt.Fprintf(&b, "output %s = %%%d\n", name, p.Outputs[name])
	}
	return b.String()
}
