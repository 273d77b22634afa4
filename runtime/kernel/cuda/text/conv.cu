// Convolutions of images x[n,h,w,c] with kernels w[kh,kw,c/groups,co] as matrix products whose operands are gathered while they are
// read: "implicit GEMM". Each of the three passes is C[M,N] = sum over K of A[M,K] B[K,N] of one group:
//
//   forward   rows are output pixels, columns output channels, K runs over the kernel's cells and its input channels
//   data      rows are input pixels, columns input channels, K runs over cells and output channels. Pixels are taken apart by their
//             phase in the stride, so that each block has cells that all of its pixels meet
//   weights   rows are cells and input channels, columns output channels, K runs over output pixels, in splits
//
// A block computes BM x BN of C with 128 threads, TM x TN each, in steps of 16 along K: while a step is multiplied out of shared
// memory, the operands of the next are on their way into registers. P says how products are multiplied: 0 in float32, 1 in TF32 and 2 in
// bfloat16 on tensor cores (conv_tensor.cu) where the device has them.

struct conv_shape {
  window g;
  int co, groups, cg, og; // output channels; groups; channels of a group, in and out
  int splits, per;        // of K, in the pass for weights: blocks, and pixels of each
  int flags;
  netc_div by_oh, by_ow, by_kw, by_cg, by_og;
  netc_div by_high[2], by_wide[2]; // pixels of a phase, which are one more in the first phases than in the last
};

enum { conv_a_aligned = 1, conv_b_aligned = 2, conv_out_aligned = 4 };

static const int conv_bk = 16;
static const int conv_threads = 128;

static __device__ __forceinline__ void conv_read(float (&q)[1], const float *p, bool) { q[0] = *p; }
static __device__ __forceinline__ void conv_read(float (&q)[4], const float *p, bool aligned) {
  if (aligned) { // through another path than single numbers, which a compiler would put in its place
    const float4 r = __ldg((const float4 *)p);
    q[0] = r.x;
    q[1] = r.y;
    q[2] = r.z;
    q[3] = r.w;
  } else {
#pragma unroll
    for (int j = 0; j < 4; j++) q[j] = p[j];
  }
}

// conv_along_k loads an operand whose numbers lie side by side along K: a thread has one place along K, and some of the R rows. F has
// prepare(i, row), read(q, i, k).
template <int R, int V, class F> struct conv_along_k {
  static const int count = R * conv_bk / V, each = (count + conv_threads - 1) / conv_threads;
  float q[each][V];
  F &f;
  int k, row;
  __device__ __forceinline__ conv_along_k(F &f, int tid) : f(f), k(tid % (conv_bk / V) * V), row(tid / (conv_bk / V)) {
#pragma unroll
    for (int i = 0; i < each; i++) f.prepare(i, at(i));
  }
  __device__ __forceinline__ int at(int i) const { return row + i * (conv_threads * V / conv_bk); }
  __device__ __forceinline__ void load(int k0, int end) {
    f.step(k0 + k, end);
#pragma unroll
    for (int i = 0; i < each; i++) f.read(q[i], i);
  }
  template <int P, int L> __device__ __forceinline__ void store(float (*s)[L]) const {
#pragma unroll
    for (int i = 0; i < each; i++)
      if (count % conv_threads == 0 || at(i) < R) {
#pragma unroll
        for (int j = 0; j < V; j++) s[k + j][at(i)] = conv_rounded<P>(q[i][j]);
      }
  }
};

// conv_along_rows loads an operand whose numbers lie side by side along its R rows: a thread has one place along the rows, and some
// of the places along K. F has prepare(row), read(q, k, end).
template <int R, int V, class F> struct conv_along_rows {
  static const int count = R * conv_bk / V, each = (count + conv_threads - 1) / conv_threads, apart = conv_threads * V / R;
  static_assert(R / V <= conv_threads, "a thread has one place along the rows");
  float q[each][V];
  F &f;
  int k, row;
  __device__ __forceinline__ conv_along_rows(F &f, int tid) : f(f), k(tid / (R / V)), row(tid % (R / V) * V) { f.prepare(row); }
  __device__ __forceinline__ void load(int k0, int end) {
#pragma unroll
    for (int i = 0; i < each; i++) f.read(q[i], k0 + k + i * apart, end);
  }
  template <int P, int L> __device__ __forceinline__ void store(float (*s)[L]) const {
#pragma unroll
    for (int i = 0; i < each; i++)
      if (count % conv_threads == 0 || k + i * apart < conv_bk) {
        float r[V];
#pragma unroll
        for (int j = 0; j < V; j++) r[j] = conv_rounded<P>(q[i][j]);
        netc_store(&s[k + i * apart][row], r);
      }
  }
};

