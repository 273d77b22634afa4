package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// cpuVariable names the instruction set that CPU kernels use, in place of the best one that the processor has.
const cpuVariable = "NETC_CPU"

// cpuBackend is the CPU backend that the environment asks for.
func cpuBackend() (kernel.Backend, error) {
	b, err := cpu.For(os.Getenv(cpuVariable))
	if err != nil {
		return nil, usageError{fmt.Errorf("%s=%s: %w; this processor has %s", cpuVariable, os.Getenv(cpuVariable), err, strings.Join(cpu.Sets(), ", "))}
	}
	return b, nil
}
