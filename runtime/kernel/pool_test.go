package kernel

import (
	"sync/atomic"
	"testing"
	"time"
)

// Each chunk of each job runs exactly once, whether workers spin or have parked in between.
func TestPoolRunsEachChunkOnce(t *testing.T) {
	for _, threads := range []int{0, 1, 2, 3, 5} {
		p := NewPool(threads)
		counts := make([]atomic.Int32, 100)
		out := make([]float32, 1)
		count := func(chunk int, a Args) {
			counts[chunk].Add(1)
			if &a.Out[0] != &out[0] {
				t.Error("operands of another job")
			}
		}
		const jobs = 3000
		for job := range jobs {
			p.Run(job%100, count, Args{Out: out})
			if job%1000 == 999 {
				time.Sleep(2 * time.Millisecond) // long enough to park
			}
		}
		for i := range counts {
			want := int32(jobs / 100 * (99 - i))
			if got := counts[i].Load(); got != want {
				t.Fatalf("%d threads: chunk %d ran %d times, want %d", threads, i, got, want)
			}
		}
		p.Close()
		ran := 0
		p.Run(3, func(int, Args) { ran++ }, Args{})
		if ran != 3 {
			t.Errorf("a closed pool ran %d of 3 chunks", ran)
		}
	}
}

func TestPoolHandsOperandsToAllWorkers(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	in := make([]float32, 1000)
	out := make([]float32, 1000)
	double := func(chunk int, a Args) {
		for i := chunk * 10; i < chunk*10+10; i++ {
			a.Out[i] = 2 * a.In[0][i]
		}
	}
	ins := [][]float32{in}
	for job := range 500 {
		for i := range in {
			in[i] = float32(job + i)
		}
		p.Run(100, double, Args{Out: out, In: ins})
		for i := range out {
			if out[i] != 2*in[i] {
				t.Fatalf("job %d element %d: %v", job, i, out[i])
			}
		}
	}
}

func TestPoolDoesNotAllocate(t *testing.T) {
	nop := func(int, Args) {}
	for name, p := range map[string]*Pool{"none": nil, "one": NewPool(1), "two": NewPool(2)} {
		if n := testing.AllocsPerRun(100, func() { p.Run(16, nop, Args{}) }); n != 0 {
			t.Errorf("%s: %v allocations a job", name, n)
		}
	}
}

func BenchmarkPoolJob(b *testing.B) {
	p := NewPool(2)
	defer p.Close()
	nop := func(int, Args) {}
	for b.Loop() {
		p.Run(8, nop, Args{})
	}
}
