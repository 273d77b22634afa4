// Losses: a warp has an example.

static __device__ __forceinline__ float loss_bce_term(float x, float t, float smooth) {
  const float w = (1.0f - smooth) * t + smooth / 2;
  return log1pf(expf(-fabsf(x))) + (x > 0 ? x : x != x ? x : 0.0f) - w * x;
}
static __device__ __forceinline__ float loss_sigmoid(float x) {
  if (x < 0) {
    const float e = expf(x);
    return e / (1.0f + e);
  }
  return 1.0f / (1.0f + expf(-x));
}
static __device__ __forceinline__ float loss_bce_slope(float x, float t, float smooth) { return loss_sigmoid(x) - ((1.0f - smooth) * t + smooth / 2); }

static __device__ __forceinline__ float loss_mse_term(float p, float y, float) { return (p - y) * (p - y); }
static __device__ __forceinline__ float loss_mse_slope(float p, float y, float) { return 2.0f * (p - y); }

static __device__ __forceinline__ float loss_mae_term(float p, float y, float) { return fabsf(p - y); }
static __device__ __forceinline__ float loss_mae_slope(float p, float y, float) {
  const float d = p - y;
  return d > 0 ? 1.0f : d < 0 ? -1.0f : d;
}

static __device__ __forceinline__ float loss_huber_term(float p, float y, float delta) {
  const float d = fabsf(p - y);
  return d > delta ? delta * (d - 0.5f * delta) : 0.5f * d * d;
}
static __device__ __forceinline__ float loss_huber_slope(float p, float y, float delta) {
  const float d = p - y;
  return d > delta ? delta : d < -delta ? -delta : d;
}

template <class F> static __device__ __forceinline__ void loss_mean(netc_tensor out, netc_tensor x_, netc_tensor y_, const float *parameter, unsigned n, unsigned size, F term) {
  const unsigned t = blockIdx.z, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= n) return;
  const float *x = netc_at(x_, t) + (long long)row * size, *y = netc_at(y_, t) + (long long)row * size;
  const float k = parameter[t];
  float sum = 0;
  for (unsigned i = threadIdx.x; i < size; i += 32) sum += term(x[i], y[i], k);
  sum = netc_warp_sum(sum);
  if (threadIdx.x == 0) netc_at(out, t)[row] = sum / (float)size;
}

struct loss_bce_each {
  __device__ __forceinline__ float operator()(float x, float y, float k) const { return loss_bce_term(x, y, k); }
};
extern "C" __global__ void __launch_bounds__(256) loss_bce(netc_tensor out, netc_tensor x, netc_tensor y, const float *parameter, unsigned n, unsigned size) {
  loss_mean(out, x, y, parameter, n, size, loss_bce_each());
}
struct loss_mse_each {
  __device__ __forceinline__ float operator()(float x, float y, float k) const { return loss_mse_term(x, y, k); }
};
extern "C" __global__ void __launch_bounds__(256) loss_mse(netc_tensor out, netc_tensor x, netc_tensor y, const float *parameter, unsigned n, unsigned size) {
  loss_mean(out, x, y, parameter, n, size, loss_mse_each());
}
struct loss_mae_each {
  __device__ __forceinline__ float operator()(float x, float y, float k) const { return loss_mae_term(x, y, k); }
};
extern "C" __global__ void __launch_bounds__(256) loss_mae(netc_tensor out, netc_tensor x, netc_tensor y, const float *parameter, unsigned n, unsigned size) {
  loss_mean(out, x, y, parameter, n, size, loss_mae_each());
}
struct loss_huber_each {
  __device__ __forceinline__ float operator()(float x, float y, float k) const { return loss_huber_term(x, y, k); }
};
extern "C" __global__ void __launch_bounds__(256) loss_huber(netc_tensor out, netc_tensor x, netc_tensor y, const float *parameter, unsigned n, unsigned size) {
  loss_mean(out, x, y, parameter, n, size, loss_huber_each());
}

// loss_softmax gives the largest logit of a row and the logarithm of the sum of e^(x - largest).
static __device__ __forceinline__ void loss_softmax(const float *x, unsigned size, float *top_, float *lse) {
  float top = x[0];
  for (unsigned i = threadIdx.x; i < size; i += 32) top = fmaxf(top, x[i]);
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, d));
  float sum = 0;
  for (unsigned i = threadIdx.x; i < size; i += 32) sum += expf(x[i] - top);
  *top_ = top;
  *lse = logf(netc_warp_sum(sum));
}

extern "C" __global__ void __launch_bounds__(256)
loss_cross_entropy(netc_tensor out, netc_tensor x_, netc_tensor y_, const float *smoothing, unsigned n, unsigned size) {
  const unsigned t = blockIdx.z, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= n) return;
  const float *x = netc_at(x_, t) + (long long)row * size, *y = netc_at(y_, t) + (long long)row * size;
  const float smooth = smoothing[t], even = smooth / (float)size;
  float top, lse, sum = 0;
  loss_softmax(x, size, &top, &lse);
  for (unsigned i = threadIdx.x; i < size; i += 32) sum += ((1.0f - smooth) * y[i] + even) * ((x[i] - top) - lse);
  sum = netc_warp_sum(sum);
  if (threadIdx.x == 0) netc_at(out, t)[row] = -sum;
}

extern "C" __global__ void __launch_bounds__(256)
loss_cross_entropy_dx(netc_tensor out_, netc_tensor x_, netc_tensor y_, const float *smoothing, unsigned n, unsigned size, netc_tensor dl) {
  const unsigned t = blockIdx.z, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= n) return;
  const float *x = netc_at(x_, t) + (long long)row * size, *y = netc_at(y_, t) + (long long)row * size;
  float *out = netc_at(out_, t) + (long long)row * size;
  const float smooth = smoothing[t], even = smooth / (float)size, d = netc_at(dl, t)[row];
  float top, lse;
  loss_softmax(x, size, &top, &lse);
  for (unsigned i = threadIdx.x; i < size; i += 32) out[i] = d * (expf((x[i] - top) - lse) - ((1.0f - smooth) * y[i] + even));
}
