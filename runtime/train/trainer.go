package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/schedule"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// Program builds the network that is trained. A compiled program is one.
type Program interface {
	Network(mode network.Mode, batch int) (*network.Network, error)
}

// Config says what is run and how. Train, Info, Data and Program make the run; the rest changes no bit of it.
type Config struct {
	Program Program
	Train   *model.Section
	// DataSection is the data section that Data was opened from: its augmentations come first. It may be nil.
	DataSection *model.Section
	Info        *model.DataInfo
	Data        *data.Dataset
	// Identity is a fingerprint of program and data. A checkpoint of another identity is refused.
	Identity string
	// Seeds gives each kind of draw a seed of its own, in place of the program's one; nil where that serves for all. It makes
	// another run.
	Seeds *Seeds
	// Outcomes asks for Result.Correct.
	Outcomes bool

	Executor Executor          // where the run is carried out; nil: on the processor, by Backend
	Plans    *Plans            // networks of this program, kept from one run to the next; may be nil
	Backend  kernel.Backend    // the portable CPU backend where nil
	Threads  int               // 1 where smaller
	Store    *store.Run        // nil: nothing is written
	Resume   *safetensors.File // the checkpoint to go on from; nil starts anew
	Observer Observer          // may be nil
}

// Seeds are what the named streams of draws start from. Rules of studies such as `vary init` change some and keep the others.
type Seeds struct {
	Init    uint64 `json:"init"`
	Order   uint64 `json:"order"`
	Augment uint64 `json:"augment"`
	Masks   uint64 `json:"masks"`
}

// OneSeed uses one seed for everything.
func OneSeed(seed uint64) Seeds { return Seeds{seed, seed, seed, seed} }

// trainer is a run under way: its engine takes the steps, and it says which, measures, stops and saves.
type trainer struct {
	cfg      Config
	recipe   *recipe
	seeds    Seeds
	layout   *Layout
	part     *data.Part // the training part, or the examples asked for
	loader   *data.Loader
	pipeline *augment.Pipeline
	schedule *schedule.Schedule
	setup    *Setup
	engine   Engine
	state    *State // the engine's

	train []*collector
	held  []*collector // of whatever part is evaluated
	took  func(*Measured)
	rated func(int64) float64

	perEpoch, total, every int64
	hashes                 Hashes
	memory                 int64  // bytes that training takes
	right                  []bool // which examples were classified right; nil while nobody asks
	notes                  []string
	augmented              []augment.Count // by earlier processes of this run
	reductions             int64           // of a plateau

	// Where the run is: the next batch to train on. An epoch whose batches are done but that is not yet evaluated has
	// batch == perEpoch.
	epoch, batch int
	step         int64
	rate         float64
	stopped      bool
	history      []Epoch

	before  float64 // seconds of earlier processes
	started time.Time
	busy    time.Duration // in training steps, this process
	steps   int64         // this process
}

// Run carries out a train section. The error of a run that diverged comes beside its result; a run whose context is cancelled saves
// a checkpoint and ends without an error, its status says Interrupted. Mistakes of the program are a diag.List or a *diag.Diagnostic.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	t, err := prepare(cfg)
	if t != nil {
		defer t.close()
	}
	if err != nil {
		return nil, err
	}
	if cfg.Resume != nil {
		if err := t.restore(cfg.Resume); err != nil {
			return nil, err
		}
	}
	if cfg.Store != nil {
		if err := t.resetMetrics(); err != nil {
			return nil, err
		}
	}
	if err := t.engine.Start(ctx); cancelled(err) {
		return nil, err
	} else if err != nil {
		return nil, &NotStarted{err}
	}
	t.started = time.Now()
	if o := cfg.Observer; o != nil {
		o.Start(Start{Epochs: t.recipe.epochs, StepsPerEpoch: int(t.perEpoch), Steps: t.total, Done: t.step,
			Parameters: t.setup.Full.Net.ParamCount(), Train: t.part.N(), Valid: size(cfg.Data.Valid), Hashes: t.hashes, Notes: t.notes})
	}
	status, err := t.run(ctx)
	if status == "" {
		return nil, err
	}
	result, problem := t.finish(ctx, status)
	if problem != nil {
		return result, errors.Join(err, problem)
	}
	if cfg.Observer != nil {
		cfg.Observer.Done(result)
	}
	return result, err
}

