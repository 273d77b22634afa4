package layer_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/layer"
)

// TestSignaturesAreDocumented: everything that the compiler declares says what it does, and every parameter what it is.
func TestSignaturesAreDocumented(t *testing.T) {
	for _, s := range compiler.Signatures() {
		if s.Doc == "" {
			t.Errorf("%s %s has no documentation", s.Kind, s.Name)
		}
		params := s.Params
		if s.Rest != nil {
			params = append(params[:len(params):len(params)], *s.Rest)
		}
		named := false
		for _, p := range params {
			// On a card's lines the parameter is the line.
			if p.Doc == "" && s.Kind != catalog.Card {
				t.Errorf("%s of %s %s has no documentation", p.Name, s.Kind, s.Name)
			}
			if p.Positional && named {
				t.Errorf("%s of %s: positional parameters come first", p.Name, s.Name)
			}
			named = named || !p.Positional
		}
		for _, f := range s.Foreign {
			if f == s.Name {
				t.Errorf("%s is no foreign word for itself", f)
			}
		}
	}
}

// TestForeignWordsMeanOneThing: a foreign word names one construct of a kind, and is none itself.
func TestForeignWordsMeanOneThing(t *testing.T) {
	type word struct {
		kind catalog.Kind
		name string
	}
	meaning := map[word]string{}
	for _, s := range compiler.Signatures() {
		meaning[word{s.Kind, s.Name}] = s.Name
	}
	for _, s := range compiler.Signatures() {
		for _, f := range s.Foreign {
			if other := meaning[word{s.Kind, f}]; other != "" {
				t.Errorf("%s stands for %s and for %s", f, s.Name, other)
			}
			meaning[word{s.Kind, f}] = s.Name
		}
	}
}

func TestLosses(t *testing.T) {
	for _, name := range []string{"cross_entropy", "bce", "mse", "mae", "huber"} {
		if l := layer.GetLoss(name); l == nil || l.Name != name {
			t.Errorf("no loss %s", name)
		}
	}
	if layer.GetLoss("hinge") != nil || layer.Get("linear") != nil {
		t.Error("what is not there is nil")
	}
}
