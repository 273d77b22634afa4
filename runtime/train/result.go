package train

import (
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/report"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// Status says how a run ended.
type Status string

// The ends of a run.
const (
	Finished    Status = "finished"      // all epochs
	StoppedOnce Status = "stopped early" // by its stopping rule
	Interrupted Status = "interrupted"   // its context was cancelled; a checkpoint was saved where there is a store
	Diverged    Status = "diverged"      // the loss became NaN or infinite
)

// Result is what a run has come to. Its JSON form is the run's summary.
type Result struct {
	Status     Status        `json:"status"`
	Seed       uint64        `json:"seed"`   // the program's
	Epochs     int           `json:"epochs"` // done
	Steps      int64         `json:"steps"`
	Best       int           `json:"best_epoch,omitempty"` // whose weights are handed out, where early stopping restores them
	Parameters int           `json:"parameters"`
	Memory     int64         `json:"memory_bytes"`    // of training, as planned: weights, gradients, optimizer state, activations
	Train      metric.Values `json:"train,omitempty"` // of the epoch whose weights are handed out
	Valid      metric.Values `json:"valid,omitempty"`
	Test       metric.Values `json:"test,omitempty"`
	Gap        metric.Values `json:"gap,omitempty"`
	// Seconds is the time of training and evaluation, interruptions not counted; StepsPerSecond counts training only, of
	// this process.
	Seconds        float64 `json:"seconds"`
	StepsPerSecond float64 `json:"steps_per_second"`
	Hashes         Hashes  `json:"hashes"`
	Fired          []Fired `json:"fired,omitempty"`
	// Confusion is the confusion matrix of each output of which one was asked for, rows by true class, on
	// the test part or, where there is none, on the valid part.
	Confusion map[string][][]float64 `json:"confusion,omitempty"`
	Classes   []string               `json:"classes,omitempty"` // what the rows of Confusion are
	Reading   *report.Reading        `json:"reading,omitempty"`
	Notes     []string               `json:"notes,omitempty"`

	// Correct says of each test example, in the order of the source, whether its class was found; where Config.Outcomes asks for it and
	// the network has one output, of classes.
	Correct []bool               `json:"-"`
	History []Epoch              `json:"-"` // in metrics.jsonl
	Weights []safetensors.Tensor `json:"-"` // in weights.safetensors: parameters, and states of normalizations
}
