package gpu_test

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/train"
)

// idle is a device that has memory and does nothing: what is left is the processor's part.
type idle struct{ at device.Pointer }

func (*idle) Name() string                               { return "idle" }
func (*idle) Devices() ([]device.Info, error)            { return nil, nil }
func (d *idle) Open(int) (device.Device, error)          { return d, nil }
func (*idle) Libraries() []device.Library                { return nil }
func (*idle) Info() device.Info                          { return device.Info{Name: "idle", Memory: 80 << 30} }
func (*idle) Memory() (int64, int64, error)              { return 80 << 30, 80 << 30, nil }
func (*idle) Free(device.Pointer) error                  { return nil }
func (*idle) NewEvent() (device.Event, error)            { return nil, device.ErrUnsupported }
func (*idle) Close() error                               { return nil }
func (*idle) Build(device.Source) (device.Module, error) { return idleModule{}, nil }
func (d *idle) NewStream() (device.Stream, error)        { return idleStream{}, nil }
func (d *idle) Alloc(n int64) (device.Pointer, error) {
	at := d.at + 256
	d.at += device.Pointer((n + 511) / 256 * 256)
	return at, nil
}

type idleModule struct{}

func (idleModule) Function(name string) (device.Function, error) { return idleFunction(name), nil }
func (idleModule) Unload() error                                 { return nil }

type idleFunction string

func (f idleFunction) Name() string { return string(f) }

type idleStream struct{}

func (idleStream) Upload(device.Pointer, []byte) error              { return nil }
func (idleStream) Download(to []byte, _ device.Pointer) error       { clear(to); return nil }
func (idleStream) Copy(device.Pointer, device.Pointer, int64) error { return nil }
func (idleStream) Fill(device.Pointer, uint32, int64) error         { return nil }
func (idleStream) Launch(device.Launch) error                       { return nil }
func (idleStream) Gemm(device.Gemm) error                           { return nil }
func (idleStream) Conv(device.Conv) error                           { return device.ErrUnsupported }
func (idleStream) BeginCapture() error                              { return nil }
func (idleStream) EndCapture() (device.Graph, error)                { return idleGraph{}, nil }
func (idleStream) Replay(device.Graph) error                        { return nil }
func (idleStream) Record(device.Event) error                        { return nil }
func (idleStream) Wait() error                                      { return nil }
func (idleStream) Close() error                                     { return nil }

type idleGraph struct{}

func (idleGraph) Close() error { return nil }

// What the processor does for a stack: plans, initial weights, order, metrics, results.
func BenchmarkProcessorsPart(b *testing.B) {
	const wide = `data digits { from digits; split train = 1280, test = 400, by = class, seed = 1; scale standardize }
model m { input digits; init he; flatten; dense 256; act relu; dropout 0.5; dense 128; act relu; dropout 0.5; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 0.05, momentum = 0.9); l2 5e-4; batch 64; epochs 5 }
`
	for _, trials := range []int{1, 64} {
		b.Run(fmt.Sprint("trials=", trials), func(b *testing.B) {
			e := program(b, wide)
			p := open(b, new(idle))
			var list []train.Config
			for seed := range uint64(trials) {
				list = append(list, seeded(e, seed))
			}
			for b.Loop() {
				onDevice(b, p, list...)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*trials), "µs/trial")
		})
	}
}
