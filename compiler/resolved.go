package compiler

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

// Resolved prints the program as it is run: every statement in force with every argument, defaults filled in, blocks and
// loops expanded, each layer with its path and shape. It is a record, and what a run is recognized by; the
// program itself is the file with its edits.
func (p *Program) Resolved() string {
	var b strings.Builder
	fmt.Fprintf(&b, "// resolved from %s\n", p.File)
	if p.Data != nil {
		section(&b, p.Data)
	}
	if len(p.Rows) > 0 {
		fmt.Fprintf(&b, "\nmodel {\n")
		for _, r := range p.Rows {
			fmt.Fprintf(&b, "  %s%-40s // %s: %s\n", strings.Repeat("  ", r.Depth), r.Text, r.Key, canon.ShapeText(r.Out))
		}
		for _, q := range p.Params {
			fmt.Fprintf(&b, "  // parameter %s %s: %s\n", q.Name, canon.ShapeText(q.Shape), initText(q))
		}
		fmt.Fprintf(&b, "}\n")
	}
	if p.Train != nil {
		section(&b, p.Train)
	}
	return b.String()
}

// initText writes what a parameter starts as, and what is special about its training.
func initText(q *network.Param) string {
	text := "zeros"
	if q.Init != nil {
		text = q.Init.Constructor()
	}
	if q.Frozen {
		text += ", frozen"
	}
	if q.Rate != 1 && q.Rate != 0 {
		text += ", rate " + model.FormatNumber(q.Rate)
	}
	return text
}

func section(b *strings.Builder, s *model.Section) {
	fmt.Fprintf(b, "\n%s {\n", strings.TrimSpace(s.Kind+" "+s.Name))
	statements(b, s.Settings, "  ")
	fmt.Fprintf(b, "}\n")
}

func statements(b *strings.Builder, list []*model.Node, indent string) {
	for _, n := range list {
		fmt.Fprintf(b, "%s%s", indent, build.StatementText(n))
		if len(n.Body) == 0 {
			fmt.Fprintln(b)
			continue
		}
		fmt.Fprintln(b, " {")
		statements(b, n.Body, indent+"  ")
		fmt.Fprintf(b, "%s}\n", indent)
	}
}
