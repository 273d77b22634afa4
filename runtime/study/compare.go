package study

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// Compared is two studies side by side.
type Compared struct {
	A      string           `json:"a"` // folders
	B      string           `json:"b"`
	Notes  []string         `json:"notes,omitempty"` // what makes them answers to other questions
	Tricks []*ComparedTrick `json:"tricks"`
	OnlyA  []string         `json:"only_a,omitempty"`
	OnlyB  []string         `json:"only_b,omitempty"`
}

// ComparedTrick is a trick that both have.
type ComparedTrick struct {
	Name string       `json:"name"`
	A    ComparedSide `json:"a"`
	B    ComparedSide `json:"b"`
	// Says is "agree", "contradict" (one helps, the other hurts), "differ" (the intervals have no point in common) or "" where neither can
	// be said.
	Says string `json:"says,omitempty"`
}

// ComparedSide is what one study found.
type ComparedSide struct {
	Verdict  stat.Verdict  `json:"verdict"`
	Effect   Number        `json:"effect"`
	Interval stat.Interval `json:"interval"`
	N        int           `json:"n"`
}

// Compare sets two studies side by side.
func Compare(a, b *Report) *Compared {
	c := &Compared{A: a.Dir, B: b.Dir, Tricks: []*ComparedTrick{}}
	ma, mb := a.Primary(), b.Primary()
	same := ma.Name == mb.Name
	if !same {
		c.Notes = append(c.Notes, fmt.Sprintf("A is about %s, B about %s: effects are in other units", ma.Name, mb.Name))
	}
	if a.Data.Fingerprint != b.Data.Fingerprint {
		c.Notes = append(c.Notes, "they were run on other data, or on another split of it")
	}
	if a.Versions != b.Versions {
		c.Notes = append(c.Notes, "they were run by other builds of netc or on another platform")
	}
	if x, y := resolvedText(a), resolvedText(b); x != y {
		n := len(changes(strings.Split(x, "\n"), strings.Split(y, "\n")))
		c.Notes = append(c.Notes, fmt.Sprintf("their baselines are other programs (%s differ)", count(n, "line")))
	}
	seen := map[string]bool{}
	for _, t := range a.Tricks {
		u := trickOf(b, t.Name)
		if u == nil {
			c.OnlyA = append(c.OnlyA, t.Name)
			continue
		}
		seen[t.Name] = true
		x := &ComparedTrick{Name: t.Name, A: ComparedSide{t.Verdict, t.Effect, t.Interval, t.N}, B: ComparedSide{u.Verdict, u.Effect, u.Interval, u.N}}
		decided := func(v stat.Verdict) bool { return v == stat.Helps || v == stat.Hurts }
		switch {
		case decided(t.Verdict) && decided(u.Verdict) && t.Verdict != u.Verdict:
			x.Says = "contradict"
		case same && (t.Interval.Lo > u.Interval.Hi || u.Interval.Lo > t.Interval.Hi):
			x.Says = "differ"
		case t.Verdict == u.Verdict && t.Verdict != stat.Undecided:
			x.Says = "agree"
		}
		c.Tricks = append(c.Tricks, x)
	}
	for _, t := range b.Tricks {
		if !seen[t.Name] {
			c.OnlyB = append(c.OnlyB, t.Name)
		}
	}
	return c
}

// resolvedText is the resolved baseline without the line that names its file.
func resolvedText(r *Report) string {
	_, text, _ := strings.Cut(r.Program.Resolved, "\n")
	return text
}

func trickOf(r *Report, name string) *Trick {
	for _, t := range r.Tricks {
		if t.Name == name {
			return t
		}
	}
	return nil
}
