package network

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/op"
)

// Builder grows a Network. It implements op.Builder: every application infers its shape.
type Builder struct {
	Net *Network
	// Source is the statement that new values are made for.
	Source *model.Node
	err    error
	byName map[string]*Value
	seen   map[string]*Param
}

// NewBuilder starts an empty network.
func NewBuilder(mode Mode, batch int) *Builder {
	return &Builder{Net: &Network{Mode: mode, Batch: batch}, byName: map[string]*Value{}, seen: map[string]*Param{}}
}

// Err is the first application that failed; layers check their inputs, so it is a mistake of netc's own.
func (b *Builder) Err() error { return b.err }

func (b *Builder) add(v *Value) *Value {
	v.ID = len(b.Net.Values)
	v.Source = b.Source
	b.Net.Values = append(b.Net.Values, v)
	if v.Kind != OpValue {
		b.byName[v.Name] = v
	}
	return v
}

// Input adds an input, or returns the one of that name.
func (b *Builder) Input(name string, shape op.Shape) *Value {
	if v := b.byName[name]; v != nil {
		return v
	}
	return b.add(&Value{Kind: InputValue, Name: name, Dims: shape})
}

// Param adds a trained tensor, or returns the one of that name: layers under one path share weights.
func (b *Builder) Param(p *Param) *Value {
	if v := b.byName[p.Name]; v != nil {
		return v
	}
	if p.Rate == 0 {
		p.Rate = 1
	}
	b.Net.Params = append(b.Net.Params, p)
	b.seen[p.Name] = p
	return b.add(&Value{Kind: ParamValue, Name: p.Name, Dims: p.Shape})
}

// State adds a tensor that training carries along without a gradient.
func (b *Builder) State(p *Param) *Value {
	if v := b.byName[p.Name]; v != nil {
		return v
	}
	b.Net.States = append(b.Net.States, p)
	return b.add(&Value{Kind: StateValue, Name: p.Name, Dims: p.Shape})
}

// Update makes a state take the value of v after each training step.
func (b *Builder) Update(state string, v op.Val) {
	b.Net.Updates = append(b.Net.Updates, Update{state, v.(*Value)})
}

// Apply implements op.Builder.
func (b *Builder) Apply(name string, attrs any, in ...op.Val) op.Val {
	v := &Value{Kind: OpValue, Op: op.Get(name), Attrs: attrs}
	shapes := make([]op.Shape, len(in))
	for i, x := range in {
		v.In = append(v.In, x.(*Value))
		shapes[i] = x.Shape()
	}
	if v.Op == nil {
		b.fail(fmt.Errorf("no operation is called %s", name))
		v.Dims = in[0].Shape()
		return v
	}
	dims, err := v.Op.Shape(attrs, shapes)
	if err != nil {
		b.fail(fmt.Errorf("%s: %w", name, err))
		dims = in[0].Shape()
	}
	v.Dims = dims
	return b.add(v)
}

func (b *Builder) fail(err error) {
	if b.err == nil {
		if b.Source != nil {
			err = fmt.Errorf("%s (%s): %w", b.Source.Path, b.Source.Span, err)
		}
		b.err = err
	}
}

// FLOPs adds up the floating-point operations of the values from index first on.
func (n *Network) FLOPs(first int) int64 {
	var sum int64
	for _, v := range n.Values[first:] {
		if v.Kind != OpValue || v.Op.View {
			continue
		}
		in := make([]op.Shape, len(v.In))
		for i, x := range v.In {
			in[i] = x.Dims
		}
		if v.Op.FLOPs != nil {
			sum += v.Op.FLOPs(v.Attrs, in, v.Dims)
		} else {
			sum += int64(v.Dims.Size())
		}
	}
	return sum
}
