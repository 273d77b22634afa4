package train

import "github.com/netc-lang/netc/runtime/metric"

// Observer is told how a run goes. Calls come from the goroutine that trains, which waits for them; they may not
// change the run.
type Observer interface {
	Start(Start) // once, before the first step
	Step(Step)   // after each step
	Epoch(Epoch) // after each epoch, its metrics measured
	Done(*Result)
}

// Start says what a run is going to do.
type Start struct {
	Epochs        int
	StepsPerEpoch int
	Steps         int64 // of the whole run
	Done          int64 // steps that a resumed run has behind it
	Parameters    int   // trained elements
	Train, Valid  int   // examples
	Hashes        Hashes
	Notes         []string // worth telling: settings that cannot act, parameters that the loss does not reach
}

// Step is the state after a step.
type Step struct {
	Step  int64 // counted from 1
	Epoch int   // counted from 1
	Batch int   // in the epoch, counted from 1
	Loss  float64
	Rate  float64 // learning rate of the step
}

// Epoch is the record of one epoch: a line of metrics.jsonl.
type Epoch struct {
	Epoch   int           `json:"epoch"` // counted from 1
	Step    int64         `json:"step"`  // steps taken so far
	Rate    float64       `json:"rate"`  // learning rate of its last step
	Train   metric.Values `json:"train"`
	Valid   metric.Values `json:"valid,omitempty"`
	Gap     metric.Values `json:"gap,omitempty"` // of the primary metric
	Best    bool          `json:"best,omitempty"`
	Seconds float64       `json:"seconds"` // since the start of the run, interruptions not counted
}

// Hashes fingerprint what a run draws. Two runs that agree on one of them drew the same.
type Hashes struct {
	InitialWeights string            `json:"initial_weights"`
	BatchOrder     string            `json:"batch_order"`            // of the first epoch
	Augmentation   map[string]string `json:"augmentation,omitempty"` // draws of the first epoch, by path
	FinalWeights   string            `json:"final_weights,omitempty"`
}

// Fired says how often a setting acted: "clip touched 3 of 100 steps".
type Fired struct {
	Setting string `json:"setting"` // its path or name
	Acted   int64  `json:"acted"`
	Of      int64  `json:"of"`
	Unit    string `json:"unit"` // what is counted: steps, epochs, examples
	Note    string `json:"note,omitempty"`
}
