package lsp

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/stdlib"
)

// completion answers what could stand at a place.
func (s *server) completion(_ context.Context, p *positionParams) (*completionList, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	c := &completer{cursor: v.cursor(p.Position), seen: map[string]bool{}, snippets: s.client.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport}
	c.complete()
	return &completionList{Items: c.list}, nil
}

type completer struct {
	*cursor
	list     []completionItem
	seen     map[string]bool
	snippets bool
	late     bool // names of parameters are likelier here than variables
}

// item is one suggestion. Text is a snippet when it has placeholders.
type item struct {
	label  string
	kind   int
	detail string // behind the label, small
	doc    string // in Markdown
	text   string // what is inserted; the label where empty
	rank   int    // lower comes first
}

// add takes a suggestion unless its label has been taken already.
func (c *completer) add(i item) {
	if c.seen[i.label] {
		return
	}
	c.seen[i.label] = true
	text := i.text
	if text == "" {
		text = escapeSnippet(i.label)
	}
	format := snippet
	if !c.snippets || !strings.Contains(text, "$") {
		text, format = withoutPlaceholders(text), plainText
	}
	out := completionItem{Label: i.label, Kind: i.kind, Detail: i.detail, SortText: fmt.Sprintf("%02d%04d", i.rank, len(c.list)), InsertTextFormat: format,
		TextEdit: &TextEdit{c.replace(), text}}
	if i.doc != "" {
		out.Documentation = markdown(i.doc)
	}
	c.list = append(c.list, out)
}

func escapeSnippet(s string) string { return strings.NewReplacer("$", `\$`, "}", `\}`).Replace(s) }

var placeholder = regexp.MustCompile(`\$\{\d+:((?:[^{}\\]|\\.)*)\}|\$\d+`)

// withoutPlaceholders is what a client that knows no snippets gets.
func withoutPlaceholders(text string) string {
	text = placeholder.ReplaceAllString(text, "$1")
	return strings.NewReplacer(`\$`, "$", `\}`, "}").Replace(text)
}

func (c *completer) complete() {
	c.list = []completionItem{}
	switch {
	case c.stmt == nil:
	case c.quoted:
		c.inString()
	case c.number:
		c.unit()
	case c.dead:
	case c.i == 0:
		c.statement()
	default:
		c.inside()
	}
	sort.SliceStable(c.list, func(i, j int) bool { return c.list[i].SortText < c.list[j].SortText })
	if c.word == "" {
		return
	}
	// Clients filter too; what cannot match is not worth sending.
	kept := c.list[:0]
	for _, i := range c.list {
		if subsequence(strings.ToLower(c.word), strings.ToLower(strings.Trim(i.Label, `"`))) {
			kept = append(kept, i)
		}
	}
	c.list = kept
}

// subsequence reports whether the letters of a stand in b in their order.
func subsequence(a, b string) bool {
	for _, r := range a {
		i := strings.IndexRune(b, r)
		if i < 0 {
			return false
		}
		b = b[i+len(string(r)):]
	}
	return true
}

// The sections, as snippets.
var topItems = []item{
	{label: "data", kind: itemKeyword, detail: "what is learned from", text: "data ${1:name} {\n\tfrom  ${2:csv(\"table.csv\")}\n\tsplit valid = ${3:15%}, test = ${4:15%}\n\tscale standardize\n}", doc: "A data section: the source, the columns of a table, the split, scaling and augmentation."},
	{label: "model", kind: itemKeyword, detail: "layers", text: "model ${1:name} {\n\tinput ${2:data}\n\t$0\n\tdense classes\n}", doc: "A model section: layers from top to bottom. It may have parameters: `model mlp(width = 64) { … }`."},
	{label: "block", kind: itemKeyword, detail: "layers with a name", text: "block ${1:name}(${2:channels}) {\n\t$0\n}", doc: "A block: layers that a model uses by name, with parameters."},
	{label: "train", kind: itemKeyword, detail: "how it is learned", text: "train {\n\tloss      ${1:cross_entropy}\n\toptimizer ${2:adam}\n\tbatch     ${3:64}\n\tepochs    ${4:10}\n}", doc: "A train section: loss, optimizer, schedule, regularization."},
	{label: "study", kind: itemKeyword, detail: "what each trick contributes", text: "study {\n\tmetric ${1:test.accuracy}, margin = ${2:0.5%}\n\tseeds  ${3:8}\n\ttricks $0\n}", doc: "A study: measures tricks over paired seeds."},
	{label: "trick", kind: itemKeyword, detail: "the card of a trick", text: "trick ${1:name} {\n\ttitle  \"${2:Full name}\"\n\tsolves \"${3:problem}\"\n\toff    ${4:nothing}\n}", doc: "A trick's card: what it is, what it claims, and what stands in its place when it is off."},
	{label: "use", kind: itemKeyword, detail: "definitions of another file", text: "use \"$1\"", doc: "Brings in the definitions of another file; with `as NAME` under a name."},
	{label: "extend", kind: itemKeyword, detail: "a whole program, changed", text: "extend \"$1\" {\n\t$0\n}", doc: "Takes a whole program and edits it."},
	{label: "let", kind: itemKeyword, detail: "a value or a function", text: "let ${1:name} = $0", doc: "Names a value, or with parameters a function: `let f(x) = x * x`."},
}

