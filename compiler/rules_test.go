package compiler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

// The rules of tricks and variants, as far as compilation carries them: each test is named after its rule.

// residual is a program with most kinds of tricks.
const residual = `
data digits { from digits; augment { shift 1; flip horizontal off } }
block unit(n, stride = 1) {
  sum {
    path { conv n, stride = stride; norm batch; act relu; dropout 0.1 }
    path { shortcut n, stride = stride } instead of nothing as skip
  }
}
model m {
  input digits
  init he instead of normal(0.01)
  conv 8 as stem
  repeat 2 { unit 8 } as stage
  unit 16, stride = 2
  conv 16, kernel = 1 instead of nothing as mix
  pool average, global
  dropout 0.5 off
  dense classes
}
train {
  loss cross_entropy
  label_smoothing 0.1
  optimizer sgd(lr = 0.1, momentum = 0.9)
  schedule cosine instead of step(at = [50%])
  warmup 1 epochs
  l2 1e-4
  batch 32
  linear_scaling off
}
`

func trickNames(p *compiler.Program) []string {
	var names []string
	for _, x := range p.Canon.Tricks() {
		names = append(names, x.Name)
	}
	return names
}

func TestRule01TrickIsAPlaceWithTwoForms(t *testing.T) {
	// A value's `instead of`, a statement's, cards (of a statement, of a constructor's argument), a change, an `off` statement.
	p := good(t, residual)
	for _, name := range []string{"schedule", "skip", "dropout", "momentum", "linear_scaling", "flip"} {
		x := trick(t, p, name)
		if want := name != "linear_scaling" && name != "flip"; x.On() != want && name != "dropout" {
			t.Errorf("%s is on: %v", name, x.On())
		}
	}
	// A statement without a card and without an off form is none.
	if slices.Contains(trickNames(p), "conv") {
		t.Error("conv is no trick")
	}
	// `instead of` overrides the card's off.
	text := around("act relu instead of sigmoid; flatten; dense classes")
	same(t, "off form", "act[1]: act sigmoid", leaves(good(t, text, "off act"))[1])
	same(t, "off form of the card", "act[1]: act tanh", leaves(good(t, strings.Replace(text, " instead of sigmoid", "", 1), "off act"))[1])
}

func TestRule02PathsOfTheCanonicalProgram(t *testing.T) {
	p := good(t, `
data digits { from digits }
block b(n) { conv n; act relu }
model m {
  input digits
  conv 4 off
  conv 4
  b 4 instead of { conv 4 } as rich
  conv 4 instead of { conv 4; norm batch } as plain
  repeat 2 { b 4 } as stage
  for n in [4, 8] { conv n; act relu } as pair
  for n in [4, 8] { b n } as single
  if input.channels > 4 { conv 8 } else { conv 8; pass }
  flatten
  dense classes as fc
}
train { loss cross_entropy }
`)
	want := lines(`
		model
		model.input[1]
		model.conv[1]
		model.conv[2]
		model.b[1]
		model.b[1].conv[1]
		model.b[1].act[1]
		model.b[1]
		model.conv[3]
		model.conv[3]
		model.conv[3].conv[1]
		model.conv[3].norm[1]
		model.stage[1]
		model.stage[1].b[1]
		model.stage[1].b[1].conv[1]
		model.stage[1].b[1].act[1]
		model.stage[1].b[2]
		model.stage[1].b[2].conv[1]
		model.stage[1].b[2].act[1]
		model.pair[1]
		model.pair[1].conv[1]
		model.pair[1].act[1]
		model.pair[2]
		model.pair[2].conv[1]
		model.pair[2].act[1]
		model.single[1]
		model.single[1].conv[1]
		model.single[1].act[1]
		model.single[2]
		model.single[2].conv[1]
		model.single[2].act[1]
		model.conv[4]
		model.conv[5]
		model.pass[1]
		model.flatten[1]
		model.fc[1]`)
	var got []string
	for _, path := range allPaths(p) {
		if strings.HasPrefix(path, "model") {
			got = append(got, path)
		}
	}
	same(t, "paths: off forms and off statements count, labels are segments, trick names are not", want, got)
}

