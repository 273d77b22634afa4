package schedule

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// Span is the part of a run that a schedule fills: steps [From, Total), in epochs of PerEpoch steps.
type Span struct {
	From, Total, PerEpoch int64
}

// curve gives the factor at a step of its span.
type curve interface {
	factor(step int64) float64
}

type spec struct {
	signature catalog.Signature
	make      func(n *model.Node, s Span) (curve, diag.List)
}

var specs []spec

func register(s spec) spec { specs = append(specs, s); return s }

// Signatures lists the schedules for the catalog.
func Signatures() []catalog.Signature {
	var list []catalog.Signature
	for _, s := range specs {
		list = append(list, s.signature)
	}
	return list
}

// Schedule is the course of the learning rate over one run. Only plateau has a state, which State and Restore carry
// across a resume.
type Schedule struct {
	warmup  int64
	curve   curve
	plateau *plateau
}

// New makes the schedule of a run of total steps in epochs of perEpoch steps. n is the schedule's
// constructor and warmup the warmup's length; either may be nil. The list holds warnings about settings that
// cannot act ("the warmup is as long as the run").
func New(n *model.Node, warmup *model.Value, total, perEpoch int64) (*Schedule, diag.List) {
	s := &Schedule{curve: flat{}}
	var list diag.List
	if warmup != nil {
		s.warmup = Steps(*warmup, total, perEpoch)
		if s.warmup >= total {
			list.Add(diag.Warnf(LongWarmup, warmup.Span, "the warmup of %d steps is as long as the run of %d: the learning rate reaches its full value in the last step at most", s.warmup, total).
				WithHelp("shorten it, say `warmup 5%%`, or train for more epochs"))
		}
	}
	if n == nil {
		return s, list
	}
	for _, c := range specs {
		if c.signature.Name != n.Name {
			continue
		}
		curve, warnings := c.make(n, Span{From: min(s.warmup, total), Total: total, PerEpoch: perEpoch})
		s.curve = curve
		s.plateau, _ = curve.(*plateau)
		return s, append(list, warnings...)
	}
	list.Add(diag.Errorf(UnknownSchedule, n.Span, "there is no schedule %s", n.Name))
	return s, list
}

// Steps resolves a length of training: epochs and steps as they are, % of the total. Halves round to the
// even step.
func Steps(v model.Value, total, perEpoch int64) int64 {
	switch v.Unit {
	case "%":
		return int64(math.RoundToEven(v.Num * float64(total)))
	case "epochs":
		return int64(math.RoundToEven(v.Num * float64(perEpoch)))
	}
	return int64(math.RoundToEven(v.Num))
}

// Warmup is the number of steps that the warmup takes.
func (s *Schedule) Warmup() int64 { return s.warmup }

// Factor is what the base rate is multiplied by at a step, counted from 0.
func (s *Schedule) Factor(step int64) float64 {
	if step < s.warmup {
		return float64(step+1) / float64(s.warmup)
	}
	return s.curve.factor(step)
}

// Watches is the metric that the schedule must be told at the end of every epoch, say valid.loss; "" where it needs none.
func (s *Schedule) Watches() string {
	if s.plateau == nil {
		return ""
	}
	return s.plateau.on
}

// Observe tells the schedule the watched metric at the end of an epoch; lower says that smaller is better. It
// reports whether the rate was reduced.
func (s *Schedule) Observe(value float64, lower bool) bool {
	return s.plateau != nil && s.plateau.observe(value, lower)
}

// State is what a resumed run needs beside the settings; empty for all but plateau.
func (s *Schedule) State() []float64 {
	if s.plateau == nil {
		return nil
	}
	return s.plateau.state()
}

// Restore takes back what State gave.
func (s *Schedule) Restore(state []float64) error {
	want := len(s.State())
	if len(state) != want {
		return fmt.Errorf("the schedule's state has %d numbers, not %d", len(state), want)
	}
	if s.plateau != nil {
		s.plateau.restore(state)
	}
	return nil
}

// share is how far a step is in the span, in [0, 1).
func (s Span) share(step int64) float64 {
	return float64(step-s.From) / float64(s.Total-s.From)
}

// milestone resolves a length inside the span to a step of the run.
func (s Span) milestone(v model.Value) int64 {
	if v.Unit == "%" {
		return s.From + int64(math.RoundToEven(v.Num*float64(s.Total-s.From)))
	}
	return Steps(v, s.Total, s.PerEpoch)
}
