package parity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// shared is the folder of published data and weights that stands beside the repository; nothing of it is in it.
const shared = "../../../shared/data/"

// published tells what a parameter or state of the example program is called in the published weights: the names of
// PyTorch's modules in He et al.'s network for CIFAR.
func published(name string) (string, error) {
	m := nodes.FindStringSubmatch(name)
	if m == nil {
		return "", fmt.Errorf("no published tensor belongs to %s", name)
	}
	prefix := ""
	if m[1] != "" {
		prefix = fmt.Sprintf("layer%s.%d.", m[1], m[2][0]-'1')
	}
	switch {
	case m[5] != "":
		return "linear." + m[6], nil
	case m[4] == "conv":
		return prefix + "conv" + m[3] + ".weight", nil
	}
	return prefix + "bn" + m[3] + map[string]string{".scale": ".weight", ".shift": ".bias", ".moments": ".running_"}["."+m[6]], nil
}

var nodes = regexp.MustCompile(`^model\.(?:stage\[(\d)\]\.residual\[(\d)\]\.sum\[1\]\.path\[1\]\.)?(?:conv_norm\[(\d)\]\.(conv|norm)\[1\]|(fc)\[1\])\.(\w+)$`)

// load copies published tensors into a network's, in its own layout.
func (w *weights) load(t *testing.T, f *safetensors.File, net *network.Network) {
	t.Helper()
	used := 0
	take := func(name string, size int) []float32 {
		x := f.Get(name)
		if x == nil || len(x.F32) != size {
			t.Fatalf("the published weights have no %s of %d numbers", name, size)
		}
		used++
		return x.F32
	}
	for _, p := range net.Params {
		name, err := published(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		copy(w.params[p.Name], transposed(take(name, p.Size()), p.Shape))
	}
	for _, s := range net.States {
		name, err := published(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		c := s.Shape.Last()
		copy(w.states[s.Name], take(name+"mean", c))
		copy(w.states[s.Name][c:], take(name+"var", c))
	}
	if used != len(f.Tensors) {
		t.Errorf("%d of %d published tensors have found a place", used, len(f.Tensors))
	}
}

// transposed turns PyTorch's layout of a parameter into netc's of that shape: the outputs, which come first, go last,
// and of a convolution the inputs go behind height and width.
func transposed(v []float32, shape op.Shape) []float32 {
	if len(shape) == 1 {
		return v
	}
	out := shape.Last()
	in := shape[len(shape)-2]
	area := shape.Size() / in / out
	w := make([]float32, len(v))
	for o := range out {
		for i := range in {
			for a := range area {
				w[(a*in+i)*out+o] = v[(o*in+i)*area+a]
			}
		}
	}
	return w
}

// The published ResNet-20 (akamaster/pytorch_resnet_cifar10) gives PyTorch's logits for images that it was trained on, and is
// right about as many: 99.80% of the first 4,000. The first 500 are looked at, or with NETC_LONG=1 all.
func TestPublishedResNet20(t *testing.T) {
	weightsFile := shared + "resnet20-cifar10/resnet20.safetensors"
	f, err := safetensors.ReadFile(weightsFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the published weights are not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(shared + "cifar10"); err != nil {
		t.Skipf("the images are not here: %v", err)
	}
	p := compileWith(t, "testdata/published.net", compiler.Options{Data: describer(data.Describe)})
	set, err := data.Open(p.Data, p.Base())
	if err != nil {
		t.Fatal(err)
	}
	const batch = 100
	m, w := assemble(t, p, network.Evaluation, batch, "", nil)
	w.load(t, f, m.net)

	fixture := readFixture(t, "published.safetensors")
	counts := metadata[map[string]int](t, fixture, "right")
	count := 500
	if os.Getenv("NETC_LONG") != "" {
		count = set.Train.N()
	}
	loader, err := data.NewLoader(set.Train, data.LoaderOptions{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	workers := kernel.NewPool(2)
	defer workers.Close()
	right, loss, seen := 0, 0.0, 0
	for seen < count {
		b, ok := loader.Next()
		if !ok || b.N != batch {
			t.Fatalf("the images end behind %d", seen)
		}
		copy(m.inputs["x"], b.X)
		copy(m.inputs["y"], b.Y)
		m.Run(&kernel.Context{Workers: workers})
		if seen == 0 {
			want := complete(fixture.Get("logits").F32)
			g := want.gap(widen(m.Output("logits/main")), want, 0)
			if !g.near() {
				t.Errorf("the logits of the first %d images are off by %v", batch, g)
			}
			t.Logf("the logits of the first %d images are off by %v", batch, g)
		}
		for i := range batch {
			if top(m.Output("logits/main")[i*10:(i+1)*10]) == top(b.Y[i*10:(i+1)*10]) {
				right++
			}
		}
		loss += float64(m.Output("loss")[0]) * batch
		seen += batch
	}
	accuracy := 100 * float64(right) / float64(seen)
	t.Logf("%d of %d right: %.2f%%, loss %.5f", right, seen, accuracy, loss/float64(seen))
	if want, ok := counts[strconv.Itoa(seen)]; !ok || max(right-want, want-right) > seen/1000 {
		t.Errorf("%d of %d are right; in PyTorch %d are", right, seen, want)
	}
}

func top(v []float32) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}

// describer makes a function answer the compiler's questions about data.
type describer func(*model.Section, string) (*model.DataInfo, error)

func (d describer) Describe(s *model.Section, base string) (*model.DataInfo, error) {
	return d(s, base)
}
