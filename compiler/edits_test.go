package compiler_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/compilertest"
)

const nested = `
data digits { from digits; augment { shift 1 } }
block unit(n) { conv n; norm batch; act relu instead of gelu; dropout 0.2 }
model m(width = 4) {
  input digits
  conv width
  act relu
  repeat 2 { unit width } as stage
  unit 8
  act tanh
  flatten
  dropout 0.5
  dense classes as fc
}
train { loss cross_entropy; optimizer sgd(lr = 0.1, momentum = 0.9); batch 32; epochs 4; augment { flip horizontal } }
study a { metric test.accuracy; seeds 5 }
`

// edited compiles a program that extends another with edits.
func edited(t *testing.T, base, edits string) *compiler.Program {
	t.Helper()
	return compilertest.CompileFiles(t, compilertest.Files{compilertest.File: "extend \"base.net\" {\n" + edits + "\n}", "base.net": base})
}

func TestSelectors(t *testing.T) {
	p := good(t, nested)
	for sel, want := range map[string]string{
		// Without an index: all, anywhere inside.
		"act":        "act[1] stage[1].unit[1].act[1] stage[1].unit[2].act[1] unit[1].act[1] act[2]",
		"stage.act":  "stage[1].unit[1].act[1] stage[1].unit[2].act[1]",
		"unit.act":   "stage[1].unit[1].act[1] stage[1].unit[2].act[1] unit[1].act[1]",
		"model.act":  "act[1] stage[1].unit[1].act[1] stage[1].unit[2].act[1] unit[1].act[1] act[2]",
		"m.act":      "act[1] stage[1].unit[1].act[1] stage[1].unit[2].act[1] unit[1].act[1] act[2]",
		"stage[*]":   "stage[1]",
		"dense":      "fc[1]",
		"fc":         "fc[1]",
		"unit.unit":  "",
		"unit.dense": "",
		// With an index: as in paths where the parent is named, else counted through the program.
		"act[2]":              "stage[1].unit[1].act[1]",
		"act[2..3]":           "stage[1].unit[1].act[1] stage[1].unit[2].act[1]",
		"act[5]":              "act[2]",
		"model.act[2]":        "act[2]",
		"model.act[3]":        "",
		"stage[1].unit[2]":    "stage[1].unit[2]",
		"stage.unit[2].act":   "stage[1].unit[2].act[1]",
		"model.stage.conv[2]": "stage[1].unit[2].conv[1]",
		"stage[2]":            "",
	} {
		hits, d := p.Canon.Select(selector(t, sel))
		var got []string
		for _, n := range hits {
			got = append(got, strings.TrimPrefix(n.Path, "model."))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s selects %q, want %q", sel, s, want)
		}
		if (d == nil) != (want != "") {
			t.Errorf("%s: error %v", sel, d)
		}
	}
}

// TestPathsSelectThemselves: a path as netc prints it, read as a selector, means that statement, in every program.
func TestPathsSelectThemselves(t *testing.T) {
	for _, text := range []string{nested, residual} {
		p := good(t, text)
		for _, root := range []*canon.Node{p.Canon.Data, p.Canon.Model, p.Canon.Train} {
			root.Walk(func(n *canon.Node) bool {
				if n.Kind == canon.Branch || n.Kind == canon.Root {
					return true
				}
				for _, path := range []string{n.Path, n.Short()} {
					hits, d := p.Canon.Select(selector(t, path))
					if d != nil {
						t.Errorf("%s: %v", path, d)
						continue
					}
					for _, h := range hits {
						if h.Path != n.Path {
							t.Errorf("%s, a path of %s, selects %s", path, n.Path, h.Path)
						}
					}
				}
				return true
			})
		}
	}
}

func TestSelectorsAsText(t *testing.T) {
	for _, text := range []string{"dropout", "stage[2].skip", "a.b[*].c", "act[1..3]", "dropout[+1]"} {
		if sel := selector(t, text); sel.String() != text {
			t.Errorf("%s prints as %s", text, sel)
		}
	}
	for _, text := range []string{"", ".", "a..b", "a[", "a[0]", "a[x]", "a[2", "a[3..1]", "a]"} {
		if _, d := canon.SelectorOf(text, compilertestSpan()); d == nil && !strings.HasSuffix(text, "]") {
			t.Errorf("%q is no selector", text)
		}
	}
}

