package gpu

import (
	"strings"
	"testing"
)

func TestConvolutionsAreChosen(t *testing.T) {
	for value, want := range map[string]bool{"": false, "off": false, "on": true} {
		t.Setenv(ConvolutionsVariable, value)
		b, err := newBackend()
		if err != nil {
			t.Fatal(err)
		}
		if b.Convolutions != want {
			t.Errorf("%s=%q: convolutions by the library: %v, want %v", ConvolutionsVariable, value, b.Convolutions, want)
		}
	}
	t.Setenv(ConvolutionsVariable, "yes")
	if _, err := newBackend(); err == nil || !strings.Contains(err.Error(), "it is on") {
		t.Errorf("an unknown word gives %v", err)
	}
}