func TestRule02InsertedNodesHaveIndicesOfTheirOwn(t *testing.T) {
	edits := `extend "base.net" {
  before model.act[1] { dropout 0.1 }
  after model.act[2] { dropout 0.2; act gelu }
  into data.augment { flip horizontal }
  replace model.norm { act silu; norm layer }
}`
	base := around("conv 4; norm batch; act relu; dropout 0.3; conv 4; act relu; flatten; dense classes")
	p := compilertest.CompileFiles(t, compilertest.Files{compilertest.File: edits, "base.net": base})
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "layers", lines(`
		input[1]: input digits
		conv[1]: conv 4
		act[+2]: act silu
		norm[+1]: norm layer
		dropout[+1]: dropout 0.1
		act[1]: act relu
		dropout[1]: dropout 0.3
		conv[2]: conv 4
		act[2]: act relu
		dropout[+2]: dropout 0.2
		act[+1]: act gelu
		flatten[1]: flatten
		dense[1]: dense 10`), leaves(p))
}

func TestRule03VariantChangesNoOtherPath(t *testing.T) {
	base := good(t, residual)
	keys := map[string]string{}
	for _, r := range base.Rows {
		keys[r.Key] = r.Text
	}
	for _, x := range base.Canon.Tricks() {
		state := "off"
		if !x.On() {
			state = "on"
		}
		t.Run(x.Name, func(t *testing.T) {
			p := good(t, residual, state+" "+x.Name)
			same(t, "canonical paths", allPaths(base), allPaths(p))
			places := map[string]bool{}
			for _, pl := range x.Places {
				places[pl.Node.Path] = true
			}
			for _, r := range p.Rows {
				inside := false
				for path := range places {
					inside = inside || r.Key == path || strings.HasPrefix(r.Key, path+".")
				}
				if was, there := keys[r.Key]; !inside && (!there || was != r.Text) {
					t.Errorf("%s: %q stands at %s, where %q stood", x.Name, r.Text, r.Key, was)
				}
			}
		})
	}
}

func TestRule04BothFormsShareThePath(t *testing.T) {
	init := map[string][]string{}
	for _, edit := range []string{"on init", "off init"} {
		n := net(t, good(t, residual, edit))
		for _, p := range n.Params {
			init[p.Name] = append(init[p.Name], p.Init.Name)
		}
	}
	same(t, "initializers of the stem, on and off", []string{"he", "normal"}, init["model.stem[1].weight"])
	for name, both := range init {
		if len(both) != 2 {
			t.Errorf("%s exists in one form only", name)
		}
	}
	// A statement for a statement, and a block for one.
	text := around("conv 4 instead of { conv 4, kernel = 5 } as small; conv_norm 4 instead of { conv_norm 4, kernel = 1 } as wide; flatten; dense classes")
	on, off := net(t, good(t, text)), net(t, good(t, text, "off small", "off wide"))
	same(t, "on", []string{"conv[1].weight [3 3 1 4]", "conv[1].bias [4]", "conv_norm[1].conv[1].weight [3 3 4 4]"}, params(on)[:3])
	same(t, "off", []string{"conv[1].weight [5 5 1 4]", "conv[1].bias [4]", "conv_norm[1].conv[1].weight [1 1 4 4]"}, params(off)[:3])
}

func TestRule05MasksAreKeyedByTheirOwnPath(t *testing.T) {
	masks := func(p *compiler.Program) []string {
		var list []string
		for _, v := range net(t, p).Values {
			if d, ok := v.Attrs.(op.Dropout); ok {
				list = append(list, d.Path)
			}
		}
		return list
	}
	text := around("dropout 0.1 as first; noise mask(0.2); dropout 0.3; flatten; dense classes")
	same(t, "all", []string{"model.first[1]", "model.noise[1]", "model.dropout[1]"}, masks(good(t, text)))
	same(t, "without the first", []string{"model.noise[1]", "model.dropout[1]"}, masks(good(t, text, "off first")))
}