func TestEditsThatHitNothing(t *testing.T) {
	for edit, says := range map[string]string{
		"set train.epoch = 3":                     "did you mean epochs?",
		"set train.optimizer.lrr = 3":             "did you mean lr?",
		"set train.optimiser.lr = 3":              "did you mean optimizer?",
		"set model.widht = 3":                     "did you mean width?",
		"set model.conv[1].kernal = 3":            "did you mean kernel?",
		"set nowhere.x = 3":                       "nowhere.x hits nothing",
		"remove model.conv[9]":                    "counted from 1",
		"replace model.drpout { act relu }":       "did you mean dropout?",
		"before model.stage[3] { act relu }":      "there is 1, counted from 1",
		"into data.agument { shift 1 }":           "did you mean augment?",
		"remove study.b":                          "there is no such study",
		"remove stage.fc":                         "there is no fc",
		"set study.seed = 9":                      "did you mean seeds?",
		"set model.act[*].kind.slope = 3":         "hits nothing",
		"set train.optimizer.lr[2] = 3":           "hits nothing",
		"after model.stage.pool { act relu }":     "there is no pool",
		"remove model.conv[99999999999999999999]": "counted from 1",
	} {
		p := edited(t, nested, edit)
		if len(p.Diags) == 0 || p.Diags[0].Code != "N0301" && p.Diags[0].Code != "N0110" {
			t.Errorf("%s draws %s", edit, compilertest.Messages(p))
			continue
		}
		if !strings.Contains(compilertest.Messages(p), says) {
			t.Errorf("%s does not say %q:\n%s", edit, says, compilertest.Messages(p))
		}
		if p.Diags[0].Span.Start.Line != 2 {
			t.Errorf("%s: the message is about line %d", edit, p.Diags[0].Span.Start.Line)
		}
	}
	draws(t, edited(t, nested, "off dropuot"), "N0303", "did you mean dropout?")
	draws(t, edited(t, nested, "on lstm"), "N0303", "is no trick of this program")
	draws(t, edited(t, nested, "off dropout[9]"), "N0301", "there are 4, counted from 1")
}

func TestEditsThatHitSeveral(t *testing.T) {
	for _, edit := range []string{"set model.act.kind = gelu", "remove model.act", "replace model.conv { act relu }", "before unit { act relu }", "into unit { act relu }", "into augment { mixup 0.2 }"} {
		draws(t, edited(t, nested, edit), "N0302", "write [*] for each of them")
	}
	p := edited(t, nested, "set model.act[*].kind = silu")
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	if s := strings.Count(strings.Join(leaves(p), "\n"), "act silu"); s != 5 {
		t.Errorf("%d activations are silu, want 5", s)
	}
	p = edited(t, nested, "remove unit[*].act; after unit[*].conv { act elu }")
	if s := strings.Count(strings.Join(leaves(p), "\n"), "act elu"); s != 3 || p.Diags.HasErrors() {
		t.Errorf("%d activations are elu, want 3\n%s", s, compilertest.Messages(p))
	}
	// Both forms of one place are one.
	draws(t, edited(t, around("act relu instead of { act gelu } as a; flatten; dense classes"), "remove model.act"), "")
}

func TestBadEdits(t *testing.T) {
	for _, edit := range []string{
		"set train.epochs", "set 3", "set train.epochs = 3 { }", "set train.epochs = 3 instead of 4", "set train.epochs = 3 off",
		"off", "off a, b", "off 3", "off dropout off", "off f(x)", "off dropout { act relu }", "on a instead of b", "remove dropout as x",
		"replace dropout", "before dropout", "into data.augment", "let a = 1", "repeat 2 { off dropout }", "move dropout", "ofl dropout",
		"remove model", "replace train { epochs 3 }", "set model = 3", "set model.unit[1].n = 3", "set model.stage.x = 3", "into model.act[1] { act relu }",
		"set model.flatten = 3",
	} {
		p := edited(t, nested, edit)
		if len(p.Diags) == 0 || p.Diags[0].Code != "N0304" {
			t.Errorf("%s draws %s", edit, compilertest.Messages(p))
			continue
		}
		if p.Diags[0].Help == "" {
			t.Errorf("%s: no help", edit)
		}
	}
	draws(t, edited(t, nested, "off model"), "N0303", "cannot be switched")
	draws(t, edited(t, nested, "off from"), "N0303", "has no off form")
	draws(t, edited(t, nested, "moev dropout"), "N0304", "is no edit")
	draws(t, edited(t, nested, "repalce dropout { }"), "N0304", "did you mean replace?")
}

