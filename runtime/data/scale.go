package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// Affine is a scaling x -> (x - Sub) / Div + Add.
type Affine struct {
	Sub, Div, Add float64
}

// Apply scales a number.
func (a Affine) Apply(x float64) float64 { return (x-a.Sub)/a.Div + a.Add }

// Undo scales back.
func (a Affine) Undo(x float64) float64 { return float64((x-a.Add)*a.Div) + a.Sub }

var identity = Affine{0, 1, 0}

// stats are what a scaling needs to know of a group of numbers.
type stats struct {
	mean, std, min, max float64
}

// scaling is the scale settings of a section: one statement for each thing that is scaled.
type scaling struct {
	features, target *model.Node
	columns          map[int]*model.Node // of a table
}

func (c *config) scaling(o *outline) (*scaling, error) {
	out := &scaling{columns: map[int]*model.Node{}}
	claim := func(slot **model.Node, n *model.Node, what string) error {
		if *slot != nil {
			return diag.Errorf(BadScale, n.Span, "%s would be scaled twice", what).
				WithNote((*slot).Span, "the first scaling is here").WithHelp("keep one of the two")
		}
		*slot = n
		return nil
	}
	for _, n := range c.sec.All("scale") {
		for i, on := range n.Args.Texts("on") {
			var err error
			switch on {
			case "features":
				err = claim(&out.features, n, "the input")
			case "target":
				if len(o.classes) > 0 {
					return nil, diag.Errorf(BadScale, n.Span, "classes cannot be scaled; the target is a number in regression only").WithHelp("remove this line")
				}
				err = claim(&out.target, n, "the target")
			default:
				j := slices.Index(o.numbers, on)
				if j < 0 {
					span := n.Args["on"].Span
					if v := n.Args["on"]; v.Kind == model.List {
						span = v.List[i].Span
					}
					d := diag.Errorf(UnknownColumn, place(model.Value{Span: span}, n), "there is no number column %s to scale", quoteIfNeeded(on))
					return nil, suggest(d, on, append([]string{"features", "target"}, o.numbers...), "on takes features, target, or number columns of the table")
				}
				slot := out.columns[j]
				err = claim(&slot, n, "column "+quoteIfNeeded(on))
				out.columns[j] = slot
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// check tries every statement on numbers of its own, which finds wrong arguments without the data.
func (sc *scaling) check(o *outline) error {
	some := func() stats { return stats{0, 1, 0, 1} }
	try := func(n *model.Node, groups int) error {
		if n == nil {
			return nil
		}
		if _, _, problem := affine(n, 0, groups, "", some); problem != nil {
			return problem
		}
		return nil
	}
	if err := try(sc.features, sc.groups(o)); err != nil {
		return err
	}
	for j := range o.numbers {
		n := sc.columns[j]
		if n == nil {
			continue
		}
		if err := try(n, len(n.Args.Texts("on"))); err != nil {
			return err
		}
	}
	return try(sc.target, len(o.targets))
}

// groups is the number of groups of features that share a scaling.
func (sc *scaling) groups(o *outline) int {
	if o.image() && sc.features != nil && !perFeature(sc.features) {
		return o.shape[2]
	}
	return o.features() - o.indicators
}

// method is the constructor of a scale statement.
func method(n *model.Node) *model.Node {
	v := n.Args["method"]
	if v.Call != nil {
		return v.Call
	}
	return &model.Node{Name: v.Str, Span: v.Span, Args: model.Args{"lo": {Kind: model.Number}, "hi": {Kind: model.Number, Num: 1}}}
}

// affine makes the scaling of one group of numbers; name is for messages. The group is number k of groups.
func affine(n *model.Node, k, groups int, name string, find func() stats) (Affine, []string, *diag.Diagnostic) {
	m := method(n)
	if m.Name == "range" {
		lo, hi := m.Args.Num("lo"), m.Args.Num("hi")
		if lo >= hi {
			return identity, nil, diag.Errorf(BadScale, place(n.Args["method"], n), "range(%s, %s): the first number must be below the second", model.FormatNumber(lo), model.FormatNumber(hi)).
				WithHelp("write range(%s, %s)", model.FormatNumber(hi), model.FormatNumber(lo))
		}
		s := find()
		if s.max == s.min {
			return Affine{s.min, 1, lo}, constant(name, s.min), nil
		}
		return Affine{s.min, (s.max - s.min) / (hi - lo), lo}, nil, nil
	}
	means, stds := m.Args.Nums("mean"), m.Args.Nums("std")
	if (means == nil) != (stds == nil) {
		return identity, nil, diag.Errorf(BadScale, place(n.Args["method"], n), "mean and std belong together, and only one is given").
			WithHelp("give both, or neither: then the training part tells")
	}
	if means != nil {
		for _, list := range []struct {
			name   string
			values []float64
		}{{"mean", means}, {"std", stds}} {
			if len(list.values) != 1 && len(list.values) != groups {
				return identity, nil, diag.Errorf(BadScale, place(m.Args[list.name], n), "%s has %d numbers, and there are %d channels or columns to scale", list.name, len(list.values), groups).
					WithHelp("give one number for all, or %d", groups)
			}
		}
		return Affine{means[min(k, len(means)-1)], stds[min(k, len(stds)-1)], 0}, nil, nil
	}
	s := find()
	if s.std == 0 {
		return Affine{s.mean, 1, 0}, constant(name, s.mean), nil
	}
	return Affine{s.mean, s.std, 0}, nil, nil
}

func constant(name string, value float64) []string {
	if name == "" {
		return nil // a pixel that never changes is no news
	}
	return []string{fmt.Sprintf("%s is %s in the whole training part and tells nothing", name, model.FormatNumber(value))}
}

// perFeature reports whether every feature of an image has statistics of its own.
func perFeature(n *model.Node) bool { return method(n).Args.Text("per") == "feature" }

// scaleBytes gives the scaling of images of bytes: one a channel, or one a feature.
func (c *config) scaleBytes(s *source, sc *scaling, train []uint32) ([]Affine, error) {
	channels, f := s.shape[2], s.features()
	unit := Affine{0, float64(s.top), 0}
	if sc.features == nil {
		return slices.Repeat([]Affine{unit}, channels), nil
	}
	groups := channels
	if perFeature(sc.features) {
		groups = f
	}
	var all []stats
	list := make([]Affine, groups)
	for g := range list {
		a, _, problem := affine(sc.features, g, groups, "", func() stats {
			if method(sc.features).Name == "range" {
				return stats{min: 0, max: 1}
			}
			if all == nil {
				all = byteStats(s.bytes, train, f, groups, float64(s.top))
			}
			return all[g]
		})
		if problem != nil {
			return nil, problem
		}
		// From bytes at once: (v/top - sub)/div + add.
		list[g] = Affine{a.Sub * float64(s.top), a.Div * float64(s.top), a.Add}
	}
	return list, nil
}

// byteStats sums exactly, in whole numbers.
func byteStats(pixels []byte, train []uint32, f, groups int, top float64) []stats {
	type sums struct {
		one, two uint64
		min, max byte
	}
	total := make([]sums, groups)
	for g := range total {
		total[g].min = 255
	}
	for _, row := range train {
		g := 0
		for _, v := range pixels[int(row)*f : (int(row)+1)*f] {
			t := &total[g]
			t.one += uint64(v)
			t.two += uint64(v) * uint64(v)
			t.min, t.max = min(t.min, v), max(t.max, v)
			if g++; g == groups {
				g = 0
			}
		}
	}
	n := float64(len(train)) * float64(f/groups)
	list := make([]stats, groups)
	for g, t := range total {
		m := float64(t.one) / n
		list[g] = stats{mean: m / top}
		if t.min < t.max { // rounding must not give a constant pixel a spread
			list[g].std = math.Sqrt(max(0, float64(t.two)/n-float64(m*m))) / top
		}
	}
	return list
}

// scaleFloats scales the numbers in place.
func (c *config) scaleFloats(o *outline, sc *scaling, floats []float32, train []uint32) ([]string, error) {
	f := o.features()
	groups := f
	if o.image() && sc.features != nil && !perFeature(sc.features) {
		groups = o.shape[2]
	}
	var notes []string
	for g := range groups {
		n := sc.features
		if o.indicators > 0 && g >= f-o.indicators {
			n = nil // 0 and 1 stay what they are
		}
		k, of := g, groups-o.indicators
		if own := sc.columns[g]; own != nil && !o.image() {
			n = own
			on := n.Args.Texts("on")
			k, of = slices.Index(on, o.numbers[g]), len(on)
		}
		if n == nil {
			continue
		}
		name := ""
		if !o.image() {
			name = "column " + o.columnName(g)
		}
		a, note, problem := affine(n, k, of, name, func() stats { return floatStats(floats, train, f, g, groups) })
		if problem != nil {
			return nil, problem
		}
		notes = append(notes, note...)
		for i := g; i < len(floats); i += groups {
			floats[i] = float32(a.Apply(float64(floats[i])))
		}
	}
	return notes, nil
}

// floatStats looks at the features g, g + step, … of the training rows.
func floatStats(floats []float32, train []uint32, f, g, step int) stats {
	s := stats{min: math.Inf(1), max: math.Inf(-1)}
	n, sum := 0.0, 0.0
	each := func(visit func(v float64)) {
		for _, row := range train {
			for i := int(row)*f + g; i < (int(row)+1)*f; i += step {
				visit(float64(floats[i]))
			}
		}
	}
	each(func(v float64) {
		n++
		sum += v
		s.min, s.max = min(s.min, v), max(s.max, v)
	})
	s.mean = sum / n
	squares := 0.0
	each(func(v float64) {
		d := v - s.mean
		squares += float64(d * d)
	})
	if s.min < s.max { // rounding must not give a constant column a spread
		s.std = math.Sqrt(squares / n)
	}
	return s
}

// scaleTargets scales the targets in place and says how.
func (c *config) scaleTargets(o *outline, sc *scaling, y []float32, train []uint32) ([]Affine, []string, error) {
	t := len(o.targets)
	list := slices.Repeat([]Affine{identity}, t)
	if sc.target == nil || len(y) == 0 {
		return list, nil, nil
	}
	var notes []string
	for g := range list {
		name := "the target"
		if o.targets[g] != "" {
			name = "target " + quoteIfNeeded(o.targets[g])
		}
		a, note, problem := affine(sc.target, g, t, name, func() stats { return floatStats(y, train, t, g, t) })
		if problem != nil {
			return nil, nil, problem
		}
		list[g] = a
		notes = append(notes, note...)
		for i := g; i < len(y); i += t {
			y[i] = float32(a.Apply(float64(y[i])))
		}
	}
	return list, notes, nil
}
