// What all kernels use. Trial t is blockIdx.z; its part of a tensor lies t strides behind the first trial's.

struct netc_tensor {
  float *at;
  long long stride; // floats between trials
};

static __device__ __forceinline__ float *netc_at(netc_tensor x, unsigned t) { return x.at + x.stride * (long long)t; }

// netc_div is a divisor of whole numbers below 2^31: n / d is n times a number, shifted (Granlund and Montgomery 1994, "Division by
// invariant integers using multiplication").
struct netc_div {
  unsigned d, mul, shift, unused;
};

static __device__ __forceinline__ unsigned netc_quotient(unsigned n, netc_div d) { return (unsigned)((unsigned long long)n * d.mul >> d.shift); }
static __device__ __forceinline__ unsigned netc_rest(unsigned n, netc_div d) { return n - netc_quotient(n, d) * d.d; }

static __device__ __forceinline__ void netc_load(float (&r)[1], const float *p) { r[0] = *p; }
static __device__ __forceinline__ void netc_load(float (&r)[4], const float *p) {
  const float4 q = *(const float4 *)p;
  r[0] = q.x;
  r[1] = q.y;
  r[2] = q.z;
  r[3] = q.w;
}
static __device__ __forceinline__ void netc_store(float *p, const float (&r)[1]) { *p = r[0]; }
static __device__ __forceinline__ void netc_store(float *p, const float (&r)[4]) { *(float4 *)p = make_float4(r[0], r[1], r[2], r[3]); }

// Sums over the 32 lanes of a warp, and over a block of whole warps, in one fixed order. Every thread gets the result.
template <class T> static __device__ __forceinline__ T netc_warp_sum(T v) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
  return v;
}

template <class T> static __device__ __forceinline__ T netc_block_sum(T v) {
  __shared__ T part[32];
  const unsigned thread = threadIdx.x, warps = (blockDim.x + 31) / 32;
  v = netc_warp_sum(v);
  __syncthreads(); // part may still be read from the last sum
  if (thread % 32 == 0) part[thread / 32] = v;
  __syncthreads();
  v = part[0];
  for (unsigned w = 1; w < warps; w++) v += part[w];
  return v;
}
