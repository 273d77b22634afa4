package exec

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// net builds a network on a graph through small helpers; each layer gets an origin.
type net struct {
	*graph.Graph
	params []op.Val
	names  []string
	layers int
}

func newNet() *net { return &net{Graph: graph.New(graph.Float32)} }

func (n *net) layer(kind string) string {
	n.layers++
	path := fmt.Sprintf("model.%s[%d]", kind, n.layers)
	pos := diag.Pos{Filename: "model.net", Line: n.layers, Column: 3}
	n.SetOrigin(graph.Origin{Path: path, Span: diag.Span{Start: pos, End: pos}})
	return path
}

func (n *net) param(name string, shape ...int) op.Val {
	v := n.Param(name, shape)
	n.params = append(n.params, v)
	n.names = append(n.names, name)
	return v
}

func (n *net) relu(x op.Val) op.Val { return op.Activation(n, "relu", 0, x) }

func (n *net) dense(x op.Val, units int) op.Val {
	path := n.layer("dense")
	return op.Bias(n, op.MatMul{}.Apply(n, x, n.param(path+".weight", x.Shape().Last(), units)), n.param(path+".bias", units))
}

func (n *net) conv(x op.Val, kernel, out, stride int) op.Val {
	path := n.layer("conv")
	b := kernel / 2
	c := op.Conv{Window: op.Window{KH: kernel, KW: kernel, SH: stride, SW: stride, DH: 1, DW: 1, Top: b, Bottom: b, Left: b, Right: b}, Groups: 1}
	return c.Apply(n, x, n.param(path+".weight", kernel, kernel, x.Shape().Last(), out))
}

func (n *net) convBias(x op.Val, kernel, out int) op.Val {
	y := n.conv(x, kernel, out, 1)
	return op.Bias(n, y, n.param(fmt.Sprintf("model.conv[%d].bias", n.layers), out))
}

func (n *net) norm(x op.Val) op.Val {
	path := n.layer("norm")
	c := x.Shape().Last()
	bn := op.Moments{Over: "batch", Eps: 1e-5}
	m := bn.Of(n, x)
	n.Output("state/"+path+".stats", op.Track{Decay: 0.9, Unbias: 1.1}.Apply(n, n.State(path+".stats", op.Shape{2, c}), m))
	return bn.Normalize(n, x, m, n.param(path+".gamma", c), n.param(path+".beta", c))
}

func (n *net) maxPool(x op.Val) op.Val {
	n.layer("pool")
	return op.Pool{Window: op.Window{KH: 2, KW: 2, SH: 2, SW: 2, DH: 1, DW: 1}}.Max(n, x)
}

// finish adds the loss and all gradients.
func (n *net) finish(t testing.TB, logits op.Val) *graph.Program {
	t.Helper()
	n.layer("loss")
	loss := op.Mean(n, op.Loss{Smoothing: 0.1}.CrossEntropy(n, logits, n.Input("t", logits.Shape())))
	n.Output("logits", logits)
	n.Output("loss", loss)
	grads, err := n.Grad(loss, n.params...)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range grads {
		n.Output("grad/"+n.names[i], g)
	}
	p, err := n.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mlp(t testing.TB, batch, in, hidden int) *graph.Program {
	n := newNet()
	x := n.Input("x", op.Shape{batch, in})
	h := n.relu(n.dense(x, hidden))
	h = op.Dropout{P: 0.3, Rescale: true, Path: n.layer("dropout")}.Apply(n, h)
	h = n.relu(n.dense(h, hidden))
	return n.finish(t, n.dense(h, 10))
}

func lenet(t testing.TB, batch, size int) *graph.Program {
	n := newNet()
	x := n.Input("x", op.Shape{batch, size, size, 1})
	x = n.maxPool(n.relu(n.convBias(x, 5, 6)))
	x = n.maxPool(n.relu(n.convBias(x, 5, 16)))
	x = n.relu(n.dense(op.Flatten(n, x), 120))
	x = n.relu(n.dense(x, 84))
	return n.finish(t, n.dense(x, 10))
}

// resnet is the CIFAR network of He et al. 2016 with the given blocks in each of three stages.
func resnet(t testing.TB, batch, size, blocks int) *graph.Program {
	n := newNet()
	x := n.relu(n.norm(n.conv(n.Input("x", op.Shape{batch, size, size, 3}), 3, 16, 1)))
	for stage, width := range []int{16, 32, 64} {
		for b := range blocks {
			stride := 1
			if stage > 0 && b == 0 {
				stride = 2
			}
			y := n.norm(n.conv(n.relu(n.norm(n.conv(x, 3, width, stride))), 3, width, 1))
			if stride == 2 {
				x = n.norm(n.conv(x, 1, width, 2))
			}
			n.layer("sum")
			x = n.relu(op.Add(n, y, x))
		}
	}
	n.layer("mean")
	return n.finish(t, n.dense(op.MeanSpace(n, x), 10))
}

// mixed has what the others lack: groups, gates, noise, concatenation, embedding, a shared weight, several activations.
func mixed(t testing.TB) *graph.Program {
	n := newNet()
	x := n.Input("x", op.Shape{6, 8, 8, 4})
	y := op.Activation(n, "gelu", 0, n.convBias(x, 3, 8))
	gn := op.Moments{Over: "group", Groups: 2, Eps: 1e-5}
	n.layer("group_norm")
	y = gn.Normalize(n, y, gn.Of(n, y), n.param("gamma", 8), n.param("beta", 8))
	y = op.Activation(n, "silu", 0, y)
	s := op.Activation(n, "sigmoid", 0, n.dense(op.MeanSpace(n, y), 8))
	y = op.MulChannels(n, y, s)
	y = op.Gauss{Std: 0.1, Path: n.layer("noise")}.Apply(n, y)
	w := n.param("shared", 3, 3, 8, 8)
	same := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: 1}
	for range 2 {
		n.layer("block")
		y = op.Add(n, op.Activation(n, "tanh", 0, same.Apply(n, y, w)), y)
	}
	y = op.Pool{Window: op.Window{KH: 3, KW: 3, SH: 2, SW: 2, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}}.Average(n, y)
	table := op.NewTable(5, 3)
	e := table.Embed(n, n.Input("codes", op.Shape{6, 2}), n.param("table", 8, 4))
	f := op.Concat(n, op.Flatten(n, y), e, op.MaxSpace(n, x))
	ln := op.Moments{Over: "layer", Eps: 1e-5}
	c := f.Shape().Last()
	f = ln.Normalize(n, f, ln.Of(n, f), n.param("ln.gamma", c), n.param("ln.beta", c))
	return n.finish(t, n.dense(op.Activation(n, "elu", 1, f), 3))
}

