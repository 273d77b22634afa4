// Package cucgo is the driver of NVIDIA's devices on gorgonia.org/cu, through cgo. It exists under the build tags cuda and cucgo, and
// does what package cuda does, which needs neither cgo nor a C compiler; the search for libraries, streams, compilation and
// errors are the same code.
//
// cu wants cuda.h and libcuda, which come with NVIDIA's toolkit and driver. Neither is needed: include/cuda.h declares what cu uses,
// and forward/forward.c is linked in place of libcuda and passes calls on to the driver that is found at run time. gcc alone builds
// it, and the program runs on machines without a driver too. To build:
//
//	eval "$(go run ./runtime/device/cucgo/prepare)"
//	go build -tags cucgo ./...
//
// The tag cuda does the same, but it is gorgonia's too: it compiles gorgonia's own CUDA machine into the program, which netc never runs,
// and with it cu's bindings of cuBLAS and cuDNN, for which include/ has headers and forward/unused.c what they are linked with.
package cucgo
