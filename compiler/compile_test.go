package compiler_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
)

func TestOptions(t *testing.T) {
	with := func(text string, opt compiler.Options) *compiler.Program {
		files := compilertest.Files{compilertest.File: text}
		opt.Catalog, opt.Data, opt.ReadFile = compilertest.Catalog(), compilertest.Data{}, files.Only
		return compiler.Compile(compilertest.File, opt)
	}
	// Mistakes in studies do not keep a program from running.
	text := around("flatten; dense classes") + "study { metric test.accuracy; sedes 3; seeds 0 }"
	draws(t, with(text, compiler.Options{}), "N0101 N0110")
	p := with(text, compiler.Options{IgnoreStudies: true})
	draws(t, p, "N0101 N0110")
	if p.Diags.HasErrors() {
		t.Error("they are warnings then")
	}
	// Forms that are not chosen are checked once, not again for each variant.
	text = around("act relu instead of rleu; flatten; dense classes")
	draws(t, with(text, compiler.Options{}), "N0110")
	draws(t, with(text, compiler.Options{ChosenFormsOnly: true}), "")
	// One train section of several.
	text = "data digits { from digits }\nmodel m { input digits; flatten; dense classes }\ntrain a { loss cross_entropy }\ntrain b { loss mse }"
	draws(t, with(text, compiler.Options{}), "N0109", "choose one with --train NAME")
	same(t, "chosen", "mse", with(text, compiler.Options{Train: "b"}).Train.Find("loss").Args.Call("kind").Name)
	draws(t, with(text, compiler.Options{Train: "bb"}), "N0109", "no train section is called bb")
	text = "data digits { from digits }\nmodel m { input digits; flatten; dense classes }\ntrain { loss cross_entropy }"
	draws(t, with(text, compiler.Options{Train: "bb"}), "N0109", "the only one has no name")
}

// TestCosts: what a layer costs is what the formulas say. Multiplication and addition count as two.
func TestCosts(t *testing.T) {
	for layer, want := range map[string][2]int64{ // parameters, FLOPs of one example forward
		"conv 4, kernel = 3, bias = false":             {3 * 3 * 1 * 4, 2 * 3 * 3 * 1 * 4 * 64},
		"conv 4, kernel = 3":                           {3*3*1*4 + 4, 2*3*3*1*4*64 + 4*64},
		"conv 4, kernel = 1, stride = 2, bias = false": {4, 2 * 4 * 16},
		"flatten":  {0, 0},
		"act relu": {0, 64},
		"pool max": {0, 64},
	} {
		r := rowOf(t, good(t, around(layer+" as it; flatten; dense classes")), "model.it[1]")
		same(t, layer, want, [2]int64{int64(r.Params), r.FLOPs})
	}
	r := rowOf(t, good(t, around("flatten; dense 5, bias = false as it; dense classes")), "model.it[1]")
	same(t, "dense", [2]int64{64 * 5, 2 * 64 * 5}, [2]int64{int64(r.Params), r.FLOPs})
	// A block costs what is in it.
	p := good(t, around("repeat 3 { conv 4; act relu } as all; flatten; dense classes"))
	all, sum := rowOf(t, p, "model.all[1]"), int64(0)
	for _, row := range p.Rows {
		if row.Depth == 1 {
			sum += row.FLOPs
		}
	}
	same(t, "a loop", sum, all.FLOPs)
}

func TestResolvedTellsVariantsApart(t *testing.T) {
	seen := map[string]string{}
	base := good(t, residual)
	edits := []string{""}
	for _, x := range base.Canon.Tricks() {
		if x.On() {
			edits = append(edits, "off "+x.Name)
		} else {
			edits = append(edits, "on "+x.Name)
		}
	}
	edits = append(edits, "set train.batch = 8", "set model.stem.kernel = 5", "off dropout[1]", "off dropout[2]")
	for _, e := range edits {
		var list []string
		if e != "" {
			list = []string{e}
		}
		text := good(t, residual, list...).Resolved()
		if other, dup := seen[text]; dup {
			t.Errorf("%q and %q resolve to the same program", e, other)
		}
		seen[text] = e
	}
}
