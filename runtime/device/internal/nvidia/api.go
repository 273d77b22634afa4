package nvidia

import "unsafe"

// API is the part of the CUDA driver that is used: one method a function, under the function's own result codes. There are two:
// Dynamic, which calls an opened library, and the one of package cucgo, which goes through gorgonia.org/cu. Apart from the
// first five, methods are called on the thread that SetCurrent was called on.
//
// Words that are handles in C are uintptr; addresses in device memory are uint64.
type API interface {
	Init() Result                                             // cuInit
	DriverVersion() (int, Result)                             // cuDriverGetVersion: 12040 for CUDA 12.4
	DeviceCount() (int, Result)                               // cuDeviceGetCount
	Device(ordinal int) (int32, Result)                       // cuDeviceGet
	ErrorText(Result) (name, text string)                     // cuGetErrorName, cuGetErrorString; empty where unknown
	DeviceName(dev int32) (string, Result)                    // cuDeviceGetName
	DeviceMemory(dev int32) (int64, Result)                   // cuDeviceTotalMem
	DeviceAttribute(dev, attr int32) (int, Result)            // cuDeviceGetAttribute
	RetainPrimary(dev int32) (uintptr, Result)                // cuDevicePrimaryCtxRetain
	ReleasePrimary(dev int32) Result                          // cuDevicePrimaryCtxRelease
	SetCurrent(ctx uintptr) Result                            // cuCtxSetCurrent; 0 takes the context off the thread
	MemInfo() (free, total int64, r Result)                   // cuMemGetInfo
	Alloc(bytes int64) (uint64, Result)                       // cuMemAlloc
	Free(p uint64) Result                                     // cuMemFree
	AllocHost(bytes int64) (unsafe.Pointer, Result)           // cuMemAllocHost: memory that the card reads by itself
	FreeHost(p unsafe.Pointer) Result                         // cuMemFreeHost
	LoadModule(image []byte) (uintptr, Result)                // cuModuleLoadData; image ends in a zero byte
	UnloadModule(m uintptr) Result                            // cuModuleUnload
	Function(m uintptr, name string) (uintptr, Result)        // cuModuleGetFunction
	SetFunctionAttribute(f uintptr, attr, value int32) Result // cuFuncSetAttribute

	CreateStream() (uintptr, Result)             // cuStreamCreate, CU_STREAM_NON_BLOCKING
	DestroyStream(s uintptr) Result              // cuStreamDestroy
	SynchronizeStream(s uintptr) Result          // cuStreamSynchronize
	BeginCapture(s uintptr) Result               // cuStreamBeginCapture, CU_STREAM_CAPTURE_MODE_RELAXED
	EndCapture(s uintptr) (uintptr, Result)      // cuStreamEndCapture
	Instantiate(graph uintptr) (uintptr, Result) // cuGraphInstantiateWithFlags
	DestroyGraph(graph uintptr) Result           // cuGraphDestroy
	DestroyExec(exec uintptr) Result             // cuGraphExecDestroy
	LaunchGraph(exec, s uintptr) Result          // cuGraphLaunch

	CreateEvent() (uintptr, Result)                 // cuEventCreate, with time stamps
	DestroyEvent(e uintptr) Result                  // cuEventDestroy
	RecordEvent(e, s uintptr) Result                // cuEventRecord
	SynchronizeEvent(e uintptr) Result              // cuEventSynchronize
	ElapsedTime(from, to uintptr) (float32, Result) // cuEventElapsedTime, milliseconds

	CopyToDevice(dst uint64, src unsafe.Pointer, bytes int64, s uintptr) Result   // cuMemcpyHtoDAsync
	CopyFromDevice(dst unsafe.Pointer, src uint64, bytes int64, s uintptr) Result // cuMemcpyDtoHAsync
	CopyOnDevice(dst, src uint64, bytes int64, s uintptr) Result                  // cuMemcpyDtoDAsync
	Fill32(dst uint64, word uint32, n int64, s uintptr) Result                    // cuMemsetD32Async

	// LaunchKernel is cuLaunchKernel. params points to the addresses of the arguments.
	LaunchKernel(f uintptr, grid, block [3]uint32, shared uint32, s uintptr, params *uintptr) Result
}

// Numbers of the CUDA driver's interface.
const (
	attrMultiprocessors    = 16 // CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
	attrMajor              = 75 // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
	attrMinor              = 76 // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR
	attrMaxSharedOptin     = 97 // CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
	functionMaxSharedBytes = 8  // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
)
