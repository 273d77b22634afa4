package gpu

import "github.com/netc-lang/netc/runtime/kernel/cuda"

// ownUnits need the kernels of this package.
type ownUnits struct{}

func (ownUnits) Units() []cuda.Unit { return []cuda.Unit{clockUnit} }

// What struct stack_clock takes, and where its epoch is, in bytes.
const (
	clockBytes = 16
	clockEpoch = 12
)

// clockUnit is the kernels that lead from batch to batch of a stretch. All trials of a stack are at the same batch.
var clockUnit = cuda.Unit{Name: "stack", Text: `
struct stack_clock {
  unsigned long long step; // optimizer steps taken
  unsigned int batch;      // of the stretch
  unsigned int epoch;
};

// The ids of the batch, from the table of the stretch: a row of them for each batch.
extern "C" __global__ void stack_begin(unsigned int *ids, long long ids_stride, const unsigned int *order, long long order_stride, int n, int row,
                                       const stack_clock *clock) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  long long t = blockIdx.z;
  unsigned int batch = clock->batch;
  if (i < n) ids[t * ids_stride + i] = order[t * order_stride + (long long)batch * row + i];
}

// A field of a note: n floats of each trial, noted down at a place of the record.
struct stack_field {
  unsigned int at_low, at_high, stride_low, stride_high, n, place;
};

// The first field of a training batch is its loss. A trial whose loss is not finite takes no more steps.
extern "C" __global__ void stack_note(float *notes, int words, const stack_field *fields, const stack_clock *clock, unsigned int *active) {
  stack_field f = fields[blockIdx.y];
  long long stride = (long long)(((unsigned long long)f.stride_high << 32) | f.stride_low);
  const float *from = (const float *)(((unsigned long long)f.at_high << 32) | f.at_low) + stride * blockIdx.z;
  float *to = notes + ((long long)clock->batch * gridDim.z + blockIdx.z) * words + f.place;
  for (unsigned int i = blockIdx.x * blockDim.x + threadIdx.x; i < f.n; i += gridDim.x * blockDim.x) to[i] = from[i];
  if (active && blockIdx.x + blockIdx.y + threadIdx.x == 0 && (__float_as_uint(from[0]) & 0x7f800000u) == 0x7f800000u) active[blockIdx.z] = 0;
}

extern "C" __global__ void stack_tick(stack_clock *clock, int steps) {
  clock->batch += 1;
  clock->step += steps;
}

extern "C" __global__ void stack_copy(float *to, long long to_stride, const float *from, long long from_stride, int n) {
  long long t = blockIdx.z;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) to[t * to_stride + i] = from[t * from_stride + i];
}
`}