func size(p *data.Part) int {
	if p == nil {
		return 0
	}
	return p.N()
}

// prepare reads the settings and makes everything that a run needs.
func prepare(cfg Config) (*trainer, error) {
	r, list := read(cfg.Train)
	if list.HasErrors() {
		return nil, list
	}
	if cfg.Backend == nil {
		cfg.Backend = cpu.New()
	}
	if cfg.Executor == nil {
		cfg.Executor = onHost{cfg.Backend}
	}
	cfg.Threads = max(cfg.Threads, 1)
	t := &trainer{cfg: cfg, recipe: r, part: cfg.Data.Train, seeds: OneSeed(r.seed)}
	if cfg.Seeds != nil {
		t.seeds = *cfg.Seeds
	}
	t.took, t.rated = t.stepped, t.rateOf
	if n := r.examples; n != nil {
		want := n.Args.Int("n")
		if want > t.part.N() {
			return nil, diag.Errorf(TooManyExamples, n.Span, "examples asks for %d, and the training part has %d", want, t.part.N()).
				WithHelp("write %d or less, or take the line out", t.part.N())
		}
		part, err := t.part.Subset(want, 0)
		if err != nil {
			return nil, diag.Errorf(TooManyExamples, n.Span, "%v", err)
		}
		t.part = part
	}
	if n := r.precision; n != nil && onlyHost(cfg.Executor) && r.multiplies() != "fp32" {
		return nil, diag.Errorf(NeedsDevice, n.Span, "the processor multiplies in fp32 only, and the program asks for %s", r.multiplies()).
			WithHelp("run it on a graphics card (--device cuda), or switch it off: --off precision")
	}
	if err := t.makeLoader(); err != nil {
		return t, err
	}
	t.perEpoch = int64(t.loader.Batches())
	t.total = t.perEpoch * int64(r.epochs)
	t.every = r.checkpointEvery(t.total, t.perEpoch)
	s, warnings := schedule.New(r.schedule, r.warmup, t.total, t.perEpoch)
	t.schedule = s
	if warnings.HasErrors() {
		return t, warnings
	}
	for _, w := range warnings {
		t.notes = append(t.notes, w.Error())
	}
	if err := t.makeSetup(); err != nil {
		return t, err
	}
	if err := t.checkSettings(); err != nil {
		return t, err
	}
	engine, err := cfg.Executor.Open(t.setup)
	if err != nil {
		return t, &NotStarted{err}
	}
	t.engine, t.state, t.memory = engine, engine.State(), engine.Memory()
	return t, nil
}

func (t *trainer) close() {
	if t.loader != nil {
		t.loader.Close()
	}
	if t.engine != nil {
		t.engine.Close()
	}
}

func (t *trainer) makeLoader() error {
	var steps []*model.Node
	if t.cfg.DataSection != nil {
		steps = append(steps, data.Augmentations(t.cfg.DataSection)...)
	}
	steps = append(steps, t.recipe.augment...)
	pipeline, err := augment.New(steps, t.cfg.Info)
	if err != nil {
		return err
	}
	workers := 0
	if t.cfg.Threads > 1 {
		workers = 1
	}
	t.pipeline = pipeline
	t.loader, err = data.NewLoader(t.part, data.LoaderOptions{
		Batch: t.recipe.batch, Seed: t.seeds.Order, AugmentSeed: &t.seeds.Augment, Train: true, Shuffle: t.recipe.shuffle != "never", Once: t.recipe.shuffle == "once", Augment: pipeline, Workers: workers, Span: t.recipe.batchSpan})
	if err != nil {
		return err
	}
	t.hashes.BatchOrder = t.loader.OrderHash(0)
	for _, h := range t.loader.DrawHashes(0) {
		if t.hashes.Augmentation == nil {
			t.hashes.Augmentation = map[string]string{}
		}
		t.hashes.Augmentation[h.Path] = h.Hash
	}
	return nil
}

// compile gives the network for a mode and batch size, planned.
func (t *trainer) compile(mode network.Mode, batch int) (*Unit, error) {
	return t.cfg.Plans.get(mode, batch, func() (*Unit, error) { return t.build(mode, batch) })
}

