//go:build (cuda || cucgo) && linux && cgo

package cucgo

// #include <cuda.h>
import "C"

import (
	"fmt"
	"reflect"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
	"github.com/netc-lang/netc/runtime/device/internal/nvidia"
)

// New makes the driver. Nothing is opened before it is asked for devices.
func New() device.Driver { return nvidia.New("cuda (cgo)", load) }

// load lets the forwarding functions that cu is linked against jump to the driver that was found.
func load(lib *dl.Library) (nvidia.API, error) {
	if err := nvidia.Complete(lib); err != nil {
		return nil, err
	}
	path := C.CString(lib.Path)
	defer C.free(unsafe.Pointer(path))
	var message [512]C.char
	if C.netc_cuda_open(path, &message[0], C.int(len(message))) != 0 {
		return nil, fmt.Errorf("%w: %s", device.ErrUnavailable, C.GoString(&message[0]))
	}
	return api{}, nil
}

// api calls the driver through cu, and by itself what cu does not have: recordings, kernels with structs as arguments.
type api struct{}

// result is the driver's code in an error of cu's, whose type is not exported.
func result(err error) nvidia.Result {
	if err == nil {
		return 0
	}
	if v := reflect.ValueOf(err); v.CanInt() {
		return nvidia.Result(v.Int())
	}
	return nvidia.Result(C.CUDA_ERROR_UNKNOWN)
}

// Values of cu are structs around one handle each, and the other way round.
func stream(s uintptr) cu.Stream   { return *(*cu.Stream)(unsafe.Pointer(&s)) }
func event(e uintptr) cu.Event     { return *(*cu.Event)(unsafe.Pointer(&e)) }
func module(m uintptr) cu.Module   { return *(*cu.Module)(unsafe.Pointer(&m)) }
func cStream(s uintptr) C.CUstream { return *(*C.CUstream)(unsafe.Pointer(&s)) }
func cEvent(e uintptr) C.CUevent   { return *(*C.CUevent)(unsafe.Pointer(&e)) }
func cGraph(g uintptr) C.CUgraph   { return *(*C.CUgraph)(unsafe.Pointer(&g)) }
func cExec(e uintptr) C.CUgraphExec {
	return *(*C.CUgraphExec)(unsafe.Pointer(&e))
}
func cFunction(f uintptr) C.CUfunction { return *(*C.CUfunction)(unsafe.Pointer(&f)) }

// handle takes the handle out of a value of cu's.
func handle[T any](v T) uintptr { return *(*uintptr)(unsafe.Pointer(&v)) }

func (api) Init() nvidia.Result { return nvidia.Result(C.cuInit(0)) }

func (api) DriverVersion() (int, nvidia.Result) {
	if v := cu.Version(); v >= 0 {
		return v, 0
	}
	var v C.int
	return 0, nvidia.Result(C.cuDriverGetVersion(&v))
}

func (api) DeviceCount() (int, nvidia.Result) {
	n, err := cu.NumDevices()
	return n, result(err)
}

func (api) Device(ordinal int) (int32, nvidia.Result) {
	d, err := cu.GetDevice(ordinal)
	return int32(d), result(err)
}

func (api) ErrorText(r nvidia.Result) (name, text string) {
	var n, t *C.char
	if C.cuGetErrorName(C.CUresult(r), &n) == C.CUDA_SUCCESS {
		name = C.GoString(n)
	}
	if C.cuGetErrorString(C.CUresult(r), &t) == C.CUDA_SUCCESS {
		text = C.GoString(t)
	}
	return name, text
}

func (api) DeviceName(dev int32) (string, nvidia.Result) {
	name, err := cu.Device(dev).Name()
	return name, result(err)
}

func (api) DeviceMemory(dev int32) (int64, nvidia.Result) {
	n, err := cu.Device(dev).TotalMem()
	return n, result(err)
}

func (api) DeviceAttribute(dev, attr int32) (int, nvidia.Result) {
	v, err := cu.Device(dev).Attribute(cu.DeviceAttribute(attr))
	return v, result(err)
}

func (api) RetainPrimary(dev int32) (uintptr, nvidia.Result) {
	ctx, err := cu.Device(dev).RetainPrimaryCtx()
	return handle(ctx), result(err)
}

func (api) ReleasePrimary(dev int32) nvidia.Result {
	return result(cu.Device(dev).ReleasePrimaryCtx())
}

func (api) SetCurrent(ctx uintptr) nvidia.Result {
	return result(cu.SetCurrentContext(*(*cu.CUContext)(unsafe.Pointer(&ctx))))
}

func (api) MemInfo() (free, total int64, r nvidia.Result) {
	free, total, err := cu.MemInfo()
	return free, total, result(err)
}

func (api) Alloc(bytes int64) (uint64, nvidia.Result) {
	p, err := cu.MemAlloc(bytes)
	return uint64(p), result(err)
}

func (api) Free(p uint64) nvidia.Result { return result(cu.MemFree(cu.DevicePtr(p))) }

