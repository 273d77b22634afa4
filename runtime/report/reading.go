package report

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/model"
)

// Verdict names what holds a run back.
type Verdict string

// The verdicts.
const (
	RateHigh Verdict = "learning rate too high"
	RateLow  Verdict = "learning rate too low"
	Short    Verdict = "too short to read"
	Bias     Verdict = "bias"
	Variance Verdict = "variance"
	Noise    Verdict = "noise"
	Fine     Verdict = "fine"
)

// The thresholds of the package documentation.
const (
	leftChance    = 0.05 // a loss this share below chance has left it
	worseThanBest = 0.50 // a loss this share above its best epoch has blown up
	jumpy         = 0.25 // share of upward movement of a loss that jumps
	smooth        = 0.10 // share of upward movement of a loss that falls smoothly
	slowProgress  = 0.30 // share of the first epoch's loss that a slow run has lost
	slowError     = 0.10 // error above which slow progress matters
	minEpochs     = 3
	minNoise      = 0.02
	minGap        = 0.02
	gapErrors     = 2.0 // standard errors that a gap must exceed
	turned        = 0.10
	biasClasses   = 0.05
	biasNumbers   = 0.10
	stillFalling  = 0.05 // a loss that fell this much in the last quarter has not settled
)

// Point is one epoch. Errors are 1 - accuracy or 1 - r2. Without a held-out part ValidLoss and ValidError are NaN.
type Point struct {
	TrainLoss, ValidLoss   float64
	TrainError, ValidError float64
}

// Curves are a run's curves with what is needed to judge them and to name a next step.
type Curves struct {
	Points  []Point
	Classes int  // 0 for a regression
	Broken  bool // the loss became NaN or infinite

	Train, Valid int     // examples in the parts
	Rate         float64 // base learning rate
	Epochs       int     // epochs asked for
	Batch        int
	// Has lists what the program already does: "dropout", "l2", "decay", "stop", "schedule", "augment", "clip", "warmup".
	Has map[string]bool
	// Images says that examples are images. Last is the path of the statement that makes the main output, say
	// model.dense[2]; Width that of a hidden layer that could be wider, with its size; empty where there is none.
	Images    bool
	Last      string
	WidthPath string
	Width     int
	// ValidShare is the share of the source that is held out, 0 where unknown or where the source has a valid part of its own.
	ValidShare float64
}

// Figure is one number that a verdict rests on.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Reading is what the curves say.
type Reading struct {
	Verdict  Verdict  `json:"verdict"`
	Why      string   `json:"why"` // one sentence with the figures
	Evidence []Figure `json:"evidence"`
	Next     string   `json:"next"`           // what to do, in words
	Edit     string   `json:"edit,omitempty"` // the same as an edit of the program: set train.optimizer.lr = 0.01
	Flag     string   `json:"flag,omitempty"` // and for the command line, where it fits there: --set train.optimizer.lr=0.01
}

// Read judges curves.
func Read(c Curves) Reading {
	r := Reading{}
	if c.Broken {
		r.Verdict = RateHigh
		r.Why = fmt.Sprintf("the loss stopped being a number after %d whole epochs", len(c.Points))
		r.lowerRate(c, 10)
		return r
	}
	n := len(c.Points)
	if n == 0 {
		r.Verdict, r.Why = Short, "there is no whole epoch"
		r.moreEpochs(c, 10)
		return r
	}
	last := tail(c.Points)
	loss := make([]float64, n)
	best := math.Inf(1)
	for i, p := range c.Points {
		loss[i] = p.TrainLoss
		best = math.Min(best, p.TrainLoss)
	}
	up := upward(loss)
	gap := last.ValidError - last.TrainError
	held := !math.IsNaN(last.ValidError)
	fit := last.TrainError
	if held {
		fit = math.Min(fit, last.ValidError)
	}
	r.figure("epochs", float64(n))
	r.figure("train loss", last.TrainLoss)
	r.figure("train error", last.TrainError)
	if held {
		r.figure("valid error", last.ValidError)
		r.figure("gap", gap)
	}
	r.figure("upward share of the train loss's movement", up)

	atChance := last.TrainError > 1-leftChance && c.Classes == 0
	if c.Classes > 1 {
		atChance = last.TrainLoss > (1-leftChance)*math.Log(float64(c.Classes))
	}
	if n >= minEpochs && up > jumpy && (atChance || last.TrainLoss > (1+worseThanBest)*best) {
		r.Verdict = RateHigh
		if atChance {
			r.Why = fmt.Sprintf("the training loss jumps (%s of its movement is upward) and is still at chance (%.3g)", percent(up), last.TrainLoss)
		} else {
			r.Why = fmt.Sprintf("the training loss jumps (%s of its movement is upward) and ends at %.3g, well above its best epoch (%.3g)", percent(up), last.TrainLoss, best)
		}
		r.lowerRate(c, 10)
		return r
	}
	if n < minEpochs {
		r.Verdict = Short
		r.Why = fmt.Sprintf("%d epochs are too few to see where the curves go", n)
		r.moreEpochs(c, max(10, 3*c.Epochs))
		return r
	}
	if progress := 1 - last.TrainLoss/loss[0]; up <= smooth && progress < slowProgress && fit > slowError && last.TrainLoss > 0 {
		r.Verdict = RateLow
		r.figure("share of the first epoch's loss that is gone", progress)
		r.Why = fmt.Sprintf("the training loss falls smoothly but slowly: from %.3g to %.3g in %d epochs, with %s of error left", loss[0], last.TrainLoss, n, percent(fit))
		r.Next = "raise the learning rate"
		r.set("train.optimizer.lr", tidy(c.Rate*10))
		return r
	}
	if held && r.judgeHeldOut(c, gap) {
		return r
	}
	limit := biasClasses
	if c.Classes == 0 {
		limit = biasNumbers
	}
	if fit > limit && !(held && gap > last.TrainError) {
		r.judgeBias(c, loss, gap)
		return r
	}
	r.Verdict = Fine
	r.Why = fmt.Sprintf("the training error is %s", percent(last.TrainError))
	if held {
		r.Why += fmt.Sprintf(" and the held-out error %s", percent(last.ValidError))
		if gap < 0 {
			r.Why += ": training is measured with dropout and augmentation on"
		} else {
			r.Why += ": the curves meet"
		}
	}
	r.Next = "measure which trick carries the result: netc ablate"
	if !held {
		r.Next = "hold out a part to see how far the result carries"
		r.edit("into data { split valid = 10% }")
	}
	return r
}

