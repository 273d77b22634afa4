package spec_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/network"
)

// TestPublishedSizes holds models of the library to the numbers of weights that are published for them.
func TestPublishedSizes(t *testing.T) {
	for _, c := range []struct {
		model, edits string
		weights      int
		source       string
	}{
		{"resnet", "", 269_722, "ResNet-20, option A: 0.27M in He et al. 2015, table 6"},
		{"resnet", "set model.n = 9", 853_018, "ResNet-56: 0.85M"},
		{"resnet", "set model.n = 18", 1_727_962, "ResNet-110: 1.7M"},
		{"wide_resnet", "", 2_748_890, "WRN-16-4: 2.7M in Zagoruyko and Komodakis 2016, table 3"},
		{"wide_resnet", "set model.n = 4; set model.k = 10", 36_479_194, "WRN-28-10: 36.5M"},
		{"densenet", "", 1_019_722, "DenseNet-40, k = 12: 1.0M in Huang et al. 2017, table 2"},
	} {
		p := compile(t, `extend "std/models/`+c.model+`.net" { `+c.edits+" }")
		n, err := p.Network(network.Training, 2)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.ParamCount(); got != c.weights {
			t.Errorf("%s { %s } has %d weights; %s is %d", c.model, c.edits, got, c.source, c.weights)
		}
	}
}

// TestModelsTakeOwnData: every model of the library runs on data of another size.
func TestModelsTakeOwnData(t *testing.T) {
	for _, name := range []string{"mlp", "lenet", "vgg", "resnet", "wide_resnet", "densenet", "googlenet"} {
		p := compile(t, `extend "std/models/`+name+`.net" { set model.input = mine }`+
			"\ndata mine { from folder(\"pictures\"); resize 48; scale standardize }\n")
		if p.Diags.HasErrors() {
			t.Errorf("%s:\n%s", name, compilertest.Messages(p))
			continue
		}
		if got := canon.ShapeText(p.Rows[0].Out); got != "48x48x3" {
			t.Errorf("%s takes in %s", name, got)
		}
		if last := p.Rows[len(p.Rows)-1]; canon.ShapeText(last.Out) != "37" {
			t.Errorf("%s ends in %s", name, canon.ShapeText(last.Out))
		}
	}
}

// TestBlocks builds every block of the library, with its tricks both ways.
func TestBlocks(t *testing.T) {
	for block, shape := range map[string]string{
		"conv_norm 8": "8x8x8", "conv_norm_relu 8, stride = 2": "4x4x8", "conv_relu 8": "8x8x8",
		"conv_norm_act 8, kind = layer, f = gelu": "8x8x8",
		"residual 4": "8x8x4", "residual 8, stride = 2": "4x4x8", "residual 8, stride = 2, by = padding": "4x4x8",
		"bottleneck_residual 2": "8x8x8", "preact_residual 4": "8x8x4", "preact_residual 8, stride = 2, drop = 0.1": "4x4x8",
		"inception 2, 2, 4, 2, 4, 2": "8x8x12", "squeeze_excite 2": "8x8x4",
		"dense_block 3, growth = 2": "8x8x10", "dense_block 2, growth = 2, bottleneck = true, drop = 0.1": "8x8x8", "transition 0.5": "4x4x2",
		"flatten; dense_act 5": "5", "flatten; dense_act 5, f = tanh": "5", "shortcut 8, stride = 2": "4x4x8", "shortcut 8, by = padding": "8x8x8",
	} {
		p := compile(t, "data digits { from digits }\nmodel m { input digits; conv 4; "+block+"; flatten; dense classes }\ntrain { loss cross_entropy }")
		if len(p.Diags) > 0 {
			t.Errorf("%s:\n%s", block, compilertest.Messages(p))
			continue
		}
		name := block[strings.LastIndexByte(block, ';')+1:]
		name = strings.Fields(name)[0]
		found := false
		for _, r := range p.Rows {
			if strings.HasPrefix(r.Key, "model."+name+"[1]") && !found {
				found = true
				if got := canon.ShapeText(r.Out); got != shape {
					t.Errorf("%s makes %s, want %s", block, got, shape)
				}
			}
		}
		if !found {
			t.Errorf("%s: no row\n%s", block, compilertest.Table(p))
		}
	}
}

// TestCardsOfParameters: an activation that a block is given is the trick that it would be if it stood there.
func TestCardsOfParameters(t *testing.T) {
	p := compile(t, "data digits { from digits }\nmodel m { input digits; conv_norm_act 8, kind = layer, f = gelu; flatten; dense_act 8; dense classes }\ntrain { loss cross_entropy }")
	var names []string
	for _, x := range p.Canon.Tricks() {
		names = append(names, x.Name)
	}
	if s := strings.Join(names, " "); s != "layer_norm gelu relu" {
		t.Errorf("tricks: %s", s)
	}
}
