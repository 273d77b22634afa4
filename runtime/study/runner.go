package study

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// Trainer carries out trials. The study of a program is one; tests use others.
type Trainer interface {
	// Identity names a trial by all that decides its bits. Trials of one identity are the same.
	Identity(variant string, seed uint64) (string, error)
	// Train runs a trial. A divergence is a record, not an error. It is called from several goroutines at once.
	Train(ctx context.Context, variant string, seed uint64) (*Record, error)
}

// Observer is told how a study goes. All calls come from one goroutine.
type Observer interface {
	// Started comes once, with the state of all trials; those that are known already are done.
	Started(*Plan, *Progress)
	TrialStarted(variant string, seed uint64)
	// TrialDone comes after each trial, found or trained.
	TrialDone(variant string, seed uint64, r *Record, p *Progress)
	// Power comes once, as soon as there is a pilot to reckon with.
	Power(*Power)
	// Confirming comes when the verdicts are there and what was found best is to be trained again.
	Confirming(*Plan, *Progress)
}

// Progress is where a study stands.
type Progress struct {
	Done, Total int // trials; Total goes down when comparisons are decided early
	Reused      int // of Done, found from before
	Diverged    int
	Left        time.Duration // expected; 0 where nothing is known yet
	Records     Records
	Running     []Running // the comparisons so far
}

// Runner runs a plan.
type Runner struct {
	Plan     *Plan
	Trainer  Trainer
	Trials   Trials  // may be nil
	Folder   *Folder // may be nil
	Workers  int     // trials side by side; 1 where smaller
	Observer Observer
	Clock    func() time.Time // time.Now where nil

	records   Records
	earlier   Records // of earlier sessions of this study, those of programs that it may not need any more among them
	begun     bool    // the observer was told of the start
	reused    map[*Record]bool
	started   time.Time
	spent     time.Duration // by earlier sessions
	powered   *Power
	said      bool // the observer knows
	realClock bool
	watches   []*watch
	seconds   []float64 // of trials trained in this session
	waves     int       // started
	side      int       // trials side by side: Workers, or those of the last wave
}

type job struct {
	variant string
	seed    uint64
}

type done struct {
	job
	record *Record
	err    error
}

// Run runs what is not known yet, in an order that completes pairs early: seed by seed. It ends when all trials are
// done, when all comparisons are decided, when the budget is spent, when ctx is cancelled, or at the first trial that fails. What was
// finished by then is kept in any case; the report says how it ended.
func (r *Runner) Run(ctx context.Context) (*Report, error) {
	if r.Clock == nil {
		r.Clock, r.realClock = time.Now, true
	}
	r.Workers = max(1, r.Workers)
	r.side = r.Workers
	r.records, r.reused, r.started = Records{}, map[*Record]bool{}, r.Clock()
	if err := r.recall(); err != nil {
		return nil, err
	}
	if err := r.watch(); err != nil {
		return nil, err
	}
	if r.ready() { // by what is known from before
		if err := r.look(); err != nil {
			return nil, err
		}
		if err := r.choose(); err != nil {
			return nil, err
		}
	}
	r.begun = true
	if r.Observer != nil {
		r.Observer.Started(r.Plan, r.progress())
	}
	if err := r.reckon(); err != nil {
		return nil, err
	}
	status, failure := r.loop(ctx)
	if (status == Complete || status == Decided || status == OutOfBudget) && r.Plan.Confirm != nil && !r.Plan.confirming() {
		status, failure = r.confirm(ctx, status)
	}
	report, err := r.finish(status)
	return report, errors.Join(failure, err)
}

// ready reports whether the first part of a study with a confirmation is done.
func (r *Runner) ready() bool {
	return r.Plan.Confirm != nil && !r.Plan.confirming() && len(r.jobs(nil)) == 0 && len(r.records) > 0
}

// confirm runs the second part of a study whose first part ended.
func (r *Runner) confirm(ctx context.Context, first Status) (Status, error) {
	if ctx.Err() != nil {
		return Interrupted, nil
	}
	if len(r.records) == 0 || len(r.Plan.Retunes) > 0 && !r.tuned() {
		return first, nil // there was not even time for a comparison
	}
	if err := r.choose(); err != nil {
		return Failed, err
	}
	second, err := r.loop(ctx)
	if err != nil || second == Interrupted || second == OutOfBudget {
		return second, err
	}
	return first, nil
}

// tuned reports whether every grid is complete.
func (r *Runner) tuned() bool {
	for _, g := range r.Plan.Retunes {
		if r.Plan.resolved(g.Variant, r.records) == "" {
			return false
		}
	}
	return true
}

