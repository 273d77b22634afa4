package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/compilertest"
)

// TestForeignWords: words of other tools are errors that name ours.
func TestForeignWords(t *testing.T) {
	for layer, help := range map[string]string{
		"linear 10":        "write dense",
		"Conv2d 16":        "write conv",
		"batchnorm":        "write norm",
		"maxpool":          "write pool",
		"Flatten":          "write flatten",
		"relu":             "write `act relu`",
		"swish":            "write `act silu`",
		"ReLU":             "write `act relu`",
		"activation relu":  "write act",
		"softmax":          "cross_entropy takes logits",
		"drpout 0.5":       "did you mean dropout?",
		"resdual 16":       "did you mean residual?",
		"act swish":        "called silu here",
		"act rleu":         "did you mean relu?",
		"act softmax":      "no activation is called softmax",
		"init xavier_he":   "there are",
		"norm bach":        "did you mean batch?",
		"pool maximum":     "one of max, average",
		"conv 4, kernal=3": "did you mean kernel?",
		"conv 4, 5":        "conv does not take this: 5",
	} {
		p := compile(t, around(layer+"; flatten; dense classes"))
		if len(p.Diags) == 0 || p.Diags[0].Code != "N0101" && p.Diags[0].Code != "N0110" {
			t.Errorf("%s draws %s", layer, compilertest.Messages(p))
			continue
		}
		if m := compilertest.Messages(p); !strings.Contains(m, help) {
			t.Errorf("%s does not say %q:\n%s", layer, help, m)
		}
	}
	draws(t, compile(t, strings.Replace(around("flatten; dense classes"), "optimizer", "optim", 1)), "N0101", "write optimizer")
	draws(t, compile(t, strings.Replace(around("flatten; dense classes"), "sgd(", "sdg(", 1)), "N0110", "did you mean sgd?")
	draws(t, compile(t, strings.Replace(around("flatten; dense classes"), "cross_entropy", "CrossEntropyLoss", 1)), "N0110", "called cross_entropy here")
	draws(t, compile(t, strings.Replace(around("flatten; dense classes"), "momentum", "momentun", 1)), "N0110", "did you mean momentum?")
	draws(t, compile(t, strings.Replace(around("flatten; dense classes"), "input digits", "input digtis", 1)), "N0101", "did you mean digits?")
	draws(t, compile(t, strings.Replace(around("flatten; dense classes"), "sgd(lr = 0.1, momentum = 0.9)", "sgd, lr = 0.2", 1)), "N0110", "lr is an argument of sgd, not of optimizer")
}

// One mistake is told once: what the checker makes of the place where the parser guessed is left out.
func TestMistakeToldOnce(t *testing.T) {
	for _, layer := range []string{"dropout p 0.5", "dense 4 5", "conv 4, kernle 3", "conv(4, krenel 3)"} {
		p := compile(t, around(layer+"; flatten; dense classes"))
		places := map[string]bool{}
		for _, d := range p.Diags {
			if at := d.Span.Start.String(); places[at] {
				t.Errorf("%s draws two messages at %s:\n%s", layer, at, compilertest.Messages(p))
			} else {
				places[at] = true
			}
		}
		if len(places) == 0 {
			t.Errorf("%s draws nothing", layer)
		}
	}
}

