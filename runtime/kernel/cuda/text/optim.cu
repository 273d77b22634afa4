// Steps of optimizers, as package optim takes them: every product is rounded before it is added. Trial t is blockIdx.z. A block has a
// chunk of one segment (a parameter) of the flat buffers.

struct optim_chunk {
  unsigned segment, from, to;
};

// optim_segment is what holds for a parameter in one trial.
struct optim_segment {
  double rate, l1, l2, decay, max_norm;
};

// optim_numbers are a trial's.
struct optim_numbers {
  double rule[3];
  double clip_norm, clip_value; // 0 is none
  double average, warmup;       // decay of the moving average; not 0 for a warm-up
};

// optim_state is what the kernels of one step tell each other.
struct optim_state {
  double rate;               // of the step
  double correct1, correct2; // of adam: 1 - beta1^t, sqrt(1 - beta2^t)
  unsigned long long step;   // counted from 1
  float scale;               // of clipping by norm
  unsigned cut, units;       // whether clipping by value cut; units that max-norm scaled
  unsigned unused;
};

// optim_counters are a trial's, over all steps.
struct optim_counters {
  unsigned long long clipped, max_norm, max_norm_units, averaged;
};

struct optim_step {
  netc_tensor params, grads, state; // slot k of the state starts size floats behind slot k-1
  netc_tensor scratch;              // an optim_state, then a double for each chunk
  unsigned size, chunks, segments;
  unsigned length;                  // of the rates
  const optim_chunk *chunk;
  const optim_segment *segment; // [trials][segments]
  const optim_numbers *numbers; // [trials]
  const double *rates;          // [trials][length]: that of step s at s % length
  const unsigned long long *step;
  optim_counters *counters;
  const unsigned *active; // null, or 0 for trials that take no more steps
};

static __device__ __forceinline__ bool optim_idle(const optim_step &s) { return s.active && !s.active[blockIdx.z]; }
static __device__ __forceinline__ optim_state *optim_state_of(const optim_step &s) { return (optim_state *)netc_at(s.scratch, blockIdx.z); }
static __device__ __forceinline__ double *optim_squares_of(const optim_step &s) { return (double *)(optim_state_of(s) + 1); }

// optim_squares sums the squares of a chunk's gradients.
extern "C" __global__ void __launch_bounds__(256) optim_squares(optim_step s) {
  if (optim_idle(s)) return;
  const optim_chunk c = s.chunk[blockIdx.x];
  const float *g = netc_at(s.grads, blockIdx.z);
  double sum = 0;
  for (unsigned i = c.from + threadIdx.x; i < c.to; i += blockDim.x) sum = __dadd_rn(sum, __dmul_rn((double)g[i], (double)g[i]));
  sum = netc_block_sum(sum);
  if (threadIdx.x == 0) optim_squares_of(s)[blockIdx.x] = sum;
}

// optim_fill finds what all chunks of a step need. Adam says whether the rule corrects its averages.
static __device__ __forceinline__ void optim_fill(optim_state &o, const optim_step &s, unsigned t, bool adam) {
  const optim_numbers &n = s.numbers[t];
  o.scale = 1;
  o.cut = 0;
  o.units = 0;
  o.step = *s.step + 1;
  o.rate = s.rates[(unsigned long long)t * s.length + *s.step % s.length];
  if (adam) {
    o.correct1 = 1 - pow(n.rule[0], (double)o.step);
    o.correct2 = sqrt(1 - pow(n.rule[1], (double)o.step));
  }
}

// optim_begin starts a step that counts, or that clips by norm. In others each block fills a state of its own.
extern "C" __global__ void __launch_bounds__(256) optim_begin(optim_step s, unsigned adam) {
  if (optim_idle(s)) return;
  const unsigned t = blockIdx.z;
  const optim_numbers &n = s.numbers[t];
  double sum = 0;
  if (n.clip_norm > 0)
    for (unsigned i = threadIdx.x; i < s.chunks; i += blockDim.x) sum += optim_squares_of(s)[i];
  sum = netc_block_sum(sum);
  if (threadIdx.x) return;
  optim_state &o = *optim_state_of(s);
  optim_fill(o, s, t, adam != 0);
  if (n.clip_norm > 0) {
    const double f = n.clip_norm / (sqrt(sum) + 1e-6);
    o.scale = f < 1 ? (float)f : f != f ? (float)f : 1.0f; // a NaN must not pass for an unclipped step
  }
}

// The rules. A rule has prepare(numbers, state, rate), with the rate of the segment, and update(p, g, slots, i).

struct optim_sgd {
  float rate;
  __device__ __forceinline__ void prepare(const optim_numbers &, const optim_state &, double lr) { rate = -(float)lr; }
  __device__ __forceinline__ float update(float p, float g, float *, unsigned, unsigned) const { return __fadd_rn(p, __fmul_rn(rate, g)); }
};

