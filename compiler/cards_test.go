package compiler_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/stdlib"
)

// measures are what a card's signature may speak of.
var measures = []string{"train.loss", "valid.loss", "train.accuracy", "valid.accuracy", "gap", "time", "memory", "parameters"}

// TestCards holds every card of the standard library to what a card is for: it is complete, its kin exist, and a
// program that uses the trick compiles with it and without it, and differs.
func TestCards(t *testing.T) {
	names := stdlib.Names("tricks")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if name == "norm" {
				return // stands for the normalizations that have no card of their own
			}
			text := compilertest.CardProgram(name)
			if name == "pretraining" {
				text = "data d { from digits }\nmodel m { input d; flatten; dense classes }\ntrain first { loss cross_entropy }\n" +
					"train { loss cross_entropy; start first off }"
			}
			if text == "" {
				t.Fatal("no program uses it: add one to compilertest.CardProgram")
			}
			p := good(t, text)
			x := trick(t, p, name)
			c := x.Card
			if c == nil || c.Name != name {
				t.Fatalf("the trick %s has the card %v", name, c)
			}
			complete(t, c, names)
			if name == "pretraining" {
				return
			}
			if !x.On() || !x.Active() {
				t.Error("the trick is not on")
			}
			on, off := good(t, text).Resolved(), good(t, text, "off "+name)
			if on == off.Resolved() {
				t.Errorf("off, the program is the same:\n%s", on)
			}
			if y := trick(t, off, name); y.On() {
				t.Error("off, the trick is on")
			}
			same(t, "on again", on, good(t, text, "off "+name, "on "+name).Resolved())
		})
	}
}

func complete(t *testing.T, c *canon.Card, names []string) {
	t.Helper()
	for what, text := range map[string]string{"title": c.Title, "solves": c.Solves, "source": c.Source, "cost": c.Cost, "caution": c.Caution} {
		if strings.TrimSpace(text) == "" {
			t.Errorf("the card has no %s", what)
		}
	}
	for what, text := range map[string]string{"cost": c.Cost, "caution": c.Caution} {
		if !strings.HasSuffix(text, ".") {
			t.Errorf("%s is a sentence: %q", what, text)
		}
	}
	if !strings.ContainsAny(c.Source, "12") {
		t.Errorf("the source has no year: %q", c.Source)
	}
	if len(c.Expect) == 0 {
		t.Error("the card expects nothing")
	}
	for _, e := range c.Expect {
		if !slices.Contains(measures, e.Measure) {
			t.Errorf("the card expects something of %s", e.Measure)
		}
	}
	if len(c.Kin) == 0 {
		t.Error("the card has no kin")
	}
	for _, k := range append(c.Kin, c.Needs...) {
		if !slices.Contains(names, k) || k == c.Name {
			t.Errorf("kin %s is no other trick", k)
		}
	}
}

func TestGenericCardIsTheLast(t *testing.T) {
	// Of several cards that mark a statement, the one that asks most is its trick; it answers to the statement's name too.
	text := around("conv 8; norm batch; pool average; pool average, global; dense classes")
	same(t, "tricks", "batch_norm, global_average_pooling, momentum", strings.Join(trickNames(good(t, text)), ", "))
	same(t, "one switch for all", good(t, text, "off batch_norm").Resolved(), good(t, text, "off norm").Resolved())
	same(t, "off form of several words", "flatten", rowOf(t, good(t, text, "off global_average_pooling"), "model.pool[2]").Text)
}

func TestCardFormsThatDoNotFitAreHints(t *testing.T) {
	// A net that ends in global pooling works; that its card's off form would not fit is good to know.
	p := compile(t, around("conv 10; pool average, global"))
	draws(t, p, "N0204", "with global_average_pooling off: the network ends in 640 features")
	if p.Diags.HasErrors() {
		t.Error("a form that nobody asked for does not stop the program")
	}
	draws(t, compile(t, around("conv 10; pool average, global"), "off global_average_pooling"), "N0204")
	// A form that the program gives must fit.
	if p := compile(t, around("conv 10; pool average, global instead of { flatten } as p")); !p.Diags.HasErrors() {
		t.Error("the program's own form does not fit")
	}
}

