package starter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/data/format"
)

// Table is a look at a table.
type Table struct {
	dialect format.CSV
	Rows    int
	Columns []*Column
	Missing []string // cells that mean no value, beside empty ones
	whole   bool     // all rows were looked at
}

// Column is a look at one column.
type Column struct {
	Name    string
	Empty   int            // cells without a value
	Numbers int            // cells that are numbers
	Whole   bool           // all of them are whole
	Values  map[string]int // how often each value occurs, as long as there are not too many
	Many    bool           // there were too many
	marks   map[string]int // cells that often mean no value
}

// looked is how many rows are looked at, and distinct how many values of a column are told apart.
const (
	looked   = 50_000
	distinct = 1000
)

// marks are cells that mean a missing value in tables one meets.
var marks = []string{"?", "NA", "N/A", "n/a", "nan", "NaN", "NULL", "null", "None", "-", "."}

func lookTable(path string) (*Table, error) {
	t := &Table{}
	if err := t.sniff(path); err != nil {
		return nil, err
	}
	r, err := format.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	enough := errors.New("enough")
	err = t.dialect.Scan(r, func(names []string) error {
		for _, n := range names {
			t.Columns = append(t.Columns, &Column{Name: strings.Clone(n), Whole: true, Values: map[string]int{}, marks: map[string]int{}})
		}
		return nil
	}, func(_ int, cells []string) error {
		if t.Rows == looked {
			return enough
		}
		t.Rows++
		for i, cell := range cells {
			t.Columns[i].see(cell)
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t.whole = err == nil
	if t.Rows == 0 || len(t.Columns) < 2 {
		return nil, fmt.Errorf("%s has %d columns and %d rows, which is too little to learn from", path, len(t.Columns), t.Rows)
	}
	for _, c := range t.Columns {
		// A mark is one where the column is else numeric.
		if c.isText() {
			continue
		}
		for m, n := range c.marks {
			c.Empty += n
			delete(c.Values, m)
			if !slices.Contains(t.Missing, m) {
				t.Missing = append(t.Missing, m)
			}
		}
	}
	// In columns of text only "?" is surely no value of its own, if it is a mark elsewhere or stands among words.
	for _, c := range t.Columns {
		if n := c.marks["?"]; n > 0 && c.isText() {
			c.Empty += n
			delete(c.Values, "?")
			if !slices.Contains(t.Missing, "?") {
				t.Missing = append(t.Missing, "?")
			}
		}
	}
	slices.Sort(t.Missing)
	return t, nil
}

func (c *Column) see(cell string) {
	if cell == "" {
		c.Empty++
		return
	}
	if slices.Contains(marks, cell) {
		c.marks[strings.Clone(cell)]++
	}
	if v, err := strconv.ParseFloat(cell, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		c.Numbers++
		c.Whole = c.Whole && v == math.Trunc(v)
	}
	if _, known := c.Values[cell]; known || len(c.Values) < distinct {
		c.Values[strings.Clone(cell)]++
		return
	}
	c.Many = true
}

// isText reports whether the column holds names: something that is neither a number nor a mark.
func (c *Column) isText() bool {
	filled := 0
	for _, n := range c.marks {
		filled += n
	}
	total := 0
	for _, n := range c.Values {
		total += n
	}
	return !c.Many && c.Numbers+filled < total || c.Many && c.Numbers == 0
}

// sniff finds the separator, and whether the first row names the columns.
func (t *Table) sniff(path string) error {
	r, err := format.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, 64<<10))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	lines := strings.Split(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n")
	if len(lines) > 20 {
		lines = lines[:20]
	}
	best := 0
	t.dialect = format.CSV{Separator: ',', Header: true}
	for _, sep := range []rune{',', ';', '\t', '|'} {
		if n := strings.Count(lines[min(1, len(lines)-1)], string(sep)); n > best {
			best, t.dialect.Separator = n, sep
		}
	}
	if best == 0 {
		return fmt.Errorf("%s has no separator that is known: cells are divided by a comma, a semicolon, a tabulator or a bar", path)
	}
	cells := func(line string) []string { return strings.Split(line, string(t.dialect.Separator)) }
	first := cells(lines[0])
	if len(lines) > 1 && preamble(first, len(cells(lines[1]))) {
		t.dialect.Skip, t.dialect.Header = 1, false
		return nil
	}
	if len(lines) > 1 && len(first) != len(cells(lines[1])) && !strings.Contains(lines[0], `"`) && !strings.Contains(lines[1], `"`) {
		t.dialect.Skip, t.dialect.Header = 1, false // a line that is neither header nor row
		return nil
	}
	numbers := 0
	for _, c := range first {
		if _, err := strconv.ParseFloat(strings.TrimSpace(c), 64); err == nil {
			numbers++
		}
	}
	t.dialect.Header = numbers == 0
	return nil
}

// preamble reports whether a first row is that of the tables which scikit-learn brings along: the number of rows, the number of
// features, then the names of the classes.
func preamble(first []string, width int) bool {
	if len(first) < 3 {
		return false
	}
	if _, err := strconv.Atoi(first[0]); err != nil {
		return false
	}
	if n, err := strconv.Atoi(first[1]); err != nil || n != width-1 {
		return false
	}
	_, err := strconv.ParseFloat(first[2], 64)
	return err != nil
}

// targets are names that columns to predict often have.
var targets = []string{"target", "label", "class", "y", "outcome", "diagnosis", "species", "quality", "income", "price", "survived", "churn", "default", "medv", "output", "result", "value"}

// Guess is the column that is probably to be predicted.
func (t *Table) Guess() *Column {
	for _, name := range targets {
		for _, c := range t.Columns {
			if strings.EqualFold(c.Name, name) && !t.useless(c) {
				return c
			}
		}
	}
	for i := len(t.Columns) - 1; i >= 0; i-- {
		if c := t.Columns[i]; !t.useless(c) && c.Empty == 0 {
			return c
		}
	}
	return t.Columns[len(t.Columns)-1]
}

// useless reports whether a column says nothing about other rows: it is constant, or names or counts its row.
func (t *Table) useless(c *Column) bool { return t.why(c) != "" }

func (t *Table) why(c *Column) string {
	switch {
	case len(c.Values) <= 1 && !c.Many:
		return "always the same"
	case c.isText() && (c.Many || len(c.Values) > 100 || t.Rows > 20 && len(c.Values) > t.Rows/2):
		return "nearly every row has a value of its own"
	case strings.EqualFold(c.Name, "id") || strings.HasSuffix(strings.ToLower(c.Name), "_id") || strings.EqualFold(c.Name, "index") || c.Name == "":
		if c.Many || len(c.Values) == t.Rows {
			return "it numbers the rows"
		}
	}
	return ""
}

func (t *Table) column(name string) (*Column, error) {
	var names []string
	for _, c := range t.Columns {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	if near, ok := spell.Nearest(name, names); ok {
		return nil, fmt.Errorf("the table has no column %s; did you mean %s?", name, near)
	}
	return nil, fmt.Errorf("the table has no column %s; it has %s", name, strings.Join(names, ", "))
}

// classes reports whether a column of numbers is one of classes: few whole numbers, each often.
func (t *Table) classes(c *Column) bool {
	return !c.isText() && c.Whole && !c.Many && len(c.Values) <= 20 && t.Rows >= 5*len(c.Values)
}

// plan is what each column is for.
type plan struct {
	targets, numbers, categories, drop []*Column
	classify                           bool // the target is one of classes
	flag                               bool // which have to be called so: they are numbers
}

func (t *Table) plan(o Options) (*plan, error) {
	p := &plan{}
	for _, name := range o.Target {
		c, err := t.column(name)
		if err != nil {
			return nil, err
		}
		p.targets = append(p.targets, c)
	}
	if len(p.targets) == 0 {
		p.targets = []*Column{t.Guess()}
	}
	for _, c := range p.targets {
		if c.Empty > 0 {
			return nil, fmt.Errorf("the column %s, which is to be predicted, has no value in %d rows: remove those rows, or name another column with --target", c.Name, c.Empty)
		}
		if len(p.targets) > 1 && c.isText() {
			return nil, fmt.Errorf("the column %s holds names; several targets are predicted as numbers", c.Name)
		}
	}
	first := p.targets[0]
	if len(p.targets) == 1 {
		p.flag = t.classes(first)
		p.classify = first.isText() || p.flag
		if first.isText() && (first.Many || len(first.Values) > t.Rows/2) {
			return nil, fmt.Errorf("the column %s has a value of its own in nearly every row, so there is nothing to learn; name another one with --target", first.Name)
		}
	}
	var drop []string
	for _, name := range o.Drop {
		c, err := t.column(name)
		if err != nil {
			return nil, err
		}
		drop = append(drop, c.Name)
	}
	for _, c := range t.Columns {
		switch {
		case slices.Contains(p.targets, c):
		case slices.Contains(drop, c.Name), t.useless(c):
			p.drop = append(p.drop, c)
		case c.isText():
			p.categories = append(p.categories, c)
		default:
			p.numbers = append(p.numbers, c)
		}
	}
	if len(p.numbers)+len(p.categories) == 0 {
		return nil, errors.New("no column is left to predict from")
	}
	return p, nil
}

func namesOf(list []*Column) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return names
}

func (d *Data) writeTable(b *bytes.Buffer, o Options) error {
	t := d.Table
	p, err := t.plan(o)
	if err != nil {
		return err
	}
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	more := ""
	if !t.whole {
		more = " and more"
	}
	what := "predicts numbers"
	if p.classify {
		what = fmt.Sprintf("tells %d classes apart", len(p.targets[0].Values))
	}
	line("// A first program for %s: %d rows%s, %d columns. It %s.", strings.ReplaceAll(o.pathFrom(d.Path), `"`, ""), t.Rows, more, len(t.Columns), what)
	line("// netc check says what it makes of it; netc run trains it; netc ablate measures its tricks.")
	line("net 1\n")
	line("data %s {", o.Name)
	from := o.pathFrom(d.Path)
	if len(t.Missing) > 0 {
		list := make([]string, len(t.Missing))
		for i, m := range t.Missing {
			list[i] = ast.Quote(m)
		}
		if len(list) == 1 {
			from += ", missing = " + list[0]
		} else {
			from += ", missing = [" + strings.Join(list, ", ") + "]"
		}
	}
	if !t.dialect.Header {
		from += ", header = false"
	}
	if t.dialect.Separator != ',' {
		from += ", separator = " + ast.Quote(string(t.dialect.Separator))
	}
	if t.dialect.Skip > 0 {
		from += fmt.Sprintf(", skip = %d", t.dialect.Skip)
	}
	line("  from csv(%s)", from)
	flag, note := "", " // text: classes"
	switch {
	case p.flag:
		flag, note = ", classes", fmt.Sprintf(" // %d different numbers, taken for classes", len(p.targets[0].Values))
	case !p.classify:
		note = " // numbers: regression"
	}
	line("  target %s%s%s", bareAll(namesOf(p.targets)), flag, note)
	if len(p.categories) > 0 {
		line("  category %s", bareAll(namesOf(p.categories)))
	}
	for _, c := range p.drop {
		why := t.why(c)
		if why == "" {
			why = "not used"
		}
		line("  drop %s // %s", bare(c.Name), why)
	}
	if len(p.numbers) > 0 {
		if len(p.numbers) > 12 {
			line("  number rest // the %d other columns", len(p.numbers))
		} else {
			line("  number %s", bareAll(namesOf(p.numbers)))
		}
	}
	by := ""
	if p.classify {
		by = ", by = class // every part gets its share of each class"
	}
	line("  split train = 70%%, valid = 15%%, test = 15%%%s", by)
	gaps := 0
	for _, c := range p.numbers {
		gaps += c.Empty
	}
	if gaps > 0 {
		line("  impute median // of the training part, for missing numbers")
	}
	if len(p.numbers) > 0 {
		line("  scale standardize // by statistics of the training part alone")
	}
	if !p.classify {
		line("  scale standardize, on = target // results are still in the column's own units")
	}
	line("}\n")
	line("model net(width = %d, depth = 2) {", map[bool]int{true: 32, false: 64}[t.Rows < 1000])
	line("  input %s", o.Name)
	switch {
	case len(p.categories) > 0 && len(p.numbers) > 0:
		line("  concat {\n    path { take input.numbers }\n    path { take input.categories; embed 8 instead of { onehot } as embeddings }\n  }")
	case len(p.categories) > 0:
		line("  embed 8 instead of { onehot } as embeddings")
	}
	line("  repeat depth {\n    dense width\n    act relu instead of tanh as relu\n    dropout 0.1\n  }")
	if p.classify {
		line("  dense classes")
	} else {
		line("  dense targets")
	}
	line("}\n")
	loss, metric, margin := "mse", "test.rmse", ""
	if p.classify {
		loss, metric, margin = "cross_entropy", "test.accuracy", ", margin = 1%"
	}
	train := t.Rows * 7 / 10
	batch := batchFor(train)
	steps := max(1, train/batch)
	epochs := min(100, max(10, 3000/steps))
	line("train {\n  loss %s\n  optimizer adamw(lr = 3e-3)\n  schedule cosine\n  batch %d\n  epochs %d\n  stop early(patience = %d epochs)\n  seed 1\n}\n", loss, batch, epochs, max(5, epochs/5))
	line("// What does each trick contribute? netc ablate trains with each of them off, over paired seeds.")
	line("study {\n  metric %s%s\n  seeds 8\n}", metric, margin)
	return nil
}
