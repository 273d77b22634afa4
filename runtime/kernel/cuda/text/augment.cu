// Augmentation, with the draws and the arithmetic of package augment. A block has an example: its first thread draws, then all write the
// changed example to another place.

// augment_series reads one series of draws in order.
struct augment_series {
  unsigned k0, k1, c1, c2, draw;
  uint4 block;
  __device__ augment_series(const unsigned *key, unsigned id, unsigned epoch) : k0(key[0]), k1(key[1]), c1(id), c2(epoch), draw(0) {}
  __device__ unsigned word() {
    if (draw % 4 == 0) block = random_philox(k0, k1, draw / 4, c1, c2, 0);
    return random_word(block, draw++ % 4);
  }
  __device__ float uniform() { return random_uniform(word()); }
  __device__ float between(float lo, float hi) {
    const float span = __fsub_rn(hi, lo);
    return __fadd_rn(lo, __fmul_rn(span, uniform()));
  }
  __device__ int below(unsigned n) {
    for (;;) {
      const unsigned w = word(), low = w * n;
      if (low >= n || low >= (0u - n) % n) return (int)__umulhi(w, n);
    }
  }
  __device__ double normal() {
    const unsigned a = word(), b = word();
    double z0, z1;
    random_normals(a, b, &z0, &z1);
    return z0;
  }
  __device__ double ln_gamma(double a) {
    double boost = 0;
    if (a < 1) {
      boost = __ddiv_rn(random_ln(random_unit(word())), a);
      a = __dadd_rn(a, 1.0);
    }
    const double d = __dsub_rn(a, 1.0 / 3), c = __ddiv_rn(1.0, __dsqrt_rn(__dmul_rn(9.0, d)));
    for (;;) {
      const double x = normal();
      double v = __dadd_rn(1.0, __dmul_rn(c, x));
      if (v <= 0) continue;
      v = __dmul_rn(__dmul_rn(v, v), v);
      const double u = random_unit(word());
      const double bound = __dadd_rn(__dmul_rn(__dmul_rn(0.5, x), x), __dmul_rn(d, __dadd_rn(__dsub_rn(1.0, v), random_ln(v))));
      if (random_ln(u) < bound) return __dadd_rn(boost, random_ln(__dmul_rn(d, v)));
    }
  }
  __device__ double beta(double a) {
    const double x = ln_gamma(a), y = ln_gamma(a);
    return __ddiv_rn(1.0, __dadd_rn(1.0, random_exp(__dsub_rn(y, x))));
  }
};

// augment_numbers are a trial's.
struct augment_numbers {
  double p, turns, alpha;
  float area[2], aspect[2], std, brightness, contrast, saturation;
  int vertical, max_y, max_x, fill, size, noise;
  unsigned key[2];
};

struct augment_step {
  netc_tensor out, in, ids; // features; ids are whole numbers
  unsigned rows, size;      // examples, features of each
  int h, w, c;              // of an image
  int unused;
  const augment_numbers *numbers; // [trials]
  const unsigned *epoch;
  unsigned long long *acted; // [trials] x stride
  unsigned long long stride;
};

// augment_example is a block's.
struct augment_example {
  float *out;
  const float *in;
  unsigned id, epoch;
};

static __device__ __forceinline__ augment_example augment_of(const augment_step &s) {
  const unsigned t = blockIdx.z, row = blockIdx.x;
  augment_example e;
  e.out = netc_at(s.out, t) + (long long)row * s.size;
  e.in = netc_at(s.in, t) + (long long)row * s.size;
  e.id = ((const unsigned *)netc_at(s.ids, t))[row];
  e.epoch = *s.epoch;
  return e;
}

static __device__ __forceinline__ void augment_acts(const augment_step &s) { atomicAdd(&s.acted[blockIdx.z * s.stride], 1ULL); }

static __device__ __forceinline__ void augment_copy(const augment_step &s, const augment_example &e) {
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) e.out[i] = e.in[i];
}

