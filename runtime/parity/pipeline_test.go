package parity

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
	"github.com/netc-lang/netc/runtime/optim"
)

// described answers the compiler's questions about a data section whose numbers a test makes itself.
type described model.DataInfo

func (d described) Describe(*model.Section, string) (*model.DataInfo, error) {
	info := model.DataInfo(d)
	return &info, nil
}

func compile(t *testing.T, file string, info model.DataInfo) *compiler.Program {
	t.Helper()
	return compileWith(t, file, compiler.Options{Data: described(info)})
}

// compileText compiles a program that is in no file.
func compileText(t *testing.T, name, text string, info model.DataInfo) *compiler.Program {
	t.Helper()
	read := func(file string) ([]byte, error) {
		if file == name {
			return []byte(text), nil
		}
		return os.ReadFile(file)
	}
	return compileWith(t, name, compiler.Options{Data: described(info), ReadFile: read})
}

func compileWith(t *testing.T, file string, opt compiler.Options) *compiler.Program {
	t.Helper()
	opt.Catalog = runtime.Catalog()
	p := compiler.Compile(file, opt)
	if p.Diags.HasErrors() {
		var b strings.Builder
		diag.Render(&b, p.Diags, p.Source, false)
		t.Fatal(b.String())
	}
	return p
}

// machine is a program for one mode and batch size, made ready to run.
type machine struct {
	*exec.Machine
	net    *network.Network
	inputs map[string][]float32
}

// weights are the parameters of a network and their gradients, each in one piece of memory, and its states.
type weights struct {
	segments         []optim.Segment
	values, grads    []float32
	params, gradient map[string][]float32
	states           map[string][]float32
}

// draw fills the parameters and states of a network.
func draw(net *network.Network, stream string) *weights {
	w := &weights{values: make([]float32, net.ParamCount()), grads: make([]float32, net.ParamCount()),
		params: map[string][]float32{}, gradient: map[string][]float32{}, states: map[string][]float32{}}
	at := 0
	for _, p := range net.Params {
		to := at + p.Size()
		copy(w.values[at:], fill(stream, p.Name, p.Shape))
		w.params[p.Name], w.gradient[p.Name] = w.values[at:to:to], w.grads[at:to:to]
		w.segments = append(w.segments, optim.Segment{Name: p.Name, From: at, To: to, Units: p.Shape.Last()})
		at = to
	}
	for _, s := range net.States {
		w.states[s.Name] = fill(stream, s.Name, s.Shape)
	}
	return w
}

// assemble builds, lowers, plans and binds a program. Parameters are drawn where w is nil.
func assemble(t *testing.T, p *compiler.Program, mode network.Mode, batch int, stream string, w *weights) (*machine, *weights) {
	t.Helper()
	net, err := p.Network(mode, batch)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := lower.Lower(net, graph.Float32)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := exec.NewPlan(prog, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if w == nil {
		w = draw(net, stream)
	}
	m := &machine{net: net, inputs: map[string][]float32{}}
	b := exec.Buffers{Inputs: m.inputs, Params: map[string][]float32{}, States: w.states}
	for _, p := range net.Params { // a head without a loss of its own is not in evaluation
		b.Params[p.Name] = w.params[p.Name]
	}
	for _, v := range net.Values {
		if v.Kind == network.InputValue {
			m.inputs[v.Name] = make([]float32, v.Dims.Size())
		}
	}
	if mode == network.Training {
		b.Outputs = map[string][]float32{}
		for name, g := range w.gradient {
			b.Outputs["grad/"+name] = g
		}
	}
	if m.Machine, err = plan.Bind(b); err != nil {
		t.Fatal(err)
	}
	return m, w
}

// threads runs a test with one thread and with two.
func threads(t *testing.T, run func(t *testing.T, workers *kernel.Pool)) {
	t.Run("1 thread", func(t *testing.T) { run(t, nil) })
	t.Run("2 threads", func(t *testing.T) {
		workers := kernel.NewPool(2)
		defer workers.Close()
		run(t, workers)
	})
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
