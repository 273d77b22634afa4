// What CUDA C has built in, for a C++ compiler: a translation unit of kernels is compiled behind this header, and the threads of a
// grid run one after another. The kernels' text is included after it, and host_launch.h after that.
//
// A block whose kernel meets others at a barrier runs each thread on a stack of its own; a barrier or a warp's exchange
// switches to the next thread. Other kernels run in plain loops.
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <utility>

#define __CUDA_ARCH__ 800
#define __CUDACC__ 1
#define NETC_HOST 1
#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)
#define __builtin_align__(n) __align__(n)

// Vector types.
#define NETC_VECTOR(T, N, A2, A4)                                                                      \
  struct N##1 { T x; };                                                                                \
  struct __align__(A2) N##2 { T x, y; };                                                               \
  struct N##3 { T x, y, z; };                                                                          \
  struct __align__(A4) N##4 { T x, y, z, w; };                                                         \
  static inline N##1 make_##N##1(T x) { return {x}; }                                                  \
  static inline N##2 make_##N##2(T x, T y) { return {x, y}; }                                          \
  static inline N##3 make_##N##3(T x, T y, T z) { return {x, y, z}; }                                  \
  static inline N##4 make_##N##4(T x, T y, T z, T w) { return {x, y, z, w}; }
NETC_VECTOR(char, char, 2, 4)
NETC_VECTOR(unsigned char, uchar, 2, 4)
NETC_VECTOR(short, short, 4, 8)
NETC_VECTOR(unsigned short, ushort, 4, 8)
NETC_VECTOR(int, int, 8, 16)
NETC_VECTOR(unsigned int, uint, 8, 16)
NETC_VECTOR(float, float, 8, 16)
NETC_VECTOR(double, double, 16, 16)
NETC_VECTOR(long long, longlong, 16, 16)
NETC_VECTOR(unsigned long long, ulonglong, 16, 16)
#undef NETC_VECTOR

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;
static const int warpSize = 32;
alignas(256) static unsigned char netc_dynamic_shared[256 << 10];