func TestMisplaced(t *testing.T) {
	for text, says := range map[string]string{
		around("flatten; dense classes; epochs 3"):                                      "epochs is a train setting; here stands a layer",
		around("flatten; adam; dense classes"):                                          "adam is an optimizer",
		around("flatten; cross_entropy; dense classes"):                                 "optimizer sgd(lr = 0.1)",
		strings.Replace(around("flatten; dense classes"), "loss", "adam; loss", 1):      "it is the value of a setting",
		strings.Replace(around("flatten; dense classes"), "loss", "dropout 1; loss", 1): "layers stand in a model, block, path or head",
		strings.Replace(around("flatten; dense classes"), "from", "mixup 1; from", 1):   "it stands in `augment { }`",
		around("flatten { dense 3 }; dense classes"):                                    "flatten has no body",
		around("residual 4 { dense 3 }; flatten; dense classes"):                        "it has its body already",
	} {
		draws(t, compile(t, text), "N0108", says)
	}
	for text, says := range map[string]string{
		around("path { dense 3 }; flatten; dense classes"):            "path stands in sum, product or concat",
		around("sum { dense 3 }; flatten; dense classes"):             "path { dense … }",
		around("flatten; input digits; dense classes"):                "the data has entered already",
		strings.Replace(around("dense 3"), "input digits", "pass", 1): "dense stands before the data has entered",
	} {
		draws(t, compile(t, text), "N0110", says)
	}
}

// TestEveryErrorInOneRun: a file's mistakes are all found at once, each said once.
func TestEveryErrorInOneRun(t *testing.T) {
	p := compile(t, `
data digits { from digits; splt valid = 10% }
block used { conv 4; drpout 0.5; act rleu }
block unused(n, m) { cnov n; if m > 3 { act relu } else { poool max }; repeat n { relu } }
model m {
  input digits
  repeat 5 { used }
  if 1 > 2 { flaten } else { flatten }
  dense classes, unitz = 3
  let a = 1 / 0
  dense a
}
model other { inputt digits; desne 4 }
train { loss cross_entropy; epocs 3; model m }
train spare { loss cross_entropy; btach 3 }
study { metric test.accuracy; sedes 3 }
`)
	var got []string
	for _, d := range p.Diags {
		got = append(got, fmt.Sprintf("%d %s %s", d.Span.Start.Line, d.Code, strings.TrimPrefix(d.Help, "did you mean ")))
	}
	same(t, "mistakes", lines(`
		2 N0101 split?
		3 N0101 dropout?
		3 N0110 relu?
		4 N0101 conv?
		4 N0101 pool?
		4 N0101 write `+"`act relu`"+`
		8 N0101 flatten?
		9 N0110 units?
		10 N0105 see that the divisor is not 0
		13 N0101 input?
		13 N0101 dense?
		14 N0101 epochs?
		15 N0101 batch?
		16 N0101 seeds?`), got)
}

func TestArguments(t *testing.T) {
	for layer, says := range map[string]string{
		"conv":                                "conv needs its argument channels",
		"conv 4, 3, 3":                        "conv does not take this: 3",
		"conv 4, kernel = 3, kernel = 5":      "kernel of conv is given twice",
		"conv 4, channels = 5":                "channels of conv is given twice",
		"conv 4.5":                            "a whole number of at least 1, not 4.5",
		"conv 0":                              "not 0",
		"conv -1":                             "not -1",
		"conv 4 epochs":                       "it has no unit",
		"conv widht":                          "nothing here is called widht",
		"conv \"4\"":                          "not \"4\"",
		"conv 4, kernel = [3, x]":             "kernel of conv takes",
		"conv 4, kernel = max":                "kernel of conv takes",
		"conv 4, padding = smae":              "padding of conv takes",
		"conv 4, bias = maybe":                "bias of conv takes",
		"dropout 50":                          "a number in [0, 1)",
		"dropout 1":                           "not 1",
		"dropout 0.5, 0.5":                    "dropout does not take this",
		"pool average, globl":                 "did you mean global?",
		"pool average, global = 3":            "true or false",
		"act leaky_relu(slope = -1)":          "of at least 0, not -1",
		"act leaky_relu(1, 2)":                "leaky_relu does not take this",
		"act relu(1)":                         "relu does not take this",
		"act 3":                               "an activation, not 3",
		"act relu.x":                          "an activation, not relu.x",
		"norm group(groups = 3 instead of 4)": "not inside its parentheses",
		"residual":                            "block residual needs its argument channels",
		"residual 4, strid = 2":               "did you mean stride?",
		"residual 4, 1, padding, 5":           "takes 3 arguments, and this is one more",
		"residual 4, channels = 5":            "channels of block residual is given twice",
		"residual 4, by = paddin":             "did you mean padding?",
		"residual 4, by = 3":                  "takes padding or projection, not the number 3",
		"conv x[*]":                           "kernel",
		"conv 4, a.b = 3":                     "an argument's name is one word",
		"conv 4 instead of 5, kernel = 3 instead of 5": "a statement has one `instead of`",
		"conv 4 instead of 5 instead of nothing":       "a statement has one `instead of`",
		"let a = 3 instead of 4; conv a":               "a let has one value",
		"conv max(3 instead of 4)":                     "not inside the parentheses of max",
	} {
		p := compile(t, around(layer+"; flatten; dense classes"))
		if !p.Diags.HasErrors() {
			t.Errorf("%s draws nothing", layer)
			continue
		}
		d := p.Diags[0]
		if m := compilertest.Messages(p); layer != "conv x[*]" && !strings.Contains(m, says) {
			t.Errorf("%s does not say %q:\n%s", layer, says, m)
		}
		if d.Help == "" && !strings.Contains(d.Message, "takes") {
			t.Errorf("%s: no help: %s", layer, d.Error())
		}
		if d.Span.Start.Line != 4 && !strings.Contains(layer, "residual") {
			t.Errorf("%s: the message is about line %d: %s", layer, d.Span.Start.Line, d.Error())
		}
	}
}