// statement completes the first word of a statement.
func (c *completer) statement() {
	if c.stmt.in.owner == nil {
		for _, i := range topItems {
			c.add(i)
		}
		if c.at.line == 0 || c.i == 0 && len(c.doc.lines) < 2 {
			c.add(item{label: "net 1", kind: itemKeyword, detail: "version of the language", rank: 5, doc: "Pins the version of the language and of the library's defaults."})
		}
		return
	}
	present := map[string]bool{}
	for _, o := range c.stmt.in.stmts {
		if h, n := o.head(); n > 0 && o != c.stmt {
			present[h] = true
		}
	}
	for _, name := range c.cat.Names(c.kind) {
		sig := c.cat.Get(c.kind, name)
		rank := 1
		switch {
		case sig.NotYet != "":
			rank = 8
		case present[name] && !sig.Many:
			continue
		}
		if r, ok := early[string(c.kind)+" "+name]; ok {
			rank = r
		}
		c.add(item{label: name, kind: statementKind(c.kind), detail: usage(ofSignature(sig)), doc: docOf(sig), text: statementSnippet(c.kind, sig, c.view), rank: rank})
	}
	switch c.kind {
	case catalog.Layer:
		c.blocks()
		c.add(item{label: "if", kind: itemKeyword, text: "if ${1:condition} {\n\t$0\n}", rank: 6, doc: "Chooses layers by a condition on parameters or shapes."})
		c.add(item{label: "for", kind: itemKeyword, text: "for ${1:i} in ${2:1..3} {\n\t$0\n}", rank: 6, doc: "Expands its body once for each element: `for width in [32, 64] { … } as stage`."})
		c.add(item{label: "repeat", kind: itemKeyword, text: "repeat ${1:2} {\n\t$0\n}", rank: 6, doc: "Expands its body a number of times."})
		c.add(item{label: "let", kind: itemKeyword, text: "let ${1:name} = $0", rank: 7})
	case catalog.Train:
		for _, d := range c.visible("trick") {
			if hasLine(d, "change") {
				c.add(item{label: d.name, kind: itemEvent, detail: "trick", doc: c.cardText(d.name), rank: 4})
			}
		}
	}
}

func hasLine(d *definition, head string) bool {
	for _, b := range d.stmt.bodies {
		for _, s := range b.stmts {
			if h, _ := s.head(); h == head {
				return true
			}
		}
	}
	return false
}

// blocks completes the names of blocks.
func (c *completer) blocks() {
	for _, d := range c.visible("block") {
		c.add(item{label: d.name, kind: itemClass, detail: usage(ofDefinition(d)), doc: c.definitionText(d), text: callText(d.name, ofDefinition(d)), rank: 2})
	}
	for _, dir := range []string{"layers", "blocks"} {
		for _, name := range stdlib.Names(dir) {
			if d := c.section("block", name); d != nil {
				c.add(item{label: name, kind: itemClass, detail: usage(ofDefinition(d)), doc: c.definitionText(d), text: callText(name, ofDefinition(d)), rank: 3})
			}
		}
	}
}

// callText is a statement that uses a block, with its required parameters.
func callText(name string, k *callee) string {
	text, n := escapeSnippet(name), 0
	for _, p := range k.params {
		if p.required {
			n++
			sep := ", "
			if n == 1 {
				sep = " "
			}
			text += sep + fmt.Sprintf("${%d:%s}", n, p.name)
		}
	}
	return text
}

func statementKind(k catalog.Kind) int {
	switch k {
	case catalog.Layer:
		return itemFunction
	case catalog.Edit:
		return itemKeyword
	}
	return itemProperty
}

// early ranks what a program nearly always has first.
var early = map[string]int{
	"data setting from": 0, "train setting loss": 0, "train setting optimizer": 0, "train setting batch": 0, "train setting epochs": 0,
	"layer input": 0, "layer conv": 0, "layer dense": 0, "layer act": 0, "study setting metric": 0, "study setting seeds": 0, "study setting tricks": 0,
	"card line title": 0,
}

