package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/spell"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/stdlib"
)

func explainCommand(t *terminal) *cobra.Command {
	var asJSON bool
	var file string
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: "Say what a trick is and what studies here have found of it; or what a construct or an error code means",
		Long: `explain prints a trick's card: the problem that it claims to solve, its source, what it
costs, what should be seen when it works, when it does not help, what stands in its
place when it is off, and its kin. Below that it lists what studies in this folder
(.netc/studies) have found of it and of its kin.

For another construct it prints its arguments with their defaults, for the code of
a message what it means and a program that draws it.`,
		Example: "  netc explain dropout\n  netc explain adam\n  netc explain N0202\n  netc explain squeeze_excite --file model.net",
		Args:    exactly(1, "one NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			cards, err := cardsOf(file)
			if err != nil {
				return err
			}
			c := cards.Card(args[0])
			if c == nil && !asJSON && explainWord(t.out, args[0]) {
				return nil
			}
			if c == nil {
				names := stdlib.Names("tricks")
				if near, ok := spell.Nearest(args[0], names); ok {
					return fmt.Errorf("no card is called %s; did you mean %s?", args[0], near)
				}
				return fmt.Errorf("no card is called %s; netc tricks lists them", args[0])
			}
			found, err := findings(c)
			if err != nil {
				return err
			}
			if asJSON {
				return t.printJSON(explained(c, found))
			}
			writeCard(t.out, cards, c)
			writeFindings(t.out, c, found)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	cmd.Flags().StringVar(&file, "file", "", "a program whose own cards are known, too")
	return cmd
}

// cardsOf is a program that knows the cards of a file and of the standard library; without a file those of the library alone.
func cardsOf(file string) (*canon.Program, error) {
	opt := compiler.Options{Catalog: netc.Catalog(), IgnoreStudies: true}
	if file == "" {
		file = "cards.net"
		opt.ReadFile = func(string) ([]byte, error) { return nil, nil }
	}
	p := compiler.Compile(file, opt)
	if p.Canon == nil {
		if err := p.Diags.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New("the cards cannot be read")
	}
	return p.Canon, nil
}

// findings are what studies here found of the trick, then of its kin.
func findings(c *canon.Card) (list []study.TrickRow, err error) {
	ix, err := study.OpenIndex(study.Root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	for _, name := range append([]string{c.Name}, c.Kin...) {
		rows, err := ix.OfTrick(name)
		if err != nil {
			return nil, err
		}
		list = append(list, rows...)
	}
	return list, nil
}

type explainedJSON struct {
	Name    string           `json:"name"`
	Title   string           `json:"title"`
	Solves  string           `json:"solves"`
	Source  string           `json:"source"`
	Cost    string           `json:"cost,omitempty"`
	Caution string           `json:"caution,omitempty"`
	Expect  []string         `json:"expect,omitempty"`
	Kin     []string         `json:"kin,omitempty"`
	Off     string           `json:"off"`
	Found   []study.TrickRow `json:"found"`
}

func explained(c *canon.Card, found []study.TrickRow) explainedJSON {
	return explainedJSON{c.Name, c.Title, c.Solves, c.Source, c.Cost, c.Caution, expectations(c), c.Kin, offForm(c), append([]study.TrickRow{}, found...)}
}

func expectations(c *canon.Card) []string {
	var list []string
	for _, e := range c.Expect {
		list = append(list, e.Measure+" "+e.Direction)
	}
	return list
}

// offForm says what stands in the place of the trick when it is off.
func offForm(c *canon.Card) string {
	switch {
	case c.Change != nil:
		var edits []string
		for _, s := range c.Change.Stmts {
			if s.Node != nil {
				edits = append(edits, strings.Join(strings.Fields(format.Node(s.Node)), " "))
			}
		}
		return "the program without these edits: " + strings.Join(edits, "; ")
	case c.OffBody != nil:
		return strings.Join(strings.Fields(format.Node(c.OffBody)), " ")
	case c.Off == nil:
		return "nothing: the line is gone"
	}
	k := c.Construct
	if k.Argument != "" {
		return k.Argument + " = " + format.Expr(c.Off)
	}
	return strings.TrimSpace(k.Head + " " + format.Expr(c.Off))
}

func writeCard(w io.Writer, cards *canon.Program, c *canon.Card) {
	fmt.Fprintf(w, "%s (%s)\n", c.Title, c.Name)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-8s %s\n", name, strings.ReplaceAll(wrapped(text, 88), "\n    ", "\n           "))
		}
	}
	line("solves", c.Solves)
	line("off", offForm(c))
	line("source", c.Source)
	line("cost", c.Cost)
	line("expect", strings.Join(expectations(c), ", "))
	line("caution", c.Caution)
	var kin []string
	for _, name := range c.Kin {
		if k := cards.Card(name); k != nil {
			kin = append(kin, fmt.Sprintf("%s (%s)", name, k.Title))
		} else {
			kin = append(kin, name)
		}
	}
	line("kin", strings.Join(kin, ", "))
}

func writeFindings(w io.Writer, c *canon.Card, found []study.TrickRow) {
	if len(found) == 0 {
		fmt.Fprintf(w, "\nNo study here has measured it. netc ablate FILE --trick %s does, where FILE uses it.\n", c.Name)
		return
	}
	fmt.Fprintf(w, "\nWhat studies here have found (positive effects are better with the trick on):\n")
	rows := [][]string{{"trick", "study", "when", "metric", "verdict", "effect", "interval", "p", "pairs"}}
	for _, f := range found {
		rows = append(rows, []string{f.Name, filepath.Base(f.Dir), f.Started.Local().Format("2006-01-02"), f.Metric.Name, f.Verdict.String(), f.Metric.Difference(float64(f.Effect)) + f.Metric.Unit(), f.Metric.Interval(f.Interval), p(f.P), fmt.Sprint(f.N)})
	}
	table(w, rows, nil)
	fmt.Fprintln(w)
	for i, f := range found {
		if f.Name == c.Name && i < 3 {
			fmt.Fprintf(w, "%s\n", wrapped(f.Sentence, 100))
		}
	}
}
