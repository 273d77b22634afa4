// Windows over images x[n,h,w,c] that give y[n,oh,ow,c].

struct window {
  int n, h, w, c, oh, ow;
  int kh, kw, sh, sw, dh, dw, top, left;
};

// window_place is an element of an image.
struct window_place {
  int n, y, x, c;
};

static __device__ __forceinline__ window_place window_split(unsigned i, int h, int w, int c) {
  window_place p;
  p.c = (int)(i % (unsigned)c);
  i /= (unsigned)c;
  p.x = (int)(i % (unsigned)w);
  i /= (unsigned)w;
  p.y = (int)(i % (unsigned)h);
  p.n = (int)(i / (unsigned)h);
  return p;
}

// window_best is the place in x of the first maximum of the window of y's pixel (oy, ox); a NaN is the largest.
static __device__ __forceinline__ long long window_best(const float *x, const window &g, int n, int oy, int ox, int c, float *value) {
  long long best = -1;
  float m = 0;
  for (int ky = 0; ky < g.kh; ky++) {
    const int iy = oy * g.sh + ky * g.dh - g.top;
    if (iy < 0 || iy >= g.h) continue;
    for (int kx = 0; kx < g.kw; kx++) {
      const int ix = ox * g.sw + kx * g.dw - g.left;
      if (ix < 0 || ix >= g.w) continue;
      const long long at = (((long long)n * g.h + iy) * g.w + ix) * g.c + c;
      const float v = x[at];
      if (best < 0 || (!(v <= m) && m == m)) {
        best = at;
        m = v;
      }
    }
  }
  *value = m;
  return best;
}

static __device__ __forceinline__ float window_max(const float *x, const window &g, unsigned i) {
  const window_place p = window_split(i, g.oh, g.ow, g.c);
  float m;
  window_best(x, g, p.n, p.y, p.x, p.c, &m);
  return m;
}

// window_from and window_to bound the outputs along one axis whose windows may reach an input coordinate.
static __device__ __forceinline__ int window_from(int at, int k, int s, int d, int before) {
  const int first = at + before - (k - 1) * d; // of the window's start
  return first <= 0 ? 0 : (first + s - 1) / s;
}
static __device__ __forceinline__ int window_to(int at, int s, int before, int outputs) { return min((at + before) / s + 1, outputs); }

static __device__ __forceinline__ float window_max_dx(const float *x, const float *dy, const window &g, unsigned i) {
  const window_place p = window_split(i, g.h, g.w, g.c);
  const int y1 = window_to(p.y, g.sh, g.top, g.oh), x1 = window_to(p.x, g.sw, g.left, g.ow);
  float sum = 0;
  for (int oy = window_from(p.y, g.kh, g.sh, g.dh, g.top); oy < y1; oy++) {
    if ((p.y + g.top - oy * g.sh) % g.dh) continue;
    for (int ox = window_from(p.x, g.kw, g.sw, g.dw, g.left); ox < x1; ox++) {
      if ((p.x + g.left - ox * g.sw) % g.dw) continue;
      float m;
      if (window_best(x, g, p.n, oy, ox, p.c, &m) == (long long)i) sum += dy[(((long long)p.n * g.oh + oy) * g.ow + ox) * g.c + p.c];
    }
  }
  return sum;
}

// window_cells counts the cells of a window along one axis that lie inside.
static __device__ __forceinline__ int window_cells(int o, int k, int s, int d, int before, int extent) {
  const int first = o * s - before;
  const int k0 = first >= 0 ? 0 : (-first + d - 1) / d;
  const int k1 = first >= extent ? 0 : min(k, (extent - 1 - first) / d + 1);
  return max(0, k1 - k0);
}

static __device__ __forceinline__ float window_share(const window &g, int oy, int ox, bool border) {
  const int cells = border ? g.kh * g.kw : window_cells(oy, g.kh, g.sh, g.dh, g.top, g.h) * window_cells(ox, g.kw, g.sw, g.dw, g.left, g.w);
  return 1.0f / (float)cells;
}

static __device__ __forceinline__ float window_mean(const float *x, const window &g, unsigned i, bool border) {
  const window_place p = window_split(i, g.oh, g.ow, g.c);
  float sum = 0;
  for (int ky = 0; ky < g.kh; ky++) {
    const int iy = p.y * g.sh + ky * g.dh - g.top;
    if (iy < 0 || iy >= g.h) continue;
    for (int kx = 0; kx < g.kw; kx++) {
      const int ix = p.x * g.sw + kx * g.dw - g.left;
      if (ix < 0 || ix >= g.w) continue;
      sum += x[(((long long)p.n * g.h + iy) * g.w + ix) * g.c + p.c];
    }
  }
  return sum * window_share(g, p.y, p.x, border);
}

static __device__ __forceinline__ float window_mean_dx(const float *dy, const window &g, unsigned i, bool border) {
  const window_place p = window_split(i, g.h, g.w, g.c);
  const int y1 = window_to(p.y, g.sh, g.top, g.oh), x1 = window_to(p.x, g.sw, g.left, g.ow);
  float sum = 0;
  for (int oy = window_from(p.y, g.kh, g.sh, g.dh, g.top); oy < y1; oy++) {
    if ((p.y + g.top - oy * g.sh) % g.dh) continue;
    for (int ox = window_from(p.x, g.kw, g.sw, g.dw, g.left); ox < x1; ox++) {
      if ((p.x + g.left - ox * g.sw) % g.dw) continue;
      sum += dy[(((long long)p.n * g.oh + oy) * g.ow + ox) * g.c + p.c] * window_share(g, oy, ox, border);
    }
  }
  return sum;
}