func TestBareNamesAreReadByTheType(t *testing.T) {
	// A variable hides neither a word nor a flag silently.
	draws(t, compile(t, "let relu = 1\n"+around("act relu; flatten; dense classes")), "N0111", "is a variable here, and also something that kind of act takes")
	draws(t, compile(t, "block b(global) { pool average, global }\n"+around("b true; dense classes")), "N0111", "write global = global")
	draws(t, compile(t, "let max = 1\n"+around("pool max; flatten; dense classes")), "N0111")
	// A parameter carries a word, a constructor, a list.
	p := good(t, "block b(f, k, w = max) { conv 2, kernel = k; act f; pool w }\n"+around("b leaky_relu(0.2), [3, 1]; b tanh, 3, w = average; flatten; dense classes"))
	same(t, "layers", lines(`
		b[1].conv[1]: conv 2, kernel = [3, 1]
		b[1].act[1]: act leaky_relu(0.2)
		b[1].pool[1]: pool max
		b[2].conv[1]: conv 2
		b[2].act[1]: act tanh
		b[2].pool[1]: pool average`), leaves(p)[1:7])
}

func TestExpressions(t *testing.T) {
	value := func(text string) string {
		p := compile(t, "let two = 2\nlet twice(x) = 2 * x\nlet both(x, y = x) = x + y\nlet list = [4, 5, 6]\n"+around("let v = "+text+"; flatten; dense v; dense classes"))
		if p.Diags.HasErrors() {
			return p.Diags[0].Message
		}
		return rowOf(t, p, "model.dense[1]").Text
	}
	for text, want := range map[string]string{
		"1 + 2 * 3":                    "dense 7",
		"(1 + 2) * 3":                  "dense 9",
		"7 / two":                      "dense 3", // a computed count is rounded down
		"50% * 8":                      "dense 4",
		"twice(twice(3))":              "dense 12",
		"twice(x = 3)":                 "dense 6",
		"both(3)":                      "dense 6",
		"both(twice(1), twice(2))":     "dense 6",
		"max(1, 5, 3)":                 "dense 5",
		"max(list)":                    "dense 6",
		"sum(list)":                    "dense 15",
		"len(list)":                    "dense 3",
		"list[2]":                      "dense 5",
		"list[len(list)]":              "dense 6",
		"mod(7, 4)":                    "dense 3",
		"floor(7.9)":                   "dense 7",
		"pow(2, 3)":                    "dense 8",
		"input.features / 8":           "dense 8",
		"classes * 2":                  "dense 20",
		"twice(twice(input.channels))": "dense 256",

		"1 / 0":              "division by zero",
		"list[0]":            "list has 3 elements, counted from 1; there is no 0",
		"list[4]":            "list has 3 elements, counted from 1; there is no 4",
		"two[1]":             "two is the number 2, not a list",
		"twice":              "twice is a function, and stands here without arguments",
		"twice()":            "twice needs its argument x",
		"twice(1, 2)":        "twice takes 1 argument, and this is one more",
		"twise(1)":           "no function is called twise",
		"1 + \"a\"":          "+ works on numbers, not on the number 1 and the string \"a\"",
		"1 + tow":            "nothing here is called tow",
		"- tow":              "nothing here is called tow",
		"2 epochs":           "units of dense takes a whole number of at least 1, not 2 epochs",
		"2 epochs + 1":       "2 epochs and 1 have different units",
		"2 epochs * 3 steps": "2 epochs times 3 steps has no unit of the language",
		"sqrt(-1)":           "sqrt has no finite value here",
		"mod(1)":             "mod takes two numbers, not 1",
		"input.chanels":      "input has no chanels; it has channels, features, size, height, width",
		"input.height":       "input has no height: its shape is 64",
		"nowhere.channels":   "no point of the flow is called nowhere here",
		"targets":            "this data has no targets",
		"nothing":            "units of dense takes a whole number of at least 1, not nothing",
	} {
		if got := value(text); got != want {
			t.Errorf("%s gives %q, want %q", text, got, want)
		}
	}
}

