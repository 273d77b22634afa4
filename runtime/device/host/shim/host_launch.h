// Starts the kernels of the text before it. NETC_KERNEL(name, meets) names each.
#pragma once

namespace netc {

struct Kernel {
  const char *name;
  bool meets; // its threads meet at barriers
  int args;
  const int *sizes;
  void (*run)(void **args, bool meets);
};

template <auto F, class S> struct Starter;
template <auto F, class... A> struct Starter<F, void (*)(A...)> {
  static constexpr int count = sizeof...(A);
  static constexpr int sizes[count + 1] = {int(sizeof(A))..., 0};

  template <size_t... I> static inline void call(void **args, std::index_sequence<I...>) {
    F(*(A *)args[I]...);
  }
  static void thread(void *args) { call((void **)args, std::index_sequence_for<A...>{}); }

  static void run(void **args, bool meets) {
    threads = blockDim.x * blockDim.y * blockDim.z;
    body = thread;
    body_arg = args;
    for (blockIdx.z = 0; blockIdx.z < gridDim.z; blockIdx.z++)
      for (blockIdx.y = 0; blockIdx.y < gridDim.y; blockIdx.y++)
        for (blockIdx.x = 0; blockIdx.x < gridDim.x; blockIdx.x++) {
          if (meets) {
            run_fibers();
          } else {
            for (threadIdx.z = 0; threadIdx.z < blockDim.z; threadIdx.z++)
              for (threadIdx.y = 0; threadIdx.y < blockDim.y; threadIdx.y++)
                for (threadIdx.x = 0; threadIdx.x < blockDim.x; threadIdx.x++) thread(args);
          }
          if (failed) return;
        }
  }
};

#define NETC_KERNEL(name, meets)                                                                                    \
  {#name, meets, Starter<&::name, decltype(&::name)>::count, Starter<&::name, decltype(&::name)>::sizes,             \
   Starter<&::name, decltype(&::name)>::run},
static const Kernel kernels[] = {
#include "host_kernels.inc"
    {nullptr, false, 0, nullptr, nullptr}};

} // namespace netc

extern "C" __attribute__((visibility("default"))) const netc::Kernel *netc_kernels() { return netc::kernels; }

extern "C" __attribute__((visibility("default"))) int netc_launch(int k, void **args, const int *dims, char *message, int size) {
  netc::message = message;
  netc::message_size = size;
  netc::failed = false;
  netc::current = nullptr;
  gridDim = dim3(dims[0], dims[1], dims[2]);
  blockDim = dim3(dims[3], dims[4], dims[5]);
  netc::kernels[k].run(args, netc::kernels[k].meets);
  if (netc::failed) // stacks in the middle of a thread are not used again
    for (netc::Fiber &f : netc::fibers) {
      if (f.stack) munmap(f.stack, netc::stack_size);
      f = netc::Fiber();
    }
  return netc::failed;
}

// netc_release gives the stacks back.
extern "C" __attribute__((visibility("default"))) void netc_release() {
  for (netc::Fiber &f : netc::fibers) {
    if (f.stack) munmap(f.stack, netc::stack_size);
    f = netc::Fiber();
  }
}
