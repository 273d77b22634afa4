package cli

import (
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/study"
)

// compile compiles a file with the edits of the command line.
func compile(file string, flags *editFlags, opt compiler.Options) (*compiler.Program, error) {
	edits, err := flags.edits()
	if err != nil {
		return nil, located{err.(diag.List), flags.source}
	}
	opt.Catalog, opt.Edits = runtime.Catalog(), edits
	if opt.Data == nil {
		opt.Data = new(data.Reader)
	}
	p := compiler.Compile(file, opt)
	if !p.Diags.HasErrors() {
		p.Diags = append(p.Diags, experiment.Check(p)...)
		if !opt.IgnoreStudies {
			p.Diags = append(p.Diags, study.Check(p, opt)...)
		}
		p.Diags.Sort()
	}
	return p, nil
}

// located is a list of diagnostics with where their text is.
type located struct {
	diag.List
	source func(string) []byte
}

// render prints a program's diagnostics, with text from its files or from the command line.
func (t *terminal) render(list diag.List, p *compiler.Program, flags *editFlags) {
	diag.Render(t.err, list, func(file string) []byte {
		if p != nil {
			if src := p.Source(file); src != nil {
				return src
			}
		}
		if src := flags.source(file); src != nil {
			return src
		}
		return readSource(file)
	}, t.color)
}
