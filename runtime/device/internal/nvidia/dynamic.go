package nvidia

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

// Dynamic is the CUDA driver in an opened library.
type Dynamic struct {
	fn struct {
		Init              uintptr `symbol:"cuInit"`
		DriverVersion     uintptr `symbol:"cuDriverGetVersion"`
		DeviceCount       uintptr `symbol:"cuDeviceGetCount"`
		Device            uintptr `symbol:"cuDeviceGet"`
		ErrorName         uintptr `symbol:"cuGetErrorName"`
		ErrorString       uintptr `symbol:"cuGetErrorString"`
		DeviceName        uintptr `symbol:"cuDeviceGetName"`
		DeviceMemory      uintptr `symbol:"cuDeviceTotalMem_v2"`
		DeviceAttribute   uintptr `symbol:"cuDeviceGetAttribute"`
		RetainPrimary     uintptr `symbol:"cuDevicePrimaryCtxRetain"`
		ReleasePrimary    uintptr `symbol:"cuDevicePrimaryCtxRelease_v2"`
		SetCurrent        uintptr `symbol:"cuCtxSetCurrent"`
		MemInfo           uintptr `symbol:"cuMemGetInfo_v2"`
		Alloc             uintptr `symbol:"cuMemAlloc_v2"`
		Free              uintptr `symbol:"cuMemFree_v2"`
		AllocHost         uintptr `symbol:"cuMemAllocHost_v2"`
		FreeHost          uintptr `symbol:"cuMemFreeHost"`
		LoadModule        uintptr `symbol:"cuModuleLoadData"`
		UnloadModule      uintptr `symbol:"cuModuleUnload"`
		Function          uintptr `symbol:"cuModuleGetFunction"`
		SetFunction       uintptr `symbol:"cuFuncSetAttribute"`
		CreateStream      uintptr `symbol:"cuStreamCreate"`
		DestroyStream     uintptr `symbol:"cuStreamDestroy_v2"`
		SynchronizeStream uintptr `symbol:"cuStreamSynchronize"`
		BeginCapture      uintptr `symbol:"cuStreamBeginCapture_v2"`
		EndCapture        uintptr `symbol:"cuStreamEndCapture"`
		Instantiate       uintptr `symbol:"cuGraphInstantiateWithFlags"`
		DestroyGraph      uintptr `symbol:"cuGraphDestroy"`
		DestroyExec       uintptr `symbol:"cuGraphExecDestroy"`
		LaunchGraph       uintptr `symbol:"cuGraphLaunch"`
		CreateEvent       uintptr `symbol:"cuEventCreate"`
		DestroyEvent      uintptr `symbol:"cuEventDestroy_v2"`
		RecordEvent       uintptr `symbol:"cuEventRecord"`
		SynchronizeEvent  uintptr `symbol:"cuEventSynchronize"`
		ElapsedTime       uintptr `symbol:"cuEventElapsedTime"`
		CopyToDevice      uintptr `symbol:"cuMemcpyHtoDAsync_v2"`
		CopyFromDevice    uintptr `symbol:"cuMemcpyDtoHAsync_v2"`
		CopyOnDevice      uintptr `symbol:"cuMemcpyDtoDAsync_v2"`
		Fill32            uintptr `symbol:"cuMemsetD32Async"`
		LaunchKernel      uintptr `symbol:"cuLaunchKernel"`
	}
}

// NewDynamic binds the driver's functions in an opened libcuda. A driver that lacks one of them is too old.
func NewDynamic(lib *dl.Library) (API, error) {
	d := &Dynamic{}
	if err := complete(lib, d); err != nil {
		return nil, err
	}
	return d, nil
}

// Complete tells whether an opened libcuda has all functions that are used.
func Complete(lib *dl.Library) error { return complete(lib, &Dynamic{}) }

func complete(lib *dl.Library, d *Dynamic) error {
	if missing := bind(lib, &d.fn); len(missing) > 0 {
		return fmt.Errorf("%w: %s lacks %s; %s", device.ErrOldDriver, lib.File(), strings.Join(missing, ", "), nextDriver)
	}
	return nil
}

