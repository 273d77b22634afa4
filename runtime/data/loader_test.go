package data

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/augment"
)

func digitsLoader(t testing.TB, opt LoaderOptions) *Loader {
	t.Helper()
	d := open(t, ".", from(t, "digits", nil), scale(t, "standardize", nil))
	if opt.Augment == nil && opt.Shuffle {
		p, err := augment.New([]*model.Node{
			resolved(t, catalog.Augment, "shift", args{"max": num(1)}),
			resolved(t, catalog.Augment, "jitter", args{"std": num(0.1)}),
			resolved(t, catalog.Augment, "mixup", nil),
		}, &d.Info)
		if err != nil {
			t.Fatal(err)
		}
		opt.Augment = p
	}
	l, err := NewLoader(d.Train, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// epoch copies the batches of an epoch.
func epoch(l *Loader, number, first int) []Batch {
	l.StartEpoch(number, first)
	var all []Batch
	for {
		b, ok := l.Next()
		if !ok {
			return all
		}
		all = append(all, Batch{b.Index, b.N, slices.Clone(b.X), slices.Clone(b.Cat), slices.Clone(b.Y), slices.Clone(b.IDs)})
	}
}

// same compares batches bit for bit.
func same(a, b []Batch) bool {
	return slices.EqualFunc(a, b, func(a, b Batch) bool {
		return a.Index == b.Index && a.N == b.N && slices.Equal(a.X, b.X) && slices.Equal(a.Cat, b.Cat) && slices.Equal(a.Y, b.Y) && slices.Equal(a.IDs, b.IDs)
	})
}

// The same bits at any number of workers, and when an epoch is entered in the middle.
func TestBatchesAreAFunctionOfSeedEpochAndIndex(t *testing.T) {
	opt := LoaderOptions{Batch: 100, Seed: 3, Shuffle: true}
	want := epoch(digitsLoader(t, opt), 2, 0)
	if len(want) != 18 || want[17].N != 97 {
		t.Fatalf("%d batches, the last of %d", len(want), want[len(want)-1].N)
	}
	for _, workers := range []int{1, 2, 5} {
		opt.Workers = workers
		l := digitsLoader(t, opt)
		if !same(want, epoch(l, 2, 0)) {
			t.Errorf("%d workers give other batches", workers)
		}
		if !same(want[7:], epoch(l, 2, 7)) {
			t.Errorf("%d workers, from batch 7: other batches", workers)
		}
		l.StartEpoch(0, 0) // leave an epoch half read
		l.Next()
		l.Next()
		if !same(want[16:], epoch(l, 2, 16)) {
			t.Errorf("%d workers, after leaving an epoch: other batches", workers)
		}
		if got := epoch(l, 2, 18); got != nil {
			t.Errorf("%d workers, from behind the end: %d batches", workers, len(got))
		}
	}
	opt.Workers = 0
	if same(want, epoch(digitsLoader(t, opt), 3, 0)) {
		t.Error("another epoch has the same batches")
	}
	opt.Seed = 4
	if same(want, epoch(digitsLoader(t, opt), 2, 0)) {
		t.Error("another seed has the same batches")
	}
}

func TestEveryExampleOnceAnEpoch(t *testing.T) {
	l := digitsLoader(t, LoaderOptions{Batch: 64, Seed: 1, Shuffle: true, Workers: 2})
	for e := range 2 {
		var ids []uint32
		for _, b := range epoch(l, e, 0) {
			ids = append(ids, b.IDs...)
		}
		if slices.IsSorted(ids) {
			t.Error("not shuffled")
		}
		slices.Sort(ids)
		if diff := cmp.Diff(rows(0, 1797), ids); diff != "" {
			t.Errorf("epoch %d: %s", e, diff)
		}
	}
}

func TestEvaluationIsPlain(t *testing.T) {
	l := digitsLoader(t, LoaderOptions{Batch: 5000})
	all := epoch(l, 0, 0)
	if len(all) != 1 || all[0].N != 1797 || !slices.IsSorted(all[0].IDs) {
		t.Fatalf("%d batches", len(all))
	}
	mean, squares := 0.0, 0.0
	for _, v := range all[0].X {
		mean += float64(v) / float64(len(all[0].X))
		squares += float64(v) * float64(v) / float64(len(all[0].X))
	}
	if mean > 1e-5 || mean < -1e-5 || squares < 0.9999 || squares > 1.0001 {
		t.Errorf("standardized features have mean %v and variance %v", mean, squares)
	}
	for i := range 1797 {
		row := all[0].Y[i*10 : (i+1)*10]
		for k, v := range row {
			want := float32(0)
			if k == l.part.Label(i) {
				want = 1
			}
			if v != want {
				t.Fatalf("target of example %d is %v", i, row)
			}
		}
	}
	if l.DrawHashes(0) != nil || l.AugmentCounts() != nil {
		t.Error("evaluation augments")
	}
}

func TestHashes(t *testing.T) {
	l := digitsLoader(t, LoaderOptions{Batch: 100, Seed: 3, Shuffle: true})
	if l.OrderHash(0) == l.OrderHash(1) {
		t.Error("the hash of the order does not tell epochs apart")
	}
	l2 := digitsLoader(t, LoaderOptions{Batch: 50, Seed: 3, Shuffle: true, Workers: 1})
	if l.OrderHash(1) != l2.OrderHash(1) {
		t.Error("the order depends on the batch size or on workers")
	}
	if diff := cmp.Diff(l.DrawHashes(1), l2.DrawHashes(1)); diff != "" || len(l.DrawHashes(1)) != 3 {
		t.Errorf("draws: %s", diff)
	}
}

func TestNoAllocationPerBatch(t *testing.T) {
	for _, workers := range []int{0, 2} {
		t.Run(fmt.Sprint(workers, " workers"), func(t *testing.T) {
			l := digitsLoader(t, LoaderOptions{Batch: 32, Seed: 3, Shuffle: true, Workers: workers})
			e := 0
			allocs := testing.AllocsPerRun(100, func() {
				if _, ok := l.Next(); !ok {
					e++
					l.StartEpoch(e, 0)
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations a batch", allocs)
			}
		})
	}
}

func TestCloseEndsALoaderAnywhere(t *testing.T) {
	l := digitsLoader(t, LoaderOptions{Batch: 10, Seed: 3, Shuffle: true, Workers: 3})
	l.Next()
	l.Close()
	l.Close()
	if _, ok := l.Next(); ok {
		t.Error("a closed loader gave a batch")
	}
	l.StartEpoch(1, 0)
}

func TestBatchTooLarge(t *testing.T) {
	d := open(t, ".", from(t, "digits", nil))
	_, err := NewLoader(d.Train, LoaderOptions{Batch: 2000, Shuffle: true, Span: at(9)})
	problem(t, err, BatchTooLarge, "a batch of 2000 is larger than the 1797 examples of train")
}

func BenchmarkEpoch(b *testing.B) {
	for _, workers := range []int{0, 2} {
		b.Run(fmt.Sprint(workers, "workers"), func(b *testing.B) {
			d := open(b, ".", from(b, "idx", args{"path": str(shared(b, "mnist"))}), scale(b, "standardize", nil))
			l, err := NewLoader(d.Train, LoaderOptions{Batch: 64, Shuffle: true, Workers: workers})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			for i := 0; b.Loop(); i++ {
				l.StartEpoch(i, 0)
				for {
					if _, ok := l.Next(); !ok {
						break
					}
				}
			}
		})
	}
}
