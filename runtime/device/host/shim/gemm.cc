// Matrix products for the device on the processor: row-major, float32 sums in the order of k.
#include <stdint.h>
#include <string.h>

enum Precision { fp32, tf32, bf16 };

// rounded keeps so many bits of the mantissa, to nearest, ties to even.
static float rounded(float x, int drop) {
  uint32_t w;
  memcpy(&w, &x, 4);
  if ((w & 0x7f800000) == 0x7f800000) return x; // infinite, or not a number
  w += (1u << (drop - 1)) - 1 + (w >> drop & 1);
  w &= ~((1u << drop) - 1);
  memcpy(&x, &w, 4);
  return x;
}

static float operand(float x, int precision) {
  switch (precision) {
  case tf32:
    return rounded(x, 13);
  case bf16:
    return rounded(x, 16);
  }
  return x;
}

struct Gemm {
  int64_t m, n, k, transA, transB, lda, ldb, ldc, strideA, strideB, strideC, batch, precision;
  const float *a, *b;
  float *c;
  float alpha, beta;
};

extern "C" void netc_gemm(const Gemm *g, float *row) {
  for (int64_t batch = 0; batch < g->batch; batch++) {
    const float *a = g->a + batch * g->strideA, *b = g->b + batch * g->strideB;
    float *c = g->c + batch * g->strideC;
    for (int64_t i = 0; i < g->m; i++) {
      for (int64_t j = 0; j < g->n; j++) row[j] = 0;
      if (g->transB) {
        for (int64_t j = 0; j < g->n; j++) {
          float sum = 0;
          for (int64_t k = 0; k < g->k; k++) {
            float x = g->transA ? a[k * g->lda + i] : a[i * g->lda + k];
            sum += operand(x, g->precision) * operand(b[j * g->ldb + k], g->precision);
          }
          row[j] = sum;
        }
      } else {
        for (int64_t k = 0; k < g->k; k++) {
          float x = operand(g->transA ? a[k * g->lda + i] : a[i * g->lda + k], g->precision);
          const float *from = b + k * g->ldb;
          if (g->precision == fp32)
            for (int64_t j = 0; j < g->n; j++) row[j] += x * from[j];
          else
            for (int64_t j = 0; j < g->n; j++) row[j] += x * operand(from[j], g->precision);
        }
      }
      float *to = c + i * g->ldc;
      for (int64_t j = 0; j < g->n; j++) to[j] = g->beta == 0 ? g->alpha * row[j] : g->alpha * row[j] + g->beta * to[j];
    }
  }
}
