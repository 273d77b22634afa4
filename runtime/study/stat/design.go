package stat

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// MaxFactors is the largest number of tricks of one factorial or Shapley design.
const MaxFactors = 16

// Cell is a set of factors: bit j is factor j. As a run it says which tricks are on; as an effect it
// says which factors take part, one for a main effect, two for a two-way interaction.
type Cell uint32

// Has reports whether factor j is in the set.
func (c Cell) Has(j int) bool { return c>>j&1 == 1 }

// Order is the number of factors in the set.
func (c Cell) Order() int { return bits.OnesCount32(uint32(c)) }

// Design is a two-level factorial design: which combinations of tricks are run, for every seed.
type Design struct {
	Factors []string
	Cells   []Cell // the runs of one seed, in increasing order
	// Generators are the defining words of a fraction: the product of the factors in each is constant
	// over all runs. None for a full factorial.
	Generators []Cell
	base       int // factors that vary freely; the others are generated
}

// NewFactorial is the full factorial: all 2^k combinations of k tricks.
//
// Source: Yates 1937, The Design and Analysis of Factorial Experiments; Box, Hunter and Hunter 2005,
// Statistics for Experimenters, 2nd ed., ch. 5.
func NewFactorial(factors ...string) (Design, error) {
	if err := checkFactors(factors); err != nil {
		return Design{}, err
	}
	d := Design{Factors: slices.Clone(factors), base: len(factors)}
	for c := range Cell(1) << len(factors) {
		d.Cells = append(d.Cells, c)
	}
	return d, nil
}

// NewFraction is the smallest regular fraction 2^(k-p) of at least the given resolution: 3 keeps main
// effects clear of each other, 4 clear of two-way interactions too, 5 keeps two-way interactions clear
// of each other. Among fractions of that size it takes one of least aberration (fewest short words in
// the defining relation) that its search finds. The run with every trick on is always among the runs.
// Where no proper fraction reaches the resolution the full factorial is returned.
//
// Source: Box and Hunter 1961, "The 2^(k-p) fractional factorial designs", Technometrics 3:311-351;
// Fries and Hunter 1980, "Minimum aberration 2^(k-p) designs", Technometrics 22:601-608.
func NewFraction(resolution int, factors ...string) (Design, error) {
	if err := checkFactors(factors); err != nil {
		return Design{}, err
	}
	if resolution < 3 {
		return Design{}, fmt.Errorf("resolution %d: below 3 main effects cannot be told from each other; ask for 3, 4 or 5", resolution)
	}
	k := len(factors)
	for base := 1; base < k; base++ {
		words := findGenerators(base, k, resolution)
		if words == nil {
			continue
		}
		d := Design{Factors: slices.Clone(factors), Generators: words, base: base}
		for c := range Cell(1) << base {
			d.Cells = append(d.Cells, d.complete(c))
		}
		slices.Sort(d.Cells)
		return d, nil
	}
	return NewFactorial(factors...)
}

func checkFactors(factors []string) error {
	if len(factors) == 0 {
		return fmt.Errorf("a factorial design without factors: name the tricks to combine")
	}
	if len(factors) > MaxFactors {
		return fmt.Errorf("%d factors: at most %d, for a full design has 2 to that power runs a seed", len(factors), MaxFactors)
	}
	seen := map[string]bool{}
	for _, f := range factors {
		if seen[f] {
			return fmt.Errorf("factor %s is named twice", f)
		}
		seen[f] = true
	}
	return nil
}

// complete sets the generated factors of a run from its free ones: such that every defining word has
// the sign of the run with everything on.
func (d Design) complete(c Cell) Cell {
	for i, w := range d.Generators {
		j := d.base + i
		off := (w &^ (1 << j)).Order() - (w &^ (1 << j) & c).Order() // free factors of the word that are off
		if off%2 == 0 {
			c |= 1 << j
		}
	}
	return c
}