func TestOwnCards(t *testing.T) {
	// A card of the file hides the standard one of its name, and goes before others for the same statement.
	text := around("dropout 0.5; act gelu; flatten; dense classes")
	own := text + "trick dropout { title \"Mine\"; off 0.1 }\ntrick curve { title \"Curve\"; construct act, gelu; off tanh }\n"
	p := good(t, own, "off dropout", "off curve")
	same(t, "layers", []string{"dropout[1]: dropout 0.1", "act[1]: act tanh"}, leaves(p)[1:3])
	same(t, "title", "Mine", trick(t, p, "dropout").Card.Title)
	// An `instead of` of the program goes before both; the card still documents it.
	p = good(t, strings.Replace(own, "dropout 0.5", "dropout 0.5 instead of 0.2", 1), "off dropout")
	same(t, "layer", "dropout[1]: dropout 0.2", leaves(p)[1])
	same(t, "card", "Mine", trick(t, p, "dropout").Card.Title)
	p = good(t, around("act relu instead of elu as curve; flatten; dense classes"))
	same(t, "the standard card documents", "relu", trick(t, p, "curve").Card.Name)
	// A block with a card is a trick.
	p = good(t, "block b { conv 4; act relu }\ntrick b { title \"B\"; off { conv 4; act tanh } }\n"+around("b; flatten; dense classes"), "off b")
	same(t, "layers", []string{"b[1].conv[1]: conv 4", "b[1].act[1]: act tanh"}, leaves(p)[1:3])
	// A block of the file hides the standard one.
	p = good(t, "block residual(n) { dense n }\n"+around("flatten; residual 5; dense classes"))
	same(t, "block", "residual[1].dense[1]: dense 5", leaves(p)[2])
}

func TestOffBodyKeepsNames(t *testing.T) {
	text := "block b(n) { conv n; pool average, global }\n" + around("b 8; dense classes")
	same(t, "on", "8", canon.ShapeText(rowOf(t, good(t, text), "model.b[1].pool[1]").Out))
	same(t, "off", "512", canon.ShapeText(rowOf(t, good(t, text, "off global_average_pooling"), "model.b[1].pool[1]").Out))
}

func TestBadCards(t *testing.T) {
	for card, says := range map[string]string{
		`trick dropout { solves "x" }`:                               "has no title",
		`trick dropout { titel "x" }`:                                "did you mean title?",
		`trick dropout { title "x"; title "y" }`:                     "has title twice",
		`trick dropout { title 3 }`:                                  "title takes a text",
		`trick dropout { title "x", "y" }`:                           "title takes one text",
		`trick dropout { title "x"; let a = 1 }`:                     "plain lines only",
		`trick dropout { title "x"; expect gap }`:                    "an expectation is",
		`trick dropout { title "x"; expect gap = sideways }`:         "an expectation is",
		`trick dropout { title "x"; kin "l2" }`:                      "kin takes names of tricks",
		`trick drpout { title "x" }`:                                 "did you mean construct dropout?",
		`trick t { title "x"; construct act, rleu }`:                 "did you mean relu?",
		`trick t { title "x"; construct optimizer.momentun; off 0 }`: "did you mean momentum?",
		`trick t { title "x"; construct optimizer.momentum }`:        "needs a value when it is off",
		`trick t { title "x"; construct act, f(x) }`:                 "construct names a statement",
		`trick dropout { title "x"; off 1, 2 }`:                      "off takes one value",
		`trick t { title "x"; change }`:                              "change takes edits in braces",
		`trick t { title "x"; off 3; change { off dropout } }`:       "has a change and an off form",
	} {
		p := compile(t, card+"\n"+around("flatten; dense classes"))
		draws(t, p, "N0305", says)
		if p.Diags.HasErrors() && p.Diags[0].Help == "" {
			t.Errorf("%s: no help", card)
		}
	}
}

func TestChanges(t *testing.T) {
	text := around("flatten; dense classes") + `
trick bolder(factor = 2, more = 3) {
  title "Bolder"
  change {
    set train.optimizer.lr = factor * train.optimizer.lr
    set train.batch = train.batch * more * factor
    before model.dense { dropout 0.1 }
  }
}
`
	with := func(line string, edits ...string) string {
		p := good(t, strings.Replace(text, "optimizer", "batch 10; "+line+"; optimizer", 1), edits...)
		return strings.Join(leaves(p), " ") + " " + p.Train.Find("optimizer").Args["rule"].String() + " " + p.Train.Find("batch").Args["size"].String()
	}
	plain := "input[1]: input digits flatten[1]: flatten dense[1]: dense 10 sgd(lr = 0.1, momentum = 0.9, nesterov = false) 10"
	same(t, "off", plain, with("bolder off"))
	same(t, "switched off", plain, with("bolder", "off bolder"))
	changed := "input[1]: input digits flatten[1]: flatten dropout[+1]: dropout 0.1 dense[1]: dense 10 sgd(lr = 0.2, momentum = 0.9, nesterov = false) 60"
	same(t, "on", changed, with("bolder"))
	same(t, "switched on", changed, with("bolder off", "on bolder"))
	same(t, "arguments", "sgd(lr = 0.4, momentum = 0.9, nesterov = false) 40", strings.SplitN(with("bolder 4, more = 1"), "dense 10 ", 2)[1])
	draws(t, compile(t, strings.Replace(text, "optimizer", "bolder more; optimizer", 1)), "N0101 N0301")
	draws(t, compile(t, strings.Replace(text, "optimizer", "batch 10; bolder instead of nothing; optimizer", 1)), "N0106", "write `bolder off`")
	// A change that does not fit says so even while it is off.
	draws(t, compile(t, strings.Replace(text, "optimizer", "bolder off; optimizer", 1)), "N0301", "with bolder on: train.batch hits nothing")
}
