package devicetest

import (
	"errors"
	"fmt"

	"github.com/netc-lang/netc/runtime/device"
)

// convolved computes what Conv should, into a copy of what is written.
func convolved(c device.Conv, x, w, y []float32) []float32 {
	into := map[device.Pass][]float32{device.Forward: y, device.BackwardData: x, device.BackwardWeights: w}[c.Pass]
	sum := make([]float64, len(into))
	cg, kg := c.C/c.Groups, c.Out/c.Groups
	for n := range c.N {
		for oy := range c.OH {
			for ox := range c.OW {
				for k := range c.Out {
					for ky := range c.KH {
						for kx := range c.KW {
							iy, ix := oy*c.Stride[0]-c.Top+ky*c.Dilation[0], ox*c.Stride[1]-c.Left+kx*c.Dilation[1]
							if iy < 0 || iy >= c.H || ix < 0 || ix >= c.W {
								continue
							}
							for i := range cg {
								xi := ((n*c.H+iy)*c.W+ix)*c.C + k/kg*cg + i
								wi := ((ky*c.KW+kx)*cg+i)*c.Out + k
								yo := ((n*c.OH+oy)*c.OW+ox)*c.Out + k
								switch c.Pass {
								case device.Forward:
									sum[yo] += float64(x[xi]) * float64(w[wi])
								case device.BackwardData:
									sum[xi] += float64(y[yo]) * float64(w[wi])
								case device.BackwardWeights:
									sum[wi] += float64(x[xi]) * float64(y[yo])
								}
							}
						}
					}
				}
			}
		}
	}
	out := make([]float32, len(sum))
	for i, s := range sum {
		out[i] = float32(s)
	}
	return out
}

// convolutions checks those that the driver does. It need not do any: where a library cannot, it must say so and leave the
// stream alone.
func convolutions(b *bench) {
	done := 0
	for i, c := range []device.Conv{
		{N: 2, H: 5, W: 6, C: 3, Out: 4, KH: 3, KW: 3, OH: 5, OW: 6, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Top: 1, Left: 1, Groups: 1},
		{N: 1, H: 9, W: 7, C: 4, Out: 6, KH: 5, KW: 3, OH: 3, OW: 4, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Top: 0, Left: 1, Groups: 1},
		{N: 2, H: 8, W: 8, C: 4, Out: 4, KH: 3, KW: 3, OH: 8, OW: 8, Stride: [2]int{1, 1}, Dilation: [2]int{2, 2}, Top: 2, Left: 2, Groups: 2},
		{N: 2, H: 8, W: 8, C: 8, Out: 16, KH: 1, KW: 1, OH: 4, OW: 4, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Groups: 1},
		{N: 1, H: 8, W: 8, C: 2, Out: 3, KH: 3, KW: 3, OH: 4, OW: 4, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Groups: 1}, // padded on one side only
	} {
		x, w, y := sequence(c.N*c.H*c.W*c.C, 3*i), sequence(c.KH*c.KW*c.C/c.Groups*c.Out, 3*i+1), sequence(c.N*c.OH*c.OW*c.Out, 3*i+2)
		for _, pass := range []device.Pass{device.Forward, device.BackwardData, device.BackwardWeights} {
			for p, off := range map[device.Precision]float64{device.FP32: 1e-4, device.TF32: 3e-2, device.BF16: 2e-1} {
				c.Pass, c.Precision = pass, p
				c.X, c.Weights, c.Y = b.put(x), b.put(w), b.put(y)
				err := b.stream.Conv(c)
				if errors.Is(err, device.ErrUnsupported) {
					b.ok(b.stream.Wait())
					continue
				}
				b.ok(err)
				at, n := c.Y, len(y)
				switch pass {
				case device.BackwardData:
					at, n = c.X, len(x)
				case device.BackwardWeights:
					at, n = c.Weights, len(w)
				}
				b.same(fmt.Sprintf("pass %d of %+v", pass, c), b.get(at, n), convolved(c, x, w, y), off)
				done++
			}
		}
	}
	b.Logf("%d convolutions were computed by a library", done)
}