func TestCycles(t *testing.T) {
	for _, text := range []string{
		"let a = a\n" + around("flatten; dense a; dense classes"),
		"let a = b\nlet b = a\n" + around("flatten; dense a; dense classes"),
		"let a = b + 1\nlet b = a * 2\n" + around("flatten; dense a; dense classes"),
		"let f(x) = g(x)\nlet g(x) = f(x)\n" + around("flatten; dense f(1); dense classes"),
		"block b(n = n) { dense n }\n" + around("flatten; b; dense classes"),
		"block b(n = n + 1) { dense n }\n" + around("flatten; b; dense classes"),
		"block a { b }\nblock b { a }\n" + around("flatten; a; dense classes"),
		"block a { sum { path { a }; path { } } }\n" + around("flatten; a; dense classes"),
		"block a { dense 3 instead of { a } }\n" + around("flatten; a; dense classes"),
		strings.Replace(around("flatten; dense classes"), "lr = 0.1", "lr = train.optimizer.lr", 1),
		strings.Replace(around("flatten; dense classes"), "loss cross_entropy", "loss cross_entropy; batch train.epochs; epochs train.batch", 1),
	} {
		p := compile(t, text)
		if len(p.Diags) == 0 || p.Diags[0].Code != "N0104" || p.Diags[0].Help == "" {
			t.Errorf("draws %s\n%s", compilertest.Messages(p), text)
		}
	}
	metric := strings.Replace(around("flatten; dense classes"), "loss", "report m; loss", 1)
	draws(t, compile(t, "let c = d\nlet d = c\nlet m(y, p) = mean(y - p) + c\n"+metric), "N0104", "needs its own value")
	if p := compile(t, "let m(y, p) = n(y, p)\nlet n(y, p) = m(y, p)\n"+metric); !p.Diags.HasErrors() {
		t.Error("two functions call each other")
	}
	files := compilertest.Files{compilertest.File: `use "a.net"`, "a.net": `use "b.net"`, "b.net": `extend "a.net"`}
	draws(t, compilertest.CompileFiles(t, files), "N0104", "a.net is being read already")
	draws(t, compile(t, `use "test.net"`), "N0104")
	// What only looks like a cycle.
	good(t, "let a = 2\nblock b(a = a) { dense a }\n"+around("flatten; dense 3; dense classes"))
	good(t, "let n = 8\nblock b(k) { dense k }\nblock c(k) { b k + 1 }\n"+around("flatten; c n; dense classes"))
}

