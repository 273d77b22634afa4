// Products of a block's tiles on tensor cores: each of the four warps has a quarter of the BM rows and all BN columns of C, in pieces of
// 16 x 8. A lane's four numbers of a piece are those of rows lane / 4 and lane / 4 + 8, columns lane % 4 * 2 and the next ("PTX ISA",
// mma.m16n8k8 and mma.m16n8k16). Operands lie in shared memory as rows along K: A[k][m], B[k][n].

// conv_cores is the precision that the device has: float32 where there are no tensor cores for another.
template <int Q> struct conv_cores {
#if __CUDA_ARCH__ >= 800
  static const int precision = Q;
#else
  static const int precision = 0;
#endif
};

// conv_pad is what rows in shared memory are longer by, so that a warp's reads meet in no bank.
template <int P> struct conv_pad { static const int columns = P == 1 ? 8 : 4; };

// conv_rounded rounds to TF32, halves away from zero; bfloat16 is rounded in pairs, when it is multiplied.
template <int P> static __device__ __forceinline__ float conv_rounded(float v) {
  if (P != 1) return v;
#if defined(NETC_HOST)
  unsigned u = __float_as_uint(v);
  if ((u & 0x7f800000u) == 0x7f800000u) return v;
  return __uint_as_float((u + 0x1000u) & 0xffffe000u);
#elif __CUDA_ARCH__ >= 800
  unsigned u;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(u) : "f"(v));
  return __uint_as_float(u);
#else
  return v;
#endif
}

// conv_pair rounds two numbers to bfloat16, to even, the first in the lower half.
static __device__ __forceinline__ unsigned conv_pair(float first, float second) {
#if defined(NETC_HOST)
  const float v[2] = {first, second};
  unsigned r = 0;
  for (int i = 0; i < 2; i++) {
    unsigned u = __float_as_uint(v[i]);
    u = v[i] != v[i] ? 0x7fffu : (u + 0x7fffu + (u >> 16 & 1)) >> 16;
    r |= u << (16 * i);
  }
  return r;
#elif __CUDA_ARCH__ >= 800
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(second), "f"(first));
  return r;
#else
  return 0;
#endif
}

#if defined(NETC_HOST)
// conv_number is a number of a register: TF32 (P 1), or a half of two in bfloat16.
template <int P> static __device__ __forceinline__ float conv_number(unsigned r, int half) {
  return __uint_as_float(P == 1 ? r : half ? r & 0xffff0000u : r << 16);
}
#endif

// conv_piece adds the product of a piece of A and one of B to a piece of C; all lanes of a warp together.
template <int P> static __device__ __forceinline__ void conv_piece(float *c, const unsigned (&a)[4], const unsigned (&b)[2]) {
#if defined(NETC_HOST)
  // What the lanes hold of a row and of two columns is fetched number by number.
  const int lane = (int)(threadIdx.x % 32), each = P == 1 ? 1 : 2;
  for (int k = 0; k < 8 * each; k++) {
    const int at = k / each % 4, high = k / each / 4, half = k % each;
    const unsigned a0 = __shfl_sync(0xffffffffu, a[2 * high], lane / 4 * 4 + at), a1 = __shfl_sync(0xffffffffu, a[2 * high + 1], lane / 4 * 4 + at);
    const unsigned b0 = __shfl_sync(0xffffffffu, b[high], lane % 4 * 8 + at), b1 = __shfl_sync(0xffffffffu, b[high], lane % 4 * 8 + 4 + at);
    c[0] += conv_number<P>(a0, half) * conv_number<P>(b0, half);
    c[1] += conv_number<P>(a0, half) * conv_number<P>(b1, half);
    c[2] += conv_number<P>(a1, half) * conv_number<P>(b0, half);
    c[3] += conv_number<P>(a1, half) * conv_number<P>(b1, half);
  }
#elif __CUDA_ARCH__ >= 800
  if (P == 1)
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  else
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

// conv_register reads what a lane holds of column i of s at a place along K: one number, or two in bfloat16.
template <int P, int L> static __device__ __forceinline__ unsigned conv_register(const float (*s)[L], int k, int i) {
  return P == 1 ? __float_as_uint(s[k][i]) : conv_pair(s[2 * k][i], s[2 * k + 1][i]);
}

// conv_tensor multiplies a step of 16 along K. acc are the pieces of C, row of pieces by row of pieces.
template <int P, int BM, int BN, int LA, int LB> static __device__ __forceinline__ void conv_tensor(const float (*as)[LA], const float (*bs)[LB], float *acc) {
  const int lane = (int)(threadIdx.x % 32), group = lane / 4, place = lane % 4, first = (int)(threadIdx.x / 32) * (BM / 4);
  const int steps = P == 1 ? 2 : 1, pieces = BN / 8;
#pragma unroll
  for (int s = 0; s < steps; s++) {
    const int k = 8 * s + place;
    unsigned b[pieces][2];
#pragma unroll
    for (int j = 0; j < pieces; j++) {
      b[j][0] = conv_register<P>(bs, k, 8 * j + group);
      b[j][1] = conv_register<P>(bs, k + 4, 8 * j + group);
    }
#pragma unroll
    for (int i = 0; i < BM / 64; i++) {
      const int row = first + 16 * i + group;
      const unsigned a[4] = {conv_register<P>(as, k, row), conv_register<P>(as, k, row + 8), conv_register<P>(as, k + 4, row), conv_register<P>(as, k + 4, row + 8)};
#pragma unroll
      for (int j = 0; j < pieces; j++) conv_piece<P>(acc + 4 * (i * pieces + j), a, b[j]);
    }
  }
}

template <class Then> static __device__ __forceinline__ void conv_put(float *out, int at, int col, int n, bool aligned, float (&r)[4], const Then &then);

// conv_write_tensor writes the pieces of C. Two lanes side by side exchange halves first, so that each has four neighbours of one row.
template <int BM, int BN, class E, class Then>
static __device__ __forceinline__ void conv_write_tensor(float *out, const float *acc, int m0, int n0, int n, bool aligned, const E &e, const Then &then) {
  const int lane = (int)(threadIdx.x % 32), odd = lane % 2, pieces = BN / 8;
#pragma unroll
  for (int i = 0; i < BM / 64; i++) {
    const int at = e.row(m0 + (int)(threadIdx.x / 32) * (BM / 4) + 16 * i + lane / 4 + 8 * odd);
#pragma unroll
    for (int j = 0; j < pieces; j++) {
      const float *c = acc + 4 * (i * pieces + j);
      const float x = __shfl_xor_sync(0xffffffffu, odd ? c[0] : c[2], 1), y = __shfl_xor_sync(0xffffffffu, odd ? c[1] : c[3], 1);
      float r[4] = {odd ? x : c[0], odd ? y : c[1], odd ? c[2] : x, odd ? c[3] : y};
      if (at >= 0) conv_put(out, at, n0 + 8 * j + lane % 4 / 2 * 4, n, aligned, r, then);
    }
  }
}