// examples are arguments that make a complete statement of a suggestion.
var examples = map[string]string{
	"from.source": `csv("${1:table.csv}")`, "split": "valid = ${1:10%}", "scale.method": "${1:standardize}", "impute.method": "${1:median}", "resize.height": "${1:32}",
	"crop.pad": "pad = ${1:4}", "flip": "${1:horizontal}", "cutout.size": "${1:8}", "shift.max": "${1:10%}",
	"conv.channels": "${1:16}", "dense.units": "${1:64}", "dropout.p": "${1:0.3}", "act.kind": "${1:relu}", "pool.kind": "${1:max}", "norm.kind": "${1:batch}",
	"init.kind": "${1:he}", "embed.size": "${1:8}", "noise.kind": "gaussian(${1:0.1})", "take.point": "${1:input.numbers}", "pad_channels.channels": "${1:32}",
	"loss.kind": "${1:cross_entropy}", "optimizer.rule": "${1:adam}", "schedule.curve": "${1:cosine}", "batch.size": "${1:64}", "epochs.n": "${1:10}",
	"warmup.length": "${1:2 epochs}", "clip.by": "norm(${1:1.0})", "l1.c": "${1:1e-5}", "l2.c": "${1:1e-4}", "decay.c": "${1:1e-2}", "ema.decay": "${1:0.999}",
	"stop.rule": "early(patience = ${1:5} epochs)", "seed.n": "${1:1}", "label_smoothing.e": "${1:0.1}", "max_norm.c": "${1:3}", "report": "${1:accuracy}",
	"examples.n": "${1:1000}", "checkpoint.every": "${1:1 epoch}",
	"metric.of": "${1:test.accuracy}, margin = ${2:0.5%}", "seeds.n": "${1:8}", "design.kind": "${1:leave_one_out}", "budget.time": "${1:1} hour", "tricks": "$1", "factors": "$1",
	"retune.path": "${1:train.optimizer.lr}, ${2:0.01..0.4}, log, points = ${3:5}", "curve.path": "${1:train.examples}, [${2:100, 1000}]", "vary": "${1:init, order, augment}",
	"title": `"$1"`, "solves": `"$1"`, "source": `"$1"`, "cost": `"$1"`, "caution": `"$1"`, "off": "${1:nothing}", "expect": "${1:valid.loss} = ${2:down}",
	"set.path": "${1:train.epochs} = ${2:10}", "replace.path": "${1:path} { $2 }", "before.path": "${1:path} { $2 }", "after.path": "${1:path} { $2 }", "into.path": "${1:data.augment} { $2 }",
}

// statementSnippet is a statement ready to be filled in.
func statementSnippet(kind catalog.Kind, sig *catalog.Signature, v *view) string {
	text, first := sig.Name, ""
	for _, p := range sig.Params {
		if p.Default == nil && (p.Positional || first == "") {
			first = p.Name
			break
		}
	}
	key := sig.Name
	if first != "" {
		key += "." + first
	}
	example, ok := examples[key]
	switch {
	case kind == catalog.Edit && sig.Name == "off":
		text += " $1"
	case sig.Name == "input":
		text += " ${1:data}"
		if list := v.visible("data"); len(list) > 0 {
			text = "input ${1:" + list[0].name + "}"
		}
	case ok:
		text += " " + example
	case first != "":
		text += " ${1:" + first + "}"
	case sig.Rest != nil:
		text += " $1"
	}
	if sig.Body != "" {
		text += " {\n\t$0\n}"
	}
	return text
}

// unit completes the unit behind a number.
func (c *completer) unit() {
	frames := c.frames(c.stmt, c.i)
	t := frames[len(frames)-1].typ()
	for _, u := range unitsOf(t) {
		names := map[string][]string{"s": {"s", "min", "hours", "days"}, "MB": {"KB", "MB", "GB"}}[u]
		if names == nil {
			names = []string{u}
		}
		for _, n := range names {
			c.add(item{label: n, kind: itemUnit, detail: "unit"})
		}
	}
	if c.before(1).kind == parse.Number && c.before(1).stop() != c.from && c.from == c.at || c.word != "" {
		c.follow()
	}
}

// follow completes what may stand behind a complete value.
func (c *completer) follow() {
	if c.stmt.in.owner == nil && !c.stmt.isSection() && !c.before(1).is("}") {
		if c.stmt.toks[0].text == "use" {
			c.add(item{label: "as", kind: itemKeyword, text: "as ${1:name}", rank: 5, doc: "Gives the file's definitions a name in front: `name.block`."})
		}
		return
	}
	if c.kind == catalog.Card || c.kind == catalog.Edit || c.kind == catalog.Study || c.kind == "" {
		return
	}
	c.add(item{label: "instead of", kind: itemKeyword, text: "instead of ${1:nothing}", rank: 6, doc: "Gives the value, or with `nothing` or `{ }` the whole statement, an off form: this makes it a trick."})
	c.add(item{label: "as", kind: itemKeyword, text: "as ${1:name}", rank: 7, doc: "Names the trick, or labels the statement."})
	c.add(item{label: "off", kind: itemKeyword, rank: 8, doc: "Written down, not in the run; studies may switch it on."})
}

