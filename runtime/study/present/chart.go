package present

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// chart is lines, bands and marks between two axes. Places are percentages of the plot, across from the left and down from the top;
// paths are in thousandths of it.
type chart struct {
	Title, Caption   string
	Metric           string // whose curves it shows, where it is about one
	XLabel, YLabel   string
	X, Y             []tick
	Series           []*series
	Marks            []mark
	Zero             float64 // where zero of y lies, where ZeroLine is set
	ZeroLine         bool
	Cross            float64 // where zero of x lies, where CrossLine is set
	CrossLine        bool
	BandTop, BandLen float64 // the margin
	HasBand          bool
	Hover            string // JSON for the script
	Table            *table
	Clipped          bool
}

// series is a line with its band.
type series struct {
	Name, Class string
	Dashed      bool
	Line, Area  string
	text        map[int]string // what the pointer shows at x
}

// mark is a point with error bars.
type mark struct {
	X, Y               float64
	Lo, Hi             float64 // of its interval, down from the top
	Whiskers           bool
	Kind, Title, Label string
	DX, DY             int    // of the label, in pixels
	Anchor             string // of the label
}

// band is one learning curve to draw.
type band struct {
	Name, Class string
	Dashed      bool
	Curve       study.Curve
}

// learningCurves draws curves of one quantity over the epochs. Where the first epochs are far from the rest, the frame shows the rest: an early
// loss of 2.3 would flatten every later difference. write writes a value of the quantity for the pointer, axis one of the axis.
func learningCurves(title, ylabel string, bands []band, zero bool, write func(float64) string, axis func(step float64) func(float64) string) *chart {
	last := 0.0
	var late []float64
	for _, b := range bands {
		every := max(1, b.Curve.Every)
		skip := len(b.Curve.Points) / 4
		if zero {
			skip = 0
		}
		for i, p := range b.Curve.Points {
			if p.N == 0 {
				continue
			}
			last = math.Max(last, float64((i+1)*every))
			if i < skip {
				continue
			}
			late = append(late, p.Mean)
			if p.Interval.Bounded() {
				late = append(late, limited(p.Interval.Lo, p.Mean, p.SD), limited(p.Interval.Hi, p.Mean, p.SD))
			}
		}
	}
	if len(late) == 0 {
		return nil
	}
	if zero {
		late = append(late, 0)
	}
	y := newScale(late...)
	x := tight(1, math.Max(2, last))
	c := &chart{Title: title, YLabel: ylabel, XLabel: "epoch", X: whole(x), Y: y.ticks(5, axis((y.hi-y.lo)/5))}
	if zero {
		c.ZeroLine, c.Zero = true, 100-y.at(0)
	}
	for _, b := range bands {
		s := &series{Name: b.Name, Class: b.Class, Dashed: b.Dashed, text: map[int]string{}}
		var clipped bool
		s.Line, s.Area, clipped = curvePaths(b.Curve, x, y)
		c.Clipped = c.Clipped || clipped
		for i, p := range b.Curve.Points {
			if p.N == 0 {
				continue
			}
			t := write(p.Mean)
			if p.Interval.Bounded() && p.N > 1 {
				t += " [" + write(p.Interval.Lo) + ", " + write(p.Interval.Hi) + "]"
			}
			s.text[(i+1)*max(1, b.Curve.Every)] = t
		}
		if s.Line != "" {
			c.Series = append(c.Series, s)
		}
	}
	c.hover(x)
	return c
}

// limited keeps the interval of two seeds that disagree from setting the scale: its ends can lie dozens of standard deviations away.
func limited(endpoint, mean, sd float64) float64 {
	return math.Max(mean-3*sd, math.Min(mean+3*sd, endpoint))
}

// whole gives ticks at whole numbers.
func whole(s scale) []tick {
	step := math.Max(1, nice((s.hi-s.lo)/6))
	var out []tick
	for v := math.Ceil(s.lo/step) * step; v <= s.hi+1e-9; v += step {
		if v < 1 {
			continue
		}
		out = append(out, tick{At: s.at(v), Text: fmt.Sprintf("%.0f", v)})
	}
	return out
}

