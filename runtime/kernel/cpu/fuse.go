package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// fusable lists the operations that others can be fused behind: those that compute their output part by part, each
// part once, and call finish on it.
var fusable = map[string]bool{
	"matmul": true, "conv2d": true, "conv2d_dx": true,
	"bias": true, "add": true, "mul": true, "scale": true, "mul_channels": true, "add_channels": true,
	"normalize": true, "normalize_fixed": true, "normalize_dx": true, "normalize_fixed_dx": true,
	"pool_max": true, "pool_max_dx": true, "pool_avg": true, "pool_avg_dx": true, "spread_space": true,
	"dropout": true, "gauss": true, "embed": true,
	"relu": true, "leaky_relu": true, "elu": true, "gelu": true, "silu": true, "tanh": true, "sigmoid": true, "softplus": true,
}

// link makes the function of a fused operation. It computes each element as the operation's own kernel does, so fusing
// does not change a bit.
func (b *Backend) link(p *program, s kernel.Step, l kernel.Link) (post, error) {
	missing := kernel.Missing(b.Name(), s)
	alpha := alphaOf(l.Attrs)
	if f, ok := activations[l.Op]; ok && l.At == 0 {
		return func(out []float32, _ int, _ kernel.Args) { f.apply(b.isa, out, out, alpha) }, nil
	}
	for name, f := range activations {
		if l.Op == name+"_dx" && l.At == 2 && l.In >= 0 {
			return func(out []float32, at int, a kernel.Args) {
				f.gradient(b.isa, out, a.In[l.In][at:][:len(out)], out, alpha)
			}, nil
		}
	}
	switch l.Op {
	case "bias":
		if l.At != 0 || l.In < 0 {
			return nil, missing
		}
		bias := newBias(p, b.isa, s.Out.Last(), l.In)
		return func(out []float32, at int, a kernel.Args) { bias(out, out, at, a) }, nil
	case "add":
		if l.In < 0 {
			return nil, missing
		}
		return func(out []float32, at int, a kernel.Args) {
			v := vec{out: out, x: out, y: a.In[l.In][at:], n: len(out)}
			v.run(b.isa, doAdd)
		}, nil
	case "scale":
		f := newScale(b.isa, alpha)
		return func(out []float32, _ int, _ kernel.Args) { f(out, out) }, nil
	case "dropout":
		d, ok := l.Attrs.(op.Dropout)
		if !ok {
			return nil, missing
		}
		n := newDropout(b.isa, d, s.Out)
		return func(out []float32, at int, a kernel.Args) { n.run(out, out, at, a.Ctx) }, nil
	}
	return nil, missing
}
