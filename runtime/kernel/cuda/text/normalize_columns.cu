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
normalize_dparams(netc_tensor out, reduce_columns c, float factor, netc_tensor x, netc_tensor m, netc_tensor dy, normalize_groups g, unsigned batch, const float *eps) {
  const unsigned t = blockIdx.z;
  reduce_rows<2>(out, c, factor, normalize_products{netc_at(x, t), netc_at(m, t), netc_at(dy, t), g, batch != 0, eps[t]});
}

// normalize_batch_parts gives mean and squared deviation of each block's rows: out is [chunks][2][cols].
extern "C" __global__ void __launch_bounds__(256) normalize_batch_parts(netc_tensor out_, reduce_columns g, netc_tensor x_) {
  const float *x = netc_at(x_, blockIdx.z);
  const reduce_place p = reduce_part(g);
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
  if (threadIdx.y == 0 && p.col < g.cols) {
    float *out = netc_at(out_, blockIdx.z) + (long long)p.chunk * 2 * g.cols + p.col;
    const float rest = more[1] / n; // what rounding took from the mean
    out[0] = mean + rest;
    out[g.cols] = more[0] - more[1] * rest;
  }
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

// A warp has a channel: lanes join parts of their own, then in pairs.
extern "C" __global__ void __launch_bounds__(256) normalize_batch_join(netc_tensor out_, reduce_columns g, netc_tensor parts_) {
  const unsigned col = blockIdx.x * blockDim.y + threadIdx.y, lane = threadIdx.x;
  if (col >= g.cols) return;
  const float *parts = netc_at(parts_, blockIdx.z);
  normalize_part all = {0, 0, 0};
  for (unsigned k = lane; k < g.chunks; k += 32) {
    const float *p = parts + (long long)k * 2 * g.cols + col;
    const normalize_part next = {(double)(min((k + 1) * g.per, g.rows) - k * g.per), (double)p[0], (double)p[g.cols]};
    all = normalize_join(all, next);
  }
  for (int d = 16; d > 0; d /= 2) {
    normalize_part next;
    next.count = __shfl_down_sync(0xffffffffu, all.count, d);
    next.mean = __shfl_down_sync(0xffffffffu, all.mean, d);
    next.dev = __shfl_down_sync(0xffffffffu, all.dev, d);
    all = normalize_join(all, next);
  }
  if (lane == 0) {
    float *out = netc_at(out_, blockIdx.z);
    out[col] = (float)all.mean;
    out[g.cols + col] = (float)(all.dev / all.count);
  }
}
