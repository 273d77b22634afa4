package cpu

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// bench times a kernel for every instruction set and reports GFLOP/s and the GB/s of its operands.
func bench(b *testing.B, name, operation string, attrs any, in ...op.Shape) {
	spec := op.Get(operation)
	out, err := spec.Shape(attrs, in)
	if err != nil {
		b.Fatal(err)
	}
	bytes := out.Size()
	data := make([][]float32, len(in))
	for i, s := range in {
		data[i] = make([]float32, s.Size())
		for j := range data[i] {
			data[i][j] = float32(j*389%1009)/1009 - 0.5
		}
		bytes += s.Size()
	}
	y := make([]float32, out.Size())
	for _, set := range Sets() {
		for _, pool := range pools[:2] {
			b.Run(fmt.Sprintf("%s/%s/%s/threads=%d", operation, name, set, pool.Threads()), func(b *testing.B) {
				backend, err := For(set)
				if err != nil {
					b.Fatal(err)
				}
				k, err := backend.Compile(kernel.Step{Op: operation, Attrs: attrs, In: in, Out: out})
				if err != nil {
					b.Fatal(err)
				}
				scratch := make([]float32, k.Scratch())
				ctx := &kernel.Context{Workers: pool}
				for b.Loop() {
					k.(kernel.Host).Run(ctx, y, data, scratch)
				}
				perNs := float64(b.N) / float64(b.Elapsed().Nanoseconds())
				b.ReportMetric(float64(spec.Cost(attrs, in, out))*perNs, "GFLOP/s")
				b.ReportMetric(float64(4*bytes)*perNs, "GB/s")
			})
		}
	}
}

func conv3(stride, groups int) op.Conv {
	return op.Conv{Window: op.Window{KH: 3, KW: 3, SH: stride, SW: stride, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: groups}
}

// convAll times a convolution and its gradients.
func convAll(b *testing.B, name string, a op.Conv, x op.Shape, co int) {
	w := op.Shape{a.KH, a.KW, x[3] / a.Groups, co}
	oh, ow := a.Out(x[1], x[2])
	y := op.Shape{x[0], oh, ow, co}
	bench(b, name, "conv2d", a, x, w)
	a.H, a.W, a.InChannels = x[1], x[2], x[3]
	bench(b, name, "conv2d_dx", a, y, w)
	bench(b, name, "conv2d_dw", a, x, y)
}

func BenchmarkMatMul(b *testing.B) {
	bench(b, "mlp", "matmul", op.MatMul{}, op.Shape{64, 784}, op.Shape{784, 512})
	bench(b, "mlp-dx", "matmul", op.MatMul{TransB: true}, op.Shape{64, 512}, op.Shape{784, 512})
	bench(b, "mlp-dw", "matmul", op.MatMul{TransA: true}, op.Shape{64, 784}, op.Shape{64, 512})
	bench(b, "square", "matmul", op.MatMul{}, op.Shape{512, 512}, op.Shape{512, 512})
}

func BenchmarkConv(b *testing.B) {
	five := op.Conv{Window: op.Window{KH: 5, KW: 5, SH: 1, SW: 1, DH: 1, DW: 1, Top: 2, Bottom: 2, Left: 2, Right: 2}, Groups: 1}
	convAll(b, "lenet-1", five, op.Shape{64, 28, 28, 1}, 6)
	convAll(b, "lenet-2", five, op.Shape{64, 14, 14, 6}, 16)
	convAll(b, "resnet-3-16", conv3(1, 1), op.Shape{16, 32, 32, 3}, 16)
	convAll(b, "resnet-16", conv3(1, 1), op.Shape{16, 32, 32, 16}, 16)
	convAll(b, "resnet-32", conv3(1, 1), op.Shape{16, 16, 16, 32}, 32)
	convAll(b, "resnet-64", conv3(1, 1), op.Shape{16, 8, 8, 64}, 64)
	convAll(b, "resnet-16-32", conv3(2, 1), op.Shape{16, 32, 32, 16}, 32)
	convAll(b, "resnet-32-64", conv3(2, 1), op.Shape{16, 16, 16, 32}, 64)
	convAll(b, "depthwise-32", conv3(1, 32), op.Shape{16, 16, 16, 32}, 32)
	convAll(b, "pointwise-32", op.Conv{Window: op.Window{KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1}, Groups: 1}, op.Shape{16, 16, 16, 32}, 32)
}

func BenchmarkMemory(b *testing.B) {
	x := op.Shape{64, 32, 32, 16}
	c := op.Shape{16}
	m := op.Moments{Over: "batch", Eps: 1e-5}
	bench(b, "1M", "add", nil, x, x)
	bench(b, "1M", "bias", nil, x, c)
	bench(b, "1M", "relu", op.Unary{}, x)
	bench(b, "1M", "relu_dx", op.Unary{}, x, x, x)
	bench(b, "1M", "gelu", op.Unary{}, x)
	bench(b, "1M", "tanh", op.Unary{}, x)
	bench(b, "1M", "sigmoid", op.Unary{}, x)
	bench(b, "1M", "dropout", op.Dropout{P: 0.5, Rescale: true, Path: "p"}, x)
	bench(b, "1M", "moments", m, x)
	bench(b, "1M", "normalize", m, x, op.Shape{2, 16}, c, c)
	bench(b, "1M", "normalize_dparams", m, x, op.Shape{2, 16}, x)
	bench(b, "1M", "normalize_dx", m, x, op.Shape{2, 16}, c, x, op.Shape{2, 16})
	bench(b, "1M", "sum_rows", nil, x)
	bench(b, "1M", "pool_max", op.Pool{Window: op.Window{KH: 2, KW: 2, SH: 2, SW: 2, DH: 1, DW: 1}}, x)
	bench(b, "128x1000", "cross_entropy", op.Loss{}, op.Shape{128, 1000}, op.Shape{128, 1000})
}
