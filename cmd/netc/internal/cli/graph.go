package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/cmd/netc/internal/graph"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
)

func graphCommand(t *terminal) *cobra.Command {
	var flags editFlags
	var out, train string
	var beside []string
	var dot, mermaid, whole bool
	cmd := &cobra.Command{
		Use:   "graph FILE",
		Short: "Draw a model",
		Long: `graph draws the model of a program as an SVG picture: layers with the shapes between
them, blocks in frames, tricks numbered with a legend. Equal blocks in a row are drawn
once, small blocks without their frame; --whole draws all. --beside draws a variant next
to the program, and marks what the others do not have: its value is the name of a variant
or try of a study section, or edits as the language writes them.

The picture goes to standard output, or to a file with -o. --dot and --mermaid write
the graph as text for Graphviz and Mermaid instead.`,
		Example: `  netc graph model.net -o model.svg
  netc graph model.net --off skip -o plain.svg
  netc graph resnet.net --beside plain -o both.svg
  netc graph resnet.net --beside 'set model.n = 9; off skip' -o both.svg
  netc graph model.net --mermaid`,
		Args: exactly(1, "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if dot && mermaid {
				return usageError{errors.New("--dot and --mermaid are two forms of the same; take one")}
			}
			p, err := compile(args[0], &flags, compiler.Options{Train: train, IgnoreStudies: true})
			var at located
			if errors.As(err, &at) {
				t.render(at.List, nil, &flags)
				return status(exitFailed)
			}
			if err != nil {
				return err
			}
			t.render(p.Diags, p, &flags)
			if p.Diags.HasErrors() {
				return status(exitFailed)
			}
			if len(p.Rows) == 0 {
				return fmt.Errorf("%s has no model to draw", args[0])
			}
			title := strings.TrimSuffix(filepath.Base(args[0]), ".net")
			if edits := flags.args(); edits != "" {
				title += " " + edits
			}
			models := []*graph.Model{graph.Of(p, title)}
			for _, b := range beside {
				v, err := t.variant(p, args[0], b, &flags, train)
				if err != nil {
					return err
				}
				models = append(models, v)
			}
			graph.Compare(models)
			var text []byte
			switch {
			case dot:
				text = graph.DOT(models)
			case mermaid:
				text = graph.Mermaid(models)
			default:
				text = graph.SVG(models, graph.Options{Whole: whole})
			}
			if out == "" || out == "-" {
				_, err := t.out.Write(text)
				return err
			}
			return os.WriteFile(out, text, 0o644)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write; standard output by default")
	cmd.Flags().StringArrayVar(&beside, "beside", nil, "draw a variant beside: the name of a variant or try, or edits such as 'off skip'; may be repeated")
	cmd.Flags().BoolVar(&whole, "whole", false, "draw every block, and the frames of small ones")
	cmd.Flags().BoolVar(&dot, "dot", false, "write a Graphviz graph")
	cmd.Flags().BoolVar(&mermaid, "mermaid", false, "write a Mermaid flowchart")
	cmd.Flags().StringVar(&train, "train", "", "the train section to take, where the file has several")
	return cmd
}

// variant compiles the program with the edits of a variant or try, or with edits as text.
func (t *terminal) variant(base *compiler.Program, file, text string, flags *editFlags, train string) (*graph.Model, error) {
	var edits []*canon.Edit
	title := text
	var names []string
	found := false
	for _, v := range variants(base) {
		names = append(names, v.name)
		if v.name == text && !found {
			found = true
			edits = base.Canon.ReadEdits(v.node.Edits.Stmts, v.node.Env)
		}
	}
	if !found {
		const where = "--beside"
		body, list := parse.Body(where, text)
		if !list.HasErrors() && len(body.Stmts) == 1 && body.Stmts[0].Node != nil && len(body.Stmts[0].Node.Args) == 0 {
			d := diag.Errorf("N0301", body.Stmts[0].Span(), "no variant or try is called %s", text)
			if near, ok := spell.Nearest(text, names); ok {
				d.WithHelp("did you mean %s?", near)
			} else {
				d.WithHelp("name one of the file's studies, or write edits: --beside 'off skip'")
			}
			list.Add(d)
		}
		if !list.HasErrors() {
			for _, s := range body.Stmts {
				e, d := simpleEdit(s)
				if d != nil {
					list.Add(d)
					continue
				}
				edits = append(edits, e)
			}
		}
		if list.HasErrors() {
			diag.Render(t.err, list, func(string) []byte { return []byte(text) }, t.color)
			return nil, status(exitFailed)
		}
	}
	first, err := flags.edits()
	if err != nil {
		return nil, err
	}
	p := compiler.Compile(file, compiler.Options{Catalog: runtime.Catalog(), Data: new(data.Reader), Edits: append(first, edits...), Train: train, IgnoreStudies: true})
	if p.Diags.HasErrors() {
		diag.Render(t.err, p.Diags, func(name string) []byte {
			if name == "--beside" {
				return []byte(text)
			}
			return p.Source(name)
		}, t.color)
		return nil, status(exitFailed)
	}
	return graph.Of(p, title), nil
}