// inside completes within a statement.
func (c *completer) inside() {
	head, n := c.stmt.head()
	last := c.before(1)
	switch {
	case last.isWord("instead"):
		c.add(item{label: "of", kind: itemKeyword})
		return
	case last.isWord("as"):
		c.trickNames()
		return
	case c.i < n || last.is(".") && c.i == n+1 && len(c.dotted())*2 == n+1:
		if d := c.aliased(head); d != nil && c.kind == catalog.Layer {
			for _, b := range c.visible("block") {
				if rest, ok := strings.CutPrefix(b.name, head+"."); ok {
					c.add(item{label: rest, kind: itemClass, detail: usage(ofDefinition(b)), doc: c.definitionText(b)})
				}
			}
		}
		return
	case last.is("}"):
		return
	}
	if last.isWord("of") {
		c.add(item{label: "nothing", kind: itemKeyword, rank: 5, doc: "Off, the statement is gone."})
	}
	switch {
	case c.stmt.in.owner == nil:
		c.top(head, n)
	case c.stmt.toks[0].isWord("for"):
		if c.i == 2 {
			c.add(item{label: "in", kind: itemKeyword})
		} else if c.i > 2 {
			c.expression()
		}
	case c.stmt.toks[0].kind == parse.Word && !(c.kind == catalog.Edit && head == "off"):
		if !c.stmt.toks[0].isWord("let") || c.i > 2 {
			c.expression()
		}
	case c.kind == catalog.Edit:
		c.edit(head, n)
	case c.kind == catalog.Study && (head == "tricks" || head == "factors"):
		c.trickNames()
	case c.kind == catalog.Study && (head == "retune" || head == "curve" || head == "search" || head == "grow") && c.i == n:
		c.path()
	case c.kind == catalog.Card:
		c.card(head)
	default:
		c.argument()
	}
}

// top completes in the head of a section, in use and extend, in a let.
func (c *completer) top(head string, n int) {
	switch {
	case head == "use" || head == "extend":
		if c.i == n {
			for _, f := range c.programFiles("") {
				f.label, f.text = `"`+f.label+`"`, `"`+f.label+`"`
				c.add(f)
			}
		} else {
			c.follow()
		}
	case c.stmt.toks[0].isWord("let"):
		if c.i > 2 {
			c.expression()
		}
	case c.stmt.isSection():
		if c.before(1).is("=") {
			c.expression()
		}
	}
}

// argument completes an argument of a statement or of a constructor.
func (c *completer) argument() {
	frames := c.frames(c.stmt, c.i)
	f := &frames[len(frames)-1]
	if dotted := c.dotted(); len(dotted) > 0 {
		c.member(dotted, f)
		return
	}
	if f.spare {
		c.follow()
		if len(frames) > 1 {
			c.list = nil
		}
		return
	}
	if f.name == "" && c.i == f.first {
		c.parameters(f)
		p := f.positional()
		c.late = p == nil || !p.required || f.given[p.name]
	}
	if p := f.param(); p != nil || f.callee != nil && f.callee.rest != nil || f.callee == nil {
		c.value(f)
	}
	if c.i == f.first && len(frames) == 1 && f.callee != nil && f.index == 0 && f.name == "" && f.positional() == nil && f.callee.rest == nil {
		c.follow()
	}
}

// parameters completes the names of parameters that have not been given.
func (c *completer) parameters(f *frame) {
	if f.callee == nil || f.list {
		return
	}
	for i := range f.callee.params {
		p := &f.callee.params[i]
		if f.given[p.name] || !isName(p.name) {
			continue
		}
		if p.positional && p.required && f.callee.sig != nil && !isConstructor(f.callee.sig.Kind) {
			continue // said by position
		}
		detail := "parameter"
		if p.value != "" {
			detail = "= " + p.value
		}
		doc := p.doc
		if p.typ != nil {
			doc = strings.TrimSpace(doc + "\n\n" + sentence(p.typ.Describe()) + ".")
		}
		if p.typ != nil && p.typ.Kind == catalog.TFlag && p.value != "true" {
			c.add(item{label: p.name, kind: itemField, detail: "flag", doc: doc, rank: 3})
			continue
		}
		c.add(item{label: p.name, kind: itemField, detail: detail, doc: doc, text: p.name + " = " + c.valueSnippet(p), rank: 3})
	}
}

