package data

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

var csvSource = &sourceKind{
	Signature: catalog.Signature{
		Kind: catalog.Source, Name: "csv",
		Doc: "A table in a file of separated values, .gz or not: one example a row, the first row names the columns. An empty cell is a missing value.",
		Params: []catalog.Param{
			{Name: "path", Doc: "the file", Type: catalog.Text(), Positional: true},
			{Name: "test", Doc: "a second file of the same columns, which is the test set", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "missing", Doc: "cells that mean a missing value, beside empty ones", Type: catalog.ListOf(catalog.Text()), Default: catalog.Nothing()},
			{Name: "header", Doc: "the first row names the columns; without it they are column1, column2, …", Type: catalog.Flag(), Default: catalog.B(true)},
			{Name: "names", Doc: "names of the columns, instead of the header's", Type: catalog.ListOf(catalog.Name()), Default: catalog.Nothing()},
			{Name: "separator", Doc: "what stands between cells: one character, \"\\t\" for a tabulator", Type: catalog.Text(), Default: catalog.S(",")},
			{Name: "skip", Doc: "rows to pass over before the header", Type: catalog.Int().AtLeast(0), Default: catalog.N(0)},
		},
		Foreign: []string{"table", "read_csv", "tsv"},
	},
	table: true,
	read:  readCSV,
	guess: guessCSV,
}

// guessCSV takes what the section says of the columns. Whether a target is text cannot be known; it is taken for
// classes unless there are several or it is scaled.
func guessCSV(c *config) *outline {
	o := &outline{}
	regression := false
	for _, n := range c.named() {
		switch {
		case n.rest && n.role == number:
			for i := range 8 {
				o.numbers = append(o.numbers, fmt.Sprintf("number %d", i+1))
			}
		case n.rest && n.role == category:
			o.categories = append(o.categories, "category 1")
		case n.role == target:
			o.targets = append(o.targets, n.name)
		case n.role == number:
			o.numbers = append(o.numbers, n.name)
		case n.role == category:
			o.categories = append(o.categories, n.name)
		}
	}
	for _, n := range c.sec.All("scale") {
		if slices.Contains(n.Args.Texts("on"), "target") {
			regression = true
		}
	}
	if !regression && len(o.targets) < 2 {
		o.classes = numbered(10, nil)
	}
	o.shape = []int{len(o.numbers)}
	return o
}

// csvTable is a table while it is read.
type csvTable struct {
	*config
	s          *source
	names      []string
	roles      *columnRoles
	by         int // column of `split by`, or -1
	missing    []string
	columns    int // number columns
	intern     []map[string]int32
	targetText map[string]int32 // different texts of a single target, in order of appearance
	targetSeen []string
	targetCode []int32
	numeric    bool // every target cell so far is a number
	firstText  string
	strata     map[string]int32
	gaps       []bool // of a sketch: the number columns that have a missing value
}

func readCSV(c *config) (*source, error) {
	t := &csvTable{config: c, s: &source{}, missing: c.call.Args.Texts("missing"), by: -1,
		targetText: map[string]int32{}, strata: map[string]int32{}, numeric: true}
	separator, width := utf8.DecodeRuneInString(c.call.Args.Text("separator"))
	if text := c.call.Args.Text("separator"); width != len(text) || width == 0 || strings.ContainsRune("\"\r\n", separator) || separator == utf8.RuneError {
		return nil, diag.Errorf(BadSource, c.arg("separator"), "the separator %q is not one character", text).
			WithHelp("name one character: separator = \";\", or \"\\t\" for a tabulator")
	}
	dialect := format.CSV{Separator: separator, Skip: c.call.Args.Int("skip"), Header: c.call.Args.Bool("header"), Names: c.call.Args.Texts("names")}
	if err := t.scan(dialect, "path", false); err != nil {
		return nil, err
	}
	t.s.n = len(t.targetCode)
	if t.s.n == 0 {
		return nil, diag.Errorf(BadCSV, c.arg("path"), "%s has a header and no rows", c.shown(c.path("path"))).
			WithHelp("a file without a header is read with header = false")
	}
	if c.path("test") != "" {
		t.s.hasTest = true
		if err := t.scan(dialect, "test", true); err != nil {
			return nil, err
		}
		t.s.ownTest = len(t.targetCode) - t.s.n
	}
	if err := t.finishTargets(); err != nil {
		return nil, err
	}
	t.sortCategories()
	if n := c.sec.Find("impute"); n != nil && n.Args.Bool("indicator") {
		t.addIndicators()
	}
	t.s.shape = []int{len(t.s.numbers)}
	if t.sketch != nil {
		return t.s, nil
	}
	return t.s.finish(), nil
}

