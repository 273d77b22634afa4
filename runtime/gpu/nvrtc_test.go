package gpu_test

import (
	"errors"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// compiling is an idle device whose kernels NVIDIA's compiler compiles.
type compiling struct {
	idle
	built int
	err   error
}

func (c *compiling) Open(int) (device.Device, error) { return c, nil }

func (c *compiling) Build(s device.Source) (device.Module, error) {
	c.built++
	if _, c.err = cuda.Compile(s, 8, 0); c.err != nil {
		return nil, c.err
	}
	return idleModule{}, nil
}

// NVIDIA's compiler, which needs no card, accepts what stacks are made of.
func TestCompiles(t *testing.T) {
	for name, text := range map[string]string{"rich": rich, "augmented": augmented} {
		d := new(compiling)
		p := open(t, d)
		ticket := p.Tickets(1)[0]
		c := seeded(program(t, text), 1)
		c.Executor = ticket
		_, err := train.Run(t.Context(), c)
		ticket.Release()
		if errors.Is(d.err, device.ErrUnavailable) {
			t.Skip(d.err)
		}
		if err != nil || d.built != 2 {
			t.Errorf("%s: %d modules, %v", name, d.built, err)
		}
	}
}
