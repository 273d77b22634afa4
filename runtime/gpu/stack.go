package gpu

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/netc-lang/netc/runtime/device"
)

// stack is the runs that are trained together.
type stack struct {
	pool    *Pool
	seats   []*seat // by trial
	machine *machine
	failed  error
}

// form divides the lobby into stacks.
func (p *Pool) form() {
	// Who arrives first is chance; who sits where is not.
	slices.SortStableFunc(p.lobby, func(a, b *seat) int {
		x, y := a.setup, b.setup
		return cmp.Or(cmp.Compare(x.Identity, y.Identity), cmp.Compare(x.Seeds.Init, y.Seeds.Init), cmp.Compare(x.Seeds.Order, y.Seeds.Order),
			cmp.Compare(x.Seeds.Augment, y.Seeds.Augment), cmp.Compare(x.Seeds.Masks, y.Seeds.Masks), a.ticket.number-b.ticket.number)
	})
	var groups [][]*seat
	for _, s := range p.lobby {
		found := false
		for i, g := range groups {
			if s.joins(g) {
				groups[i], found = append(g, s), true
				break
			}
		}
		if !found {
			groups = append(groups, []*seat{s})
		}
	}
	p.lobby = nil
	// One compilation serves all.
	var all users
	for _, g := range groups {
		u := widest(g).shape.users
		all.common, all.network = append(all.common, u.common...), append(all.network, u.network...)
	}
	if _, err := p.modules.both(p.device, all); err != nil {
		for _, g := range groups {
			p.refuse(g, err)
		}
		return
	}
	for _, g := range groups {
		most, err := p.fit(g)
		if err != nil {
			p.refuse(g, err)
			continue
		}
		p.divide(g, (len(g)+most-1)/most)
	}
}

// refuse tells seats that they cannot begin.
func (p *Pool) refuse(seats []*seat, err error) {
	for _, s := range seats {
		s.begun <- err
	}
	if errors.Is(err, device.ErrLost) {
		p.breakDown(err)
	}
}

// widest is the seat whose augmentations are those of all.
func widest(group []*seat) *seat {
	most := group[0]
	for _, s := range group {
		if len(s.setup.Pipeline.Forms()) > len(most.setup.Pipeline.Forms()) {
			most = s
		}
	}
	return most
}

// divide makes so many stacks of a group, of nearly equal sizes.
func (p *Pool) divide(group []*seat, stacks int) {
	for i := range stacks {
		s := &stack{pool: p, seats: group[i*len(group)/stacks : (i+1)*len(group)/stacks]}
		for t, seat := range s.seats {
			seat.trial = t
		}
		p.waiting = append(p.waiting, s)
	}
}

// free is the device memory for stacks, in bytes: what is free but for a reserve, which libraries and recordings take from.
func (p *Pool) free() (int64, error) {
	free, total, err := p.device.Memory()
	return free - total/32, err
}