// bind fills the fields of a struct, each with the address of the function that its tag names. It tells which ones the library
// lacks, apart from fields tagged optional.
func bind(lib *dl.Library, table any) (missing []string) {
	v := reflect.ValueOf(table).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("symbol")
		p := lib.Symbol(name)
		if p == 0 && f.Tag.Get("optional") == "" {
			missing = append(missing, name)
		}
		v.Field(i).SetUint(uint64(p))
	}
	return missing
}

// goString copies a string of C's; p may be nil.
func goString(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// cString is a string with a zero byte at its end.
func cString(s string) *byte {
	b := append([]byte(s), 0)
	return &b[0]
}

// call is dl.Call for functions that return a CUresult.
//
//go:uintptrescapes
func call(fn uintptr, args ...uintptr) Result { return Result(dl.Call(fn, args...)) }

// Init and the methods after it are described at API.
func (d *Dynamic) Init() Result { return call(d.fn.Init, 0) }

func (d *Dynamic) DriverVersion() (int, Result) {
	var v int32
	r := call(d.fn.DriverVersion, uintptr(unsafe.Pointer(&v)))
	return int(v), r
}

func (d *Dynamic) DeviceCount() (int, Result) {
	var n int32
	r := call(d.fn.DeviceCount, uintptr(unsafe.Pointer(&n)))
	return int(n), r
}

func (d *Dynamic) Device(ordinal int) (int32, Result) {
	var dev int32
	r := call(d.fn.Device, uintptr(unsafe.Pointer(&dev)), uintptr(ordinal))
	return dev, r
}

func (d *Dynamic) ErrorText(r Result) (name, text string) {
	var n, t *byte
	if call(d.fn.ErrorName, uintptr(uint32(r)), uintptr(unsafe.Pointer(&n))) == success {
		name = goString(n)
	}
	if call(d.fn.ErrorString, uintptr(uint32(r)), uintptr(unsafe.Pointer(&t))) == success {
		text = goString(t)
	}
	return name, text
}

func (d *Dynamic) DeviceName(dev int32) (string, Result) {
	var name [256]byte
	r := call(d.fn.DeviceName, uintptr(unsafe.Pointer(&name)), uintptr(len(name)-1), uintptr(dev))
	return goString(&name[0]), r
}

func (d *Dynamic) DeviceMemory(dev int32) (int64, Result) {
	var n uintptr
	r := call(d.fn.DeviceMemory, uintptr(unsafe.Pointer(&n)), uintptr(dev))
	return int64(n), r
}

func (d *Dynamic) DeviceAttribute(dev, attr int32) (int, Result) {
	var v int32
	r := call(d.fn.DeviceAttribute, uintptr(unsafe.Pointer(&v)), uintptr(attr), uintptr(dev))
	return int(v), r
}

func (d *Dynamic) RetainPrimary(dev int32) (uintptr, Result) {
	var ctx uintptr
	r := call(d.fn.RetainPrimary, uintptr(unsafe.Pointer(&ctx)), uintptr(dev))
	return ctx, r
}

func (d *Dynamic) ReleasePrimary(dev int32) Result { return call(d.fn.ReleasePrimary, uintptr(dev)) }

func (d *Dynamic) SetCurrent(ctx uintptr) Result { return call(d.fn.SetCurrent, ctx) }

func (d *Dynamic) MemInfo() (free, total int64, r Result) {
	var f, t uintptr
	r = call(d.fn.MemInfo, uintptr(unsafe.Pointer(&f)), uintptr(unsafe.Pointer(&t)))
	return int64(f), int64(t), r
}

func (d *Dynamic) Alloc(bytes int64) (uint64, Result) {
	var p uint64
	r := call(d.fn.Alloc, uintptr(unsafe.Pointer(&p)), uintptr(bytes))
	return p, r
}

func (d *Dynamic) Free(p uint64) Result { return call(d.fn.Free, uintptr(p)) }

func (d *Dynamic) AllocHost(bytes int64) (unsafe.Pointer, Result) {
	var p unsafe.Pointer
	r := call(d.fn.AllocHost, uintptr(unsafe.Pointer(&p)), uintptr(bytes))
	return p, r
}

func (d *Dynamic) FreeHost(p unsafe.Pointer) Result { return call(d.fn.FreeHost, uintptr(p)) }

func (d *Dynamic) LoadModule(image []byte) (uintptr, Result) {
	var m uintptr
	r := call(d.fn.LoadModule, uintptr(unsafe.Pointer(&m)), uintptr(unsafe.Pointer(&image[0])))
	return m, r
}

func (d *Dynamic) UnloadModule(m uintptr) Result { return call(d.fn.UnloadModule, m) }

func (d *Dynamic) Function(m uintptr, name string) (uintptr, Result) {
	var f uintptr
	r := call(d.fn.Function, uintptr(unsafe.Pointer(&f)), m, uintptr(unsafe.Pointer(cString(name))))
	return f, r
}

func (d *Dynamic) SetFunctionAttribute(f uintptr, attr, value int32) Result {
	return call(d.fn.SetFunction, f, uintptr(attr), uintptr(value))
}

func (d *Dynamic) CreateStream() (uintptr, Result) {
	const nonBlocking = 1
	var s uintptr
	r := call(d.fn.CreateStream, uintptr(unsafe.Pointer(&s)), nonBlocking)
	return s, r
}

func (d *Dynamic) DestroyStream(s uintptr) Result { return call(d.fn.DestroyStream, s) }

func (d *Dynamic) SynchronizeStream(s uintptr) Result { return call(d.fn.SynchronizeStream, s) }

func (d *Dynamic) BeginCapture(s uintptr) Result {
	const relaxed = 2
	return call(d.fn.BeginCapture, s, relaxed)
}

func (d *Dynamic) EndCapture(s uintptr) (uintptr, Result) {
	var g uintptr
	r := call(d.fn.EndCapture, s, uintptr(unsafe.Pointer(&g)))
	return g, r
}

func (d *Dynamic) Instantiate(graph uintptr) (uintptr, Result) {
	var e uintptr
	r := call(d.fn.Instantiate, uintptr(unsafe.Pointer(&e)), graph, 0)
	return e, r
}

func (d *Dynamic) DestroyGraph(graph uintptr) Result { return call(d.fn.DestroyGraph, graph) }

func (d *Dynamic) DestroyExec(exec uintptr) Result { return call(d.fn.DestroyExec, exec) }

func (d *Dynamic) LaunchGraph(exec, s uintptr) Result { return call(d.fn.LaunchGraph, exec, s) }

func (d *Dynamic) CreateEvent() (uintptr, Result) {
	var e uintptr
	r := call(d.fn.CreateEvent, uintptr(unsafe.Pointer(&e)), 0)
	return e, r
}

func (d *Dynamic) DestroyEvent(e uintptr) Result { return call(d.fn.DestroyEvent, e) }

func (d *Dynamic) RecordEvent(e, s uintptr) Result { return call(d.fn.RecordEvent, e, s) }

func (d *Dynamic) SynchronizeEvent(e uintptr) Result { return call(d.fn.SynchronizeEvent, e) }

func (d *Dynamic) ElapsedTime(from, to uintptr) (float32, Result) {
	var ms float32
	r := call(d.fn.ElapsedTime, uintptr(unsafe.Pointer(&ms)), from, to)
	return ms, r
}

func (d *Dynamic) CopyToDevice(dst uint64, src unsafe.Pointer, bytes int64, s uintptr) Result {
	return call(d.fn.CopyToDevice, uintptr(dst), uintptr(src), uintptr(bytes), s)
}

func (d *Dynamic) CopyFromDevice(dst unsafe.Pointer, src uint64, bytes int64, s uintptr) Result {
	return call(d.fn.CopyFromDevice, uintptr(dst), uintptr(src), uintptr(bytes), s)
}

func (d *Dynamic) CopyOnDevice(dst, src uint64, bytes int64, s uintptr) Result {
	return call(d.fn.CopyOnDevice, uintptr(dst), uintptr(src), uintptr(bytes), s)
}

func (d *Dynamic) Fill32(dst uint64, word uint32, n int64, s uintptr) Result {
	return call(d.fn.Fill32, uintptr(dst), uintptr(word), uintptr(n), s)
}

func (d *Dynamic) LaunchKernel(f uintptr, grid, block [3]uint32, shared uint32, s uintptr, params *uintptr) Result {
	return call(d.fn.LaunchKernel, f, uintptr(grid[0]), uintptr(grid[1]), uintptr(grid[2]),
		uintptr(block[0]), uintptr(block[1]), uintptr(block[2]), uintptr(shared), s, uintptr(unsafe.Pointer(params)), 0)
}