func TestValuesThatDouble(t *testing.T) {
	var b strings.Builder
	b.WriteString("let f0(x) = x\nlet v0 = 1\n")
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&b, "let f%d(x) = f%d(x) + f%d(x)\nlet v%d = v%d + v%d\n", i, i-1, i-1, i, i-1, i-1)
	}
	// Names are evaluated once; functions are not, and a value that takes too many steps is an error, not a wait.
	draws(t, compile(t, b.String()+around("flatten; if v60 > 0 { dense 3 }; dense classes")), "")
	draws(t, compile(t, b.String()+around("flatten; dense f60(1); dense classes")), "N0105", "takes more than")
}

func TestScopes(t *testing.T) {
	draws(t, compile(t, "let a = 1\nlet a = 2"), "N0102", "the first definition is here")
	draws(t, compile(t, "block b { pass }\nblock b { pass }"), "N0102", "this file has block b twice")
	draws(t, compile(t, "block b(n, n) { dense n }"), "N0102", "block b has two parameters n")
	draws(t, compile(t, "let f(x, x) = x"), "N0102", "f has two parameters x")
	draws(t, compile(t, around("let a = 1; let a = 2; flatten; dense a; dense classes")), "N0102", "already a local name")
	draws(t, compile(t, around("for i in 1..2 { for i in 1..2 { act relu } }; flatten; dense classes")), "N0102", "choose another loop variable")
	draws(t, compile(t, "block b(n) { let n = 2; dense n }\n"+around("flatten; b 3; dense classes")), "N0102")
	// A local name may hide the file's; a file's names are in any order; an unused let is fine.
	good(t, "let unused = later\nlet a = 1\n"+around("let a = 2; flatten; dense a; dense classes")+"let later = 3\n")
	// Names of used files; the file's own go first; two used files may not both give one.
	files := compilertest.Files{
		compilertest.File: "use \"a.net\"\nuse \"b.net\"\nuse \"b.net\" as b\n" + around("one; both; flatten; dense a; dense b.n; dense classes"),
		"a.net":           "let a = 3\nblock one { act relu }\nblock both { act relu }",
		"b.net":           "let n = 4\nblock both { act tanh }",
	}
	draws(t, compilertest.CompileFiles(t, files), "N0102", "both comes from a.net and from b.net", `use "b.net" as NAME`)
	files[compilertest.File] = strings.Replace(files[compilertest.File], "one; both", "one; b.both", 1)
	p := compilertest.CompileFiles(t, files)
	draws(t, p, "")
	same(t, "layers", lines(`
		one[1].act[1]: act relu
		both[1].act[1]: act tanh
		flatten[1]: flatten
		dense[1]: dense 3
		dense[2]: dense 4`), leaves(p)[1:6])
	files[compilertest.File] += "block both { act elu }"
	files[compilertest.File] = strings.Replace(files[compilertest.File], "one; b.both", "one; both", 1)
	draws(t, compilertest.CompileFiles(t, files), "")
	draws(t, compilertest.CompileFiles(t, compilertest.Files{compilertest.File: "use \"a.net\" as x\nuse \"a.net\" as x", "a.net": ""}), "N0102")
	draws(t, compile(t, `use "gone.net"`), "N0103", "no such file")
	draws(t, compile(t, `use "std/gone.net"`), "N0103", "std/models/lenet.net")
	draws(t, compile(t, "extend \"std/models/lenet.net\"\nextend \"std/models/lenet.net\""), "N0102", "extends one other")
}

