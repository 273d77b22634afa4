package study

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// waver trains in waves of at most so many, and notes how many were under way when each was announced.
type waver struct {
	*fakeTrainer
	size  int
	waves []int // announced
	at    []int // trials trained by then
}

func (w *waver) Wave(most int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(most, w.size)
	w.waves, w.at = append(w.waves, n), append(w.at, len(w.order))
	return n
}

func TestWaves(t *testing.T) {
	score := func(variant string, seed uint64) *Record {
		return scored(variant, seed, 0.9+0.01*noise(1, variant, seed), 0.3)
	}
	run := func(p *Plan, size int) (*waver, *Report) {
		w := &waver{fakeTrainer: &fakeTrainer{score: score}, size: size}
		r := mustReport(t)((&Runner{Plan: p, Trainer: w, Workers: 2}).Run(context.Background()))
		sum := 0
		for i, n := range w.waves {
			if w.at[i] != sum {
				t.Errorf("wave %d was announced after %d trials of %d", i+1, w.at[i], sum)
			}
			sum += n
		}
		if sum != len(w.order) {
			t.Errorf("%d trials announced, %d trained", sum, len(w.order))
		}
		return w, r
	}

	p := planOf(6, "a", "b")
	equal := func(what string, got, want []int) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	w, r := run(p, 100)
	equal("all at once", w.waves, []int{18})
	if r.Spent.Workers != 18 {
		t.Errorf("%d side by side", r.Spent.Workers)
	}
	w, _ = run(planOf(6, "a", "b"), 8)
	equal("as many as fit", w.waves, []int{8, 8, 2})
	w = &waver{fakeTrainer: &fakeTrainer{score: score}}
	mustReport(t)((&Runner{Plan: planOf(6, "a", "b"), Trainer: w, Workers: 2}).Run(context.Background()))
	if len(w.order) != 18 {
		t.Errorf("without waves %d trials are trained", len(w.order))
	}

	p = planOf(16, "a", "b")
	p.Budget = time.Hour
	w, _ = run(p, 100)
	equal("within a budget", w.waves, []int{3, 6, 12, 24, 3})
	p = planOf(16, "a")
	p.Sequential = 0.05
	w, _ = run(p, 100)
	if w.waves[0] != 8 {
		t.Errorf("a sequential study begins with %d trials", w.waves[0])
	}
}