template <bool nesterov> struct optim_momentum {
  float keep, take, rate, look;
  __device__ __forceinline__ void prepare(const optim_numbers &n, const optim_state &o, double lr) {
    look = (float)n.rule[0];
    keep = o.step == 1 ? 0.0f : look;
    take = o.step == 1 ? 1.0f : (float)(1 - n.rule[1]);
    rate = (float)lr;
  }
  __device__ __forceinline__ float update(float p, float g, float *slots, unsigned i, unsigned) const {
    const float v = __fadd_rn(__fmul_rn(keep, slots[i]), __fmul_rn(take, g));
    slots[i] = v;
    return __fsub_rn(p, __fmul_rn(rate, nesterov ? __fadd_rn(g, __fmul_rn(look, v)) : v));
  }
};

struct optim_adam {
  float beta1, take1, beta2, take2, eps, rate, correct;
  __device__ __forceinline__ void prepare(const optim_numbers &n, const optim_state &o, double lr) {
    beta1 = (float)n.rule[0];
    take1 = (float)(1 - n.rule[0]);
    beta2 = (float)n.rule[1];
    take2 = (float)(1 - n.rule[1]);
    eps = (float)n.rule[2];
    rate = (float)(lr / o.correct1);
    correct = (float)o.correct2;
  }
  __device__ __forceinline__ float update(float p, float g, float *slots, unsigned i, unsigned size) const {
    const float m = __fadd_rn(__fmul_rn(beta1, slots[i]), __fmul_rn(take1, g));
    const float v = __fadd_rn(__fmul_rn(beta2, slots[size + i]), __fmul_rn(__fmul_rn(take2, g), g));
    slots[i] = m;
    slots[size + i] = v;
    return __fsub_rn(p, __fdiv_rn(__fmul_rn(rate, m), __fadd_rn(__fdiv_rn(__fsqrt_rn(v), correct), eps)));
  }
};

template <bool momentum, bool centered> struct optim_rmsprop {
  float a, c, eps, mu, rate;
  __device__ __forceinline__ void prepare(const optim_numbers &n, const optim_state &, double lr) {
    a = (float)n.rule[0];
    c = (float)(1 - n.rule[0]);
    eps = (float)n.rule[1];
    mu = (float)n.rule[2];
    rate = (float)lr;
  }
  __device__ __forceinline__ float update(float p, float g, float *slots, unsigned i, unsigned size) const {
    const float sq = __fadd_rn(__fmul_rn(a, slots[i]), __fmul_rn(__fmul_rn(c, g), g));
    slots[i] = sq;
    float spread = sq;
    if (centered) {
      float *avg = slots + (momentum ? 2 : 1) * (long long)size + i;
      *avg = __fadd_rn(__fmul_rn(a, *avg), __fmul_rn(c, g));
      spread = __fsub_rn(spread, __fmul_rn(*avg, *avg));
    }
    float u = __fdiv_rn(g, __fadd_rn(__fsqrt_rn(spread), eps));
    if (momentum) {
      u = __fadd_rn(u, __fmul_rn(mu, slots[size + i]));
      slots[size + i] = u;
    }
    return __fsub_rn(p, __fmul_rn(rate, u));
  }
};

struct optim_adagrad {
  float rate, eps;
  __device__ __forceinline__ void prepare(const optim_numbers &n, const optim_state &o, double lr) {
    rate = (float)__ddiv_rn(lr, __dadd_rn(1.0, __dmul_rn((double)(o.step - 1), n.rule[0])));
    eps = (float)n.rule[1];
  }
  __device__ __forceinline__ float update(float p, float g, float *slots, unsigned i, unsigned) const {
    const float sum = __fadd_rn(slots[i], __fmul_rn(g, g));
    slots[i] = sum;
    return __fsub_rn(p, __fdiv_rn(__fmul_rn(rate, g), __fadd_rn(__fsqrt_rn(sum), eps)));
  }
};

// optim_update updates a chunk. Alone says that no optim_begin went before.
template <class Rule, bool adam = false> static __device__ __forceinline__ void optim_update(const optim_step &s, unsigned alone) {
  __shared__ optim_state own;
  if (optim_idle(s)) return;
  const unsigned t = blockIdx.z;
  if (alone) {
    if (threadIdx.x == 0) optim_fill(own, s, t, adam);
    __syncthreads();
  }
  const optim_chunk c = s.chunk[blockIdx.x];
  const optim_segment &q = s.segment[(long long)t * s.segments + c.segment];
  const optim_numbers &n = s.numbers[t];
  optim_state &o = alone ? own : *optim_state_of(s);
  const double lr = __dmul_rn(o.rate, q.rate);
  Rule rule;
  rule.prepare(n, o, lr);
  const float scale = o.scale, limit = (float)n.clip_value, l1 = (float)q.l1, l2 = (float)q.l2;
  const float shrink = (float)__dsub_rn(1.0, __dmul_rn(lr, q.decay));
  const bool cuts = n.clip_value > 0, decays = q.decay != 0;
  float *params = netc_at(s.params, t), *slots = netc_at(s.state, t);
  const float *grads = netc_at(s.grads, t);
  bool cut = false;
  for (unsigned i = c.from + threadIdx.x; i < c.to; i += blockDim.x) {
    float p = params[i], g = grads[i];
    if (scale != 1) g = __fmul_rn(g, scale);
    if (cuts) {
      if (g > limit) {
        g = limit;
        cut = true;
      } else if (g < -limit) {
        g = -limit;
        cut = true;
      }
    }
    if (l2 != 0) g = __fadd_rn(g, __fmul_rn(l2, p));
    if (l1 != 0) g = p > 0 ? __fadd_rn(g, l1) : p < 0 ? __fsub_rn(g, l1) : g;
    if (decays) p = __fmul_rn(p, shrink);
    params[i] = rule.update(p, g, slots, i, s.size);
  }
  if (cut) o.cut = 1;
}

