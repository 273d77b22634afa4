package study

import (
	"fmt"
	"time"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// Plan is what a study is going to run and compare, with nothing left to decide but what the runs themselves decide
// (retuned settings, early decisions). It is study.json in the study's folder: together with the trials it is all
// that a report is made from.
type Plan struct {
	Version  int     `json:"version"`
	Identity string  `json:"identity"` // of the question: the same command gives the same
	Kind     Kind    `json:"kind"`
	Name     string  `json:"name"`
	Program  Program `json:"program"`
	Data     Data    `json:"data"`

	Metrics      []Metric      `json:"metrics"`
	Alpha        float64       `json:"alpha"`
	AssumeNormal bool          `json:"assume_normal,omitempty"`
	Seeds        []uint64      `json:"seeds"`
	Vary         []string      `json:"vary"`
	Sequential   float64       `json:"sequential,omitempty"` // error rate; 0: all trials are run
	Budget       time.Duration `json:"budget,omitempty"`

	// Variants are the distinct programs, the baseline first.
	Variants    []PlannedVariant    `json:"variants"`
	Comparisons []PlannedComparison `json:"comparisons"`
	Factorial   *PlannedFactorial   `json:"factorial,omitempty"`
	Curves      []PlannedCurve      `json:"curves,omitempty"`
	Retunes     []PlannedRetune     `json:"retunes,omitempty"`
	RetuneSeeds []uint64            `json:"retune_seeds,omitempty"`
	RetuneBy    string              `json:"retune_by,omitempty"`
	RetuneLower bool                `json:"retune_lower,omitempty"` // less of it is better

	// Confirm is the second part of the study: what it finds best, on fresh seeds.
	Confirm *PlannedConfirmation `json:"confirm,omitempty"`

	Design    string   `json:"design"`
	Notes     []string `json:"notes,omitempty"`
	Reproduce []string `json:"reproduce,omitempty"`
	Versions  Versions `json:"versions"`
	// Between is A against B in an equivalence study: On is the program with A alone, Off that with B alone.
	Between *PlannedComparison `json:"between,omitempty"`
	NameA   string             `json:"name_a,omitempty"`
	NameB   string             `json:"name_b,omitempty"`

	resampling stat.Resampling // of tests that simulate many studies
}

// PlannedVariant is one program.
type PlannedVariant struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Also       []string `json:"also,omitempty"`
	Edits      []string `json:"edits,omitempty"`
	Changes    []string `json:"changes,omitempty"` // against the baseline
	Parameters int      `json:"parameters"`
	Memory     int64    `json:"memory_bytes"`
	Epochs     int      `json:"epochs"`
	// Grid says that it is one point of a retuned setting, run on the seeds of tuning; the chosen one is run on all seeds.
	Grid bool `json:"grid,omitempty"`
}

// PlannedComparison is one trick: the variants with it on against those with it off.
type PlannedComparison struct {
	Name     string    `json:"name"`
	State    string    `json:"state"`
	Title    string    `json:"title,omitempty"`
	Card     *CardText `json:"card,omitempty"`
	Paths    []string  `json:"paths,omitempty"`
	Settings []string  `json:"settings,omitempty"` // names and paths under which counters are kept
	// On and Off are variants: one each in most designs; in a factorial all cells that have the trick on, and all that have it off.
	On      []string `json:"on"`
	Off     []string `json:"off"`
	OnText  string   `json:"on_text"`
	OffText string   `json:"off_text"`
	// Absent says why switching it changes nothing at all: it stands in a form that another trick has removed.
	Absent string `json:"absent,omitempty"`
	// Variant says that it is one of several programs that exclude each other, in place of the file as it is.
	Variant bool `json:"variant,omitempty"`
	// Alone says that it was compared with the program that has none of the tricks, not with the file as it is.
	Alone bool `json:"alone,omitempty"`
}

// PlannedFactorial is a factorial or shapley design.
type PlannedFactorial struct {
	Factors    []string `json:"factors"`
	Order      int      `json:"order"`
	Resolution int      `json:"resolution,omitempty"`
	Shapley    bool     `json:"shapley,omitempty"`
	// Cells are the variants of the design's runs, in the order of stat.Design.Cells.
	Cells []string `json:"cells"`
}