// Threads on stacks of their own.
namespace netc {

enum State { runnable, at_block, at_warp, done };

struct Fiber {
  void *sp = nullptr;
  char *stack = nullptr;
  State state = done;
  unsigned mask = 0;     // of the lanes that it waits for
  unsigned present = 0;  // of the lanes that came to its last exchange
  unsigned turn = 0;     // counts its exchanges
  int vote = 0;          // at a barrier that counts
  uint64_t slot[2] = {}; // what it gives to its warp, in turns
};

const int max_threads = 1024;
const size_t stack_size = 256 << 10;

static Fiber fibers[max_threads];
static Fiber *current;
static void *scheduler;
static void (*body)(void *);
static void *body_arg;
static int threads, tally;
static char *message;
static int message_size;
static bool failed;

static void fail(const char *what) {
  if (failed) return;
  failed = true;
  snprintf(message, message_size, "%s (block %u,%u,%u, thread %u,%u,%u)", what, blockIdx.x, blockIdx.y, blockIdx.z,
           threadIdx.x, threadIdx.y, threadIdx.z);
}

#if defined(__x86_64__)
extern "C" __attribute__((visibility("hidden"))) void netc_switch(void **save, void *to);
asm(".text\n.p2align 4\n.hidden netc_switch\n.globl netc_switch\n.type netc_switch,@function\nnetc_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp,(%rdi)\n  movq %rsi,%rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n  ret\n"
    ".size netc_switch,.-netc_switch\n");
static void *prepare(char *stack, void (*entry)()) {
  void **top = (void **)(stack + stack_size);
  *--top = nullptr; // a return address for entry, which keeps the stack aligned as after a call
  *--top = (void *)entry;
  for (int i = 0; i < 6; i++) *--top = nullptr;
  return top;
}
#elif defined(__aarch64__) && !defined(__APPLE__)
extern "C" __attribute__((visibility("hidden"))) void netc_switch(void **save, void *to);
asm(".text\n.p2align 4\n.hidden netc_switch\n.globl netc_switch\n.type netc_switch,%function\nnetc_switch:\n"
    "  sub sp,sp,#160\n  stp x19,x20,[sp]\n  stp x21,x22,[sp,#16]\n  stp x23,x24,[sp,#32]\n  stp x25,x26,[sp,#48]\n"
    "  stp x27,x28,[sp,#64]\n  stp x29,x30,[sp,#80]\n  stp d8,d9,[sp,#96]\n  stp d10,d11,[sp,#112]\n"
    "  stp d12,d13,[sp,#128]\n  stp d14,d15,[sp,#144]\n"
    "  mov x9,sp\n  str x9,[x0]\n  mov sp,x1\n"
    "  ldp x19,x20,[sp]\n  ldp x21,x22,[sp,#16]\n  ldp x23,x24,[sp,#32]\n  ldp x25,x26,[sp,#48]\n"
    "  ldp x27,x28,[sp,#64]\n  ldp x29,x30,[sp,#80]\n  ldp d8,d9,[sp,#96]\n  ldp d10,d11,[sp,#112]\n"
    "  ldp d12,d13,[sp,#128]\n  ldp d14,d15,[sp,#144]\n  add sp,sp,#160\n  ret\n"
    ".size netc_switch,.-netc_switch\n");
static void *prepare(char *stack, void (*entry)()) {
  void **frame = (void **)(stack + stack_size - 160);
  memset(frame, 0, 160);
  frame[11] = (void *)entry; // x30, where the switch returns to
  return frame;
}
#else
#define NETC_UCONTEXT 1
#include <ucontext.h>
static ucontext_t contexts[max_threads + 1];
static void netc_switch(void **save, void *to) {
  ucontext_t *mine = current ? &contexts[current - fibers] : &contexts[max_threads];
  *save = mine;
  swapcontext(mine, (ucontext_t *)to);
}
#endif

static void yield() {
  Fiber *f = current;
#ifdef NETC_UCONTEXT
  swapcontext(&contexts[f - fibers], &contexts[max_threads]);
#else
  netc_switch(&f->sp, scheduler);
#endif
}

static void fiber_main() {
  for (;;) { // a stack whose thread is done takes the next one
    body(body_arg);
    current->state = done;
    yield();
  }
}

static void start(Fiber *f) {
  if (!f->stack) {
    f->stack = (char *)mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (f->stack == (char *)MAP_FAILED) {
      f->stack = nullptr;
      return;
    }
    mprotect(f->stack, 4096, PROT_NONE);
#ifdef NETC_UCONTEXT
    ucontext_t *c = &contexts[f - fibers];
    getcontext(c);
    c->uc_stack.ss_sp = f->stack;
    c->uc_stack.ss_size = stack_size;
    c->uc_link = nullptr;
    makecontext(c, fiber_main, 0);
    f->sp = c;
#else
    f->sp = prepare(f->stack, fiber_main);
#endif
  }
  f->state = runnable;
}

static void locate(int t) {
  threadIdx.x = t % blockDim.x;
  threadIdx.y = t / blockDim.x % blockDim.y;
  threadIdx.z = t / (blockDim.x * blockDim.y);
}

static void resume(int t) {
  Fiber *f = &fibers[t];
  locate(t);
  current = f;
#ifdef NETC_UCONTEXT
  swapcontext(&contexts[max_threads], (ucontext_t *)f->sp);
#else
  netc_switch(&scheduler, f->sp);
#endif
  current = nullptr;
}

// run_fibers runs one block to its end. Within a warp, lanes run until each waits or is done; an exchange is over when all lanes that
// it names are there, a barrier when all threads are.
static void run_fibers() {
  for (int t = 0; t < threads; t++) {
    start(&fibers[t]);
    fibers[t].turn = 0;
    if (!fibers[t].stack) return fail("no memory for the stacks of the threads");
  }
  for (;;) {
    bool alive = false;
    for (int w = 0; w < threads; w += 32) {
      int lanes = threads - w < 32 ? threads - w : 32;
      for (;;) {
        bool ran = false;
        for (int l = 0; l < lanes; l++)
          if (fibers[w + l].state == runnable) {
            resume(w + l);
            ran = true;
            if (failed) return;
          }
        // Exchanges whose lanes are all there go on.
        unsigned live = 0, waiting = 0;
        for (int l = 0; l < lanes; l++) {
          if (fibers[w + l].state != done) live |= 1u << l;
          if (fibers[w + l].state == at_warp) waiting |= 1u << l;
        }
        for (int l = 0; l < lanes; l++) {
          Fiber *f = &fibers[w + l];
          if (f->state != at_warp || (f->mask & live & ~waiting)) continue;
          unsigned mask = f->mask;
          for (int k = 0; k < lanes; k++)
            if ((mask >> k & 1) && fibers[w + k].state == at_warp) {
              fibers[w + k].state = runnable;
              fibers[w + k].present = mask & waiting;
            }
          ran = true;
        }
        if (!ran) break;
      }
      for (int l = 0; l < lanes; l++) {
        if (fibers[w + l].state == at_warp) {
          locate(w + l);
          return fail("the threads of a warp do not meet: some wait at an exchange, others elsewhere");
        }
        alive = alive || fibers[w + l].state != done;
      }
    }
    if (!alive) return;
    tally = 0;
    for (int t = 0; t < threads; t++)
      if (fibers[t].state == at_block) tally += fibers[t].vote;
    for (int t = 0; t < threads; t++)
      if (fibers[t].state == at_block) fibers[t].state = runnable;
  }
}

static void barrier(int vote) {
  if (!current) return fail("a barrier in a kernel that was taken for one without");
  current->vote = vote;
  current->state = at_block;
  yield();
}

static int lane() { return int(current - fibers) & 31; }

// exchange gives v to the lanes of the mask and waits for theirs, which taken() then reads.
static void exchange(unsigned mask, uint64_t v) {
  if (!current) return fail("an exchange in a kernel that was taken for one without");
  current->slot[current->turn & 1] = v;
  current->turn++;
  current->mask = mask;
  current->state = at_warp;
  yield();
}

static uint64_t taken(int from) {
  int at = (int(current - fibers) & ~31) + from;
  if (at >= threads) return 0;
  return fibers[at].slot[(current->turn - 1) & 1];
}

template <class T> static uint64_t pack(T v) {
  static_assert(sizeof(T) <= 8, "at most 8 bytes are exchanged");
  uint64_t w = 0;
  memcpy(&w, &v, sizeof v);
  return w;
}
template <class T> static T unpack(uint64_t w) {
  T v;
  memcpy(&v, &w, sizeof v);
  return v;
}

template <class T> static T shuffle(unsigned mask, T v, int from, bool inside) {
  exchange(mask, pack(v));
  return inside ? unpack<T>(taken(from)) : v;
}

} // namespace netc

