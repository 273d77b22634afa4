package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/study"
)

func studyCommand(t *terminal) *cobra.Command {
	var f studyFlags
	var section string
	var all bool
	cmd := &cobra.Command{
		Use:   "study FILE",
		Short: "Run the study that a program declares",
		Long: `study carries out a study section of a program: its tricks, candidates (try, variant),
factors and design (leave_one_out, add_one_in, factorial, fractional, shapley), with
settings tuned anew for every form (retune) and comparisons repeated over a setting
(curve), within its budget, stopping early what is decided where the section asks
for it, and what was found best trained again on fresh seeds (confirm). Flags take
precedence over the section.

A file with one study section needs no --study; with --all every section is run in turn.`,
		Example: `  netc study model.net
  netc study model.net --study interactions --budget 2h
  netc study model.net --all --json > results.json`,
		Args: exactly(1, "one FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := f.ask(args[0])
			if err != nil {
				return t.studyMistake(err, nil, &f)
			}
			a.Section = section
			a.Reproduce = []string{reproduce(cmd, args)}
			if !all {
				return t.study(cmd.Context(), a, &f)
			}
			if f.json {
				return usageError{fmt.Errorf("--json prints one object: choose a section with --study instead of --all")}
			}
			p, err := compile(args[0], &f.editFlags, compiler.Options{Train: f.train, IgnoreStudies: true})
			if err != nil {
				return t.studyMistake(err, nil, &f)
			}
			if p.Diags.HasErrors() {
				t.render(p.Diags, p, &f.editFlags)
				return status(exitFailed)
			}
			sections := study.Sections(p)
			if len(sections) == 0 {
				return fmt.Errorf("%s has no study section; netc ablate %s measures its tricks without one", args[0], args[0])
			}
			for _, name := range sections {
				one := *a
				one.Section = name
				if err := t.study(cmd.Context(), &one, &f); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.registerStudy(cmd)
	cmd.Flags().StringVar(&section, "study", "", "the study section, where the file has several")
	cmd.Flags().BoolVar(&all, "all", false, "run every study section of the file, one after the other")
	return cmd
}

// printJSON writes one indented JSON object on standard output.
func (t *terminal) printJSON(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}