// A thread's rows and columns come in fours (or twos), spread over the tile so that neighbours read neighbouring shared memory.
template <int T> struct conv_spread { static const int run = T < 4 ? T : 4; };

template <int B, int T> static __device__ __forceinline__ int conv_place(int thread, int i) {
  const int run = conv_spread<T>::run;
  return i / run * (B / (T / run)) + thread * run + i % run;
}

// conv_take reads a thread's numbers of one row of shared memory.
template <int B, int T> static __device__ __forceinline__ void conv_take(float (&x)[T], const float *s, int thread) {
  const int run = conv_spread<T>::run;
#pragma unroll
  for (int i = 0; i < T; i += run) {
    const float *p = s + conv_place<B, T>(thread, i);
    if (run == 4) {
      const float4 q = *(const float4 *)p;
      x[i] = q.x;
      x[i + 1 < T ? i + 1 : i] = q.y;
      x[i + 2 < T ? i + 2 : i] = q.z;
      x[i + 3 < T ? i + 3 : i] = q.w;
    } else {
      const float2 q = *(const float2 *)p;
      x[i] = q.x;
      x[i + 1] = q.y;
    }
  }
}

// conv_multiply runs over K from k to end.
template <int P, int BM, int BN, int TM, int TN, class A, class B>
static __device__ __forceinline__ void conv_multiply(A &a, B &b, int k, int end, float (&acc)[TM][TN]) {
  static_assert((BM / TM) * (BN / TN) == conv_threads, "tiles of all threads make up the block's");
  __shared__ __align__(16) float as[2][conv_bk][BM + conv_pad<P>::columns];
  __shared__ __align__(16) float bs[2][conv_bk][BN + conv_pad<P>::columns];
  const int tx = threadIdx.x % (BN / TN), ty = threadIdx.x / (BN / TN);
#pragma unroll
  for (int i = 0; i < TM; i++)
#pragma unroll
    for (int j = 0; j < TN; j++) acc[i][j] = 0;
  if (k >= end) return;
  a.load(k, end);
  b.load(k, end);
  a.template store<P>(as[0]);
  b.template store<P>(bs[0]);
  __syncthreads();
  for (int now = 0; k < end; now ^= 1) {
    k += conv_bk;
    if (k < end) {
      a.load(k, end);
      b.load(k, end);
    }
    if constexpr (P != 0) {
      conv_tensor<P, BM, BN>(as[now], bs[now], &acc[0][0]);
    } else {
#pragma unroll
      for (int s = 0; s < conv_bk; s++) {
        float x[TM], y[TN];
        conv_take<BM, TM>(x, as[now][s], ty);
        conv_take<BN, TN>(y, bs[now][s], tx);
#pragma unroll
        for (int i = 0; i < TM; i++)
#pragma unroll
          for (int j = 0; j < TN; j++) acc[i][j] += x[i] * y[j];
      }
    }
    if (k < end) {
      a.template store<P>(as[now ^ 1]);
      b.template store<P>(bs[now ^ 1]);
    }
    __syncthreads();
  }
}

// conv_put writes four neighbours of a row of C, of which n columns are there, or those of them that are.
template <class Then> static __device__ __forceinline__ void conv_put(float *out, int at, int col, int n, bool aligned, float (&r)[4], const Then &then) {
  if (aligned && col + 3 < n) {
    then.apply((unsigned)(at + col), r);
    netc_store(out + at + col, r);
    return;
  }
#pragma unroll
  for (int q = 0; q < 4; q++)
    if (col + q < n) {
      float one[1] = {r[q]};
      then.apply((unsigned)(at + col + q), one);
      netc_store(out + at + col + q, one);
    }
}

