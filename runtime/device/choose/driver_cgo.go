//go:build cuda || cucgo

package choose

import (
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/cucgo"
)

// Driver is the driver of NVIDIA's devices in this build: the one on gorgonia.org/cu.
func Driver() device.Driver { return driver }

var driver = cucgo.New()
