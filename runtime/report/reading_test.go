package report

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// curves makes n epochs of a classification into ten classes from formulas in the epoch, counted from 0.
func curves(n int, point func(e float64) Point) Curves {
	c := Curves{Classes: 10, Train: 5000, Valid: 1000, Rate: 0.1, Epochs: n, Batch: 64, Has: map[string]bool{}, Last: "model.dense[2]"}
	for e := range n {
		c.Points = append(c.Points, point(float64(e)))
	}
	return c
}

func falls(from, to, pace, e float64) float64 { return to + (from-to)*math.Exp(-pace*e) }

func healthy(e float64) Point {
	return Point{TrainLoss: falls(1.5, 0.05, 0.5, e), ValidLoss: falls(1.5, 0.08, 0.5, e), TrainError: falls(0.5, 0.01, 0.5, e), ValidError: falls(0.5, 0.02, 0.5, e)}
}

func overfit(e float64) Point {
	return Point{TrainLoss: falls(1.5, 0.001, 0.5, e), ValidLoss: falls(1.5, 0.4, 0.6, e) + 0.02*e, TrainError: falls(0.5, 0, 0.6, e), ValidError: falls(0.5, 0.12, 0.6, e)}
}

func underfit(e float64) Point {
	return Point{TrainLoss: falls(2, 0.9, 0.8, e), ValidLoss: falls(2, 0.95, 0.8, e), TrainError: falls(0.7, 0.3, 0.8, e), ValidError: falls(0.7, 0.31, 0.8, e)}
}

func with(c Curves, change func(*Curves)) Curves { change(&c); return c }

