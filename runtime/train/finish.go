package train

import (
	"context"
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/report"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// finish measures the test part with the weights that the run hands out, and writes the summary. An interrupted run has neither.
func (t *trainer) finish(ctx context.Context, status Status) (*Result, error) {
	r := &Result{Status: status, Seed: t.recipe.seed, Epochs: t.epoch, Steps: t.step, Parameters: t.setup.Full.Net.ParamCount(), Memory: t.memory,
		Hashes: t.hashes, Notes: t.notes, History: t.history}
	if n := len(t.history); n > 0 {
		e := &t.history[n-1]
		if early := t.recipe.early; early != nil && early.restore && early.bestEpoch > 0 && (status == Finished || status == StoppedOnce) {
			r.Best = early.bestEpoch
			e = &t.history[r.Best-1]
			if err := t.engine.Restore(); err != nil {
				return nil, err
			}
		}
		r.Train, r.Valid, r.Gap = e.Train, e.Valid, e.Gap
	}
	if err := t.engine.Pull(false); err != nil {
		return nil, err
	}
	if t.busy > 0 {
		r.StepsPerSecond = float64(t.steps) / t.busy.Seconds()
	}
	r.Fired = t.fired(status)
	r.Weights = t.layout.tensors("", t.state.Evaluated())
	r.Hashes.FinalWeights = t.layout.hash(t.state.Evaluated())
	if status == Finished || status == StoppedOnce {
		measured := t.cfg.Data.Valid
		if test := t.cfg.Data.Test; test != nil {
			if t.cfg.Outcomes && len(t.cfg.Info.Classes) > 0 && len(t.held) == 1 {
				t.right = make([]bool, 0, test.N())
			}
			v, err := t.evaluate(ctx, test)
			if ctx.Err() != nil {
				r.Status = Interrupted // the checkpoint of the last epoch stands; a resumed run comes straight here
				r.Seconds = t.seconds()
				return r, nil
			}
			if err != nil {
				return r, err
			}
			r.Test, measured = v, nil
			r.Correct, t.right = t.right, nil
		}
		if err := t.confuse(ctx, r, measured); err != nil {
			return r, err
		}
	}
	if curves := t.curves(status == Diverged); status != Interrupted && readable(curves) {
		reading := report.Read(curves)
		r.Reading = &reading
	}
	r.Seconds = t.seconds()
	if t.cfg.Store == nil || r.Status == Interrupted {
		return r, nil
	}
	if status != Diverged {
		f := safetensors.File{Metadata: map[string]string{"format": "netc weights 1", "layout": "NHWC; dense [in, out]; conv [kh, kw, in, out]"}, Tensors: r.Weights}
		if err := store.WriteAtomic(t.cfg.Store.Path(store.WeightsFile), f.Write); err != nil {
			return r, err
		}
	}
	return r, t.cfg.Store.WriteJSON(store.SummaryFile, r)
}

// confuse fills in the confusion matrices that were asked for. again is a part to be measured first, because the collectors hold
// another epoch's figures; nil where they hold the test part's.
func (t *trainer) confuse(ctx context.Context, r *Result, again *data.Part) error {
	asked := false
	for _, m := range t.recipe.report {
		asked = asked || m.Name == "confusion"
	}
	if !asked || t.setup.Eval == nil {
		return nil
	}
	if again != nil {
		if _, err := t.evaluate(ctx, again); err != nil {
			return err
		}
	}
	for _, c := range t.held {
		if m := c.Confusion(); m != nil {
			if r.Confusion == nil {
				r.Confusion = map[string][][]float64{}
			}
			r.Confusion[c.Output().Name] = m
			r.Classes = c.Output().Columns
		}
	}
	return nil
}

// fired lists the settings that act only sometimes, with how often they did.
func (t *trainer) fired(status Status) []Fired {
	var list []Fired
	c := t.state.Counters
	add := func(f Fired) { list = append(list, f) }
	if t.recipe.clipNode != nil {
		add(Fired{Setting: "clip", Acted: c.Clipped, Of: c.Steps, Unit: "steps"})
	}
	if t.recipe.maxNorm > 0 {
		add(Fired{Setting: "max_norm", Acted: c.MaxNorm, Of: c.Steps, Unit: "steps", Note: fmt.Sprintf("%d units scaled", c.MaxNormUnits)})
	}
	if w := t.schedule.Warmup(); t.recipe.warmup != nil {
		f := Fired{Setting: "warmup", Acted: min(w, t.step), Of: t.total, Unit: "steps"}
		if w >= t.total {
			f.Note = "as long as the whole run"
		}
		add(f)
	}
	if t.schedule.Watches() != "" {
		add(Fired{Setting: "schedule", Acted: t.reductions, Of: int64(len(t.history)), Unit: "epochs", Note: "reductions of the learning rate"})
	}
	if e := t.recipe.early; e != nil {
		f := Fired{Setting: "stop", Of: int64(t.recipe.epochs), Unit: "epochs", Note: fmt.Sprintf("best epoch %d", e.bestEpoch)}
		if status == StoppedOnce {
			f.Acted = int64(t.recipe.epochs - t.epoch) // epochs saved
		}
		add(f)
	}
	if t.state.Average != nil {
		add(Fired{Setting: "ema", Acted: t.state.Averaged, Of: c.Steps, Unit: "steps"})
	}
	for _, p := range t.recipe.penalties {
		if p.c == 0 {
			add(Fired{Setting: p.kind, Of: c.Steps, Unit: "steps", Note: "its strength is 0"})
		}
	}
	for _, a := range t.augmentCounts() {
		add(Fired{Setting: a.Path, Acted: int64(a.Acted), Of: int64(a.Seen), Unit: "examples"})
	}
	return list
}

// curves are the run's curves for the reading.
func (t *trainer) curves(broken bool) report.Curves {
	info := t.cfg.Info
	c := report.Curves{Classes: len(info.Classes), Broken: broken, Train: t.part.N(), Valid: size(t.cfg.Data.Valid),
		Rate: t.recipe.rule.Rate(), Epochs: t.recipe.epochs, Batch: t.recipe.batch, Images: len(info.Shape) == 3, Has: map[string]bool{}}
	for _, e := range t.history {
		c.Points = append(c.Points, report.Point{TrainLoss: e.Train["loss"], ValidLoss: value(e.Valid, "loss"),
			TrainError: failing(e.Train), ValidError: failing(e.Valid)})
	}
	for _, s := range []string{"schedule", "warmup", "clip", "stop", "l2", "decay"} {
		c.Has[s] = t.cfg.Train.Find(s) != nil
	}
	c.Has["decay"] = c.Has["decay"] || t.recipe.rule.Decay() > 0
	c.Has["augment"] = !t.pipeline.Empty()
	for _, v := range t.setup.Full.Net.Values {
		if _, ok := v.Attrs.(op.Dropout); ok {
			c.Has["dropout"] = true
		}
	}
	if s := t.cfg.DataSection; s != nil {
		if v := s.Find("split"); v != nil && v.Args["valid"].Unit == "%" {
			c.ValidShare = v.Args.Num("valid")
		}
	}
	t.places(&c)
	return c
}

// readable reports whether curves have an error to judge by: a network that rebuilds its input has a loss only.
func readable(c report.Curves) bool {
	return len(c.Points) == 0 || !math.IsNaN(c.Points[len(c.Points)-1].TrainError)
}

// places finds the statement that makes the first output, and a hidden dense layer that could be wider.
func (t *trainer) places(c *report.Curves) {
	n := t.setup.Full.Net
	if len(n.Outputs) == 0 || n.Outputs[0].Logits.Source == nil {
		return
	}
	last := n.Outputs[0].Logits.Source
	if last.Name != "dense" {
		return
	}
	c.Last = last.Path
	for _, v := range n.Values {
		if hidden(v, last) && v.Source.Args.Int("units") > c.Width {
			c.WidthPath, c.Width = v.Source.Path+".units", v.Source.Args.Int("units")
		}
	}
}

func hidden(v *network.Value, last *model.Node) bool {
	return v.Source != nil && v.Source != last && v.Source.Name == "dense" && v.Source.Args["units"].Kind == model.Number
}

func value(v metric.Values, name string) float64 {
	if x, ok := v[name]; ok {
		return x
	}
	return math.NaN()
}

// failing is the share of the job that is not done: 1 - accuracy or 1 - r2, of the only output or the mean over all.
func failing(v metric.Values) float64 {
	sum, n := 0.0, 0.0
	for _, name := range v.Names() {
		x := v[name]
		if base, _ := metric.Split(name); base == "accuracy" || base == "r2" {
			if name == base {
				return 1 - x
			}
			sum, n = sum+1-x, n+1
		}
	}
	return sum / n
}