// valueSnippet is a value to start from.
func (c *completer) valueSnippet(p *paramInfo) string {
	if p.value != "" && p.value != "nothing" {
		return "${1:" + escapeSnippet(p.value) + "}"
	}
	return "$1"
}

// value completes a value of the type that is wanted.
func (c *completer) value(f *frame) {
	t := f.typ()
	head, _ := c.stmt.head()
	for _, w := range wordsOf(t) {
		c.add(item{label: w, kind: itemEnum, detail: paramName(f), rank: 1})
	}
	for _, kind := range constructorKinds(t) {
		for _, name := range c.cat.Names(kind) {
			sig := c.cat.Get(kind, name)
			c.add(item{label: name, kind: itemConstant, detail: usage(ofSignature(sig)), doc: docOf(sig), text: constructorSnippet(sig), rank: 1})
		}
		if kind == catalog.Metric {
			for _, d := range c.functionsOfFile() {
				c.add(item{label: d.name, kind: itemFunction, detail: "metric of this program", rank: 1})
			}
		}
	}
	if takes(t, catalog.TFlag) {
		c.add(item{label: "true", kind: itemKeyword, rank: 2})
		c.add(item{label: "false", kind: itemKeyword, rank: 2})
	}
	if takes(t, catalog.TName) || takes(t, catalog.TPath) || t != nil && t.Kind == catalog.TExpr {
		c.names(head, f)
	}
	if takes(t, catalog.TString) && t.Kind != catalog.TName {
		c.strings(f)
	}
	if t == nil || takes(t, catalog.TNumber) || takes(t, catalog.TInt) || takes(t, catalog.TAny) || takes(t, catalog.TFlag) {
		c.variables(c.kind == catalog.Layer)
	}
}

func paramName(f *frame) string {
	if p := f.param(); p != nil {
		return p.name
	}
	return ""
}

// constructorSnippet is a constructor with its required arguments; without any, and without the habit of giving some, its bare
// name.
func constructorSnippet(sig *catalog.Signature) string {
	usual := map[string]string{
		"sgd": "sgd(lr = ${1:0.1}, momentum = ${2:0.9})", "early": "early(patience = ${1:5} epochs)", "step": "step(at = [${1:50%, 75%}], factor = ${2:0.1})",
		"csv": `csv("${1:table.csv}")`, "idx": `idx("${1:folder}")`, "folder": `folder("${1:folder}")`, "cifar10": `cifar10("${1:folder}")`, "npz": `npz("${1:arrays.npz}")`,
		"gaussian": "gaussian(${1:0.1})", "mask": "mask(${1:30%})", "normal": "normal(std = ${1:0.01})",
	}
	if sig.Kind == catalog.Clip {
		return sig.Name + "(${1:1.0})"
	}
	if text := usual[sig.Name]; text != "" {
		return text
	}
	var parts []string
	for _, p := range sig.Params {
		if p.Default == nil {
			parts = append(parts, fmt.Sprintf("%s = ${%d:%s}", p.Name, len(parts)+1, p.Name))
		}
	}
	if len(parts) == 0 {
		return sig.Name
	}
	return sig.Name + "(" + strings.Join(parts, ", ") + ")"
}

// strings offers quoted values.
func (c *completer) strings(f *frame) {
	if p := f.param(); p != nil && p.name == "path" {
		c.add(item{label: `""`, kind: itemFile, text: `"$1"`, rank: 4, detail: "a file or folder"})
	}
}

// names completes bare names: sections, labels, columns, heads, metrics.
func (c *completer) names(head string, f *frame) {
	param := paramName(f)
	section := func(kind string) {
		for _, d := range c.visible(kind) {
			c.add(item{label: d.name, kind: itemModule, detail: kind, doc: c.definitionText(d), rank: 0})
		}
	}
	switch {
	case c.kind == catalog.Layer && head == "input":
		section("data")
	case c.kind == catalog.Train && head == "model":
		section("model")
	case c.kind == catalog.Study && head == "train":
		section("train")
	case c.kind == catalog.Layer && head == "take":
		c.add(item{label: "input.numbers", kind: itemReference, rank: 0, doc: "The number columns of the table."})
		c.add(item{label: "input.categories", kind: itemReference, rank: 0, doc: "The category columns of the table, as codes: follow with `embed` or `onehot`."})
		for _, d := range c.doc.labels() {
			c.add(item{label: d.name, kind: itemReference, detail: "label", rank: 1})
		}
	case c.kind == catalog.Train && head == "loss" && (param == "on" || param == "target"):
		for _, d := range c.doc.labels() {
			if d.kind == "head" || param == "target" {
				c.add(item{label: d.name, kind: itemReference, detail: d.kind, rank: 0})
			}
		}
	case c.kind == catalog.Data:
		if head == "scale" {
			c.add(item{label: "features", kind: itemEnum, detail: "every numeric input", rank: 0})
			c.add(item{label: "target", kind: itemEnum, detail: "what is predicted", rank: 0})
		}
		if head == "split" {
			c.add(item{label: "class", kind: itemEnum, detail: "the target's classes", rank: 0})
		}
		if head == "number" || head == "category" || head == "drop" {
			c.add(item{label: "rest", kind: itemEnum, detail: "every other column", rank: 2})
		}
		c.columns(head)
	case c.kind == catalog.Study && head == "metric" && param == "of":
		for _, part := range []string{"test", "valid", "train"} {
			c.add(item{label: part, kind: itemReference, detail: "part", text: part + ".", rank: 0})
		}
	case param == "on" || param == "by" || param == "path":
		for _, name := range []string{"valid.loss", "valid.accuracy", "valid.rmse", "train.loss"} {
			c.add(item{label: name, kind: itemReference, detail: "metric", rank: 1})
		}
	}
}