func TestSections(t *testing.T) {
	whole := around("flatten; dense classes")
	draws(t, compile(t, strings.Replace(whole, "model m {", "model m(n) {", 1)), "N0106", "n has no default, and nothing gives it a value")
	draws(t, compile(t, strings.Replace(whole, "model m {", "model m(n) {", 1), "set model.n = 3"), "")
	draws(t, compile(t, strings.Replace(whole, "train {", "train(n) {", 1)), "N0106", "write train(n = …), or set train.n")
	draws(t, compile(t, strings.Replace(whole, "data digits {", "data digits(n) {", 1)), "N0106")
	draws(t, compile(t, strings.Split(whole, "train")[0]), "N0109", "no train section")
	draws(t, compile(t, strings.SplitN(whole, "\n", 2)[1]), "N0101", "no data section is called digits")
	draws(t, compile(t, "data digits { from digits }\ntrain { loss cross_entropy }"), "N0109", "there is nothing to train")
	draws(t, compile(t, strings.Replace(whole, "loss cross_entropy;", "", 1)), "N0109", "this section has no loss")
	draws(t, compile(t, strings.Replace(whole, "input digits", "", 1)), "N0110", "flatten stands before the data has entered")
	draws(t, compile(t, strings.Replace(whole, "loss", "epochs 3; epochs 4; loss", 1)), "N0102", "epochs stands twice")
	draws(t, compile(t, strings.Replace(whole, "loss", "epochs 3 off; epochs 4; loss", 1)), "")
	// A file of definitions has nothing to run, and nothing missing.
	p := compile(t, "block b { dense 3 }\nlet a = 1")
	draws(t, p, "")
	if !p.Library {
		t.Error("it is a library")
	}
	// Versions.
	draws(t, compile(t, "net 1\n"+whole), "")
	if p := compile(t, "net 2\n"+whole); !p.Diags.HasErrors() {
		t.Error("net 2 is not known")
	}
}

func TestLoops(t *testing.T) {
	for layers, says := range map[string]string{
		"repeat 2.5 { act relu }":                  "a whole number of at least 0",
		"repeat -1 { act relu }":                   "a whole number of at least 0",
		"repeat 1e9 { act relu }":                  "more than 100000 statements",
		"for i in 1..1e9 { act relu }":             "more than 100000 statements",
		"repeat 90000 { repeat 90000 { } }":        "more than 100000 statements",
		"repeat 1000 { repeat 1000 { act relu } }": "more than 100000 statements",
		"for i in 3 { act relu }":                  "a loop goes over a list or a range",
		"for i in 1.5..3 { act relu }":             "counts in whole numbers",
		"repeat classes { act relu }":              "may not depend on shapes or on the data",
		"for i in 1..input.channels { act relu }":  "may not depend on shapes or on the data",
		"repeat n { act relu }":                    "nothing here is called n",
		"if 3 { act relu }":                        "must be true or false",
		"if n > 3 { act relu }":                    "nothing here is called n",
		"if input.channels { act relu }":           "a condition is true or false",
	} {
		p := compile(t, around(layers+"; flatten; dense classes"))
		if len(p.Diags) != 1 || !strings.Contains(compilertest.Messages(p), says) || p.Diags[0].Help == "" && !strings.Contains(says, "condition") {
			t.Errorf("%s does not say %q once:\n%s", layers, says, compilertest.Messages(p))
		}
	}
	p := good(t, around("repeat 0 { conv 4 }; for i in 3..1 { conv 4 }; for n in [2, 3] { for m in [1, n] { conv m } }; flatten; dense classes"))
	same(t, "layers", lines(`
		conv[1]: conv 1
		conv[2]: conv 2
		conv[3]: conv 1
		conv[4]: conv 3`), leaves(p)[1:5])
	// A condition on shapes is decided when the network is built; both sides have their paths.
	p = good(t, around("conv 4; if input.channels > 3 { conv 5 } else { conv 6 }; if input.channels == 99 { conv 7 } else if input.height == 8 { conv 8 }; flatten; dense classes"))
	same(t, "layers", lines(`
		conv[1]: conv 4
		conv[2]: conv 5
		conv[5]: conv 8`), leaves(p)[1:4])
}

