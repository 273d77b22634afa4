// Category codes and the rows of tables that they stand for.

// table_row is the row of a code of a column: a code outside its vocabulary counts as the last slot.
static __device__ __forceinline__ unsigned table_row(float code, const unsigned *starts, unsigned column) {
  const unsigned first = starts[column], size = starts[column + 1] - first;
  if (!(code >= 0 && code < (float)size)) return first + size - 1;
  return first + (unsigned)code;
}

// table_embed_dw adds up dy over the codes that picked each row, in the order of the examples. A warp has a row: its lanes look for
// codes 32 at a time, then share out the numbers of dy.
extern "C" __global__ void __launch_bounds__(256)
table_embed_dw(netc_tensor out_, netc_tensor codes_, netc_tensor dy_, const unsigned *starts, const unsigned *column_of, unsigned rows, unsigned d, unsigned n, unsigned columns) {
  const unsigned t = blockIdx.z, row = blockIdx.x * blockDim.y + threadIdx.y, lane = threadIdx.x;
  if (row >= rows) return;
  const float *codes = netc_at(codes_, t), *dy = netc_at(dy_, t);
  float *out = netc_at(out_, t) + (long long)row * d;
  const unsigned column = column_of[row];
  for (unsigned from = 0; from < d; from += 32) {
    const unsigned k = from + lane;
    float sum = 0;
    for (unsigned first = 0; first < n; first += 32) {
      const unsigned i = first + lane;
      unsigned hits = __ballot_sync(0xffffffffu, i < n && table_row(codes[(i < n ? i : 0) * columns + column], starts, column) == row);
      for (; hits; hits &= hits - 1) {
        const unsigned example = first + __ffs((int)hits) - 1;
        if (k < d) sum += dy[((long long)example * columns + column) * d + k];
      }
    }
    if (k < d) out[k] = sum;
  }
}