// recall takes over what earlier sessions and other studies have run.
func (r *Runner) recall() error {
	if r.Folder != nil {
		h, err := r.Folder.read()
		if err != nil {
			return err
		}
		for _, s := range h.sessions {
			r.spent += s.Ended.Sub(s.Started)
		}
		r.powered, r.earlier = h.power, h.records
		for rec, reused := range h.reused {
			r.reused[rec] = reused
		}
		for variant, bySeed := range h.records {
			for seed, rec := range bySeed {
				if r.Plan.variant(variant) != nil {
					r.records.put(variant, seed, rec)
				}
			}
		}
	}
	return r.recallJobs(r.all())
}

// recallJobs takes over those of a list of trials that are known.
func (r *Runner) recallJobs(list []job) error {
	for _, j := range list {
		if r.records.Get(j.variant, j.seed) != nil {
			continue
		}
		if rec := r.earlier.Get(j.variant, j.seed); rec != nil {
			r.records.put(j.variant, j.seed, rec)
			continue
		}
		if r.Trials == nil {
			continue
		}
		id, err := r.Trainer.Identity(j.variant, j.seed)
		if err != nil {
			return err
		}
		rec, err := r.Trials.Get(id)
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		if err := r.take(j, rec, true); err != nil {
			return err
		}
	}
	return nil
}

// all lists every trial that may be run.
func (r *Runner) all() []job {
	var list []job
	named := r.Plan.roles()
	for _, v := range r.Plan.Variants {
		seeds := r.Plan.Seeds
		if !v.Grid && !has(named, v.ID) {
			continue
		}
		if v.Grid {
			seeds = union(r.Plan.RetuneSeeds, r.Plan.Seeds)
		} else if r.Plan.retune(v.ID) != nil {
			continue // its grid is run instead
		}
		for _, s := range seeds {
			list = append(list, job{v.ID, s})
		}
	}
	return list
}

