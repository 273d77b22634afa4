package cli

import (
	"fmt"
	"strings"
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
stand: everything that --off and --on can switch. Without a file it lists the cards of
the standard library.`,
		Example: "  netc tricks model.net\n  netc tricks",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("tricks takes one FILE, or none")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				fmt.Fprintln(t.out, strings.Join(stdlib.Names("tricks"), "\n"))
				return nil
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
					fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", name, onOff(pl.On()), pl.Path(), title)
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
