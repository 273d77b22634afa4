package train

import "sort"

// Facts are what is known of a run before its first step.
type Facts struct {
	Metrics    []string // that it will measure: train.loss, valid.accuracy, test.loss …
	Parameters int
	Memory     int64 // bytes that training takes, as planned
	Epochs     int
	Steps      int64
	Notes      []string
	Hashes     Hashes
}

// Inspect prepares a run without taking a step: every mistake that can be found before training is, and the run's size is known.
func Inspect(cfg Config) (*Facts, error) {
	t, err := prepare(cfg)
	if t != nil {
		defer t.close()
	}
	if err != nil {
		return nil, err
	}
	f := &Facts{Metrics: t.watchable(), Parameters: t.setup.Full.Net.ParamCount(), Memory: t.memory, Epochs: t.recipe.epochs, Steps: t.total, Notes: t.notes, Hashes: t.hashes}
	if cfg.Data.Test != nil {
		f.Metrics = append(f.Metrics, measures("test", t.held)...)
	}
	sort.Strings(f.Metrics)
	return f, nil
}