func union(a, b []uint64) []uint64 {
	seen := map[uint64]bool{}
	var list []uint64
	for _, s := range append(append([]uint64(nil), a...), b...) {
		if !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// take records a trial.
func (r *Runner) take(j job, rec *Record, reused bool) error {
	r.records.put(j.variant, j.seed, rec)
	r.reused[rec] = reused
	if r.Folder != nil {
		return r.Folder.append(line{Trial: &trialLine{j.variant, j.seed, reused, rec}})
	}
	return nil
}

// jobs lists the trials that are still wanted, in order, without those in flight.
func (r *Runner) jobs(flying map[job]bool) []job {
	var list []job
	add := func(variant string, seed uint64) {
		j := job{variant, seed}
		if r.records.Get(variant, seed) == nil && !flying[j] {
			list = append(list, j)
		}
	}
	if r.Plan.confirming() {
		for _, j := range r.confirmJobs() {
			add(j.variant, j.seed)
		}
		return list
	}
	// Tuning comes first: what the comparisons run depends on it.
	for _, s := range r.Plan.RetuneSeeds {
		for _, g := range r.Plan.Retunes {
			for _, p := range g.Points {
				add(p.Variant, s)
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	wanted := r.wanted()
	for _, s := range r.Plan.Seeds {
		for _, role := range wanted {
			if v := r.Plan.resolved(role, r.records); v != "" {
				add(v, s)
			}
		}
	}
	return dedupe(list)
}

func dedupe(list []job) []job {
	seen := map[job]bool{}
	out := list[:0]
	for _, j := range list {
		if !seen[j] {
			seen[j] = true
			out = append(out, j)
		}
	}
	return out
}

// wanted are the variants that some undecided comparison needs.
func (r *Runner) wanted() []string {
	roles := r.Plan.roles()
	if r.Plan.Sequential == 0 {
		return roles
	}
	need := map[string]bool{}
	for _, w := range r.watches {
		if w.decided() {
			continue
		}
		for _, id := range w.needs {
			need[id] = true
		}
	}
	list := roles[:0:0]
	for _, id := range roles {
		if need[id] {
			list = append(list, id)
		}
	}
	return list
}

// loop hands out trials until there is nothing left to do.
func (r *Runner) loop(ctx context.Context) (Status, error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	if left := r.Plan.Budget - r.spent; r.Plan.Budget > 0 && r.realClock {
		// No trial is started that is not expected to end in time; one that does not is cut off.
		var done context.CancelFunc
		inner, done = context.WithTimeout(inner, left)
		defer done()
	}
	results := make(chan done)
	flying := map[job]bool{}
	var failure error
	overrun := false
	for {
		if err := r.look(); err != nil && failure == nil {
			failure = err
		}
		jobs := r.jobs(flying)
		room, waved := r.Workers-len(flying), false
		if r.waves > 0 && len(flying) > 0 {
			room = 0
		}
		for ; room > 0 && len(jobs) > 0 && ctx.Err() == nil && failure == nil; room-- {
			if !waved && (r.overBudget() || inner.Err() != nil) {
				overrun = true
				break
			}
			if len(flying) == 0 {
				if n := r.wave(len(jobs)); n > 0 {
					room, waved = n, true
				}
			}
			j := jobs[0]
			jobs = jobs[1:]
			flying[j] = true
			if r.Observer != nil {
				r.Observer.TrialStarted(j.variant, j.seed)
			}
			go func() {
				rec, err := r.train(inner, j)
				results <- done{j, rec, err}
			}()
		}
		if len(flying) == 0 {
			break
		}
		d := <-results
		delete(flying, d.job)
		switch {
		case d.err == nil:
			if err := r.kept(d); err != nil && failure == nil {
				failure = err
				cancel()
			}
		case errors.Is(d.err, errInterrupted) || errors.Is(d.err, context.Canceled) || errors.Is(d.err, context.DeadlineExceeded):
		case failure == nil:
			failure = d.err
			cancel()
		}
	}
	switch {
	case failure != nil:
		return Failed, failure
	case ctx.Err() != nil && len(r.jobs(nil)) > 0:
		return Interrupted, nil
	case overrun:
		return OutOfBudget, nil
	case r.Plan.Sequential > 0 && r.saved() > 0:
		return Decided, nil
	}
	return Complete, nil
}

// train runs one trial and keeps it.
func (r *Runner) train(ctx context.Context, j job) (*Record, error) {
	id, err := r.Trainer.Identity(j.variant, j.seed)
	if err != nil {
		return nil, err
	}
	rec, err := r.Trainer.Train(ctx, j.variant, j.seed)
	if err != nil {
		return nil, err
	}
	rec.Identity, rec.Seed, rec.Side, rec.Ended = id, j.seed, r.side, time.Now()
	if r.Trials != nil {
		return rec, r.Trials.Put(rec)
	}
	return rec, nil
}

// kept takes a finished trial into the study.
func (r *Runner) kept(d done) error {
	if err := r.take(d.job, d.record, false); err != nil {
		return err
	}
	r.seconds = append(r.seconds, d.record.Seconds)
	if err := r.look(); err != nil {
		return err
	}
	if r.Observer != nil {
		r.Observer.TrialDone(d.variant, d.seed, d.record, r.progress())
	}
	return r.reckon()
}

// overBudget reports whether the next trial would end after the study's time is up.
func (r *Runner) overBudget() bool {
	if r.Plan.Budget == 0 {
		return false
	}
	spent := r.spent + r.Clock().Sub(r.started)
	return spent+r.typical() > r.Plan.Budget-r.reserve()
}

// reserve is the time that the first part of a study leaves to its confirmation: at most half of the budget.
func (r *Runner) reserve() time.Duration {
	if r.Plan.Confirm == nil || r.Plan.confirming() {
		return 0
	}
	rounds := (r.Plan.Confirm.trials() + r.side - 1) / r.side
	return min(r.typical()*time.Duration(rounds), r.Plan.Budget/2)
}

// typical is the median time of a trial in this session, or of those from before where there is none.
func (r *Runner) typical() time.Duration {
	list := r.seconds
	if len(list) == 0 {
		for _, bySeed := range r.records {
			for _, rec := range bySeed {
				list = append(list, rec.Seconds)
			}
		}
	}
	return time.Duration(median(list) * float64(time.Second))
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := append([]float64(nil), list...)
	sort.Float64s(s)
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func (r *Runner) progress() *Progress {
	p := &Progress{Records: r.records}
	if r.Observer != nil {
		p.Running = r.Plan.running(r.records, r.watches)
	}
	for _, bySeed := range r.records {
		for _, rec := range bySeed {
			p.Done++
			if r.reused[rec] {
				p.Reused++
			}
			if rec.Status == statusDiverged {
				p.Diverged++
			}
		}
	}
	left := r.left()
	p.Total = p.Done + left
	p.Left = r.typical() * time.Duration(left) / time.Duration(r.side)
	return p
}

// left is the number of trials still to run, those of phase two counted even while tuning has not chosen.
func (r *Runner) left() int {
	n := len(r.jobs(nil))
	if r.Plan.confirming() {
		for _, role := range r.Plan.confirmRoles() {
			if r.Plan.resolved(role, r.records) == "" {
				n += len(r.Plan.Confirm.Seeds)
			}
		}
		return n
	}
	if r.tuned() {
		n += r.Plan.Confirm.trials()
	} else {
		n = r.Plan.Trials()
		for _, bySeed := range r.records {
			n -= len(bySeed)
		}
	}
	return max(n, 0)
}

// saved is the number of planned trials that a sequential study did not need.
func (r *Runner) saved() int {
	n := 0
	for _, role := range r.Plan.roles() {
		v := r.Plan.resolved(role, r.records)
		for _, s := range r.Plan.Seeds {
			if v != "" && r.records.Get(v, s) == nil {
				n++
			}
		}
	}
	return n
}

// watch is one question of a sequential study.
type watch struct {
	test  *stat.Sequential
	pairs func(Records) []stat.Pair // over all planned seeds, in order
	needs []string
	taken int // pairs given to the test

	verdict stat.Verdict
	last    stat.Look // after seen pairs
	seen    int
}

func (w *watch) decided() bool { return w.verdict != stat.Undecided }

// look is what is known after the pairs taken so far.
func (w *watch) look() (stat.Look, error) {
	if w.seen == w.taken {
		return w.last, nil
	}
	l, err := w.test.Look()
	if err != nil {
		return l, err
	}
	w.last, w.seen = l, w.taken
	return l, nil
}

// watch sets up the sequential tests.
func (r *Runner) watch() error {
	if r.Plan.Sequential == 0 {
		return nil
	}
	var err error
	r.watches, err = r.Plan.watchOn(r.Plan.Metrics[0])
	return err
}

// watchOn makes a watch for each question on a metric.
func (p *Plan) watchOn(m Metric) ([]*watch, error) {
	var list []*watch
	add := func(needs []string, pairs func(Records) []stat.Pair) error {
		t, err := stat.NewSequential(p.sequential(m))
		if err != nil {
			return err
		}
		list = append(list, &watch{test: t, needs: needs, pairs: pairs})
		return nil
	}
	if f := p.Factorial; f != nil {
		d, err := f.design()
		if err != nil {
			return nil, err
		}
		for _, g := range d.AliasTable(min(f.Order, len(f.Factors))) {
			effect := g.Effects[0]
			err := add(f.Cells, func(records Records) []stat.Pair {
				pairs, err := d.Contrast(p.runs(f.Cells, m.Name, records), effect, stat.WorstRank())
				if err != nil {
					return nil
				}
				return pairs
			})
			if err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	for _, c := range p.Comparisons {
		if err := add(append(append([]string{}, c.On...), c.Off...), func(records Records) []stat.Pair { return p.pairs(c, m.Name, records) }); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// advance gives the tests the pairs that are complete, in the order of the seeds. A comparison that is decided is left as it
// was: its verdict is that of the look at which it stopped.
func (w *watch) advance(records Records) error {
	pairs := w.pairs(records)
	for w.taken < len(pairs) && !w.decided() {
		p := pairs[w.taken]
		if p.On.Status == stat.Missing || p.Off.Status == stat.Missing {
			return nil
		}
		v, err := w.test.Decide(p)
		if err != nil {
			return err
		}
		w.taken++
		w.verdict = v
	}
	return nil
}

func (r *Runner) look() error {
	for _, w := range r.watches {
		if err := w.advance(r.records); err != nil {
			return fmt.Errorf("looking at the pairs so far: %w", err)
		}
	}
	return nil
}

// session is what this session leaves in the study's folder.
func (r *Runner) session(ended time.Time, status Status) sessionLine {
	s := sessionLine{Started: r.started, Ended: ended, Status: status, Workers: r.side}
	if t, ok := r.Trainer.(stacker); ok {
		s.Stacked = t.Stacked()
	}
	return s
}

// finish writes down how the session ended and makes the report.
func (r *Runner) finish(status Status) (*Report, error) {
	ended := r.Clock()
	report, err := Analyse(r.Plan, r.records)
	if err != nil {
		return nil, err
	}
	if r.Folder == nil {
		h := &history{records: r.records, reused: r.reused, power: r.powered, sessions: []sessionLine{r.session(ended, status)}}
		(&Folder{}).fill(report, r.Plan, h)
		return report, nil
	}
	session := r.session(ended, status)
	if err := r.Folder.append(line{Session: &session}); err != nil {
		return nil, err
	}
	h, err := r.Folder.read()
	if err != nil {
		return nil, err
	}
	r.Folder.fill(report, r.Plan, h)
	return report, r.Folder.writeJSON(ReportFile, report)
}