func TestSet(t *testing.T) {
	p := edited(t, nested, "set train.epochs = 9; set train.optimizer.lr = 0.5; set train.batch = 2 * train.batch; set data.shift.max = 2; set model.conv[1].kernel = 5; set model.fc.units = 10")
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "train", []float64{9, 0.5, 64}, []float64{p.Train.Find("epochs").Args.Num("n"), p.Train.Find("optimizer").Args.Call("rule").Args.Num("lr"), p.Train.Find("batch").Args.Num("size")})
	same(t, "momentum stays", 0.9, p.Train.Find("optimizer").Args.Call("rule").Args.Num("momentum"))
	same(t, "conv", "conv 4, kernel = 5", rowOf(t, p, "model.conv[1]").Text)

	// A parameter of a section shapes what it expands to.
	p = edited(t, nested, "set model.width = 6")
	same(t, "width", "conv 6", rowOf(t, p, "model.stage[1].unit[2].conv[1]").Text)
	// A setting that is not there yet is added.
	p = edited(t, nested, "set train.warmup = 1 epochs; set train.l2 = 1e-4")
	if p.Diags.HasErrors() || p.Train.Find("warmup") == nil {
		t.Error(compilertest.Messages(p))
	}
	same(t, "its card comes along", "train.l2[+1]", trick(t, p, "l2").Places[0].Path())
	// Another constructor, and then an argument of it.
	p = edited(t, nested, "set train.optimizer = adam; set train.optimizer.beta1 = 0.8")
	same(t, "optimizer", "adam(beta1 = 0.8, beta2 = 0.999, lr = 0.001)", p.Train.Find("optimizer").Args.Call("rule").Constructor())
	// An argument of the constructor that goes does not stick to the one that comes.
	p = edited(t, nested, "set train.optimizer.momentum = 0.5; set train.optimizer = adam")
	if p.Diags.HasErrors() {
		t.Error(compilertest.Messages(p))
	}
	// A set is meant for the on form; the off form stays.
	text := strings.Replace(nested, "sgd(lr = 0.1, momentum = 0.9)", "sgd(lr = 0.1, momentum = 0.9) instead of adam(lr = 0.01) as rule", 1)
	p = edited(t, text, "set train.optimizer = rmsprop(lr = 0.02); off rule")
	same(t, "off form", "adam", p.Train.Find("optimizer").Args.Call("rule").Name)
	p = edited(t, text, "set train.optimizer.lr = 0.3; set train.optimizer.momentum = 0.5; off rule")
	same(t, "what the off form has is set in it, too", 0.3, p.Train.Find("optimizer").Args.Call("rule").Args.Num("lr"))
	p = edited(t, nested, "set model.unit[*].act.kind = silu; off act")
	same(t, "off form of a value", "act gelu", rowOf(t, p, "model.unit[1].act[1]").Text)
	// A study's settings.
	p = edited(t, nested, "set study.a.seeds = 9; set study.metric.margin = 1%")
	same(t, "seeds", 9.0, p.Studies[0].Find("seeds").Args.Num("n"))
}

func TestSetReadsTheProgramAsItWas(t *testing.T) {
	p := edited(t, nested, "set train.batch = train.batch + train.epochs; set train.batch = max(train.batch, 2) * 2; set train.optimizer = sgd(lr = 2 * train.optimizer.lr, momentum = train.optimizer.momentum)")
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "batch", 72.0, p.Train.Find("batch").Args.Num("size"))
	same(t, "optimizer", "sgd(lr = 0.2, momentum = 0.9, nesterov = false)", p.Train.Find("optimizer").Args.Call("rule").Constructor())
	p = edited(t, nested, "set train.epochs = 2 * model.width")
	same(t, "a parameter named like an extent", 8.0, p.Train.Find("epochs").Args.Num("n"))
	// A setting that reads itself has no value.
	p = compile(t, strings.Replace(nested, "batch 32", "batch train.batch", 1))
	draws(t, p, "N0104", "needs its own value")
}

func TestSetChoosesSections(t *testing.T) {
	text := nested + "data other { from idx(\"x\") }\nmodel small { input digits; flatten; dense classes }\n"
	draws(t, compile(t, text), "N0109", "say which in train: model NAME")
	p := good(t, text, "set train.model = small")
	same(t, "layers", []string{"input[1]: input digits", "flatten[1]: flatten", "dense[1]: dense 10"}, leaves(p))
	p = good(t, text, "set train.model = small", "set model.input = other")
	same(t, "shape", "28x28x1", canon.ShapeText(p.Rows[0].Out))
	draws(t, compile(t, text, "set train.model = smal"), "N0101", "did you mean small?")
	draws(t, compile(t, text, "set train.model = m", "set m.input = othr"), "N0101", "did you mean other?")
	draws(t, compile(t, strings.Replace(text, "input digits\n", "input digits instead of other\n", 1), "set train.model = m"), "N0304", "set model.input = NAME")
}

