package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/data"
)

const busy = `
data digits { from digits; split valid = 10%; scale standardize; augment { shift 1; mixup 0.2 } }
model m {
  input digits
  conv 4, kernel = 3; norm batch; act relu
  pool max, kernel = 2
  flatten
  dense 16; act relu; dropout 0.3
  dense classes
}
train {
  loss cross_entropy
  optimizer adamw(lr = 1e-3)
  schedule cosine
  clip norm(1)
  ema 0.99
  l1 1e-5
  max_norm 2
  batch 32
  epochs 3
  report top(3), confusion
}
`

// From batch to changed weights, a step allocates nothing, on one thread or several.
func TestStepAllocatesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "busy.net")
	if err := os.WriteFile(file, []byte(busy), 0o644); err != nil {
		t.Fatal(err)
	}
	var reader data.Reader
	p := compiler.Compile(file, compiler.Options{Catalog: TestCatalog(), Data: &reader})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	d, err := reader.Open(p.Data, p.Base())
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 3} {
		r, err := prepare(Config{Program: p, Train: p.Train, DataSection: p.Data, Info: p.Info, Data: d, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		got := testing.AllocsPerRun(20, func() {
			if err := r.engine.Train(t.Context(), Stretch{Batch: r.batch, Steps: 1, First: r.step, Rate: r.rated}, r.took); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%d threads: a step allocates %v times", threads, got)
		}
		r.close()
	}
}

func TestOtherBatch(t *testing.T) {
	for _, c := range []struct{ examples, batch, want int }{{129, 64, 63}, {65, 64, 63}, {7, 3, 4}, {3, 2, 3}} {
		if got := otherBatch(c.examples, c.batch); got != c.want {
			t.Errorf("%d examples, batch %d: %d, want %d", c.examples, c.batch, got, c.want)
		}
	}
}
