//go:build !cuda && !cucgo

package choose

import (
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/cuda"
)

// Driver is the driver of NVIDIA's devices in this build: the one that needs no cgo.
func Driver() device.Driver { return driver }

var driver = cuda.New()