// feed makes numbers for every named value; they are exact in float32.
func feed(p *graph.Program, seed uint64) map[string]op.Tensor {
	r := rand.New(rand.NewPCG(seed, 3))
	data := map[string]op.Tensor{}
	for _, v := range p.Values {
		if v.Name == "" {
			continue
		}
		x := op.Tensor{Shape: v.Shape, Data: make([]float64, v.Shape.Size())}
		fan := 1
		if len(v.Shape) > 1 {
			fan = v.Shape.Size() / v.Shape.Last()
		}
		for i := range x.Data {
			e := r.NormFloat64()
			switch {
			case v.Name == "t": // rows that sum to 1
				e = 0
				if k := v.Shape.Last(); i%k == i/k*7%k {
					e = 1
				}
			case v.Name == "codes":
				e = float64(r.IntN(5))
			case v.Kind == graph.State:
				e = 0.5 + math.Abs(e)
			case v.Kind == graph.Param && fan > 1:
				e *= math.Sqrt(2 / float64(fan))
			case v.Kind == graph.Param:
				e = 0.5 + 0.1*e
			}
			x.Data[i] = float64(float32(e))
		}
		data[v.Name] = x
	}
	return data
}

// buffers turns a feed into a machine's buffers.
func buffers(p *graph.Program, data map[string]op.Tensor) Buffers {
	b := Buffers{Inputs: map[string][]float32{}, Params: map[string][]float32{}, States: map[string][]float32{}, Outputs: map[string][]float32{}}
	for _, v := range p.Values {
		to := map[graph.ValueKind]map[string][]float32{graph.Input: b.Inputs, graph.Param: b.Params, graph.State: b.States}[v.Kind]
		if to == nil {
			continue
		}
		x := make([]float32, v.Shape.Size())
		for i, e := range data[v.Name].Data {
			x[i] = float32(e)
		}
		to[v.Name] = x
	}
	return b
}

// gradients binds every gradient to its part of one flat buffer, which it returns.
func gradients(p *graph.Program, b Buffers) []float32 {
	size := 0
	names := slices.Sorted(maps.Keys(p.Outputs))
	for _, name := range names {
		if len(name) > 5 && name[:5] == "grad/" {
			size += p.Values[p.Outputs[name]].Shape.Size()
		}
	}
	flat := make([]float32, size)
	at := 0
	for _, name := range names {
		if len(name) > 5 && name[:5] == "grad/" {
			n := p.Values[p.Outputs[name]].Shape.Size()
			b.Outputs[name] = flat[at : at+n]
			at += n
		}
	}
	return flat
}

// chain is a row of n steps on one number.
func chain(t testing.TB, n int) *graph.Program {
	g := graph.New(graph.Float32)
	x := g.Input("x", op.Shape{1})
	for range n {
		x = op.Scale(g, x, 0.5)
	}
	g.Output("y", x)
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
