package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// outColor reports whether standard output is a terminal that shows colors.
func (t *terminal) outColor() bool {
	f, ok := t.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// writeReport prints a report: one table, one sentence a verdict, and what to know about them.
func writeReport(w io.Writer, r *study.Report, color bool) {
	m := r.Primary()
	fmt.Fprintf(w, "\n%s: %s", r.Study, m.Name)
	if b := r.Baseline(); b != nil && b.Stats[m.Name].N > 0 {
		s := b.Stats[m.Name]
		fmt.Fprintf(w, ", %s %s", b.Name, m.Value(float64(s.Mean)))
		if s.SD.Finite() {
			fmt.Fprintf(w, " (sd %s over %s)", m.Size(float64(s.SD)), counted(s.N, "seed"))
		}
	}
	if m.Margin > 0 {
		fmt.Fprintf(w, ", margin %s (%s)", m.Size(m.Margin), m.MarginFrom)
	}
	fmt.Fprintf(w, ". Positive effects are better with the trick on.\n\n")
	writeTricks(w, r, color)
	for _, t := range r.Tricks {
		fmt.Fprintf(w, "%s\n", wrapped(t.Sentence, 100))
	}
	writeDesign(w, r)
	if e := r.Equivalence; e != nil {
		fmt.Fprintf(w, "\n%s\n", wrapped(e.Sentence, 100))
	}
	writeConfirmation(w, r)
	fmt.Fprintf(w, "\nrule: %s\n", wrapped(r.Rule, 100))
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", wrapped(n, 100))
	}
	if r.Status != study.Complete {
		fmt.Fprintf(w, "status: %s\n", r.Status)
	}
	for _, s := range r.Spent.Stacked {
		fmt.Fprintf(w, "%s\n", s)
	}
	fmt.Fprintf(w, "%s, %d of them known from before; %s of training. Details: netc show %s\n", counted(r.Spent.Trials, "trial"), r.Spent.Reused, seconds(r.Spent.Training), r.Dir)
}

func seconds(s float64) string {
	if s < 60 {
		return fmt.Sprintf("%.1fs", s)
	}
	return fmt.Sprintf("%.1f min", s/60)
}

// writeTricks prints the table of verdicts.
func writeTricks(w io.Writer, r *study.Report, color bool) {
	if len(r.Tricks) == 0 {
		return
	}
	m := r.Primary()
	unit := ""
	if m.Share {
		unit = ", points"
	}
	interval := trimLevel(r.Level) + " interval"
	if r.Sequential != nil {
		interval = "interval, at every look" // its level is in the sentences
	}
	rows := [][]string{{"trick", "verdict", "effect" + unit, interval, "p", "pairs", "time", "params"}}
	for _, t := range r.Tricks {
		rows = append(rows, []string{t.Name, t.Verdict.String(), m.Difference(float64(t.Effect)), m.Interval(t.Interval), p(t.PHolm), fmt.Sprint(t.N), percent(t.Cost.Seconds), percent(t.Cost.Parameters)})
	}
	table(w, rows, func(row, col int, text string) string {
		if !color || row == 0 || col != 1 {
			return text
		}
		return verdictColor(r.Tricks[row-1].Verdict) + text + "\x1b[0m"
	})
	fmt.Fprintln(w)
}

func verdictColor(v stat.Verdict) string {
	switch v {
	case stat.Helps:
		return "\x1b[32m"
	case stat.Hurts:
		return "\x1b[31m"
	case stat.Equivalent:
		return "\x1b[36m"
	case stat.DidNothing:
		return "\x1b[35m"
	}
	return "\x1b[33m"
}

func trimLevel(level float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", 100*level), "0"), ".") + "%"
}

func p(x float64) string {
	switch {
	case x < 0.0001:
		return "<0.0001"
	case x >= 0.995:
		return "1"
	}
	return fmt.Sprintf("%.2g", x)
}

// percent writes a ratio as a change: +12%.
func percent(ratio study.Number) string {
	if !ratio.Finite() {
		return "–"
	}
	if c := 100 * (float64(ratio) - 1); c <= -0.5 || c >= 0.5 {
		return fmt.Sprintf("%+.0f%%", c)
	}
	return "="
}

