package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

// parts are the rows of the source in each part, ascending.
type parts struct {
	train, valid, test []uint32
}

// sizes are the numbers of examples that the split gives to each part.
type sizes struct {
	train, valid, test int
	notes              []string
}

// sizes works out the parts from the numbers of examples alone.
func (c *config) sizes(o *outline) (sizes, error) {
	out := sizes{train: o.n, valid: o.ownValid, test: o.ownTest}
	if o.n == 0 {
		return out, diag.Errorf(EmptyPart, c.span, "%s has no examples to train on", c.call.Name).
			WithHelp("check that the path names the right file")
	}
	own := []struct {
		name  string
		has   bool
		count int
	}{{"valid", o.hasValid, o.ownValid}, {"test", o.hasTest, o.ownTest}}
	for _, part := range own {
		if part.has && part.count == 0 {
			return out, diag.Errorf(EmptyPart, c.span, "the source's own %s set has no examples", part.name).
				WithHelp("remove it, or put examples into it")
		}
	}
	n := c.sec.Find("split")
	if n == nil {
		if !o.hasTest && !o.hasValid {
			out.notes = append(out.notes, "there is no split: all examples train and none are held out; write split valid = 15%, test = 15%")
		}
		return out, nil
	}
	for _, part := range own {
		if v := n.Args[part.name]; part.has && v.IsSet() {
			return out, diag.Errorf(BadSplit, place(v, n), "%s has a %s set of its own, and the split would make another", c.call.Name, part.name).
				WithHelp("remove %s = %s; the source's own set is used", part.name, v)
		}
	}
	var given [3]int
	total, everything := 0, 0.0
	for i, name := range []string{"train", "valid", "test"} {
		v := n.Args[name]
		if !v.IsSet() {
			continue
		}
		count, problem := c.share(v, n, name, o.n)
		if problem != nil {
			return out, problem
		}
		given[i] = count
		total += count
		everything += v.Num
		if !isShare(v) {
			everything = math.NaN()
		}
	}
	valid, test := given[1], given[2]
	// Shares that add up to everything leave nothing over, however each is rounded.
	if math.Abs(everything-1) < 1e-9 && n.Args.Has("train") {
		given[0] += o.n - total
		total = o.n
	}
	if total > o.n {
		return out, diag.Errorf(BadSplit, n.Span, "the parts ask for %d examples, and there are %d", total, o.n).
			WithHelp("make the parts smaller; what train does not name goes to it")
	}
	out.train = o.n - total
	if n.Args.Has("train") {
		out.train = given[0]
		if spare := o.n - total; spare > 0 {
			out.notes = append(out.notes, fmt.Sprintf("the split leaves %d of %d examples in no part", spare, o.n))
		}
	}
	if out.train < 1 {
		return out, diag.Errorf(EmptyPart, n.Span, "the split leaves no example to train on, of %d", o.n).
			WithHelp("make valid and test smaller")
	}
	if !o.hasValid {
		out.valid = valid
	}
	if !o.hasTest {
		out.test = test
	}
	return out, nil
}

// isShare reports whether a part is given as a share of the examples and not as a number of them.
func isShare(v model.Value) bool { return v.Unit == "%" || v.Num < 1 }

// share turns a part of the split into a number of examples.
func (c *config) share(v model.Value, n *model.Node, name string, examples int) (int, *diag.Diagnostic) {
	if !isShare(v) {
		if v.Num != math.Trunc(v.Num) {
			return 0, diag.Errorf(BadSplit, place(v, n), "%s = %s is neither a share nor a number of examples", name, v).
				WithHelp("write a share as %s = 10%%, a number of examples as %s = %d", name, name, int(v.Num))
		}
		return int(min(v.Num, 1<<40)), nil
	}
	if v.Num > 1 {
		return 0, diag.Errorf(BadSplit, place(v, n), "%s = %s is more than all examples", name, v).WithHelp("the parts share 100%%")
	}
	count := int(math.Round(v.Num * float64(examples)))
	if count == 0 {
		return 0, diag.Errorf(EmptyPart, place(v, n), "%s = %s of %d examples is none", name, v, examples).
			WithHelp("give a larger share, or leave %s out", name)
	}
	return count, nil
}

// divide draws the parts. The draw depends on the split's seed alone. In a stratified split every stratum gives each
// part its share, rounded up or down, and the parts have exactly their sizes.
func (c *config) divide(s *source) (parts, sizes, error) {
	size, err := c.sizes(&s.outline)
	if err != nil {
		return parts{}, size, err
	}
	strata, err := c.strata(s)
	if err != nil {
		return parts{}, size, err
	}
	ownValid, ownTest := rows(s.n, s.ownValid), rows(s.n+s.ownValid, s.ownTest)
	out := parts{valid: ownValid, test: ownTest}
	seed := uint64(1)
	if n := c.sec.Find("split"); n != nil {
		seed = uint64(n.Args.Num("seed"))
	}
	left := shuffled(s.n, strata, seed)
	if !s.hasTest {
		out.test, left = pick(left, size.test)
	}
	if !s.hasValid {
		out.valid, left = pick(left, size.valid)
	}
	out.train, _ = pick(left, size.train)
	for _, list := range [][]uint32{out.train, out.valid, out.test} {
		slices.Sort(list)
	}
	return out, size, nil
}

// rows lists n rows from first on.
func rows(first, n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = uint32(first + i)
	}
	return list
}

// strata gives each example that is to be split the number of its stratum; nil for an unstratified split.
func (c *config) strata(s *source) ([]int32, error) {
	v, n := c.byColumn()
	if n == nil {
		return nil, nil
	}
	if s.strata != nil {
		return s.strata[:s.n], nil
	}
	if s.labels == nil {
		return nil, diag.Errorf(BadSplit, place(v, n), "by = %s needs classes, and the target is a number", v).
			WithHelp("name a column of names, or leave by out")
	}
	return s.labels[:s.n], nil
}

// shuffled lists the rows stratum by stratum, each in random order.
func shuffled(n int, strata []int32, seed uint64) []uint32 {
	stream := rng.New(seed, rng.Split, "")
	groups := [][]uint32{rows(0, n)}
	if strata != nil {
		groups = make([][]uint32, int(slices.Max(strata))+1)
		for i, g := range strata {
			groups[g] = append(groups[g], uint32(i))
		}
	}
	list := make([]uint32, 0, n)
	order := make([]uint32, n)
	for g, group := range groups {
		order := order[:len(group)]
		rng.Perm(stream, order, uint32(g))
		for _, i := range order {
			list = append(list, group[i])
		}
	}
	return list
}

// pick takes k rows out of the list at even distances, so that each stretch of it gives its share.
func pick(list []uint32, k int) (picked, left []uint32) {
	picked, left = make([]uint32, 0, k), make([]uint32, 0, len(list)-k)
	for i, row := range list {
		if (i+1)*k/len(list) > i*k/len(list) {
			picked = append(picked, row)
		} else {
			left = append(left, row)
		}
	}
	return picked, left
}