func TestRule06NothingRemovesAndNeighboursJoin(t *testing.T) {
	text := around("conv 4; conv 4 instead of nothing as extra; act relu; flatten; dense classes")
	same(t, "the statement is gone", []string{"conv[1].weight [3 3 1 4]", "conv[1].bias [4]", "dense[1].weight [256 10]", "dense[1].bias [10]"},
		params(net(t, good(t, text, "off extra"))))

	// Of a sum, a path goes; with one left, the sum is that path.
	text = around("sum { path { conv 1 }; path { conv 1, kernel = 1 } instead of nothing as side }; flatten; dense classes")
	same(t, "two paths", []string{"conv2d", "bias", "conv2d", "bias", "add"}, ops(net(t, good(t, text)))[:5])
	same(t, "one path", []string{"conv2d", "bias", "reshape"}, ops(net(t, good(t, text, "off side")))[:3])

	// A path whose statements are all off joins its ends: dropout in it becomes the identity.
	text = around("sum { path { conv 1 }; path { dropout 0.5 } }; flatten; dense classes")
	same(t, "identity", []string{"conv2d", "bias", "add"}, ops(net(t, good(t, text, "off dropout")))[:3])

	// All paths gone is a mistake, and so is a sum without any.
	draws(t, compile(t, around("sum { path { conv 1 } instead of nothing as a }; flatten; dense classes")), "N0203", "with a off: sum has no path")
	draws(t, compile(t, around("sum { }; flatten; dense classes")), "N0203", "sum has no path")
}

func TestRule06ShapesOfOffFormsAreCheckedBeforeTraining(t *testing.T) {
	p := compile(t, around("sum { path { conv 4 }; path { conv 4 instead of nothing as widen } }; flatten; dense classes"))
	draws(t, p, "N0203", "with widen off: the paths of sum end in 8x8x4 and 8x8x1", "this path ends in")
	if at := p.Diags[0].Span.Start.Line; at != 4 {
		t.Errorf("the sum stands in line 4, and the message names line %d", at)
	}
	// Forms inside removed forms, too: the off form has a trick of its own.
	p = compile(t, around("conv 4 instead of { conv 4; conv 4, kernel = 99, padding = valid instead of nothing as huge } as a; flatten; dense classes"))
	draws(t, p, "N0202", "with a off: a window of 99x99 does not fit")
	p = compile(t, around("conv 4 instead of { conv 4; conv 4 instead of { conv 4, kernel = 99, padding = valid } as huge } as a; flatten; dense classes"))
	draws(t, p, "N0202", "with huge off: a window of 99x99 does not fit")
	// Settings and data as well.
	draws(t, compile(t, around("flatten; dense classes")+"\nstudy { metric test.accuracy }", "set train.batch = 8"), "")
	p = compile(t, strings.Replace(residual, "step(at = [50%])", "stop(at = [50%])", 1))
	draws(t, p, "N0110", "with schedule off: no schedule is called stop", "did you mean step?")
	p = compile(t, strings.Replace(residual, "flip horizontal off", "flip horizontl off", 1))
	draws(t, p, "N0110", "with flip on: ", "did you mean horizontal?")
	p = compile(t, strings.Replace(residual, "dropout 0.5 off", "dropout 5 off", 1))
	draws(t, p, "N0110", "p of dropout takes a number in [0, 1) (%), not 5")
	p = compile(t, strings.Replace(residual, "linear_scaling off", "linear_scaling factr = 2 off", 1))
	draws(t, p, "N0106", "with linear_scaling on: trick linear_scaling has no parameter factr", "did you mean factor?")
}