// findGenerators searches words that make a fraction with 2^base runs of k factors; nil if there is none
// (or none was found among the first million steps).
func findGenerators(base, k, resolution int) []Cell {
	p := k - base
	var candidates []Cell
	for c := range Cell(1) << base {
		if c.Order() >= resolution-1 {
			candidates = append(candidates, c)
		}
	}
	// Words of odd size in the free factors keep the defining relation even: try these first.
	slices.SortStableFunc(candidates, func(a, b Cell) int {
		if x, y := a.Order()%2, b.Order()%2; x != y {
			return y - x
		}
		return a.Order() - b.Order()
	})
	if len(candidates) < p {
		return nil
	}
	var best []Cell
	var bestPattern []int
	chosen := make([]Cell, 0, p)
	group := []Cell{0} // the defining relation of the words chosen so far
	steps := 0
	var search func(from int)
	search = func(from int) {
		if len(chosen) == p {
			pattern := wordLengths(group, k)
			if best == nil || slices.Compare(pattern, bestPattern) < 0 {
				best, bestPattern = slices.Clone(chosen), pattern
			}
			return
		}
		for i := from; i+p-len(chosen) <= len(candidates); i++ {
			if steps++; steps > 1_000_000 {
				return
			}
			w := candidates[i] | 1<<(base+len(chosen))
			if slices.ContainsFunc(group, func(g Cell) bool { return (g ^ w).Order() < resolution }) {
				continue
			}
			n := len(group)
			for _, g := range group[:n] {
				group = append(group, g^w)
			}
			chosen = append(chosen, w)
			search(i + 1)
			chosen, group = chosen[:len(chosen)-1], group[:n]
		}
	}
	search(0)
	return best
}

// wordLengths counts the words of each length 1…k in a defining relation.
func wordLengths(group []Cell, k int) []int {
	n := make([]int, k)
	for _, w := range group {
		if w != 0 {
			n[w.Order()-1]++
		}
	}
	return n
}

// Relation is the defining relation: all products of the generators, the empty one first.
func (d Design) Relation() []Cell {
	group := []Cell{0}
	for _, w := range d.Generators {
		for _, g := range group {
			group = append(group, g^w)
		}
	}
	slices.SortFunc(group, byOrder)
	return group
}

// Resolution is the length of the shortest word of the defining relation; 0 for a full factorial, in
// which nothing is aliased.
func (d Design) Resolution() int {
	if r := d.Relation(); len(r) > 1 {
		return r[1].Order()
	}
	return 0
}

// Full reports whether all combinations are run.
func (d Design) Full() bool { return len(d.Generators) == 0 }

// Aliases returns the effects whose sum the runs estimate when asked for the given one: itself first,
// then the others by the number of factors. With a full factorial that is itself alone.
func (d Design) Aliases(effect Cell) []Cell {
	var out []Cell
	for _, w := range d.Relation() {
		if w != 0 {
			out = append(out, effect^w)
		}
	}
	slices.SortFunc(out, byOrder)
	return append([]Cell{effect}, out...)
}

func byOrder(a, b Cell) int {
	if d := a.Order() - b.Order(); d != 0 {
		return d
	}
	// Sets of equal size compare as their lists of factors do: the lowest factor that only one has wins.
	ra, rb := bits.Reverse32(uint32(a)), bits.Reverse32(uint32(b))
	switch {
	case ra > rb:
		return -1
	case ra < rb:
		return 1
	}
	return 0
}

// Name writes an effect or a run by its factors, "skip × norm"; "(mean)" for the empty set.
func (d Design) Name(c Cell) string {
	var parts []string
	for j, f := range d.Factors {
		if c.Has(j) {
			parts = append(parts, f)
		}
	}
	if parts == nil {
		return "(mean)"
	}
	return strings.Join(parts, " × ")
}

// String describes the design: its runs, its generators and, for a fraction, what each effect up to
// two factors is aliased with.
func (d Design) String() string {
	var b strings.Builder
	if d.Full() {
		fmt.Fprintf(&b, "full factorial of %d factors: %d runs a seed", len(d.Factors), len(d.Cells))
		return b.String()
	}
	fmt.Fprintf(&b, "fraction 2^(%d-%d) of resolution %s: %d runs a seed\n", len(d.Factors), len(d.Generators), roman(d.Resolution()), len(d.Cells))
	for i, w := range d.Generators {
		fmt.Fprintf(&b, "generator: %s = %s\n", d.Factors[d.base+i], d.Name(w&^(1<<(d.base+i))))
	}
	for _, g := range d.AliasTable(2) {
		fmt.Fprintf(&b, "estimates: %s\n", g)
	}
	return strings.TrimRight(b.String(), "\n")
}

func roman(n int) string {
	names := [...]string{"0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"}
	if n < len(names) {
		return names[n]
	}
	return fmt.Sprint(n)
}

