package lsp

import (
	"strings"
	"testing"
	"time"
)

// Somebody who has never seen the language writes a program by completion alone: at each place a suggestion is taken, with what
// it has filled in. The program passes.
func TestWrittenByCompletion(t *testing.T) {
	c := newClient(t, time.Millisecond)
	uri, _ := c.open("m.net", "")
	d := newDocument(uri, "", 0, "")
	insert := func(r Range, text string) {
		c.change(uri, &r, text)
		var err error
		if d, err = d.apply(0, contentChange{&r, text}); err != nil {
			t.Fatal(err)
		}
	}
	end := func() Position { return d.pos(d.end()) }
	typed := func(text string) { insert(Range{end(), end()}, text) }
	take := func(label string) {
		t.Helper()
		items := c.complete(uri, end())
		for _, i := range items {
			if i.Label == label {
				text := withoutPlaceholders(i.TextEdit.NewText)
				if i.InsertTextFormat == snippet {
					text = withoutPlaceholders(strings.ReplaceAll(text, "$0", ""))
				}
				insert(i.TextEdit.Range, text)
				return
			}
		}
		t.Fatalf("no %s among %v behind\n%s", label, labels(items), d.text())
	}
	typed("data numbers {\n  ")
	take("from")
	insert(lastWord(d, "csv(\"table.csv\")"), "")
	take("digits")
	typed("\n  ")
	take("split")
	typed(", ")
	take("test")
	typed("10%\n  scale ")
	take("standardize")
	typed("\n}\nmodel net {\n  ")
	take("input")
	typed("\n  ")
	take("conv")
	typed(", ")
	take("kernel")
	typed("\n  ")
	take("act")
	typed(" ")
	take("instead of")
	insert(lastWord(d, "nothing"), "")
	take("tanh")
	typed("\n  ")
	take("pool")
	typed("\n  ")
	take("flatten")
	typed("\n  ")
	take("dropout")
	typed("\n  dense ")
	take("classes")
	typed("\n}\ntrain {\n  ")
	for _, s := range []string{"loss", "optimizer", "schedule", "warmup", "l2", "batch", "epochs", "stop", "seed"} {
		take(s)
		typed("\n  ")
	}
	typed("\n}\n")
	take("study")
	c.diagnostics(uri)
	for _, x := range c.diagnostics(uri) {
		if !strings.Contains(x.Message, "tricks") { // the list of tricks is left to the writer
			t.Errorf("%v in\n%s", x, d.text())
		}
	}
}

// lastWord is where the last occurrence of a text stands.
func lastWord(d *document, text string) Range {
	i := strings.LastIndex(d.text(), text)
	before := d.text()[:i]
	n := strings.Count(before, "\n")
	col := i - strings.LastIndexByte(before, '\n') - 1
	return d.span(place{n, col}, place{n, col + len(text)})
}
