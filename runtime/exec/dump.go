package exec

import (
	"fmt"
	"strings"
)

// String lists the steps with their places and the memory that they need:
//
//	%7 = conv2d+bias+relu(%0 %3 %4) [64 28 28 6] @4096 scratch @0+2400 ; model.conv[1] model.net:7:3
func (p *Plan) String() string {
	var b strings.Builder
	for i := range p.Steps {
		s := &p.Steps[i]
		ps := &p.Program.Steps[s.Program[len(s.Program)-1]]
		fmt.Fprintf(&b, "%%%d = %s(", s.out, s.Name)
		for j, v := range s.in {
			if j > 0 {
				b.WriteString(" ")
			}
			if v < 0 {
				b.WriteString("_")
			} else {
				b.WriteString(p.valueName(v))
			}
		}
		fmt.Fprintf(&b, ") %v", p.Program.Values[ps.Out].Shape)
		if pl := s.Out; pl.Space != Nowhere {
			b.WriteString(" " + p.placeName(pl))
		}
		if s.Scratch.Size > 0 {
			fmt.Fprintf(&b, " scratch @%d+%d", s.Scratch.Offset, s.Scratch.Size)
		}
		fmt.Fprintf(&b, " ; %s", ps.Origin.Path)
		if ps.Backward {
			b.WriteString(" backward")
		}
		if ps.Origin.Span.Start.IsValid() {
			fmt.Fprintf(&b, " %s", ps.Origin.Span)
		}
		b.WriteString("\n")
	}
	for _, name := range p.OutputNames() {
		o := p.Outputs[name]
		fmt.Fprintf(&b, "output %s = %s", name, p.valueName(o.Value))
		if o.Place.Space != Nowhere {
			b.WriteString(" " + p.placeName(o.Place))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%d steps of the program in %d kernels on %s, arena %d bytes, fullest step %d bytes\n",
		len(p.Program.Steps), len(p.Steps), p.Backend.Name(), p.ArenaBytes(), p.PeakBytes())
	return b.String()
}

func (p *Plan) valueName(v int) string {
	if name := p.Program.Values[v].Name; name != "" {
		return fmt.Sprintf("%%%d:%s", v, name)
	}
	return fmt.Sprintf("%%%d", v)
}

func (p *Plan) placeName(pl Place) string {
	switch pl.Space {
	case Arena:
		return fmt.Sprintf("@%d", pl.Offset)
	case Leaf:
		return fmt.Sprintf("in %s", p.valueName(pl.Index))
	case Own:
		return fmt.Sprintf("own %s", p.valueName(pl.Index))
	case Constant:
		return fmt.Sprintf("constant %v", p.Program.Values[pl.Index].Const)
	}
	return "nowhere"
}
