package cli

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/study"
)

func compareCommand(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare STUDY STUDY",
		Short: "Set two studies side by side",
		Long: `compare lists the tricks that two studies have in common, with what each found, and
says where they contradict each other. Studies of other data or by another metric
answer other questions: compare says so.`,
		Example: "  netc compare digits-20260131-142502 last",
		Args:    exactly(2, "two STUDIES"),
		RunE: func(_ *cobra.Command, args []string) error {
			var r [2]*study.Report
			for i, name := range args {
				var err error
				if r[i], err = loadReport(name, false); err != nil {
					return err
				}
			}
			c := study.Compare(r[0], r[1])
			if asJSON {
				return t.printJSON(c)
			}
			ma, mb := r[0].Primary(), r[1].Primary()
			fmt.Fprintf(t.out, "A  %s: %s, %s, %s\nB  %s: %s, %s, %s\n\n", filepath.Base(r[0].Dir), ma.Name, counted(len(r[0].Seeds), "seed"), baselineText(r[0]),
				filepath.Base(r[1].Dir), mb.Name, counted(len(r[1].Seeds), "seed"), baselineText(r[1]))
			for _, n := range c.Notes {
				fmt.Fprintf(t.out, "note: %s\n", n)
			}
			rows := [][]string{{"trick", "A", "effect in A", "B", "effect in B", ""}}
			for _, x := range c.Tricks {
				rows = append(rows, []string{x.Name, x.A.Verdict.String(), side(ma, x.A), x.B.Verdict.String(), side(mb, x.B), x.Says})
			}
			if len(c.Tricks) == 0 {
				fmt.Fprintln(t.out, "they have no trick in common")
				return nil
			}
			table(t.out, rows, nil)
			for _, only := range []struct {
				in   string
				list []string
			}{{"A", c.OnlyA}, {"B", c.OnlyB}} {
				for _, name := range only.list {
					fmt.Fprintf(t.out, "only in %s: %s\n", only.in, name)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	return cmd
}

func baselineText(r *study.Report) string {
	b, m := r.Baseline(), r.Primary()
	if b == nil || math.IsNaN(float64(b.Stats[m.Name].Mean)) {
		return "no baseline"
	}
	return b.Name + " " + m.Value(float64(b.Stats[m.Name].Mean))
}

func side(m study.Metric, x study.ComparedSide) string {
	return fmt.Sprintf("%s%s %s", m.Difference(float64(x.Effect)), m.Unit(), m.Interval(x.Interval))
}
