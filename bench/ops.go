package main

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// roof is what one thread can do at most.
type roof struct{ flops, bytes float64 } // per second

// roofline measures multiply-adds on registers, and memory copied between buffers larger than any cache.
func roofline(s *settings) error {
	r, err := s.measureRoof()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "one thread: %.1f GFLOP/s of multiply-adds, %.1f GB/s of copying (bytes read and written)\n", r.flops/1e9, r.bytes/1e9)
	return err
}

func (s *settings) measureRoof() (r roof, err error) {
	operations := 0
	seconds, err := s.best(30, func() { operations = s.backend.MultiplyAdds(100_000_000) })
	if err != nil {
		return r, err
	}
	r.flops = float64(operations) / seconds
	const size = 16 << 20 // floats
	from, to := make([]float32, size), make([]float32, size)
	seconds, err = s.best(6, func() { copy(to, from) })
	r.bytes = 2 * 4 * size / seconds
	return r, err
}

// best is the shortest of several runs, in seconds.
func (s *settings) best(runs int, f func()) (float64, error) {
	f()
	least := 0.0
	for i := range runs {
		start, err := s.now()
		if err != nil {
			return 0, err
		}
		f()
		end, err := s.now()
		if err != nil {
			return 0, err
		}
		if d := (end - start).Seconds(); i == 0 || d < least {
			least = d
		}
	}
	return least, nil
}

// operation is a kernel of one of the networks.
type operation struct {
	work, name string
	op         string
	attrs      any
	in         []op.Shape
}

// kernels lists the operations that take most of the three networks' time.
func kernels() []operation {
	var list []operation
	add := func(work, name, o string, attrs any, in ...op.Shape) {
		list = append(list, operation{work, name, o, attrs, in})
	}
	dense := func(work string, batch, in, out int, first bool) {
		name := fmt.Sprintf("%d-%d", in, out)
		add(work, name, "matmul", op.MatMul{}, op.Shape{batch, in}, op.Shape{in, out})
		add(work, name+" dw", "matmul", op.MatMul{TransA: true}, op.Shape{batch, in}, op.Shape{batch, out})
		if !first {
			add(work, name+" dx", "matmul", op.MatMul{TransB: true}, op.Shape{batch, out}, op.Shape{in, out})
		}
	}
	conv := func(work string, x op.Shape, co, k, stride, pad int, first bool) {
		a := op.Conv{Window: op.Window{KH: k, KW: k, SH: stride, SW: stride, DH: 1, DW: 1, Top: pad, Bottom: pad, Left: pad, Right: pad}, Groups: 1}
		h, w := a.Out(x[1], x[2])
		y, kernels := op.Shape{x[0], h, w, co}, op.Shape{k, k, x[3], co}
		name := fmt.Sprintf("%dx%d/%d %d-%d", k, k, stride, x[3], co)
		add(work, name, "conv2d", a, x, kernels)
		a.H, a.W, a.InChannels = x[1], x[2], x[3]
		add(work, name, "conv2d_dw", a, x, y)
		if !first {
			add(work, name, "conv2d_dx", a, y, kernels)
		}
	}
	dense("mlp", 64, 784, 256, true)
	dense("mlp", 64, 256, 128, false)
	conv("lenet", op.Shape{64, 28, 28, 1}, 32, 5, 1, 0, true)
	conv("lenet", op.Shape{64, 12, 12, 32}, 64, 5, 1, 0, false)
	dense("lenet", 64, 1024, 512, false)
	pool := op.Pool{Window: op.Window{KH: 2, KW: 2, SH: 2, SW: 2, DH: 1, DW: 1}}
	large, small := op.Shape{64, 24, 24, 32}, op.Shape{64, 12, 12, 32}
	add("lenet", "2x2", "pool_max", pool, large)
	add("lenet", "2x2", "pool_max_dx", pool, large, small, small)
	conv("resnet20", op.Shape{128, 32, 32, 3}, 16, 3, 1, 1, true)
	conv("resnet20", op.Shape{128, 32, 32, 16}, 16, 3, 1, 1, false)
	conv("resnet20", op.Shape{128, 32, 32, 16}, 32, 3, 2, 1, false)
	conv("resnet20", op.Shape{128, 32, 32, 16}, 32, 1, 2, 0, false)
	conv("resnet20", op.Shape{128, 16, 16, 32}, 32, 3, 1, 1, false)
	conv("resnet20", op.Shape{128, 8, 8, 64}, 64, 3, 1, 1, false)
	x, c, table := op.Shape{128, 32, 32, 16}, op.Shape{16}, op.Shape{2, 16}
	m := op.Moments{Over: "batch", Eps: 1e-5}
	add("resnet20", "32x32x16", "moments", m, x)
	add("resnet20", "32x32x16", "normalize", m, x, table, c, c)
	add("resnet20", "32x32x16", "normalize_dparams", m, x, table, x)
	add("resnet20", "32x32x16", "normalize_dx", m, x, table, c, x, table)
	add("resnet20", "32x32x16", "add", nil, x, x)
	add("resnet20", "32x32x16", "relu_dx", op.Unary{}, x, x, x)
	return list
}

// operations measures kernels one by one, on one thread, against the roofline: the share of the time that computing alone or memory alone would take,
// whichever is longer, if every operand were read or written once.
func operations(s *settings) error {
	if err := s.checkClock(1); err != nil {
		return err
	}
	r, err := s.measureRoof()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "roofline: %.1f GFLOP/s, %.1f GB/s\n\n", r.flops/1e9, r.bytes/1e9)
	fmt.Fprintf(s.out, "| network | kernel | shape | ms | GFLOP/s | GB/s | of the roofline |\n| --- | --- | --- | ---: | ---: | ---: | ---: |\n")
	for _, o := range kernels() {
		if !slices.Contains(s.works, o.work) {
			continue
		}
		if err := s.measure(o, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) measure(o operation, r roof) error {
	spec := op.Get(o.op)
	out, err := spec.Shape(o.attrs, o.in)
	if err != nil {
		return err
	}
	k, err := s.backend.Compile(kernel.Step{Op: o.op, Attrs: o.attrs, In: o.in, Out: out})
	if err != nil {
		return err
	}
	bytes := 4 * out.Size()
	data := make([][]float32, len(o.in))
	for i, shape := range o.in {
		data[i] = make([]float32, shape.Size())
		for j := range data[i] {
			data[i][j] = float32(j*389%1009)/1009 + 0.1
		}
		if read, ok := k.(kernel.Reader); !ok || read.Reads(i) {
			bytes += 4 * shape.Size()
		}
	}
	y, scratch := make([]float32, out.Size()), make([]float32, k.Scratch())
	ctx := &kernel.Context{}
	seconds, err := s.best(12, func() { k.(kernel.Host).Run(ctx, y, data, scratch) })
	if err != nil {
		return err
	}
	flops := float64(spec.Cost(o.attrs, o.in, out))
	least := max(flops/r.flops, float64(bytes)/r.bytes)
	_, err = fmt.Fprintf(s.out, "| %s | %s | %s | %.3f | %.1f | %.1f | %.0f%% |\n", o.work, o.op, o.name, seconds*1e3, flops/seconds/1e9, float64(bytes)/seconds/1e9, 100*least/seconds)
	return err
}