// build builds, lowers and plans a network.
func (t *trainer) build(mode network.Mode, batch int) (*Unit, error) {
	n, err := t.cfg.Program.Network(mode, batch)
	if err != nil {
		return nil, err
	}
	if mode == network.Training && !trainable(n) {
		return nil, errNothingTrained
	}
	program, err := lower.Lower(n, graph.Float32)
	if err != nil {
		return nil, err
	}
	plan, err := exec.NewPlan(program, t.cfg.Executor.Backend())
	if errors.Is(err, kernel.ErrMissing) {
		err = &NotStarted{err}
	}
	if err != nil {
		return nil, err
	}
	return &Unit{n, plan}, nil
}

func trainable(n *network.Network) bool {
	for _, p := range n.Params {
		if !p.Frozen {
			return true
		}
	}
	return false
}

// makeSetup compiles the networks, lays out their weights and gives them their first values.
func (t *trainer) makeSetup() error {
	r := t.recipe
	full, err := t.compile(network.Training, r.batch)
	if errors.Is(err, errNothingTrained) {
		return t.nothingTrained()
	}
	if err != nil {
		return err
	}
	if full.Net.Loss == nil {
		return diag.Errorf(MissingSetting, t.cfg.Train.Span, "%v", errNoLoss).WithHelp("add a line such as `loss cross_entropy`")
	}
	t.layout = newLayout(full.Net)
	s := &Setup{Full: full, Layout: t.layout, Values: make([]float32, t.layout.Size), Rule: r.rule, Clip: r.clip, Best: r.early != nil && r.early.restore,
		Identity: t.cfg.Identity, Seeds: t.seeds, Part: t.part, Pipeline: t.pipeline, Loader: t.loader, Data: t.cfg.Data, Precision: r.multiplies(), PerEpoch: int(t.perEpoch), Epochs: r.epochs, Threads: t.cfg.Threads}
	t.setup = s
	if t.hashes.InitialWeights, err = t.layout.fill(t.seeds.Init, s.Values); err != nil {
		return err
	}
	if rest := t.part.N() % r.batch; rest != 0 {
		s.Tail, err = t.compile(network.Training, rest)
		if err != nil && rest == 1 {
			return diag.Errorf(LoneExample, r.batchSpan, "%d examples in batches of %d leave a last batch of one example, which this network cannot train on", t.part.N(), r.batch).
				WithNote(t.cfg.Train.Span, "%v", err).WithHelp("write `batch %d`", otherBatch(t.part.N(), r.batch))
		}
		if err != nil {
			return err
		}
	}
	if r.ema != nil {
		s.Average = &Average{r.ema.Args.Num("decay"), r.ema.Args.Bool("warmup")}
	}
	if rows := max(size(t.cfg.Data.Valid), size(t.cfg.Data.Test)); rows > 0 {
		if s.Eval, err = t.compile(network.Evaluation, min(rows, max(r.batch, 64))); err != nil {
			return err
		}
		if t.held, err = t.collectors(s.Eval.Net); err != nil {
			return err
		}
	}
	if t.train, err = t.collectors(full.Net); err != nil {
		return err
	}
	return t.makeSegments()
}

func (t *trainer) nothingTrained() error {
	return diag.Errorf(NothingTrained, t.cfg.Train.Span, "%v", errNothingTrained).WithHelp("a network needs a layer with weights, such as dense")
}

// otherBatch is the nearest smaller batch size, or else the nearest larger one, that does not leave one example over.
func otherBatch(examples, batch int) int {
	for b := batch - 1; b > 1; b-- {
		if examples%b != 1 {
			return b
		}
	}
	for b := batch + 1; b < examples; b++ {
		if examples%b != 1 {
			return b
		}
	}
	return examples
}

// makeSegments says what holds for each parameter.
func (t *trainer) makeSegments() error {
	outputs := t.setup.Full.Plan.Outputs
	trained := 0
	var unreached []string
	for _, p := range t.layout.Params {
		s := t.recipe.segment(p, t.layout.Offset(p.Name))
		if _, ok := outputs["grad/"+p.Name]; !ok && !s.Frozen {
			s.Frozen = true // as PyTorch leaves out parameters without a gradient
			unreached = append(unreached, p.Name)
		}
		if !s.Frozen {
			trained++
		}
		t.setup.Segments = append(t.setup.Segments, s)
	}
	if trained == 0 {
		return t.nothingTrained()
	}
	if len(unreached) > 0 {
		t.notes = append(t.notes, "the loss does not reach "+strings.Join(unreached, ", ")+": they keep their initial values")
	}
	return nil
}

