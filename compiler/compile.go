package compiler

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/layer"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// Options say how to compile.
type Options struct {
	// Catalog knows every construct; see Signatures for what the compiler itself brings.
	Catalog *catalog.Catalog
	// Data finds out about data sets.
	Data model.Describer
	// Edits come behind those of the file, in order.
	Edits []*canon.Edit
	// Train names the train section where the file has several.
	Train string
	// IgnoreStudies leaves mistakes in study sections to whoever runs the studies: they do not matter for a single run.
	IgnoreStudies bool
	// ChosenFormsOnly leaves the forms of tricks unchecked that the program does not choose: for the variants of a study, whose
	// program has been checked as a whole.
	ChosenFormsOnly bool
	// ReadFile reads source files; os.ReadFile where nil.
	ReadFile func(name string) ([]byte, error)
}

// Signatures are the constructs that the compiler itself carries out: layers, losses, cards, edits.
func Signatures() []catalog.Signature {
	list := append(layer.Signatures(), layer.StructureSignatures()...)
	list = append(list, canon.CardSignatures()...)
	return append(list, canon.EditSignatures()...)
}

// Program is a compiled program: one variant, checked, ready to be built for any batch size.
type Program struct {
	File  string
	Canon *canon.Program
	Data  *model.Section
	Info  *model.DataInfo
	Train *model.Section
	// Studies are the study sections; their canonical nodes, with the edits of try and variant, are Canon.StudyNodes.
	Studies []*model.Section
	// Rows are the expanded model with shapes, for one example.
	Rows []build.Row
	// Params are the network's parameters and states, with the initializers that they are given.
	Params []*network.Param
	// Diags are the warnings, and the errors where there are any.
	Diags diag.List
	// Library says that the file has definitions only: nothing to run.
	Library bool
	sources func(string) []byte
}

// Source returns the text of a file of the program, for messages.
func (p *Program) Source(file string) []byte { return p.sources(file) }

// pass is one stage of compilation. All that can run do, so that one run reports every mistake; those that would only
// complain of what follows from an earlier mistake run while there is none.
type pass struct {
	name string
	run  func(*compilation)
	// clean passes need a program without errors so far.
	clean bool
}

// passes is the pipeline: text to syntax tree, to canonical tree, to typed sections, to shaped networks.
var passes = []pass{
	{name: "load", run: (*compilation).load},
	{name: "expand", run: (*compilation).expand},
	{name: "sections", run: (*compilation).sections},
	{name: "require sections", run: (*compilation).require, clean: true},
	{name: "describe data", run: (*compilation).describe},
	{name: "shape", run: (*compilation).shape},
	{name: "other forms", run: (*compilation).otherForms},
}

type compilation struct {
	*Program
	opt    Options
	loader *canon.Loader
	scope  *canon.Scope
	done   bool
	built  *build.Result // the network in the forms of the program
	// brokenData says that the data section has mistakes, so that asking about the data would repeat them.
	brokenData bool
}

// Compile reads a file and makes its program. The program is usable when its Diags hold no error; they are sorted.
func Compile(file string, opt Options) *Program {
	c := &compilation{Program: &Program{File: file}, opt: opt}
	for _, p := range passes {
		if c.done {
			break
		}
		if p.clean && c.Diags.HasErrors() {
			continue
		}
		p.run(c)
	}
	c.dropFollowing()
	c.Diags.Sort()
	return c.Program
}

// dropFollowing takes out errors of later passes that stand where a syntax error stands: there the parser has mended the text
// by a guess, and one mistake is told once.
func (c *compilation) dropFollowing() {
	type place struct {
		file   string
		offset int
	}
	syntax := map[place]bool{}
	for _, d := range c.Diags {
		if parse.IsSyntax(d.Code) {
			syntax[place{d.Span.Start.Filename, d.Span.Start.Offset}] = true
		}
	}
	if len(syntax) == 0 {
		return
	}
	c.Diags = slices.DeleteFunc(c.Diags, func(d *diag.Diagnostic) bool {
		return !parse.IsSyntax(d.Code) && syntax[place{d.Span.Start.Filename, d.Span.Start.Offset}]
	})
}

func (c *compilation) load() {
	c.loader = canon.NewLoader(&c.Diags, c.opt.ReadFile)
	c.sources = c.loader.Source
	c.scope = c.loader.Load(c.File, diag.Span{Start: diag.Pos{Filename: c.File}, End: diag.Pos{Filename: c.File}})
	c.done = c.scope == nil
}

func (c *compilation) expand() {
	c.Canon = canon.Expand(c.scope, canon.Options{Catalog: c.opt.Catalog, Edits: c.opt.Edits, Train: c.opt.Train}, &c.Diags)
	c.Library = c.Canon.Model == nil && c.Canon.Train == nil
	c.done = c.Library && c.Canon.Data == nil || c.Canon.TooLarge
	if !c.opt.IgnoreStudies {
		return
	}
	for _, d := range c.Diags {
		if d.Severity == diag.Error && c.inStudy(d.Span.Start) && !c.inEdits(d.Span.Start) {
			d.Severity = diag.Warning
		}
	}
}

