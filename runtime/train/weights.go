package train

import (
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/initial"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// align is the granularity of places in a flat buffer, in floats: 64 bytes, a cache line.
const align = 16

// Layout says where each parameter and each state lies in a flat buffer: the parameters first, then the states.
type Layout struct {
	Params, States []*network.Param
	Trained        int // where the parameters end
	Size           int

	from map[string]int
}

// Offset is where a parameter or state begins, in floats.
func (l *Layout) Offset(name string) int { return l.from[name] }

func newLayout(n *network.Network) *Layout {
	l := &Layout{Params: n.Params, States: n.States, from: map[string]int{}}
	place := func(p *network.Param) {
		l.from[p.Name] = l.Size
		l.Size += (p.Size() + align - 1) / align * align
	}
	for _, p := range n.Params {
		place(p)
	}
	l.Trained = l.Size
	for _, s := range n.States {
		place(s)
	}
	return l
}

// views cuts a flat buffer into the tensors of a list.
func (l *Layout) views(list []*network.Param, flat []float32) [][]float32 {
	out := make([][]float32, len(list))
	for i, p := range list {
		from := l.from[p.Name]
		out[i] = flat[from : from+p.Size() : from+p.Size()]
	}
	return out
}

// named is views by name.
func (l *Layout) named(list []*network.Param, flat []float32) map[string][]float32 {
	m := map[string][]float32{}
	for i, v := range l.views(list, flat) {
		m[list[i].Name] = v
	}
	return m
}

// fill gives parameters and states their first values, and returns the fingerprint of the parameters'.
func (l *Layout) fill(seed uint64, flat []float32) (string, error) {
	params := l.views(l.Params, flat)
	if err := initial.All(seed, l.Params, params); err != nil {
		return "", err
	}
	if err := initial.All(seed, l.States, l.views(l.States, flat)); err != nil {
		return "", err
	}
	return initial.Hash(l.Params, params), nil
}

// hash is the fingerprint of the parameters and states of a flat buffer.
func (l *Layout) hash(flat []float32) string {
	all := append(append([]*network.Param(nil), l.Params...), l.States...)
	return initial.Hash(all, l.views(all, flat))
}

// tensors lists the parameters and states of a flat buffer under a prefix. The data are the live buffer.
func (l *Layout) tensors(prefix string, flat []float32) []safetensors.Tensor {
	var list []safetensors.Tensor
	for _, part := range [][]*network.Param{l.Params, l.States} {
		for i, v := range l.views(part, flat) {
			list = append(list, safetensors.Tensor{Name: prefix + part[i].Name, Shape: append([]int{}, part[i].Shape...), F32: v})
		}
	}
	return list
}
