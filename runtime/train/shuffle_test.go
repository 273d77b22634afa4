package train_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// shuffled trains everything with a line about the order, for so many epochs.
func shuffled(t *testing.T, line, epochs string) *train.Result {
	text := strings.Replace(everything, " batch 50\n epochs 4", " batch 50\n "+line+"\n epochs "+epochs, 1)
	return run(t, config(t, text))
}

// The order of the examples is a stream of its own: with shuffling on, off or done once, weights start alike, and augmentation and
// masks draw the same.
func TestShuffleTouchesNoOtherStream(t *testing.T) {
	without := shuffled(t, "", "2")
	for _, c := range []struct {
		line          string
		order, result bool // as without a line
	}{
		{"shuffle", true, true},
		{"shuffle each_epoch", true, true},
		{"shuffle once", true, false},
		{"shuffle never", false, false},
		{"shuffle off", false, false},
	} {
		r := shuffled(t, c.line, "2")
		if same := r.Hashes.BatchOrder == without.Hashes.BatchOrder; same != c.order {
			t.Errorf("%s: the first order is the same: %v", c.line, same)
		}
		if same := r.Hashes.FinalWeights == without.Hashes.FinalWeights; same != c.result {
			t.Errorf("%s: the result is the same: %v", c.line, same)
		}
		want := without.Hashes
		want.BatchOrder, want.FinalWeights = r.Hashes.BatchOrder, r.Hashes.FinalWeights
		if diff := cmp.Diff(want, r.Hashes); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
	}
	if a, b := shuffled(t, "shuffle off", "2"), shuffled(t, "shuffle never", "2"); a.Hashes.FinalWeights != b.Hashes.FinalWeights {
		t.Error("off is not the order of the file")
	}
	if a, b := shuffled(t, "shuffle once", "1"), shuffled(t, "", "1"); a.Hashes.FinalWeights != b.Hashes.FinalWeights {
		t.Error("in its first epoch `once` is like any other")
	}
}

// Without shuffling examples come in the order of the source; done once, in the same random order each epoch.
func TestShuffleOrders(t *testing.T) {
	d := config(t, small("", " optimizer sgd(lr = 0.1)\n batch 32\n epochs 1")).Data
	orders := func(opt data.LoaderOptions) (first, second []uint32) {
		opt.Batch, opt.Seed, opt.Train = 32, 5, true
		l, err := data.NewLoader(d.Train, opt)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		first, second = make([]uint32, d.Train.N()), make([]uint32, d.Train.N())
		l.Order(0, first)
		l.Order(1, second)
		return first, second
	}
	each, next := orders(data.LoaderOptions{Shuffle: true})
	once, again := orders(data.LoaderOptions{Shuffle: true, Once: true})
	file, still := orders(data.LoaderOptions{})
	if cmp.Equal(each, next) || !cmp.Equal(each, once) || !cmp.Equal(once, again) || !cmp.Equal(file, still) {
		t.Error("orders of epochs")
	}
	for i := 1; i < len(file); i++ {
		if file[i] <= file[i-1] {
			t.Fatalf("example %d comes after %d", file[i], file[i-1])
		}
	}
	var d2 *diag.Diagnostic
	if _, err := data.NewLoader(d.Train, data.LoaderOptions{Batch: 1 << 20, Train: true}); !errors.As(err, &d2) || d2.Code != data.BatchTooLarge {
		t.Errorf("%v", err)
	}
}
