package study

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/train"
)

// fakeTrainer makes up trials: what a variant scores at a seed is a function.
type fakeTrainer struct {
	score func(variant string, seed uint64) *Record
	mu    sync.Mutex
	calls map[job]int
	order []job
	after func(n int) // called after the n-th call
}

func (f *fakeTrainer) Identity(variant string, seed uint64) (string, error) {
	return digest("fake", variant, seed), nil
}

func (f *fakeTrainer) Train(ctx context.Context, variant string, seed uint64) (*Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	if f.calls == nil {
		f.calls = map[job]int{}
	}
	f.calls[job{variant, seed}]++
	f.order = append(f.order, job{variant, seed})
	r := f.score(variant, seed)
	if f.after != nil {
		f.after(len(f.order))
	}
	if r == nil {
		return nil, fmt.Errorf("seed %d of %s broke", seed, variant)
	}
	return r, nil
}

// scored is a finished record with an accuracy and a loss, its weights told apart by both and the variant.
func scored(variant string, seed uint64, accuracy, loss float64) *Record {
	return &Record{Status: statusFinished, Values: map[string]Number{"test.accuracy": Number(accuracy), "test.loss": Number(loss), "valid.loss": Number(loss), "valid.accuracy": Number(accuracy),
		"train.loss": Number(loss / 2)}, Epochs: 1, Seconds: 1, StepsPerSecond: 10, Parameters: 100, Memory: 1000, Hashes: train.Hashes{FinalWeights: fmt.Sprint(variant, seed, accuracy)},
		History: []train.Epoch{{Epoch: 1, Train: metric.Values{"loss": loss / 2, "accuracy": accuracy}, Valid: metric.Values{"loss": loss, "accuracy": accuracy}, Seconds: 1}}}
}

// planOf is a leave-one-out plan: variant "base", and one variant "no NAME" for each trick.
func planOf(seeds int, tricks ...string) *Plan {
	p := &Plan{Version: ReportVersion, Kind: Ablation, Name: "fake", Alpha: 0.05, Design: "leave_one_out", Vary: []string{"init"},
		Metrics:  []Metric{{Name: "test.accuracy", Part: "test", Direction: "higher is better", Share: true}},
		Variants: []PlannedVariant{{ID: "base", Name: baseline, Parameters: 100}}}
	for _, t := range tricks {
		id := "no " + t
		p.Variants = append(p.Variants, PlannedVariant{ID: id, Name: t + " off", Parameters: 100})
		p.Comparisons = append(p.Comparisons, PlannedComparison{Name: t, State: "on", On: []string{"base"}, Off: []string{id}, OnText: t, OffText: "nothing", Settings: []string{t}})
	}
	for s := range seeds {
		p.Seeds = append(p.Seeds, uint64(s+1))
	}
	p.Identity = digest(p)
	return p
}

// noise is a normal draw that depends on its arguments alone.
func noise(study int, variant string, seed uint64) float64 {
	sum := sha256.Sum256(fmt.Append(nil, study, variant, seed))
	return rand.New(rand.NewChaCha8(sum)).NormFloat64()
}

func mustReport(t *testing.T) func(*Report, error) *Report {
	return func(r *Report, err error) *Report {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// fill makes records of all variants of a plan at all seeds.
func fill(p *Plan, score func(variant string, seed uint64) *Record) Records {
	records := Records{}
	for _, v := range p.Variants {
		for _, s := range p.Seeds {
			if r := score(v.ID, s); r != nil {
				records.put(v.ID, s, r)
			}
		}
	}
	return records
}

// near reports whether numbers agree to nine digits.
func near(a Number, b float64) bool { return math.Abs(float64(a)-b) <= 1e-9*max(1, math.Abs(b)) }

var epoch = time.Date(2026, 1, 31, 14, 25, 2, 0, time.UTC)
