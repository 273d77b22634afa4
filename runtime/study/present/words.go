package present

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// sentence is one finding in words.
type sentence struct {
	Name, Kind, Verdict, Text string
	Href                      string // of its section on the page
	Figures                   string // effect and interval
}

// sentences says every verdict in one sentence, in the order of the headline.
func sentences(r *study.Report) (out []sentence) {
	if e := r.Equivalence; e != nil {
		out = append(out, sentence{Name: e.NameA + " for " + e.NameB, Kind: equivalenceKind(e), Verdict: e.Verdict, Text: e.Sentence, Href: "#equivalence"})
	}
	for i, t := range ordered(r.Tricks) {
		out = append(out, sentence{t.Name, kind(t.Verdict), t.Verdict.String(), t.Sentence, fmt.Sprintf("#trick-%d", i+1), difference(r.Primary(), t.Effect) + " " + interval(r.Primary(), t.Interval)})
	}
	if len(r.Tricks) == 0 {
		for _, e := range mainEffects(r) {
			out = append(out, sentence{e.Name, kind(e.Verdict), e.Verdict.String(), e.Sentence, "#interactions", difference(r.Primary(), e.Effect) + " " + interval(r.Primary(), e.Interval)})
		}
		if r.Shapley != nil && len(out) == 0 {
			for _, s := range r.Shapley.Shares {
				out = append(out, sentence{s.Name, kind(s.Verdict), s.Verdict.String(), s.Sentence, "#shares", difference(r.Primary(), s.Effect) + " " + interval(r.Primary(), s.Interval)})
			}
		}
	}
	if c := r.Confirmation; c != nil {
		out = append(out, sentence{c.Winner, confirmKind(c), c.Outcome, c.Sentence, "#confirmation", difference(r.Primary(), c.Effect) + " " + interval(r.Primary(), c.Interval)})
	}
	return out
}

func equivalenceKind(e *study.Equivalence) string {
	switch e.Verdict {
	case study.MayStandIn:
		return "equivalent"
	case study.MayNot:
		return "hurts"
	}
	return "undecided"
}

// notice is what a reader must know first about a study that did not run to its end; empty for one that did.
func notice(r *study.Report) string {
	switch r.Status {
	case study.Complete, study.Decided, study.StatusNone:
		return ""
	case study.OutOfBudget:
		return "The budget was spent before all planned runs were made. What is said here rests on those that were."
	case study.Interrupted:
		return "The study was interrupted. What is said here rests on the runs made so far; the same command goes on."
	case study.Failed:
		return "A run ended by an error. What is said here rests on the other runs."
	}
	return "The study is not finished. What is said here rests on the runs made so far."
}

