package cli

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/study"
)

func showCommand(t *terminal) *cobra.Command {
	var asJSON, fresh bool
	cmd := &cobra.Command{
		Use:   "show STUDY",
		Short: "Show what a study found",
		Long: `show prints a study's verdicts with their details: what each trick costs, what it did
beside what its card expects, how often it acted, every pair of runs. STUDY is a
folder's name from netc studies, the beginning of one, a path, or "last".`,
		Example: "  netc show last\n  netc show digits-20260131-142502 --json",
		Args:    exactly(1, "one STUDY"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := loadReport(args[0], fresh)
			if err != nil {
				return err
			}
			if asJSON {
				return t.printJSON(r)
			}
			writeReport(t.out, r, t.outColor())
			for _, trick := range r.Tricks {
				writeDetails(t.out, r, trick)
			}
			writeConfirmed(t.out, r)
			writeCourse(t.out, r)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	cmd.Flags().BoolVar(&fresh, "again", false, "make the report again from the trials, without training")
	return cmd
}

func loadReport(name string, fresh bool) (*study.Report, error) {
	f, err := study.Find(study.Root, name)
	if err != nil {
		return nil, err
	}
	if fresh {
		return f.Rebuild()
	}
	return f.Report()
}

// writeDetails prints one trick.
func writeDetails(w io.Writer, r *study.Report, t *study.Trick) {
	m := r.Primary()
	title := t.Name
	if t.Title != "" {
		title += ": " + t.Title
	}
	fmt.Fprintf(w, "\n%s\n", title)
	fmt.Fprintf(w, "  on   %s\n  off  %s\n", t.On.Text, t.Off.Text)
	if len(t.Paths) > 0 {
		fmt.Fprintf(w, "  at   %s\n", strings.Join(t.Paths, ", "))
	}
	for _, x := range t.Metrics[min(1, len(t.Metrics)):] {
		for _, o := range r.Metrics {
			if o.Name == x.Metric {
				fmt.Fprintf(w, "  %s: %s, %s%s %s, p = %s\n", x.Metric, x.Verdict, o.Difference(float64(x.Effect)), o.Unit(), o.Interval(x.Interval), p(x.PHolm))
			}
		}
	}
	if t.Pairing.Correlation.Finite() {
		fmt.Fprintf(w, "  pairing: correlation %.2f", float64(t.Pairing.Correlation))
		if t.Pairing.Gain.Finite() {
			fmt.Fprintf(w, "; an unpaired study would have taken %.1f times the seeds", float64(t.Pairing.Gain))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "  also: t test p = %s %s", p(float64(t.Tests.T.P)), m.Interval(t.Tests.T.Interval))
	if b := t.Tests.Bootstrap; b != nil {
		fmt.Fprintf(w, ", bootstrap %s", m.Interval(b.Interval))
	}
	fmt.Fprintln(w)
	for _, a := range t.Acted {
		fmt.Fprintf(w, "  acted: %s in %d of %d %s (%.1f%%) %s\n", a.Setting, a.Acted, a.Of, a.Unit, 100*a.Share, a.Note)
	}
	if len(t.Did) > 0 {
		rows := [][]string{{"  what it did", "on", "off", "change", "moved", "its card", ""}}
		for _, d := range t.Did {
			rows = append(rows, []string{"  " + d.Label, figure(d.On), figure(d.Off), change(d), d.Moved, d.Expected, d.Agrees})
		}
		table(w, rows, nil)
	}
	if c := t.Cost; c.By != "" {
		one := study.Metric{Name: c.By, Share: m.Share, Direction: m.Direction}
		if b := c.AtFixedEpochs; b != nil && b.N > 0 {
			fmt.Fprintf(w, "  at the same epochs (%d): %s %s%s %s\n", b.EpochsOn, c.By, one.Difference(float64(b.Effect)), one.Unit(), one.Interval(b.Interval))
		}
		if b := c.AtFixedTime; b != nil && b.N > 0 {
			fmt.Fprintf(w, "  in the same time (%s: %d epochs with it, %d without): %s %s%s %s\n", seconds(float64(b.Seconds)), b.EpochsOn, b.EpochsOff, c.By, one.Difference(float64(b.Effect)), one.Unit(), one.Interval(b.Interval))
		}
	}
	rows := [][]string{{"  seed", "on", "off", "effect"}}
	for _, q := range t.Pairs {
		rows = append(rows, []string{fmt.Sprintf("  %d", q.Seed), outcome(m, q.On, q.OnStatus), outcome(m, q.Off, q.OffStatus), m.Difference(float64(q.Effect))})
	}
	table(w, rows, nil)
	if t.Card != nil && t.Card.Caution != "" {
		fmt.Fprintf(w, "  caution: %s\n", wrapped(t.Card.Caution, 98))
	}
}

// writeConfirmed prints the pairs of a confirmation.
func writeConfirmed(w io.Writer, r *study.Report) {
	c := r.Confirmation
	if c == nil || len(c.Pairs) == 0 {
		return
	}
	m := r.Primary()
	fmt.Fprintf(w, "\n%s, confirmed\n", c.Winner)
	for _, e := range c.Edits {
		fmt.Fprintf(w, "  %s\n", e)
	}
	rows := [][]string{{"  fresh seed", "winner", "the file", "effect"}}
	for _, q := range c.Pairs {
		rows = append(rows, []string{fmt.Sprintf("  %d", q.Seed), outcome(m, q.On, q.OnStatus), outcome(m, q.Off, q.OffStatus), m.Difference(float64(q.Effect))})
	}
	table(w, rows, nil)
}

func outcome(m study.Metric, x study.Number, status string) string {
	if status != "finished" {
		return status
	}
	return m.Value(float64(x))
}

func figure(x study.Number) string {
	if !x.Finite() {
		return "–"
	}
	if v := float64(x); v == math.Trunc(v) && math.Abs(v) >= 1000 && math.Abs(v) < 1e15 {
		return number(int(v))
	}
	return fmt.Sprintf("%.4g", float64(x))
}

func change(d study.Movement) string {
	switch d.Measure {
	case "time", "memory", "parameters":
		return fmt.Sprintf("%+.1f%%", 100*float64(d.Change))
	}
	return fmt.Sprintf("%+.3g", float64(d.Change))
}

// writeCourse prints how the study went and how to have it again.
func writeCourse(w io.Writer, r *study.Report) {
	fmt.Fprintf(w, "\n%s, started %s, %s on the clock, %s\n", r.Status, r.Spent.Started.Local().Format("2006-01-02 15:04"), seconds(r.Spent.Seconds), counted(r.Spent.Trials, "trial"))
	for _, s := range r.Spent.Stacked {
		fmt.Fprintf(w, "%s\n", s)
	}
	if r.Power != nil {
		fmt.Fprintf(w, "power: %s\n", wrapped(r.Power.Text, 100))
	}
	fmt.Fprintf(w, "data: %s, %s training, %s valid, %s test examples, %s\n", r.Data.Name, number(r.Data.Train), number(r.Data.Valid), number(r.Data.Test), short(r.Data.Fingerprint))
	fmt.Fprintf(w, "seeds vary: %s\n", strings.Join(r.Vary, ", "))
	fmt.Fprintf(w, "netc %s, %s %s, %s\n", r.Versions.Netc, r.Versions.Go, r.Versions.Platform, r.Versions.Backend)
	for _, c := range r.Reproduce {
		fmt.Fprintf(w, "again: %s\n", c)
	}
}
