package study

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/parse"
)

// planBetween compares two tricks with each other and with the program that has neither.
func (s *Study) planBetween() error {
	two, err := s.two()
	if err != nil {
		return err
	}
	a, b := two[0], two[1]
	neither := concat(a.off, b.off)
	p := s.Plan
	p.Kind, p.Design, p.NameA, p.NameB, p.Name = EquivStudy, "equivalence", a.name, b.name, programName(s.ask.File)+"-"+a.name+"-"+b.name
	for i, x := range two {
		y := two[1-i]
		one := *x
		one.on, one.off = concat(y.off, x.on), neither
		if x.instead {
			one.on = x.on // y is gone
		}
		c, err := s.comparisonNamed(&one, x.name+" without "+y.name, "neither")
		if err != nil {
			return x.hinted(err)
		}
		p.Comparisons = append(p.Comparisons, c)
	}
	between := PlannedComparison{Name: a.name + " against " + b.name, State: "on", On: p.Comparisons[0].On, Off: p.Comparisons[1].On}
	between.OnText, between.OffText = p.Comparisons[0].OnText, p.Comparisons[1].OnText
	p.Between = &between
	if slices.Equal(between.On, between.Off) {
		return diag.Errorf(BadDesign, diag.Span{Start: diag.Pos{Filename: "trick"}}, "%s and %s are the same program here", a.name, b.name).WithHelp("there is nothing to compare: name two tricks")
	}
	if p.Metrics[0].Margin == 0 {
		p.Notes = append(p.Notes, "no margin is declared for "+p.Metrics[0].Name+": without one nothing can be called equivalent (--margin X, in its units)")
	}
	return nil
}

// two finds both tricks. One of them may be missing in the file: it is then put in the place of the other.
func (s *Study) two() ([2]*arm, error) {
	var two [2]*arm
	var missing [2]error
	for i, text := range s.ask.Between {
		list, err := s.arms(located{text, textSpan(text)})
		if err != nil {
			missing[i] = err
			continue
		}
		if len(list) != 1 {
			return two, diag.Errorf(BadDesign, textSpan(text), "%s stands for %d switches; an equivalence is between two", text, len(list)).
				WithHelp("name one: %s", list[0].name)
		}
		two[i] = list[0]
	}
	for i, err := range missing {
		if err == nil {
			continue
		}
		if missing[1-i] != nil {
			return two, withNote(err, s, "one of the two must stand in the program, switched off if it is not to be used: l2 1e-4 off")
		}
		b, why := s.inPlaceOf(s.ask.Between[i], s.ask.Between[1-i], err)
		if why != nil {
			return two, why
		}
		two[i] = b
	}
	return two, nil
}

func textSpan(text string) diag.Span {
	return diag.Span{Start: diag.Pos{Filename: "trick", Line: 1, Column: 1}, End: diag.Pos{Filename: "trick", Line: 1, Column: 1 + len(text), Offset: len(text)}}
}

func withNote(err error, s *Study, note string) error {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		d.WithNote(s.Base.Train.Span, "%s", note)
	}
	return err
}

// hinted adds to an error in the program with a trick that is not in the file how else to ask for it.
func (a *arm) hinted(err error) error {
	if a.state != notInFile {
		return err
	}
	var list diag.List
	if errors.As(err, &list) && len(list) > 0 && list[0].Help == "" {
		list[0].WithHelp("give the whole statement as it would stand in the file: %s", a.example)
	}
	return err
}

const notInFile = "not in the file"

var argument = regexp.MustCompile(`^\s*([a-z_0-9]+)\s*=`)