// AliasGroup is a set of effects that the runs cannot tell apart: one number estimates their sum.
type AliasGroup struct {
	Effects []Cell   `json:"-"`
	Names   []string `json:"effects"`
}

// String writes "skip + norm × l2".
func (g AliasGroup) String() string { return strings.Join(g.Names, " + ") }

// AliasTable lists every effect of up to the given number of factors once, each in the group of those it
// is aliased with; longer aliases are left out.
func (d Design) AliasTable(order int) []AliasGroup {
	var table []AliasGroup
	seen := map[Cell]bool{}
	for _, e := range d.effects(order) {
		if seen[e] {
			continue
		}
		var g AliasGroup
		for _, a := range d.Aliases(e) {
			if seen[a] = true; a != 0 && a.Order() <= order {
				g.Effects = append(g.Effects, a)
				g.Names = append(g.Names, d.Name(a))
			}
		}
		table = append(table, g)
	}
	return table
}

// effects lists the nonempty sets of up to order factors, by order, then by factor.
func (d Design) effects(order int) []Cell {
	var out []Cell
	for c := Cell(1); c < 1<<len(d.Factors); c++ {
		if c.Order() <= order {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, byOrder)
	return out
}

// sign is +1 or -1: the coefficient of a run in the contrast of an effect, the product over the
// effect's factors of +1 for on and -1 for off.
func sign(run, effect Cell) int {
	if (effect&^run).Order()%2 == 1 {
		return -1
	}
	return 1
}

// Confounding finds effects that a design cannot tell apart because some of its combinations are the
// same program: a trick nested in the removed form of another changes nothing while that one is off.
// key[i] identifies the program of d.Cells[i]; equal keys are the same run. Effects of up to order
// factors are considered. Each returned group estimates one and the same contrast; effects that change
// nothing at all form groups of their own marked by Void.
func (d Design) Confounding(key []string, order int) ([]Confounded, error) {
	if len(key) != len(d.Cells) {
		return nil, fmt.Errorf("%d keys for the %d runs of the design", len(key), len(d.Cells))
	}
	index := map[string]int{}
	for _, k := range key {
		if _, ok := index[k]; !ok {
			index[k] = len(index)
		}
	}
	var groups []Confounded
	var contrasts [][]int
next:
	for _, e := range d.effects(order) {
		weights := make([]int, len(index))
		for i, c := range d.Cells {
			weights[index[key[i]]] += sign(c, e)
		}
		if !slices.ContainsFunc(weights, func(w int) bool { return w != 0 }) {
			groups = append(groups, Confounded{Effects: []Cell{e}, Names: []string{d.Name(e)}, Void: true})
			contrasts = append(contrasts, nil)
			continue
		}
		for g := range groups {
			if contrasts[g] != nil && parallel(contrasts[g], weights) {
				groups[g].Effects = append(groups[g].Effects, e)
				groups[g].Names = append(groups[g].Names, d.Name(e))
				continue next
			}
		}
		groups = append(groups, Confounded{Effects: []Cell{e}, Names: []string{d.Name(e)}})
		contrasts = append(contrasts, weights)
	}
	return slices.DeleteFunc(groups, func(g Confounded) bool { return !g.Void && len(g.Effects) == 1 }), nil
}

// Confounded is a group of effects that coinciding runs make indistinguishable.
type Confounded struct {
	Effects []Cell   `json:"-"`
	Names   []string `json:"effects"`
	Void    bool     `json:"void"` // the effect compares runs with themselves: it is zero by construction
}

// parallel reports whether one integer vector is a multiple of the other.
func parallel(a, b []int) bool {
	var x, y int
	for i := range a {
		if a[i] != 0 || b[i] != 0 {
			x, y = a[i], b[i]
			break
		}
	}
	for i := range a {
		if a[i]*y != b[i]*x {
			return false
		}
	}
	return x != 0 && y != 0
}

// EffectFinding is an effect of a factorial design with what the study says of it.
type EffectFinding struct {
	Term    Cell     `json:"-"`       // the factors that take part
	Order   int      `json:"order"`   // 1 for a main effect, 2 for a two-way interaction, …
	Aliases []string `json:"aliases"` // effects of any order that are estimated together with this one
	Finding
}

// Effects analyses the runs of a design. runs[i][s] is the outcome of d.Cells[i] at seed s. Every effect
// of up to order factors is estimated seed by seed, as the mean over the runs where the product of its
// factors is +1 minus the mean over those where it is -1 (on is +1, off is -1); seeds are blocks, so that
// luck which a seed's runs share cancels, and the spread of an effect is seen between seeds. A main effect is
// the average of on minus off over the settings of the other factors. A two-way interaction is half the
// change of one's effect when the other is switched on (Box, Hunter and Hunter's convention): positive
// means that together they give more than the sum of each alone.
//
// All effects are judged by the rule at once, Holm over all of them; for an interaction "helps" says
// that two tricks reinforce each other, "hurts" that they get in each other's way. A seed in which runs
// diverged counts, for each effect, against the side with more of them, unless they are imputed; a seed in
// which a run is missing is missing.
//
// Source: Box, Hunter and Hunter 2005, Statistics for Experimenters, 2nd ed., ch. 5; Yates 1937.
func (d Design) Effects(runs [][]Outcome, order int, r Rule) ([]EffectFinding, error) {
	seeds, err := d.checkRuns(runs)
	if err != nil {
		return nil, err
	}
	if order < 1 || order > len(d.Factors) {
		return nil, fmt.Errorf("order %d of a design with %d factors: ask for 1 (main effects) up to %d", order, len(d.Factors), len(d.Factors))
	}
	var effects []EffectFinding
	var comparisons []Comparison
	weights := make([]float64, len(d.Cells))
	for _, g := range d.AliasTable(order) {
		e := g.Effects[0]
		half := float64(len(d.Cells)) / 2
		for i, c := range d.Cells {
			weights[i] = float64(sign(c, e)) / half
		}
		f := EffectFinding{Term: e, Order: e.Order(), Aliases: []string{}}
		for _, a := range d.Aliases(e)[1:] {
			f.Aliases = append(f.Aliases, d.Name(a))
		}
		effects = append(effects, f)
		comparisons = append(comparisons, Comparison{d.Name(e), weighted(runs, weights, seeds, r.Diverged)})
	}
	findings, err := r.Judge(comparisons...)
	if err != nil {
		return nil, err
	}
	for i := range effects {
		effects[i].Finding = findings[i]
	}
	return effects, nil
}

func (d Design) checkRuns(runs [][]Outcome) (seeds int, err error) {
	if len(runs) != len(d.Cells) {
		return 0, fmt.Errorf("outcomes of %d runs for a design of %d", len(runs), len(d.Cells))
	}
	for i, row := range runs {
		if len(row) != len(runs[0]) {
			return 0, fmt.Errorf("run %s has %d seeds and run %s has %d: every run needs every seed; mark those without an outcome as missing", d.Name(d.Cells[i]), len(row), d.Name(d.Cells[0]), len(runs[0]))
		}
	}
	return len(runs[0]), nil
}

// weighted makes, for every seed, a pair of the weighted mean of the runs with positive weight (on) and
// of those with negative weight (off); each side's weights add to one in magnitude.
func weighted(runs [][]Outcome, weights []float64, seeds int, p Policy) []Pair {
	pairs := make([]Pair, seeds)
	for s := range pairs {
		var on, off, badOn, badOff float64
		missing := false
		for i, w := range weights {
			o := runs[i][s]
			switch st := o.status(); {
			case w == 0:
				continue
			case st == Missing:
				missing = true
				continue
			case st == Diverged && !p.Impute:
				if w > 0 {
					badOn += w
				} else {
					badOff -= w
				}
				continue
			}
			if v := imputed(o, p); w > 0 {
				on += w * v
			} else {
				off -= w * v
			}
		}
		pair := Pair{Seed: uint64(s), On: Value(on), Off: Value(off)}
		const same = 1e-9
		switch {
		case missing:
			pair.On, pair.Off = Outcome{Status: Missing}, Outcome{Status: Missing}
		case badOn == 0 && badOff == 0:
		case math.Abs(badOn-badOff) < same:
			pair.On, pair.Off = Outcome{Status: Diverged}, Outcome{Status: Diverged}
		case badOn > badOff:
			pair.On, pair.Off = Outcome{Status: Diverged}, Outcome{Value: 0}
		default:
			pair.On, pair.Off = Outcome{Value: 0}, Outcome{Status: Diverged}
		}
		pairs[s] = pair
	}
	return pairs
}