// reportsFor are the reported metrics that have a meaning for an output.
func (t *trainer) reportsFor(o *network.Output) []*model.Node {
	var list []*model.Node
	for _, m := range t.recipe.report {
		if metric.Fits(m, t.describe(o).Task) {
			list = append(list, m)
		}
	}
	return list
}

// checkSettings finds settings that name what this run does not have.
func (t *trainer) checkSettings() error {
	var list diag.List
	for _, m := range t.recipe.report {
		fits := false
		for _, c := range t.train {
			fits = fits || metric.Fits(m, c.Output().Task)
		}
		if !fits {
			span := m.Span
			if !span.Start.IsValid() {
				span = t.cfg.Train.Find("report").Span
			}
			list.Add(diag.Errorf(UnfitMetric, span, "%s has no meaning for this target", m.Name).
				WithHelp("metrics that have one are %s", strings.Join(metric.ForTask(t.train[0].Output().Task), ", ")))
		}
	}
	names := t.watchable()
	has := func(path string) bool {
		for _, n := range names {
			if n == path {
				return true
			}
		}
		return false
	}
	if e := t.recipe.early; e != nil {
		if d := checkWatched(e.on, "stop early", e.node.Span, has, names); d != nil {
			list.Add(d)
		}
	}
	if on := t.schedule.Watches(); on != "" {
		if d := checkWatched(on, "schedule plateau", t.recipe.schedule.Span, has, names); d != nil {
			list.Add(d)
		}
	}
	return list.Err()
}

// watchable lists the metrics that an epoch measures: train.loss, valid.accuracy, gap …
func (t *trainer) watchable() []string {
	names := measures("train", t.train)
	if t.cfg.Data.Valid != nil {
		names = append(append(names, measures("valid", t.held)...), "gap")
	}
	sort.Strings(names)
	return names
}

// measures lists what collectors measure on a part, by giving them an example and taking it back.
func measures(part string, list []*collector) []string {
	for _, c := range list {
		n := len(c.Output().Columns)
		c.Add(metric.Batch{N: 1, Logits: make([]float32, n), Target: make([]float32, n), Loss: []float32{0}})
	}
	var names []string
	for _, n := range merged(list).Names() {
		names = append(names, part+"."+n)
	}
	for _, c := range list {
		c.Reset()
	}
	return names
}

// watched is the value of a metric path in an epoch's record.
func (e *Epoch) watched(path string) float64 {
	values, name := e.Train, strings.TrimPrefix(path, "train.")
	switch {
	case path == "gap":
		for _, v := range e.Gap {
			return v
		}
	case strings.HasPrefix(path, "valid."):
		values, name = e.Valid, strings.TrimPrefix(path, "valid.")
	}
	if v, ok := values[name]; ok {
		return v
	}
	return math.NaN()
}

// run trains until the end, an interruption or a divergence. The status is empty when it could not go on at all.
func (t *trainer) run(ctx context.Context) (Status, error) {
	for t.epoch < t.recipe.epochs && !t.stopped {
		status, err := t.trainEpoch(ctx)
		if status != "" || err != nil {
			return status, err
		}
		record, err := t.evaluateEpoch(ctx)
		if cancelled(err) {
			return t.interrupt()
		}
		if err != nil {
			return t.ended(err)
		}
		if err := t.endEpoch(record); err != nil {
			return "", err
		}
	}
	if t.stopped {
		return StoppedOnce, nil
	}
	return Finished, nil
}

// ended tells a divergence, which is an outcome, from a failure.
func (t *trainer) ended(err error) (Status, error) {
	var d *diag.Diagnostic
	if errors.As(err, &d) && d.Code == NotFinite {
		return Diverged, err
	}
	return "", err
}

func (t *trainer) interrupt() (Status, error) {
	if err := t.save(); err != nil {
		return "", err
	}
	return Interrupted, nil
}

