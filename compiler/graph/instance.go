package graph

import (
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/netc-lang/netc/compiler/op"
)

// instance is one application of an operation as gorgonia sees it. gorgonia merges operations whose hashes are equal, so
// every instance has its own.
type instance struct {
	node *node
	id   uint32
}

var _ gorgonia.SDOp = (*instance)(nil)

// Arity is the number of inputs.
func (o *instance) Arity() int { return len(o.node.in) }

// Type is input types -> output type; the shape rule has already said what they are.
func (o *instance) Type() hm.Type {
	types := make([]hm.Type, 0, len(o.node.in)+1)
	for _, v := range o.node.in {
		types = append(types, o.node.graph.typeOf(v.shape))
	}
	return hm.NewFnType(append(types, o.node.graph.typeOf(o.node.shape))...)
}

func (g *Graph) typeOf(s op.Shape) hm.Type {
	if len(s) == 0 {
		return g.dtype.gorgonia()
	}
	return gorgonia.TensorType{Dims: len(s), Of: g.dtype.gorgonia()}
}

// InferShape is the output's shape.
func (o *instance) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(o.node.shape).Clone(), nil
}

// Do evaluates the reference of the operation, so that gorgonia's own machine can run the graph.
func (o *instance) Do(values ...gorgonia.Value) (v gorgonia.Value, err error) {
	n := o.node
	in := make([]op.Tensor, len(values))
	for i, v := range values {
		data, err := numbers(v)
		if err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", n.what(), i+1, err)
		}
		in[i] = op.Tensor{Shape: n.in[i].shape, Data: data}
	}
	out := op.Tensor{Shape: n.shape, Data: make([]float64, n.shape.Size())}
	n.spec.Eval(&n.graph.context, n.attrs, out, in)
	return n.graph.value(out), nil
}

// ReturnsPtr says that Do makes a new value.
func (o *instance) ReturnsPtr() bool { return false }

// CallsExtern says that Do stays in Go.
func (o *instance) CallsExtern() bool { return false }

// OverwritesInput says that Do leaves its inputs alone.
func (o *instance) OverwritesInput() int { return -1 }

// WriteHash writes what makes the instance itself.
func (o *instance) WriteHash(h hash.Hash) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], o.id)
	h.Write([]byte(o.node.spec.Name))
	h.Write(b[:])
}

// Hashcode is different for every instance of a graph.
func (o *instance) Hashcode() uint32 { return o.id }

func (o *instance) String() string { return fmt.Sprintf("%s#%d", o.node.spec.Name, o.id) }

// DiffWRT says which inputs get a gradient: those that have one by the operation's rule and lead to what Grad
// differentiates by.
func (o *instance) DiffWRT(inputs int) []bool {
	wrt := make([]bool, inputs)
	for i := range wrt {
		wrt[i] = o.node.active && o.node.in[i].active && o.node.spec.Differentiable(i)
	}
	return wrt
}

// SymDiff adds the gradient's steps by the operation's rule.
func (o *instance) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	n, g := o.node, o.node.graph
	g.current = n
	dy, err := g.gradientOf(n, grad)
	if err != nil {
		return nil, err
	}
	defer func(o Origin) { g.origin = o }(g.origin)
	g.origin = n.origin
	in := make([]op.Val, len(n.in))
	for i, v := range n.in {
		in[i] = v
	}
	grads := n.spec.Grad(g, n.attrs, in, n, dy)
	if g.err != nil {
		return nil, g.err
	}
	if len(grads) != len(in) {
		return nil, fmt.Errorf("the gradient of %s has %d parts for %d inputs", n.what(), len(grads), len(in))
	}
	out := make(gorgonia.Nodes, len(grads))
	for i, wanted := range o.DiffWRT(len(in)) {
		if !wanted {
			continue
		}
		d, ok := grads[i].(*node)
		if !ok || d == nil {
			return nil, fmt.Errorf("the gradient of %s has no part for %s", n.what(), n.spec.Inputs[min(i, len(n.spec.Inputs)-1)])
		}
		if !d.shape.Equal(n.in[i].shape) {
			return nil, fmt.Errorf("the gradient of %s for an input of shape %v has shape %v", n.what(), n.in[i].shape, d.shape)
		}
		g.terms[n.in[i]] = append(g.terms[n.in[i]], d)
		out[i] = d.expr
	}
	return out, nil
}

// numbers is the data of a gorgonia value in float64.
func numbers(v gorgonia.Value) ([]float64, error) {
	switch d := v.Data().(type) {
	case float64:
		return []float64{d}, nil
	case float32:
		return []float64{float64(d)}, nil
	case []float64:
		return d, nil
	case []float32:
		out := make([]float64, len(d))
		for i, x := range d {
			out[i] = float64(x)
		}
		return out, nil
	}
	return nil, fmt.Errorf("a value of %T", v.Data())
}

// value is t for gorgonia, rounded to the graph's type.
func (g *Graph) value(t op.Tensor) gorgonia.Value {
	if len(t.Shape) == 0 {
		return g.number(t.Data[0])
	}
	if g.dtype == Float64 {
		return tensor.New(tensor.WithShape(t.Shape...), tensor.WithBacking(t.Data))
	}
	data := make([]float32, len(t.Data))
	for i, x := range t.Data {
		data[i] = float32(x)
	}
	return tensor.New(tensor.WithShape(t.Shape...), tensor.WithBacking(data))
}