// augment_inside maps a coordinate into [0, n), or gives -1 where the pixel is 0. Fills are zero, edge, reflect.
static __device__ __forceinline__ int augment_inside(int i, int n, int fill) {
  if (i >= 0 && i < n) return i;
  if (fill == 1) return max(0, min(i, n - 1));
  if (fill == 2) {
    if (n == 1) return 0;
    const int period = 2 * (n - 1);
    i = (i % period + period) % period;
    return i >= n ? period - i : i;
  }
  return -1;
}

extern "C" __global__ void __launch_bounds__(256) augment_flip(augment_step s) {
  __shared__ int act;
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    act = draws.uniform() < (float)n.p;
    if (act) augment_acts(s);
  }
  __syncthreads();
  if (!act) return augment_copy(s, e);
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    const int c = (int)i % s.c, px = (int)i / s.c;
    int x = px % s.w, y = px / s.w;
    if (n.vertical) y = s.h - 1 - y;
    else x = s.w - 1 - x;
    e.out[i] = e.in[(y * s.w + x) * s.c + c];
  }
}

extern "C" __global__ void __launch_bounds__(256) augment_move(augment_step s) {
  __shared__ int by[2];
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    by[0] = by[1] = 0;
    if (draws.uniform() < (float)n.p) {
      by[0] = draws.below((unsigned)(2 * n.max_y + 1)) - n.max_y;
      by[1] = draws.below((unsigned)(2 * n.max_x + 1)) - n.max_x;
    }
    if (by[0] || by[1]) augment_acts(s);
  }
  __syncthreads();
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    const int c = (int)i % s.c, px = (int)i / s.c;
    const int y = augment_inside(px / s.w + by[0], s.h, n.fill), x = augment_inside(px % s.w + by[1], s.w, n.fill);
    e.out[i] = y < 0 || x < 0 ? 0.0f : e.in[(y * s.w + x) * s.c + c];
  }
}

extern "C" __global__ void __launch_bounds__(256) augment_rotate(augment_step s) {
  __shared__ int act;
  __shared__ double turn[2]; // sine, cosine
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    act = draws.uniform() < (float)n.p;
    if (act) {
      const double angle = __dmul_rn(__dsub_rn(__dmul_rn(2.0, (double)draws.uniform()), 1.0), n.turns);
      random_sincos_turn((unsigned)(long long)round(angle * 4294967296.0), &turn[0], &turn[1]);
      if (angle != 0) augment_acts(s);
    }
  }
  __syncthreads();
  if (!act) return augment_copy(s, e);
  const double cy = (double)(s.h - 1) / 2, cx = (double)(s.w - 1) / 2;
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    const int c = (int)i % s.c, px = (int)i / s.c;
    const double dy = __dsub_rn((double)(px / s.w), cy), dx = __dsub_rn((double)(px % s.w), cx);
    const double x = __dadd_rn(cx, __dsub_rn(__dmul_rn(turn[1], dx), __dmul_rn(turn[0], dy)));
    const double y = __dadd_rn(cy, __dadd_rn(__dmul_rn(turn[0], dx), __dmul_rn(turn[1], dy)));
    const double fy = floor(y), fx = floor(x), ty = __dsub_rn(y, fy), tx = __dsub_rn(x, fx);
    float v = 0;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const double weight = __dmul_rn(k & 2 ? ty : __dsub_rn(1.0, ty), k & 1 ? tx : __dsub_rn(1.0, tx));
      if (weight == 0) continue;
      const int iy = augment_inside((int)fy + (k >> 1), s.h, n.fill), ix = augment_inside((int)fx + (k & 1), s.w, n.fill);
      if (iy < 0 || ix < 0) continue;
      v = __fadd_rn(v, __fmul_rn((float)weight, e.in[(iy * s.w + ix) * s.c + c]));
    }
    e.out[i] = v;
  }
}

// augment_box is a rectangle of an image: rows y0 … y1-1, columns x0 … x1-1.
struct augment_box {
  int y0, y1, x0, x1;
};

