// Batches gathered from a data set that lies in device memory, by the ids of the examples.

extern "C" __global__ void __launch_bounds__(256)
batch_floats(netc_tensor out_, const float *data, netc_tensor ids_, unsigned rows, unsigned width) {
  const unsigned t = blockIdx.z, n = rows * width;
  const unsigned *ids = (const unsigned *)netc_at(ids_, t);
  float *out = netc_at(out_, t);
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) out[i] = data[(long long)ids[i / width] * width + i % width];
}

// batch_bytes looks bytes up in tables of 256 numbers: feature k in table k % period.
extern "C" __global__ void __launch_bounds__(256)
batch_bytes(netc_tensor out_, const unsigned char *data, netc_tensor ids_, unsigned rows, unsigned width, const float *table, unsigned period) {
  const unsigned t = blockIdx.z, n = rows * width;
  const unsigned *ids = (const unsigned *)netc_at(ids_, t);
  float *out = netc_at(out_, t);
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    out[i] = table[i % width % period * 256 + data[(long long)ids[i / width] * width + i % width]];
}

// batch_labels makes rows of zeros with a one at the label.
extern "C" __global__ void __launch_bounds__(256)
batch_labels(netc_tensor out_, const int *labels, netc_tensor ids_, unsigned rows, unsigned width) {
  const unsigned t = blockIdx.z, n = rows * width;
  const unsigned *ids = (const unsigned *)netc_at(ids_, t);
  float *out = netc_at(out_, t);
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) out[i] = (unsigned)labels[ids[i / width]] == i % width ? 1.0f : 0.0f;
}
