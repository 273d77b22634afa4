package present

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// phrase is a piece of the headline. Kind is the verdict that it states, Name whether it is a trick's name.
type phrase struct {
	Text, Kind string
	Name       bool
}

// finding is a trick and what was said of it, wherever in the report that stands.
type finding struct {
	name    string
	verdict stat.Verdict
}

// findings are the verdicts that answer the study's question: those of its tricks, or of its main effects, or of its shares.
func findings(r *study.Report) (out []finding) {
	for _, t := range ordered(r.Tricks) {
		out = append(out, finding{t.Name, t.Verdict})
	}
	if len(out) > 0 {
		return out
	}
	for _, e := range mainEffects(r) {
		out = append(out, finding{e.Name, e.Verdict})
	}
	if len(out) > 0 || r.Shapley == nil {
		return out
	}
	for _, s := range r.Shapley.Shares {
		out = append(out, finding{s.Name, s.Verdict})
	}
	return out
}

// namesShown is how many names of one verdict the headline still tells one by one.
const namesShown = 4

// headline answers the study's question in one sentence.
func headline(r *study.Report) []phrase {
	if e := r.Equivalence; e != nil {
		return equivalenceHeadline(e)
	}
	all := findings(r)
	if len(all) == 0 {
		return []phrase{{Text: "There is no result yet."}}
	}
	if len(all) == 1 && all[0].verdict == stat.Undecided {
		return []phrase{{Text: "These runs cannot tell whether "}, {Text: all[0].name, Kind: "undecided", Name: true}, {Text: " helps."}}
	}
	var out []phrase
	for _, v := range []stat.Verdict{stat.Helps, stat.Hurts, stat.Equivalent, stat.Undecided, stat.DidNothing} {
		var names []string
		for _, f := range all {
			if f.verdict == v {
				names = append(names, f.name)
			}
		}
		if len(names) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, phrase{Text: "; "})
		}
		switch {
		case len(names) > namesShown && len(names) == len(all):
			out = append(out, phrase{Text: fmt.Sprintf("All %d tricks", len(names)), Kind: kind(v), Name: true})
		case len(names) > namesShown:
			out = append(out, phrase{Text: fmt.Sprintf("%d tricks", len(names)), Kind: kind(v), Name: true})
		default:
			for i, name := range names {
				switch {
				case i > 0 && i == len(names)-1:
					out = append(out, phrase{Text: " and "})
				case i > 0:
					out = append(out, phrase{Text: ", "})
				}
				out = append(out, phrase{Text: name, Kind: kind(v), Name: true})
			}
		}
		out = append(out, phrase{Text: " " + verb(v, len(names)), Kind: kind(v)})
	}
	return append(out, phrase{Text: "."})
}

func verb(v stat.Verdict, n int) string {
	one := n == 1
	switch v {
	case stat.Helps:
		return either(one, "helps", "help")
	case stat.Hurts:
		return either(one, "hurts", "hurt")
	case stat.Equivalent:
		return either(one, "makes", "make") + " no difference that matters"
	case stat.DidNothing:
		return "did nothing"
	}
	return either(one, "is", "are") + " undecided"
}

func either(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func equivalenceHeadline(e *study.Equivalence) []phrase {
	a, b := phrase{Text: e.NameA, Name: true}, phrase{Text: e.NameB, Name: true}
	switch e.Verdict {
	case study.MayStandIn:
		a.Kind, b.Kind = "equivalent", "equivalent"
		return []phrase{a, {Text: " may stand in for "}, b, {Text: " here."}}
	case study.MayNot:
		a.Kind, b.Kind = "hurts", "hurts"
		return []phrase{a, {Text: " may not stand in for "}, b, {Text: " here."}}
	}
	a.Kind, b.Kind = "undecided", "undecided"
	return []phrase{{Text: "These runs cannot tell whether "}, a, {Text: " may stand in for "}, b, {Text: "."}}
}

// text is the headline without its marks.
func text(phrases []phrase) string {
	var b strings.Builder
	for _, p := range phrases {
		b.WriteString(p.Text)
	}
	return b.String()
}
