package nvidia

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
)

// Stream is a queue of work. Calls that queue hand their work to the device's thread and return; an error of theirs comes from
// a later call, and once more from the next that waits. After an error nothing is queued until the stream was waited for.
type Stream struct {
	device    *Device
	handle    uintptr
	closed    bool
	capturing bool

	blas *blasHandle // made when it is first needed
	dnn  *dnnHandle

	dnnFailed error // why cuDNN does not start
	staging   *staging

	mu  sync.Mutex
	err error // of queued work
}

// NewStream makes an empty queue.
func (v *Device) NewStream() (device.Stream, error) {
	s := &Stream{device: v}
	err := v.do(func() error {
		var r Result
		if s.handle, r = v.api.CreateStream(); r != success {
			return v.fail("cuStreamCreate", r, "")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.streams[s] = true
	return s, nil
}

// ready says why nothing can be queued.
func (s *Stream) ready() error {
	if s.closed {
		return fmt.Errorf("%w: the stream was closed", device.ErrLost)
	}
	if err := s.device.ready(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// broken tells whether queued work failed; on the thread.
func (s *Stream) broken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err != nil
}

// settle takes the error of queued work off the stream.
func (s *Stream) settle() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.err
	s.err = nil
	return err
}

// queue hands work to the thread.
func (s *Stream) queue(f func() error) error {
	if err := s.ready(); err != nil {
		return err
	}
	s.device.thread.post(func() {
		if s.broken() {
			return
		}
		if err := f(); err != nil {
			s.broke(err)
		}
	})
	return nil
}

// broke keeps the first error of queued work.
func (s *Stream) broke(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// wait makes calls on the thread after all that was queued, and returns the first error of both.
func (s *Stream) wait(f func() error) error {
	if s.closed {
		return s.ready()
	}
	return s.device.do(func() error {
		if err := s.settle(); err != nil {
			return err
		}
		return f()
	})
}

func (s *Stream) outside(what string) error {
	if s.capturing {
		return fmt.Errorf("%s cannot be recorded: call EndCapture first", what)
	}
	return nil
}

// Upload copies to the device. src is read before Upload returns.
func (s *Stream) Upload(dst device.Pointer, src []byte) error {
	if err := s.outside("an upload"); err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	if len(src) == 0 {
		return nil
	}
	return s.wait(func() error { return s.upload(uint64(dst), src) })
}

// Download waits for the queue and copies from the device.
func (s *Stream) Download(dst []byte, src device.Pointer) error {
	if err := s.outside("a download"); err != nil {
		return err
	}
	return s.wait(func() error {
		v := s.device
		if len(dst) > 0 {
			if r := v.api.CopyFromDevice(unsafe.Pointer(&dst[0]), uint64(src), int64(len(dst)), s.handle); r != success {
				return v.fail("cuMemcpyDtoHAsync", r, size(int64(len(dst))))
			}
		}
		return s.synchronize()
	})
}

func (s *Stream) synchronize() error {
	if r := s.device.api.SynchronizeStream(s.handle); r != success {
		return s.device.fail("cuStreamSynchronize", r, "")
	}
	return nil
}

// Copy queues a copy within the device.
func (s *Stream) Copy(dst, src device.Pointer, bytes int64) error {
	if bytes < 0 {
		return fmt.Errorf("a copy of %d bytes", bytes)
	}
	if bytes == 0 {
		return s.ready()
	}
	return s.queue(func() error {
		if r := s.device.api.CopyOnDevice(uint64(dst), uint64(src), bytes, s.handle); r != success {
			return s.device.fail("cuMemcpyDtoDAsync", r, size(bytes))
		}
		return nil
	})
}

// Fill queues the writing of a 32-bit word n times. dst is a multiple of 4.
func (s *Stream) Fill(dst device.Pointer, word uint32, n int64) error {
	if n < 0 || dst%4 != 0 {
		return fmt.Errorf("a fill of %d words at %#x: neither the number may be negative, nor the address off a multiple of 4", n, uint64(dst))
	}
	if n == 0 {
		return s.ready()
	}
	return s.queue(func() error {
		if r := s.device.api.Fill32(uint64(dst), word, n, s.handle); r != success {
			return s.device.fail("cuMemsetD32Async", r, size(4*n))
		}
		return nil
	})
}

// Launch queues a kernel.
func (s *Stream) Launch(l device.Launch) error {
	f, ok := l.Function.(*Function)
	if !ok || f.module.device != s.device {
		return errors.New("a kernel of another device, or none, cannot be started")
	}
	grid, block := extent(l.Grid), extent(l.Block)
	if err := f.check(grid, block, l.Shared); err != nil {
		return fmt.Errorf("kernel %s: %w", f.name, err)
	}
	args, err := pack(l.Args)
	if err != nil {
		return fmt.Errorf("kernel %s: %w", f.name, err)
	}
	return s.queue(func() error {
		defer args.keep()
		v := s.device
		if !f.module.loaded {
			return fmt.Errorf("kernel %s: its module was unloaded", f.name)
		}
		if err := f.allow(l.Shared); err != nil {
			return err
		}
		if r := v.api.LaunchKernel(f.handle, grid, block, uint32(l.Shared), s.handle, &args.params[0]); r != success {
			return v.fail("cuLaunchKernel", r, fmt.Sprintf("kernel %s, grid %v, block %v, %d bytes of shared memory", f.name, grid, block, l.Shared))
		}
		return nil
	})
}

// extent is a Dim as the driver wants it.
func extent(d device.Dim) [3]uint32 { return [3]uint32{clamp(d.X), clamp(d.Y), clamp(d.Z)} }

// clamp keeps what does not fit from wrapping around; check refuses it then.
func clamp(n int) uint32 {
	if n < 0 || n > 1<<31-1 {
		return 0
	}
	return uint32(n)
}

// BeginCapture starts to record. What libraries load when they are first used is loaded before: work should have been done once,
// unrecorded, before it is recorded.
func (s *Stream) BeginCapture() error {
	if err := s.outside("a recording"); err != nil {
		return err
	}
	err := s.wait(func() error {
		// cuBLAS takes memory and loads kernels when it starts, which is no part of a recording.
		if err := s.startBlas(); err != nil {
			return err
		}
		if r := s.device.api.BeginCapture(s.handle); r != success {
			return s.device.fail("cuStreamBeginCapture", r, "")
		}
		return nil
	})
	s.capturing = err == nil
	return err
}

// EndCapture gives the recording.
func (s *Stream) EndCapture() (device.Graph, error) {
	if !s.capturing {
		return nil, errors.New("EndCapture without BeginCapture")
	}
	s.capturing = false
	v := s.device
	g := &Graph{device: v}
	err := v.do(func() error {
		graph, r := v.api.EndCapture(s.handle)
		if err := s.settle(); err != nil {
			if r == success {
				v.api.DestroyGraph(graph)
			}
			return err
		}
		if r != success {
			return v.fail("cuStreamEndCapture", r, "")
		}
		defer v.api.DestroyGraph(graph)
		if g.exec, r = v.api.Instantiate(graph); r != success {
			return v.fail("cuGraphInstantiate", r, "")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.graphs[g] = true
	return g, nil
}

// Graph is a recording.
type Graph struct {
	device *Device
	exec   uintptr
}

// Close gives the recording back, after work of it that is queued was done.
func (g *Graph) Close() error {
	v := g.device
	if !v.graphs[g] {
		return nil
	}
	delete(v.graphs, g)
	return v.do(func() error {
		v.idle()
		if r := v.api.DestroyExec(g.exec); r != success {
			return v.fail("cuGraphExecDestroy", r, "")
		}
		return nil
	})
}

// Replay queues a recording.
func (s *Stream) Replay(graph device.Graph) error {
	g, ok := graph.(*Graph)
	if !ok || g.device != s.device || !s.device.graphs[g] {
		return errors.New("a recording of another device, or one that was closed, cannot be replayed")
	}
	if err := s.outside("a replay"); err != nil {
		return err
	}
	return s.queue(func() error {
		if r := s.device.api.LaunchGraph(g.exec, s.handle); r != success {
			return s.device.fail("cuGraphLaunch", r, "")
		}
		return nil
	})
}

// Record queues a mark.
func (s *Stream) Record(event device.Event) error {
	e, ok := event.(*Event)
	if !ok || e.device != s.device {
		return errors.New("a mark of another device cannot be put into the stream")
	}
	if err := s.outside("a mark"); err != nil {
		return err
	}
	return s.queue(func() error {
		if r := s.device.api.RecordEvent(e.handle, s.handle); r != success {
			return s.device.fail("cuEventRecord", r, "")
		}
		return nil
	})
}

// Wait blocks until everything that was queued is done.
func (s *Stream) Wait() error {
	if err := s.outside("waiting"); err != nil {
		return err
	}
	return s.wait(s.synchronize)
}

// Close gives the stream back, after what was queued is done. Errors of queued work that nobody asked for come from here.
func (s *Stream) Close() error {
	if s.closed {
		return nil
	}
	var ended error
	if s.capturing {
		if g, err := s.EndCapture(); err == nil {
			ended = g.Close()
		}
	}
	v := s.device
	err := v.do(func() error {
		errs := []error{s.settle(), s.synchronize(), s.endBlas(), s.endDnn(), s.endStaging()}
		if r := v.api.DestroyStream(s.handle); r != success {
			errs = append(errs, v.fail("cuStreamDestroy", r, ""))
		}
		return errors.Join(errs...)
	})
	s.closed = true
	delete(v.streams, s)
	return errors.Join(ended, err)
}