// curvePaths gives the line of means and the outline of the band. A point without a value (all runs diverged) breaks both.
func curvePaths(c study.Curve, x, y scale) (line, area string, clipped bool) {
	across := func(i int) string { return coordinate(10 * x.at(float64((i+1)*max(1, c.Every)))) }
	down := func(v float64) string {
		at := 1000 * (1 - (v-y.lo)/(y.hi-y.lo))
		return coordinate(math.Max(-4000, math.Min(5000, at)))
	}
	var l, a strings.Builder
	flush := func(from, to int) {
		if to-from < 1 {
			return
		}
		for i := from; i < to; i++ {
			cmd := "L"
			if i == from {
				cmd = "M"
			}
			fmt.Fprintf(&l, "%s%s %s", cmd, across(i), down(c.Points[i].Mean))
			clipped = clipped || y.beyond(c.Points[i].Mean) != 0
		}
		if to-from == 1 {
			l.WriteString("h0")
		}
		bounded := true
		for i := from; i < to; i++ {
			bounded = bounded && c.Points[i].Interval.Bounded()
		}
		if !bounded || to-from < 2 {
			return
		}
		for i := from; i < to; i++ {
			cmd := "L"
			if i == from {
				cmd = "M"
			}
			fmt.Fprintf(&a, "%s%s %s", cmd, across(i), down(c.Points[i].Interval.Hi))
		}
		for i := to - 1; i >= from; i-- {
			fmt.Fprintf(&a, "L%s %s", across(i), down(c.Points[i].Interval.Lo))
		}
		a.WriteString("Z")
	}
	from := 0
	for i, p := range c.Points {
		if p.N == 0 {
			flush(from, i)
			from = i + 1
		}
	}
	flush(from, len(c.Points))
	return l.String(), a.String(), clipped
}

// hoverData is what the script shows at the pointer: x in percent, a head, and a line for every series.
type hoverData struct {
	X      []float64     `json:"x"`
	Head   []string      `json:"head"`
	Series []hoverSeries `json:"series"`
}

type hoverSeries struct {
	Name  string   `json:"name"`
	Class string   `json:"class"`
	Text  []string `json:"text"`
}

func (c *chart) hover(x scale) {
	var d hoverData
	t := &table{Head: []string{"epoch"}, Align: "r" + strings.Repeat("r", len(c.Series))}
	for _, s := range c.Series {
		d.Series = append(d.Series, hoverSeries{Name: s.Name, Class: s.Class})
		t.Head = append(t.Head, s.Name)
	}
	epochs := map[int]bool{}
	for _, s := range c.Series {
		for e := range s.text {
			epochs[e] = true
		}
	}
	for _, e := range slices.Sorted(maps.Keys(epochs)) {
		d.X = append(d.X, math.Round(x.at(float64(e))*100)/100)
		d.Head = append(d.Head, fmt.Sprintf("epoch %d", e))
		row := []string{fmt.Sprint(e)}
		for i, s := range c.Series {
			v := orElse(s.text[e], absent)
			d.Series[i].Text = append(d.Series[i].Text, v)
			row = append(row, v)
		}
		t.add(row...)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return // cannot happen: strings and finite numbers
	}
	c.Hover, c.Table = string(b), t
}