// fit says how many of a group's trials fit into memory at once when there is nothing but their data.
func (p *Pool) fit(group []*seat) (int, error) {
	free, err := p.free()
	if err != nil {
		return 0, err
	}
	for _, s := range p.stacks {
		free += s.machine.bytes
	}
	shape := widest(group).shape
	missing := p.data.missing(shape.setup.Data)
	free -= missing
	if need := shape.bytes(1); need > free {
		return 0, fmt.Errorf("%w: training takes %s beside %s of data, and %s has %s for both; take a smaller batch or network, or --device cpu",
			device.ErrOutOfMemory, size(need), size(missing), p.info.Name, size(max(free+missing, 0)))
	}
	low, high := 1, len(group) // low fits
	for low < high {
		mid := (low + high + 1) / 2
		if shape.bytes(mid) <= free {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, nil
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
}

// admit brings the first of the waiting stacks into memory where there is room.
func (p *Pool) admit() bool {
	s := p.waiting[0]
	if s.empty() { // given up while it waited
		p.waiting = p.waiting[1:]
		return true
	}
	if len(p.stacks) > 0 {
		free, err := p.free()
		shape := widest(s.seats).shape
		if err != nil || shape.bytes(len(s.seats))+p.data.missing(shape.setup.Data) > free {
			return false // until another stack ends; an error shows itself there
		}
	}
	p.waiting = p.waiting[1:]
	m, err := p.build(s.seats)
	switch {
	case errors.Is(err, device.ErrOutOfMemory) && len(p.stacks) > 0:
		p.waiting = append([]*stack{s}, p.waiting...)
		return false
	case errors.Is(err, device.ErrOutOfMemory) && len(s.seats) > 1: // the estimate was too hopeful
		p.divide(s.seats, 2)
		return true
	case err != nil:
		p.refuse(s.seats, err)
		return true
	}
	s.machine = m
	p.stacks = append(p.stacks, s)
	p.report.Trials += len(s.seats)
	p.report.Stacks++
	p.report.Most = max(p.report.Most, len(s.seats))
	for _, seat := range s.seats {
		seat.stack, seat.ticket.stacked = s, len(s.seats)
		seat.begun <- nil
	}
	s.leave() // those that have given up meanwhile
	return true
}

// ready reports whether every seat that is still taken has asked for something.
func (s *stack) ready() bool {
	if s.failed != nil {
		return false
	}
	for _, seat := range s.seats {
		if !seat.left && seat.pending == nil {
			return false
		}
	}
	return !s.empty()
}

// empty reports whether every seat is left.
func (s *stack) empty() bool {
	for _, seat := range s.seats {
		if !seat.left {
			return false
		}
	}
	return true
}

// leave frees the memory when the last seat is left.
func (s *stack) leave() {
	if !s.empty() {
		return
	}
	for i, other := range s.pool.stacks {
		if other == s {
			s.pool.stacks = append(s.pool.stacks[:i:i], s.pool.stacks[i+1:]...)
			if err := s.release(); err != nil {
				s.pool.breakDown(err)
			}
			return
		}
	}
}

func (s *stack) release() error {
	m := s.machine
	s.machine = nil
	if m == nil {
		return nil
	}
	return m.release()
}

// fail answers everything that was and will be asked with an error.
func (s *stack) fail(err error) {
	if s.failed != nil {
		return
	}
	s.failed = err
	for _, seat := range s.seats {
		if seat.stack == nil {
			seat.begun <- err
		}
		s.answer(seat, answer{err: err})
	}
}

func (s *stack) answer(seat *seat, a answer) {
	if r := seat.pending; r != nil {
		seat.pending = nil
		r.reply <- a
	}
}

// asked lists the seats that ask for a thing that pick accepts.
func (s *stack) asked(pick func(*request) bool) []*seat {
	var list []*seat
	for _, seat := range s.seats {
		if !seat.left && seat.pending != nil && pick(seat.pending) {
			list = append(list, seat)
		}
	}
	return list
}

// serve does what the seats ask for. Training waits until all ask for it, as it changes the values of every trial.
func (s *stack) serve() {
	err := s.serveOthers()
	if err == nil && len(s.asked(func(r *request) bool { return r.kind != training })) == 0 && s.ready() {
		err = s.train()
	}
	if err != nil {
		if errors.Is(err, device.ErrLost) {
			s.pool.breakDown(err)
		}
		s.fail(err)
	}
}

// serveOthers answers everything but training.
func (s *stack) serveOthers() error {
	for _, seat := range s.asked(func(r *request) bool { return r.kind > evaluation }) {
		var err error
		switch r := seat.pending; r.kind {
		case keeping:
			err = s.machine.keep(seat.trial)
		case restoring:
			err = s.machine.restore(seat.trial)
		case pulling:
			err = s.machine.pull(seat, r.whole)
		}
		if err != nil {
			return err
		}
		s.answer(seat, answer{})
	}
	first := s.asked(func(r *request) bool { return r.kind == evaluation })
	if len(first) == 0 || !s.ready() { // the others may want the same evaluation
		return nil
	}
	want := first[0].pending
	batches, err := s.machine.evaluate(want.part, want.from)
	if err != nil {
		return err
	}
	for _, seat := range s.asked(func(r *request) bool { return r.kind == evaluation && r.part == want.part && r.from == want.from }) {
		s.answer(seat, answer{batches: batches, notes: s.machine.notesOf(seat.trial)})
	}
	return nil
}

// steps is the number of steps that the trials have taken, those that are still trained.
func (s *stack) steps() int64 {
	var n int64
	for _, seat := range s.seats {
		if !seat.left {
			n = max(n, seat.steps)
		}
	}
	return n
}

// train takes the steps that every seat asks for.
func (s *stack) train() error {
	active := s.asked(func(r *request) bool { return r.kind == training })
	want := active[0].pending
	steps := s.machine.chunk
	for _, seat := range active {
		r := seat.pending
		if r.Epoch != want.Epoch || r.Batch != want.Batch || r.First != want.First {
			return fmt.Errorf("internal error: seats of one stack are at steps %d and %d", r.First, want.First)
		}
		steps = min(steps, r.Steps)
	}
	if err := s.machine.train(active, steps); err != nil {
		return err
	}
	for _, seat := range active {
		s.answer(seat, answer{batches: steps, notes: s.machine.notesOf(seat.trial)})
	}
	return nil
}