// design makes the design again.
func (f *PlannedFactorial) design() (stat.Design, error) {
	if f.Resolution > 0 {
		return stat.NewFraction(f.Resolution, f.Factors...)
	}
	return stat.NewFactorial(f.Factors...)
}

// PlannedCurve repeats the comparisons at values of a setting.
type PlannedCurve struct {
	Path   string              `json:"path"`
	Points []PlannedCurvePoint `json:"points"`
}

// PlannedCurvePoint is one value.
type PlannedCurvePoint struct {
	Value       string              `json:"value"`
	Number      Number              `json:"number"`
	Base        string              `json:"base"`
	Comparisons []PlannedComparison `json:"comparisons"`
}

// PlannedRetune is the grid of one variant.
type PlannedRetune struct {
	Variant string               `json:"variant"` // the variant as it is written, which stands for the whole grid
	Name    string               `json:"name"`
	Paths   []string             `json:"paths"`
	Points  []PlannedRetunePoint `json:"points"`
}

// PlannedRetunePoint is one value of the grid.
type PlannedRetunePoint struct {
	Value   string `json:"value"`
	Variant string `json:"variant"`
	Edge    bool   `json:"edge,omitempty"` // an end of a range
}

// variant finds a planned variant.
func (p *Plan) variant(id string) *PlannedVariant {
	for i := range p.Variants {
		if p.Variants[i].ID == id {
			return &p.Variants[i]
		}
	}
	return nil
}

// retune finds the grid of a variant, nil where it is run as it is.
func (p *Plan) retune(id string) *PlannedRetune {
	for i := range p.Retunes {
		if p.Retunes[i].Variant == id {
			return &p.Retunes[i]
		}
	}
	return nil
}

// rule is the rule of verdicts for a metric.
func (p *Plan) rule(m Metric) stat.Rule {
	return stat.Rule{Alpha: p.Alpha, Margin: m.Margin, Better: m.better(), AssumeNormal: p.AssumeNormal, Resampling: p.resampling}
}

// family is the number of questions that are asked together.
func (p *Plan) family() int {
	if f := p.Factorial; f != nil && !f.Shapley {
		if d, err := f.design(); err == nil {
			return len(d.AliasTable(min(f.Order, len(f.Factors))))
		}
	}
	return max(1, len(p.Comparisons))
}

// sequential is how each question is watched.
func (p *Plan) sequential(m Metric) stat.SequentialRule {
	r := p.rule(m)
	r.Alpha, r.AssumeNormal = p.Sequential, false
	return stat.SequentialRule{Method: stat.GroupFlips, Planned: len(p.Seeds), Tricks: p.family(), Rule: r}
}

// roles are the variants that comparisons name, before retuning, in the order of the plan.
func (p *Plan) roles() []string {
	named := map[string]bool{}
	add := func(ids ...string) {
		for _, id := range ids {
			named[id] = true
		}
	}
	sides := func(list []PlannedComparison) {
		for _, c := range list {
			add(c.On...)
			add(c.Off...)
		}
	}
	sides(p.Comparisons)
	if p.Factorial != nil {
		add(p.Factorial.Cells...)
	}
	for _, c := range p.Curves {
		for _, pt := range c.Points {
			add(pt.Base)
			sides(pt.Comparisons)
		}
	}
	var list []string
	for _, v := range p.Variants {
		if named[v.ID] {
			list = append(list, v.ID)
		}
	}
	return list
}

// Trials is the number of trials planned, tuning included.
func (p *Plan) Trials() int {
	n := len(p.roles()) * len(p.Seeds)
	for _, r := range p.Retunes {
		n += len(r.Points) * len(p.RetuneSeeds)
	}
	if p.sharesSeeds() {
		roles := p.roles()
		for _, r := range p.Retunes {
			if has(roles, r.Variant) {
				n -= len(p.RetuneSeeds) // the chosen value's runs serve twice
			}
		}
	}
	return n + p.Confirm.trials()
}

func (p *Plan) sharesSeeds() bool {
	return len(p.RetuneSeeds) > 0 && len(p.Seeds) > 0 && p.RetuneSeeds[0] == p.Seeds[0]
}

func (p *Plan) String() string {
	return fmt.Sprintf("%s: %d programs, %d seeds", p.Name, len(p.roles()), len(p.Seeds))
}