func TestRule07SkipOffDropsTheShortcutAndKeepsAllElse(t *testing.T) {
	on, off := params(net(t, good(t, residual))), params(net(t, good(t, residual, "off skip")))
	var kept []string
	for _, p := range on {
		if !strings.Contains(p, "shortcut") {
			kept = append(kept, p)
		}
	}
	if len(kept) == len(on) {
		t.Fatal("the program has a projection shortcut")
	}
	same(t, "parameters without skip", kept, off)
}

func TestRule08NormOffIsIdentityAndTheBiasAppears(t *testing.T) {
	text := around("conv 4; norm batch; act relu; flatten; dense 8; norm layer; dense classes")
	same(t, "on", lines(`
		conv[1].weight [3 3 1 4]
		norm[1].scale [4]
		norm[1].shift [4]
		dense[1].weight [256 8]
		norm[2].scale [8]
		norm[2].shift [8]
		dense[2].weight [8 10]
		dense[2].bias [10]`), params(net(t, good(t, text))))
	off := net(t, good(t, text, "off norm"))
	same(t, "off", lines(`
		conv[1].weight [3 3 1 4]
		conv[1].bias [4]
		dense[1].weight [256 8]
		dense[1].bias [8]
		dense[2].weight [8 10]
		dense[2].bias [10]`), params(off))
	for _, p := range off.Params {
		if p.Role == network.Bias && p.Init.Name != "zeros" {
			t.Errorf("%s starts with %s; a bias that appears starts at 0 and draws nothing", p.Name, p.Init.Name)
		}
	}
	same(t, "only the second off", []string{"conv[1].weight [3 3 1 4]", "norm[1].scale [4]"}, params(net(t, good(t, text, "off norm[2]")))[:2])
	if len(off.States) != 0 {
		t.Error("the running moments are gone with the norm")
	}
	same(t, "train and eval have the same parameters", params(mode(t, good(t, text), network.Training)), params(mode(t, good(t, text), network.Evaluation)))
}

func TestRule08BiasIsAbsentExactlyWhenANormIsNext(t *testing.T) {
	for layers, bias := range map[string]bool{
		"conv 1; norm batch":                                                        false,
		"conv 1; pass; norm batch":                                                  false,
		"conv 1; act relu; norm batch":                                              true,
		"conv 1; dropout 0.1; norm batch":                                           true,
		"conv 1; dropout 0.1 off; norm batch":                                       false,
		"conv 1; norm batch off":                                                    true,
		"repeat 1 { conv 1 } as a; norm batch":                                      false,
		"conv 1; repeat 1 { norm batch } as a":                                      false,
		"conv 1; if classes > 2 { norm batch }":                                     false,
		"conv 1; if classes > 20 { norm batch }":                                    true,
		"conv 1; act relu instead of { norm batch } as a off":                       false,
		"sum { path { conv 1; norm batch }; path { } }":                             false,
		"sum { path { conv 1 }; path { } }; norm batch":                             true,  // behind the path comes the sum
		"sum { path { conv 1 }; path { } instead of nothing as s off }; norm batch": false, // a sum of one path is that path
		"conv 1; sum { path { norm batch }; path { } }":                             true,  // the identity reads it too
		"conv 1; sum { path { norm batch } }":                                       false,
		"conv 1 as c; norm batch; take c":                                           true, // something else reads it
		"conv 1; pass as c; norm batch; take c":                                     true,
		"conv 1; head h { flatten; dense classes }; norm batch":                     true,
		"conv 1, bias = true; norm batch":                                           true,
		"conv 1, bias = false":                                                      false,
		"conv 1, bias = auto; norm batch":                                           false,
	} {
		p := good(t, around(layers+"; flatten; dense classes"))
		found := slices.ContainsFunc(params(net(t, p)), func(s string) bool { return strings.Contains(s, ".bias") && strings.HasSuffix(s, "[1]") })
		if found != bias {
			t.Errorf("%s: bias %v, want %v", layers, found, bias)
		}
	}
}