// columns completes the columns of the table that the section reads.
func (c *completer) columns(head string) {
	named := map[string]bool{}
	if head != "split" && head != "scale" {
		for _, o := range c.stmt.in.stmts {
			switch h, n := o.head(); h {
			case "target", "number", "category", "drop":
				for _, t := range o.toks[n:] {
					if t.kind == parse.Name && !(o == c.stmt && t.start() == c.from) {
						named[t.text] = true
					} else if t.kind == parse.String {
						named[strings.Trim(t.text, `"`)] = true
					}
				}
			}
		}
	}
	for _, col := range c.table(c.stmt.in) {
		if named[col.name] {
			continue
		}
		label := col.name
		if !isName(label) {
			label = strconv.Quote(label)
		}
		c.add(item{label: label, kind: itemField, detail: col.detail(), text: escapeSnippet(label), rank: 1})
	}
}

// member completes behind a dot.
func (c *completer) member(dotted []string, f *frame) {
	head, _ := c.stmt.head()
	first := dotted[0]
	switch {
	case c.kind == catalog.Layer && head == "take" && first == "input":
		c.add(item{label: "numbers", kind: itemReference})
		c.add(item{label: "categories", kind: itemReference})
	case slices.Contains([]string{"test", "valid", "train"}, first) && len(dotted) == 1 && (c.kind == catalog.Study || c.kind == catalog.Card || paramName(f) == "on" || paramName(f) == "by"):
		for _, name := range c.cat.Names(catalog.Metric) {
			c.add(item{label: name, kind: itemReference, detail: "metric", doc: docOf(c.cat.Get(catalog.Metric, name))})
		}
		for _, d := range c.functionsOfFile() {
			c.add(item{label: d.name, kind: itemFunction, detail: "metric of this program"})
		}
	case canon.IsRoot(first):
		c.path()
	default:
		if d := c.aliased(first); d != nil {
			for _, s := range d.tree().top.stmts {
				if t, ok := s.name(); ok && s.toks[0].isWord("let") {
					c.add(item{label: t.text, kind: itemVariable, detail: first})
				}
			}
			return
		}
		for _, part := range []string{"channels", "features", "height", "width", "size"} {
			c.add(item{label: part, kind: itemProperty, detail: "of the shape of " + first})
		}
	}
}

func (c *completer) functionsOfFile() []*definition {
	var list []*definition
	for _, d := range c.locals(c.stmt) {
		if d.kind == "let" && d.stmt.params() != nil {
			list = append(list, d)
		}
	}
	return list
}

// expression completes a free expression.
func (c *completer) expression() {
	if dotted := c.dotted(); len(dotted) > 0 {
		c.member(dotted, &frame{})
		return
	}
	if last := c.before(1); last.kind == parse.Number || last.kind == parse.Name || last.is(")") || last.is("]") {
		for _, w := range []string{"and", "or"} {
			c.add(item{label: w, kind: itemKeyword, rank: 6})
		}
		return
	}
	c.variables(c.kind == catalog.Layer)
}

// variables completes what an expression can name.
func (c *completer) variables(inModel bool) {
	for _, d := range c.locals(c.stmt) {
		if d.kind == "let" && d.stmt.params() != nil {
			c.add(item{label: d.name, kind: itemFunction, detail: "function", text: d.name + "($1)", rank: 4, doc: c.definitionText(d)})
			continue
		}
		rank := 2
		if c.late {
			rank = 4
		}
		c.add(item{label: d.name, kind: itemVariable, detail: d.kind, rank: rank, doc: c.definitionText(d)})
	}
	if inModel {
		c.add(item{label: "classes", kind: itemConstant, detail: "number of classes", rank: 3, doc: "The number of classes of the data."})
		c.add(item{label: "targets", kind: itemConstant, detail: "number of targets", rank: 4, doc: "The number of target columns of a regression."})
		c.add(item{label: "input", kind: itemVariable, detail: "what enters this block", rank: 5, text: "input.${1:channels}", doc: "The shape of what enters this block: `input.channels`, `input.features`, `input.height`, `input.width`, `input.size`."})
	}
	if c.word == "" && !inModel && c.stmt.in.owner != nil {
		return // formulas are rare there: they are offered once a letter is typed
	}
	for _, name := range canon.Functions() {
		c.add(item{label: name, kind: itemFunction, detail: "function", text: name + "($1)", rank: 6})
	}
}