func (api) AllocHost(bytes int64) (unsafe.Pointer, nvidia.Result) {
	var p unsafe.Pointer
	r := C.cuMemAllocHost(&p, C.size_t(bytes))
	return p, nvidia.Result(r)
}

func (api) FreeHost(p unsafe.Pointer) nvidia.Result { return result(cu.MemFreeHost(p)) }

func (api) LoadModule(image []byte) (uintptr, nvidia.Result) {
	m, err := cu.LoadData(string(image))
	return handle(m), result(err)
}

func (api) UnloadModule(m uintptr) nvidia.Result { return result(module(m).Unload()) }

func (api) Function(m uintptr, name string) (uintptr, nvidia.Result) {
	f, err := module(m).Function(name)
	return handle(f), result(err)
}

func (api) SetFunctionAttribute(f uintptr, attr, value int32) nvidia.Result {
	return nvidia.Result(C.cuFuncSetAttribute(cFunction(f), C.CUfunction_attribute(attr), C.int(value)))
}

func (api) CreateStream() (uintptr, nvidia.Result) {
	s, err := cu.MakeStream(cu.NonBlocking)
	return handle(s), result(err)
}

func (api) DestroyStream(s uintptr) nvidia.Result {
	v := stream(s)
	return result(v.Destroy())
}

func (api) SynchronizeStream(s uintptr) nvidia.Result {
	return nvidia.Result(C.cuStreamSynchronize(cStream(s)))
}

func (api) BeginCapture(s uintptr) nvidia.Result {
	return nvidia.Result(C.cuStreamBeginCapture(cStream(s), C.CU_STREAM_CAPTURE_MODE_RELAXED))
}

func (api) EndCapture(s uintptr) (uintptr, nvidia.Result) {
	var g C.CUgraph
	r := C.cuStreamEndCapture(cStream(s), &g)
	return uintptr(unsafe.Pointer(g)), nvidia.Result(r)
}

func (api) Instantiate(graph uintptr) (uintptr, nvidia.Result) {
	var e C.CUgraphExec
	r := C.cuGraphInstantiateWithFlags(&e, cGraph(graph), 0)
	return uintptr(unsafe.Pointer(e)), nvidia.Result(r)
}

func (api) DestroyGraph(graph uintptr) nvidia.Result {
	return nvidia.Result(C.cuGraphDestroy(cGraph(graph)))
}

func (api) DestroyExec(exec uintptr) nvidia.Result {
	return nvidia.Result(C.cuGraphExecDestroy(cExec(exec)))
}

func (api) LaunchGraph(exec, s uintptr) nvidia.Result {
	return nvidia.Result(C.cuGraphLaunch(cExec(exec), cStream(s)))
}

func (api) CreateEvent() (uintptr, nvidia.Result) {
	e, err := cu.MakeEvent(cu.DefaultEvent)
	return handle(e), result(err)
}

func (api) DestroyEvent(e uintptr) nvidia.Result {
	v := event(e)
	return result(cu.DestroyEvent(&v))
}

func (api) RecordEvent(e, s uintptr) nvidia.Result {
	return nvidia.Result(C.cuEventRecord(cEvent(e), cStream(s)))
}

func (api) SynchronizeEvent(e uintptr) nvidia.Result {
	return nvidia.Result(C.cuEventSynchronize(cEvent(e)))
}

func (api) ElapsedTime(from, to uintptr) (float32, nvidia.Result) {
	var ms C.float
	r := C.cuEventElapsedTime(&ms, cEvent(from), cEvent(to))
	return float32(ms), nvidia.Result(r)
}

func (api) CopyToDevice(dst uint64, src unsafe.Pointer, bytes int64, s uintptr) nvidia.Result {
	return result(cu.MemcpyHtoDAsync(cu.DevicePtr(dst), src, bytes, stream(s)))
}

func (api) CopyFromDevice(dst unsafe.Pointer, src uint64, bytes int64, s uintptr) nvidia.Result {
	return result(cu.MemcpyDtoHAsync(dst, cu.DevicePtr(src), bytes, stream(s)))
}

func (api) CopyOnDevice(dst, src uint64, bytes int64, s uintptr) nvidia.Result {
	return result(cu.MemcpyDtoDAsync(cu.DevicePtr(dst), cu.DevicePtr(src), bytes, stream(s)))
}

func (api) Fill32(dst uint64, word uint32, n int64, s uintptr) nvidia.Result {
	return result(cu.MemsetD32Async(cu.DevicePtr(dst), uint(word), n, stream(s)))
}

func (api) LaunchKernel(f uintptr, grid, block [3]uint32, shared uint32, s uintptr, params *uintptr) nvidia.Result {
	return nvidia.Result(C.cuLaunchKernel(cFunction(f), C.uint(grid[0]), C.uint(grid[1]), C.uint(grid[2]),
		C.uint(block[0]), C.uint(block[1]), C.uint(block[2]), C.uint(shared), cStream(s), (*unsafe.Pointer)(unsafe.Pointer(params)), nil))
}
