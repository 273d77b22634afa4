package present

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/study"
)

// dumbbells shows every seed's two runs: a hollow dot without the trick, a filled one with it, and the way between them.
type dumbbells struct {
	Rows           []dumbbell
	Ticks          []tick
	On, Off, Label string
	With           string // "with it": how a sentence calls the filled side
	Height, Axis   int    // pixels: of the plot, and where the axis lies
	Better, Worse  int    // seeds
	Same, Lost     int
	Table          *table
}

type dumbbell struct {
	Seed       string
	Y, TextY   int
	On, Off    float64
	HasOn      bool
	HasOff     bool
	Kind       string // helps, hurts or nothing: which way this seed points
	Note       string // diverged, missing
	NoteX      float64
	NoteAnchor string
	Title      string
	Show       bool // the seed's name
}

// newDumbbells lays out pairs. on and off name the two sides; with is the first of them in a sentence.
func newDumbbells(m study.Metric, pairs []study.Pair, on, off, with string) *dumbbells {
	var values []float64
	for _, p := range pairs {
		values = append(values, float64(p.On), float64(p.Off))
	}
	if len(pairs) == 0 {
		return nil
	}
	x := newScale(values...)
	row := 20
	if len(pairs) > 16 {
		row = 12
	}
	d := &dumbbells{With: with, On: on, Off: off, Label: m.Name, Ticks: x.ticks(5, valueAxis(m.Share, (x.hi-x.lo)/5)), Height: row * len(pairs),
		Table: &table{Head: []string{"seed", on, off, "difference"}, Align: "rrrr"}}
	d.Axis = d.Height
	for i, p := range pairs {
		y := i*row + row/2
		b := dumbbell{Seed: fmt.Sprint(p.Seed), Y: y, TextY: y + 4, HasOn: p.On.Finite(), HasOff: p.Off.Finite(), Show: row >= 14 || i%2 == 0, Kind: "nothing", NoteX: 50, NoteAnchor: "middle"}
		if b.HasOn {
			b.On = x.at(float64(p.On))
		}
		if b.HasOff {
			b.Off = x.at(float64(p.Off))
		}
		switch {
		case !b.HasOn || !b.HasOff:
			d.Lost++
			if !b.HasOn {
				b.Note = on + " " + orElse(p.OnStatus, "missing")
			}
			if !b.HasOff {
				b.Note = joinNotes(b.Note, off+" "+orElse(p.OffStatus, "missing"))
			}
			if at := b.On + b.Off; b.HasOn || b.HasOff {
				b.NoteX, b.NoteAnchor = at, "start"
				if at > 50 {
					b.NoteAnchor = "end"
				}
			}
		case p.Effect > 0:
			b.Kind = "helps"
			d.Better++
		case p.Effect < 0:
			b.Kind = "hurts"
			d.Worse++
		default:
			d.Same++
		}
		b.Title = fmt.Sprintf("seed %d: %s %s, %s %s", p.Seed, on, statusOr(m, p.On, p.OnStatus), off, statusOr(m, p.Off, p.OffStatus))
		d.Table.add(b.Seed, statusOr(m, p.On, p.OnStatus), statusOr(m, p.Off, p.OffStatus), difference(m, p.Effect))
		d.Rows = append(d.Rows, b)
	}
	return d
}

func joinNotes(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

func statusOr(m study.Metric, x study.Number, status string) string {
	if x.Finite() {
		return value(m, x)
	}
	return orElse(status, "missing")
}