func (t *csvTable) scan(dialect format.CSV, arg string, test bool) error {
	path := t.path(arg)
	r, err := format.Open(path)
	if err != nil {
		return t.fileError(BadCSV, t.arg(arg), path, err)
	}
	defer r.Close()
	var text io.Reader = r
	if t.sketch != nil {
		text = &sketchReader{r: r, sketch: t.sketch}
	}
	start := func(names []string) error { return t.start(names) }
	if test {
		start = func(names []string) error {
			if !slices.Equal(names, t.names) {
				return diag.Errorf(CountMismatch, t.arg(arg), "%s has the columns %s, and %s has %s", t.shown(path), shorten(names), t.shown(t.path("path")), shorten(t.names)).
					WithHelp("both files need the same columns in the same order; names = [\"…\"] names them without a header")
			}
			return nil
		}
	}
	err = dialect.Scan(text, start, func(line int, cells []string) error { return t.row(path, arg, line, cells) })
	if err != nil && !errors.Is(err, errSketched) {
		if t.sketch != nil && t.sketch.ctx.Err() != nil {
			return t.sketch.ctx.Err()
		}
		return t.fileError(BadCSV, t.arg(arg), path, err)
	}
	return nil
}

func (t *csvTable) start(names []string) (err error) {
	t.names = names
	if t.roles, err = t.assign(names); err != nil {
		return err
	}
	for i, r := range t.roles.roles {
		switch r {
		case number:
			t.s.numbers = append(t.s.numbers, names[i])
		case category:
			t.s.categories = append(t.s.categories, names[i])
			t.intern = append(t.intern, map[string]int32{})
		}
	}
	t.columns = len(t.s.numbers)
	t.gaps = make([]bool, t.columns)
	t.s.codes = make([][]int32, len(t.s.categories))
	t.s.values = make([][]string, len(t.s.categories))
	for _, i := range t.roles.targets {
		t.s.targets = append(t.s.targets, names[i])
	}
	if v, n := t.byColumn(); n != nil && !(v.Kind == model.Word && v.Str == "class") {
		if t.by = slices.Index(names, v.Str); t.by < 0 {
			return t.unknownColumn(v.Str, place(v, n), names)
		}
		if len(t.roles.targets) == 1 && t.by == t.roles.targets[0] {
			t.by = -1 // the same as `by = class`
		}
	}
	return nil
}

// byColumn is the by argument of the split; the node is nil when there is none.
func (c *config) byColumn() (model.Value, *model.Node) {
	n := c.sec.Find("split")
	if n == nil || !n.Args.Has("by") {
		return model.Value{}, nil
	}
	return n.Args["by"], n
}

func (t *csvTable) isMissing(cell string) bool { return cell == "" || slices.Contains(t.missing, cell) }