extern "C" __global__ void __launch_bounds__(256) augment_cutout(augment_step s) {
  __shared__ augment_box box;
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    box.y0 = box.y1 = box.x0 = box.x1 = 0;
    if (draws.uniform() < (float)n.p) {
      const int top = draws.below((unsigned)s.h) - n.size / 2, left = draws.below((unsigned)s.w) - n.size / 2;
      box.y0 = max(0, top);
      box.y1 = min(s.h, top + n.size);
      box.x0 = max(0, left);
      box.x1 = min(s.w, left + n.size);
      augment_acts(s);
    }
  }
  __syncthreads();
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    const int px = (int)i / s.c, y = px / s.w, x = px % s.w;
    e.out[i] = y >= box.y0 && y < box.y1 && x >= box.x0 && x < box.x1 ? 0.0f : e.in[i];
  }
}

extern "C" __global__ void __launch_bounds__(256) augment_erase(augment_step s) {
  __shared__ augment_box box;
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    box.y0 = box.y1 = box.x0 = box.x1 = 0;
    if (draws.uniform() < (float)n.p) {
      for (int k = 0; k < 100; k++) {
        const double area = __dmul_rn((double)draws.between(n.area[0], n.area[1]), (double)(s.h * s.w));
        const double aspect = (double)draws.between(n.aspect[0], n.aspect[1]);
        const int h = (int)round(__dsqrt_rn(__dmul_rn(area, aspect))), w = (int)round(__dsqrt_rn(__ddiv_rn(area, aspect)));
        if (h < 1 || w < 1 || h > s.h || w > s.w) continue;
        box.y0 = draws.below((unsigned)(s.h - h + 1));
        box.x0 = draws.below((unsigned)(s.w - w + 1));
        box.y1 = box.y0 + h;
        box.x1 = box.x0 + w;
        augment_acts(s);
        break;
      }
    }
  }
  __syncthreads();
  const int length = (box.x1 - box.x0) * s.c, blocks = (length + 3) / 4; // of a row of the rectangle
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    const int px = (int)i / s.c, y = px / s.w, x = px % s.w;
    float v = e.in[i];
    if (y >= box.y0 && y < box.y1 && x >= box.x0 && x < box.x1) {
      const int k = (x - box.x0) * s.c + (int)i % s.c;
      v = n.noise ? (float)random_normal(random_philox(n.key[0], n.key[1], (unsigned)((y - box.y0) * blocks + k / 4), e.id, e.epoch, 1), (unsigned)k % 4) : 0.0f;
    }
    e.out[i] = v;
  }
}

static __device__ __forceinline__ float augment_stretch(float v, float mean, float factor) { return __fadd_rn(mean, __fmul_rn(__fsub_rn(v, mean), factor)); }

// augment_jitter goes over whole pixels; a row of a table is one pixel of as many channels, without brightness, contrast and saturation.
extern "C" __global__ void __launch_bounds__(256) augment_jitter(augment_step s) {
  __shared__ int act;
  __shared__ float amount[3];
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    act = draws.uniform() < (float)n.p;
    if (act) {
      augment_acts(s);
      amount[0] = draws.between(-n.brightness, n.brightness);
      amount[1] = draws.between(__fsub_rn(1.0f, n.contrast), __fadd_rn(1.0f, n.contrast));
      amount[2] = draws.between(__fsub_rn(1.0f, n.saturation), __fadd_rn(1.0f, n.saturation));
    }
  }
  __syncthreads();
  if (!act) return augment_copy(s, e);
  const float brightness = n.brightness > 0 ? amount[0] : 0.0f;
  float mean = 0;
  if (n.contrast > 0) {
    double sum = 0;
    for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) sum += (double)__fadd_rn(e.in[i], brightness);
    mean = (float)(netc_block_sum(sum) / (double)s.size);
  }
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    float v = __fadd_rn(e.in[i], brightness);
    if (n.contrast > 0) v = augment_stretch(v, mean, amount[1]);
    if (n.saturation > 0) {
      const unsigned first = i / (unsigned)s.c * (unsigned)s.c;
      double sum = 0;
      for (int c = 0; c < s.c; c++) {
        float o = __fadd_rn(e.in[first + c], brightness);
        if (n.contrast > 0) o = augment_stretch(o, mean, amount[1]);
        sum += (double)o;
      }
      v = augment_stretch(v, (float)(sum / (double)s.c), amount[2]);
    }
    if (n.std > 0) v = __fadd_rn(v, __fmul_rn(n.std, (float)random_normal(random_philox(n.key[0], n.key[1], i / 4, e.id, e.epoch, 1), i % 4)));
    e.out[i] = v;
  }
}