static inline void __syncthreads() { netc::barrier(0); }
static inline int __syncthreads_count(int p) { netc::barrier(p != 0); return netc::tally; }
static inline int __syncthreads_or(int p) { netc::barrier(p != 0); return netc::tally > 0; }
static inline int __syncthreads_and(int p) { netc::barrier(p == 0); return netc::tally == 0; }
static inline void __syncwarp(unsigned mask = 0xffffffff) { netc::exchange(mask, 0); }
static inline void __threadfence() {}
static inline void __threadfence_block() {}
static inline void __threadfence_system() {}

template <class T> static T __shfl_sync(unsigned mask, T v, int from, int width = 32) {
  int l = netc::lane();
  return netc::shuffle(mask, v, (l & -width) + (from & (width - 1)), true);
}
template <class T> static T __shfl_up_sync(unsigned mask, T v, unsigned by, int width = 32) {
  int l = netc::lane(), from = l - int(by);
  return netc::shuffle(mask, v, from, from >= (l & -width));
}
template <class T> static T __shfl_down_sync(unsigned mask, T v, unsigned by, int width = 32) {
  int l = netc::lane(), from = l + int(by);
  return netc::shuffle(mask, v, from, from < (l & -width) + width);
}
template <class T> static T __shfl_xor_sync(unsigned mask, T v, int by, int width = 32) {
  int l = netc::lane(), from = l ^ by;
  return netc::shuffle(mask, v, from, from < (l & -width) + width);
}
static inline unsigned __ballot_sync(unsigned mask, int p) {
  netc::exchange(mask, p != 0);
  unsigned b = 0;
  for (int l = 0; l < 32; l++)
    if ((netc::current->present >> l & 1) && netc::taken(l)) b |= 1u << l;
  return b;
}
static inline int __any_sync(unsigned mask, int p) { return __ballot_sync(mask, p) != 0; }
static inline int __all_sync(unsigned mask, int p) { return __ballot_sync(mask, !p) == 0; }

