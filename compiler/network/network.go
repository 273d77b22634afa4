// Package network is the network of one program as a graph of primitive operations in static single
// assignment form, shaped but not yet differentiated. The compiler builds it once for training and once for
// evaluation; package lower turns it into a gorgonia graph.
package network

import (
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// Mode says what a network is built for. Training and evaluation are built separately: dropout, noise,
// augmentation heads and batch statistics exist in one only.
type Mode int

// The modes.
const (
	Training Mode = iota
	Evaluation
)

func (m Mode) String() string { return [...]string{"train", "eval"}[m] }

// ValueKind says where a value of a network comes from.
type ValueKind int

// The kinds of values.
const (
	InputValue ValueKind = iota // "x" features, "codes" categories, "y" targets (or "y/<head>")
	ParamValue
	StateValue
	OpValue
)

// Value is one tensor of a network in static single assignment form. It implements op.Val.
type Value struct {
	ID     int
	Kind   ValueKind
	Name   string // of an input, parameter or state
	Op     *op.Spec
	Attrs  any
	In     []*Value
	Dims   op.Shape
	Source *model.Node // the statement that it was made for; nil for inputs
}

// Shape is the value's shape, batch axis first.
func (v *Value) Shape() op.Shape { return v.Dims }

// Role says what a parameter is, so that "weights only" can be meant.
type Role string

// The roles.
const (
	Weight    Role = "weight" // matrix or kernel
	Bias      Role = "bias"
	NormScale Role = "scale" // gamma of a normalization
	NormShift Role = "shift" // beta of a normalization
	Embedding Role = "embedding"
)

// Param is one trained tensor, or one state tensor (running moments).
type Param struct {
	Name  string // canonical path of its node, a dot, its own name: model.conv[1].weight
	Shape op.Shape
	Role  Role // empty for states
	// Init is the constructor of the initializer, say he(mode = normal). FanIn and FanOut are what it scales by.
	Init          *model.Node
	FanIn, FanOut int
	// Frozen parameters are not trained; Rate multiplies the learning rate (1 by default).
	Frozen bool
	Rate   float64
	Span   diag.Span
}

// Size is the number of elements.
func (p *Param) Size() int { return p.Shape.Size() }

// Update says that after a training step a state takes the value of Val.
type Update struct {
	State string
	Val   *Value
}

// Output is one place where a network's flow ends: the main output, or a head's.
type Output struct {
	Name      string // "main", or the head's name
	Logits    *Value // predictions before any loss: [N K]
	Loss      *Value // per-example loss [N]; nil where no loss is given
	LossName  string // cross_entropy, mse, …
	Weight    float64
	Target    string // the name of the target input this output is held against: "y"
	Column    int    // of a table with several targets: the column held against
	Auxiliary bool   // a head that exists in training only
}

// Network is the network for one mode and batch size.
type Network struct {
	Mode    Mode
	Batch   int
	Values  []*Value // in order: every input of a value stands before it
	Params  []*Param
	States  []*Param
	Updates []Update // training only
	Outputs []*Output
	Loss    *Value // scalar: the weighted sum of the mean losses
}

// ParamCount is the number of trained elements.
func (n *Network) ParamCount() int {
	c := 0
	for _, p := range n.Params {
		c += p.Size()
	}
	return c
}
