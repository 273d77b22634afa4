// Package choose finds the device that a person names: auto, cpu, cuda, or cuda:1.
package choose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/device"
)

// Words are the names of devices, for completion. cuda takes a number: cuda:1 is the second device.
var Words = []string{"auto", "cpu", "cuda"}

// Request is what was asked for.
type Request struct {
	Word    string // one of Words
	Ordinal int    // of cuda
}

// Auto takes the first device there is, or else the processor.
var Auto = Request{Word: "auto"}

// CPU takes the processor.
var CPU = Request{Word: "cpu"}

// Parse reads a name. It does not look for devices.
func Parse(name string) (Request, error) {
	word, number, numbered := strings.Cut(name, ":")
	for _, w := range Words {
		if w != word {
			continue
		}
		r := Request{Word: w}
		if !numbered {
			return r, nil
		}
		if w != "cuda" {
			return r, fmt.Errorf("device %q: %s takes no number; only cuda does, as in cuda:1", name, w)
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || number[0] == '+' {
			return r, fmt.Errorf("device %q: the number of a device is 0 or more, as in cuda:0", name)
		}
		r.Ordinal = n
		return r, nil
	}
	help := "devices are auto, cpu, cuda and cuda:n"
	near, ok := spell.Nearest(word, append(Words, "gpu"))
	switch {
	case word == "gpu", near == "gpu":
		help = "NVIDIA's devices are called cuda"
	case ok:
		help = fmt.Sprintf("did you mean %s? %s", near, help)
	}
	return Request{}, fmt.Errorf("unknown device %q: %s", name, help)
}

func (r Request) String() string {
	if r.Word == "cuda" {
		return fmt.Sprintf("cuda:%d", r.Ordinal)
	}
	return r.Word
}

// Choice is a device that was found, or the processor.
type Choice struct {
	Driver device.Driver // nil is the processor
	Info   device.Info   // of the device

	// Note says why the processor was taken where the request left it open; empty otherwise.
	Note string
}

// OnCPU tells whether the processor was chosen.
func (c Choice) OnCPU() bool { return c.Driver == nil }

func (c Choice) String() string {
	if c.OnCPU() {
		return "cpu"
	}
	return fmt.Sprintf("cuda:%d (%s)", c.Info.Ordinal, c.Info.Name)
}

// Open makes the chosen device ready for use.
func (c Choice) Open() (device.Device, error) {
	if c.OnCPU() {
		return nil, fmt.Errorf("%w: the processor was chosen", device.ErrNone)
	}
	return c.Driver.Open(c.Info.Ordinal)
}

// Find looks for the device that was asked for.
func (r Request) Find() (Choice, error) { return r.find(Driver()) }

func (r Request) find(d device.Driver) (Choice, error) {
	if r.Word == "cpu" {
		return Choice{}, nil
	}
	list, err := d.Devices()
	if r.Word == "auto" {
		if err != nil {
			return Choice{Note: fmt.Sprintf("runs on the processor: %v", err)}, nil
		}
		return Choice{Driver: d, Info: list[0]}, nil
	}
	if err != nil {
		return Choice{}, fmt.Errorf("device %s: %w", r, err)
	}
	if r.Ordinal >= len(list) {
		names := make([]string, len(list))
		for i, info := range list {
			names[i] = fmt.Sprintf("cuda:%d (%s)", info.Ordinal, info.Name)
		}
		there := "there is one device"
		if len(list) > 1 {
			there = fmt.Sprintf("there are %d devices", len(list))
		}
		return Choice{}, fmt.Errorf("device %s: %w of this number; %s: %s", r, device.ErrNone, there, strings.Join(names, ", "))
	}
	return Choice{Driver: d, Info: list[r.Ordinal]}, nil
}

// Open finds and opens the device that was asked for. Where the processor was chosen the device is nil. Where the request left the
// choice open and a device is there but cannot be used, the processor is taken, and the note says why.
func (r Request) Open() (device.Device, Choice, error) { return r.open(Driver()) }

func (r Request) open(d device.Driver) (device.Device, Choice, error) {
	c, err := r.find(d)
	if err != nil || c.OnCPU() {
		return nil, c, err
	}
	dev, err := c.Open()
	switch {
	case err == nil:
		return dev, c, nil
	case r.Word == "auto":
		return nil, Choice{Note: fmt.Sprintf("runs on the processor: %s cannot be used: %v", c, err)}, nil
	}
	return nil, c, fmt.Errorf("device %s: %w", r, err)
}
