// Activations and their gradients. A NaN stays one.

static __device__ __forceinline__ float activation_relu(float x) { return x <= 0 ? 0.0f : x; }
static __device__ __forceinline__ float activation_relu_dx(float y, float dy) { return y <= 0 ? dy * 0.0f : dy; }

static __device__ __forceinline__ float activation_leaky_relu(float x, float slope) { return x < 0 ? x * slope : x; }
static __device__ __forceinline__ float activation_leaky_relu_dx(float x, float dy, float slope) { return x <= 0 ? dy * slope : dy; }

static __device__ __forceinline__ float activation_elu(float x, float alpha) { return x < 0 ? alpha * expm1f(x) : x; }
static __device__ __forceinline__ float activation_elu_dx(float x, float dy, float alpha) { return x < 0 ? dy * (alpha * expf(x)) : dy; }

static __device__ __forceinline__ float activation_sigmoid(float x) {
  if (x < 0) {
    const float e = expf(x);
    return e / (1.0f + e);
  }
  return 1.0f / (1.0f + expf(-x));
}
static __device__ __forceinline__ float activation_sigmoid_dx(float y, float dy) { return dy * (y * (1.0f - y)); }

static __device__ __forceinline__ float activation_gelu(float x) { return x * normcdff(x); }
static __device__ __forceinline__ float activation_gelu_dx(float x, float dy) {
  return dy * (normcdff(x) + x * (0.3989422804014327f * expf(-0.5f * x * x)));
}

static __device__ __forceinline__ float activation_silu(float x) { return x * activation_sigmoid(x); }
static __device__ __forceinline__ float activation_silu_dx(float x, float dy) {
  const float s = activation_sigmoid(x);
  return dy * (s + x * s * (1.0f - s));
}

static __device__ __forceinline__ float activation_tanh(float x) { return tanhf(x); }
static __device__ __forceinline__ float activation_tanh_dx(float y, float dy) { return dy * ((1.0f - y) * (1.0f + y)); }

static __device__ __forceinline__ float activation_softplus(float x) {
  if (x > 0) return x + log1pf(expf(-x));
  return x != x ? x : log1pf(expf(x));
}
static __device__ __forceinline__ float activation_softplus_dx(float x, float dy) { return dy * activation_sigmoid(x); }
