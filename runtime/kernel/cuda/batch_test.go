package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/augment"
)

// augmentation makes a resolved augmentation, defaults filled in as the checker does.
func augmentation(t *testing.T, name string, args model.Args) *model.Node {
	t.Helper()
	n := &model.Node{Name: name, Path: "data.augment." + name, Args: model.Args{}}
	for _, s := range augment.Signatures() {
		if s.Name == name {
			n.Args = s.Fill(args)
		}
	}
	return n
}

// A pipeline of stacked trials gives each trial the batch that package augment gives it, bit for bit where its arithmetic has one order.
func TestBatchesAreThoseOfTheProcessor(t *testing.T) {
	num, word := func(f float64) model.Value { return *catalog.N(f) }, func(w string) model.Value { return *catalog.W(w) }
	image, table := []int{9, 7, 3}, []int{13}
	cases := []struct {
		name  string
		shape []int
		list  []*model.Node
	}{
		{"nothing", image, nil},
		{"flip", image, []*model.Node{augmentation(t, "flip", nil)}},
		{"flip vertical", image, []*model.Node{augmentation(t, "flip", model.Args{"axis": word("vertical"), "p": num(0.3)})}},
		{"crop", image, []*model.Node{augmentation(t, "crop", model.Args{"pad": num(2)})}},
		{"shift edge", image, []*model.Node{augmentation(t, "shift", model.Args{"max": num(4), "fill": word("edge")})}},
		{"shift far", image, []*model.Node{augmentation(t, "shift", model.Args{"max": num(20), "fill": word("reflect")})}},
		{"rotate", image, []*model.Node{augmentation(t, "rotate", model.Args{"max": *catalog.NUnit(40, "deg"), "p": num(0.8)})}},
		{"rotate reflect", image, []*model.Node{augmentation(t, "rotate", model.Args{"max": *catalog.NUnit(180, "deg"), "fill": word("reflect")})}},
		{"cutout", image, []*model.Node{augmentation(t, "cutout", model.Args{"size": num(4)})}},
		{"erase", image, []*model.Node{augmentation(t, "erase", nil)}},
		{"erase zero", image, []*model.Node{augmentation(t, "erase", model.Args{"fill": word("zero"), "p": num(1)})}},
		{"jitter", image, []*model.Node{augmentation(t, "jitter", model.Args{"std": num(0.2), "brightness": num(0.3), "contrast": num(0.4), "saturation": num(0.5), "p": num(0.7)})}},
		{"jitter of a table", table, []*model.Node{augmentation(t, "jitter", model.Args{"std": num(0.2)})}},
		{"mixup", table, []*model.Node{augmentation(t, "mixup", model.Args{"p": num(0.7)})}},
		{"mixup, larger", image, []*model.Node{augmentation(t, "mixup", model.Args{"alpha": num(3)})}},
		{"cutmix", image, []*model.Node{augmentation(t, "cutmix", nil)}},
		{"many", image, []*model.Node{augmentation(t, "crop", model.Args{"pad": num(1)}), augmentation(t, "flip", nil), augmentation(t, "cutout", model.Args{"size": num(2)}),
			augmentation(t, "cutmix", model.Args{"p": num(0.5)}), augmentation(t, "mixup", nil), augmentation(t, "jitter", model.Args{"std": num(0.1)})}},
	}
	const total, n, classes, trials = 50, 12, 5, 3
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	all, err := NewBatches(BatchConfig{Trials: 1, N: 1, Shape: []int{1}, Pipelines: [][]augment.Form{{{}}}})
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, all)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := *m
			m.TB = t
			defer m.free(len(m.owned))
			f := 1
			for _, d := range c.shape {
				f *= d
			}
			// The data set: bytes with a table for each channel where there are channels, else floats.
			floats, labels := normals(r, total*f), make([]int32, total)
			d := Resident{}
			for i := range labels {
				labels[i] = int32(r.IntN(classes))
			}
			if len(c.shape) == 3 {
				bytes, tables := make([]byte, total*f), normals(r, 3*256)
				for i := range bytes {
					bytes[i] = byte(r.IntN(256))
					floats[i] = tables[i%3*256+int(bytes[i])]
				}
				d.Bytes, d.Table, d.Period = upload(&m, bytes), upload(&m, tables), 3
			} else {
				d.Floats = upload(&m, floats)
			}
			d.Labels = upload(&m, labels)
			// Trials have seeds of their own, and the last one lacks every other augmentation.
			epoch := uint32(r.IntN(100))
			config := BatchConfig{Trials: trials, N: n, Shape: c.shape, Outputs: classes}
			var views []*augment.View
			var acted [][]augment.Count
			var ids [][]uint32
			q := &BatchBinding{Env: m.env(nil, 0), Data: d}
			for i := range trials {
				list := c.list
				if i == trials-1 {
					list = nil
					for k := 0; k < len(c.list); k += 2 {
						list = append(list, c.list[k])
					}
				}
				p, err := augment.New(list, &model.DataInfo{Shape: c.shape})
				m.ok(err)
				config.Pipelines = append(config.Pipelines, p.Forms())
				q.Seeds = append(q.Seeds, seed+uint64(i))
				v := &augment.View{N: n, K: classes, Epoch: epoch, X: make([]float32, n*f), Y: make([]float32, n*classes), IDs: make([]uint32, n)}
				for k, id := range r.Perm(total)[:n] {
					v.IDs[k] = uint32(id)
					copy(v.X[k*f:], floats[id*f:(id+1)*f])
					v.Y[k*classes+int(labels[id])] = 1
				}
				ids = append(ids, v.IDs)
				bound := p.Bind(q.Seeds[i])
				bound.Apply(v, p.NewScratch(n, classes))
				views, acted = append(views, v), append(acted, bound.Counts())
			}
			b, err := NewBatches(config)
			m.ok(err)
			var words []uint32
			for _, list := range ids {
				words = append(words, list...)
			}
			q.IDs = Operand{At: upload(&m, words), Stride: n}
			q.Epoch = upload(&m, []uint32{epoch})
			q.X = Operand{At: m.alloc(4 * trials * (n*f + 3)), Stride: int64(n*f + 3)}
			q.Y = Operand{At: m.alloc(4 * trials * n * classes), Stride: n * classes}
			q.Scratch = Operand{At: m.alloc(4 * trials * b.Scratch()), Stride: int64(b.Scratch())}
			q.Acted = upload(&m, make([]uint64, max(1, trials*b.Augmentations())))
			job, err := b.Bind(q)
			m.ok(err)
			m.ok(job(m.stream))
			counts := download[uint64](&m, q.Acted, trials*b.Augmentations())
			for i, v := range views {
				exactly(&m, fmt.Sprintf("seed %d: trial %d: x", seed, i), download[float32](&m, q.X.Trial(i), n*f), v.X)
				exactly(&m, fmt.Sprintf("seed %d: trial %d: y", seed, i), download[float32](&m, q.Y.Trial(i), n*classes), v.Y)
				want := map[string]uint64{}
				for k := range b.Augmentations() {
					want[b.Path(k)] = 0
				}
				for _, a := range acted[i] {
					want[a.Path] = a.Acted
				}
				got := map[string]uint64{}
				for k := range b.Augmentations() {
					got[b.Path(k)] = counts[i*b.Augmentations()+k]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("seed %d: trial %d acted otherwise (-want +got):\n%s", seed, i, diff)
				}
			}
		})
	}
}

func exactly(m *machine, what string, got, want []float32) {
	m.Helper()
	for i, w := range want {
		if math.Float32bits(got[i]) != math.Float32bits(w) && got[i] != w { // -0 is 0
			m.Fatalf("%s: element %d is %v, want %v", what, i, got[i], w)
		}
	}
}

func TestPipelinesThatCannotBeStacked(t *testing.T) {
	a, b := augment.Form{Path: "a", Kind: augment.Flip}, augment.Form{Path: "b", Kind: augment.Move}
	if _, err := NewBatches(BatchConfig{Trials: 2, N: 1, Shape: []int{2, 2, 1}, Pipelines: [][]augment.Form{{a, b}, {b, a}}}); err == nil {
		t.Error("two orders share a stack")
	}
}
