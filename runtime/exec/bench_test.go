package exec

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// Whole training steps (forward and backward, without the optimizer) of the sizes that are compared with PyTorch.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name string
		make func() *graph.Program
	}{
		{"mlp-784-512-64", func() *graph.Program { return mlp(b, 64, 784, 512) }},
		{"lenet-28-64", func() *graph.Program { return lenet(b, 64, 28) }},
		{"resnet20-32-128", func() *graph.Program { return resnet(b, 128, 32, 3) }},
	} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", c.name, threads), func(b *testing.B) {
				p := c.make()
				pl := plan(b, p, Options{})
				m := bind(b, pl, buffers(p, feed(p, 1)))
				pool := kernel.NewPool(threads)
				defer pool.Close()
				ctx := &kernel.Context{Seed: 1, Workers: pool}
				m.Run(ctx)
				b.ReportAllocs()
				for b.Loop() {
					m.Run(ctx)
					ctx.Step++
				}
				b.ReportMetric(float64(pl.FLOPs())*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				b.ReportMetric(float64(pl.ArenaBytes())/1e6, "arena-MB")
			})
		}
	}
}

// What a run costs beside its kernels: a chain of steps on one number.
func BenchmarkOverhead(b *testing.B) {
	p := chain(b, 1000)
	m := bind(b, plan(b, p, Options{NoFusion: true}), buffers(p, feed(p, 1)))
	ctx := &kernel.Context{}
	for b.Loop() {
		m.Run(ctx)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/kernel")
}

// Planning a network and binding a machine: what a trial costs before its first step.
func BenchmarkPlan(b *testing.B) {
	for _, c := range []struct {
		name string
		p    *graph.Program
	}{{"lenet", lenet(b, 64, 28)}, {"resnet20", resnet(b, 128, 32, 3)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := NewPlan(c.p, cpu.New()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