func TestRule08ExplicitNoBiasIsWarnedOf(t *testing.T) {
	text := around("conv 4, bias = false; norm batch; flatten; dense classes")
	draws(t, compile(t, text), "N0306", "with batch_norm off: this layer has no bias", "bias = auto")
	draws(t, compile(t, text, "off norm"), "N0306", "with batch_norm on: ")
	// Nothing to warn of where no norm is in question, or the bias is auto.
	draws(t, compile(t, around("conv 4, bias = false; act relu; flatten; dense classes")), "")
	draws(t, compile(t, around("conv 4; norm batch; flatten; dense classes")), "")
	// Said once for a block of many instances.
	text = "block b { conv 4, bias = false; norm batch }\n" + around("repeat 3 { b }; flatten; dense classes")
	draws(t, compile(t, text), "N0306")
}

func TestRule09ActivationOffIsTheCardsBaseline(t *testing.T) {
	p := good(t, around("act relu; act gelu; act elu instead of nothing as curve; flatten; dense classes"), "off act", "off curve")
	same(t, "layers", []string{"input[1]: input digits", "act[1]: act tanh", "act[2]: act relu", "flatten[1]: flatten", "dense[1]: dense 10"}, leaves(p))
}

func TestRule09InitIsInheritedInwardAndTheNearestWins(t *testing.T) {
	p := good(t, "block inner { init orthogonal; conv 4 }\nblock plain { conv 4 }\n"+around(`
		init glorot
		conv 4
		inner
		plain
		sum { path { init lecun; conv 4 }; path { conv 4 } }
		flatten
		dense classes`))
	var got []string
	for _, q := range net(t, p).Params {
		if q.Role == network.Weight {
			got = append(got, fmt.Sprint(strings.TrimPrefix(q.Name, "model."), " ", q.Init.Name))
		}
	}
	same(t, "initializers", lines(`
		conv[1].weight glorot
		inner[1].conv[1].weight orthogonal
		plain[1].conv[1].weight glorot
		sum[1].path[1].conv[1].weight lecun
		sum[1].path[2].conv[1].weight glorot
		dense[1].weight glorot`), got)
	// Off is the card's baseline.
	for _, q := range net(t, good(t, around("init he; flatten; dense classes"), "off init")).Params {
		if q.Role == network.Weight && q.Init.Constructor() != "normal(std = 0.01)" {
			t.Errorf("%s starts with %s", q.Name, q.Init.Constructor())
		}
	}
}

func TestRule10SchedulesAndStopsGoWithTheirLine(t *testing.T) {
	text := strings.Replace(residual, "warmup 1 epochs", "warmup 1 epochs; stop early(patience = 3 epochs)", 1)
	p := good(t, text)
	for _, name := range []string{"warmup", "schedule", "stop", "label_smoothing", "l2"} {
		if p.Train.Find(name) == nil {
			t.Errorf("%s should be there", name)
		}
	}
	same(t, "off form", "step", good(t, text, "off schedule").Train.Find("schedule").Args.Call("curve").Name)
	for _, name := range []string{"warmup", "stop", "label_smoothing", "l2"} {
		if good(t, text, "off "+name).Train.Find(name) != nil {
			t.Errorf("%s should be gone", name)
		}
	}
	// Without an off form of its own, a schedule that is off is a constant rate: no line.
	if good(t, strings.Replace(text, " instead of step(at = [50%])", "", 1), "off schedule").Train.Find("schedule") != nil {
		t.Error("schedule should be gone")
	}
}

