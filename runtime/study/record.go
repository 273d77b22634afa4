package study

import (
	"encoding/base64"
	"errors"
	"math"
	"time"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/study/stat"
	"github.com/netc-lang/netc/runtime/train"
)

// Record is what one trial came to: a file under .netc/trials, named by its identity, and a line of the study's trials.jsonl.
type Record struct {
	Identity string      `json:"identity"`
	Variant  string      `json:"variant"` // fingerprint of the program and its data, without the seed
	Seed     uint64      `json:"seed"`
	Seeds    train.Seeds `json:"seeds"`
	Status   string      `json:"status"` // finished, stopped early, diverged
	// Values are the final metrics by part: train.loss, valid.accuracy, test.accuracy, gap.
	Values  map[string]Number `json:"values,omitempty"`
	History []train.Epoch     `json:"history,omitempty"`
	Epochs  int               `json:"epochs"`
	Steps   int64             `json:"steps"`
	Seconds float64           `json:"seconds"` // on the clock
	// Processor is the processor time of the trial's thread; 0 where the system does not tell, or a trial has several threads.
	Processor      float64       `json:"processor_seconds,omitempty"`
	StepsPerSecond float64       `json:"steps_per_second"`
	Parameters     int           `json:"parameters"`
	Memory         int64         `json:"memory_bytes"`
	Fired          []train.Fired `json:"fired,omitempty"`
	Hashes         train.Hashes  `json:"hashes"`
	Reading        string        `json:"reading,omitempty"` // of the learning curves
	Note           string        `json:"note,omitempty"`    // why it diverged
	// Correct has a bit for each test example that was classified right, in the order of the source, base64.
	Correct  string    `json:"correct,omitempty"`
	Examples int       `json:"examples,omitempty"` // bits in Correct
	Side     int       `json:"side_by_side"`       // trials that ran at the same time
	Stacked  int       `json:"stacked,omitempty"`  // trials of its stack on a graphics card
	Netc     string    `json:"netc"`
	Ended    time.Time `json:"ended"`
}

// The statuses of a record.
const (
	statusFinished = "finished"
	statusDiverged = "diverged"
	statusMissing  = "missing"
)

// newRecord makes the record of a run. An error that is no divergence is given back.
func newRecord(r *train.Result, err error) (*Record, error) {
	if err != nil && !diverged(r, err) {
		return nil, err
	}
	if r.Status == train.Interrupted {
		return nil, errInterrupted
	}
	rec := &Record{Status: string(r.Status), Values: map[string]Number{}, History: r.History, Epochs: r.Epochs, Steps: r.Steps, Seconds: r.Seconds,
		StepsPerSecond: r.StepsPerSecond, Parameters: r.Parameters, Memory: r.Memory, Fired: r.Fired, Hashes: r.Hashes}
	for part, values := range map[string]map[string]float64{"train.": r.Train, "valid.": r.Valid, "test.": r.Test} {
		for name, v := range values {
			rec.Values[part+name] = Number(v)
		}
	}
	for _, v := range r.Gap {
		rec.Values["gap"] = Number(v)
	}
	if r.Reading != nil {
		rec.Reading = string(r.Reading.Verdict)
	}
	if err != nil {
		rec.Status = statusDiverged
		rec.Note = message(err)
	}
	rec.setCorrect(r.Correct)
	return rec, nil
}

var errInterrupted = errors.New("interrupted")

// diverged reports whether a run ended by a loss that is no number, in training or in evaluation.
func diverged(r *train.Result, err error) bool {
	var d *diag.Diagnostic
	return r != nil && (r.Status == train.Diverged || errors.As(err, &d) && d.Code == train.NotFinite)
}

func message(err error) string {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d.Message
	}
	return err.Error()
}

// maxOutcomes bounds the test examples whose outcomes are kept.
const maxOutcomes = 200_000

func (r *Record) setCorrect(right []bool) {
	if len(right) == 0 || len(right) > maxOutcomes {
		return
	}
	bits := make([]byte, (len(right)+7)/8)
	for i, ok := range right {
		if ok {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	r.Correct, r.Examples = base64.StdEncoding.EncodeToString(bits), len(right)
}

// outcomes is Correct, unpacked; nil where it was not kept.
func (r *Record) outcomes() []bool {
	bits, err := base64.StdEncoding.DecodeString(r.Correct)
	if err != nil || len(bits) != (r.Examples+7)/8 || r.Examples == 0 {
		return nil
	}
	out := make([]bool, r.Examples)
	for i := range out {
		out[i] = bits[i/8]>>(i%8)&1 == 1
	}
	return out
}

// cost is what the trial took: processor time where it is known, for that does not depend on what else the machine does; of a
// trial that was trained with others at once its share of the time.
func (r *Record) cost() float64 {
	if r.Processor > 0 {
		return r.Processor
	}
	return r.share()
}

// share is the time on the clock, shared among the trials that were trained at once.
func (r *Record) share() float64 { return r.Seconds / float64(max(1, r.Stacked)) }

// outcome is what statistics see of a record; nil is a run that was not made.
func (r *Record) outcome(metric string) stat.Outcome {
	if r == nil {
		return stat.Outcome{Status: stat.Missing}
	}
	if r.Status == statusDiverged {
		return stat.Outcome{Status: stat.Diverged}
	}
	return stat.Value(r.value(metric))
}

// value is a final metric, NaN where the run has none.
func (r *Record) value(metric string) float64 {
	if v, ok := r.Values[metric]; ok && r.Status != statusDiverged {
		return float64(v)
	}
	return math.NaN()
}

// Records are the trials of a study by variant and seed.
type Records map[string]map[uint64]*Record

// Get finds a trial, nil where it was not run.
func (r Records) Get(variant string, seed uint64) *Record { return r[variant][seed] }

func (r Records) put(variant string, seed uint64, rec *Record) {
	if r[variant] == nil {
		r[variant] = map[uint64]*Record{}
	}
	r[variant][seed] = rec
}

// resolved is the variant that stands for one that is retuned: the point of its grid with the best mean of the tuning metric over
// the seeds of tuning. It is "" while the grid is not complete. A point on which every run diverged comes last.
func (p *Plan) resolved(id string, records Records) string {
	r := p.retune(id)
	if r == nil {
		return id
	}
	best, at := math.Inf(-1), ""
	by := Metric{Direction: stat.HigherIsBetter.String()}
	if p.RetuneLower {
		by.Direction = stat.LowerIsBetter.String()
	}
	for _, pt := range r.Points {
		sum, n := 0.0, 0
		for _, s := range p.RetuneSeeds {
			rec := records.Get(pt.Variant, s)
			if rec == nil {
				return ""
			}
			v := rec.value(p.RetuneBy)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			sum, n = sum+by.gain(v), n+1
		}
		// A point where some seeds diverged is passed over for any where none did.
		score := math.Inf(-1)
		if n > 0 {
			score = sum/float64(n) - 1e9*float64(len(p.RetuneSeeds)-n)
		}
		if at == "" || score > best {
			best, at = score, pt.Variant
		}
	}
	return at
}