func TestNamedPoints(t *testing.T) {
	p := good(t, around("conv 4 as a; pass as b; conv 4; take a; sum { path { }; path { take b } }; take input; flatten; dense classes"))
	if p.Rows[len(p.Rows)-1].Params != 650 {
		t.Error("the last layer reads the input")
	}
	draws(t, compile(t, around("conv 4 as a; take aa; flatten; dense classes")), "N0110", "no point of the flow is called aa")
	draws(t, compile(t, around("take a; conv 4 as a; flatten; dense classes")), "N0110")
	draws(t, compile(t, around("take input.categories; embed 3; dense classes")), "N0110", "the data has no category columns")
}

func TestShapesAreSaid(t *testing.T) {
	for layers, want := range map[string]string{
		"dense 3":                             "N0201 insert flatten",
		"flatten; conv 3":                     "N0201 move conv before flatten",
		"flatten; pool max":                   "N0201 before flatten",
		"embed 3":                             "N0201 take input.categories",
		"conv 3, kernel = 9, padding = valid": "N0202 a window of 9x9 does not fit into 8x8x1",
		"conv 3, kernel = 3, dilation = 4, padding = valid":       "N0202 a window of 9x9",
		"conv 4; conv 6, groups = 3":                              "N0202 3 groups do not divide",
		"conv 4; norm group(3)":                                   "N0202 3 groups do not divide 4 channels",
		"conv 4, kernel = [1, 2, 3]":                              "N0202 it takes one, or [height, width]",
		"conv 4; pad_channels 2":                                  "N0202 which has more channels already",
		"pool max; pool max; pool max; pool max, padding = valid": "N0202 a window of 2x2 does not fit",
		"sum { path { conv 4 }; path { } }":                       "N0203 the paths of sum end in 8x8x4 and 8x8x1",
		"concat { path { conv 4, stride = 2 }; path { } }":        "N0203 the paths of concat",
		"flatten; dense 3":                                        "N0204 the network ends in 3 features, and the target has 10 features",
	} {
		code, says, _ := strings.Cut(want, " ")
		p := compile(t, around(layers+"; "+map[bool]string{true: "", false: "flatten; dense classes"}[strings.Contains(layers, "dense 3") && strings.Contains(layers, "flatten")]))
		draws(t, p, code, says)
		for _, d := range p.Diags {
			if d.Help == "" {
				t.Errorf("%s: no help: %s", layers, d.Error())
			}
		}
	}
	table := func(loss string) string {
		return "data d { from csv(\"a.csv\"); target price; number age }\nmodel m { input d; dense targets }\ntrain { loss " + loss + " }"
	}
	draws(t, compile(t, table("mse")), "")
	draws(t, compile(t, table("cross_entropy")), "N0204", "is for classes, and the target is a number")
	draws(t, compile(t, table("mse; label_smoothing 0.1")), "N0204", "no loss of this program has labels to smooth")
	draws(t, compile(t, strings.Replace(table("mse"), "dense targets", "dense classes", 1)), "N0105", "write `dense targets`")
	draws(t, compile(t, table("mse, on = side")), "N0204", "the model has no head side")
	draws(t, compile(t, table("mse, target = x")), "N0204", "no point of the flow is called x")
}

func TestColumnsThatNeverEnter(t *testing.T) {
	text := "data d { from csv(\"a.csv\"); target y; number age; category work, home }\nmodel m { input d; IN dense classes }\ntrain { loss cross_entropy }"
	draws(t, compile(t, strings.Replace(text, "IN", "", 1)), "N0205", "columns never enter the network: work, home", "take input.categories")
	draws(t, compile(t, strings.Replace(text, "IN", "take input.categories; embed 3;", 1)), "N0205", "a column never enters the network: age")
	draws(t, compile(t, strings.Replace(text, "IN", "concat { path { take input.numbers }; path { take input.categories; onehot } };", 1)), "")
}

func TestPlaceholderData(t *testing.T) {
	p := compile(t, strings.Replace(around("flatten; dense classes"), "from digits", `from idx("nowhere")`, 1))
	draws(t, p, "N0591")
	same(t, "shapes are shown all the same", "28x28x1", canon.ShapeText(p.Rows[0].Out))
}