// trainEpoch trains on the batches that are left of the epoch, from one checkpoint to the next.
func (t *trainer) trainEpoch(ctx context.Context) (Status, error) {
	start, first := time.Now(), t.step
	defer func() {
		t.busy += time.Since(start)
		t.steps += t.step - first
	}()
	for t.batch < int(t.perEpoch) {
		steps := min(t.perEpoch-int64(t.batch), t.every-t.step%t.every)
		err := t.engine.Train(ctx, Stretch{Epoch: t.epoch, Batch: t.batch, Steps: int(steps), First: t.step, Rate: t.rated}, t.took)
		var bad *NonFinite
		switch {
		case errors.As(err, &bad):
			return Diverged, t.notFinite(bad, fmt.Sprintf("in step %d (epoch %d, batch %d)", t.step+1, t.epoch+1, bad.Index+1))
		case cancelled(err):
			return t.interrupt()
		case err != nil:
			return "", err
		}
		if t.step%t.every == 0 && t.batch < int(t.perEpoch) {
			if err := t.save(); err != nil {
				return "", err
			}
		}
	}
	return "", nil
}

func cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// rateOf is the learning rate of a step, counted from 0.
func (t *trainer) rateOf(step int64) float64 { return t.recipe.rule.Rate() * t.schedule.Factor(step) }

// stepped takes note of a step that the engine has taken.
func (t *trainer) stepped(m *Measured) {
	m.measure(t.train)
	t.rate = m.Rate
	t.step++
	t.batch++
	if o := t.cfg.Observer; o != nil {
		o.Step(Step{Step: t.step, Epoch: t.epoch + 1, Batch: t.batch, Loss: m.Loss, Rate: t.rate})
	}
}

// evaluate measures a part in evaluation mode.
func (t *trainer) evaluate(ctx context.Context, p *data.Part) (metric.Values, error) {
	for _, c := range t.held {
		c.Reset()
	}
	err := t.engine.Evaluate(ctx, p, func(m *Measured) {
		m.measure(t.held)
		if t.right != nil {
			t.right = m.right(t.held[0].from.Width(), t.right)
		}
	})
	var bad *NonFinite
	switch {
	case errors.As(err, &bad):
		return nil, t.notFinite(bad, fmt.Sprintf("on batch %d of the %s part, after step %d (epoch %d)", bad.Index+1, p.Name, t.step, t.epoch+1))
	case err != nil:
		return nil, err
	}
	return merged(t.held), nil
}

// evaluateEpoch measures the epoch whose batches are done.
func (t *trainer) evaluateEpoch(ctx context.Context) (Epoch, error) {
	record := Epoch{Epoch: t.epoch + 1, Step: t.step, Rate: t.rate, Train: merged(t.train)}
	if t.cfg.Data.Valid == nil {
		return record, nil
	}
	v, err := t.evaluate(ctx, t.cfg.Data.Valid)
	if err != nil {
		return record, err
	}
	record.Valid = v
	primary := metric.Primary(v)
	record.Gap = metric.Values{primary: metric.Gap(primary, record.Train[primary], v[primary])}
	return record, nil
}

// endEpoch lets schedule and stopping rule see the record, writes it, and moves on to the next epoch.
func (t *trainer) endEpoch(record Epoch) error {
	if on := t.schedule.Watches(); on != "" && t.schedule.Observe(record.watched(on), metric.Lower(on, t.recipe.report...)) {
		t.reductions++
	}
	if e := t.recipe.early; e != nil {
		record.Best, t.stopped = e.observe(record.Epoch, record.watched(e.on))
		if record.Best && t.setup.Best {
			if err := t.engine.Keep(); err != nil {
				return err
			}
		}
	}
	record.Seconds = t.seconds()
	t.history = append(t.history, record)
	for _, c := range t.train {
		c.Reset()
	}
	due := t.step%t.every == 0
	t.epoch, t.batch = t.epoch+1, 0
	last := t.stopped || t.epoch == t.recipe.epochs
	if s := t.cfg.Store; s != nil {
		if err := s.AppendMetrics(record); err != nil {
			return err
		}
		if due || last {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
	if o := t.cfg.Observer; o != nil {
		o.Epoch(record)
	}
	return nil
}

func (t *trainer) seconds() float64 { return t.before + time.Since(t.started).Seconds() }