// inEdits reports whether a place lies in one of the edits to be applied: those of a try or variant stand in a study section, and
// whoever applies them wants to know.
func (c *compilation) inEdits(at diag.Pos) bool {
	for _, e := range c.opt.Edits {
		if s := e.Span; s.Start.Filename == at.Filename && s.Start.Offset <= at.Offset && at.Offset <= s.End.Offset {
			return true
		}
	}
	return false
}

// inStudy reports whether a place lies in a study section.
func (c *compilation) inStudy(at diag.Pos) bool {
	for _, def := range c.Canon.Studies {
		s := def.Section
		if s.Pos.Filename == at.Filename && s.Pos.Offset <= at.Offset && at.Offset < s.EndPos.Offset {
			return true
		}
	}
	return false
}

func (c *compilation) sections() {
	before := len(c.Diags)
	c.Data = build.Section(c.Canon, c.Canon.Data, &c.Diags)
	c.brokenData = c.Diags[before:].HasErrors()
	c.Train = build.Section(c.Canon, c.Canon.Train, &c.Diags)
	for _, n := range c.Canon.StudyNodes {
		var diags diag.List
		c.Studies = append(c.Studies, build.Section(c.Canon, n, &diags))
		for _, d := range diags {
			if c.opt.IgnoreStudies {
				d.Severity = diag.Warning
			}
			c.Diags.Add(d)
		}
	}
}

func (c *compilation) require() {
	c.Canon.RequireSections(&c.Diags)
	if c.Train != nil && c.Train.Find("loss") == nil && !c.Diags.HasErrors() {
		c.Canon.RequireLoss(&c.Diags)
	}
}

func (c *compilation) describe() {
	if c.Data == nil || c.opt.Data == nil {
		c.done = true
		return
	}
	if c.brokenData {
		c.Info = &model.DataInfo{Shape: []int{32, 32, 3}, Classes: make([]string, 10), Targets: []string{""}, Placeholder: true}
		c.done = c.Canon.Model == nil
		return
	}
	info, err := c.opt.Data.Describe(c.Data, c.Base())
	if err != nil {
		if d, ok := err.(*diag.Diagnostic); ok {
			c.Diags.Add(d)
		} else {
			c.Diags.Add(unreadable(c.Data, err))
		}
		c.done = true
		return
	}
	c.Info = info
	if info.Placeholder {
		c.Diags.Add(diag.Warnf(codePlaceholder, c.Data.Span, "the data is not here (%s): shapes are checked with placeholder sizes", info.Why).
			WithHelp("put the files in place before netc run"))
	}
	c.done = c.Canon.Model == nil
}

func unreadable(data *model.Section, err error) *diag.Diagnostic {
	return diag.Errorf(codeData, data.Span, "the data cannot be described: %s", err).WithHelp("see to the files that its `from` names")
}

// Base is the folder that relative paths of the data section start from: that of the file it was written in.
func (p *Program) Base() string {
	if p.Data != nil && p.Data.Span.Start.Filename != "" {
		if f := p.Data.Span.Start.Filename; !isStandard(f) {
			return filepath.Dir(f)
		}
	}
	return filepath.Dir(p.File)
}

func (c *compilation) shape() {
	var batch = c.shapeBatch()
	c.built = build.Network(c.Canon, c.Train, c.Info, network.Training, batch, &c.Diags)
	c.Rows = c.built.Rows
	if n := c.built.Net; n != nil {
		c.Params = append(append(c.Params, n.Params...), n.States...)
	}
	if !c.Diags.HasErrors() {
		build.Network(c.Canon, c.Train, c.Info, network.Evaluation, batch, &c.Diags)
		c.unused()
	}
}

// unused warns of columns that never enter the network: a model that only says `input` gets the numbers of a table.
func (c *compilation) unused() {
	used := map[string]bool{}
	for _, v := range c.built.Net.Values {
		for _, x := range v.In {
			used[x.Name] = used[x.Name] || x.Kind == network.InputValue
		}
	}
	warn := func(input, setting, take string, names []string) {
		if used[input] || len(names) == 0 {
			return
		}
		span := c.Data.Span
		if s := c.Data.Find(setting); s != nil {
			span = s.Span
		}
		c.Diags.Add(diag.Warnf(codeUnused, span, "%s never enter%s the network: %s", columns(names), map[bool]string{true: "s"}[len(names) == 1], strings.Join(names, ", ")).
			WithHelp("take them in with `take %s` in a path of a concat, or list them under drop", take))
	}
	var categories []string
	for _, k := range c.Info.Categories {
		categories = append(categories, k.Name)
	}
	warn("codes", "category", "input.categories", categories)
	warn("x", "number", "input.numbers", c.Info.Numbers)
}

func columns(names []string) string {
	if len(names) == 1 {
		return "a column"
	}
	return "columns"
}

// shapeBatch is a small batch to check shapes with; batch norm wants more than one example.
func (c *compilation) shapeBatch() int { return 2 }

// Network builds the program's network for a mode and batch size.
func (p *Program) Network(mode network.Mode, batch int) (*network.Network, error) {
	var diags diag.List
	r := build.Network(p.Canon, p.Train, p.Info, mode, batch, &diags)
	return r.Net, diags.Err()
}