// Atomics: one thread runs at a time.
template <class T> static T netc_swap(T *p, T v) { T old = *p; *p = v; return old; }
template <class T, class U> static T atomicAdd(T *p, U v) { return netc_swap(p, T(*p + T(v))); }
template <class T, class U> static T atomicSub(T *p, U v) { return netc_swap(p, T(*p - T(v))); }
template <class T, class U> static T atomicExch(T *p, U v) { return netc_swap(p, T(v)); }
template <class T, class U> static T atomicMax(T *p, U v) { return netc_swap(p, *p < T(v) ? T(v) : *p); }
template <class T, class U> static T atomicMin(T *p, U v) { return netc_swap(p, T(v) < *p ? T(v) : *p); }
template <class T, class U> static T atomicAnd(T *p, U v) { return netc_swap(p, T(*p & T(v))); }
template <class T, class U> static T atomicOr(T *p, U v) { return netc_swap(p, T(*p | T(v))); }
template <class T, class U> static T atomicXor(T *p, U v) { return netc_swap(p, T(*p ^ T(v))); }
template <class T, class U> static T atomicCAS(T *p, U is, U v) { return netc_swap(p, *p == T(is) ? T(v) : *p); }
static inline unsigned atomicInc(unsigned *p, unsigned top) { return netc_swap(p, *p >= top ? 0u : *p + 1); }

// Arithmetic. Results of fast and approximate functions are those of the exact ones.
template <class T> static T __ldg(const T *p) { return *p; }
template <class T> static T __ldcs(const T *p) { return *p; }
template <class T> static void __stcs(T *p, T v) { *p = v; }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __frcp_rn(float a) { return 1 / a; }
static inline float __fsqrt_rn(float a) { return sqrtf(a); }
static inline float __frsqrt_rn(float a) { return float(1 / sqrt(double(a))); }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline double __dsub_rn(double a, double b) { return a - b; }
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline double __ddiv_rn(double a, double b) { return a / b; }
static inline double __dsqrt_rn(double a) { return sqrt(a); }
static inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
static inline float __fdividef(float a, float b) { return a / b; }
#define __expf expf // the C library has functions of these names
#define __logf logf
#define __sinf sinf
#define __cosf cosf
#define __powf powf
static inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }
static inline float netc_rsqrtf(float x) { return float(1 / sqrt(double(x))); }
static inline double netc_rsqrt(double x) { return 1 / sqrt(x); }
#define rsqrtf netc_rsqrtf // newer C libraries have functions of these names
#define rsqrt netc_rsqrt
static inline float normcdff(float x) { return float(0.5 * erfc(-double(x) * 0.70710678118654752440)); }
static inline double normcdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
static inline void sincospif(float x, float *s, float *c) { *s = float(sin(M_PI * x)); *c = float(cos(M_PI * x)); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned(uint64_t(a) * b >> 32); }
static inline int __mulhi(int a, int b) { return int(int64_t(a) * b >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __clz(int x) { return x ? __builtin_clz(unsigned(x)) : 32; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline float __uint_as_float(unsigned w) { return netc::unpack<float>(w); }
static inline float __int_as_float(int w) { return netc::unpack<float>(unsigned(w)); }
static inline unsigned __float_as_uint(float f) { return unsigned(netc::pack(f)); }
static inline int __float_as_int(float f) { return int(netc::pack(f)); }
static inline double __longlong_as_double(long long w) { return netc::unpack<double>(uint64_t(w)); }
static inline long long __double_as_longlong(double d) { return (long long)netc::pack(d); }
static inline int __double2hiint(double d) { return int(netc::pack(d) >> 32); }
static inline int __double2loint(double d) { return int(netc::pack(d)); }
static inline double __hiloint2double(int hi, int lo) { return netc::unpack<double>(uint64_t(unsigned(hi)) << 32 | unsigned(lo)); }
static inline int __float2int_rz(float x) { return int(x); }
static inline int __float2int_rn(float x) { return int(rintf(x)); }
static inline int __double2int_rz(double x) { return int(x); }
static inline float __double2float_rn(double x) { return float(x); }
static inline float __int2float_rn(int x) { return float(x); }
static inline float __uint2float_rn(unsigned x) { return float(x); }
static inline double __uint2double_rn(unsigned x) { return double(x); }

// min, max and abs are overloaded in CUDA C, for mixed types of one size too.
#define NETC_MINMAX(T)                                           \
  static inline T min(T a, T b) { return b < a ? b : a; }        \
  static inline T max(T a, T b) { return a < b ? b : a; }
NETC_MINMAX(int)
NETC_MINMAX(unsigned)
NETC_MINMAX(long)
NETC_MINMAX(unsigned long)
NETC_MINMAX(long long)
NETC_MINMAX(unsigned long long)
#undef NETC_MINMAX
static inline unsigned min(int a, unsigned b) { return min(unsigned(a), b); }
static inline unsigned min(unsigned a, int b) { return min(a, unsigned(b)); }
static inline unsigned max(int a, unsigned b) { return max(unsigned(a), b); }
static inline unsigned max(unsigned a, int b) { return max(a, unsigned(b)); }
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
