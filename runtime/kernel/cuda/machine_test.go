package cuda

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
	card "github.com/netc-lang/netc/runtime/device/cuda"
	"github.com/netc-lang/netc/runtime/device/host"
	"github.com/netc-lang/netc/runtime/kernel"
)

// driver is the driver that tests run on: the emulation, or a card where NETC_TEST_DEVICE says so.
func driver(t testing.TB) device.Driver {
	t.Helper()
	switch name := os.Getenv("NETC_TEST_DEVICE"); name {
	case "", "host":
		return host.New()
	case "cuda":
		return card.New()
	default:
		t.Fatalf("NETC_TEST_DEVICE=%s: tests run on host or cuda", name)
		return nil
	}
}

// exact reports whether the device rounds every operation by itself, so that the same operations give the same bits in any kernel.
func exact() bool { return os.Getenv("NETC_TEST_DEVICE") != "cuda" }

// machine is a device with compiled kernels.
type machine struct {
	testing.TB
	device.Device
	stream device.Stream
	module device.Module
	step   device.Pointer
	owned  []device.Pointer

	precision device.Precision
}

// newMachine builds what the users need. The test is skipped where there is no device.
func newMachine(t testing.TB, users ...Unitary) *machine {
	t.Helper()
	d, err := driver(t).Open(0)
	if errors.Is(err, device.ErrUnavailable) || errors.Is(err, device.ErrNone) {
		t.Skip(err)
	}
	m := &machine{TB: t, Device: d}
	m.ok(err)
	t.Cleanup(func() {
		m.free(0)
		if h, isHost := d.(*host.Device); isHost {
			if n, bytes := h.Live(); n != 0 {
				t.Errorf("%d pieces of memory with %d bytes were not given back", n, bytes)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	m.module, err = build(t, d, users)
	m.ok(err)
	m.stream, err = d.NewStream()
	m.ok(err)
	m.step = m.alloc(8)
	return m
}

// modules looks for a kernel in one after the other.
type modules []device.Module

func (m modules) Function(name string) (f device.Function, err error) {
	for _, module := range m {
		if f, err = module.Function(name); err == nil {
			return f, nil
		}
	}
	return nil, err
}

func (m modules) Unload() error {
	var errs []error
	for _, module := range m {
		errs = append(errs, module.Unload())
	}
	return errors.Join(errs...)
}

// build compiles what the users need. What tests mostly need is one module, the same in all tests and each time, which the
// device's cache knows; what random shapes need besides is another.
func build(t testing.TB, d device.Device, users []Unitary) (device.Module, error) {
	t.Helper()
	common := every(t)
	known := map[string]bool{}
	for _, k := range common {
		for _, u := range k.Units() {
			known[u.Name] = true
		}
	}
	first, err := d.Build(Source("common.cu", common...))
	if err != nil {
		return nil, err
	}
	users = slices.DeleteFunc(slices.Clone(users), func(k Unitary) bool {
		return !slices.ContainsFunc(k.Units(), func(u Unit) bool { return !known[u.Name] })
	})
	if len(users) == 0 {
		return first, nil
	}
	second, err := d.Build(Source("test.cu", users...))
	return modules{first, second}, err
}

func (m *machine) ok(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machine) alloc(bytes int) device.Pointer {
	m.Helper()
	p, err := m.Alloc(int64(max(bytes, 4)))
	m.ok(err)
	m.owned = append(m.owned, p)
	return p
}

// free gives back what was allocated since there were n pieces.
func (m *machine) free(n int) {
	m.Helper()
	for _, p := range m.owned[n:] {
		if err := m.Free(p); err != nil {
			m.Error(err)
		}
	}
	m.owned = m.owned[:n]
}

func bytesOf[T any](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))
}

func upload[T any](m *machine, x []T) device.Pointer {
	m.Helper()
	p := m.alloc(len(bytesOf(x)))
	if len(x) > 0 {
		m.ok(m.stream.Upload(p, bytesOf(x)))
	}
	return p
}

func download[T any](m *machine, p device.Pointer, n int) []T {
	m.Helper()
	x := make([]T, n)
	if n > 0 {
		m.ok(m.stream.Download(bytesOf(x), p))
	}
	return x
}

// env is an environment of trials with these seeds, at a step.
func (m *machine) env(seeds []uint64, step uint64) *Env {
	m.Helper()
	m.ok(m.stream.Upload(m.step, binary.LittleEndian.AppendUint64(nil, step)))
	return &Env{
		Precision: m.precision,
		Device:    m.Device, Module: m.module, Step: m.step, Seeds: seeds,
		Table: func(words []uint32) (device.Pointer, error) { return upload(m, words), nil },
	}
}

// stacked puts the tensors of trials side by side, gap floats apart; a NaN stands in each gap.
func stacked(m *machine, tensors [][]float32, gap int) Operand {
	m.Helper()
	n := len(tensors[0])
	all := make([]float32, len(tensors)*(n+gap))
	for i := range all {
		all[i] = float32(math.NaN())
	}
	for t, x := range tensors {
		copy(all[t*(n+gap):], x)
	}
	return Operand{At: upload(m, all), Stride: int64(n + gap)}
}

// run computes steps, one a trial, with inputs in[trial][input]; alias is the input whose memory the output takes, or -1.
func (m *machine) run(k Kernel, steps []kernel.Step, seeds []uint64, step uint64, in [][][]float32, gap, alias int) [][]float32 {
	m.Helper()
	defer m.free(len(m.owned))
	b := &Binding{Env: m.env(seeds, step), Steps: steps}
	for i := range in[0] {
		if r, ok := k.(kernel.Reader); ok && !r.Reads(i) && i != alias {
			b.In = append(b.In, Operand{})
			continue
		}
		var list [][]float32
		for t := range in {
			list = append(list, in[t][i])
		}
		b.In = append(b.In, stacked(m, list, gap))
	}
	n := steps[0].Out.Size()
	empty := make([][]float32, len(steps))
	for t := range empty {
		empty[t] = make([]float32, n)
		for i := range empty[t] {
			empty[t][i] = float32(math.NaN())
		}
	}
	if alias >= 0 {
		b.Out = b.In[alias]
	} else {
		b.Out = stacked(m, empty, gap)
	}
	if s := k.Scratch(); s > 0 {
		list := make([][]float32, len(steps))
		for t := range list {
			list[t] = make([]float32, s)
			for i := range list[t] {
				list[t][i] = float32(math.NaN())
			}
		}
		b.Scratch = stacked(m, list, gap)
	}
	job, err := k.Bind(b)
	m.ok(err)
	m.ok(job(m.stream))
	m.ok(m.stream.Wait())
	out := make([][]float32, len(steps))
	all := download[float32](m, b.Out.At, len(steps)*(n+gap))
	for t := range out {
		out[t] = all[t*(n+gap):][:n]
		for i, v := range all[t*(n+gap)+n:][:gap] {
			if v == v {
				m.Fatalf("%s writes %d floats behind the output of trial %d", steps[0].Op, i+1, t)
			}
		}
	}
	return out
}

func compiled(t testing.TB, s kernel.Step) Kernel {
	t.Helper()
	k, err := New().Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return k.(Kernel)
}
