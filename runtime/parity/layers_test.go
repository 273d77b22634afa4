package parity

import (
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// single is one program of layers.py.
type single struct {
	Name, Program    string
	Batch, Width     int // examples; outputs of an example
	Shape            []int
	Categories       []int
	Target           string  // numbers, shares, classes or none
	Leaf             string  // the parameter that is what enters the layer; the input is one-hot then
	Amplitude        float64 // of the leaf, over 2
	Seed, Step       uint64
	fixture          *safetensors.File
	stream, fileName string
}

// Each layer, loss and block gives PyTorch's outputs, loss, gradients for what enters it and for its weights, running statistics, and
// outputs in evaluation.
func TestLayers(t *testing.T) {
	f := readFixture(t, "layers.safetensors")
	threads(t, func(t *testing.T, workers *kernel.Pool) {
		worst := gap{}
		for _, c := range metadata[[]single](t, f, "cases") {
			t.Run(c.Name, func(t *testing.T) {
				c.fixture, c.stream, c.fileName = f, "layers/"+c.Name, c.Name+".net"
				g := c.run(t, workers)
				t.Log(g)
				worst = worst.worse(g)
			})
		}
		t.Logf("the largest gap is %v", worst)
	})
}

func (c *single) run(t *testing.T, workers *kernel.Pool) (worst gap) {
	info := model.DataInfo{Shape: c.Shape}
	for k := range c.Width {
		if c.Target == "classes" {
			info.Classes = append(info.Classes, strconv.Itoa(k))
		} else {
			info.Targets = append(info.Targets, strconv.Itoa(k))
		}
	}
	for i, size := range c.Categories {
		info.Categories = append(info.Categories, model.Category{Name: strconv.Itoa(i), Size: size})
	}
	p := compileText(t, c.fileName, c.Program, info)
	train, w := assemble(t, p, network.Training, c.Batch, c.stream, nil)
	eval, _ := assemble(t, p, network.Evaluation, c.Batch, c.stream, w)
	if c.Leaf != "" {
		for i, v := range inputs(c.stream+"/x", len(w.params[c.Leaf])) {
			w.params[c.Leaf][i] = v * float32(c.Amplitude)
		}
	}
	c.feed(train.inputs)
	c.feed(eval.inputs)

	rest := c.fixture.Get(c.Name).F32
	check := func(what string, got []float32) {
		t.Helper()
		if len(rest) < len(got) {
			t.Fatalf("the fixture ends before %s", what)
		}
		want := complete(rest[:len(got)])
		g := want.gap(widen(got), want, 0)
		if !g.near() {
			t.Errorf("%s is off by %v:\n got %v\nwant %v", what, g, got, rest[:len(got)])
		}
		rest = rest[len(got):]
		worst = worst.worse(g)
	}
	train.Run(&kernel.Context{Seed: c.Seed, Step: c.Step, Workers: workers})
	check("loss", train.Output("loss"))
	main := rest[:c.Batch*c.Width]
	for _, o := range train.net.Outputs {
		check("logits/"+o.Name, train.Output("logits/"+o.Name))
	}
	for _, name := range sorted(w.gradient) {
		check("grad/"+name, w.gradient[name])
	}
	for _, name := range sorted(w.states) {
		check("state/"+name, w.states[name])
	}
	if len(rest) == 0 { // the same in training and in evaluation
		rest = main
	}
	eval.Run(&kernel.Context{Seed: c.Seed, Step: c.Step, Workers: workers})
	check("logits/main in evaluation", eval.Output("logits/main"))
	if len(rest) > 0 {
		t.Errorf("the fixture has %d numbers more", len(rest))
	}
	return worst
}

// feed makes the inputs that a program asks for.
func (c *single) feed(in map[string][]float32) {
	for name, v := range in {
		switch {
		case name == "codes":
			columns := len(c.Categories)
			for j, size := range c.Categories {
				for i, u := range uniform(c.stream+"/codes/"+strconv.Itoa(j), c.Batch) {
					v[i*columns+j] = float32(int(u * float64(size)))
				}
			}
		case name == "x" && c.Leaf != "": // one-hot: row i picks row i of the leaf
			cells := c.Shape[len(c.Shape)-1]
			for i := range cells {
				v[i*cells+i] = 1
			}
		case strings.HasPrefix(name, "y") && c.Target == "classes":
			copy(v, oneHot(c.stream+"/y", c.Batch, c.Width))
		case strings.HasPrefix(name, "y") && c.Target == "shares":
			for i, u := range uniform(c.stream+"/y", len(v)) {
				v[i] = float32(u)
			}
		default:
			copy(v, inputs(c.stream+"/"+name, len(v)))
		}
	}
}
