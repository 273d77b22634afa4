package parity

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/optim"
)

// trained is how make.py has trained a network.
type trained struct {
	Batch, Classes   int
	Shape            []int
	Seed             uint64
	LR, Momentum, L2 float64
	Float32          map[string]float64 // how far PyTorch's float32 is from its float64, in norm
}

// Three steps of training give PyTorch's losses, gradients, weights, running statistics and predictions.
func TestNetworks(t *testing.T) {
	for _, name := range []string{"mlp", "lenet", "resnet20"} {
		t.Run(name, func(t *testing.T) {
			threads(t, func(t *testing.T, workers *kernel.Pool) { trainNetwork(t, name, workers) })
		})
	}
}

func trainNetwork(t *testing.T, name string, workers *kernel.Pool) {
	f := readFixture(t, name+".safetensors")
	c := metadata[trained](t, f, "case")
	info := model.DataInfo{Shape: c.Shape, Targets: []string{""}}
	for k := range c.Classes {
		info.Classes = append(info.Classes, strconv.Itoa(k))
	}
	p := compile(t, "testdata/"+name+".net", info)
	sgd := p.Train.Find("optimizer").Args.Call("rule")
	l2 := p.Train.Find("l2").Args.Num("c")
	want := c
	want.LR, want.Momentum, want.L2 = sgd.Args.Num("lr"), sgd.Args.Num("momentum"), l2
	want.Batch, want.Seed = p.Train.Find("batch").Args.Int("size"), uint64(p.Train.Find("seed").Args.Num("n"))
	if diff := cmp.Diff(want, c); diff != "" {
		t.Fatalf("the fixture is not of this program (-program +fixture):\n%s", diff)
	}
	rule, err := optim.NewRule(sgd)
	if err != nil {
		t.Fatal(err)
	}
	stream := name + "/" + strconv.FormatUint(c.Seed, 10)
	train, w := assemble(t, p, network.Training, c.Batch, stream, nil)
	eval, _ := assemble(t, p, network.Evaluation, c.Batch, stream, w)
	start := slices.Clone(w.values)
	for i, p := range train.net.Params {
		if p.Role == network.Weight {
			w.segments[i].L2 = l2
		}
	}
	optimizer, err := optim.New(rule, optim.Clip{}, w.segments, len(w.values), nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	worst := map[string]gap{}
	check := func(key string, got []float64, slack float64) {
		t.Helper()
		want := summarized(t, f, key, len(got))
		g := want.gap(got, want, slack)
		if !g.near() {
			t.Errorf("%s is off by %v", key, g)
		}
		kind, _, _ := strings.Cut(key, "/")
		worst[kind] = worst[kind].worse(g)
		seen[key] = true
	}
	var losses []float64
	for step := range 3 {
		at := stream + "/x/" + strconv.Itoa(step)
		copy(train.inputs["x"], inputs(at, len(train.inputs["x"])))
		copy(train.inputs["y"], oneHot(stream+"/y/"+strconv.Itoa(step), c.Batch, c.Classes))
		train.Run(&kernel.Context{Seed: c.Seed, Step: uint64(step), Workers: workers})
		losses = append(losses, float64(train.Output("loss")[0]))
		if step == 0 {
			check("logits", widen(train.Output("logits/main")), 0)
			for _, name := range sorted(w.gradient) {
				check("grad/"+name, widen(w.gradient[name]), 0)
			}
		}
		optimizer.Step(w.values, w.grads, rule.Rate())
	}
	check("losses", losses, 0)
	for _, s := range w.segments {
		moved, largest := make([]float64, s.To-s.From), 0.0
		for i := range moved {
			moved[i] = float64(w.values[s.From+i]) - float64(start[s.From+i])
			largest = max(largest, math.Abs(float64(start[s.From+i])))
		}
		check("change/"+s.Name, moved, 3*math.Exp2(-24)*largest)

		// The weights themselves: the change, measured by them.
		change := summarized(t, f, "change/"+s.Name, len(moved))
		weight := tensor{size: len(moved), elements: map[int]float64{}}
		for i, d := range change.elements {
			weight.elements[i] = float64(start[s.From+i]) + d
		}
		for _, v := range w.values[s.From:s.To] {
			weight.norm += float64(v) * float64(v)
		}
		weight.norm = math.Sqrt(weight.norm)
		g := change.gap(moved, weight, 0)
		if !g.near() {
			t.Errorf("weight %s is off by %v", s.Name, g)
		}
		worst["weight"] = worst["weight"].worse(g)
	}
	for _, name := range sorted(w.states) {
		check("state/"+name, widen(w.states[name]), 0)
	}
	copy(eval.inputs["x"], train.inputs["x"])
	eval.Run(&kernel.Context{Workers: workers})
	check("eval", widen(eval.Output("logits/main")), 0)
	for _, x := range f.Tensors {
		if !seen[x.Name] {
			t.Errorf("the network has no %s", x.Name)
		}
	}
	for _, kind := range sorted(worst) {
		note := ""
		if own, ok := c.Float32[kind]; ok {
			note = fmt.Sprintf("; PyTorch's float32: %.1e in norm", own)
		}
		t.Logf("%-7s %v%s", kind, worst[kind], note)
	}
}