// conv_write writes a thread's part of C. E gives the place of a row's first element, or -1 beyond the last; n columns are there.
template <int P, int BM, int BN, int TM, int TN, class E, class Then>
static __device__ __forceinline__ void conv_write(float *out, const float (&acc)[TM][TN], int m0, int n0, int n, bool aligned, const E &e, const Then &then) {
  if constexpr (P != 0) {
    conv_write_tensor<BM, BN>(out, &acc[0][0], m0, n0, n, aligned, e, then);
  } else {
    const int tx = threadIdx.x % (BN / TN), ty = threadIdx.x / (BN / TN), run = conv_spread<TN>::run;
#pragma unroll
    for (int i = 0; i < TM; i++) {
      const int at = e.row(m0 + conv_place<BM, TM>(ty, i));
      if (at < 0) continue;
#pragma unroll
      for (int j = 0; j < TN; j += run) {
        const int col = n0 + conv_place<BN, TN>(tx, j);
        if (run == 4) {
          float r[4] = {acc[i][j], acc[i][j + 1 < TN ? j + 1 : j], acc[i][j + 2 < TN ? j + 2 : j], acc[i][j + 3 < TN ? j + 3 : j]};
          conv_put(out, at, col, n, aligned, r, then);
        } else {
#pragma unroll
          for (int q = 0; q < run; q++)
            if (col + q < n) {
              float r[1] = {acc[i][j + q]};
              then.apply((unsigned)(at + col + q), r);
              netc_store(out + at + col + q, r);
            }
        }
      }
    }
  }
}

// conv_nothing is the end of a convolution that nothing is fused behind.
struct conv_nothing {
  template <int V> __device__ __forceinline__ void apply(unsigned, float (&)[V]) const {}
};

template <int V> static __device__ __forceinline__ void conv_zero(float (&q)[V]) {
#pragma unroll
  for (int j = 0; j < V; j++) q[j] = 0;
}

// Forward.

template <int ROWS, int V> struct conv_pixels { // A: input cells of output pixels
  const float *x;
  const conv_shape &s;
  int m0, channel; // first row; first channel of the group
  int image[ROWS], y[ROWS], left[ROWS];
  int dy, dx, c; // of the step: the cell's distance, the channel
  bool inside;
  __device__ __forceinline__ conv_pixels(const float *x, const conv_shape &s, int m0, int channel) : x(x), s(s), m0(m0), channel(channel) {}
  __device__ __forceinline__ void prepare(int i, int row) {
    const int m = m0 + row;
    const unsigned px = (unsigned)m;
    const unsigned line = netc_quotient(px, s.by_ow);
    const int n = (int)netc_quotient(line, s.by_oh);
    image[i] = n < s.g.n ? n * s.g.h : -1;
    y[i] = ((int)line - n * s.g.oh) * s.g.sh - s.g.top;
    left[i] = (int)(px - line * (unsigned)s.g.ow) * s.g.sw - s.g.left;
  }
  __device__ __forceinline__ void step(int k, int end) {
    inside = k < end;
    const int tap = (int)netc_quotient((unsigned)k, s.by_cg), ky = (int)netc_quotient((unsigned)tap, s.by_kw);
    c = channel + k - tap * s.cg;
    dy = ky * s.g.dh;
    dx = (tap - ky * s.g.kw) * s.g.dw;
  }
  __device__ __forceinline__ void read(float (&q)[V], int i) const {
    const int iy = y[i] + dy, ix = left[i] + dx;
    if (inside && image[i] >= 0 && (unsigned)iy < (unsigned)s.g.h && (unsigned)ix < (unsigned)s.g.w)
      conv_read(q, x + (((long long)(image[i] + iy) * s.g.w + ix) * s.g.c + c), s.flags & conv_a_aligned);
    else
      conv_zero(q);
  }
};

