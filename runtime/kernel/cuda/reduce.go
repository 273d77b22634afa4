package cuda

import (
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// columns is how sums over the rows of matrices are cut up: struct reduce_columns of text/reduce.cu. A block adds up some rows for up to
// 32 neighbouring columns; where a matrix takes several blocks, the last one to arrive adds their sums. All of it depends on
// shapes only, and no order on which block is last, so a trial has the same bits each time, alone and in a stack.
type columns struct {
	Segments, Rows, Cols uint32 // so many matrices of rows x cols
	Chunks, Per          uint32 // blocks along the rows, rows of each
	Across               uint32 // blocks along the columns
}

const (
	reduceThreads = 256
	// Enough blocks to fill a card, unless they would have too few rows each.
	reduceBlocks = 512
	leastRows    = 32 // of a thread
)

// cut makes the geometry, and the block: wide threads along columns.
func cut(segments, rows, cols int) (c columns, wide int) {
	for wide = 1; wide < cols && wide < 32; wide *= 2 {
	}
	high := reduceThreads / wide
	across := ceil(cols, wide)
	per := max(high*leastRows, ceil(rows*segments*across, reduceBlocks))
	chunks := ceil(rows, per)
	per = ceil(rows, chunks)
	return columns{uint32(segments), uint32(rows), uint32(cols), uint32(chunks), uint32(per), uint32(across)}, wide
}

func (c columns) grid(wide int) grid {
	return grid{blocks: int(c.Segments * c.Chunks * c.Across), threads: wide, threadsY: reduceThreads / wide}
}

// done is struct reduce_done.
type done struct {
	Parts   tensor
	Arrived device.Pointer
}

// meet makes what the blocks of a reduction need to find out which is the last, from so many floats of scratch on.
func (c columns) meet(b *Binding, floats int) (done, error) {
	if c.Chunks == 1 {
		return done{}, nil
	}
	arrived, err := b.Env.Table(make([]uint32, b.Trials()*int(c.Segments*c.Across)))
	return done{b.scratchAt(floats), arrived}, err
}

// columnSums makes a program that sums rows: kernel is started with (destination, geometry, meeting, factor, arguments...) and adds up
// `values` numbers for each column. Its destination is [segments][values][cols].
func columnSums(kernel string, units []Unit, segments, rows, cols, values int, factor float32, args func(b *Binding) ([]any, error)) *program {
	p := &program{units: units}
	c, wide := cut(segments, rows, cols)
	if c.Chunks > 1 {
		p.scratch = int(c.Segments*c.Chunks) * values * cols
	}
	p.add(func(b *Binding) (Job, error) {
		meeting, err := c.meet(b, 0)
		if err != nil {
			return nil, err
		}
		more, err := args(b)
		if err != nil {
			return nil, err
		}
		return b.launch(kernel, c.grid(wide), append([]any{arg(b.Out), c, meeting, factor}, more...)...)
	})
	return p
}

func firstInput(b *Binding) ([]any, error) { return []any{arg(b.In[0])}, nil }

var (
	_ = register("sum_rows", entry{compile: func(s kernel.Step) *program {
		c := s.Out[0]
		return columnSums("reduce_sum", fixed("reduce"), 1, s.In[0].Size()/c, c, 1, 1, firstInput)
	}})
	_ = register("mean_space", entry{compile: func(s kernel.Step) *program {
		return sumSpace(s, 1/float32(s.In[0][1]*s.In[0][2]))
	}})
	_ = register("sum_space", entry{compile: func(s kernel.Step) *program { return sumSpace(s, 1) }})
	_ = register("mul_channels_ds", entry{compile: func(s kernel.Step) *program {
		x := s.In[0]
		return columnSums("reduce_dot", fixed("reduce"), x[0], x[1]*x[2], x[3], 1, 1, func(b *Binding) ([]any, error) {
			return []any{arg(b.In[0]), arg(b.In[1])}, nil
		})
	}})
	_ = register("mean", entry{compile: func(s kernel.Step) *program {
		p := &program{units: fixed("reduce")}
		p.add(func(b *Binding) (Job, error) {
			return b.launch("reduce_mean", grid{blocks: 1, threads: reduceThreads}, arg(b.Out), arg(b.In[0]), uint32(s.In[0].Size()))
		})
		return p
	}})
	_ = register("max_space", entry{compile: func(s kernel.Step) *program { return maxSpace("reduce_max_space", s) }})
	_ = register("max_space_dx", entry{unread: 1 << 1, compile: func(s kernel.Step) *program { return maxSpace("reduce_max_space_dx", s) }})
)

func sumSpace(s kernel.Step, factor float32) *program {
	x := s.In[0]
	return columnSums("reduce_sum", fixed("reduce"), x[0], x[1]*x[2], x[3], 1, factor, firstInput)
}

// maxSpace gives a thread each example and channel.
func maxSpace(name string, s kernel.Step) *program {
	x := s.In[0]
	p := &program{units: fixed("reduce")}
	p.add(func(b *Binding) (Job, error) {
		args := []any{arg(b.Out), arg(b.In[0])}
		if len(s.In) == 3 {
			args = append(args, arg(b.In[2]))
		}
		n := x[0] * x[3]
		return b.launch(name, grid{blocks: ceil(n, 128), threads: 128}, append(args, uint32(n), uint32(x[1]*x[2]), uint32(x[3]))...)
	})
	return p
}
