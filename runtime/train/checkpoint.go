package train

import (
	"encoding/json"
	"fmt"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/optim"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// A checkpoint is one safetensors file:
//
//	value/<parameter or state>     what training changes
//	average/<parameter or state>   the moving averages, where there is `ema`
//	best/<parameter or state>      the evaluated values of the best epoch, where early stopping restores them
//	optimizer/<slot>/<parameter>   the update rule's memory
//	metrics/<output>               what the training metrics of the epoch have gathered
//	schedule, stop                 their memories
//	position                       where the run is, and all counters
//	seconds                        spent so far
//
// Its metadata hold the format's version, the identity of program and data, the history of epochs, and the backend.
const checkpointVersion = "netc checkpoint 1"

// slot is one piece of a run's memory: save gives a tensor that may be the live buffer, restore copies back.
type slot struct {
	save    func() safetensors.Tensor
	restore func(*safetensors.Tensor) error
}

// slots lists everything that a resumed run needs.
func (t *trainer) slots() []slot {
	var list []slot
	floats := func(s safetensors.Tensor) {
		list = append(list, slot{
			func() safetensors.Tensor { return s },
			func(from *safetensors.Tensor) error {
				if len(from.F32) != len(s.F32) {
					return fmt.Errorf("%s has %d numbers, not %d", s.Name, len(from.F32), len(s.F32))
				}
				copy(s.F32, from.F32)
				return nil
			},
		})
	}
	flat := func(prefix string, values []float32) {
		for _, s := range t.layout.tensors(prefix, values) {
			floats(s)
		}
	}
	flat("value/", t.state.Values)
	if t.state.Average != nil {
		flat("average/", t.state.Average)
	}
	if t.state.Best != nil {
		flat("best/", t.state.Best)
	}
	for _, s := range t.state.Optimizer {
		floats(safetensors.Tensor{Name: "optimizer/" + s.Name, Shape: []int{len(s.Data)}, F32: s.Data})
	}
	// Metrics check what they are given themselves: some keep a number for every example so far.
	doubles := func(name string, grows bool, get func() []float64, set func([]float64) error) {
		list = append(list, slot{
			func() safetensors.Tensor {
				v := append([]float64{}, get()...)
				return safetensors.Tensor{Name: name, Shape: []int{len(v)}, F64: v}
			},
			func(from *safetensors.Tensor) error {
				if from.F64 == nil || !grows && len(from.F64) != len(get()) {
					return fmt.Errorf("%s has %d numbers, not %d", name, len(from.F64), len(get()))
				}
				return set(from.F64)
			},
		})
	}
	for _, c := range t.train {
		doubles("metrics/"+c.Output().Name, true, c.State, c.Restore)
	}
	doubles("schedule", false, t.schedule.State, t.schedule.Restore)
	if e := t.recipe.early; e != nil {
		doubles("stop", false, e.state, func(s []float64) error { e.setState(s); return nil })
	}
	doubles("seconds", false, func() []float64 { return []float64{t.seconds(), t.rate} },
		func(s []float64) error { t.before, t.rate = s[0], s[1]; return nil })
	return append(list, t.position())
}

// position is where the run is, as whole numbers.
func (t *trainer) position() slot {
	const name = "position"
	return slot{
		func() safetensors.Tensor {
			c := t.state.Counters
			v := []int64{int64(t.epoch), int64(t.batch), t.step, 0, t.reductions, c.Steps, c.Clipped, c.MaxNorm, c.MaxNormUnits, 0}
			if t.stopped {
				v[3] = 1
			}
			if t.state.Average != nil {
				v[9] = t.state.Averaged
			}
			for _, a := range t.augmentCounts() {
				v = append(v, int64(a.Seen), int64(a.Acted))
			}
			return safetensors.Tensor{Name: name, Shape: []int{len(v)}, I64: v}
		},
		func(from *safetensors.Tensor) error {
			v := from.I64
			counts := append([]augment.Count(nil), t.state.Augmented...)
			if len(v) != 10+2*len(counts) {
				return fmt.Errorf("%s has %d numbers, not %d", name, len(v), 10+2*len(counts))
			}
			t.epoch, t.batch, t.step, t.stopped, t.reductions = int(v[0]), int(v[1]), v[2], v[3] == 1, v[4]
			if v[0] < 0 || v[1] < 0 || v[1] > t.perEpoch || v[2] != v[0]*t.perEpoch+v[1] {
				return fmt.Errorf("step %d is not batch %d of epoch %d in epochs of %d", v[2], v[1], v[0], t.perEpoch)
			}
			t.state.Counters = optim.Counters{Steps: v[5], Clipped: v[6], MaxNorm: v[7], MaxNormUnits: v[8]}
			if t.state.Average != nil {
				t.state.Averaged = v[9]
			}
			t.augmented = nil
			for i, c := range counts {
				c.Seen, c.Acted = uint64(v[10+2*i]), uint64(v[11+2*i])
				t.augmented = append(t.augmented, c)
			}
			return nil
		},
	}
}

// augmentCounts are how often augmentations saw and changed an example, earlier processes of the run included. Batches
// that were made ahead of an interruption and made again count twice.
func (t *trainer) augmentCounts() []augment.Count {
	list := append([]augment.Count(nil), t.state.Augmented...)
	for i := range list {
		if i < len(t.augmented) {
			list[i].Seen += t.augmented[i].Seen
			list[i].Acted += t.augmented[i].Acted
		}
	}
	return list
}

// save writes a checkpoint of this moment. It does nothing without a store.
func (t *trainer) save() error {
	if t.cfg.Store == nil {
		return nil
	}
	if err := t.engine.Pull(true); err != nil {
		return err
	}
	history, err := json.Marshal(t.history)
	if err != nil {
		return err
	}
	f := &safetensors.File{Metadata: map[string]string{"format": checkpointVersion, "identity": t.cfg.Identity, "history": string(history),
		"backend": t.cfg.Executor.Backend().Name()}}
	for _, s := range t.slots() {
		f.Tensors = append(f.Tensors, s.save())
	}
	return t.cfg.Store.SaveCheckpoint(f)
}

// restore takes a run back to the moment of a checkpoint.
func (t *trainer) restore(f *safetensors.File) error {
	at := t.cfg.Train.Span
	if v := f.Metadata["format"]; v != checkpointVersion {
		return diag.Errorf(OtherProgram, at, "the file is not a checkpoint of this version of netc (%q, not %q)", v, checkpointVersion)
	}
	other := func(format string, args ...any) error {
		return diag.Errorf(OtherProgram, at, "the checkpoint belongs to another program or other data: "+format, args...).
			WithHelp("resume with the program, the data and the edits that the run was started with, or start a new run")
	}
	if id := f.Metadata["identity"]; id != t.cfg.Identity {
		return other("its identity is %.12s, this program's %.12s", id, t.cfg.Identity)
	}
	if err := t.engine.Pull(true); err != nil {
		return err
	}
	slots := t.slots()
	if len(slots) != len(f.Tensors) {
		return other("it has %d tensors, this program needs %d", len(f.Tensors), len(slots))
	}
	for _, s := range slots {
		want := s.save()
		have := f.Get(want.Name)
		if have == nil {
			return other("it has no %s", want.Name)
		}
		if err := s.restore(have); err != nil {
			return other("%v", err)
		}
	}
	if err := json.Unmarshal([]byte(f.Metadata["history"]), &t.history); err != nil {
		return other("its history cannot be read: %v", err)
	}
	if from, now := f.Metadata["backend"], t.cfg.Executor.Backend().Name(); from != "" && from != now {
		t.notes = append(t.notes, fmt.Sprintf("the checkpoint was written on %s and the run goes on on %s: it rounds otherwise from here on", from, now))
	}
	return t.engine.Push()
}

// resetMetrics makes metrics.jsonl say what the run's history says: nothing for a new run, no later epochs for a
// resumed one.
func (t *trainer) resetMetrics() error {
	lines := make([]json.RawMessage, len(t.history))
	for i, e := range t.history {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines[i] = b
	}
	return t.cfg.Store.ResetMetrics(lines)
}
