package gpu

import (
	"errors"

	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// resident is a data set in device memory.
type resident struct {
	x, y, codes device.Pointer
}

type residents struct {
	list map[*data.Dataset]*resident
}

func (r *residents) missing(s *train.Setup) int64 { return 0 }

func (r *residents) get(p *Pool, s *train.Setup) (*resident, error) {
	if d := r.list[s.Data]; d != nil {
		return d, nil
	}
	var top uint32
	for _, part := range []*data.Part{s.Data.Train, s.Data.Valid, s.Data.Test} {
		if part != nil {
			for i := range part.N() {
				top = max(top, part.ID(i))
			}
		}
	}
	n := int(top) + 1
	f, k := s.Data.Train.Features(), s.Data.Train.Outputs()
	x, y := make([]float32, n*f), make([]float32, n*k)
	for _, part := range []*data.Part{s.Data.Train, s.Data.Valid, s.Data.Test} {
		if part != nil {
			for i := range part.N() {
				id := int(part.ID(i))
				part.Example(i, x[id*f:(id+1)*f])
				y[id*k+part.Label(i)] = 1
			}
		}
	}
	d := &resident{}
	var err error
	if d.x, err = p.device.Alloc(int64(4 * len(x))); err != nil {
		return nil, err
	}
	if d.y, err = p.device.Alloc(int64(4 * len(y))); err != nil {
		return nil, err
	}
	if err := errors.Join(p.stream.Upload(d.x, raw(x)), p.stream.Upload(d.y, raw(y))); err != nil {
		return nil, err
	}
	if r.list == nil {
		r.list = map[*data.Dataset]*resident{}
	}
	r.list[s.Data] = d
	return d, nil
}

func (r *residents) release() error { return nil }

var gatherUnit = cuda.Unit{Name: "gather", Text: `
extern "C" __global__ void gather(float *x, long long xs, const float *data, const unsigned *ids, long long is, int rows, int f) {
  long long t = blockIdx.z;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows * f; i += gridDim.x * blockDim.x) x[t * xs + i] = data[(long long)ids[t * is + i / f] * f + i % f];
}
extern "C" __global__ void sgd(float *p, long long ps, const float *g, long long gs, const float *rate, long long rs, int n) {
  long long t = blockIdx.z;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) p[t * ps + i] -= rate[t * rs] * g[t * gs + i];
}
`}

func (m *machine) batch(r *record, training bool) (cuda.Job, error) {
	s := m.shape.setup
	d, err := m.pool.data.get(m.pool, s)
	if err != nil {
		return nil, err
	}
	f, k := s.Data.Train.Features(), s.Data.Train.Outputs()
	a, err := m.launch("gather", m.over(r.rows*f, 1024), block, m.x.at, m.x.stride, d.x, m.ids.at, m.ids.stride, int32(r.rows), int32(f))
	if err != nil {
		return nil, err
	}
	b, err := m.launch("gather", m.over(r.rows*k, 1024), block, m.y.at, m.y.stride, d.y, m.ids.at, m.ids.stride, int32(r.rows), int32(k))
	if err != nil {
		return nil, err
	}
	return func(s device.Stream) error { return errors.Join(a(s), b(s)) }, nil
}

func (m *machine) update() (cuda.Job, error) {
	return m.launch("sgd", m.over(m.shape.setup.Layout.Trained, 1024), block, m.values.at, m.values.stride, m.grads.at, m.grads.stride, m.rate.at, m.rate.stride, int32(m.shape.setup.Layout.Trained))
}

func (m *machine) averaging() (cuda.Job, error) { return nil, errors.New("no averaging yet") }

func (m *machine) counters(*seat) error { return nil }