func TestRule11EvaluationIsTheSameInBothForms(t *testing.T) {
	text := strings.Replace(residual, "pool average, global", "head side, weight = 0.3 { pool average, global; dense classes } instead of nothing as auxiliary\nnoise gaussian(0.1)\npool average, global", 1)
	print := func(edits ...string) []string {
		n := mode(t, good(t, text, edits...), network.Evaluation)
		return append(ops(n), params(n)...)
	}
	base := print()
	for _, edit := range []string{"off dropout", "off noise", "off auxiliary", "off label_smoothing"} {
		same(t, edit, base, print(edit))
	}
	// In training they differ.
	train := good(t, text)
	if n := mode(t, train, network.Training); len(n.Outputs) != 2 || !n.Outputs[1].Auxiliary {
		t.Error("the head is an output in training")
	}
}

func TestRule12AStageNobodyUsesIsNotRun(t *testing.T) {
	text := `
data digits { from digits }
model m { input digits; flatten; dense classes }
train pretrain { loss cross_entropy; freeze dense }
train { loss cross_entropy; start pretrain instead of nothing as pretraining }
`
	draws(t, compile(t, text), "N0401")
	draws(t, compile(t, text, "off pretraining"), "") // nor is its section read
}

func TestRule13ATrickInARemovedFormIsAbsent(t *testing.T) {
	text := around(`
		sum {
		  path { conv 4; dropout 0.1 }
		  path { conv 4, kernel = 1; norm batch; act relu instead of gelu as inner } instead of nothing as skip
		} instead of { conv 4; dropout 0.2 } as both
		flatten
		dense classes`)
	state := func(edits ...string) string {
		var list []string
		for _, x := range good(t, text, edits...).Canon.Tricks() {
			s := x.Name
			if !x.Active() {
				s += " absent"
			} else if !x.On() {
				s += " off"
			}
			list = append(list, s)
		}
		return strings.Join(list, ", ")
	}
	same(t, "all on", "both, dropout, skip, batch_norm, inner, momentum", state())
	same(t, "skip off", "both, dropout, skip off, batch_norm absent, inner absent, momentum", state("off skip"))
	same(t, "both off", "both off, dropout, skip absent, batch_norm absent, inner absent, momentum", state("off both"))
	// An absent trick keeps its switch.
	same(t, "and back", "both, dropout, skip, batch_norm, inner off, momentum", state("off skip", "off inner", "on skip"))
	// One place of dropout is absent, the other is not.
	p := good(t, text, "off both")
	active := []bool{}
	for _, pl := range trick(t, p, "dropout").Places {
		active = append(active, pl.Active)
	}
	same(t, "places of dropout", []bool{false, true}, active)
	// An argument is absent where its constructor is.
	p = good(t, strings.Replace(around("flatten; dense classes"), "0.9)", "0.9) instead of adam(lr = 0.01) as rule", 1), "off rule", "off momentum")
	if trick(t, p, "momentum").Active() {
		t.Error("momentum is absent while adam stands in for sgd")
	}
	same(t, "optimizer", "adam", p.Train.Find("optimizer").Args.Call("rule").Name)
	// nesterov is part of the momentum.
	text = strings.Replace(around("flatten; dense classes"), "0.9)", "0.9, nesterov)", 1)
	p = good(t, text, "off momentum")
	if trick(t, p, "nesterov").Active() || p.Train.Find("optimizer").Args.Call("rule").Args.Bool("nesterov") {
		t.Error("without momentum there is no nesterov")
	}
}

func TestRule17NothingSearchesYet(t *testing.T) {
	// Study lines that are not carried out say so where they stand; the program itself is compiled.
	p := compile(t, around("flatten; dense classes")+"study { metric test.accuracy; sedes 3 }")
	draws(t, p, "N0101", "did you mean seeds?")
	if p.Rows == nil {
		t.Error("a mistake in a study does not hide the shapes")
	}
}

// rowOf finds a row by its canonical path.
func rowOf(t *testing.T, p *compiler.Program, key string) build.Row {
	t.Helper()
	for _, r := range p.Rows {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("no row at %s:\n%s", key, compilertest.Table(p))
	return build.Row{}
}
