package nvidia

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

// nvrtc is NVIDIA's compiler of CUDA C. It works on any thread and needs no device.
type nvrtc struct {
	version string // "12.4"
	archs   []int  // compute capabilities that it knows, 90 for 9.0, rising
	fn      struct {
		Version     uintptr `symbol:"nvrtcVersion"`
		ErrorString uintptr `symbol:"nvrtcGetErrorString"`
		NumArchs    uintptr `symbol:"nvrtcGetNumSupportedArchs"`
		Archs       uintptr `symbol:"nvrtcGetSupportedArchs"`
		Create      uintptr `symbol:"nvrtcCreateProgram"`
		Destroy     uintptr `symbol:"nvrtcDestroyProgram"`
		Compile     uintptr `symbol:"nvrtcCompileProgram"`
		LogSize     uintptr `symbol:"nvrtcGetProgramLogSize"`
		Log         uintptr `symbol:"nvrtcGetProgramLog"`
		CubinSize   uintptr `symbol:"nvrtcGetCUBINSize"`
		Cubin       uintptr `symbol:"nvrtcGetCUBIN"`
		PTXSize     uintptr `symbol:"nvrtcGetPTXSize"`
		PTX         uintptr `symbol:"nvrtcGetPTX"`
	}
}

// compilationFailed is NVRTC_ERROR_COMPILATION: the source is at fault, and the log says where.
const compilationFailed = 6

// newNVRTC binds the compiler. driver is the CUDA version of the driver, 0 where there is none.
func newNVRTC(lib *dl.Library, driver int) (*nvrtc, error) {
	c := &nvrtc{}
	if missing := bind(lib, &c.fn); len(missing) > 0 {
		return nil, fmt.Errorf("%w: %s lacks %s; it must be of CUDA 11.8 or later", device.ErrUnavailable, lib.File(), strings.Join(missing, ", "))
	}
	var major, minor, n int32
	if r := dl.Call(c.fn.Version, uintptr(unsafe.Pointer(&major)), uintptr(unsafe.Pointer(&minor))); r != 0 {
		return nil, c.failure("nvrtcVersion", r)
	}
	c.version = fmt.Sprintf("%d.%d", major, minor)
	if major < 11 || major == 11 && minor < 8 {
		return nil, fmt.Errorf("%w: %s is NVRTC %s; it must be of CUDA 11.8 or later", device.ErrUnavailable, lib.File(), c.version)
	}
	if driver > 0 && int(major) > driver/1000 {
		return nil, fmt.Errorf("%w: %s is NVRTC %s, and the driver is for CUDA %s; %s", device.ErrOldDriver, lib.File(), c.version, version(driver), nextDriver)
	}
	if r := dl.Call(c.fn.NumArchs, uintptr(unsafe.Pointer(&n))); r != 0 {
		return nil, c.failure("nvrtcGetNumSupportedArchs", r)
	}
	archs := make([]int32, max(n, 1))
	if r := dl.Call(c.fn.Archs, uintptr(unsafe.Pointer(&archs[0]))); r != 0 {
		return nil, c.failure("nvrtcGetSupportedArchs", r)
	}
	for _, a := range archs[:n] {
		c.archs = append(c.archs, int(a))
	}
	slices.Sort(c.archs)
	return c, nil
}

func (c *nvrtc) failure(call string, r int32) error {
	p := dl.CallWord(c.fn.ErrorString, uintptr(r))
	return &Error{Call: call, Code: int(r), Name: goString(bytesAt(p)), Text: "NVRTC reports an error"}
}

// bytesAt is C's memory at an address that a library returned.
func bytesAt(p uintptr) *byte { return *(**byte)(unsafe.Pointer(&p)) }

