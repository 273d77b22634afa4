package study_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/study"
)

// checked compiles a program on the built-in digits, with two train sections, and checks its study section.
func checked(t *testing.T, section string) []string {
	t.Helper()
	a := ask(t, `data d { from digits; split valid = 20%, test = 20% }
model m { input d; flatten; dropout 0.2; dense classes }
train { loss cross_entropy; optimizer adam(lr = 0.01); batch 8; epochs 2; report top(3) }
train other { loss cross_entropy; label_smoothing 0.1; optimizer sgd(lr = 0.1); batch 8; epochs 2 }
study {
`+section+"\n}\n")
	opt := compiler.Options{Catalog: a.Catalog, Data: a.Reader}
	p := compiler.Compile(a.File, opt)
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	var got []string
	for _, d := range study.Check(p, opt) {
		got = append(got, fmt.Sprintf("%d %s %s %s", d.Span.Start.Line-5, d.Code, d.Message, d.Help))
	}
	return got
}

// What is wrong with a study section is found without reading the data or planning the study.
func TestCheck(t *testing.T) {
	for section, want := range map[string][]string{
		"metric test.accuracy\nmetric valid.loss\nmetric gap\nmetric test.top(3)": nil,
		"tricks dropout, bigger + dropout\ntry bigger { set train.batch = 16 }":   nil,
		"train other\ntricks label_smoothing":                                     nil,
		"retune train.optimizer.lr, 0.01..0.1, log\ncurve train.batch, [8, 16]":   nil,

		"metric test.accurcy":                              {"1 N0801 test.accurcy is not measured by these runs did you mean test.accuracy?"},
		"metric tets.loss":                                 {"1 N0801 tets.loss is not measured by these runs did you mean test.loss?"},
		"tricks dropout, batch_norm":                       {"1 N0303 batch_norm is no trick of this program there are dropout, adam"},
		"train other\ntricks adam":                         {"2 N0303 adam is no trick of this program there are dropout, label_smoothing"},
		"factors dropuot, adam":                            {"1 N0303 dropuot is no trick of this program did you mean dropout?"},
		"seeds 3\ntry a { off nope }":                      {"2 N0303 nope is no trick of this program there are dropout, adam"},
		"try a { set model.dropout.q = 3 }":                {"1 N0301 model.dropout has no argument q there is p"},
		"try a { before model.flatten { conv 2, k = 3 } }": {"1 N0110 conv has no argument k it has channels, kernel, stride, padding, dilation, groups, bias"},
		"retune train.optimizer.lrr, 0.01..0.1, log":       {"1 N0110 adam has no argument lrr did you mean lr?"},
		"curve train.bacth, [8, 16]":                       {"1 N0301 train.bacth hits nothing: there is no bacth did you mean batch?"},
	} {
		if diff := cmp.Diff(want, checked(t, section)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", strings.ReplaceAll(section, "\n", "; "), diff)
		}
	}
}
