package study_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/train"
)

// These are exact relations between tricks, known from theory, run through programs: a trick that does not do what it
// says would break them.

// table writes a linear regression to a file beside the program: n rows of d features and a target.
type table struct {
	x [][]float64
	y []float64
}

func linear(n, d int) table {
	draw := rand.New(rand.NewPCG(11, 7))
	t := table{}
	for range n {
		row := make([]float64, d)
		y := 0.3 * draw.NormFloat64()
		for j := range row {
			// Values that a float32 holds exactly, of different spread.
			row[j] = math.Round(64*draw.NormFloat64()*float64(j+1)/float64(d)) / 64
			y += row[j] * float64(j%3-1)
		}
		t.x, t.y = append(t.x, row), append(t.y, math.Round(64*y)/64)
	}
	return t
}

func (t table) csv() string {
	var b strings.Builder
	for j := range t.x[0] {
		fmt.Fprintf(&b, "x%d,", j)
	}
	b.WriteString("y\n")
	for i, row := range t.x {
		for _, v := range row {
			fmt.Fprintf(&b, "%v,", v)
		}
		fmt.Fprintf(&b, "%v\n", t.y[i])
	}
	return b.String()
}

// trained trains a program from a seed.
func trained(t *testing.T, text, csv string, seed uint64) *train.Result {
	t.Helper()
	a := ask(t, text)
	if csv != "" {
		if err := os.WriteFile(filepath.Join(filepath.Dir(a.File), "table.csv"), []byte(csv), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := compiler.Compile(a.File, compiler.Options{Catalog: a.Catalog, Data: a.Reader})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	e, err := experiment.New(p, a.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := e.Config(experiment.Options{Threads: 1})
	seeds := train.OneSeed(seed)
	c.Seeds = &seeds
	r, err := train.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// regression is a linear network on the table, with layers before it and a recipe.
func regression(n int, init, layers, recipe string) string {
	return fmt.Sprintf(`
data table {
  from   csv("table.csv")
  target y
  number rest
  split  train = 100%%
}
model linear {
  input table
  init  %s
  %s
  dense 1, bias = false as out
}
train {
  loss  mse
  batch %d
  %s
}
`, init, layers, n, recipe)
}

func weights(r *train.Result, name string) []float64 {
	for _, w := range r.Weights {
		if strings.Contains(w.Name, name) && strings.HasSuffix(w.Name, "weight") {
			out := make([]float64, len(w.F32))
			for i, v := range w.F32 {
				out[i] = float64(v)
			}
			return out
		}
	}
	return nil
}

// residual is the mean squared error of weights, and gram the diagonal of X'X/n.
func (t table) residual(w []float64) (loss float64, gram []float64) {
	gram = make([]float64, len(w))
	for i, row := range t.x {
		e := -t.y[i]
		for j, v := range row {
			e += v * w[j]
			gram[j] += v * v / float64(len(t.x))
		}
		loss += e * e / float64(len(t.x))
	}
	return loss, gram
}

// meanLoss is the training loss over the epochs, with its standard error.
func meanLoss(r *train.Result) (mean, se float64) {
	n := float64(len(r.History))
	for _, e := range r.History {
		mean += e.Train["loss"] / n
	}
	for _, e := range r.History {
		se += (e.Train["loss"] - mean) * (e.Train["loss"] - mean)
	}
	return mean, math.Sqrt(se/(n-1)) / math.Sqrt(n)
}

// still trains with a rate so small that no weight moves.
const still = "optimizer sgd(lr = 1e-30)\n epochs 3000"

// Dropout is ridge in a linear regression: E loss = |y - Xw|² + (p/(1-p)) sum_j (X'X)_jj w_j², p the probability of dropping.
func TestDropoutIsRidge(t *testing.T) {
	data := linear(48, 5)
	r := trained(t, regression(48, "normal(std = 1)", "dropout 0.3", still), data.csv(), 1)
	w := weights(r, "out")
	want, gram := data.residual(w)
	for j := range w {
		want += 0.3 / 0.7 * gram[j] * w[j] * w[j]
	}
	if got, se := meanLoss(r); math.Abs(got-want) > 4*se || se > 0.01*want {
		t.Errorf("the loss with dropout is %v ± %v, the ridge's %v", got, se, want)
	} else {
		t.Logf("%v ± %v, %v by the identity", got, se, want)
	}
}

// Noise on the inputs is L2: the expected squared error grows by exactly std² |w|² (Bishop 1995).
func TestInputNoiseIsL2(t *testing.T) {
	data := linear(48, 5)
	text := strings.Replace(regression(48, "normal(std = 1)", "", still), "  split  train = 100%", "  split  train = 100%\n  augment { jitter 0.5 }", 1)
	r := trained(t, text, data.csv(), 1)
	w := weights(r, "out")
	want, _ := data.residual(w)
	for _, v := range w {
		want += 0.25 * v * v
	}
	if got, se := meanLoss(r); math.Abs(got-want) > 4*se || se > 0.01*want {
		t.Errorf("the loss with noise is %v ± %v, with the penalty %v", got, se, want)
	} else {
		t.Logf("%v ± %v, %v by the identity", got, se, want)
	}
}

// Early stopping is like L2: after t steps from zero, mode i of a quadratic has come 1 - (1 - lr lambda_i)^t of its way. With
// orthogonal features the modes are the weights.
func TestEarlyStoppingShrinks(t *testing.T) {
	// Columns of a Hadamard matrix, scaled: X'X/n is diagonal.
	scale := []float64{2, 1, 0.5, 0.25}
	data := table{}
	for i := range 8 {
		row := make([]float64, 4)
		y := 0.0
		for j := range row {
			sign := 1.0
			if i>>j&1 == 1 {
				sign = -1
			}
			if j == 3 && (i&1)^(i>>1&1) == 1 {
				sign = -1
			} else if j == 3 {
				sign = 1
			}
			row[j] = sign * scale[j]
			y += row[j] * float64(j+1)
		}
		data.x, data.y = append(data.x, row), append(data.y, y)
	}
	const lr, epochs = 0.05, 7
	r := trained(t, regression(8, "zeros", "", fmt.Sprintf("optimizer sgd(lr = %v)\n epochs %d", lr, epochs)), data.csv(), 1)
	for j, got := range weights(r, "out") {
		lambda := 2 * scale[j] * scale[j] // of the mean squared error
		want := (1 - math.Pow(1-lr*lambda, epochs)) * float64(j+1)
		if math.Abs(got-want) > 1e-5*want {
			t.Errorf("weight %d is %v, not %v", j, got, want)
		}
	}
}

// Under plain SGD L2 and decoupled decay are the same; under Adam they are not (Loshchilov and Hutter 2019).
func TestL2IsDecayUnderSGD(t *testing.T) {
	data := linear(48, 5)
	end := func(rule, penalty string) []float64 {
		return weights(trained(t, regression(12, "normal(std = 1)", "", "optimizer "+rule+"\n"+penalty+"\n epochs 40"), data.csv(), 3), "out")
	}
	far := func(a, b []float64) float64 {
		d := 0.0
		for i := range a {
			d = max(d, math.Abs(a[i]-b[i])/max(1e-3, math.Abs(a[i])))
		}
		return d
	}
	if d := far(end("sgd(lr = 0.02)", "l2 0.1"), end("sgd(lr = 0.02)", "decay 0.1")); d > 1e-5 {
		t.Errorf("under SGD the weights differ by %v", d)
	}
	if d := far(end("adam(lr = 0.02)", "l2 0.1"), end("adam(lr = 0.02)", "decay 0.1")); d < 0.01 {
		t.Errorf("under Adam the weights differ by %v only", d)
	}
	if d := far(end("sgd(lr = 0.02)", "l2 0.1"), end("sgd(lr = 0.02)", "")); d < 0.01 {
		t.Errorf("the penalty does not show: %v", d)
	}
}

// Label smoothing: the loss is (1-e) times the cross entropy plus e times that against the uniform distribution.
func TestLabelSmoothingIsAMixture(t *testing.T) {
	loss := func(line string) float64 {
		r := trained(t, `
data digits { from digits; split train = 300, test = 100, seed = 1 }
model m { input digits; init he; flatten; dense 16; act relu; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 1e-30); batch 300; epochs 1
`+line+`
}`, "", 1)
		return r.History[0].Train["loss"]
	}
	plain, half, tenth := loss(""), loss("label_smoothing 0.5"), loss("label_smoothing 0.1")
	uniform := 2*half - plain
	if want := 0.9*plain + 0.1*uniform; math.Abs(tenth-want) > 1e-6*want {
		t.Errorf("smoothing of 0.1 gives %v, the mixture %v", tenth, want)
	}
	if math.Abs(tenth-plain) < 1e-4 || uniform < math.Log(10)*(1-1e-6) {
		t.Errorf("plain %v, against the uniform distribution %v (at least ln 10)", plain, uniform)
	}
}

// Square layers of ReLUs keep the second moment of activations under He and halve it per layer under Glorot: 2^-30 after thirty.
// Both forms share their draws, so that the ratio is exact. The squared output against targets of zero measures the moment.
func TestInitialMoments(t *testing.T) {
	const width, layers = 48, 30
	draw := rand.New(rand.NewPCG(5, 5))
	data := table{}
	moment := 0.0
	for range 16 {
		row := make([]float64, width)
		for j := range row {
			row[j] = math.Round(64*draw.NormFloat64()) / 64
			moment += row[j] * row[j] / (16 * width)
		}
		data.x, data.y = append(data.x, row), append(data.y, 0)
	}
	text := func(init string) string {
		return regression(16, init, fmt.Sprintf("repeat %d { dense %d; act relu }", layers, width), "optimizer sgd(lr = 1e-30)\n epochs 1")
	}
	csv := data.csv()
	logs, n := 0.0, 0
	for seed := uint64(1); seed <= 6; seed++ {
		he := trained(t, text("he"), csv, seed).History[0].Train["loss"]
		glorot := trained(t, text("glorot"), csv, seed).History[0].Train["loss"]
		// The last layer has one output: Glorot divides by (fan_in + 1)/2 there.
		want := math.Pow(2, -layers) * (2.0 / (width + 1)) / (2.0 / width)
		if math.Abs(glorot/he-want) > 1e-4*want {
			t.Errorf("seed %d: the moments have the ratio %.6g, not %.6g", seed, glorot/he, want)
		}
		logs += math.Log2(he / (2 * moment)) // the last layer, without a ReLU behind it, doubles
		n++
	}
	// One network's moment is a product of thirty random factors: it scatters by a power of two or so, while Glorot's is 30 below.
	if mean := logs / float64(n); math.Abs(mean) > 6 {
		t.Errorf("under He the second moment changes by a factor of 2^%.1f over thirty layers", mean)
	}
}