// target is what to compile for: the device's own code where the compiler knows it, or else PTX for the newest older one, which
// the driver translates when it loads it.
func (c *nvrtc) target(info device.Info) (option string, ptx bool, err error) {
	own := 10*info.Major + info.Minor
	if slices.Contains(c.archs, own) {
		return fmt.Sprintf("--gpu-architecture=sm_%d", own), false, nil
	}
	for _, a := range slices.Backward(c.archs) {
		if a < own {
			return fmt.Sprintf("--gpu-architecture=compute_%d", a), true, nil
		}
	}
	return "", false, fmt.Errorf("%w: %s has compute capability %d.%d, and NVRTC %s compiles for %s and later only; install an older CUDA's NVRTC",
		device.ErrUnsupported, info.Name, info.Major, info.Minor, c.version, dotted(c.archs))
}

func dotted(archs []int) string {
	if len(archs) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d.%d", archs[0]/10, archs[0]%10)
}

// compile makes an image of a source: a cubin, or PTX.
func (c *nvrtc) compile(s device.Source, options []string, ptx bool) ([]byte, error) {
	names := slices.Sorted(maps.Keys(s.Headers))
	var texts, includes, opts []*byte
	for _, n := range names {
		texts = append(texts, cString(s.Headers[n]))
		includes = append(includes, cString(n))
	}
	for _, o := range options {
		opts = append(opts, cString(o))
	}
	defer runtime.KeepAlive(texts)
	defer runtime.KeepAlive(includes)
	defer runtime.KeepAlive(opts)

	var program uintptr
	if r := dl.Call(c.fn.Create, uintptr(unsafe.Pointer(&program)), uintptr(unsafe.Pointer(cString(s.Text))), uintptr(unsafe.Pointer(cString(s.Name))),
		uintptr(len(names)), uintptr(unsafe.Pointer(unsafe.SliceData(texts))), uintptr(unsafe.Pointer(unsafe.SliceData(includes)))); r != 0 {
		return nil, c.failure("nvrtcCreateProgram", r)
	}
	defer dl.Call(c.fn.Destroy, uintptr(unsafe.Pointer(&program)))

	if r := dl.Call(c.fn.Compile, program, uintptr(len(opts)), uintptr(unsafe.Pointer(unsafe.SliceData(opts)))); r != 0 {
		log, err := c.text("nvrtcGetProgramLog", program, c.fn.LogSize, c.fn.Log)
		err = errors.Join(c.failure("nvrtcCompileProgram", r), err)
		if r == compilationFailed {
			return nil, fmt.Errorf("%w: %s:\n%s", device.ErrBuild, s.Name, strings.TrimSpace(strings.TrimRight(string(log), "\x00")))
		}
		return nil, fmt.Errorf("%w: %s: %w\n%s", device.ErrBuild, s.Name, err, strings.TrimSpace(strings.TrimRight(string(log), "\x00")))
	}
	if ptx {
		return c.text("nvrtcGetPTX", program, c.fn.PTXSize, c.fn.PTX)
	}
	return c.text("nvrtcGetCUBIN", program, c.fn.CubinSize, c.fn.Cubin)
}

// text fetches what a program has of some kind: its size first, then its bytes.
func (c *nvrtc) text(name string, program, sizeOf, get uintptr) ([]byte, error) {
	var n uintptr
	if r := dl.Call(sizeOf, program, uintptr(unsafe.Pointer(&n))); r != 0 {
		return nil, c.failure(name+"Size", r)
	}
	if n == 0 {
		return nil, nil
	}
	out := make([]byte, n)
	if r := dl.Call(get, program, uintptr(unsafe.Pointer(&out[0]))); r != 0 {
		return nil, c.failure(name, r)
	}
	return out, nil
}

// Compile compiles a source for a device that need not be there.
func Compile(s device.Source, info device.Info) ([]byte, error) {
	c, err := New("", NewDynamic).compiler()
	if err != nil {
		return nil, libnvrtc.hint(err)
	}
	target, ptx, err := c.target(info)
	if err != nil {
		return nil, err
	}
	return c.compile(s, c.options(target, s), ptx)
}

// options are those of a compilation.
func (c *nvrtc) options(target string, s device.Source) []string {
	return append([]string{target, "--std=c++17"}, s.Options...)
}