// method says in a few sentences how the verdicts were reached.
func method(r *study.Report) string {
	var b strings.Builder
	m := r.Primary()
	fmt.Fprintf(&b, "%s of %s with the same random streams but for what was switched", plural(len(r.Seeds), "paired seed"), r.Program.File)
	if r.Design.Text != "" {
		fmt.Fprintf(&b, "; design: %s", r.Design.Text)
	}
	b.WriteString(". ")
	if r.Rule != "" {
		fmt.Fprintf(&b, "Rule: %s ", strings.TrimSpace(r.Rule))
	}
	if r.Data.Test > 0 || r.Data.Train > 0 {
		fmt.Fprintf(&b, "Data: %s, %s training, %s validation and %s test examples. ", orElse(r.Data.Name, "the program's"), count(r.Data.Train), count(r.Data.Valid), count(r.Data.Test))
	}
	if m.Part == "valid" {
		b.WriteString("The metric is one of the validation part. ")
	}
	fmt.Fprintf(&b, "netc %s.", orElse(r.Versions.Netc, "of an unknown version"))
	return b.String()
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// questions is how many claims Holm's correction is over.
func questions(r *study.Report) int {
	n := max(len(r.Tricks), len(r.Effects))
	if r.Shapley != nil {
		n = max(n, len(r.Shapley.Shares))
	}
	return n
}

// procedure is a statistical procedure that the study used, in words.
type procedure struct{ Name, Text, Source string }

// procedures are those that this report rests on, each with its source.
func procedures(r *study.Report) []procedure {
	out := []procedure{{"Paired runs",
		"Every seed trains both programs. Random draws are named by what they are for, so switching a trick leaves all other draws as they were: same initial weights, same batches, same augmentation. The difference is taken seed by seed, and what the seed did to both cancels.",
		"Fisher 1935, The Design of Experiments; generator: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (Philox)"}}
	has := func(f func(*study.Trick) bool) bool {
		for _, t := range r.Tricks {
			if f(t) {
				return true
			}
		}
		return false
	}
	normal := has(func(t *study.Trick) bool { return t.Assumes != "" })
	out = append(out, procedure{"Sign-flip test",
		fmt.Sprintf("If the trick did nothing, each difference could as well have had the other sign. p is the share of all ways to flip the signs that give a mean at least as far from zero. It assumes no distribution. Its smallest value with n pairs is 2/2ⁿ, so fewer than %d pairs cannot show anything at the 5%% level. The interval holds all effects that this test does not reject.", stat.MinPairs(0.05, 1)),
		"Fisher 1935, The Design of Experiments, §21; Pitman 1937, J. R. Stat. Soc. Suppl. 4:119-130"})
	if normal || has(func(t *study.Trick) bool { return t.Tests.T.P.Finite() }) {
		s := "Beside it stands the t test of the differences, which assumes that they are normally distributed."
		if normal {
			s = "Where a verdict says what it assumes, the t test of the differences decides. It takes them to be normally distributed, which few pairs cannot show."
		}
		out = append(out, procedure{"Paired t test", s, "Student 1908, Biometrika 6:1-25"})
	}
	if has(func(t *study.Trick) bool { return t.Tests.Bootstrap != nil }) {
		out = append(out, procedure{"Bootstrap interval", "Resampled differences give a third interval, corrected for bias and skew (BCa). It decides nothing.", "Efron 1987, JASA 82:171-185"})
	}
	if n := questions(r); n > 1 {
		out = append(out, procedure{"Holm's correction", fmt.Sprintf("%d questions were asked at once. Holm's step-down correction keeps the probability of even one false claim among them at %s.", n, percent(r.Alpha)), "Holm 1979, Scand. J. Stat. 6:65-70"})
	}
	if m := r.Primary(); m.Margin > 0 {
		out = append(out, procedure{"Equivalence", fmt.Sprintf("Two one-sided tests ask whether the effect is certainly smaller than the margin, %s, on both sides. Only then is a trick called equivalent: a large p-value alone never shows that there is no effect.", m.Size(m.Margin)), "Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657-680"})
	}
	switch r.Design.Kind {
	case "factorial", "shapley":
		out = append(out, procedure{"Factorial design", "All combinations of the tricks are run. Main effects average over the states of the other tricks; an interaction is half of what one trick's effect gains when the other is on.", "Yates 1937, The Design and Analysis of Factorial Experiments"})
	case "fractional":
		out = append(out, procedure{"Fractional factorial design", fmt.Sprintf("A chosen part of all combinations is run, of resolution %d. Effects that share an alias cannot be told apart by it.", r.Design.Resolution), "Box and Hunter 1961, Technometrics 3:311-351; Fries and Hunter 1980, Technometrics 22:601-608"})
	}
	if r.Shapley != nil {
		out = append(out, procedure{"Shapley shares", "A trick's share is its gain averaged over all orders in which the tricks could be switched on. The shares add up to the total.", "Shapley 1953, Contributions to the Theory of Games II, 307-317"})
	}
	if s := r.Sequential; s != nil {
		out = append(out, procedure{"Looking early", fmt.Sprintf("The study looked at its results as they came and stopped when they were clear. The tests hold at all looks together: the probability of a false claim stays at %s. Method: %s.", percent(s.Error), s.Method),
			"Lan and DeMets 1983, Biometrika 70:659-663; O'Brien and Fleming 1979, Biometrics 35:549-556"})
	}
	if r.Equivalence != nil && r.Equivalence.Examples != nil {
		out = append(out, procedure{"Example by example", "Two programs can be right equally often about different examples. The correlation phi and Cohen's kappa say how far both are right about the same ones, beside two seeds of one program; McNemar's exact test asks whether one is right more often.",
			"McNemar 1947, Psychometrika 12:153-157; Cohen 1960, Educ. Psychol. Meas. 20:37-46"})
	}
	if has(func(t *study.Trick) bool { return t.Runs.DivergedOn+t.Runs.DivergedOff > 0 }) {
		out = append(out, procedure{"Runs that diverged", "They are outcomes, not gaps: a run that diverged counts as worse than any that finished, and signed ranks decide. McNemar's exact test asks whether the trick changes how often training diverges.", "McNemar 1947, Psychometrika 12:153-157; Wilcoxon 1945, Biometrics Bulletin 1:80-83"})
	}
	if len(r.Retuned) > 0 {
		out = append(out, procedure{"Re-tuned settings", "Every program got its own best value of the settings named below, chosen on the validation part, so that no trick wins or loses by a setting made for the other side.", "Choi et al. 2019, On empirical comparisons of optimizers for deep learning, arXiv:1910.05446"})
	}
	if c := r.Confirmation; c != nil {
		out = append(out, procedure{"Confirmation on fresh seeds", fmt.Sprintf("What looks best among several has been lucky, too: its effect, as measured when it was chosen, is on average too large (the winner's curse). So it was trained again beside the file as it is, on %s that had no part in the choice. That gives an estimate of its gain without this bias, and a test of one question alone.", plural(len(c.Seeds), "seed")),
			"Cox 1975, A note on data-splitting for the evaluation of significance levels, Biometrika 62:441-444; Ioannidis 2008, Why most discovered true associations are inflated, Epidemiology 19:640-648"})
	}
	return append(out, procedure{"Bands of learning curves", "At each epoch, a t interval for the mean over the seeds. It holds for that epoch alone; the whole curve lies in the whole band less often.", "Student 1908, Biometrika 6:1-25"})
}