// table prints rows in columns; paint may color a cell, whose width it does not change.
func table(w io.Writer, rows [][]string, paint func(row, col int, text string) string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for i, row := range rows {
		var b strings.Builder
		for j, c := range row {
			text := c + strings.Repeat(" ", width[j]-utf8.RuneCountInString(c))
			if paint != nil {
				text = paint(i, j, text)
			}
			b.WriteString(text + "  ")
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// writeDesign prints interactions, shares, curves and what was tuned.
func writeDesign(w io.Writer, r *study.Report) {
	m := r.Primary()
	first := true
	for _, e := range r.Effects {
		if e.Order < 2 {
			continue
		}
		if first {
			fmt.Fprintf(w, "\ninteractions (half of what one's effect gains when the other is on):\n")
			first = false
		}
		fmt.Fprintf(w, "  %s\n", wrapped(e.Sentence, 98))
	}
	for _, c := range r.Confounded {
		fmt.Fprintf(w, "  %s\n", wrapped(c.Text, 98))
	}
	if s := r.Shapley; s != nil {
		fmt.Fprintf(w, "\nshares of the total gain:\n")
		for _, x := range append(append([]study.Share(nil), s.Shares...), s.Total) {
			fmt.Fprintf(w, "  %s\n", wrapped(x.Sentence, 98))
		}
	}
	for _, c := range r.Curves {
		fmt.Fprintf(w, "\nby %s:\n", c.Path)
		head := []string{c.Path, m.Name}
		if len(c.Points) > 0 {
			for _, t := range c.Points[0].Tricks {
				head = append(head, t.Name)
			}
		}
		rows := [][]string{head}
		for _, pt := range c.Points {
			row := []string{pt.Value, m.Value(float64(pt.Baseline[m.Name].Mean))}
			for _, t := range pt.Tricks {
				row = append(row, fmt.Sprintf("%s %s %s", m.Difference(float64(t.Effect)), m.Interval(t.Interval), t.Verdict))
			}
			rows = append(rows, row)
		}
		table(w, rows, nil)
	}
	for i, t := range r.Retuned {
		if i == 0 {
			fmt.Fprintf(w, "\ntuned by %s:\n", t.By)
		}
		fmt.Fprintf(w, "  %s: %s = %s\n", t.Name, t.Path, t.Chosen)
	}
}

// writeConfirmation prints what the fresh seeds say of what was found best.
func writeConfirmation(w io.Writer, r *study.Report) {
	c := r.Confirmation
	if c == nil {
		return
	}
	fmt.Fprintf(w, "\nconfirmation, fresh seeds %s:\n", seedRange(c.Seeds))
	head := []string{"  metric", c.Winner, "the file", "effect", trimLevel(r.Level) + " interval", "p", "pairs"}
	if c.Itself {
		head = []string{"  metric", c.Winner, trimLevel(r.Level) + " interval", "seeds"}
	}
	rows := [][]string{head}
	for _, m := range c.Metrics {
		if m.Winner.N == 0 {
			continue
		}
		if c.Itself {
			level := "–"
			if m.Winner.Interval.Bounded() {
				level = "[" + m.Value(m.Winner.Interval.Lo) + ", " + m.Value(m.Winner.Interval.Hi) + "]"
			}
			rows = append(rows, []string{"  " + m.Name, m.Value(float64(m.Winner.Mean)), level, fmt.Sprint(m.Winner.N)})
			continue
		}
		rows = append(rows, []string{"  " + m.Name, m.Value(float64(m.Winner.Mean)), m.Value(float64(m.File.Mean)), m.Difference(float64(m.Effect)) + m.Unit(), m.Metric.Interval(m.Interval), p(m.P), fmt.Sprint(m.N)})
	}
	if len(rows) > 1 {
		table(w, rows, nil)
	}
	fmt.Fprintf(w, "%s\n", wrapped(c.Sentence, 100))
}

// seedRange writes seeds that follow each other: 9 to 13.
func seedRange(seeds []uint64) string {
	if len(seeds) < 2 {
		return strings.Trim(fmt.Sprint(seeds), "[]")
	}
	return fmt.Sprintf("%d to %d", seeds[0], seeds[len(seeds)-1])
}

// wrapped breaks a text into lines at spaces, those after the first indented.
func wrapped(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = word
			continue
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n    ")
}