extern "C" __global__ void __launch_bounds__(256) optim_update_sgd(optim_step s, unsigned alone) { optim_update<optim_sgd>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_momentum(optim_step s, unsigned alone) { optim_update<optim_momentum<false>>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_nesterov(optim_step s, unsigned alone) { optim_update<optim_momentum<true>>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_adam(optim_step s, unsigned alone) { optim_update<optim_adam, true>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_rmsprop(optim_step s, unsigned alone) { optim_update<optim_rmsprop<false, false>>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_rmsprop_momentum(optim_step s, unsigned alone) { optim_update<optim_rmsprop<true, false>>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_rmsprop_centered(optim_step s, unsigned alone) { optim_update<optim_rmsprop<false, true>>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_rmsprop_momentum_centered(optim_step s, unsigned alone) { optim_update<optim_rmsprop<true, true>>(s, alone); }
extern "C" __global__ void __launch_bounds__(256) optim_update_adagrad(optim_step s, unsigned alone) { optim_update<optim_adagrad>(s, alone); }

// optim_part is 32 units of a segment with a max-norm.
struct optim_part {
  unsigned segment, from, to, units, first;
};

// optim_bound scales the units whose incoming weights are longer than the max-norm. Blocks are 32 units by 8.
extern "C" __global__ void __launch_bounds__(256) optim_bound(optim_step s, const optim_part *parts) {
  __shared__ double part[8][32];
  if (optim_idle(s)) return;
  const unsigned t = blockIdx.z, x = threadIdx.x, y = threadIdx.y;
  const optim_part q = parts[blockIdx.x];
  const double max_norm = s.segment[(long long)t * s.segments + q.segment].max_norm;
  const unsigned unit = q.first + x;
  float *p = netc_at(s.params, t) + q.from;
  const unsigned rows = (q.to - q.from) / q.units;
  double sum = 0;
  if (unit < q.units)
    for (unsigned r = y; r < rows; r += 8) {
      const double w = (double)p[(long long)r * q.units + unit];
      sum = __dadd_rn(sum, __dmul_rn(w, w));
    }
  part[y][x] = sum;
  __syncthreads();
  sum = 0;
  for (int k = 0; k < 8; k++) sum = __dadd_rn(sum, part[k][x]);
  const double norm = sqrt(sum);
  if (unit >= q.units || !(max_norm > 0 && norm > max_norm)) return;
  const float factor = (float)(max_norm / norm);
  for (unsigned r = y; r < rows; r += 8) p[(long long)r * q.units + unit] = __fmul_rn(p[(long long)r * q.units + unit], factor);
  if (y == 0) atomicAdd(&optim_state_of(s)->units, 1u);
}

// optim_average moves the average towards the values.
extern "C" __global__ void __launch_bounds__(256) optim_average(optim_step s, netc_tensor average_, netc_tensor values_, unsigned n) {
  if (optim_idle(s)) return;
  const unsigned t = blockIdx.z;
  double decay = s.numbers[t].average;
  if (s.numbers[t].warmup != 0) {
    const double u = (double)s.counters[t].averaged;
    decay = fmin(decay, __ddiv_rn(1 + u, 10 + u));
  }
  const float keep = (float)decay, take = (float)(1 - decay);
  float *average = netc_at(average_, t);
  const float *values = netc_at(values_, t);
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    average[i] = __fadd_rn(__fmul_rn(keep, average[i]), __fmul_rn(take, values[i]));
}

// optim_end counts what happened. Averaged says that the average was moved.
extern "C" __global__ void optim_end(optim_step s, unsigned averaged) {
  if (optim_idle(s)) return;
  const optim_state &o = *optim_state_of(s);
  optim_counters &c = s.counters[blockIdx.z];
  if (o.scale != 1 || o.cut) c.clipped++;
  if (o.units) {
    c.max_norm++;
    c.max_norm_units += o.units;
  }
  c.averaged += averaged;
}