func (t *csvTable) row(path, arg string, line int, cells []string) error {
	numbers, categories := 0, 0
	for i, cell := range cells {
		switch t.roles.roles[i] {
		case number:
			v, err := t.number(path, line, i, cell)
			if err != nil {
				return err
			}
			if t.sketch == nil {
				t.s.floats = append(t.s.floats, v)
			} else if v != v {
				t.gaps[numbers] = true
			}
			numbers++
		case category:
			if t.isMissing(cell) {
				cell = ""
			}
			code, known := t.intern[categories][cell]
			if !known {
				code = int32(len(t.s.values[categories]))
				cell = strings.Clone(cell)
				t.intern[categories][cell] = code
				t.s.values[categories] = append(t.s.values[categories], cell)
			}
			t.s.codes[categories] = append(t.s.codes[categories], code)
			categories++
		}
	}
	if t.by >= 0 {
		code, known := t.strata[cells[t.by]]
		if !known {
			code = int32(len(t.strata))
			t.strata[strings.Clone(cells[t.by])] = code
		}
		t.s.strata = append(t.s.strata, code)
	}
	for _, i := range t.roles.targets {
		if err := t.target(path, arg, line, i, cells[i]); err != nil {
			return err
		}
	}
	if len(t.roles.targets) > 1 {
		t.targetCode = append(t.targetCode, 0)
	}
	return nil
}

// number reads a cell of a number column; NaN stands for a missing value.
func (t *csvTable) number(path string, line, column int, cell string) (float32, error) {
	if t.isMissing(cell) {
		if t.sec.Find("impute") == nil {
			return 0, diag.Errorf(MissingValue, t.roles.spans[column], "%s, line %d: column %s has no value", t.shown(path), line, quoteIfNeeded(t.names[column])).
				WithHelp("say what stands for missing numbers: impute median")
		}
		return float32(math.NaN()), nil
	}
	v, ok := parseNumber(cell)
	if !ok {
		return 0, diag.Errorf(NotANumber, t.roles.spans[column], "%s, line %d: column %s holds %q, which is not a finite number", t.shown(path), line, quoteIfNeeded(t.names[column]), cell).
			WithHelp("if it means a missing value, write csv(…, missing = %q); if the column holds names, write category %s", cell, quoteIfNeeded(t.names[column]))
	}
	return float32(v), nil
}

