package cuda

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Moments over the batch are per channel: columns of a matrix. Moments over an example ("layer", "group") are per example and group of
// neighbouring channels; a warp, or a block where groups are large, has a group.
var (
	_ = register("moments", entry{shape: noEps, compile: func(s kernel.Step) *program {
		m := s.Attrs.(op.Moments)
		if m.Over == "batch" {
			return batchMoments(s.In[0])
		}
		g := newGroups(m, s.In[0])
		p := &program{units: fixed("normalize")}
		p.add(func(b *Binding) (Job, error) {
			return b.launch(g.kernel("normalize_moments"), g.launch(), arg(b.Out), g, arg(b.In[0]))
		})
		return p
	}})
	_ = register("normalize", entry{shape: noEps, expression: normalized})
	_ = register("normalize_fixed", entry{shape: noEps, expression: normalized})
	_ = register("normalize_dparams", entry{shape: noEps, compile: func(s kernel.Step) *program {
		x := s.In[0]
		g := newGroups(s.Attrs.(op.Moments), x)
		batch := uint32(0)
		if s.Attrs.(op.Moments).Over == "batch" {
			batch = 1
		}
		c := x.Last()
		return columnSums("normalize_dparams", fixed("reduce", "normalize", "normalize_columns"), 1, x.Size()/c, c, 2, 1, func(b *Binding) ([]any, error) {
			eps, err := epsTable(b)
			return []any{arg(b.In[0]), arg(b.In[1]), arg(b.In[2]), g, batch, eps}, err
		})
	}})
	_ = register("normalize_fixed_dx", entry{shape: noEps, unread: 1 << 0, expression: func(e *expression, s kernel.Step) {
		e.unit("normalize")
		at, n := stat(e, s)
		e.set("%s * %s[%s] * normalize_inverse(%s[%s + %s], %s)", e.full(3), e.pointer(2), e.within(s.Out.Last()), e.pointer(1), e.size(n), at, e.number(epsOf))
	}})
)

// Over the batch, dx = gamma/std * (dy - dbeta/n - xhat*dgamma/n) with dgamma and dbeta from normalize_dparams (Ioffe and Szegedy 2015,
// "Batch normalization", section 3). Within examples it sums for itself, since dparams lack gamma.
var _ = register("normalize_dx", entry{shape: noEps, choose: func(s kernel.Step) entry {
	if s.Attrs.(op.Moments).Over == "batch" {
		return entry{expression: func(e *expression, s kernel.Step) {
			e.unit("normalize")
			c := s.Out.Last()
			k := e.within(c)
			m, gamma, dparams := e.pointer(1), e.pointer(2), e.pointer(4)
			e.set("normalize_batch_dx(%s, %s, %s[%s], %s[%s + %s], %s[%s], %s[%s], %s[%s + %s], %s, %s)", e.full(0), e.full(3),
				m, k, m, e.size(c), k, gamma, k, dparams, k, dparams, e.size(c), k, e.number(epsOf), e.share(s.Out.Size()/c))
		}}
	}
	return entry{unread: 1 << 4, compile: func(s kernel.Step) *program {
		g := newGroups(s.Attrs.(op.Moments), s.Out)
		p := &program{units: fixed("normalize")}
		p.add(func(b *Binding) (Job, error) {
			eps, err := epsTable(b)
			if err != nil {
				return nil, err
			}
			return b.launch(g.kernel("normalize_groups_dx"), g.launch(), arg(b.Out), g, eps, arg(b.In[0]), arg(b.In[1]), arg(b.In[2]), arg(b.In[3]))
		})
		return p
	}}
}})

func noEps(a any) any { m := a.(op.Moments); m.Eps = 0; return m }

func epsOf(a any) float32 { return float32(a.(op.Moments).Eps) }

// epsTable is each trial's eps.
func epsTable(b *Binding) (any, error) {
	return numbers(b, func(s kernel.Step) []float32 { return []float32{epsOf(s.Attrs)} })
}

// stat is the place of an element's mean in the table of moments, and the distance to its variance.
func stat(e *expression, s kernel.Step) (at string, n int) {
	g := newGroups(s.Attrs.(op.Moments), s.Out)
	if s.Attrs.(op.Moments).Over == "batch" {
		return e.within(s.Out.Last()), s.Out.Last()
	}
	at = e.over("i", int(g.Space*g.C))
	if g.Groups > 1 {
		at = fmt.Sprintf("(%s * %s + %s)", at, e.size(int(g.Groups)), e.over(e.within(int(g.C)), int(g.Per)))
	}
	return at, int(g.N * g.Groups)
}

func normalized(e *expression, s kernel.Step) {
	e.unit("normalize")
	at, n := stat(e, s)
	c := e.within(s.Out.Last())
	m := e.pointer(1)
	e.set("normalize_apply(%s, %s[%s], %s[%s + %s], %s[%s], %s[%s], %s)", e.full(0), m, at, m, e.size(n), at,
		e.pointer(2), c, e.pointer(3), c, e.number(epsOf))
}

// groups is struct normalize_groups: each of n examples has space pixels of c channels, cut into groups of per channels.
type groups struct{ N, Space, C, Groups, Per uint32 }

func newGroups(m op.Moments, x op.Shape) groups {
	g := groups{N: uint32(x[0]), C: uint32(x.Last()), Groups: 1}
	g.Space = uint32(x.Size()/x[0]) / g.C
	if m.Over == "group" {
		g.Groups = uint32(m.Groups)
	}
	g.Per = g.C / g.Groups
	return g
}

// large says that a group is worth a block.
func (g groups) large() bool { return g.Space*g.Per > 1024 }

func (g groups) kernel(name string) string {
	if g.large() {
		return name + "_block"
	}
	return name + "_warp"
}

func (g groups) launch() grid {
	n := int(g.N * g.Groups)
	if g.large() {
		return grid{blocks: n, threads: 256}
	}
	return grid{blocks: ceil(n, 8), threads: 32, threadsY: 8}
}

// batchMoments takes mean and squared deviation of blocks of rows, and joins them by the rule of Chan, Golub and LeVeque ("Updating
// formulae and a pairwise algorithm for computing sample variances", 1979), so that a large mean costs no digits of the
// variance.
func batchMoments(x op.Shape) *program {
	c, wide := cut(1, x.Size()/x.Last(), x.Last())
	p := &program{units: fixed("reduce", "normalize", "normalize_columns")}
	if c.Chunks > 1 {
		p.scratch = 2 * int(c.Chunks*c.Cols)
	}
	p.add(func(b *Binding) (Job, error) {
		meeting, err := c.meet(b, 0)
		if err != nil {
			return nil, err
		}
		return b.launch("normalize_batch_moments", c.grid(wide), arg(b.Out), c, meeting, arg(b.In[0]))
	})
	return p
}