template <int V> struct conv_kernel_rows { // B: rows of a matrix [K, co]
  const float *w;
  const conv_shape &s;
  int n0, group, col;
  __device__ __forceinline__ conv_kernel_rows(const float *w, const conv_shape &s, int n0, int group) : w(w), s(s), n0(n0), group(group) {}
  __device__ __forceinline__ void prepare(int row) { col = n0 + row; }
  __device__ __forceinline__ void read(float (&q)[V], int k, int end) const {
    if (k < end && col < s.og)
      conv_read(q, w + ((long long)k * s.co + group * s.og + col), s.flags & conv_b_aligned);
    else
      conv_zero(q);
  }
};

struct conv_out_rows {
  int rows, co, first;
  __device__ __forceinline__ int row(int m) const { return m < rows ? m * co + first : -1; }
};

template <int Q, int BM, int BN, int TM, int TN, int VA, int VB, class Then>
static __device__ __forceinline__ void conv_forward(netc_tensor out, netc_tensor x, netc_tensor w, const conv_shape &s, const Then &then) {
  const unsigned t = blockIdx.z;
  const int P = conv_cores<Q>::precision;
  const int across = (s.og + BN - 1) / BN;
  int b = (int)blockIdx.x;
  const int n0 = b % across * BN;
  b /= across;
  const int group = b % s.groups, m0 = b / s.groups * BM;
  typedef conv_pixels<conv_along_k<BM, VA, int>::each, VA> pixels_of;
  pixels_of pixels(netc_at(x, t), s, m0, group * s.cg);
  conv_along_k<BM, VA, pixels_of> a(pixels, (int)threadIdx.x);
  conv_kernel_rows<VB> rows(netc_at(w, t), s, n0, group);
  conv_along_rows<BN, VB, conv_kernel_rows<VB>> k(rows, (int)threadIdx.x);
  float acc[TM][TN];
  conv_multiply<P, BM, BN, TM, TN>(a, k, 0, s.g.kh * s.g.kw * s.cg, acc);
  const conv_out_rows e = {s.g.n * s.g.oh * s.g.ow, s.co, group * s.og};
  conv_write<P, BM, BN, TM, TN>(netc_at(out, t), acc, m0, n0, s.og, s.flags & conv_out_aligned, e, then);
}

// Gradient for the data.

// conv_phase is what the pixels of one phase along one axis have in common: cells first, first+step, … count of them; cell number a meets
// output pixel q + offset(a) at the phase's pixel number q. Offsets go down evenly.
struct conv_phase {
  int phase, first, step, count, from, down;
  __device__ __forceinline__ conv_phase(int phase, int k, int s, int d, int before) : phase(phase), first(0), step(1), count(0) {
    for (int a = 0; a < k; a++)
      if ((phase + before - a * d) % s == 0) {
        if (count == 0) first = a;
        if (count == 1) step = a - first;
        count++;
      }
    from = (phase + before - first * d) / s;
    down = step * d / s;
  }
  __device__ __forceinline__ int cell(int a) const { return first + a * step; }
  __device__ __forceinline__ int offset(int a) const { return from - a * down; }
};

// conv_phased are the pixels of a phase in both directions: all images' high x wide, counted through.
struct conv_phased {
  const conv_phase &py, &px;
  netc_div high, wide;
  __device__ __forceinline__ conv_phased(const conv_shape &s, const conv_phase &py, const conv_phase &px) : py(py), px(px) {
    const unsigned h = (unsigned)((s.g.h - py.phase + s.g.sh - 1) / s.g.sh), w = (unsigned)((s.g.w - px.phase + s.g.sw - 1) / s.g.sw);
    high = s.by_high[h != s.by_high[0].d];
    wide = s.by_wide[w != s.by_wide[0].d];
    high.d = h; // may be 0, when there is no pixel to divide for
    wide.d = w;
  }
  __device__ __forceinline__ void split(int m, int *n, int *y, int *x) const {
    const unsigned line = netc_quotient((unsigned)m, wide), image = netc_quotient(line, high);
    *n = (int)image;
    *y = (int)(line - image * high.d);
    *x = (int)((unsigned)m - line * wide.d);
  }
};

