// What NVRTC has built in, as far as the kernels use it, for a compiler that has no CUDA. Only what NVRTC declares without any header
// belongs here.
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __align__(n) __attribute__((aligned(n)))

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };
struct __align__(8) float2 { float x, y; };
struct __align__(16) float4 { float x, y, z, w; };
struct __align__(16) uint4 { unsigned x, y, z, w; };
__device__ float2 make_float2(float, float);
__device__ float4 make_float4(float, float, float, float);
__device__ uint4 make_uint4(unsigned, unsigned, unsigned, unsigned);
extern __device__ const uint3 threadIdx, blockIdx;
extern __device__ const dim3 blockDim, gridDim;

__device__ void __syncthreads();
__device__ void __syncwarp(unsigned = 0xffffffff);
__device__ unsigned __ballot_sync(unsigned, int);
#define SHUFFLE(T)                                            \
  __device__ T __shfl_sync(unsigned, T, int, int = 32);       \
  __device__ T __shfl_down_sync(unsigned, T, unsigned, int = 32); \
  __device__ T __shfl_xor_sync(unsigned, T, int, int = 32);
SHUFFLE(int) SHUFFLE(unsigned) SHUFFLE(float) SHUFFLE(double)
__device__ unsigned atomicAdd(unsigned *, unsigned);
__device__ int atomicAdd(int *, int);
__device__ unsigned atomicInc(unsigned *, unsigned);
__device__ void __threadfence();
__device__ unsigned long long atomicAdd(unsigned long long *, unsigned long long);

extern "C" {
__device__ float expf(float);
__device__ float expm1f(float);
__device__ float logf(float);
__device__ float log1pf(float);
__device__ float tanhf(float);
__device__ float sqrtf(float);
__device__ float rsqrtf(float);
__device__ float fabsf(float);
__device__ float fmaxf(float, float);
__device__ float fminf(float, float);
__device__ float fmaf(float, float, float);
__device__ float normcdff(float);
__device__ double sqrt(double);
__device__ double floor(double);
__device__ double round(double);
__device__ double pow(double, double);
__device__ double ldexp(double, int);
__device__ double fmin(double, double);
__device__ double fmax(double, double);
__device__ float __fadd_rn(float, float);
__device__ float __fsub_rn(float, float);
__device__ float __fmul_rn(float, float);
__device__ float __fdiv_rn(float, float);
__device__ float __fsqrt_rn(float);
__device__ double __dadd_rn(double, double);
__device__ double __dsub_rn(double, double);
__device__ double __dmul_rn(double, double);
__device__ double __ddiv_rn(double, double);
__device__ double __dsqrt_rn(double);
__device__ unsigned __umulhi(unsigned, unsigned);
__device__ int __ffs(int);
__device__ int __popc(unsigned);
__device__ float __uint_as_float(unsigned);
__device__ unsigned __float_as_uint(float);
__device__ double __longlong_as_double(long long);
__device__ long long __double_as_longlong(double);
__device__ double __hiloint2double(int, int);
}
__device__ float4 __ldg(const float4 *);
__device__ int min(int, int);
__device__ unsigned min(unsigned, unsigned);
__device__ unsigned min(int, unsigned);
__device__ unsigned min(unsigned, int);
__device__ int max(int, int);
__device__ unsigned max(unsigned, unsigned);
