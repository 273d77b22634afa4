// Normalization: what is summed over the rows of a batch.

struct normalize_products {
  const float *x, *m, *dy;
  normalize_groups g;
  bool batch;
  float eps;
  __device__ __forceinline__ void operator()(unsigned, unsigned row, unsigned col, float (&sum)[2]) const {
    const unsigned at = batch ? col : row / g.space * g.groups + col / g.per, n = batch ? g.c : g.n * g.groups;
    const long long i = (long long)row * g.c + col;
    const float d = dy[i];
    sum[0] += d * ((x[i] - m[at]) * normalize_inverse(m[n + at], eps));
    sum[1] += d;
  }
};

extern "C" __global__ void __launch_bounds__(256)
normalize_dparams(netc_tensor out, reduce_columns c, reduce_done done, float factor, netc_tensor x, netc_tensor m, netc_tensor dy, normalize_groups g, unsigned batch, const float *eps) {
  const unsigned t = blockIdx.z;
  reduce_rows<2>(out, c, done, factor, normalize_products{netc_at(x, t), netc_at(m, t), netc_at(dy, t), g, batch != 0, eps[t]});
}

struct normalize_part {
  double count, mean, dev;
};

static __device__ __forceinline__ normalize_part normalize_join(const normalize_part &a, const normalize_part &b) {
  normalize_part c;
  c.count = a.count + b.count;
  if (!(c.count > 0)) return a;
  const double delta = b.mean - a.mean;
  c.mean = a.mean + delta * (b.count / c.count);
  c.dev = a.dev + b.dev + delta * delta * (a.count * b.count / c.count);
  return c;
}

// normalize_batch_moments takes mean and squared deviation of each block's rows; the last block of some columns joins them.
extern "C" __global__ void __launch_bounds__(256) normalize_batch_moments(netc_tensor out_, reduce_columns g, reduce_done done, netc_tensor x_) {
  __shared__ normalize_part joined[256];
  const float *x = netc_at(x_, blockIdx.z);
  float *out = netc_at(out_, blockIdx.z);
  const reduce_place p = reduce_part(g);
  const bool writes = threadIdx.y == 0 && p.col < g.cols;
  float sum[1] = {0};
  if (p.col < g.cols)
    for (unsigned r = p.from + threadIdx.y; r < p.to; r += blockDim.y) sum[0] += x[(long long)r * g.cols + p.col];
  reduce_tree(sum);
  const float n = (float)(p.to - p.from), mean = sum[0] / n;
  float more[2] = {0, 0};
  if (p.col < g.cols)
    for (unsigned r = p.from + threadIdx.y; r < p.to; r += blockDim.y) {
      const float d = x[(long long)r * g.cols + p.col] - mean;
      more[0] += d * d;
      more[1] += d;
    }
  reduce_tree(more);
  const float rest = more[1] / n; // what rounding took from the mean
  if (g.chunks == 1) {
    if (writes) {
      out[p.col] = mean + rest;
      out[g.cols + p.col] = (more[0] - more[1] * rest) / n;
    }
    return;
  }
  float *parts = netc_at(done.parts, blockIdx.z) + p.col;
  if (writes) {
    parts[p.chunk * 2 * g.cols] = mean + rest;
    parts[(p.chunk * 2 + 1) * g.cols] = more[0] - more[1] * rest;
  }
  if (!reduce_last(g, p, done)) return;
  normalize_part all = {0, 0, 0};
  if (p.col < g.cols)
    for (unsigned k = threadIdx.y; k < g.chunks; k += blockDim.y) {
      const volatile float *q = parts + k * 2 * g.cols;
      const normalize_part next = {(double)(min((k + 1) * g.per, g.rows) - k * g.per), (double)q[0], (double)q[g.cols]};
      all = normalize_join(all, next);
    }
  const unsigned at = threadIdx.y * blockDim.x + threadIdx.x;
  joined[at] = all;
  for (unsigned d = blockDim.y / 2; d > 0; d /= 2) {
    __syncthreads();
    if (threadIdx.y < d) joined[at] = normalize_join(joined[at], joined[at + d * blockDim.x]);
  }
  if (writes) {
    out[p.col] = (float)joined[at].mean;
    out[g.cols + p.col] = (float)(joined[at].dev / joined[at].count);
  }
}
