package gpu

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// resident is a data set in device memory, for as long as a stack uses it.
type resident struct {
	cuda.Resident
	pieces []device.Pointer
	users  int
}

// residents are the data sets in device memory.
type residents struct{ list map[*data.Dataset]*resident }

// missing is the memory that a run's data set would take: 0 where it is there.
func (r *residents) missing(d *data.Dataset) int64 {
	if r.list[d] != nil {
		return 0
	}
	raw := d.Raw()
	bytes := roundUp(int64(len(raw.Bytes)))
	for _, n := range []int{len(raw.Floats), len(raw.Table), len(raw.Labels), len(raw.Targets), len(raw.Codes)} {
		bytes += roundUp(4 * int64(n))
	}
	return bytes
}

// take brings a data set into memory where it is not there yet.
func (r *residents) take(p *Pool, d *data.Dataset) (*resident, error) {
	if have := r.list[d]; have != nil {
		have.users++
		return have, nil
	}
	raw := d.Raw()
	have := &resident{users: 1, Resident: cuda.Resident{Period: raw.Period}}
	put := func(to *device.Pointer, from []byte) error {
		if len(from) == 0 {
			return nil
		}
		at, err := p.device.Alloc(int64(len(from)))
		if err != nil {
			return fmt.Errorf("the data set: %w", err)
		}
		*to = at
		have.pieces = append(have.pieces, at)
		return p.stream.Upload(at, from)
	}
	err := errors.Join(put(&have.Floats, bytesOf(raw.Floats)), put(&have.Bytes, raw.Bytes), put(&have.Table, bytesOf(raw.Table)),
		put(&have.Labels, bytesOf(raw.Labels)), put(&have.Targets, bytesOf(raw.Targets)), put(&have.Codes, bytesOf(raw.Codes)))
	if err != nil {
		return nil, errors.Join(err, have.free(p.device))
	}
	if r.list == nil {
		r.list = map[*data.Dataset]*resident{}
	}
	r.list[d] = have
	return have, nil
}

// give takes a data set out of memory when nobody uses it any more.
func (r *residents) give(p *Pool, d *data.Dataset) error {
	have := r.list[d]
	if have == nil {
		return nil
	}
	if have.users--; have.users > 0 {
		return nil
	}
	delete(r.list, d)
	return have.free(p.device)
}

func (r *resident) free(d device.Device) error {
	var errs []error
	for _, p := range r.pieces {
		errs = append(errs, d.Free(p))
	}
	r.pieces = nil
	return errors.Join(errs...)
}

// bytesOf is the memory of a slice of words.
func bytesOf[T float32 | int32 | uint32](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), 4*len(s))
}

// newBatches makes the kernels that gather the batches of a record for a stack of runs, augmented in training.
func newBatches(r *record, training bool, setups ...*train.Setup) (*cuda.Batches, error) {
	info := &setups[0].Data.Info
	c := cuda.BatchConfig{Trials: len(setups), N: r.rows, Shape: info.Shape, Outputs: setups[0].Part.Outputs(), Categories: setups[0].Part.Categories()}
	if training && augmented(setups) {
		for _, s := range setups {
			c.Pipelines = append(c.Pipelines, s.Pipeline.Forms())
		}
	}
	return cuda.NewBatches(c)
}

func augmented(setups []*train.Setup) bool {
	for _, s := range setups {
		if !s.Pipeline.Empty() {
			return true
		}
	}
	return false
}

// batch is the job that makes a record's batch.
func (m *machine) batch(r *record) (cuda.Job, error) {
	b := &cuda.BatchBinding{Env: m.common, Data: m.resident.Resident, IDs: m.ids.from(0), Epoch: m.clock + clockEpoch, Scratch: m.mixing.from(0), Acted: m.acted}
	for _, s := range m.seats {
		b.Seeds = append(b.Seeds, s.setup.Seeds.Augment)
	}
	for _, in := range []struct {
		to   *cuda.Operand
		name string
		at   region
	}{{&b.X, "x", m.x}, {&b.Y, "y", m.y}, {&b.Codes, "codes", m.codes}} {
		if in.at.size > 0 && (in.name != "codes" || m.resident.Codes != 0) {
			*in.to = in.at.from(0)
		}
	}
	return m.batches[r].Bind(b)
}

// pullActed reads how often each of a trial's augmentations has acted.
func (m *machine) pullActed(seat *seat) error {
	maker := m.batches[m.shape.full]
	n := maker.Augmentations()
	if n == 0 || len(seat.state.Augmented) == 0 {
		return nil
	}
	words := make([]uint64, n)
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*n)
	if err := m.pool.stream.Download(b, m.acted+device.Pointer(8*n*seat.trial)); err != nil {
		return err
	}
	acted := map[string]uint64{}
	for i, w := range words {
		acted[maker.Path(i)] = w
	}
	for i := range seat.state.Augmented {
		c := &seat.state.Augmented[i]
		c.Seen, c.Acted = seat.seen, acted[c.Path]
	}
	return nil
}
