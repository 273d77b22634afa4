// The random numbers of the language, bit for bit those of package rng: every multiplication and addition in float64 is rounded by itself.

static __device__ __forceinline__ uint4 random_philox(unsigned k0, unsigned k1, unsigned c0, unsigned c1, unsigned c2, unsigned c3) {
#pragma unroll
  for (int r = 0; r < 10; r++) {
    const unsigned hi0 = __umulhi(0xD2511F53u, c0), lo0 = 0xD2511F53u * c0;
    const unsigned hi1 = __umulhi(0xCD9E8D57u, c2), lo1 = 0xCD9E8D57u * c2;
    c0 = hi1 ^ c1 ^ k0;
    c1 = lo1;
    c2 = hi0 ^ c3 ^ k1;
    c3 = lo0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return make_uint4(c0, c1, c2, c3);
}

static __device__ __forceinline__ unsigned random_word(const uint4 &b, unsigned w) {
  return w == 0 ? b.x : w == 1 ? b.y : w == 2 ? b.z : b.w;
}

static __device__ __forceinline__ float random_uniform(unsigned w) { return (float)(w >> 8) * (1.0f / 16777216.0f); }

static __device__ __forceinline__ double random_step(double y, double x, double c) { return __dadd_rn(__dmul_rn(y, x), c); }

// random_ln is the natural logarithm of x, for finite normal x > 0.
static __device__ double random_ln(double x) {
  const long long bits = __double_as_longlong(x);
  int e = (int)(bits >> 52 & 0x7ff) - 1022;
  double m = __longlong_as_double((bits & 0x000fffffffffffffLL) | 0x3fe0000000000000LL);
  if (m < 0.70710678118654752440) {
    m = __dadd_rn(m, m);
    e--;
  }
  const double f = __dadd_rn(m, -1.0), k = (double)e;
  const double s = __ddiv_rn(f, __dadd_rn(2.0, f)), s2 = __dmul_rn(s, s), s4 = __dmul_rn(s2, s2);
  const double t1 = __dmul_rn(s2, random_step(random_step(random_step(1.479819860511658591e-01, s4, 1.818357216161805012e-01), s4, 2.857142874366239149e-01), s4, 6.666666666666735130e-01));
  const double t2 = __dmul_rn(s4, random_step(random_step(1.531383769920937332e-01, s4, 2.222219843214978396e-01), s4, 3.999999999940941908e-01));
  const double r = __dadd_rn(t1, t2);
  const double half = __dmul_rn(__dmul_rn(0.5, f), f);
  const double tail = __dadd_rn(__dmul_rn(s, __dadd_rn(half, r)), __dmul_rn(k, 1.90821492927058770002e-10));
  return __dsub_rn(__dmul_rn(k, 6.93147180369123816490e-01), __dsub_rn(__dsub_rn(half, tail), f));
}

// random_exp is e to the power x.
static __device__ double random_exp(double x) {
  if (x < -745.2) return 0;
  if (x > 709.0) x = 709.0;
  const double k = floor(__dadd_rn(__dmul_rn(1.44269504088896338700e+00, x), 0.5));
  const double hi = __dsub_rn(x, __dmul_rn(k, 6.93147180369123816490e-01)), lo = __dmul_rn(k, 1.90821492927058770002e-10);
  const double r = __dsub_rn(hi, lo), t = __dmul_rn(r, r);
  const double p = random_step(random_step(random_step(random_step(4.13813679705723846039e-08, t, -1.65339022054652515390e-06), t, 6.61375632143793436117e-05), t, -2.77777777770155933842e-03), t, 1.66666666666666657415e-01);
  const double c = __dsub_rn(r, __dmul_rn(t, p));
  const double y = __dsub_rn(1.0, __dsub_rn(__dsub_rn(lo, __ddiv_rn(__dmul_rn(r, c), __dsub_rn(2.0, c))), hi));
  return ldexp(y, (int)k);
}

static __device__ __forceinline__ double random_sin_small(double x) {
  const double z = __dmul_rn(x, x);
  const double p = random_step(random_step(random_step(random_step(random_step(1.58969099521155010221e-10, z, -2.50507602534068634195e-08), z, 2.75573137070700676789e-06), z, -1.98412698298579493134e-04), z, 8.33333333332248946124e-03), z, -1.66666666666666324348e-01);
  return __dadd_rn(x, __dmul_rn(__dmul_rn(x, z), p));
}

static __device__ __forceinline__ double random_cos_small(double x) {
  const double z = __dmul_rn(x, x);
  const double p = random_step(random_step(random_step(random_step(random_step(-1.13596475577881948265e-11, z, 2.08757232129817482790e-09), z, -2.75573143513906633035e-07), z, 2.48015872894767294178e-05), z, -1.38888888888741095749e-03), z, 4.16666666666666019037e-02);
  return __dsub_rn(1.0, __dsub_rn(__dmul_rn(0.5, z), __dmul_rn(__dmul_rn(z, z), p)));
}

// random_sincos_turn gives sine and cosine of w / 2^32 of a full turn.
static __device__ void random_sincos_turn(unsigned w, double *sine, double *cosine) {
  const unsigned octant = w >> 29;
  unsigned part = w & 0x1fffffffu;
  if (octant & 1) part = 0x20000000u - part;
  const double a = __dmul_rn((double)part, 6.283185307179586476925286766559 / 4294967296.0);
  const double s = random_sin_small(a), c = random_cos_small(a);
  switch (octant) {
  case 0: *sine = s; *cosine = c; break;
  case 1: *sine = c; *cosine = s; break;
  case 2: *sine = c; *cosine = -s; break;
  case 3: *sine = s; *cosine = -c; break;
  case 4: *sine = -s; *cosine = -c; break;
  case 5: *sine = -c; *cosine = -s; break;
  case 6: *sine = -c; *cosine = s; break;
  default: *sine = -s; *cosine = c; break;
  }
}

// random_unit is (w + 1) / 2^32, in (0, 1].
static __device__ __forceinline__ double random_unit(unsigned w) { return __dmul_rn(__dadd_rn((double)w, 1.0), 1.0 / 4294967296.0); }

// random_normals is the Box-Muller transform of two words.
static __device__ void random_normals(unsigned w0, unsigned w1, double *z0, double *z1) {
  const double r = __dsqrt_rn(__dmul_rn(-2.0, random_ln(random_unit(w0))));
  double s, c;
  random_sincos_turn(w1, &s, &c);
  *z0 = __dmul_rn(r, c);
  *z1 = __dmul_rn(r, s);
}

// random_normal is number w of the four of a block.
static __device__ double random_normal(const uint4 &b, unsigned w) {
  double z0, z1;
  if (w < 2) random_normals(b.x, b.y, &z0, &z1);
  else random_normals(b.z, b.w, &z0, &z1);
  return w & 1 ? z1 : z0;
}
