package host

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/netc-lang/netc/runtime/device"
)

// stream does work at once, or records it.
type stream struct {
	device *Device
	record *graph // nil unless it records
}

// graph is recorded work.
type graph struct {
	jobs   []func() error
	closed bool
}

func (g *graph) Close() error {
	g.jobs, g.closed = nil, true
	return nil
}

// do does a job, or records it.
func (s *stream) do(job func() error) error {
	if s.device.closed {
		return errors.New("the device is closed")
	}
	if s.record != nil {
		s.record.jobs = append(s.record.jobs, job)
		return nil
	}
	return job()
}

// now reports an operation that a recording cannot hold.
func (s *stream) now(what string) error {
	if s.record != nil {
		return fmt.Errorf("%s while the stream records: only work of the device can be recorded", what)
	}
	if s.device.closed {
		return fmt.Errorf("%s: the device is closed", what)
	}
	return nil
}

func (s *stream) Upload(dst device.Pointer, src []byte) error {
	if err := s.now("Upload"); err != nil {
		return err
	}
	to, err := s.device.memory.slice("Upload", dst, int64(len(src)))
	copy(to, src)
	return err
}

func (s *stream) Download(dst []byte, src device.Pointer) error {
	if err := s.now("Download"); err != nil {
		return err
	}
	from, err := s.device.memory.slice("Download", src, int64(len(dst)))
	copy(dst, from)
	return err
}

func (s *stream) Copy(dst, src device.Pointer, bytes int64) error {
	return s.do(func() error {
		to, err := s.device.memory.slice("Copy to", dst, bytes)
		if err != nil {
			return err
		}
		from, err := s.device.memory.slice("Copy from", src, bytes)
		copy(to, from)
		return err
	})
}

func (s *stream) Fill(dst device.Pointer, word uint32, n int64) error {
	return s.do(func() error {
		to, err := s.device.memory.slice("Fill", dst, 4*n)
		fill(to, word)
		return err
	})
}

// limits of a launch, those of compute capability 8.0 but for shared memory, of which more is allowed on no card.
const (
	maxThreads = 1024
	maxGridYZ  = 65535
	maxShared  = 227 << 10
)

func (s *stream) Launch(l device.Launch) error {
	f, ok := l.Function.(*function)
	if !ok || f.module.device != s.device {
		return fmt.Errorf("the kernel %v was not built by this device", l.Function)
	}
	for _, d := range []device.Dim{l.Grid, l.Block} {
		if d.X < 1 || d.Y < 1 || d.Z < 1 {
			return fmt.Errorf("%s: a grid of %v blocks of %v threads; every extent must be at least 1", f.name, l.Grid, l.Block)
		}
	}
	switch {
	case l.Block.X*l.Block.Y*l.Block.Z > maxThreads || l.Block.Z > 64:
		return fmt.Errorf("%s: a block of %v threads; there can be %d, and 64 in the third direction", f.name, l.Block, maxThreads)
	case l.Grid.Y > maxGridYZ || l.Grid.Z > maxGridYZ || l.Grid.X > 1<<31-1:
		return fmt.Errorf("%s: a grid of %v blocks; there can be %d in the second and third direction", f.name, l.Grid, maxGridYZ)
	case l.Shared < 0 || l.Shared > maxShared:
		return fmt.Errorf("%s: %d bytes of shared memory; there can be %d", f.name, l.Shared, maxShared)
	case len(l.Args) != len(f.sizes):
		return fmt.Errorf("%s takes %d arguments, got %d", f.name, len(f.sizes), len(l.Args))
	}
	call := &call{function: f, grid: l.Grid, block: l.Block}
	for i, a := range l.Args {
		v := reflect.ValueOf(a)
		if !v.IsValid() || !plain(v.Type()) {
			return fmt.Errorf("%s: argument %d is a %T; it must be a pointer of the device, int32, uint32, int64, uint64, float32, or a struct of these", f.name, i, a)
		}
		if int(v.Type().Size()) != f.sizes[i] {
			return fmt.Errorf("%s: argument %d is a %T of %d bytes; the kernel takes %d", f.name, i, a, v.Type().Size(), f.sizes[i])
		}
		held := reflect.New(v.Type())
		held.Elem().Set(v)
		call.args = append(call.args, held.UnsafePointer())
		pointers(v, func(p device.Pointer) { call.pointers = append(call.pointers, p) })
	}
	return s.do(func() error { return s.device.call(call) })
}

// plain reports whether values of a type may be arguments.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Int32, reflect.Uint32, reflect.Int64, reflect.Uint64, reflect.Float32:
		return true
	case reflect.Array:
		return plain(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

var pointerType = reflect.TypeFor[device.Pointer]()

// pointers visits the pointers of an argument.
func pointers(v reflect.Value, f func(device.Pointer)) {
	switch {
	case v.Type() == pointerType:
		f(device.Pointer(v.Uint()))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			pointers(v.Field(i), f)
		}
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			pointers(v.Index(i), f)
		}
	}
}

func (s *stream) Gemm(g device.Gemm) error {
	return s.do(func() error { return s.device.gemm(g) })
}

// Conv is not there: kernels of the caller's own are what the host device is for.
func (s *stream) Conv(device.Conv) error {
	return fmt.Errorf("%w: the host device has no library for convolutions", device.ErrUnsupported)
}

func (s *stream) BeginCapture() error {
	if s.device.capturing != nil {
		return errors.New("BeginCapture: a stream of this device records already")
	}
	s.record = &graph{}
	s.device.capturing = s
	return nil
}

func (s *stream) EndCapture() (device.Graph, error) {
	if s.record == nil {
		return nil, errors.New("EndCapture: the stream does not record")
	}
	g := s.record
	s.record, s.device.capturing = nil, nil
	return g, nil
}

func (s *stream) Replay(g device.Graph) error {
	if err := s.now("Replay"); err != nil {
		return err
	}
	own, ok := g.(*graph)
	if !ok {
		return fmt.Errorf("Replay: the recording %T is another driver's", g)
	}
	if own.closed {
		return errors.New("Replay: the recording is closed")
	}
	for _, job := range own.jobs {
		if err := job(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) Record(e device.Event) error {
	if err := s.now("Record"); err != nil {
		return err
	}
	own, ok := e.(*event)
	if !ok {
		return fmt.Errorf("Record: the event %T is another driver's", e)
	}
	own.at = time.Now()
	return nil
}

func (s *stream) Wait() error { return s.now("Wait") }

func (s *stream) Close() error {
	if s.record != nil {
		s.record, s.device.capturing = nil, nil
	}
	return nil
}

// event is a time.
type event struct{ at time.Time }

func (e *event) Since(earlier device.Event) (float64, error) {
	from, ok := earlier.(*event)
	if !ok || from.at.IsZero() || e.at.IsZero() {
		return 0, errors.New("Since: both events must have been recorded")
	}
	return float64(e.at.Sub(from.at).Nanoseconds()) / 1e6, nil
}

func (e *event) Close() error { return nil }
