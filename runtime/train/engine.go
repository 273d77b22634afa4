package train

import (
	"context"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/optim"
)

// Executor says where runs are carried out: on the processor, or on a device. It may serve several runs at a time.
type Executor interface {
	// Backend makes the kernels of the plans.
	Backend() kernel.Backend
	// Open prepares an engine for one run, which begins with Setup.Values. What is dear is left to the engine's first use.
	Open(*Setup) (Engine, error)
}

// NotStarted is the error of a run that could not be begun where it was to be carried out: nothing has been trained, and it may be
// carried out elsewhere.
type NotStarted struct{ Err error }

func (e *NotStarted) Error() string { return e.Err.Error() }
func (e *NotStarted) Unwrap() error { return e.Err }

// Engine takes the steps of one run and holds all that they change. When to stop, what to measure and what to save is
// the run's business.
type Engine interface {
	// Start makes ready for the first step. An error that comes from here leaves nothing done.
	Start(context.Context) error

	// Train takes steps and calls took for each, in order, perhaps only when many are done; what it is given holds until it
	// returns. The error is a *NonFinite for a loss that is not finite, after the calls for the steps before, and the context's where
	// it was cancelled, after the calls for the steps taken by then.
	Train(ctx context.Context, s Stretch, took func(*Measured)) error

	// Evaluate measures a part in evaluation mode, batch by batch in the part's order. The error is a *NonFinite
	// for a loss that is not finite.
	Evaluate(ctx context.Context, p *data.Part, each func(*Measured)) error

	// Keep remembers the evaluated values as the best; Restore makes the best the evaluated values.
	Keep() error
	Restore() error

	// State is what the engine holds, the same at each call. Pull brings it up to date, with what only a checkpoint needs (State.Best
	// and State.Optimizer) where whole is set. What is written into a whole state counts after Push, which comes
	// before Start.
	State() *State
	Pull(whole bool) error
	Push() error

	// Memory is what the run takes, in bytes.
	Memory() int64
	Close()
}

// Setup is a run before its first step, for an engine to carry out.
type Setup struct {
	// Full is the network in training mode on a whole batch, Tail on the smaller last batch, Eval in evaluation mode. Tail and
	// Eval are nil where there is none.
	Full, Tail, Eval *Unit

	Layout *Layout
	Values []float32 // the first parameters and states, which the engine may take as its own

	Rule     optim.Rule
	Clip     optim.Clip
	Segments []optim.Segment // one for each parameter, in order
	Average  *Average        // nil without `ema`
	Best     bool            // Keep will be called

	Identity string // of program and data, as in Config
	Seeds    Seeds
	Part     *data.Part        // trained on
	Pipeline *augment.Pipeline // may be empty
	Loader   *data.Loader      // of Part: order and batches
	Data     *data.Dataset
	PerEpoch int // batches of an epoch
	Epochs   int

	Precision string // of matrix products: fp32, tf32, bf16
	Threads   int    // of the processor
}

// Unit is a network made ready for one mode and batch size.
type Unit struct {
	Net  *network.Network
	Plan *exec.Plan
}

// Average is the setting of `ema`; see optim.Average.
type Average struct {
	Decay  float64
	Warmup bool
}

// Stretch is some steps of an epoch, one batch after the other.
type Stretch struct {
	Epoch, Batch int // counted from 0; the first batch
	Steps        int
	First        int64 // steps taken before
	// Rate is the learning rate of a step, counted from 0 over the whole run.
	Rate func(step int64) float64
}

// Measured is what the forward pass of a batch gave.
type Measured struct {
	Index   int // of the batch, in its epoch or part
	N       int // examples
	Loss    float64
	Rate    float64 // of the step, in training
	Outputs []Rows  // of each measured output
	// Y are the targets, N rows of Targets numbers, as augmentation has left them. It is nil where the network has none.
	Y       []float32
	Targets int
}

// Rows are N rows of an output: predictions and the loss of each example. The slices may be longer.
type Rows struct{ Logits, Losses []float32 }

// State is all that training changes. Buffers of values are laid out by Layout; those of the optimizer by its own names.
type State struct {
	Values    []float32
	Average   []float32 // nil without `ema`
	Best      []float32 // nil without Setup.Best
	Optimizer []optim.Tensor
	Counters  optim.Counters
	Averaged  int64           // updates of the average
	Augmented []augment.Count // by this process
}

// Evaluated are the values that evaluation reads: the average where there is one.
func (s *State) Evaluated() []float32 {
	if s.Average != nil {
		return s.Average
	}
	return s.Values
}

// NonFinite is the error of a loss that became NaN or infinite.
type NonFinite struct {
	Index int         // of the batch, in its epoch or part
	Fault *exec.Fault // the first such number; nil where it was not found
	Err   error       // why it was not looked for
}

func (e *NonFinite) Error() string {
	if e.Fault != nil {
		return fmt.Sprintf("the loss of batch %d is not finite: %v", e.Index+1, *e.Fault)
	}
	return fmt.Sprintf("the loss of batch %d is not finite", e.Index+1)
}

// Output is one measured output of a network.
type Output struct {
	*network.Output
	Column int  // of the data's targets; -1 for all of them
	Held   bool // it is held against the data's targets
}

// Logits and Losses name the program's outputs that hold the rows.
func (o *Output) Logits() string { return "logits/" + o.Name }
func (o *Output) Losses() string { return "loss/" + o.Name }

// Width is the number of predictions of an example.
func (o *Output) Width() int { return o.Output.Logits.Dims.Last() }

// MeasuredOutputs lists the outputs of a network that are measured, in the order of Measured.Outputs.
func MeasuredOutputs(n *network.Network) []Output {
	var list []Output
	for _, o := range n.Outputs {
		if o.Auxiliary || o.Loss == nil {
			continue
		}
		out := Output{Output: o, Column: -1, Held: o.Target != ""}
		if strings.HasPrefix(o.Target, "y/") {
			out.Column = o.Column
		}
		list = append(list, out)
	}
	return list
}
