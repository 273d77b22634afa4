package graph

import (
	"errors"
	"fmt"
	"strconv"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/netc-lang/netc/compiler/op"
)

// DType is the number type of every tensor of a graph.
type DType int

// The number types.
const (
	Float32 DType = iota
	Float64
)

func (d DType) String() string { return [...]string{"float32", "float64"}[d] }

func (d DType) gorgonia() tensor.Dtype {
	if d == Float64 {
		return tensor.Float64
	}
	return tensor.Float32
}

// Graph is a network under construction: our operations in a gorgonia.ExprGraph. It is an op.Builder. Its methods
// report the first mistake through Err and go on with values of the best guess, so that a caller checks once. A Graph
// is not safe for use by several goroutines; different graphs are independent.
type Graph struct {
	expr  *gorgonia.ExprGraph
	dtype DType

	nodes   []*node // in order of creation, inputs before users
	of      map[*gorgonia.Node]*node
	names   map[string]bool
	outputs map[string]*node
	context op.Context // of Do, when gorgonia runs the graph

	origin   Origin
	backward bool              // steps being made are of the gradient
	graded   bool              // Grad has run
	terms    map[*node][]*node // the parts of each gradient, in order
	current  *node             // what is being differentiated

	err error
}

// node is a value of a Graph and, where it is the result of an operation, that operation's instance.
type node struct {
	graph *Graph
	expr  *gorgonia.Node

	kind     ValueKind
	name     string
	shape    op.Shape
	constant float64

	spec     *op.Spec // the rest is of a Result
	attrs    any
	in       []*node
	origin   Origin
	backward bool

	active bool // depends on what Grad differentiates by, and its gradient is wanted
}

// Shape is the shape of the value.
func (n *node) Shape() op.Shape { return n.shape }

// what names a node in messages.
func (n *node) what() string {
	switch n.kind {
	case Result:
		return n.spec.Name
	case Const:
		return fmt.Sprintf("const %v", n.constant)
	}
	return n.kind.String() + " " + n.name
}

// New makes an empty graph of that number type.
func New(dtype DType) *Graph {
	return &Graph{
		expr:    gorgonia.NewGraph(),
		dtype:   dtype,
		of:      map[*gorgonia.Node]*node{},
		names:   map[string]bool{},
		outputs: map[string]*node{},
		terms:   map[*node][]*node{},
	}
}

// Err is the first mistake made with the graph, an *Error, or nil.
func (g *Graph) Err() error { return g.err }

// SetOrigin says for which statement the next steps are made. Steps of the gradient take over the origin of
// their forward step.
func (g *Graph) SetOrigin(o Origin) { g.origin = o }

// Input adds a value that is fed before each run.
func (g *Graph) Input(name string, shape op.Shape) op.Val { return g.declare(Input, name, shape, 0) }

// Param adds a value that is trained.
func (g *Graph) Param(name string, shape op.Shape) op.Val { return g.declare(Param, name, shape, 0) }

// State adds a value that is kept between runs but not trained.
func (g *Graph) State(name string, shape op.Shape) op.Val { return g.declare(State, name, shape, 0) }

// Const adds a number.
func (g *Graph) Const(v float64) op.Val { return g.declare(Const, "", op.Shape{}, v) }

func (g *Graph) declare(kind ValueKind, name string, shape op.Shape, constant float64) op.Val {
	n := &node{graph: g, kind: kind, name: name, shape: append(op.Shape{}, shape...), constant: constant, origin: g.origin}
	switch {
	case g.err != nil:
		return n
	case kind != Const && name == "":
		g.fail(n, errors.New("has no name"))
		return n
	case kind != Const && g.names[name]:
		g.fail(n, errors.New("the name is taken; every input, parameter and state needs its own"))
		return n
	}
	for _, d := range shape {
		if d < 1 {
			g.fail(n, fmt.Errorf("has shape %v; every axis needs at least one element", shape))
			return n
		}
	}
	g.names[name] = true
	// gorgonia tells inputs apart by their names alone, so each gets one that nothing else has.
	label := strconv.Itoa(len(g.nodes)) + " " + name
	var err error
	func() {
		defer caught(&err)
		opts := []gorgonia.NodeConsOpt{gorgonia.WithShape(n.shape...), gorgonia.WithName(label)}
		if kind == Const {
			opts = append(opts, gorgonia.WithValue(g.number(constant)))
		}
		n.expr = gorgonia.NewTensor(g.expr, g.dtype.gorgonia(), len(n.shape), opts...)
	}()
	if err != nil {
		g.fail(n, err)
		return n
	}
	g.add(n)
	return n
}

// number is a scalar of the graph's type for gorgonia.
func (g *Graph) number(v float64) gorgonia.Value {
	if g.dtype == Float64 {
		return gorgonia.NewF64(v)
	}
	return gorgonia.NewF32(float32(v))
}

// Apply adds an operation on values of this graph.
func (g *Graph) Apply(name string, attrs any, in ...op.Val) op.Val {
	n := &node{graph: g, kind: Result, spec: op.Get(name), attrs: attrs, origin: g.origin, backward: g.backward}
	if len(in) > 0 && in[0] != nil {
		n.shape = in[0].Shape()
	}
	if g.err != nil {
		return n
	}
	if n.spec == nil {
		n.spec = &op.Spec{Name: name}
		g.fail(n, errors.New("there is no such operation"))
		return n
	}
	shapes := make([]op.Shape, len(in))
	exprs := make([]*gorgonia.Node, len(in))
	n.in = make([]*node, len(in))
	for i, v := range in {
		child, ok := v.(*node)
		if !ok || child.graph != g || child.expr == nil {
			g.fail(n, fmt.Errorf("input %d is not a value of this graph", i+1))
			return n
		}
		n.in[i], shapes[i], exprs[i] = child, child.shape, child.expr
	}
	shape, err := n.spec.Shape(attrs, shapes)
	if err != nil {
		g.fail(&node{kind: Result, spec: &op.Spec{}, origin: n.origin}, err) // the rule's message names the operation
		return n
	}
	n.shape = shape
	func() {
		defer caught(&err)
		n.expr, err = gorgonia.ApplyOp(&instance{node: n, id: uint32(len(g.nodes))}, exprs...)
	}()
	if err == nil && g.of[n.expr] != nil {
		err = fmt.Errorf("gorgonia took it for %s", g.of[n.expr].what())
	}
	if err != nil {
		g.fail(n, err)
		return n
	}
	g.add(n)
	return n
}

func (g *Graph) add(n *node) {
	g.nodes = append(g.nodes, n)
	g.of[n.expr] = n
}

// Output gives a value a name under which a program hands it out.
func (g *Graph) Output(name string, v op.Val) {
	if g.err != nil {
		return
	}
	n, ok := v.(*node)
	switch {
	case !ok || n == nil || n.graph != g || n.expr == nil:
		g.err = &Error{Err: fmt.Errorf("output %s is not a value of this graph", name)}
	case g.outputs[name] != nil:
		g.fail(n, fmt.Errorf("there is an output %s already", name))
	default:
		g.outputs[name] = n
	}
}

// fail keeps the first error.
func (g *Graph) fail(n *node, err error) {
	if g.err == nil {
		g.err = &Error{Origin: n.origin, What: n.what(), Err: err}
	}
}
