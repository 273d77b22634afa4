package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

func TestDescribe(t *testing.T) {
	for want, typ := range map[string]catalog.Type{
		"a number":                                  catalog.Num(),
		"a whole number of at least 1":              catalog.Count(),
		"a number above 0":                          catalog.Positive(),
		"a number of at least 0":                    catalog.NonNegative(),
		"a number of at most 3":                     catalog.Num().AtMost(3),
		"a number in [0, 1] (%)":                    catalog.Probability(),
		"a number in [0, 1) (%)":                    catalog.Fraction(),
		"a number in (0, 1)":                        catalog.Num().Above(0).Below(1),
		"a number of at least 0 (epochs, steps, %)": catalog.Length(),
		"true or false":                             catalog.Flag(),
		"a quoted string":                           catalog.Text(),
		"a name":                                    catalog.Name(),
		"one of max, average":                       catalog.Word("max", "average"),
		"an optimizer":                              catalog.New(catalog.Optimizer),
		"a schedule":                                catalog.New(catalog.Schedule),
		"a list of whole number of at least 1":      catalog.ListOf(catalog.Count()),
		"a range lo..hi":                            catalog.RangeOf(),
		"a path":                                    catalog.Path(),
		"an expression":                             catalog.Expr(),
		"a value":                                   catalog.Any(),
		"one of auto, or true or false":             catalog.Word("auto").OrElse(catalog.Flag()),
	} {
		if got := typ.Describe(); got != want {
			t.Errorf("described as %q, want %q", got, want)
		}
	}
}

func small() *catalog.Catalog {
	return catalog.Assemble([]catalog.Signature{
		{Kind: catalog.Layer, Name: "dense", Foreign: []string{"linear"}, Params: []catalog.Param{{Name: "units"}, {Name: "bias", Default: catalog.W("auto")}}},
		{Kind: catalog.Layer, Name: "conv"},
	}, []catalog.Signature{
		{Kind: catalog.Schedule, Name: "linear"},
	})
}

func TestLookup(t *testing.T) {
	c := small()
	if c.Get(catalog.Layer, "dense") == nil || c.Get(catalog.Schedule, "dense") != nil {
		t.Error("a construct is found by kind and name")
	}
	check := func(what string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", what, diff)
		}
	}
	check("names", []string{"conv", "dense"}, c.Names(catalog.Layer))
	check("kinds", []catalog.Kind{catalog.Layer, catalog.Schedule}, c.Kinds())
	check("kinds of linear", []catalog.Kind{catalog.Schedule}, c.KindsOf("linear"))
	check("foreign", "dense", c.Foreign(catalog.Layer, "linear"))
	check("not foreign here", "", c.Foreign(catalog.Schedule, "linear"))
	for word, want := range map[string]string{"linear": "dense", "desne": "dense", "block": "blocky", "zzz": ""} {
		got, ok := c.Suggest(catalog.Layer, word, "blocky")
		if got != want || ok != (want != "") {
			t.Errorf("%s suggests %q", word, got)
		}
	}
}

func TestFill(t *testing.T) {
	s := small().Get(catalog.Layer, "dense")
	args := model.Args{"units": *catalog.N(3)}
	got := s.Fill(args)
	if got.Num("units") != 3 || got.Text("bias") != "auto" || len(args) != 1 {
		t.Errorf("filled to %v, from %v", got, args)
	}
	if s.Param("bias") == nil || s.Param("units").Default != nil || s.Param("x") != nil {
		t.Error("parameters are found by name")
	}
}

func TestDeclaredTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("two constructs of one kind and name are a mistake of netc's own")
		}
	}()
	catalog.Assemble([]catalog.Signature{{Kind: catalog.Layer, Name: "a"}, {Kind: catalog.Layer, Name: "a"}})
}
