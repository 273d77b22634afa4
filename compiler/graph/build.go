package graph

import (
	"errors"
	"sort"
)

// Program is the graph in execution order, with every value that is fed or kept and only the steps that the outputs
// need. The order is that of creation, forward before backward: gorgonia's numbers follow it, since a node is made after
// its inputs.
func (g *Graph) Program() (*Program, error) {
	if g.err != nil {
		return nil, g.err
	}
	if len(g.outputs) == 0 {
		return nil, &Error{Err: errors.New("the graph has no output")}
	}
	order := append([]*node{}, g.nodes...)
	sort.SliceStable(order, func(i, j int) bool { return order[i].expr.ID() < order[j].expr.ID() })
	live := map[*node]bool{}
	for _, n := range g.outputs {
		live[n] = true
	}
	for i := len(order) - 1; i >= 0; i-- {
		if n := order[i]; live[n] {
			for _, v := range n.in {
				live[v] = true
			}
		}
	}

	p := &Program{DType: g.dtype, Outputs: map[string]int{}}
	index := map[*node]int{}
	for _, n := range g.nodes {
		if n.kind == Input || n.kind == Param || n.kind == State || n.kind == Const && live[n] {
			index[n] = len(p.Values)
			p.Values = append(p.Values, Value{Kind: n.kind, Name: n.name, Shape: n.shape, Const: n.constant})
		}
	}
	for _, n := range order {
		if !live[n] || n.kind != Result {
			continue
		}
		s := Step{Op: n.spec, Attrs: n.attrs, Out: len(p.Values), Origin: n.origin, Backward: n.backward}
		for _, v := range n.in {
			s.In = append(s.In, index[v])
		}
		index[n] = s.Out
		p.Values = append(p.Values, Value{Kind: Result, Shape: n.shape})
		p.Steps = append(p.Steps, s)
	}
	for name, n := range g.outputs {
		p.Outputs[name] = index[n]
	}
	return p, p.Verify()
}
