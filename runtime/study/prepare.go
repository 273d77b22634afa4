package study

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/gpu"
	"github.com/netc-lang/netc/runtime/train"
)

// Study is a plan with the programs to carry it out: a Trainer.
type Study struct {
	Plan *Plan
	// Base is the program as it is in the file, with the command line's edits.
	Base *compiler.Program
	// Threads are given to each trial; 1 where several run side by side.
	Threads int

	ask      *Ask
	q        *question
	reader   *data.Reader
	datasets map[string]*data.Dataset
	plans    map[*compiler.Program]*train.Plans
	programs map[string]*program // by variant
	seed     uint64              // the first
	split    bool                // a seed splits the data anew
	measured []string
	arm      []*arm      // of the plan's comparisons, in their order; none in a factorial design
	alone    []*arm      // those of design add_one_in: each was compared with the program that has none of them
	grid     []gridPoint // of the settings that are tuned
	// gridPaths are those settings.
	gridPaths []string
	light     bool       // variants need no look of their own: points inside a grid whose ends were looked at
	mu        sync.Mutex // of datasets and plans
	seats     sync.Mutex // of tickets
	tickets   []*gpu.Ticket
	before    gpu.Report // of the device, when the study was prepared
	building  sync.Mutex // of everything that evaluates programs: they share scopes, and evaluating is not for several goroutines
}

// program is one variant: compiled once, trained from many seeds.
type program struct {
	name     string
	edits    []*canon.Edit
	compiled *compiler.Program
	full     *experiment.Experiment
	resolved []string
	bySeed   map[uint64]*experiment.Experiment // where seeds split the data anew
	facts    *train.Facts
}

// Prepare reads a program and its study, makes every variant and checks it, and plans the trials. Nothing is trained. Mistakes
// are a diag.List; the Study is given back with them where its Base is there to show text from.
func Prepare(ask *Ask) (*Study, error) {
	s := &Study{ask: ask, Threads: 1, reader: ask.Reader, datasets: map[string]*data.Dataset{}, plans: map[*compiler.Program]*train.Plans{}, programs: map[string]*program{}}
	if s.reader == nil {
		s.reader = new(data.Reader)
	}
	if ask.Device != nil {
		s.before = ask.Device.Report()
	}
	s.Base = s.compile(nil, ask.Train)
	if err := errorsOf(s.Base); err != nil {
		return s, err
	}
	if s.Base.Library || s.Base.Train == nil {
		return s, fmt.Errorf("%s has definitions only: there is nothing to train in it", ask.File)
	}
	q, err := read(ask, s.Base)
	if err != nil {
		return s, err
	}
	s.q = q
	if q.train != ask.Train { // the section says which train section is studied
		s.Base = s.compile(nil, q.train)
		if err := errorsOf(s.Base); err != nil {
			return s, err
		}
		if q, err = read(ask, s.Base); err != nil {
			return s, err
		}
		s.q = q
	}
	s.seed = train.Seed(s.Base.Train)
	if err := s.plan(); err != nil {
		return s, err
	}
	return s, nil
}

// compile compiles the program with edits behind those of the command line. Edits are copied: compiling fills in where they apply.
func (s *Study) compile(edits []*canon.Edit, section string) *compiler.Program {
	var list []*canon.Edit
	for _, e := range append(append([]*canon.Edit(nil), s.ask.Edits...), edits...) {
		c := *e
		list = append(list, &c)
	}
	return compiler.Compile(s.ask.File, compiler.Options{Catalog: s.ask.Catalog, Data: s.reader, Edits: list, Train: section, IgnoreStudies: true, ChosenFormsOnly: s.q != nil, ReadFile: s.ask.ReadFile})
}

func errorsOf(p *compiler.Program) error {
	var list diag.List
	for _, d := range p.Diags {
		if d.Severity == diag.Error {
			list.Add(d)
		}
	}
	return list.Err()
}