// settingCharts draws how the result and each trick's effect depend on a setting, say the number of training examples.
func settingCharts(r *study.Report, c *study.SettingCurve) []*chart {
	m := r.Primary()
	var at []float64
	for i, p := range c.Points {
		v := float64(p.Number)
		if !p.Number.Finite() {
			v = float64(i + 1)
		}
		at = append(at, v)
	}
	if len(at) == 0 {
		return nil
	}
	lo, hi := at[0], at[0]
	for _, v := range at {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	x := newScale(at...)
	if lo > 0 && hi/lo >= 5 {
		x = logScale(at...)
	}
	ticks := make([]tick, len(at))
	for i, v := range at {
		ticks[i] = tick{At: x.at(v), Text: c.Points[i].Value}
	}
	for i := range ticks[:len(ticks)-1] { // of two that would touch, the later keeps its label
		if math.Abs(ticks[i+1].At-ticks[i].At) < 9 {
			ticks[i].Text = ""
		}
	}
	var out []*chart
	if base := baselineChart(m, c, at, x, ticks); base != nil {
		out = append(out, base)
	}
	var names []string
	seen := map[string]bool{}
	for _, p := range c.Points {
		for _, t := range p.Tricks {
			if !seen[t.Name] {
				seen[t.Name] = true
				names = append(names, t.Name)
			}
		}
	}
	for _, name := range names {
		values := []float64{0, -m.Margin, m.Margin}
		for _, p := range c.Points {
			for _, t := range p.Tricks {
				if t.Name == name {
					values = append(values, float64(t.Effect), t.Interval.Lo, t.Interval.Hi)
				}
			}
		}
		y := newScale(values...)
		ch := &chart{Title: "Effect of " + name, XLabel: c.Path, YLabel: "effect" + unitIn(m), X: ticks, Y: y.ticks(5, axisText(m.Share, (y.hi-y.lo)/5)), ZeroLine: true, Zero: 100 - y.at(0)}
		if m.Margin > 0 {
			ch.HasBand, ch.BandTop = true, 100-y.at(m.Margin)
			ch.BandLen = y.at(m.Margin) - y.at(-m.Margin)
		}
		var line strings.Builder
		for i, p := range c.Points {
			for _, t := range p.Tricks {
				if t.Name != name || !t.Effect.Finite() {
					continue
				}
				k := mark{X: x.at(at[i]), Y: 100 - y.at(float64(t.Effect)), Kind: kind(t.Verdict),
					Title: fmt.Sprintf("%s at %s: %s, %s %s", name, p.Value, t.Verdict, difference(m, t.Effect), interval(m, t.Interval))}
				if t.Interval.Bounded() {
					k.Whiskers, k.Lo, k.Hi = true, 100-y.at(t.Interval.Lo), 100-y.at(t.Interval.Hi)
				}
				ch.Marks = append(ch.Marks, k)
				line.WriteString(map[bool]string{true: "M", false: "L"}[line.Len() == 0] + coordinate(10*k.X) + " " + coordinate(10*k.Y))
			}
		}
		ch.Series = append(ch.Series, &series{Class: "link", Line: line.String()})
		out = append(out, ch)
	}
	return out
}

// baselineChart is the result of the program as it is at every value of the setting.
func baselineChart(m study.Metric, c *study.SettingCurve, at []float64, x scale, ticks []tick) *chart {
	curve := study.Curve{Metric: m.Name}
	var values []float64
	for _, p := range c.Points {
		s, ok := p.Baseline[m.Name]
		pt := stat.BandPoint{}
		if ok && s.Mean.Finite() {
			pt = stat.BandPoint{N: s.N, Mean: float64(s.Mean), Interval: stat.Unbounded(0)}
			values = append(values, pt.Mean)
			if s.SD.Finite() {
				pt.Interval = stat.Interval{Lo: pt.Mean - float64(s.SD), Hi: pt.Mean + float64(s.SD)}
				values = append(values, pt.Interval.Lo, pt.Interval.Hi)
			}
		}
		curve.Points = append(curve.Points, pt)
	}
	if len(values) == 0 {
		return nil
	}
	y := newScale(values...)
	ch := &chart{Title: "The program as it is", Caption: "Mean over the seeds, whiskers: one standard deviation.", XLabel: c.Path, YLabel: m.Name, X: ticks, Y: y.ticks(5, valueAxis(m.Share, (y.hi-y.lo)/5))}
	var line strings.Builder
	for i, p := range curve.Points {
		if p.N == 0 {
			continue
		}
		k := mark{X: x.at(at[i]), Y: 100 - y.at(p.Mean), Kind: "plain", Title: c.Points[i].Value + ": " + value(m, study.Number(p.Mean))}
		if p.Interval.Bounded() {
			k.Whiskers, k.Lo, k.Hi = true, 100-y.at(p.Interval.Lo), 100-y.at(p.Interval.Hi)
		}
		ch.Marks = append(ch.Marks, k)
		line.WriteString(map[bool]string{true: "M", false: "L"}[line.Len() == 0] + coordinate(10*k.X) + " " + coordinate(10*k.Y))
	}
	ch.Series = append(ch.Series, &series{Class: "link", Line: line.String()})
	return ch
}

func unitIn(m study.Metric) string {
	if m.Share {
		return " (points)"
	}
	return ""
}

// valueAxis writes the ticks of values of a metric: shares in percent.
func valueAxis(share bool, step float64) func(float64) string {
	if !share {
		return nil
	}
	digits := max(0, -int(math.Floor(math.Log10(nice(100*step))+1e-9)))
	return func(x float64) string { return minus(fmt.Sprintf("%.*f%%", digits, 100*x)) }
}

// costChart sets each trick's effect against what it costs in time.
func costChart(r *study.Report) *chart {
	m := r.Primary()
	xs, ys := []float64{0}, []float64{0}
	if m.Margin > 0 {
		ys = append(ys, -m.Margin, m.Margin)
	}
	var shown []*study.Trick
	for _, t := range ordered(r.Tricks) {
		if c := costRatio(t); c.Finite() && t.Effect.Finite() {
			shown = append(shown, t)
			xs = append(xs, float64(c)-1)
			ys = append(ys, float64(t.Effect))
			if t.Interval.Bounded() {
				ys = append(ys, t.Interval.Lo, t.Interval.Hi)
			}
		}
	}
	if len(shown) < 2 {
		return nil
	}
	x, y := newScale(xs...), newScale(ys...)
	if x.hi-x.lo < 0.1 { // a frame of less than ten percent would make noise look like cost
		mid := (x.hi + x.lo) / 2
		x = tight(mid-0.05, mid+0.05)
	}
	c := &chart{XLabel: "time of an epoch, with the trick against without", YLabel: "effect" + unitIn(m), ZeroLine: true, Zero: 100 - y.at(0), CrossLine: true, Cross: x.at(0),
		X: x.ticks(6, signed), Y: y.ticks(5, axisText(m.Share, (y.hi-y.lo)/5))}
	if m.Margin > 0 {
		c.HasBand, c.BandTop, c.BandLen = true, 100-y.at(m.Margin), y.at(m.Margin)-y.at(-m.Margin)
	}
	for _, t := range shown {
		k := mark{X: x.at(float64(costRatio(t)) - 1), Y: 100 - y.at(float64(t.Effect)), Kind: kind(t.Verdict), Label: t.Name,
			Title: fmt.Sprintf("%s: %s, %s %s, time of an epoch %s", t.Name, t.Verdict, difference(m, t.Effect), interval(m, t.Interval), change(costRatio(t)))}
		if t.Interval.Bounded() {
			k.Whiskers, k.Lo, k.Hi = true, 100-y.at(t.Interval.Lo), 100-y.at(t.Interval.Hi)
		}
		c.Marks = append(c.Marks, k)
	}
	placeLabels(c.Marks)
	return c
}

// costRatio is the time of an epoch with the trick over that without; of a run where epochs were not timed.
func costRatio(t *study.Trick) study.Number {
	if t.Cost.Epoch.Finite() {
		return t.Cost.Epoch
	}
	return t.Cost.Seconds
}

// placeLabels puts each mark's label where it covers no other mark or label, at a nominal width of the plot; one that has no place is left
// out (the pointer and the table tell it).
func placeLabels(marks []mark) {
	const width, height, glyph, line = 6.2, 3.2, 7.0, 14.0
	type box struct{ l, t, r, b float64 }
	var taken []box
	for _, k := range marks {
		taken = append(taken, box{k.X*width - 7, k.Y*height - 7, k.X*width + 7, k.Y*height + 7})
	}
	free := func(b box) bool {
		if b.l < 0 || b.r > 100*width || b.t < -4 || b.b > 100*height+4 {
			return false
		}
		for _, o := range taken {
			if b.l < o.r && o.l < b.r && b.t < o.b && o.t < b.b {
				return false
			}
		}
		return true
	}
	for i := range marks {
		k := &marks[i]
		w, x, y := glyph*float64(len([]rune(k.Label))), k.X*width, k.Y*height
		options := []struct {
			dx, dy int
			anchor string
			b      box
		}{
			{11, 4, "start", box{x + 9, y - line/2, x + 11 + w, y + line/2}},
			{-11, 4, "end", box{x - 11 - w, y - line/2, x - 9, y + line/2}},
			{9, -9, "start", box{x + 7, y - 9 - line, x + 9 + w, y - 7}},
			{9, 18, "start", box{x + 7, y + 7, x + 9 + w, y + 9 + line}},
			{-9, -9, "end", box{x - 9 - w, y - 9 - line, x - 7, y - 7}},
			{-9, 18, "end", box{x - 9 - w, y + 7, x - 7, y + 9 + line}},
		}
		placed := false
		for _, o := range options {
			if free(o.b) {
				k.DX, k.DY, k.Anchor, placed = o.dx, o.dy, o.anchor, true
				taken = append(taken, o.b)
				break
			}
		}
		if !placed {
			k.Label = ""
		}
	}
}
