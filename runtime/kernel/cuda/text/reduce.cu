// Sums over the rows of matrices, and other reductions. Orders of addition are fixed by shapes.

struct reduce_columns {
  unsigned segments, rows, cols; // so many matrices of rows x cols
  unsigned chunks, per;          // blocks along the rows, rows of each
  unsigned across;               // blocks along the columns
};

// reduce_place is the part of a block: rows from … to-1 of a segment, and the column of the thread.
struct reduce_place {
  unsigned segment, chunk, from, to, col;
};

static __device__ __forceinline__ reduce_place reduce_part(const reduce_columns &g) {
  reduce_place p;
  const unsigned b = blockIdx.x / g.across;
  p.col = blockIdx.x % g.across * blockDim.x + threadIdx.x;
  p.segment = b / g.chunks;
  p.chunk = b % g.chunks;
  p.from = p.chunk * g.per;
  p.to = min(p.from + g.per, g.rows);
  return p;
}

// reduce_tree adds up what the threads of one column have; row 0 of the block gets the sum. Blocks have 256 threads.
template <int K> static __device__ __forceinline__ void reduce_tree(float (&sum)[K]) {
  __shared__ float part[K][256];
  const unsigned x = threadIdx.x, y = threadIdx.y, wide = blockDim.x;
  __syncthreads();
#pragma unroll
  for (int k = 0; k < K; k++) part[k][y * wide + x] = sum[k];
  for (unsigned d = blockDim.y / 2; d > 0; d /= 2) {
    __syncthreads();
    if (y < d) {
#pragma unroll
      for (int k = 0; k < K; k++) part[k][y * wide + x] += part[k][(y + d) * wide + x];
    }
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k < K; k++) sum[k] = part[k][x];
}

// reduce_done is where the blocks of a reduction leave what the last of them puts together: parts, and how many of a group have
// arrived. That goes back to 0 by itself.
struct reduce_done {
  netc_tensor parts;
  unsigned *arrived; // [trials][segments][across]
};

// reduce_last reports to all threads of a block whether it is the last of its group. What the threads have written before, the
// last block sees; it reads it as volatile.
static __device__ __forceinline__ bool reduce_last(const reduce_columns &g, const reduce_place &p, const reduce_done &done) {
  __shared__ unsigned order;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0 && threadIdx.y == 0)
    order = atomicInc(&done.arrived[(blockIdx.z * g.segments + p.segment) * g.across + blockIdx.x % g.across], g.chunks - 1);
  __syncthreads();
  const bool last = order == g.chunks - 1;
  if (last) __threadfence();
  return last;
}

// reduce_rows sums the K values that f adds for each row and column. Out is [segments][K][cols].
template <int K, class F> static __device__ __forceinline__ void reduce_rows(netc_tensor out_, const reduce_columns &g, const reduce_done &done, float factor, F f) {
  const reduce_place p = reduce_part(g);
  float sum[K];
#pragma unroll
  for (int k = 0; k < K; k++) sum[k] = 0;
  if (p.col < g.cols)
    for (unsigned r = p.from + threadIdx.y; r < p.to; r += blockDim.y) f(p.segment, r, p.col, sum);
  reduce_tree(sum);
  const bool writes = threadIdx.y == 0 && p.col < g.cols;
  if (g.chunks > 1) {
    float *parts = netc_at(done.parts, blockIdx.z) + (long long)p.segment * g.chunks * K * g.cols + p.col;
    if (writes)
#pragma unroll
      for (int k = 0; k < K; k++) parts[(p.chunk * K + k) * g.cols] = sum[k];
    if (!reduce_last(g, p, done)) return;
#pragma unroll
    for (int k = 0; k < K; k++) sum[k] = 0;
    if (p.col < g.cols)
      for (unsigned c = threadIdx.y; c < g.chunks; c += blockDim.y)
#pragma unroll
        for (int k = 0; k < K; k++) sum[k] += *(const volatile float *)&parts[(c * K + k) * g.cols];
    reduce_tree(sum);
  }
  if (writes) {
    float *out = netc_at(out_, blockIdx.z) + (long long)p.segment * K * g.cols + p.col;
#pragma unroll
    for (int k = 0; k < K; k++) out[k * g.cols] = sum[k] * factor;
  }
}

struct reduce_plain {
  const float *x;
  unsigned rows, cols;
  __device__ __forceinline__ void operator()(unsigned segment, unsigned row, unsigned col, float (&sum)[1]) const {
    sum[0] += x[((long long)segment * rows + row) * cols + col];
  }
};

extern "C" __global__ void __launch_bounds__(256) reduce_sum(netc_tensor out, reduce_columns g, reduce_done done, float factor, netc_tensor x) {
  reduce_rows<1>(out, g, done, factor, reduce_plain{netc_at(x, blockIdx.z), g.rows, g.cols});
}

struct reduce_product {
  const float *x, *y;
  unsigned rows, cols;
  __device__ __forceinline__ void operator()(unsigned segment, unsigned row, unsigned col, float (&sum)[1]) const {
    const long long i = ((long long)segment * rows + row) * cols + col;
    sum[0] += x[i] * y[i];
  }
};

extern "C" __global__ void __launch_bounds__(256) reduce_dot(netc_tensor out, reduce_columns g, reduce_done done, float factor, netc_tensor x, netc_tensor y) {
  reduce_rows<1>(out, g, done, factor, reduce_product{netc_at(x, blockIdx.z), netc_at(y, blockIdx.z), g.rows, g.cols});
}

extern "C" __global__ void __launch_bounds__(256) reduce_mean(netc_tensor out, netc_tensor x_, unsigned n) {
  const float *x = netc_at(x_, blockIdx.z);
  double sum = 0;
  for (unsigned i = threadIdx.x; i < n; i += blockDim.x) sum += (double)x[i];
  sum = netc_block_sum(sum);
  if (threadIdx.x == 0) *netc_at(out, blockIdx.z) = (float)(sum / (double)n);
}

// reduce_best is the place of the first maximum of an image's channel; a NaN is the largest.
static __device__ __forceinline__ long long reduce_best(const float *x, long long at, unsigned space, unsigned c) {
  long long best = at;
  float m = x[at];
  for (unsigned p = 1; p < space; p++) {
    at += c;
    const float v = x[at];
    if (!(v <= m) && m == m) {
      best = at;
      m = v;
    }
  }
  return best;
}

extern "C" __global__ void __launch_bounds__(128) reduce_max_space(netc_tensor out, netc_tensor x_, unsigned n, unsigned space, unsigned c) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  const float *x = netc_at(x_, blockIdx.z);
  netc_at(out, blockIdx.z)[i] = x[reduce_best(x, (long long)(i / c) * space * c + i % c, space, c)];
}

extern "C" __global__ void __launch_bounds__(128) reduce_max_space_dx(netc_tensor out, netc_tensor x_, netc_tensor dy, unsigned n, unsigned space, unsigned c) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  const float *x = netc_at(x_, blockIdx.z);
  float *dx = netc_at(out, blockIdx.z);
  const long long first = (long long)(i / c) * space * c + i % c, best = reduce_best(x, first, space, c);
  const float d = netc_at(dy, blockIdx.z)[i];
  for (unsigned p = 0; p < space; p++) {
    const long long at = first + (long long)p * c;
    dx[at] = at == best ? d : 0.0f;
  }
}
