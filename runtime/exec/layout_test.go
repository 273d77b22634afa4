package exec

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/graph"
)

// Blocks in use at the same time never overlap, and the arena is not far from the fullest step.
func FuzzArrange(f *testing.F) {
	f.Add(uint64(1), 40)
	f.Add(uint64(2), 3)
	f.Fuzz(func(t *testing.T, seed uint64, n int) {
		if n < 1 || n > 300 {
			t.Skip()
		}
		r := rand.New(rand.NewPCG(seed, 0))
		steps := 1 + n/2
		blocks := make([]block, n)
		for i := range blocks {
			born := r.IntN(steps)
			blocks[i] = block{root: i, size: align * (1 + r.IntN(100)), born: born, dies: min(steps, born+r.IntN(1+r.IntN(steps+1)))}
		}
		length := arrange(blocks)
		for i, a := range blocks {
			if a.offset%align != 0 || a.offset < 0 || a.offset+a.size > length {
				t.Fatalf("block %+v lies outside the arena of %d", a, length)
			}
			for _, b := range blocks[:i] {
				if a.born <= b.dies && b.born <= a.dies && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
					t.Fatalf("blocks %+v and %+v overlap", a, b)
				}
			}
		}
		if p := peak(blocks, steps); length < p || length > 2*p {
			t.Errorf("an arena of %d for a fullest step of %d", length, p)
		}
	})
}

// Memory is shared: a network takes far less than the sum of its values.
func TestArenaIsShared(t *testing.T) {
	p := resnet(t, 4, 16, 3)
	total := 0
	for _, v := range p.Values {
		if v.Kind == graph.Result {
			total += 4 * v.Shape.Size()
		}
	}
	shared, apart := plan(t, p, Options{}), plan(t, p, Options{NoInPlace: true, NoFusion: true})
	t.Logf("all values %d bytes, arena %d (not in place %d), fullest step %d", total, shared.ArenaBytes(), apart.ArenaBytes(), shared.PeakBytes())
	if shared.ArenaBytes() > total*6/10 || shared.ArenaBytes() > apart.ArenaBytes() {
		t.Errorf("the arena takes %d of %d bytes, not in place %d", shared.ArenaBytes(), total, apart.ArenaBytes())
	}
	if float64(shared.ArenaBytes()) > 1.15*float64(shared.PeakBytes()) {
		t.Errorf("the arena takes %d bytes, the fullest step %d", shared.ArenaBytes(), shared.PeakBytes())
	}
}

// The table of passes keeps its own order constraints.
func TestPassOrder(t *testing.T) {
	var done []string
	for _, p := range passes {
		if p.doc == "" || p.run == nil || slices.Contains(done, p.name) {
			t.Errorf("pass %q is not whole", p.name)
		}
		for _, before := range p.after {
			if !slices.Contains(done, before) {
				t.Errorf("%q must run after %q", p.name, before)
			}
		}
		done = append(done, p.name)
	}
}

// verify finds a plan whose memory is mixed up.
func TestVerifyFindsOverlaps(t *testing.T) {
	p := plan(t, mlp(t, 4, 5, 6), Options{NoFusion: true})
	if err := verify(p); err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range p.Steps {
		for j := range i {
			s := &p.Steps[i]
			if s.Out.Space != Arena || p.Steps[j].Out.Space != Arena {
				continue
			}
			old := p.values[s.out].place
			if p.values[s.out].root != s.out {
				continue
			}
			p.values[s.out].place.Offset = p.Steps[j].Out.Offset
			s.Out.Offset = p.Steps[j].Out.Offset
			if err := verify(p); err != nil {
				found++
				if !strings.Contains(err.Error(), "internal error") {
					t.Error(err)
				}
			}
			p.values[s.out].place = old
			s.Out.Offset = old.Offset
		}
	}
	if found == 0 {
		t.Error("no overlap was found")
	}
}
