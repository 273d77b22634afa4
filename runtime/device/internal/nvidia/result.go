package nvidia

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/device"
)

// Result is a CUresult: 0 is success.
type Result int32

// Results that the driver treats on their own.
const (
	success            Result = 0
	outOfMemory        Result = 2
	insufficientDriver Result = 35
	noDevice           Result = 100
	invalidDevice      Result = 101
	invalidImage       Result = 200
	noBinary           Result = 209
	unsupportedPTX     Result = 222
	notFound           Result = 500
	notReady           Result = 600
)

// meaning is what is known of a result without asking the library.
type meaning struct {
	name  string
	text  string
	cause error  // of device's causes; nil where none fits
	next  string // what to do
	lost  bool   // the context is of no use any more
}

const (
	nextDriver = "install a current NVIDIA driver (nvidia-smi shows which one runs), and restart the machine after an update"
	nextLost   = "start again; if it happens again, look for Xid messages in the kernel's log (dmesg), and run the program under compute-sanitizer"
	nextImage  = "remove the cache folder that netc doctor names, so that kernels are compiled anew"
)

var meanings = map[Result]meaning{
	1:   {name: "CUDA_ERROR_INVALID_VALUE", text: "an argument is out of range"},
	2:   {name: "CUDA_ERROR_OUT_OF_MEMORY", text: "not enough memory on the device", cause: device.ErrOutOfMemory, next: "take a smaller batch or fewer trials at once, or end other programs that use the device (nvidia-smi lists them)"},
	3:   {name: "CUDA_ERROR_NOT_INITIALIZED", text: "the driver was not initialized", cause: device.ErrUnavailable, next: nextDriver},
	4:   {name: "CUDA_ERROR_DEINITIALIZED", text: "the driver shuts down", cause: device.ErrLost, next: nextLost, lost: true},
	34:  {name: "CUDA_ERROR_STUB_LIBRARY", text: "this libcuda is the toolkit's stub for linking, not the driver", cause: device.ErrUnavailable, next: "take the folder stubs out of LD_LIBRARY_PATH and NETC_CUDA_PATH"},
	35:  {name: "CUDA_ERROR_INSUFFICIENT_DRIVER", text: "the driver is older than what it is asked for", cause: device.ErrOldDriver, next: nextDriver},
	46:  {name: "CUDA_ERROR_DEVICE_UNAVAILABLE", text: "the device is in use by another program, or in exclusive mode", cause: device.ErrLost, next: "end the program that uses it (nvidia-smi lists them)"},
	100: {name: "CUDA_ERROR_NO_DEVICE", text: "there is no CUDA device", cause: device.ErrNone, next: "check nvidia-smi, and CUDA_VISIBLE_DEVICES, which hides devices"},
	101: {name: "CUDA_ERROR_INVALID_DEVICE", text: "there is no such device", cause: device.ErrNone, next: "nvidia-smi lists the devices"},
	200: {name: "CUDA_ERROR_INVALID_IMAGE", text: "the compiled kernels are not valid", cause: device.ErrBuild, next: nextImage},
	201: {name: "CUDA_ERROR_INVALID_CONTEXT", text: "the context is not valid", cause: device.ErrLost, next: nextLost, lost: true},
	209: {name: "CUDA_ERROR_NO_BINARY_FOR_GPU", text: "the compiled kernels are for another device", cause: device.ErrBuild, next: nextImage},
	214: {name: "CUDA_ERROR_ECC_UNCORRECTABLE", text: "the device's memory has an error that cannot be corrected", cause: device.ErrLost, next: "restart the machine; if it stays, the device is broken", lost: true},
	218: {name: "CUDA_ERROR_INVALID_PTX", text: "the driver does not understand the compiled kernels", cause: device.ErrBuild, next: nextDriver},
	220: {name: "CUDA_ERROR_NVLINK_UNCORRECTABLE", text: "a link between devices has an error that cannot be corrected", cause: device.ErrLost, next: "restart the machine", lost: true},
	221: {name: "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", text: "the driver's compiler is missing", cause: device.ErrUnavailable, next: nextDriver},
	222: {name: "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", text: "NVRTC is newer than the driver", cause: device.ErrOldDriver, next: nextDriver},
	500: {name: "CUDA_ERROR_NOT_FOUND", text: "no such name"},
	600: {name: "CUDA_ERROR_NOT_READY", text: "the work is not done yet"},
	700: {name: "CUDA_ERROR_ILLEGAL_ADDRESS", text: "a kernel read or wrote outside of its memory", cause: device.ErrLost, next: nextLost, lost: true},
	701: {name: "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", text: "a block of the kernel needs more registers or shared memory than there are"},
	702: {name: "CUDA_ERROR_LAUNCH_TIMEOUT", text: "a kernel took longer than the system allows", cause: device.ErrLost, next: "use a device that drives no display", lost: true},
	709: {name: "CUDA_ERROR_CONTEXT_IS_DESTROYED", text: "the context is gone", cause: device.ErrLost, next: nextLost, lost: true},
	710: {name: "CUDA_ERROR_ASSERT", text: "an assertion in a kernel failed", cause: device.ErrLost, next: nextLost, lost: true},
	714: {name: "CUDA_ERROR_HARDWARE_STACK_ERROR", text: "a kernel's stack is broken", cause: device.ErrLost, next: nextLost, lost: true},
	715: {name: "CUDA_ERROR_ILLEGAL_INSTRUCTION", text: "a kernel ran into an illegal instruction", cause: device.ErrLost, next: nextLost, lost: true},
	716: {name: "CUDA_ERROR_MISALIGNED_ADDRESS", text: "a kernel used a misaligned address", cause: device.ErrLost, next: nextLost, lost: true},
	717: {name: "CUDA_ERROR_INVALID_ADDRESS_SPACE", text: "a kernel used an address of the wrong kind", cause: device.ErrLost, next: nextLost, lost: true},
	718: {name: "CUDA_ERROR_INVALID_PC", text: "a kernel jumped to nowhere", cause: device.ErrLost, next: nextLost, lost: true},
	719: {name: "CUDA_ERROR_LAUNCH_FAILED", text: "a kernel failed, most likely on a bad address", cause: device.ErrLost, next: nextLost, lost: true},
	801: {name: "CUDA_ERROR_NOT_SUPPORTED", text: "the device or driver cannot do this", cause: device.ErrUnsupported},
	802: {name: "CUDA_ERROR_SYSTEM_NOT_READY", text: "the system's services for its devices do not run yet", cause: device.ErrUnavailable, next: "wait a minute; where devices are linked, see that the service nvidia-fabricmanager runs"},
	803: {name: "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", text: "libcuda and the kernel's driver are of different versions", cause: device.ErrOldDriver, next: "restart the machine, so that the updated driver is loaded"},
	804: {name: "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", text: "forward compatibility is for data center devices only", cause: device.ErrOldDriver, next: "take the folder compat out of LD_LIBRARY_PATH, or install a newer driver"},
	900: {name: "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", text: "this cannot be recorded"},
	901: {name: "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", text: "the recording was broken by an earlier error"},
	999: {name: "CUDA_ERROR_UNKNOWN", text: "the driver says no more", cause: device.ErrLost, next: nextLost + "; after a suspended session, reload the module nvidia_uvm", lost: true},
}

