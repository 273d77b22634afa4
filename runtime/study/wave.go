package study

// Together is a Trainer that trains many trials at once best, such as one with a graphics card. The runner starts trials in
// waves: some at once, and the next when all of them have ended.
type Together interface {
	Trainer
	// Wave makes ready for a wave of at most so many trials, all of which Train is then called for, and says how many. 0 means
	// that trials are trained side by side as ever.
	Wave(most int) int
}

// wave is how many trials to start now that none is under way; 0 where they do not come in waves.
func (r *Runner) wave(next int) int {
	t, ok := r.Trainer.(Together)
	if !ok || next == 0 {
		return 0
	}
	most := next
	round := max(1, len(r.wanted())) // trials of one seed
	if r.Plan.Sequential > 0 {
		most = min(most, 4*round) // a wave that is not looked into takes trials that a look would spare
	}
	if r.Plan.Budget > 0 {
		most = min(most, round<<min(r.waves, 16)) // what a trial takes is known after the first
	}
	n := t.Wave(most)
	if n > 0 {
		r.waves++
		r.side = n
	}
	return n
}