// experiment opens the data of a compiled variant; variants with the same data section share it.
func (s *Study) experiment(p *compiler.Program) (*experiment.Experiment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := p.Base() + "\n" + sectionText(p.Data)
	d := s.datasets[key]
	if d == nil {
		var err error
		if d, err = s.reader.Open(p.Data, p.Base()); err != nil {
			return nil, err
		}
		s.datasets[key] = d
	}
	return experiment.With(p, d), nil
}

func sectionText(sec *model.Section) string {
	var b strings.Builder
	for _, n := range sec.Settings {
		if n.Name == "augment" {
			continue // it works on batches, not on the data set
		}
		fmt.Fprintln(&b, n.Constructor())
		for _, c := range n.Body {
			fmt.Fprintln(&b, " ", c.Constructor())
		}
	}
	return b.String()
}

// add makes a variant of edits, or finds the one that is the same program. name says what it is for messages and the report.
func (s *Study) add(name string, edits []*canon.Edit) (string, error) {
	id, p, err := s.build(name, edits)
	if err != nil {
		return "", err
	}
	if old := s.programs[id]; old != nil {
		if v := s.Plan.variant(id); v != nil && v.Name != name && !has(v.Also, name) {
			v.Also = append(v.Also, name)
		}
		return id, nil
	}
	s.programs[id] = p
	v := PlannedVariant{ID: id, Name: name, Parameters: p.facts.Parameters, Memory: p.facts.Memory, Epochs: p.facts.Epochs}
	for _, x := range edits {
		v.Edits = append(v.Edits, EditText(x))
	}
	if len(s.Plan.Variants) > 0 {
		v.Changes = changes(s.programs[s.Plan.Variants[0].ID].resolved, p.resolved)
	}
	s.Plan.Variants = append(s.Plan.Variants, v)
	return id, nil
}

// build compiles and checks the program that edits make, or finds the variant that is the same.
func (s *Study) build(name string, edits []*canon.Edit) (string, *program, error) {
	compiled := s.Base
	if len(edits) > 0 {
		compiled = s.compile(edits, s.q.train)
	}
	if err := errorsOf(compiled); err != nil {
		return "", nil, s.inArm(name, err)
	}
	e, err := s.experiment(compiled)
	if err != nil {
		return "", nil, s.inArm(name, err)
	}
	id := e.Variant[:12]
	if p := s.programs[id]; p != nil {
		return id, p, nil
	}
	p := &program{name: name, edits: edits, compiled: compiled, full: e, resolved: resolvedLines(compiled), bySeed: map[uint64]*experiment.Experiment{}}
	if err := s.inspect(p, e); err != nil {
		return "", nil, s.inArm(name, err)
	}
	return id, p, nil
}

// inspect finds out what a variant takes, and every mistake that can be found before training.
func (s *Study) inspect(p *program, e *experiment.Experiment) error {
	if s.light {
		p.facts = s.programs[s.Plan.Variants[0].ID].facts
		return nil
	}
	f, err := train.Inspect(s.config(p, e, s.seed))
	p.facts = f
	return err
}

// inArm says in which variant a mistake was found.
func (s *Study) inArm(name string, err error) error {
	if name == baseline {
		return err
	}
	var list diag.List
	switch x := err.(type) {
	case diag.List:
		list = x
	case *diag.Diagnostic:
		list = diag.List{x}
	default:
		return fmt.Errorf("%s: %w", name, err)
	}
	var out diag.List
	for _, d := range list {
		c := *d
		c.Message = name + ": " + c.Message
		out.Add(&c)
	}
	return out
}

const baseline = "baseline"