// Error is a call of a library that failed.
type Error struct {
	Call   string // "cuMemAlloc"
	Code   int
	Name   string // "CUDA_ERROR_OUT_OF_MEMORY"; empty where it has none
	Text   string
	Detail string // what was asked for
	Next   string
	Cause  error // of device's causes, or nil
	Lost   bool  // nothing can be done with the device any more
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Cause != nil {
		fmt.Fprintf(&b, "%v: ", e.Cause)
	}
	b.WriteString(e.Text)
	if e.Detail != "" {
		fmt.Fprintf(&b, ": %s", e.Detail)
	}
	name := e.Name
	if name == "" {
		name = "error"
	}
	fmt.Fprintf(&b, " (%s: %s, %d)", e.Call, name, e.Code)
	if e.Next != "" {
		fmt.Fprintf(&b, "; %s", e.Next)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// failure makes an error of a result that is not success. detail says what was asked for, and may be empty.
func failure(api API, call string, r Result, detail string) *Error {
	m := meanings[r]
	if m.name == "" {
		m.name, m.text = api.ErrorText(r)
		if m.text == "" {
			m.text = "the driver reports an error"
		}
	}
	return &Error{Call: call, Code: int(r), Name: m.name, Text: m.text, Detail: detail, Next: m.next, Cause: m.cause, Lost: m.lost}
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	const units = "KMGT"
	if bytes < 1<<10 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	v, u := float64(bytes), -1
	for v >= 1<<10 && u+1 < len(units) {
		v /= 1 << 10
		u++
	}
	return fmt.Sprintf("%.1f %ciB", v, units[u])
}

// version writes CUDA's version numbers, 12040 as "12.4".
func version(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }
