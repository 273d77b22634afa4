package cli

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// warnings are those of the program, once.
func warnings(s *study.Study) diag.List {
	var list diag.List
	for _, d := range programDiags(s.Base) {
		if d.Severity != diag.Error {
			list.Add(d)
		}
	}
	return list
}

func programDiags(p *compiler.Program) diag.List {
	if p == nil {
		return nil
	}
	return p.Diags
}

// studyProgress shows how a study goes: a table that is drawn anew after every trial on a terminal, a line a trial where
// the output is piped.
type studyProgress struct {
	t       *terminal
	plan    *study.Plan
	workers int
	device  string // its name; empty on the processor
	running map[string]map[uint64]bool
	last    *study.Progress
	power   string
	drawn   int // lines on the screen
	names   map[string]string
	since   time.Time
}

func newStudyProgress(t *terminal, p *study.Plan, workers int) *studyProgress {
	names := map[string]string{}
	for _, v := range p.Variants {
		names[v.ID] = v.Name
	}
	return &studyProgress{t: t, plan: p, workers: workers, running: map[string]map[uint64]bool{}, names: names, since: time.Now()}
}

// Started implements study.Observer.
func (s *studyProgress) Started(p *study.Plan, now *study.Progress) {
	s.last = now
	w := s.t.err
	what := counted(len(p.Comparisons), "trick")
	if len(p.Comparisons) == 1 {
		what = p.Comparisons[0].Name
	}
	if p.Between != nil {
		what = p.Between.Name
	}
	fmt.Fprintf(w, "%s: %s by %s, %s", p.Name, what, p.Metrics[0].Name, counted(len(p.Seeds), "paired seed"))
	if p.Confirm != nil {
		fmt.Fprintf(w, ", then %s for what is best", counted(len(p.Confirm.Seeds), "fresh one"))
	}
	fmt.Fprintf(w, "; %s", counted(now.Total, "trial"))
	if now.Done > 0 {
		fmt.Fprintf(w, ", %d of them known already", now.Done)
	}
	switch {
	case now.Done == now.Total:
	case s.device != "":
		fmt.Fprintf(w, ", stacked on %s", s.device)
	default:
		fmt.Fprintf(w, ", %d side by side", s.workers)
	}
	fmt.Fprintln(w)
	for _, n := range p.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	if p.Confirm != nil && p.Confirm.Chosen {
		s.Confirming(p, now)
	}
	s.draw()
}

// Confirming implements study.Observer.
func (s *studyProgress) Confirming(p *study.Plan, now *study.Progress) {
	s.last = now
	for _, v := range p.Variants {
		s.names[v.ID] = v.Name
	}
	s.clear()
	fmt.Fprintf(s.t.err, "confirming %s on %s\n", p.Confirm.Name, counted(len(p.Confirm.Seeds), "fresh seed"))
	s.draw()
}

// TrialStarted implements study.Observer.
func (s *studyProgress) TrialStarted(variant string, seed uint64) {
	if s.running[variant] == nil {
		s.running[variant] = map[uint64]bool{}
	}
	s.running[variant][seed] = true
	s.draw()
}

// TrialDone implements study.Observer.
func (s *studyProgress) TrialDone(variant string, seed uint64, r *study.Record, now *study.Progress) {
	delete(s.running[variant], seed)
	s.last = now
	if s.t.live {
		s.draw()
		return
	}
	m := s.plan.Metrics[0]
	outcome := r.Status
	if v, ok := r.Values[m.Name]; ok && r.Status != string(stat.Diverged.String()) {
		outcome = m.Name + " " + m.Value(float64(v))
	}
	left := ""
	if now.Done < now.Total && now.Left > 0 {
		left = ", about " + study.Duration(now.Left) + " left"
	}
	fmt.Fprintf(s.t.err, "[%*d/%d] %s, seed %d: %s, %.1fs%s\n", len(fmt.Sprint(now.Total)), now.Done, now.Total, s.names[variant], seed, outcome, r.Seconds, left)
	if s.plan.Mean(variant, now.Records).Finite() && s.roundDone(seed) {
		for _, e := range s.effects(3) {
			fmt.Fprintf(s.t.err, "        so far %s\n", e)
		}
	}
}

// roundDone reports whether all variants have this seed.
func (s *studyProgress) roundDone(seed uint64) bool {
	for _, v := range s.plan.Rows(s.last.Records) {
		if s.last.Records.Get(v.ID, seed) == nil {
			return false
		}
	}
	return true
}

// effects are the running effects, at most n of them.
func (s *studyProgress) effects(n int) []string {
	m := s.plan.Metrics[0]
	var list []string
	for _, r := range s.last.Running {
		if r.N == 0 || !r.Effect.Finite() {
			continue
		}
		if len(list) == n {
			list = append(list, "…")
			break
		}
		text := fmt.Sprintf("%s %s%s %s after %s", r.Name, m.Difference(float64(r.Effect)), m.Unit(), m.Interval(r.Interval), counted(r.N, "pair"))
		if r.Decided != stat.Undecided {
			text += ": decided, " + r.Decided.String()
		}
		list = append(list, text)
	}
	return list
}

// Power implements study.Observer.
func (s *studyProgress) Power(p *study.Power) {
	s.power = p.Text
	if !s.t.live {
		fmt.Fprintf(s.t.err, "power: %s\n", p.Text)
		return
	}
	s.clear()
	fmt.Fprintf(s.t.err, "power: %s\n", p.Text)
	s.draw()
}

func (s *studyProgress) clear() {
	if s.drawn > 0 {
		fmt.Fprintf(s.t.err, "\x1b[%dA\x1b[J", s.drawn)
		s.drawn = 0
	}
}

func (s *studyProgress) close() { s.clear() }

// draw draws the table of trials: a row a program, a mark a seed.
func (s *studyProgress) draw() {
	if !s.t.live || s.last == nil || s.last.Done >= s.last.Total {
		s.clear()
		return
	}
	width, height := 100, 30
	if f, ok := s.t.err.(interface{ Fd() uintptr }); ok {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			width, height = w, h
		}
	}
	m := s.plan.Metrics[0]
	rows := s.plan.Rows(s.last.Records)
	shown := min(len(rows), max(3, height/2))
	name := 8
	for _, v := range rows[:shown] {
		name = max(name, min(28, len([]rune(v.Name))))
	}
	var lines []string
	head := fmt.Sprintf("%d/%d trials", s.last.Done, s.last.Total)
	if s.last.Diverged > 0 {
		head += fmt.Sprintf(", %d diverged", s.last.Diverged)
	}
	if s.last.Left > 0 {
		head += ", about " + study.Duration(s.last.Left) + " left"
	}
	lines = append(lines, head)
	for _, v := range rows[:shown] {
		lines = append(lines, fmt.Sprintf("  %-*s %s %s", name, cut(v.Name, name), s.marks(v, width-name-16), m.Value(float64(s.plan.Mean(v.ID, s.last.Records)))))
	}
	if more := len(rows) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("  … and %d more", more))
	}
	for _, e := range s.effects(max(3, height-len(lines)-6)) {
		lines = append(lines, "  "+cut(e, width-3))
	}
	s.clear()
	fmt.Fprint(s.t.err, strings.Join(lines, "\n")+"\n")
	s.drawn = len(lines)
}

// marks show the seeds of a variant: ● done, ◐ under way, · to do, ✗ diverged.
func (s *studyProgress) marks(v study.PlannedVariant, room int) string {
	var b strings.Builder
	done := 0
	for _, seed := range s.plan.SeedsNow() {
		r := s.last.Records.Get(v.ID, seed)
		switch {
		case r != nil && r.Status == "diverged":
			b.WriteString("✗")
			done++
		case r != nil:
			b.WriteString("●")
			done++
		case s.running[v.ID][seed]:
			b.WriteString("◐")
		default:
			b.WriteString("·")
		}
	}
	if n := len(s.plan.SeedsNow()); n > room {
		return fmt.Sprintf("%d/%d", done, n)
	}
	return b.String()
}

func cut(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:max(1, n-1)]) + "…"
}