template <int ROWS, int V> struct conv_back_pixels { // A: output pixels that input pixels went into
  const float *dy;
  const conv_shape &s;
  const conv_phased &p;
  int m0, channel;
  int image[ROWS], y[ROWS], x[ROWS];
  int oy, ox, c;
  bool inside;
  __device__ __forceinline__ conv_back_pixels(const float *dy, const conv_shape &s, const conv_phased &p, int m0, int channel) : dy(dy), s(s), p(p), m0(m0), channel(channel) {}
  __device__ __forceinline__ void prepare(int i, int row) {
    int n;
    p.split(m0 + row, &n, &y[i], &x[i]);
    image[i] = n < s.g.n ? n * s.g.oh : -1;
  }
  __device__ __forceinline__ void step(int k, int end) {
    inside = k < end;
    const int tap = (int)netc_quotient((unsigned)k, s.by_og);
    c = channel + k - tap * s.og;
    const int a = tap / p.px.count;
    oy = p.py.offset(a);
    ox = p.px.offset(tap - a * p.px.count);
  }
  __device__ __forceinline__ void read(float (&q)[V], int i) const {
    const int yy = y[i] + oy, xx = x[i] + ox;
    if (inside && image[i] >= 0 && (unsigned)yy < (unsigned)s.g.oh && (unsigned)xx < (unsigned)s.g.ow)
      conv_read(q, dy + (((long long)(image[i] + yy) * s.g.ow + xx) * s.co + c), s.flags & conv_a_aligned);
    else
      conv_zero(q);
  }
};

template <int ROWS, int V> struct conv_back_kernel { // B: for an input channel, the output channels of a cell
  const float *w;
  const conv_shape &s;
  const conv_phase &py, &px;
  int n0, channel;
  int row[ROWS];
  int at; // of the step, -1 beyond the end
  __device__ __forceinline__ conv_back_kernel(const float *w, const conv_shape &s, const conv_phase &py, const conv_phase &px, int n0, int channel)
      : w(w), s(s), py(py), px(px), n0(n0), channel(channel) {}
  __device__ __forceinline__ void prepare(int i, int r) { row[i] = n0 + r; }
  __device__ __forceinline__ void step(int k, int end) {
    at = -1;
    if (k >= end) return;
    const int tap = (int)netc_quotient((unsigned)k, s.by_og);
    const int a = tap / px.count;
    at = (py.cell(a) * s.g.kw + px.cell(tap - a * px.count)) * s.cg * s.co + channel + k - tap * s.og;
  }
  __device__ __forceinline__ void read(float (&q)[V], int i) const {
    if (at >= 0 && row[i] < s.cg)
      conv_read(q, w + (at + (long long)row[i] * s.co), s.flags & conv_b_aligned);
    else
      conv_zero(q);
  }
};

struct conv_back_rows {
  const conv_shape &s;
  const conv_phased &p;
  int first;
  __device__ __forceinline__ int row(int m) const {
    int n, y, x;
    p.split(m, &n, &y, &x);
    if (n >= s.g.n) return -1;
    return ((n * s.g.h + y * s.g.sh + p.py.phase) * s.g.w + x * s.g.sw + p.px.phase) * s.g.c + first;
  }
};

