// Convolutions with few channels in a group (depthwise ones, say): an element is summed where it is needed. There is too little to share for tiles.

struct conv_group {
  int co, cg, og; // output channels; channels of a group, in and out
};

static __device__ __forceinline__ float conv_direct(const float *x, const float *w, const window &g, const conv_group &s, unsigned i) {
  const window_place p = window_split(i, g.oh, g.ow, s.co);
  const int first = p.c / s.og * s.cg;
  float sum = 0;
  for (int ky = 0; ky < g.kh; ky++) {
    const int iy = p.y * g.sh + ky * g.dh - g.top;
    if (iy < 0 || iy >= g.h) continue;
    for (int kx = 0; kx < g.kw; kx++) {
      const int ix = p.x * g.sw + kx * g.dw - g.left;
      if (ix < 0 || ix >= g.w) continue;
      const float *from = x + (((long long)p.n * g.h + iy) * g.w + ix) * g.c + first;
      const float *cell = w + (long long)(ky * g.kw + kx) * s.cg * s.co + p.c;
      for (int c = 0; c < s.cg; c++) sum += from[c] * cell[(long long)c * s.co];
    }
  }
  return sum;
}

static __device__ __forceinline__ float conv_direct_dx(const float *dy, const float *w, const window &g, const conv_group &s, unsigned i) {
  const window_place p = window_split(i, g.h, g.w, g.c);
  const int group = p.c / s.cg, c = p.c % s.cg;
  float sum = 0;
  for (int ky = 0; ky < g.kh; ky++) {
    const int y = p.y + g.top - ky * g.dh;
    if (y < 0 || y % g.sh || y / g.sh >= g.oh) continue;
    for (int kx = 0; kx < g.kw; kx++) {
      const int x = p.x + g.left - kx * g.dw;
      if (x < 0 || x % g.sw || x / g.sw >= g.ow) continue;
      const float *from = dy + (((long long)p.n * g.oh + y / g.sh) * g.ow + x / g.sw) * s.co + group * s.og;
      const float *cell = w + ((long long)(ky * g.kw + kx) * s.cg + c) * s.co + group * s.og;
      for (int k = 0; k < s.og; k++) sum += from[k] * cell[k];
    }
  }
  return sum;
}

// conv_cell is one term of a weight's gradient: segments are cells and input channels, rows output pixels, columns output channels.
struct conv_cell {
  const float *x, *dy;
  window g;
  conv_group s;
  __device__ __forceinline__ void operator()(unsigned segment, unsigned row, unsigned col, float (&sum)[1]) const {
    const int tap = (int)segment / s.cg, c = (int)segment % s.cg + (int)col / s.og * s.cg;
    const int ox = (int)(row % (unsigned)g.ow), oy = (int)(row / (unsigned)g.ow % (unsigned)g.oh), n = (int)(row / (unsigned)(g.ow * g.oh));
    const int iy = oy * g.sh + tap / g.kw * g.dh - g.top, ix = ox * g.sw + tap % g.kw * g.dw - g.left;
    if (iy < 0 || iy >= g.h || ix < 0 || ix >= g.w) return;
    sum[0] += x[(((long long)n * g.h + iy) * g.w + ix) * g.c + c] * dy[(long long)row * s.co + col];
  }
};

extern "C" __global__ void __launch_bounds__(256)
conv_direct_dw(netc_tensor out, reduce_columns r, reduce_done done, float factor, netc_tensor x, netc_tensor dy, window g, conv_group s) {
  reduce_rows<1>(out, r, done, factor, conv_cell{netc_at(x, blockIdx.z), netc_at(dy, blockIdx.z), g, s});
}