// tail is where the curves end: the losses of the last epoch, and the errors averaged over the last quarter, so that
// one lucky epoch decides nothing.
func tail(points []Point) Point {
	n := len(points)
	t := points[n-1]
	t.TrainError, t.ValidError = 0, 0
	k := max(1, n/4)
	for _, p := range points[n-k:] {
		t.TrainError += p.TrainError / float64(k)
		t.ValidError += p.ValidError / float64(k)
	}
	return t
}

// judgeHeldOut decides on noise and variance and reports whether it was one of them.
func (r *Reading) judgeHeldOut(c Curves, gap float64) bool {
	n := len(c.Points)
	last := tail(c.Points)
	jumps := jitter(c.Points[n/2:])
	standard := 0.0
	if c.Classes > 0 && c.Valid > 0 {
		standard = math.Sqrt(last.ValidError * (1 - last.ValidError) / float64(c.Valid))
		r.figure("standard error of the valid error", standard)
	}
	r.figure("jumps of the valid error from epoch to epoch", jumps)
	lowest, at := math.Inf(1), 0
	for i, p := range c.Points {
		if p.ValidLoss < lowest {
			lowest, at = p.ValidLoss, i
		}
	}
	switch {
	case jumps > minNoise && jumps > gap:
		r.Verdict = Noise
		r.Why = fmt.Sprintf("the held-out error jumps by %s from epoch to epoch, more than the gap of %s: differences between runs cannot be told from chance", percent(jumps), percent(gap))
		trainJumps := make([]float64, 0, n)
		for _, p := range c.Points[n/2:] {
			trainJumps = append(trainJumps, p.TrainLoss)
		}
		switch {
		case upward(trainJumps) > jumpy && !c.Has["schedule"]:
			r.Next = "let the learning rate fall towards the end"
			r.edit("into train { schedule cosine }")
		case upward(trainJumps) > jumpy:
			r.Next = "average more examples in a step"
			r.set("train.batch", tidy(float64(2*c.Batch)))
		case c.ValidShare > 0 && c.ValidShare <= 0.25:
			r.Next = "hold out more examples"
			r.set("data.split.valid", percent(2*c.ValidShare))
		default:
			r.Next = "average the weights over steps"
			r.edit("into train { ema 0.99 }")
		}
		return true
	case gap > minGap && gap > gapErrors*standard && gap > last.TrainError:
		r.Verdict = Variance
		r.Why = fmt.Sprintf("the training error is %s, the held-out error %s: a gap of %s", percent(last.TrainError), percent(last.ValidError), percent(gap))
	case last.ValidLoss > (1+turned)*lowest && last.ValidLoss > last.TrainLoss && at < n-1:
		r.Verdict = Variance
		r.Why = fmt.Sprintf("the held-out loss turned: %.3g at epoch %d, %.3g at the end, while the training loss is %.3g", lowest, at+1, last.ValidLoss, last.TrainLoss)
	default:
		return false
	}
	r.figure("lowest valid loss", lowest)
	r.figure("epoch of the lowest valid loss", float64(at+1))
	switch {
	case c.Images && !c.Has["augment"]:
		r.Next = "augment: each epoch then shows new views of the same images"
		r.edit("into data { augment { shift 10% } }")
	case !c.Has["dropout"] && c.Last != "":
		r.Next = "drop units before the last layer"
		r.edit("before " + c.Last + " { dropout 0.3 }")
	case !c.Has["l2"] && !c.Has["decay"]:
		r.Next = "penalize large weights"
		r.edit("into train { l2 5e-4 }")
	case !c.Has["stop"] && at < 2*n/3:
		r.Next = "stop where the held-out loss is lowest"
		r.edit("into train { stop early(patience = 5 epochs) }")
	default:
		r.Next = "get more data: regularization is in place already, and a gap shrinks with the number of examples"
	}
	return true
}