template <int Q, int BM, int BN, int TM, int TN, int VA, int VB, class Then>
static __device__ __forceinline__ void conv_backward(netc_tensor out, netc_tensor dy, netc_tensor w, const conv_shape &s, const Then &then) {
  const unsigned t = blockIdx.z;
  const int P = conv_cores<Q>::precision;
  const int across = (s.cg + BN - 1) / BN, phases = s.g.sh * s.g.sw;
  int b = (int)blockIdx.x;
  const int n0 = b % across * BN;
  b /= across;
  const int group = b % s.groups;
  b /= s.groups;
  const conv_phase py(b % phases / s.g.sw, s.g.kh, s.g.sh, s.g.dh, s.g.top), px(b % phases % s.g.sw, s.g.kw, s.g.sw, s.g.dw, s.g.left);
  const int m0 = b / phases * BM;
  const conv_phased p(s, py, px);
  if (m0 >= s.g.n * (int)(p.high.d * p.wide.d)) return;
  typedef conv_back_pixels<conv_along_k<BM, VA, int>::each, VA> pixels_of;
  pixels_of pixels(netc_at(dy, t), s, p, m0, group * s.og);
  conv_along_k<BM, VA, pixels_of> a(pixels, (int)threadIdx.x);
  typedef conv_back_kernel<conv_along_k<BN, VB, int>::each, VB> kernel_of;
  kernel_of kernel(netc_at(w, t), s, py, px, n0, group * s.og);
  conv_along_k<BN, VB, kernel_of> k(kernel, (int)threadIdx.x);
  float acc[TM][TN];
  conv_multiply<P, BM, BN, TM, TN>(a, k, 0, py.count * px.count * s.og, acc);
  const conv_back_rows e = {s, p, group * s.cg};
  conv_write<P, BM, BN, TM, TN>(netc_at(out, t), acc, m0, n0, s.cg, s.flags & conv_out_aligned, e, then);
}

// Gradient for the weights.

template <int V> struct conv_cells { // A: for a cell and channel, input pixels
  const float *x;
  const conv_shape &s;
  int m0, channel, rows;
  int dy, dx, c;
  __device__ __forceinline__ conv_cells(const float *x, const conv_shape &s, int m0, int channel) : x(x), s(s), m0(m0), channel(channel), rows(s.g.kh * s.g.kw * s.cg) {}
  __device__ __forceinline__ void prepare(int row) {
    const int m = m0 + row, tap = m / s.cg;
    c = m < rows ? channel + m - tap * s.cg : -1;
    dy = tap / s.g.kw * s.g.dh - s.g.top;
    dx = tap % s.g.kw * s.g.dw - s.g.left;
  }
  __device__ __forceinline__ void read(float (&q)[V], int k, int end) const {
    const unsigned px = (unsigned)k, row = netc_quotient(px, s.by_ow);
    const int ix = (int)(px - row * (unsigned)s.g.ow) * s.g.sw + dx;
    const unsigned n = netc_quotient(row, s.by_oh);
    const int iy = (int)(row - n * (unsigned)s.g.oh) * s.g.sh + dy;
    if (k < end && c >= 0 && (unsigned)iy < (unsigned)s.g.h && (unsigned)ix < (unsigned)s.g.w)
      conv_read(q, x + (((long long)((int)n * s.g.h + iy) * s.g.w + ix) * s.g.c + c), s.flags & conv_a_aligned);
    else
      conv_zero(q);
  }
};

template <int Q, int BM, int BN, int TM, int TN, int VA, int VB>
static __device__ __forceinline__ void conv_weights(netc_tensor out, netc_tensor x, netc_tensor dy, const conv_shape &s) {
  const unsigned t = blockIdx.z;
  const int P = conv_cores<Q>::precision;
  const int rows = s.g.kh * s.g.kw * s.cg, across = (s.og + BN - 1) / BN, down = (rows + BM - 1) / BM;
  int b = (int)blockIdx.x;
  const int n0 = b % across * BN;
  b /= across;
  const int m0 = b % down * BM;
  b /= down;
  const int group = b % s.groups, split = b / s.groups;
  const int from = split * s.per, to = min(from + s.per, s.g.n * s.g.oh * s.g.ow);
  conv_cells<VA> cells(netc_at(x, t), s, m0, group * s.cg);
  conv_along_rows<BM, VA, conv_cells<VA>> a(cells, (int)threadIdx.x);
  conv_kernel_rows<VB> pixels(netc_at(dy, t), s, n0, group);
  conv_along_rows<BN, VB, conv_kernel_rows<VB>> k(pixels, (int)threadIdx.x);
  float acc[TM][TN];
  conv_multiply<P, BM, BN, TM, TN>(a, k, from, to, acc);
  const conv_out_rows e = {rows, s.co, group * s.og};
  conv_write<P, BM, BN, TM, TN>(netc_at(out, t) + (long long)split * rows * s.co, acc, m0, n0, s.og, s.flags & conv_out_aligned, e, conv_nothing());
}
