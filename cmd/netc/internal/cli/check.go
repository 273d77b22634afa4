package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/diag"
)

func checkCommand(t *terminal) *cobra.Command {
	var flags editFlags
	var asJSON, shapes bool
	var train string
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Report every mistake of a program without running it",
		Long: `check reads a program and all that it uses, expands it, types every argument and
infers every shape, in each form of each trick. It reports all mistakes in one go.
With --shapes it prints the expanded program with shapes, parameters and FLOPs
(of one example, forward; a multiply-add counts two).`,
		Example: `  netc check model.net
  netc check --shapes model.net --off skip
  netc check --json model.net`,
		Args: exactly(1, "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			defer roomyHeap()()
			p, err := compile(args[0], &flags, compiler.Options{Train: train})
			var at located
			if errors.As(err, &at) {
				p = &compiler.Program{File: args[0], Diags: at.List}
			}
			if asJSON {
				if err := writeCheckJSON(t.out, p, shapes); err != nil {
					return err
				}
			} else {
				t.renderCheck(p, &flags, at.List != nil)
			}
			if p.Diags.HasErrors() {
				return status(exitFailed)
			}
			if shapes && !asJSON {
				return writeShapes(t.out, p)
			}
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	cmd.Flags().BoolVar(&shapes, "shapes", false, "print the expanded program with shapes, parameters and FLOPs")
	cmd.Flags().StringVar(&train, "train", "", "the train section to take, where the file has several")
	return cmd
}

func (t *terminal) renderCheck(p *compiler.Program, flags *editFlags, commandLine bool) {
	if commandLine {
		t.render(p.Diags, nil, flags)
		return
	}
	t.render(p.Diags, p, flags)
	errs, warns := 0, 0
	for _, d := range p.Diags {
		switch d.Severity {
		case diag.Error:
			errs++
		case diag.Warning:
			warns++
		}
	}
	switch {
	case errs > 0:
		fmt.Fprintf(t.err, "%s: %s, %s\n", p.File, counted(errs, "error"), counted(warns, "warning"))
	case warns > 0:
		fmt.Fprintf(t.err, "%s: no errors, %s\n", p.File, counted(warns, "warning"))
	default:
		fmt.Fprintf(t.err, "%s: no errors\n", p.File)
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// checkJSON is what check --json prints; spec/json.md documents it.
type checkJSON struct {
	File        string     `json:"file"`
	OK          bool       `json:"ok"`
	Diagnostics diag.List  `json:"diagnostics"`
	Shapes      []shapeRow `json:"shapes,omitempty"`
}

type shapeRow struct {
	Path   string    `json:"path"`
	Text   string    `json:"text"`
	Depth  int       `json:"depth"`
	Shape  []int     `json:"shape"` // of one example, without the batch axis
	Params int       `json:"params"`
	FLOPs  int64     `json:"flops"`
	Span   diag.Span `json:"span"`
}

func writeCheckJSON(w io.Writer, p *compiler.Program, shapes bool) error {
	out := checkJSON{File: p.File, OK: !p.Diags.HasErrors(), Diagnostics: p.Diags}
	if out.Diagnostics == nil {
		out.Diagnostics = diag.List{}
	}
	if shapes {
		for _, r := range p.Rows {
			row := shapeRow{Path: r.Path, Text: r.Text, Depth: r.Depth, Params: r.Params, FLOPs: r.FLOPs, Span: r.Span}
			if len(r.Out) > 0 {
				row.Shape = r.Out[1:]
			}
			out.Shapes = append(out.Shapes, row)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// writeShapes prints the expanded program as a table.
func writeShapes(w io.Writer, p *compiler.Program) error {
	if len(p.Rows) == 0 {
		_, err := fmt.Fprintln(w, "this file has definitions only: there is no model to expand")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "node\tshape\tparams\tMFLOPs\tpath")
	var params int
	var flops int64
	for _, r := range p.Rows {
		fmt.Fprintf(tw, "%s%s\t%s\t%s\t%s\t%s\n", strings.Repeat("  ", r.Depth), r.Text, canon.ShapeText(r.Out), number(r.Params), mega(r.FLOPs), r.Path)
		if r.Leaf {
			params += r.Params
			flops += r.FLOPs
		}
	}
	fmt.Fprintf(tw, "total\t\t%s\t%s\t\n", number(params), mega(flops))
	return tw.Flush()
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func mega(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", float64(n)/1e6)
}