// Mixing. Targets go along.

static __device__ __forceinline__ float augment_blend(float a, float b, float t, float u) { return __fadd_rn(__fmul_rn(t, a), __fmul_rn(u, b)); }

struct augment_targets {
  netc_tensor out, in;
  unsigned width;
};

static __device__ __forceinline__ void augment_mix_targets(const augment_targets &y, bool act, unsigned partner, float t) {
  const float *in = netc_at(y.in, blockIdx.z);
  float *out = netc_at(y.out, blockIdx.z);
  const float u = __fsub_rn(1.0f, t);
  for (unsigned k = threadIdx.x; k < y.width; k += blockDim.x) {
    const float a = in[(long long)blockIdx.x * y.width + k];
    out[(long long)blockIdx.x * y.width + k] = act ? augment_blend(a, in[(long long)partner * y.width + k], t, u) : a;
  }
}

extern "C" __global__ void __launch_bounds__(256) augment_mixup(augment_step s, augment_targets y) {
  __shared__ int act;
  __shared__ unsigned partner;
  __shared__ float share;
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    act = draws.uniform() < (float)n.p;
    partner = blockIdx.x;
    if (act) {
      partner = (unsigned)draws.below(s.rows);
      share = (float)draws.beta(n.alpha);
      act = partner != blockIdx.x;
    }
    if (act) augment_acts(s);
  }
  __syncthreads();
  augment_mix_targets(y, act, partner, share);
  if (!act) return augment_copy(s, e);
  const float t = share, u = __fsub_rn(1.0f, t);
  const float *other = netc_at(s.in, blockIdx.z) + (long long)partner * s.size;
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) e.out[i] = augment_blend(e.in[i], other[i], t, u);
}

extern "C" __global__ void __launch_bounds__(256) augment_cutmix(augment_step s, augment_targets y) {
  __shared__ int act;
  __shared__ unsigned partner;
  __shared__ float kept;
  __shared__ augment_box box;
  const augment_example e = augment_of(s);
  const augment_numbers &n = s.numbers[blockIdx.z];
  if (threadIdx.x == 0) {
    augment_series draws(n.key, e.id, e.epoch);
    act = draws.uniform() < (float)n.p;
    partner = blockIdx.x;
    kept = 1;
    if (act) {
      partner = (unsigned)draws.below(s.rows);
      const double side = __dsqrt_rn(__dsub_rn(1.0, draws.beta(n.alpha)));
      const int h = (int)__dmul_rn((double)s.h, side), w = (int)__dmul_rn((double)s.w, side);
      const int top = draws.below((unsigned)s.h) - h / 2, left = draws.below((unsigned)s.w) - w / 2;
      box.y0 = max(0, top);
      box.y1 = min(s.h, top + h);
      box.x0 = max(0, left);
      box.x1 = min(s.w, left + w);
      act = partner != blockIdx.x && box.y0 < box.y1 && box.x0 < box.x1;
      kept = __fsub_rn(1.0f, __fdiv_rn((float)((box.y1 - box.y0) * (box.x1 - box.x0)), (float)(s.h * s.w)));
    }
    if (act) augment_acts(s);
  }
  __syncthreads();
  augment_mix_targets(y, act, partner, kept);
  if (!act) return augment_copy(s, e);
  const float *other = netc_at(s.in, blockIdx.z) + (long long)partner * s.size;
  for (unsigned i = threadIdx.x; i < s.size; i += blockDim.x) {
    const int px = (int)i / s.c, row = px / s.w, x = px % s.w;
    e.out[i] = row >= box.y0 && row < box.y1 && x >= box.x0 && x < box.x1 ? other[i] : e.in[i];
  }
}