// resolvedLines is the resolved program for comparing, without the line that names the file.
func resolvedLines(p *compiler.Program) []string {
	_, text, _ := strings.Cut(p.Resolved(), "\n")
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// seeds are the seeds of the streams for a trial: those that do not vary stay at the first.
func (s *Study) seeds(seed uint64) train.Seeds {
	of := func(what string) uint64 {
		if has(s.q.vary, what) {
			return seed
		}
		return s.seed
	}
	return train.Seeds{Init: of("init"), Order: of("order"), Augment: of("augment"), Masks: of("masks")}
}

func (s *Study) config(p *program, e *experiment.Experiment, seed uint64) train.Config {
	c := e.Config(experiment.Options{Threads: s.Threads})
	seeds := s.seeds(seed)
	if s.ask.Device != nil {
		c.Executor = s.ask.Device
	} else {
		c.Plans = s.plansOf(e.Program)
	}
	c.Program, c.Seeds, c.Outcomes = &oneAtATime{p: e.Program, mu: &s.building}, &seeds, true
	return c
}

// plansOf are the networks that the trials of a program share.
func (s *Study) plansOf(p *compiler.Program) *train.Plans {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plans[p] == nil {
		s.plans[p] = &train.Plans{}
	}
	return s.plans[p]
}

// oneAtATime lets trials build their networks one after the other.
type oneAtATime struct {
	p  *compiler.Program
	mu *sync.Mutex
}

func (o *oneAtATime) Network(mode network.Mode, batch int) (*network.Network, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.p.Network(mode, batch)
}

// at is the experiment of a variant at a seed: the same for all seeds, unless they split the data.
func (s *Study) at(p *program, seed uint64) (*experiment.Experiment, error) {
	if !s.split || seed == s.seed {
		return p.full, nil
	}
	s.building.Lock()
	defer s.building.Unlock()
	if e := p.bySeed[seed]; e != nil {
		return e, nil
	}
	edit, err := setEdit("data.split.seed", fmt.Sprint(seed))
	if err != nil {
		return nil, err
	}
	compiled := s.compile(append(append([]*canon.Edit(nil), p.edits...), edit), s.q.train)
	if err := errorsOf(compiled); err != nil {
		return nil, s.inArm(p.name, err)
	}
	e, err := s.experiment(compiled)
	if err != nil {
		return nil, err
	}
	p.bySeed[seed] = e
	return e, nil
}

// Identity implements Trainer.
func (s *Study) Identity(variant string, seed uint64) (string, error) {
	p := s.programs[variant]
	if p == nil {
		return "", fmt.Errorf("the study has no program %s", variant)
	}
	e, err := s.at(p, seed)
	if err != nil {
		return "", err
	}
	return digest("trial 1", e.Variant, s.seeds(seed), s.ask.Versions.Netc, s.ask.Versions.Platform, s.ask.Versions.Backend), nil
}

func digest(parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		b, err := json.Marshal(p)
		if err != nil {
			b = fmt.Append(nil, p)
		}
		fmt.Fprintf(h, "%d:%s", len(b), b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Train implements Trainer.
func (s *Study) Train(ctx context.Context, variant string, seed uint64) (*Record, error) {
	var seat *gpu.Ticket
	if s.ask.Device != nil {
		seat = s.ticket()
		defer seat.Release()
	}
	p := s.programs[variant]
	e, err := s.at(p, seed)
	if err != nil {
		return nil, err
	}
	c := s.config(p, e, seed)
	if seat != nil {
		c.Executor = seat
	}
	alone := s.Threads == 1 && seat == nil
	var before float64
	if alone { // all of the training is done by this goroutine: its thread's time is the trial's
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		before, alone = threadSeconds()
	}
	result, err := train.Run(ctx, c)
	rec, err := newRecord(result, err)
	if err != nil {
		return nil, s.inArm(p.name, err)
	}
	if seat != nil {
		rec.Stacked = seat.Stacked()
	}
	if after, ok := threadSeconds(); alone && ok {
		rec.Processor = after - before
	}
	rec.Variant, rec.Seeds, rec.Netc = e.Variant, s.seeds(seed), s.ask.Versions.Netc
	return rec, nil
}

// EditText writes an edit as the language does.
func EditText(e *canon.Edit) string {
	text := e.Verb + " " + e.Sel.String()
	if e.Value != nil {
		text += " = " + format.Expr(e.Value)
	}
	if e.Body != nil {
		text += " " + strings.Join(strings.Fields(format.Node(e.Body)), " ")
	}
	return text
}
