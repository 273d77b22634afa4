package exec

import (
	"cmp"
	"fmt"
	"slices"
)

// align is the granularity of the arena in floats: 64 bytes, a cache line.
const align = 16

// block is a piece of the arena that is in use from step born to step dies, both included.
type block struct {
	root       int // value, or -1-step for the scratch of a step
	size       int // rounded up to align
	born, dies int
	offset     int
}

// layOut gives places in the arena to all roots that have none, and to scratch memory. Blocks are placed one by one,
// the largest first, each in the smallest gap that fits among the blocks in use at the same time
// (Pisarchyk and Lee 2020, "Efficient memory management for deep neural net inference": greedy by size).
func layOut(p *Plan) error {
	var blocks []block
	add := func(root, size, born, dies int) {
		if size > 0 {
			blocks = append(blocks, block{root, (size + align - 1) / align * align, born, dies, 0})
		}
	}
	for i, v := range p.values {
		if v.root == i && v.place.Space == Nowhere && v.born >= 0 {
			add(i, v.size, v.born, v.dies)
		}
	}
	for i, s := range p.Steps {
		add(-1-i, s.Kernel.Scratch(), i, i)
	}
	p.Arena = arrange(blocks)
	p.Peak = peak(blocks, len(p.Steps))
	for _, b := range blocks {
		if b.root >= 0 {
			v := &p.values[b.root]
			v.place = Place{Space: Arena, Offset: b.offset, Size: v.size}
			continue
		}
		s := &p.Steps[-1-b.root]
		s.Scratch = Place{Space: Arena, Offset: b.offset, Size: s.Kernel.Scratch()}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Out = p.at(s.out)
		s.In = make([]Place, len(s.in))
		for j, v := range s.in {
			s.In[j] = p.at(v)
		}
	}
	for name, o := range p.Outputs {
		o.Place = p.at(o.Value)
		p.Outputs[name] = o
	}
	return nil
}

// arrange sets the offsets and gives the length of the arena.
func arrange(blocks []block) int {
	order := make([]*block, len(blocks))
	for i := range blocks {
		order[i] = &blocks[i]
	}
	slices.SortStableFunc(order, func(a, b *block) int {
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.born, b.born))
	})
	var placed []*block // by offset
	length := 0
	for _, b := range order {
		best, gap := -1, 0
		end := 0 // of the blocks so far that are in use at the same time
		for _, o := range placed {
			if o.dies < b.born || b.dies < o.born {
				continue
			}
			if free := o.offset - end; free >= b.size && (best < 0 || free < gap) {
				best, gap = end, free
			}
			end = max(end, o.offset+o.size)
		}
		if best < 0 {
			best = end
		}
		b.offset = best
		length = max(length, best+b.size)
		at, _ := slices.BinarySearchFunc(placed, best, func(o *block, offset int) int { return cmp.Compare(o.offset, offset) })
		placed = slices.Insert(placed, at, b)
	}
	return length
}

// peak is the largest total of blocks in use at one step.
func peak(blocks []block, steps int) int {
	change := make([]int, steps+2)
	for _, b := range blocks {
		change[b.born] += b.size
		change[b.dies+1] -= b.size
	}
	top, now := 0, 0
	for _, c := range change {
		now += c
		top = max(top, now)
	}
	return top
}

// verify checks the plan by walking it: what a step reads must be what the program's step wrote, that is, no other step
// may have written there in between.
func verify(p *Plan) error {
	type write struct {
		place Place
		value int
	}
	// holds lists what lies where, latest last.
	var holds []write
	overlap := func(a, b Place) bool {
		return a.Space == b.Space && a.Index == b.Index && a.Offset < b.Offset+b.Size && b.Offset < a.Offset+a.Size
	}
	owner := make([]int, len(p.values)) // for each value, the value whose step writes it
	for i := range owner {
		owner[i] = i
	}
	for _, s := range p.Program.Steps {
		if s.Op.View {
			owner[s.Out] = owner[s.In[0]]
		}
	}
	intact := func(v int) bool {
		if p.isLeaf(owner[v]) && p.at(v).Space != Leaf {
			return true
		}
		at := p.at(v)
		for _, w := range slices.Backward(holds) {
			if overlap(w.place, at) {
				return w.value == owner[v]
			}
		}
		return p.isLeaf(owner[v]) // never written: as the caller gave it
	}
	for i, s := range p.Steps {
		for j, v := range s.in {
			if v < 0 {
				continue
			}
			if !intact(v) {
				return fmt.Errorf("internal error: step %d (%s): the memory of its input %d has been overwritten", i, s.Name, j)
			}
			if s.Scratch.Size > 0 && overlap(s.Scratch, s.In[j]) {
				return fmt.Errorf("internal error: step %d (%s): its scratch memory lies over input %d", i, s.Name, j)
			}
		}
		for _, w := range []write{{s.Scratch, -1}, {s.Out, s.out}} {
			if w.place.Size > 0 {
				holds = slices.DeleteFunc(holds, func(h write) bool { return overlap(h.place, w.place) })
				holds = append(holds, w)
			}
		}
		if s.Scratch.Size > 0 && overlap(s.Scratch, s.Out) {
			return fmt.Errorf("internal error: step %d (%s): its scratch memory lies over its output", i, s.Name)
		}
	}
	for name, o := range p.Outputs {
		if !intact(o.Value) {
			return fmt.Errorf("internal error: output %q has been overwritten", name)
		}
	}
	return nil
}
