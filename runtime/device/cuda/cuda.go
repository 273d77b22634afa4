// Package cuda is the default driver of NVIDIA's devices. It opens libcuda, NVRTC, cuBLAS and, where there is one, cuDNN at run time;
// nothing is linked in, cgo is not needed, and the same binary runs on machines that have no card.
//
// Folders in NETC_CUDA_PATH are searched first, then the dynamic loader's, those of CUDA toolkits, the system's, conda's,
// and those of Python packages (nvidia/*/lib). CUDA 11.8, 12 and 13 are served.
package cuda

import (
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/nvidia"
)

// New makes the driver. Nothing is opened before it is asked for devices.
func New() device.Driver { return nvidia.New("cuda", nvidia.NewDynamic) }

// CacheDir is the folder in which compiled kernels are kept. The error says why there is none.
func CacheDir() (string, error) { return nvidia.CacheDir() }

// Compile compiles a source for a compute capability with the NVRTC of this machine, and gives the image. It needs neither a device nor a
// driver. The errors are those of Device.Build; where there is no NVRTC it wraps device.ErrUnavailable.
func Compile(s device.Source, major, minor int) ([]byte, error) {
	return nvidia.Compile(s, device.Info{Name: "this device", Major: major, Minor: minor})
}
