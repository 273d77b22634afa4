package spell_test

import (
	"testing"

	"github.com/netc-lang/netc/lang/spell"
)

func TestNearest(t *testing.T) {
	layers := []string{"dense", "dropout", "norm", "act", "conv", "pool", "flatten", "label_smoothing", "h", "s", "embed"}
	for _, c := range []struct{ word, want string }{
		{"dropuot", "dropout"},
		{"Dense", "dense"},
		{"dence", "dense"},
		{"labelSmoothing", "label_smoothing"},
		{"label-smoothing", "label_smoothing"},
		{"nrom", "norm"},
		{"covn", "conv"},
		{"flaten", "flatten"},
		{"linear", ""},
		{"x", ""},
		{"", ""},
		{"atc", "act"},
		{"at", "act"},
		{"dense", ""}, // the word itself is no suggestion
		{"größe", ""},
	} {
		got, ok := spell.Nearest(c.word, layers)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", c.word, got, ok, c.want)
		}
	}
}

func TestNearestPrefersTheFirstLetter(t *testing.T) {
	if got, _ := spell.Nearest("tain", []string{"main", "train"}); got != "train" {
		t.Errorf("got %q", got)
	}
}
