package study

import "github.com/netc-lang/netc/runtime/gpu"

// Stacked says how trials were stacked on a graphics card in one session or several.
type Stacked struct {
	Device string `json:"device"` // its name
	Trials int    `json:"trials"` // trained there
	Stacks int    `json:"stacks"`
}

// String says it in words: "36 trials in 4 stacks on NVIDIA H100 80GB HBM3".
func (s *Stacked) String() string {
	return gpu.Report{Device: s.Device, Trials: s.Trials, Stacks: s.Stacks}.String()
}

// stacker is a trainer that stacks trials.
type stacker interface{ Stacked() *Stacked }

// maxWave bounds the trials of a wave: what each keeps on this side of the device adds up too.
const maxWave = 1024

// Wave implements Together: on a device all trials that come next are trained at once.
func (s *Study) Wave(most int) int {
	if s.ask.Device == nil {
		return 0
	}
	s.seats.Lock()
	defer s.seats.Unlock()
	for _, t := range s.tickets { // of a wave that was called off
		t.Release()
	}
	n := min(most, maxWave)
	s.tickets = s.ask.Device.Tickets(n)
	return n
}

// Stacked says what was stacked since Prepare; nil without a device.
func (s *Study) Stacked() *Stacked {
	if s.ask.Device == nil {
		return nil
	}
	r := s.ask.Device.Report()
	return &Stacked{Device: r.Device, Trials: r.Trials - s.before.Trials, Stacks: r.Stacks - s.before.Stacks}
}

// ticket takes one of the wave's tickets.
func (s *Study) ticket() *gpu.Ticket {
	s.seats.Lock()
	defer s.seats.Unlock()
	if len(s.tickets) == 0 {
		return s.ask.Device.Tickets(1)[0]
	}
	t := s.tickets[0]
	s.tickets = s.tickets[1:]
	return t
}

// stack adds another session's stacks to those so far.
func (s *Spent) stack(more *Stacked) {
	if more == nil || more.Trials == 0 {
		return
	}
	for _, have := range s.Stacked {
		if have.Device == more.Device {
			have.Trials += more.Trials
			have.Stacks += more.Stacks
			return
		}
	}
	one := *more
	s.Stacked = append(s.Stacked, &one)
}
