// Package graph is netc's side of gorgonia: the only package that imports gorgonia.org/gorgonia. It puts our
// operations into a gorgonia.ExprGraph, lets gorgonia differentiate it, and hands out the sorted result as a Program that an
// executor can plan without knowing gorgonia.
package graph

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// ValueKind says where a value comes from.
type ValueKind int

// The kinds of values.
const (
	Input  ValueKind = iota // fed before each run: features, codes, targets
	Param                   // trained
	State                   // kept between runs but not trained: running moments
	Const                   // a scalar known at compile time
	Result                  // output of a step
)

func (k ValueKind) String() string {
	return [...]string{"input", "param", "state", "const", "result"}[k]
}

// Value is one tensor of a program.
type Value struct {
	Kind  ValueKind
	Name  string // of an Input, Param or State
	Shape op.Shape
	Const float64
}

// Origin is the statement that a step was made for.
type Origin struct {
	Path string // canonical path: model.conv[1]
	Span diag.Span
}

// Step applies one operation.
type Step struct {
	Op       *op.Spec
	Attrs    any
	In       []int // indices into Program.Values
	Out      int
	Origin   Origin
	Backward bool
}

// Program is a differentiated graph in execution order.
type Program struct {
	DType  DType
	Values []Value
	Steps  []Step
	// Outputs by name: "loss", "logits", "loss/main", "grad/<param>", "state/<state>" …
	Outputs map[string]int
}