// card completes in a line of a trick's card.
func (c *completer) card(head string) {
	switch head {
	case "solves", "title", "source", "cost", "caution":
		if c.before(1).kind == parse.Name {
			c.add(item{label: `""`, kind: itemConstant, text: `"$1"`})
		}
	case "kin", "needs":
		c.trickNames()
	case "off":
		c.add(item{label: "nothing", kind: itemKeyword})
	case "expect":
		switch {
		case c.before(1).is("="):
			for _, w := range []string{"up", "down", "same"} {
				c.add(item{label: w, kind: itemEnum})
			}
		case c.before(1).is("."):
			c.member(c.dotted(), &frame{})
		default:
			for _, m := range []string{"train.loss", "valid.loss", "valid.accuracy", "test.accuracy", "gap", "time"} {
				c.add(item{label: m, kind: itemReference, detail: "measure"})
			}
		}
	case "construct":
		for _, k := range []catalog.Kind{catalog.Layer, catalog.Train, catalog.Augment} {
			for _, n := range c.cat.Names(k) {
				c.add(item{label: n, kind: itemProperty, detail: string(k)})
			}
		}
	}
}

// trickNames completes the names of tricks: those of the program, where one of them is to be named; the cards at hand for a
// label, for kin, and while it is not known what the program has.
func (c *completer) trickNames() {
	if len(c.dotted()) > 0 {
		c.path()
		return
	}
	head, _ := c.stmt.head()
	if c.an != nil && len(c.an.tricks) > 0 && !c.before(1).isWord("as") {
		for _, t := range c.an.tricks {
			c.add(item{label: t.name, kind: itemEvent, detail: trickDetail(t), doc: c.trickText(t.name), rank: 0})
		}
		if head != "kin" && head != "needs" {
			return
		}
	}
	for _, d := range c.visible("trick") {
		c.add(item{label: d.name, kind: itemEvent, detail: "trick", doc: c.cardText(d.name), rank: 1})
	}
	for _, name := range stdlib.Names("tricks") {
		c.add(item{label: name, kind: itemEvent, detail: "standard card", doc: c.cardText(name), rank: 5})
	}
}

func trickDetail(t trickInfo) string {
	state := "off"
	if t.on {
		state = "on"
	}
	if !t.active {
		state = "absent"
	}
	if n := len(t.places); n > 1 {
		return fmt.Sprintf("%s, %d places", state, n)
	}
	return state
}

// edit completes behind the verb of an edit.
func (c *completer) edit(head string, n int) {
	if head == "off" {
		n = 1
	}
	for i := n; i < c.i; i++ {
		if c.stmt.toks[i].is("=") {
			c.editValue(n, i)
			return
		}
	}
	if c.before(1).kind == parse.Name && c.i > n {
		return // the path is there
	}
	if (head == "off" || head == "on") && len(c.dotted()) == 0 {
		c.trickNames()
	}
	c.path()
}

// editValue completes the value of `set PATH = `.
func (c *completer) editValue(n, eq int) {
	var segs []string
	for _, t := range c.stmt.toks[n:eq] {
		if t.kind == parse.Name {
			segs = append(segs, t.text)
		}
	}
	if p := c.settingOf(segs); p != nil && p.typ != nil {
		f := &frame{callee: &callee{params: []paramInfo{*p}}, name: p.name}
		c.value(f)
		return
	}
	c.variables(false)
}

// settingOf finds the parameter that a path ends in: train.optimizer.lr, data.augment.crop.pad, train.epochs.
func (v *view) settingOf(segs []string) *paramInfo {
	var sig *catalog.Signature
	kinds := []catalog.Kind{catalog.Layer, catalog.Train, catalog.Data, catalog.Augment}
	for i, seg := range segs {
		if k, root := sectionKind[seg]; root && i == 0 {
			kinds = []catalog.Kind{k}
			continue
		}
		if sig != nil {
			if p := ofSignature(sig).param(seg); p != nil {
				return p
			}
			if len(sig.Params) > 0 {
				for _, k := range constructorKinds(&sig.Params[0].Type) {
					for _, name := range v.cat.Names(k) {
						if p := ofSignature(v.cat.Get(k, name)).param(seg); p != nil {
							return p
						}
					}
				}
			}
		}
		found := false
		for _, k := range kinds {
			if s := v.cat.Get(k, seg); s != nil {
				sig, found = s, true
				if s.Body != "" {
					kinds = []catalog.Kind{s.Body}
				}
				break
			}
		}
		if !found && sig == nil {
			kinds = []catalog.Kind{catalog.Layer, catalog.Train, catalog.Data, catalog.Augment}
		}
	}
	if sig != nil && len(sig.Params) > 0 {
		return ofSignature(sig).param(sig.Params[0].Name)
	}
	return nil
}