// inPlaceOf makes the arm of a trick that is not in the file: the name of a card, a statement (`l2 1e-4`) or an argument (`momentum =
// 0.9`). Another trick, which is in the file, says where it goes: a layer or an augmentation to the place of that one, and so does anything
// where both are the same statement; a setting to its section. missing is why the file's tricks do not have it.
func (s *Study) inPlaceOf(text, other string, missing error) (*arm, error) {
	card, stmt, err := s.readTrick(text, missing)
	if err != nil {
		return nil, err
	}
	sel, d := canon.SelectorOf(together(other)[0], textSpan(other))
	if d != nil {
		return nil, d
	}
	places, d := s.Base.Canon.Arms(sel)
	if d != nil || len(together(other)) > 1 {
		return nil, diag.Errorf(BadDesign, textSpan(text), "%s is not in the file, and %s, being more than one trick or a candidate, does not say where it would go", text, other).
			WithHelp("write it into the file, switched off: %s off", text)
	}
	a := &arm{name: text, state: notInFile, example: "netc equiv " + other + " '" + text + " …' FILE"}
	if card != nil {
		a.title, a.card = card.Title, cardText(card)
		if set := argument.FindStringSubmatch(text); set != nil {
			a.name = card.Name
			e, err := setEdit("train."+card.Construct.Head+"."+card.Construct.Argument, strings.TrimSpace(text[len(set[0]):]))
			if err != nil {
				return nil, err
			}
			a.on = []*canon.Edit{e}
			return a, nil
		}
	}
	lines, instead, err := s.insertion(stmt, text, places[0].Places)
	if err != nil {
		return nil, err
	}
	body, list := parse.Body("trick", strings.Join(lines, "\n"))
	if list.HasErrors() {
		return nil, list
	}
	before := len(s.Base.Diags)
	edits := s.Base.Canon.ReadEdits(body.Stmts, nil)
	for _, d := range s.Base.Diags[before:] {
		if d.Severity == diag.Error {
			return nil, d
		}
	}
	a.on, a.instead = edits, instead
	return a, nil
}

// insertion writes the edits that put a statement where the places of a trick are, or into its section, and says whether it takes those
// places.
func (s *Study) insertion(stmt *ast.Node, text string, places []canon.Place) (lines []string, instead bool, err error) {
	head := stmt.Head.Names[0]
	line := strings.TrimSpace(format.Node(stmt))
	alike, kind := true, s.kindOf(head)
	for _, pl := range places {
		alike = alike && pl.Node.Name == head
	}
	if alike {
		for _, pl := range places {
			if edit := "replace " + pl.Node.Short() + " { " + line + " }"; !has(lines, edit) {
				lines = append(lines, edit)
			}
		}
		return lines, true, nil
	}
	beside := func(kind catalog.Kind) bool {
		for _, pl := range places {
			if pl.Node.Where != kind || pl.OfArgument() || pl.Node.Kind == canon.Change {
				return false
			}
		}
		return true
	}
	switch {
	case kind == catalog.Layer && !beside(kind):
		return nil, false, diag.Errorf(BadDesign, textSpan(text), "%s is a layer, and %s says nothing of where in the network it would stand", head, places[0].Trick).
			WithHelp("write it into the file, switched off: %s off", line)
	case kind == catalog.Layer, kind == catalog.Augment && beside(kind):
		for _, pl := range places {
			lines = append(lines, "after "+pl.Node.Short()+" { "+line+" }")
		}
		return lines, false, nil
	case kind == catalog.Augment && s.Base.Data.Find("augment") == nil:
		return []string{"into data { augment { " + line + " } }"}, false, nil
	case kind == catalog.Augment:
		return []string{"into data.augment { " + line + " }"}, false, nil
	case kind == catalog.Data:
		return []string{into("data", s.Base.Data, kind, s.Base.Canon.Catalog, head, line)}, false, nil
	}
	return []string{into("train", s.Base.Train, kind, s.Base.Canon.Catalog, head, line)}, false, nil
}

// into writes a setting into a section, in place of the one that is there where it takes only one.
func into(name string, section *model.Section, kind catalog.Kind, c *catalog.Catalog, head, line string) string {
	if sig := c.Get(kind, head); sig != nil && !sig.Many && section.Find(head) != nil {
		return "replace " + name + "." + head + " { " + line + " }"
	}
	return "into " + name + " { " + line + " }"
}