func (r *Reading) judgeBias(c Curves, loss []float64, gap float64) {
	n := len(loss)
	last := tail(c.Points)
	quarter := loss[n-1-max(1, n/4)]
	falling := 1 - loss[n-1]/quarter
	r.figure("share of the train loss lost in the last quarter", falling)
	r.Verdict = Bias
	r.Why = fmt.Sprintf("the training error itself is %s", percent(last.TrainError))
	switch {
	case gap < 0:
		r.Why += fmt.Sprintf(" (measured with dropout and augmentation on), the held-out error %s", percent(last.ValidError))
	case !math.IsNaN(gap):
		r.Why += fmt.Sprintf(", the gap only %s", percent(gap))
	}
	switch {
	case falling > stillFalling:
		r.Why += fmt.Sprintf("; the loss still fell by %s in the last quarter", percent(falling))
		r.moreEpochs(c, 2*max(c.Epochs, n))
	case c.Has["dropout"]:
		r.Next = "switch regularization off: the network underfits"
		r.edit("off dropout")
		r.Flag = "--off dropout"
	case c.WidthPath != "":
		r.Next = "make the network larger"
		r.set(c.WidthPath, tidy(float64(2*c.Width)))
	case c.Last != "":
		r.Next = "make the network larger: one more hidden layer"
		r.edit("before " + c.Last + " { dense 128; act relu }")
	default:
		r.Next = "make the network larger"
	}
}

func (r *Reading) figure(name string, v float64) {
	if !math.IsNaN(v) && !math.IsInf(v, 0) { // figures travel as JSON
		r.Evidence = append(r.Evidence, Figure{name, v})
	}
}

func (r *Reading) edit(e string) { r.Edit = e }

func (r *Reading) set(path, value string) {
	r.Edit = "set " + path + " = " + value
	r.Flag = "--set " + path + "=" + value
}

func (r *Reading) lowerRate(c Curves, by float64) {
	r.Next = "lower the learning rate"
	r.set("train.optimizer.lr", tidy(c.Rate/by))
}

func (r *Reading) moreEpochs(c Curves, epochs int) {
	r.Next = "train longer"
	r.set("train.epochs", fmt.Sprint(epochs))
}

// upward is the share of a curve's movement that goes up, in [0, 1]; 0 for a curve that does not move.
func upward(v []float64) float64 {
	up, all := 0.0, 0.0
	for i := 1; i < len(v); i++ {
		d := v[i] - v[i-1]
		all += math.Abs(d)
		up += math.Max(d, 0)
	}
	if all == 0 {
		return 0
	}
	return up / all
}

// jitter is the standard deviation of one epoch's held-out error about a smooth course: that of the
// changes from epoch to epoch, their mean taken off, divided by sqrt(2) as a difference of two independent errors has twice their variance.
func jitter(points []Point) float64 {
	n := float64(len(points) - 1)
	if n < 2 {
		return 0
	}
	mean, sum := (points[len(points)-1].ValidError-points[0].ValidError)/n, 0.0
	for i := 1; i < len(points); i++ {
		d := points[i].ValidError - points[i-1].ValidError - mean
		sum += d * d
	}
	return math.Sqrt(sum / (n - 1) / 2)
}

func percent(f float64) string { return fmt.Sprintf("%.3g%%", 100*f) }

// tidy prints a number with two digits, in the language's syntax.
func tidy(f float64) string {
	if f >= 100 {
		return model.FormatNumber(math.Round(f))
	}
	scale := math.Pow(10, 1-math.Floor(math.Log10(f)))
	if f <= 0 || math.IsInf(scale, 0) {
		return model.FormatNumber(f)
	}
	if scale >= 1 {
		return model.FormatNumber(math.Round(f*scale) / scale)
	}
	return model.FormatNumber(math.Round(f))
}