func TestReplaceOneForOneKeepsThePath(t *testing.T) {
	p := edited(t, nested, "replace model.fc { dense classes, bias = false }; replace unit { conv_norm 4 }; replace train.batch { batch 8 }")
	draws(t, p, "N0302")
	p = edited(t, nested, "replace model.fc { dense classes, bias = false }; replace model.unit[1] { conv_norm 4 }; replace train.batch { batch 8 }")
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "layers", lines(`
		unit[1].conv[1]: conv 4
		unit[1].norm[1]: norm batch
		act[2]: act tanh
		flatten[1]: flatten
		dropout[1]: dropout 0.5
		fc[1]: dense 10, bias = false as fc`), leaves(p)[11:])
	same(t, "batch", 8.0, p.Train.Find("batch").Args.Num("size"))
}

func TestInto(t *testing.T) {
	p := edited(t, strings.Replace(nested, "augment { shift 1 }", "", 1), "into data.augment { shift 2; flip horizontal off }; into model.stage { act elu }; into study { seeds 3 off }")
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "augment", 2.0, p.Data.Find("augment").Find("shift").Args.Num("max"))
	same(t, "at the end of the loop", "act elu", rowOf(t, p, "model.stage[1].act[+1]").Text)
	same(t, "an inserted trick", false, trick(t, p, "flip").Places[0].On())
}

func TestCommandLineEditsComeLast(t *testing.T) {
	p := compilertest.CompileFiles(t, compilertest.Files{compilertest.File: "extend \"base.net\" { set train.epochs = 5; off dropout; before model.fc { dropout 0.1 } }", "base.net": nested},
		"set train.epochs = 6", "on dropout", "off dropout[1]", "off model.dropout")
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "epochs", 6.0, p.Train.Find("epochs").Args.Num("n"))
	for _, pl := range trick(t, p, "dropout").Places {
		if pl.On() {
			t.Errorf("%s is on", pl.Path())
		}
	}
}

func TestExtendChain(t *testing.T) {
	files := compilertest.Files{
		"a.net":           nested,
		"b.net":           `extend "a.net" { set model.width = 5; off dropout; set train.epochs = 5 }`,
		compilertest.File: `extend "b.net" { set train.epochs = 7; on dropout[1] } ` + "\nstudy b { metric test.accuracy }",
	}
	p := compilertest.CompileFiles(t, files)
	if p.Diags.HasErrors() {
		t.Fatal(compilertest.Messages(p))
	}
	same(t, "epochs", 7.0, p.Train.Find("epochs").Args.Num("n"))
	same(t, "width", "conv 5", rowOf(t, p, "model.conv[1]").Text)
	same(t, "studies of both", 2, len(p.Studies))
	on := 0
	for _, pl := range trick(t, p, "dropout").Places {
		if pl.On() {
			on++
		}
	}
	same(t, "dropouts on", 1, on)
}

func TestArms(t *testing.T) {
	p := good(t, nested)
	for sel, want := range map[string]string{
		"dropout":          "dropout",
		"dropout[*]":       "model.stage.unit[1].dropout model.stage.unit[2].dropout model.unit[1].dropout model.dropout[1]",
		"stage.dropout":    "stage.dropout",
		"unit.act[*]":      "model.stage.unit[1].act model.stage.unit[2].act model.unit[1].act",
		"momentum":         "momentum",
		"train.augment":    "train.augment",
		"optimizer":        "optimizer",
		"model.conv":       "model.conv",
		"dropout[2..3]":    "dropout[2..3]",
		"stage[1].unit":    "stage[1].unit",
		"model.batch_norm": "model.batch_norm",
	} {
		arms, d := p.Canon.Arms(selector(t, sel))
		if d != nil {
			t.Errorf("%s: %v", sel, d)
			continue
		}
		var names []string
		for _, a := range arms {
			names = append(names, a.Name)
		}
		if s := strings.Join(names, " "); s != want {
			t.Errorf("%s stands for %s, want %s", sel, s, want)
		}
	}
}