// path completes a segment of a path into the program: sections first, then what stands inside of what is written.
func (c *completer) path() {
	dotted := c.dotted()
	if len(dotted) == 0 {
		for _, root := range []string{"data", "model", "train"} {
			c.add(item{label: root, kind: itemModule, detail: "section", rank: 1, text: root + "."})
		}
	}
	seen := map[string]int{}
	if c.an != nil {
		for _, p := range c.an.paths {
			segs := names(p.path)
			// Below what is written, directly or anywhere inside: `.` means anywhere inside.
			if !inside(segs[:len(segs)-1], dotted) {
				continue
			}
			seen[segs[len(segs)-1]]++
			if seen[segs[len(segs)-1]] == 1 {
				rank := 3
				if len(segs) == len(dotted)+1 {
					rank = 2
				}
				c.add(item{label: segs[len(segs)-1], kind: itemReference, detail: p.path, rank: rank})
			}
		}
		if len(dotted) > 0 {
			for _, t := range c.an.tricks {
				if len(t.places) > 0 && inside(names(t.places[0].path), dotted) {
					c.add(item{label: t.name, kind: itemEvent, detail: "trick", rank: 4})
				}
			}
		}
	}
	if len(dotted) == 0 {
		return
	}
	last := dotted[len(dotted)-1]
	if len(dotted) == 1 {
		if d := c.ownSection(last); d != nil {
			for _, p := range d.stmt.params() {
				c.add(item{label: p.name.text, kind: itemVariable, detail: "= " + joined(p.value), rank: 0})
			}
		}
		if k, root := sectionKind[last]; root {
			for _, name := range c.cat.Names(k) {
				if k != catalog.Layer {
					c.add(item{label: name, kind: itemProperty, detail: usage(ofSignature(c.cat.Get(k, name))), rank: 5})
				}
			}
		}
		return
	}
	c.settings(dotted)
}

// settings completes the arguments of the statement that a path leads to, and those of its constructor.
func (c *completer) settings(dotted []string) {
	last := dotted[len(dotted)-1]
	for _, k := range []catalog.Kind{sectionKind[dotted[0]], catalog.Layer, catalog.Train, catalog.Data, catalog.Augment} {
		sig := c.cat.Get(k, last)
		if sig == nil {
			continue
		}
		for _, p := range ofSignature(sig).params {
			c.add(item{label: p.name, kind: itemField, detail: p.value, doc: p.doc, rank: 0})
		}
		if len(sig.Params) > 0 {
			for _, k := range constructorKinds(&sig.Params[0].Type) {
				for _, name := range c.cat.Names(k) {
					for _, p := range ofSignature(c.cat.Get(k, name)).params {
						c.add(item{label: p.name, kind: itemField, detail: "of " + name, doc: p.doc, rank: 1})
					}
				}
			}
		}
		if sig.Body != "" {
			for _, name := range c.cat.Names(sig.Body) {
				c.add(item{label: name, kind: itemProperty, rank: 2})
			}
		}
		return
	}
}

// ownSection is the section that the first word of a path means.
func (v *view) ownSection(kind string) *definition {
	var found *definition
	v.scopes(func(d *document) bool {
		for _, s := range d.tree().top.stmts {
			if s.isSection() && s.toks[0].text == kind {
				found = &definition{kind: kind, doc: d, stmt: s, at: s.toks[0]}
				return false
			}
		}
		return true
	})
	return found
}

// names are the segments of a path without their indices.
func names(path string) []string {
	segs := strings.Split(path, ".")
	for i, s := range segs {
		segs[i], _, _ = strings.Cut(s, "[")
	}
	return segs
}

// inside reports whether the names of a selector stand in a path in their order.
func inside(path, selector []string) bool {
	for _, s := range selector {
		i := slices.Index(path, s)
		if i < 0 {
			return false
		}
		path = path[i+1:]
	}
	return true
}

// sortItems orders what was gathered from maps.
func sortItems(list []item) []item {
	sort.SliceStable(list, func(i, j int) bool { return list[i].label < list[j].label })
	return list
}
