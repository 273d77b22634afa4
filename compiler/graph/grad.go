package graph

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	gonum "gonum.org/v1/gonum/graph"
	"gorgonia.org/gorgonia"

	"github.com/netc-lang/netc/compiler/op"
)

// gorgonia.Grad writes to constants of its package (the hash of the number 1), so one graph at a time.
var gradLock sync.Mutex

// Grad differentiates a number of the graph by inputs, parameters or states, which adds the backward half to the graph, and gives
// the gradient of each. It is nil where the loss does not depend on it. The error is the graph's, see Err. A graph is
// differentiated once.
func (g *Graph) Grad(loss op.Val, wrt ...op.Val) ([]op.Val, error) {
	grads := make([]op.Val, len(wrt))
	by, err := g.grad(loss, wrt)
	// An operation's own error is already there; it says more than what gorgonia makes of it.
	if err != nil && g.err == nil {
		g.err = &Error{Err: fmt.Errorf("differentiating: %w", err)}
		if g.current != nil {
			g.err = &Error{Origin: g.current.origin, What: g.current.what(), Err: fmt.Errorf("differentiating: %w", err)}
		}
	}
	if g.err != nil {
		return grads, g.err
	}
	for i, v := range wrt {
		if d := by[v.(*node)]; d != nil {
			grads[i] = d
		}
	}
	return grads, nil
}

// grad does the work of Grad. It leaves out what has no gradient.
func (g *Graph) grad(loss op.Val, wrt []op.Val) (map[*node]*node, error) {
	if g.err != nil {
		return nil, g.err
	}
	l, ok := loss.(*node)
	switch {
	case !ok || l.graph != g || l.expr == nil:
		return nil, errors.New("the loss is not a value of this graph")
	case len(l.shape) != 0:
		g.fail(l, fmt.Errorf("the loss has shape %v; it must be a single number, say the mean over the batch", l.shape))
		return nil, g.err
	case g.graded:
		return nil, errors.New("the graph has been differentiated before; add the losses up and differentiate once")
	}
	g.graded = true
	for i, v := range wrt {
		n, ok := v.(*node)
		switch {
		case !ok || n.graph != g || n.expr == nil:
			return nil, fmt.Errorf("value %d to differentiate by is not a value of this graph", i+1)
		case n.kind == Result || n.kind == Const:
			g.fail(n, errors.New("cannot be differentiated by; only inputs, parameters and states can"))
			return nil, g.err
		}
		n.active = true
	}
	leaves, err := g.activate(l)
	if err != nil {
		return nil, err
	}
	by := map[*node]*node{}
	if len(leaves) == 0 {
		return by, nil
	}

	exprs := make([]*gorgonia.Node, len(leaves))
	for i, n := range leaves {
		exprs[i] = n.expr
	}
	g.backward = true
	defer func() { g.backward = false }()
	derivs, err := g.differentiate(l, exprs)
	if err != nil {
		return nil, err
	}
	for i, n := range leaves {
		d, err := g.gradientOf(n, derivs[i])
		if err != nil {
			return nil, err
		}
		by[n] = d
	}
	return by, nil
}

// activate marks the nodes between loss and what it is differentiated by (which is marked already), and gives those of the latter
// that the loss depends on. A path through an operation without a gradient is an error: the gradient would be silently wrong.
func (g *Graph) activate(loss *node) ([]*node, error) {
	for _, n := range g.nodes {
		for i, v := range n.in {
			n.active = n.active || v.active && (n.spec.Differentiable(i) || n.spec.Grad == nil)
		}
	}
	wanted := map[*node]bool{loss: true}
	var leaves []*node
	for i := len(g.nodes) - 1; i >= 0; i-- {
		n := g.nodes[i]
		n.active = n.active && wanted[n]
		switch {
		case !n.active:
			continue
		case n.kind != Result:
			leaves = append(leaves, n)
			continue
		case n.spec.Grad == nil:
			g.fail(n, errors.New("the loss depends on parameters through this operation, which has no gradient"))
			return nil, g.err
		}
		for j, v := range n.in {
			if n.spec.Differentiable(j) {
				wanted[v] = true
			}
		}
	}
	return leaves, nil
}

// differentiate calls gorgonia.
func (g *Graph) differentiate(loss *node, leaves []*gorgonia.Node) (derivs gorgonia.Nodes, err error) {
	gradLock.Lock()
	defer gradLock.Unlock()
	defer caught(&err)
	return gorgonia.Grad(loss.expr, leaves...)
}

// gradientOf is our node for the gradient that gorgonia collected for n: the single term of it, or the sum of
// them. gorgonia knows nodes by 32-bit hashes, so two sums can be taken for one; that it did not happen is
// checked here.
func (g *Graph) gradientOf(n *node, grad *gorgonia.Node) (*node, error) {
	defer func(o Origin) { g.origin = o }(g.origin)
	g.origin = n.origin
	d, err := g.adopt(grad)
	if err != nil {
		return nil, fmt.Errorf("gradient of %s: %w", n.what(), err)
	}
	terms := g.terms[n]
	rest := d
	for i := len(terms) - 1; i > 0; i-- {
		if rest.spec == nil || rest.spec.Name != "add" || rest.in[1] != terms[i] {
			return nil, fmt.Errorf("gradient of %s: gorgonia mixed up two sums", n.what())
		}
		rest = rest.in[0]
	}
	if len(terms) > 0 && rest != terms[0] {
		return nil, fmt.Errorf("gradient of %s: gorgonia mixed up two sums", n.what())
	}
	return d, nil
}

// adopt is our node for one of gorgonia's. What gorgonia adds to a graph by itself, the number 1 that a gradient
// starts from and sums of gradients, becomes a constant and our add.
func (g *Graph) adopt(expr *gorgonia.Node) (*node, error) {
	if n := g.of[expr]; n != nil {
		return n, nil
	}
	n := &node{graph: g, expr: expr, origin: g.origin, backward: true}
	for _, s := range expr.Shape() {
		n.shape = append(n.shape, s)
	}
	in := gonum.NodesOf(g.expr.From(expr.ID()))
	switch {
	case expr.Op() == nil:
		return nil, fmt.Errorf("gorgonia added an input %s", expr.Name())
	case len(in) == 0 && expr.IsScalar() && expr.Value() != nil:
		v, err := numbers(expr.Value())
		if err != nil {
			return nil, err
		}
		n.kind, n.constant, n.shape = Const, v[0], op.Shape{}
	case len(in) == 2 && strings.HasPrefix(expr.Op().String(), "+"):
		n.kind, n.spec = Result, op.Get("add")
		for _, c := range in {
			child, err := g.adopt(c.(*gorgonia.Node))
			if err != nil {
				return nil, err
			}
			n.in = append(n.in, child)
		}
		if !n.in[0].shape.Equal(n.in[1].shape) {
			return nil, fmt.Errorf("gorgonia adds shapes %v and %v", n.in[0].shape, n.in[1].shape)
		}
		n.shape = n.in[0].shape
	default:
		return nil, fmt.Errorf("gorgonia added an operation %s that netc does not know", expr.Op())
	}
	g.add(n)
	return n, nil
}