func TestVerdicts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	has := func(names ...string) func(*Curves) {
		return func(c *Curves) {
			for _, n := range names {
				c.Has[n] = true
			}
		}
	}
	for _, c := range []struct {
		name   string
		curves Curves
		want   Verdict
		edit   string
	}{
		{"fine", curves(20, healthy), Fine, ""},
		{"fine, nothing held out", curves(20, func(e float64) Point {
			p := healthy(e)
			p.ValidLoss, p.ValidError = math.NaN(), math.NaN()
			return p
		}), Fine, "into data { split valid = 10% }"},
		{"variance", curves(20, overfit), Variance, "before model.dense[2] { dropout 0.3 }"},
		{"variance of images", with(curves(20, overfit), func(c *Curves) { c.Images = true }), Variance, "into data { augment { shift 10% } }"},
		{"variance with dropout", with(curves(20, overfit), has("dropout")), Variance, "into train { l2 5e-4 }"},
		{"variance with dropout and l2", with(curves(30, overfit), has("dropout", "l2")), Variance, "into train { stop early(patience = 5 epochs) }"},
		{"variance with everything", with(curves(30, overfit), has("dropout", "decay", "stop")), Variance, ""},
		{"the loss turns though the error does not", curves(30, func(e float64) Point {
			p := healthy(e)
			p.ValidLoss += 0.01 * e
			return p
		}), Variance, "before model.dense[2] { dropout 0.3 }"},
		{"bias, settled", curves(20, underfit), Bias, "before model.dense[2] { dense 128; act relu }"},
		{"bias, a width to set", with(curves(20, underfit), func(c *Curves) { c.WidthPath, c.Width = "model.width", 64 }), Bias, "set model.width = 128"},
		{"bias, regularized", with(curves(20, underfit), has("dropout")), Bias, "off dropout"},
		{"bias, still falling", curves(6, func(e float64) Point {
			return Point{TrainLoss: falls(2, 0.1, 0.15, e), ValidLoss: falls(2, 0.1, 0.15, e), TrainError: falls(0.7, 0.05, 0.15, e), ValidError: falls(0.7, 0.06, 0.15, e)}
		}), Bias, "set train.epochs = 12"},
		{"fine, though dropout keeps the training error high", curves(20, func(e float64) Point {
			return Point{TrainLoss: falls(2, 0.25, 0.5, e), ValidLoss: falls(1, 0.06, 0.5, e), TrainError: falls(0.5, 0.08, 0.5, e), ValidError: falls(0.3, 0.015, 0.5, e)}
		}), Fine, ""},
		{"bias behind dropout", curves(20, func(e float64) Point {
			return Point{TrainLoss: falls(2, 1.2, 0.8, e), ValidLoss: falls(2, 0.95, 0.8, e), TrainError: falls(0.7, 0.4, 0.8, e), ValidError: falls(0.7, 0.31, 0.8, e)}
		}), Bias, "before model.dense[2] { dense 128; act relu }"},
		{"rate too low", curves(10, func(e float64) Point {
			return Point{TrainLoss: 2.3 - 0.02*e, ValidLoss: 2.31 - 0.02*e, TrainError: 0.89 - 0.01*e, ValidError: 0.89 - 0.01*e}
		}), RateLow, "set train.optimizer.lr = 1"},
		{"rate too high, at chance", curves(10, func(e float64) Point {
			return Point{TrainLoss: 2.31 + 0.01*math.Cos(3*e), ValidLoss: 2.31, TrainError: 0.9, ValidError: 0.9}
		}), RateHigh, "set train.optimizer.lr = 0.01"},
		{"rate too high, blown up", curves(10, func(e float64) Point {
			return Point{TrainLoss: 1 + 0.5*math.Cos(3*e) + 0.1*e, ValidLoss: 2, TrainError: 0.5, ValidError: 0.5}
		}), RateHigh, "set train.optimizer.lr = 0.01"},
		{"diverged", with(curves(2, healthy), func(c *Curves) { c.Broken = true }), RateHigh, "set train.optimizer.lr = 0.01"},
		{"noise of a small held-out part", with(curves(20, func(e float64) Point {
			p := healthy(e)
			p.ValidError += 0.05 * r.NormFloat64()
			return p
		}), func(c *Curves) { c.ValidShare, c.Valid = 0.1, 50 }), Noise, "set data.split.valid = 20%"},
		{"noise of the steps", curves(20, func(e float64) Point {
			p := healthy(e)
			p.TrainLoss = 0.3 + 0.05*math.Cos(3*e)
			p.ValidError = 0.06 + 0.05*math.Cos(3*e)
			p.TrainError = 0.04
			return p
		}), Noise, "into train { schedule cosine }"},
		{"short", curves(2, healthy), Short, "set train.epochs = 10"},
		{"nothing", curves(0, healthy), Short, "set train.epochs = 10"},
		{"regression, bias", with(curves(20, underfit), func(c *Curves) { c.Classes = 0 }), Bias, "before model.dense[2] { dense 128; act relu }"},
		{"regression, at chance and jumping", with(curves(10, func(e float64) Point {
			return Point{TrainLoss: 5 + 4*math.Cos(3*e), ValidLoss: 5, TrainError: 1.5, ValidError: 1.5}
		}), func(c *Curves) { c.Classes = 0 }), RateHigh, "set train.optimizer.lr = 0.01"},
	} {
		got := Read(c.curves)
		if got.Verdict != c.want || got.Edit != c.edit {
			t.Errorf("%s: %q with the edit %q, want %q with %q\n%s", c.name, got.Verdict, got.Edit, c.want, c.edit, got.Why)
		}
		if got.Why == "" || got.Next == "" {
			t.Errorf("%s: no reason or no next step: %+v", c.name, got)
		}
		if strings.HasPrefix(got.Edit, "set ") != strings.HasPrefix(got.Flag, "--set ") {
			t.Errorf("%s: the edit %q has the flag %q", c.name, got.Edit, got.Flag)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTidy(t *testing.T) {
	for f, want := range map[float64]string{0.03: "0.03", 0.0300001: "0.03", 1: "1", 10: "10", 128: "128", 512: "512", 0.000123: "0.00012", 33.3: "33"} {
		if got := tidy(f); got != want {
			t.Errorf("tidy(%v) = %s, want %s", f, got, want)
		}
	}
}
