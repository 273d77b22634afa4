package gpu

import (
	"strings"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
)

// places is the memory of a stack: where everything lies in one allocation.
type places struct {
	trials, chunk int

	values, grads, average, best region         // of parameters and states, as the layout has them
	state, scratch               region         // of the optimizer
	counters, active             device.Pointer // of the optimizer: words of each trial, side by side

	arena, own  region // of whatever plan runs
	x, codes, y region
	mixing      region         // of the makers of batches
	acted       device.Pointer // how often augmentations did something, uint64: [trial][augmentation]
	ids         region         // of the batch's examples, uint32
	order       region         // of the ids of a stretch
	rates       device.Pointer // of a stretch: [trial][chunk] float64, that of step s at s % chunk
	clock       device.Pointer
	notes       device.Pointer // [batch][trial][record]
	words       int            // of a record
	bytes       int64
	ownOf       map[*record]map[int]int // where the values that own their memory lie in own, by value
	gradOf      map[*record]map[int]int // and those that are gradients in grads
}

// layOut divides memory among so many trials. From a base of 0 it says how much is needed.
func (sh *shape) layOut(base device.Pointer, trials int) *places {
	l := &ledger{base: base}
	s := sh.setup
	p := &places{trials: trials, chunk: sh.chunk(trials), ownOf: map[*record]map[int]int{}, gradOf: map[*record]map[int]int{}}
	p.values = l.perTrial(s.Layout.Size, trials)
	p.grads = l.perTrial(s.Layout.Trained, trials)
	if s.Average != nil {
		p.average = l.perTrial(s.Layout.Size, trials)
	}
	if s.Best {
		p.best = l.perTrial(s.Layout.Size, trials)
	}
	p.state, p.scratch = l.perTrial(sh.optimizer.State(), trials), l.perTrial(sh.optimizer.Scratch(), trials)
	p.counters, p.active = l.shared(4*cuda.CounterWords*int64(trials)), l.shared(4*int64(trials))
	arena, own, rows := 0, 0, 0
	most := map[string]int{}
	for _, r := range sh.units() {
		arena, rows, p.words = max(arena, r.unit.Plan.Arena), max(rows, r.rows), max(p.words, r.words)
		p.ownOf[r], p.gradOf[r] = map[int]int{}, map[int]int{}
		end := 0
		for _, name := range r.unit.Plan.OutputNames() {
			o := r.unit.Plan.Outputs[name]
			if _, known := p.ownOf[r][o.Place.Index]; o.Place.Space != exec.Own || known {
				continue
			}
			if param, ok := strings.CutPrefix(name, "grad/"); ok && o.Direct {
				p.gradOf[r][o.Place.Index] = s.Layout.Offset(param)
				continue
			}
			p.ownOf[r][o.Place.Index] = end
			end += int(roundUp(4*int64(root(r, o)))) / 4
		}
		own = max(own, end)
		for _, v := range r.unit.Net.Values {
			if v.Kind == network.InputValue {
				most[v.Name] = max(most[v.Name], v.Dims.Size())
			}
		}
	}
	p.arena, p.own = l.perTrial(arena, trials), l.perTrial(own, trials)
	p.x, p.codes, p.y = l.perTrial(most["x"], trials), l.perTrial(most["codes"], trials), l.perTrial(most["y"], trials)
	p.mixing = l.perTrial(sh.mixing, trials)
	p.acted = l.shared(8 * int64(max(1, len(s.Pipeline.Forms()))) * int64(trials))
	p.ids, p.order = l.perTrial(rows, trials), l.perTrial(rows*p.chunk, trials)
	p.rates = l.shared(8 * int64(p.chunk) * int64(trials))
	p.clock = l.shared(clockBytes)
	p.notes = l.shared(4 * int64(p.words) * int64(trials) * int64(p.chunk))
	p.bytes = l.used
	return p
}

// root is the size of the value that owns an output's memory.
func root(r *record, o exec.Output) int {
	return r.unit.Plan.Program.Values[o.Place.Index].Shape.Size()
}

// bytes is what so many trials take, but for the data.
func (sh *shape) bytes(trials int) int64 { return sh.layOut(0, trials).bytes }

// operand is where a place of a plan lies. Parameters and states are read from values.
func (m *machine) operand(r *record, pl exec.Place, values region) cuda.Operand {
	program := r.unit.Plan.Program
	switch pl.Space {
	case exec.Arena:
		return m.arena.from(pl.Offset)
	case exec.Own:
		if at, ok := m.gradOf[r][pl.Index]; ok {
			return m.grads.from(at + pl.Offset)
		}
		return m.own.from(m.ownOf[r][pl.Index] + pl.Offset)
	case exec.Constant:
		c := m.constants[r][pl.Index]
		c.At += device.Pointer(4 * pl.Offset)
		return c
	case exec.Leaf:
		v := program.Values[pl.Index]
		if v.Kind != graph.Input {
			return values.from(m.shape.setup.Layout.Offset(v.Name) + pl.Offset)
		}
		return map[string]region{"x": m.x, "codes": m.codes, "y": m.y}[v.Name].from(pl.Offset)
	}
	return cuda.Operand{}
}
