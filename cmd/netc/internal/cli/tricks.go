package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/stdlib"
)

func tricksCommand(t *terminal) *cobra.Command {
	var flags editFlags
	cmd := &cobra.Command{
		Use:   "tricks [FILE]",
		Short: "List the tricks of a program, or of the standard library",
		Long: `tricks lists the tricks of a program with their state and the places where they
stand: everything that --off and --on can switch. A place inside a form that another
trick has removed is absent. Without a file it lists the cards of the standard library;
netc explain TRICK prints one.`,
		Example: "  netc tricks model.net\n  netc tricks",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("tricks takes one FILE, or none")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return t.catalogue()
			}
			p, err := compile(args[0], &flags, compiler.Options{IgnoreStudies: true})
			if err != nil {
				return err
			}
			if p.Diags.HasErrors() {
				t.render(p.Diags, p, &flags)
				return status(exitFailed)
			}
			tw := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tw, "trick\tstate\tplaces\ttitle")
			for _, trick := range p.Canon.Tricks() {
				title := ""
				if trick.Card != nil {
					title = trick.Card.Title
				}
				for i, pl := range trick.Places {
					name := trick.Name
					if i > 0 {
						name, title = "", ""
					}
					state := onOff(pl.On())
					if !pl.Active {
						state = "absent" // it stands in a form that another trick has removed
					}
					fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", name, state, pl.Path(), title)
				}
			}
			return tw.Flush()
		},
	}
	flags.register(cmd)
	return cmd
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// catalogue lists the cards of the standard library with the problem that each claims to solve.
func (t *terminal) catalogue() error {
	cards, err := cardsOf("")
	if err != nil {
		return err
	}
	rows := [][]string{{"trick", "title", "solves"}}
	for _, name := range stdlib.Names("tricks") {
		c := cards.Card(name)
		if c == nil {
			continue
		}
		rows = append(rows, []string{name, cut(c.Title, 60), c.Solves})
	}
	table(t.out, rows, nil)
	return nil
}
