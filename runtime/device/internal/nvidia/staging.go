package nvidia

import (
	"errors"
	"unsafe"
)

// staging is memory of the host that the card reads by itself. Uploads go through it in chunks: the source is copied at
// once and may change afterwards, and the next chunk is copied while the card still fetches the one before.
type staging struct {
	at    unsafe.Pointer
	slots [stagingSlots]struct {
		event uintptr
		used  bool
	}
	next int
}

const (
	stagingSlots = 4
	stagingSlot  = 1 << 20 // bytes
)

// upload queues the copy of all chunks; on the thread.
func (s *Stream) upload(dst uint64, src []byte) error {
	v := s.device
	if s.staging == nil {
		g := &staging{}
		var r Result
		if g.at, r = v.api.AllocHost(stagingSlots * stagingSlot); r != success {
			return v.fail("cuMemAllocHost", r, size(stagingSlots*stagingSlot))
		}
		for i := range g.slots {
			if g.slots[i].event, r = v.api.CreateEvent(); r != success {
				s.staging = g // for what there is to be given back
				err := v.fail("cuEventCreate", r, "")
				return errors.Join(err, s.endStaging())
			}
		}
		s.staging = g
	}
	g := s.staging
	for len(src) > 0 {
		slot := &g.slots[g.next]
		if slot.used {
			if r := v.api.SynchronizeEvent(slot.event); r != success {
				return v.fail("cuEventSynchronize", r, "")
			}
		}
		at := unsafe.Add(g.at, g.next*stagingSlot)
		n := copy(unsafe.Slice((*byte)(at), stagingSlot), src)
		if r := v.api.CopyToDevice(dst, at, int64(n), s.handle); r != success {
			return v.fail("cuMemcpyHtoDAsync", r, size(int64(n)))
		}
		if r := v.api.RecordEvent(slot.event, s.handle); r != success {
			return v.fail("cuEventRecord", r, "")
		}
		slot.used = true
		g.next = (g.next + 1) % stagingSlots
		dst += uint64(n)
		src = src[n:]
	}
	return nil
}

// endStaging gives the memory back; on the thread, with nothing queued.
func (s *Stream) endStaging() error {
	g, v := s.staging, s.device
	if g == nil {
		return nil
	}
	s.staging = nil
	var errs []error
	for _, slot := range g.slots {
		if slot.event == 0 {
			continue
		}
		if r := v.api.DestroyEvent(slot.event); r != success {
			errs = append(errs, v.fail("cuEventDestroy", r, ""))
		}
	}
	if r := v.api.FreeHost(g.at); r != success {
		errs = append(errs, v.fail("cuMemFreeHost", r, ""))
	}
	return errors.Join(errs...)
}
