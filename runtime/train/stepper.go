package train

import (
	"errors"

	"github.com/netc-lang/netc/runtime/data"
)

// Stepper takes training steps one at a time on one batch that stays in memory, for measurements: the very step of a run,
// from the batch to the changed weights, without the loading of data and without epochs.
type Stepper struct {
	t *trainer
	h *host
	b *data.Batch
}

// NewStepper prepares a run and takes its first batch.
func NewStepper(cfg Config) (*Stepper, error) {
	t, err := prepare(cfg)
	if err != nil {
		if t != nil {
			t.close()
		}
		return nil, err
	}
	h, ok := t.engine.(*host)
	if !ok {
		t.close()
		return nil, errors.New("a stepper takes steps on the processor")
	}
	t.loader.StartEpoch(0, 0)
	b, ok := t.loader.Next()
	if !ok {
		t.close()
		return nil, errors.New("the training part holds no batch")
	}
	return &Stepper{t, h, b}, nil
}

// Step takes one step. It fails when the loss is no longer finite.
func (s *Stepper) Step() error {
	u, err := s.h.step(s.b, s.t.step, s.t.rateOf(s.t.step))
	if err != nil {
		return err
	}
	s.t.stepped(&u.measured)
	return nil
}

// Loss is the loss of the last step.
func (s *Stepper) Loss() float64 { return float64(s.h.full.loss[0]) }

// Memory is what the run takes, in bytes.
func (s *Stepper) Memory() int64 { return s.t.memory }

// Close ends the run's threads.
func (s *Stepper) Close() { s.t.close() }
