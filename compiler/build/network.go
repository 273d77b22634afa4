package build

import (
	"errors"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/layer"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// Row is one line of the expanded program with what it makes: for netc check --shapes and for the editors.
type Row struct {
	Depth  int
	Text   string // the statement with its arguments
	Path   string // as people write it
	Key    string // the canonical path, which random streams are keyed by
	Span   diag.Span
	Out    op.Shape
	Params int
	FLOPs  int64 // of one example, forward
	Leaf   bool
}

// Result is a network with the rows it was built from.
type Result struct {
	Net  *network.Network
	Rows []Row
	// NoBias has the layers that are written without a bias, by path: whether a normalization follows, whose shift makes
	// up for it.
	NoBias map[string]bool
	// Spans are the places of those layers.
	Spans map[string]diag.Span
}

// Network builds the network of a program for a mode and batch size. Every mistake goes to diags; the
// result is usable only without errors.
func Network(p *canon.Program, train *model.Section, info *model.DataInfo, mode network.Mode, batch int, diags *diag.List) *Result {
	w := &walker{p: p, train: train, info: info, diags: diags, mode: mode, batch: batch,
		Builder: network.NewBuilder(mode, batch), points: map[string]*network.Value{}, inputs: map[*canon.Frame]op.Shape{},
		heads: map[string]bool{}, noBias: map[string]bool{}, spans: map[string]diag.Span{}, taken: taken(p, train)}
	w.bind = &binder{cat: p.Catalog, eval: &canon.Evaluator{Facts: w, Program: p}}
	w.defaultInit()
	// A statement that an earlier mistake took out leaves shapes that nobody should be told about.
	w.failed = diags.HasErrors()
	w.body(p.Model.Body, false)
	if !diags.HasErrors() {
		w.finish()
	}
	if err := w.Err(); err != nil && !diags.HasErrors() {
		diags.Add(diag.Errorf(layer.CodeFit, p.Model.Span, "%s", err))
	}
	return &Result{Net: w.Net, Rows: w.rows, NoBias: w.noBias, Spans: w.spans}
}

type walker struct {
	*network.Builder
	p      *canon.Program
	train  *model.Section
	info   *model.DataInfo
	diags  *diag.List
	mode   network.Mode
	batch  int
	bind   *binder
	flow   *network.Value
	codes  bool // the flow holds category codes
	begun  bool // an input statement was met
	failed bool // a statement above failed: shapes below are guesses
	points map[string]*network.Value
	inputs map[*canon.Frame]op.Shape
	inits  []*model.Node
	stack  []frame // what comes behind the statement at hand, for bias = auto
	heads  map[string]bool
	rows   []Row
	depth  int
	noBias map[string]bool
	spans  map[string]diag.Span
	taken  map[string]bool // points of the flow that something goes back to
}

// frame is a list of statements being walked and the place in it. A barrier ends the look ahead: behind the end of
// a path comes its combiner.
type frame struct {
	list    []*canon.Node
	at      int
	barrier bool
}

func (w *walker) defaultInit() {
	init := &model.Node{Name: "he", Args: model.Args{}}
	if sig := w.p.Catalog.Get(catalog.Init, "he"); sig != nil {
		init.Args = sig.Fill(init.Args)
	}
	w.inits = []*model.Node{init}
}

// Input implements canon.Facts.
func (w *walker) Input(f *canon.Frame) (op.Shape, bool) {
	if f != nil {
		s, ok := w.inputs[f]
		return s, ok
	}
	if w.flow == nil {
		return nil, false
	}
	return w.flow.Dims, true
}

// Point implements canon.Facts.
func (w *walker) Point(name string) (op.Shape, bool) {
	if v := w.points[name]; v != nil {
		return v.Dims, true
	}
	return nil, false
}

// Number implements canon.Facts.
func (w *walker) Number(name string) (float64, bool) {
	n := len(w.info.Classes)
	if name == "targets" {
		n = len(w.info.Targets)
		if len(w.info.Classes) > 0 {
			return 0, false
		}
	}
	return float64(n), n > 0
}

// body walks statements in order. Its init holds for all of it, wherever it stands.
func (w *walker) body(nodes []*canon.Node, barrier bool) {
	list := Active(nodes)
	kept := len(w.inits)
	for _, n := range list {
		if n.Kind == canon.Statement && n.Name == "init" {
			if m := w.resolve(n); m != nil {
				w.inits = append(w.inits, m.Args.Call("kind"))
			}
		}
	}
	w.stack = append(w.stack, frame{list: list, barrier: barrier})
	for i, n := range list {
		w.stack[len(w.stack)-1].at = i
		w.node(n)
	}
	w.stack = w.stack[:len(w.stack)-1]
	w.inits = w.inits[:kept]
}

func (w *walker) node(n *canon.Node) {
	switch n.Kind {
	case canon.Group:
		w.row(n, n.Label, func() { w.body(n.Body, false) })
	case canon.Block:
		w.enter(n)
		w.row(n, w.blockText(n), func() { w.body(n.Body, false) })
	case canon.Branch:
		if list, ok := w.branch(n); ok {
			w.body(list, false)
		}
	case canon.Change:
	default:
		w.statement(n)
	}
	if n.Label != "" && w.flow != nil {
		w.points[n.Label] = w.flow
	}
}

// enter notes what enters a block.
func (w *walker) enter(n *canon.Node) {
	if n.Inner != nil && n.Inner.Frame() != nil && w.flow != nil {
		w.inputs[n.Inner.Frame()] = w.flow.Dims
	}
}

func (w *walker) branch(n *canon.Node) ([]*canon.Node, bool) {
	v, err := w.bind.eval.Eval(n.Cond, n.Env)
	if err == nil && v.Kind != model.Bool {
		err = diag.Errorf(codeArg, n.Span, "a condition is true or false, not %s", v).WithHelp("compare something: input.channels > 3")
	}
	if err != nil {
		w.report(err, n.Span)
		return nil, false
	}
	if v.Bool {
		return n.Body, true
	}
	return n.Else, true
}

func (w *walker) report(err error, span diag.Span) {
	if !w.failed || !shapeError(err) {
		report(w.diags, err, span)
	}
	w.failed = w.failed || shapeError(err)
}

// shapeError tells mistakes that follow from an earlier one: after the first, shapes are guesses.
func shapeError(err error) bool {
	var d *diag.Diagnostic
	return errors.As(err, &d) && strings.HasPrefix(string(d.Code), "N02")
}

// resolve binds a statement's arguments; nil after a report.
func (w *walker) resolve(n *canon.Node) *model.Node {
	sig := w.p.Catalog.Get(catalog.Layer, n.Name)
	if sig == nil {
		return nil
	}
	if sig.NotYet != "" {
		w.report(notYet(n.Span, n.Name, sig.NotYet), n.Span)
		return nil
	}
	m, err := w.bind.statement(n, sig)
	if err != nil {
		w.report(err, n.Span)
		w.failed = true
		return nil
	}
	return m
}

func (w *walker) statement(n *canon.Node) {
	m := w.resolve(n)
	if m == nil {
		return
	}
	w.Source = m
	switch n.Name {
	case "init":
		w.leaf(n, m, 0, 0)
		return
	case "input":
		w.input(m)
		w.leaf(n, m, 0, 0)
		return
	case "sum", "product", "concat":
		w.combine(n, m)
		return
	case "path":
		w.report(diag.Errorf(codeArg, n.Span, "path stands in sum, product or concat").WithHelp("leave `path { }` out here, or put it into one of them"), n.Span)
		return
	case "head":
		w.head(n, m)
		return
	case "take":
		w.take(m)
		w.leaf(n, m, 0, 0)
		return
	case "pass":
		w.leaf(n, m, 0, 0)
		return
	}
	if !w.started(n) {
		return
	}
	def := layer.Get(n.Name)
	if def == nil {
		w.report(fmt.Errorf("layer %s is declared but not built", n.Name), n.Span)
		return
	}
	values, params := len(w.Net.Values), w.Net.ParamCount()
	site := &layer.Site{Builder: w.Builder, Node: m, X: w.flow, Init: w.inits[len(w.inits)-1], NormFollows: w.normFollows()}
	if bias := m.Args["bias"]; bias.Kind == model.Bool && !bias.Bool {
		w.noBias[n.Path], w.spans[n.Path] = site.NormFollows, n.Span
	}
	if w.codes {
		site.Categories = w.info.Categories
	}
	y, err := def.Build(site)
	if err != nil {
		w.report(err, n.Span)
		w.failed = true
		return
	}
	w.flow, w.codes = y, false
	w.leaf(n, m, w.Net.ParamCount()-params, w.Net.FLOPs(values)/int64(w.batch))
}

func (w *walker) started(n *canon.Node) bool {
	if w.flow != nil {
		return true
	}
	if !w.begun {
		w.report(diag.Errorf(codeArg, n.Span, "%s stands before the data has entered", n.Name).
			WithHelp("start the model with `input NAME`, the name of a data section"), n.Span)
		w.begun = true
	}
	return false
}

func (w *walker) input(m *model.Node) {
	if w.begun {
		w.report(diag.Errorf(codeArg, m.Span, "the data has entered already; a model has one input").
			WithHelp("to go back to it, use take input.numbers or a named point"), m.Span)
		return
	}
	w.begun = true
	if len(w.info.Shape) > 0 && op.Shape(w.info.Shape).Size() > 0 {
		w.flow = w.Builder.Input("x", append(op.Shape{w.batch}, w.info.Shape...))
		return
	}
	if len(w.info.Categories) == 0 {
		w.report(diag.Errorf(codeArg, m.Span, "the data has no input columns").
			WithHelp("declare them in the data section: number NAME, …, category NAME, …, or number rest"), m.Span)
		return
	}
	w.flow, w.codes = w.categoryCodes(), true
}

func (w *walker) categoryCodes() *network.Value {
	return w.Builder.Input("codes", op.Shape{w.batch, len(w.info.Categories)})
}

func (w *walker) take(m *model.Node) {
	switch name := m.Args.Text("point"); name {
	case "input.numbers", "input":
		if len(w.info.Shape) == 0 || w.info.Shape[0] == 0 {
			w.report(diag.Errorf(codeArg, m.Span, "the data has no number columns").WithHelp("declare them in data: number NAME, …"), m.Span)
			w.failed = true
			return
		}
		w.flow, w.codes = w.Builder.Input("x", append(op.Shape{w.batch}, w.info.Shape...)), false
	case "input.categories":
		if len(w.info.Categories) == 0 {
			w.report(diag.Errorf(codeArg, m.Span, "the data has no category columns").WithHelp("declare them in data: category NAME, …"), m.Span)
			w.failed = true
			return
		}
		w.flow, w.codes = w.categoryCodes(), true
	default:
		v := w.points[name]
		if v == nil {
			w.report(diag.Errorf(codeArg, m.Span, "no point of the flow is called %s here", name).
				WithHelp("name one with `pass as NAME`, or `as NAME` behind a layer above"), m.Span)
			w.failed = true
			return
		}
		w.flow, w.codes = v, v.Name == "codes"
	}
}

// taken lists the points of the flow that a take or a loss goes back to, in any form of the program.
func taken(p *canon.Program, train *model.Section) map[string]bool {
	names := map[string]bool{}
	p.Model.Walk(func(n *canon.Node) bool {
		if n.Name == "take" && n.Kind == canon.Statement {
			for _, a := range n.Args {
				if r := canon.BareRef(a.Expr()); r != nil {
					names[canon.RefText(r)] = true
				}
			}
		}
		return true
	})
	if train != nil {
		for _, l := range train.All("loss") {
			if l.Args.Has("target") {
				names[l.Args.Text("target")] = true
			}
		}
	}
	return names
}

// normFollows looks ahead along the flow: is a normalization all that reads what the statement at hand makes?
func (w *walker) normFollows() bool {
	for d := len(w.stack) - 1; d >= 0; d-- {
		f := w.stack[d]
		if w.taken[f.list[f.at].Label] {
			return false
		}
		for _, n := range f.list[f.at+1:] {
			if leaf := w.firstLeaf(n); leaf != nil {
				return leaf.Name == "norm"
			}
		}
		if f.barrier {
			return false
		}
	}
	return false
}

// firstLeaf is the first statement that reads the flow in n, nil where there is none.
func (w *walker) firstLeaf(n *canon.Node) *canon.Node {
	list := n.Body
	switch n.Kind {
	case canon.Statement:
		switch {
		case n.Name == "init" || n.Name == "pass" && !w.taken[n.Label]:
			return nil
		case combines(n):
			paths := w.onlyPath(n.Body)
			if len(paths) != 1 {
				return n
			}
			list = paths[0].Body // a combiner left with one path is that path
		default:
			return n
		}
	case canon.Branch:
		ahead := &canon.Evaluator{Facts: facts{w}, Program: w.p}
		v, err := ahead.Eval(n.Cond, n.Env)
		if err != nil {
			return n // not known yet: something stands there, and it is not certainly a norm
		}
		if !v.Bool {
			list = n.Else
		}
	case canon.Change:
		return nil
	}
	for _, c := range Active(list) {
		if leaf := w.firstLeaf(c); leaf != nil {
			return leaf
		}
	}
	return nil
}

func combines(n *canon.Node) bool {
	return n.Name == "sum" || n.Name == "product" || n.Name == "concat"
}

// onlyPath lists the paths of a combiner as far as they can be told ahead.
func (w *walker) onlyPath(nodes []*canon.Node) []*canon.Node {
	var out []*canon.Node
	for _, n := range Active(nodes) {
		switch {
		case n.Kind == canon.Group || n.Kind == canon.Block:
			out = append(out, w.onlyPath(n.Body)...)
		case n.Kind == canon.Branch:
			out = append(out, n, n) // not told ahead: certainly not the only one
		case n.Kind == canon.Change:
		default:
			out = append(out, n)
		}
	}
	return out
}

// facts are what is known ahead of a statement: not what will enter it.
type facts struct{ *walker }

func (f facts) Input(frame *canon.Frame) (op.Shape, bool) {
	if frame == nil {
		return nil, false
	}
	return f.walker.Input(frame)
}

// row adds a line for a node with a body and fills in what its inside made.
func (w *walker) row(n *canon.Node, text string, inside func()) {
	at := len(w.rows)
	w.rows = append(w.rows, Row{Depth: w.depth, Text: text, Path: n.Short(), Key: n.Path, Span: n.Span})
	values, params := len(w.Net.Values), w.Net.ParamCount()
	w.depth++
	inside()
	w.depth--
	r := &w.rows[at]
	if w.flow != nil {
		r.Out = w.flow.Dims
	}
	r.Params, r.FLOPs = w.Net.ParamCount()-params, w.Net.FLOPs(values)/int64(w.batch)
}

func (w *walker) leaf(n *canon.Node, m *model.Node, params int, flops int64) {
	r := Row{Depth: w.depth, Text: statementText(w.p.Catalog, m), Path: n.Short(), Key: n.Path, Span: n.Span, Params: params, FLOPs: flops, Leaf: true}
	if n.Label != "" {
		r.Text += " as " + n.Label
	}
	if w.flow != nil {
		r.Out = w.flow.Dims
	}
	w.rows = append(w.rows, r)
}