func exprIs(e *ast.Expr, text string) bool { return e != nil && format.Expr(e) == text }

// kindOf is where a statement may stand.
func (s *Study) kindOf(head string) catalog.Kind {
	for _, k := range []catalog.Kind{catalog.Layer, catalog.Augment, catalog.Data} {
		if s.Base.Canon.Catalog.Get(k, head) != nil {
			return k
		}
	}
	if s.Base.Canon.Scope.Find("block", head) != nil {
		return catalog.Layer
	}
	return catalog.Train
}

// readTrick reads what a trick that is not in the file is: the card that it has, and the statement.
func (s *Study) readTrick(text string, missing error) (*canon.Card, *ast.Node, error) {
	missing = withNote(missing, s, "a trick that does not stand in the program is a card of the library (netc tricks lists them) or a statement: 'l2 1e-4'")
	if set := argument.FindStringSubmatch(text); set != nil {
		card := s.Base.Canon.Card(set[1])
		if card == nil || card.Construct.Argument == "" {
			return nil, nil, missing
		}
		return card, nil, nil
	}
	body, list := parse.Body("trick", text)
	if list.HasErrors() {
		return nil, nil, missing
	}
	if len(body.Stmts) != 1 || body.Stmts[0].Node == nil || len(body.Stmts[0].Node.Head.Names) != 1 {
		return nil, nil, missing
	}
	n := body.Stmts[0].Node
	head := n.Head.Names[0]
	card := s.Base.Canon.Card(head)
	switch {
	case card == nil && (len(n.Args) == 0 && n.Body == nil || !s.known(head)):
		return nil, nil, missing
	case len(n.Args) > 0 || n.Body != nil || card.Change != nil:
		return card, n, nil
	case card.Construct.Head == "":
		return nil, nil, diag.Errorf(BadDesign, textSpan(text), "%s is not told by a statement of its own, so it cannot be put into the program", head).
			WithHelp("write it into the file: netc explain %s says how", head)
	case card.Construct.Argument != "":
		return nil, nil, diag.Errorf(BadDesign, textSpan(text), "%s is an argument of the %s, and the file does not give it", head, card.Construct.Head).
			WithHelp("say which value: '%s = %s'", card.Construct.Argument, map[bool]string{true: "true", false: "0.9"}[exprIs(card.Off, "false")])
	}
	// The statement that the card marks.
	k := card.Construct
	line := strings.TrimSpace(k.Head + " " + strings.Join(append([]string{k.Value}, k.Flags...), ", "))
	if k.Value == "" {
		line = k.Head
		if p := s.firstRequired(k.Head); p != nil {
			return nil, nil, diag.Errorf(BadDesign, textSpan(text), "%s is not in the file, and it takes a value: %s", head, strings.TrimSuffix(strings.ToLower(p.Doc[:1])+p.Doc[1:], ".")).
				WithHelp("give the whole statement: '%s VALUE'", k.Head)
		}
	}
	if body, list = parse.Body("trick", line); list.HasErrors() {
		return nil, nil, fmt.Errorf("the card of %s marks %s, which is no statement: %w", head, line, list)
	}
	return card, body.Stmts[0].Node, nil
}

// known reports whether there is such a statement.
func (s *Study) known(head string) bool {
	return s.kindOf(head) != catalog.Train || s.Base.Canon.Catalog.Get(catalog.Train, head) != nil
}

// firstRequired is a statement's first argument, where it must be given.
func (s *Study) firstRequired(head string) *catalog.Param {
	for _, k := range []catalog.Kind{catalog.Layer, catalog.Augment, catalog.Data, catalog.Train} {
		if sig := s.Base.Canon.Catalog.Get(k, head); sig != nil {
			for i, p := range sig.Params {
				if p.Positional && p.Default == nil && p.Doc != "" {
					return &sig.Params[i]
				}
			}
			return nil
		}
	}
	return nil
}
