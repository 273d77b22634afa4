package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// editFlags are --set, --off and --on: edits in the order in which they stand on the command line.
type editFlags struct {
	texts []editText
}

type editText struct{ verb, text string }

// editFlag collects one verb's flags into the common order.
type editFlag struct {
	all  *editFlags
	verb string
}

var _ pflag.Value = (*editFlag)(nil)

func (f *editFlag) Set(s string) error {
	f.all.texts = append(f.all.texts, editText{f.verb, s})
	return nil
}

func (f *editFlag) String() string { return "" }

func (f *editFlag) Type() string {
	if f.verb == "set" {
		return "PATH=VALUE"
	}
	return "TRICK"
}

func (e *editFlags) register(cmd *cobra.Command) {
	cmd.Flags().Var(&editFlag{e, "set"}, "set", "give a setting or parameter another value: train.optimizer.lr=0.05, model.n=9")
	cmd.Flags().Var(&editFlag{e, "off"}, "off", "switch a trick off: dropout, skip, stage[2].skip")
	cmd.Flags().Var(&editFlag{e, "on"}, "on", "switch a trick on that the file has switched off")
}

// edits parses the flags. Mistakes are located on the command line, shown under a name such as --set.
func (e *editFlags) edits() ([]*canon.Edit, error) {
	var list []*canon.Edit
	var diags diag.List
	for _, t := range e.texts {
		name := "--" + t.verb
		var edit *canon.Edit
		var mistake *diag.Diagnostic
		if t.verb == "set" {
			arg, d := parse.Arg(name, t.text)
			if d.HasErrors() {
				diags = append(diags, d...)
				continue
			}
			edit, mistake = canon.SetEdit(arg)
		} else {
			ref, d := parse.Selector(name, t.text)
			if d.HasErrors() {
				diags = append(diags, d...)
				continue
			}
			edit, mistake = canon.SwitchEdit(t.verb, ref)
		}
		if mistake != nil {
			diags.Add(mistake)
			continue
		}
		list = append(list, edit)
	}
	return list, diags.Err()
}

// source finds the text that a diagnostic points into when that is the command line; several flags of one verb
// share a name, so the first that is long enough is shown.
func (e *editFlags) source(file string) []byte {
	for _, t := range e.texts {
		if "--"+t.verb == file {
			return []byte(t.text)
		}
	}
	return nil
}

// args prints the edits as they stood on the command line, for messages and run records.
func (e *editFlags) args() string {
	var parts []string
	for _, t := range e.texts {
		parts = append(parts, "--"+t.verb+" "+t.text)
	}
	return strings.Join(parts, " ")
}

// simpleEdit reads an edit of the command line that has no braces: set, off or on.
func simpleEdit(s *ast.Stmt) (*canon.Edit, *diag.Diagnostic) {
	fail := func() (*canon.Edit, *diag.Diagnostic) {
		return nil, diag.Errorf("N0304", s.Span(), "only set, off and on can be written here").
			WithHelp("write 'set train.epochs = 10; off skip', or a variant in a study section for larger changes")
	}
	n := s.Node
	if n == nil || len(n.Args) != 1 || n.Body != nil {
		return fail()
	}
	switch verb := n.Head.String(); verb {
	case "set":
		return canon.SetEdit(n.Args[0])
	case "off", "on":
		r := canon.BareRef(n.Args[0].Value.On)
		if r == nil {
			return fail()
		}
		return canon.SwitchEdit(verb, r)
	}
	return fail()
}