func parseNumber(cell string) (float64, bool) {
	v, err := strconv.ParseFloat(cell, 32)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

func (t *csvTable) target(path, arg string, line, column int, cell string) error {
	if t.isMissing(cell) {
		return diag.Errorf(MissingValue, t.roles.spans[column], "%s, line %d: the target %s has no value", t.shown(path), line, quoteIfNeeded(t.names[column])).
			WithHelp("remove the row, or find its value: what is to be predicted cannot be guessed")
	}
	v, ok := parseNumber(cell)
	if len(t.roles.targets) > 1 {
		if !ok {
			return diag.Errorf(BadTarget, t.roles.spans[column], "%s, line %d: target %s holds %q; several targets are predicted as numbers", t.shown(path), line, quoteIfNeeded(t.names[column]), cell).
				WithHelp("name one target for classification; drop the others")
		}
		t.s.y = append(t.s.y, float32(v))
		return nil
	}
	if !ok && t.isNumeric() && arg == "test" {
		return diag.Errorf(NotANumber, t.arg("test"), "%s, line %d: target %s holds %q, and it is a number everywhere in %s", t.shown(path), line, quoteIfNeeded(t.names[column]), cell, t.shown(t.path("path"))).
			WithHelp("mend the row; to make classes of the numbers write: target %s, classes", quoteIfNeeded(t.names[column]))
	}
	if !ok && t.numeric {
		t.numeric = false
		t.firstText = fmt.Sprintf("%q in line %d of %s", cell, line, t.shown(path))
	}
	code, known := t.targetText[cell]
	if !known {
		if arg == "test" && !t.isNumeric() {
			d := diag.Errorf(LabelOutOfRange, t.arg("test"), "%s, line %d: target %s is %q, a class that no example of %s has", t.shown(path), line,
				quoteIfNeeded(t.names[column]), cell, t.shown(t.path("path")))
			return suggest(d, cell, t.targetSeen, "the classes are "+shorten(t.targetSeen))
		}
		code = int32(len(t.targetSeen))
		cell = strings.Clone(cell)
		t.targetText[cell] = code
		t.targetSeen = append(t.targetSeen, cell)
	}
	t.targetCode = append(t.targetCode, code)
	t.s.y = append(t.s.y, float32(v))
	return nil
}

// isNumeric reports whether the single target is a regression.
func (t *csvTable) isNumeric() bool { return t.numeric && !t.sec.Find("target").Args.Bool("classes") }

// finishTargets decides between classification and regression.
func (t *csvTable) finishTargets() error {
	if t.by < 0 {
		t.s.strata = nil
	}
	if len(t.roles.targets) > 1 {
		if n := t.sec.Find("target"); n.Args.Bool("classes") {
			return diag.Errorf(BadTarget, n.Span, "classes needs a single target, and there are %d", len(t.roles.targets)).
				WithHelp("name one target; drop the others")
		}
		return nil
	}
	column := t.roles.targets[0]
	if t.isNumeric() {
		if k := len(t.targetSeen); k <= 10 && t.s.n > 5*k {
			t.s.notes = append(t.s.notes, fmt.Sprintf("the target %s has only %d different numbers and is predicted as a number; for classes write: target %s, classes",
				quoteIfNeeded(t.names[column]), k, quoteIfNeeded(t.names[column])))
		}
		return nil
	}
	if len(t.targetSeen) > 1000 && len(t.targetSeen) > t.s.n/2 {
		d := diag.Errorf(BadTarget, t.roles.spans[column], "the target %s has %d different values in %d examples, too many for classes", quoteIfNeeded(t.names[column]), len(t.targetSeen), t.s.n)
		if t.firstText != "" {
			return d.WithHelp("if it should be a number: %s is not one; a cell that means a missing value is named by missing = \"…\"", t.firstText)
		}
		return d.WithHelp("remove classes to predict the number itself")
	}
	t.s.classes = slices.Clone(t.targetSeen)
	slices.SortFunc(t.s.classes, func(a, b string) int {
		x, okX := parseNumber(a)
		y, okY := parseNumber(b)
		if okX && okY && x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	code := make([]int32, len(t.targetSeen))
	for i, name := range t.targetSeen {
		code[i] = int32(slices.Index(t.s.classes, name))
	}
	for _, c := range t.targetCode {
		t.s.labels = append(t.s.labels, code[c])
	}
	t.s.y = nil
	return nil
}

// sortCategories orders the values of each category column by name, so that their codes do not depend on
// the order of the rows.
func (t *csvTable) sortCategories() {
	for i, values := range t.s.values {
		sorted := slices.Sorted(slices.Values(values))
		code := make([]int32, len(values))
		for j, v := range values {
			at, _ := slices.BinarySearch(sorted, v)
			code[j] = int32(at)
		}
		for j, c := range t.s.codes[i] {
			t.s.codes[i][j] = code[c]
		}
		t.s.values[i] = sorted
	}
}

// addIndicators adds a number column of 0 and 1 for each number column that has a missing value anywhere.
func (t *csvTable) addIndicators() {
	f, rows := t.columns, t.s.total()
	gaps := t.gaps
	for i, v := range t.s.floats {
		if v != v {
			gaps[i%f] = true
		}
	}
	var with []int
	for j, gap := range gaps {
		if gap {
			with = append(with, j)
			t.s.numbers = append(t.s.numbers, t.s.numbers[j]+" is missing")
		}
	}
	t.s.indicators = len(with)
	if t.sketch != nil {
		return
	}
	wide := make([]float32, 0, rows*(f+len(with)))
	for i := range rows {
		row := t.s.floats[i*f : (i+1)*f]
		wide = append(wide, row...)
		for _, j := range with {
			flag := float32(0)
			if row[j] != row[j] {
				flag = 1
			}
			wide = append(wide, flag)
		}
	}
	t.s.floats = wide
}
