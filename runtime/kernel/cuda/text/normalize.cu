// Normalization: moments of groups of elements, and gradients through them.

static __device__ __forceinline__ float normalize_inverse(float variance, float eps) { return rsqrtf(variance + eps); }

static __device__ __forceinline__ float normalize_apply(float x, float mean, float variance, float gamma, float beta, float eps) {
  return (x - mean) * (gamma * normalize_inverse(variance, eps)) + beta;
}

static __device__ __forceinline__ float normalize_batch_dx(float x, float dy, float mean, float variance, float gamma, float dgamma, float dbeta, float eps, float share) {
  const float inv = normalize_inverse(variance, eps), f = gamma * inv;
  return dy * f + ((x - mean) * (-f * inv * dgamma * share) - f * dbeta * share);
}

struct normalize_groups {
  unsigned n, space, c, groups, per;
};

// normalize_group is one group: element k is at(k).
struct normalize_group {
  unsigned moment, channel; // its place in the table of moments, its first channel
  long long first;
  unsigned c, per, count;
  __device__ __forceinline__ long long at(unsigned k) const { return first + (per == c ? (long long)k : (long long)(k / per) * c + k % per); }
  __device__ __forceinline__ unsigned channel_of(unsigned k) const { return channel + k % per; }
};

static __device__ __forceinline__ normalize_group normalize_of(const normalize_groups &g, unsigned moment) {
  normalize_group q;
  const unsigned example = moment / g.groups, group = moment % g.groups;
  q.moment = moment;
  q.channel = group * g.per;
  q.first = (long long)example * g.space * g.c + q.channel;
  q.c = g.c;
  q.per = g.per;
  q.count = g.space * g.per;
  return q;
}

// A group belongs to a warp or to a block.
template <bool block> static __device__ __forceinline__ float normalize_sum(float v) { return block ? netc_block_sum(v) : netc_warp_sum(v); }

template <bool block> static __device__ __forceinline__ void normalize_moments_of(netc_tensor out_, const normalize_groups &g, netc_tensor x_) {
  const unsigned moment = block ? blockIdx.x : blockIdx.x * blockDim.y + threadIdx.y, lanes = block ? blockDim.x : 32;
  if (moment >= g.n * g.groups) return;
  const normalize_group q = normalize_of(g, moment);
  const float *x = netc_at(x_, blockIdx.z);
  float sum = 0;
  for (unsigned k = threadIdx.x; k < q.count; k += lanes) sum += x[q.at(k)];
  const float mean = normalize_sum<block>(sum) / (float)q.count;
  float squares = 0, rest = 0;
  for (unsigned k = threadIdx.x; k < q.count; k += lanes) {
    const float d = x[q.at(k)] - mean;
    squares += d * d;
    rest += d;
  }
  squares = normalize_sum<block>(squares);
  rest = normalize_sum<block>(rest) / (float)q.count; // what rounding took from the mean
  if (threadIdx.x == 0) {
    float *out = netc_at(out_, blockIdx.z);
    out[moment] = mean + rest;
    out[g.n * g.groups + moment] = fmaxf(squares / (float)q.count - rest * rest, 0.0f) + (squares - squares); // a NaN stays
  }
}

extern "C" __global__ void __launch_bounds__(256) normalize_moments_block(netc_tensor out, normalize_groups g, netc_tensor x) { normalize_moments_of<true>(out, g, x); }
extern "C" __global__ void __launch_bounds__(256) normalize_moments_warp(netc_tensor out, normalize_groups g, netc_tensor x) { normalize_moments_of<false>(out, g, x); }

// dx = (h - mean(h) - xhat*mean(h*xhat)) / std with h = dy*gamma (Ba, Kiros and Hinton 2016; Wu and He 2018).
template <bool block>
static __device__ __forceinline__ void normalize_groups_dx_of(netc_tensor out_, const normalize_groups &g, const float *eps, netc_tensor x_, netc_tensor m_, netc_tensor gamma_, netc_tensor dy_) {
  const unsigned t = blockIdx.z, moment = block ? blockIdx.x : blockIdx.x * blockDim.y + threadIdx.y, lanes = block ? blockDim.x : 32;
  if (moment >= g.n * g.groups) return;
  const normalize_group q = normalize_of(g, moment);
  const float *x = netc_at(x_, t), *m = netc_at(m_, t), *gamma = netc_at(gamma_, t), *dy = netc_at(dy_, t);
  float *out = netc_at(out_, t);
  const float mean = m[moment], inv = normalize_inverse(m[g.n * g.groups + moment], eps[t]);
  float sum = 0, sum_x = 0;
  for (unsigned k = threadIdx.x; k < q.count; k += lanes) {
    const long long i = q.at(k);
    const float h = dy[i] * gamma[q.channel_of(k)];
    sum += h;
    sum_x += h * ((x[i] - mean) * inv);
  }
  const float mean_h = normalize_sum<block>(sum) / (float)q.count, slope = normalize_sum<block>(sum_x) / (float)q.count;
  for (unsigned k = threadIdx.x; k < q.count; k += lanes) {
    const long long i = q.at(k);
    out[i] = inv * (dy[i] * gamma[q.channel_of(k)] - mean_h - (x[i] - mean) * inv * slope);
  }
}

extern "C" __global__ void __launch_bounds__(256)
normalize_groups_dx_block(netc_tensor out, normalize_groups g, const float *eps, netc_tensor x, netc_tensor m, netc_tensor gamma, netc_tensor dy) {
  normalize_groups_dx_of<true>(out, g, eps, x, m, gamma, dy);
}
extern "C" __global__ void __launch_bounds__(256)
normalize_groups_dx_warp(netc_tensor out, normalize_groups g, const float *eps, netc_tensor x, netc_tensor m, netc_tensor gamma, netc_tensor dy) {
  normalize_groups_dx_of<false>(out, g, eps, x, m, gamma, dy);
}
