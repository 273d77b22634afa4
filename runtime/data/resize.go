package data

import "math"

// resizer makes images one size.
type resizer struct {
	height, width int
	fit, method   string
}

// resizer reads the resize setting; nil when there is none.
func (c *config) resizer() *resizer {
	n := c.sec.Find("resize")
	if n == nil {
		return nil
	}
	r := &resizer{n.Args.Int("height"), n.Args.Int("width"), n.Args.Text("fit"), n.Args.Text("method")}
	if !n.Args.Has("width") {
		r.width = r.height
	}
	return r
}

// resized gives the outline the size of the resize setting.
func (c *config) resized(o *outline) *outline {
	r := c.resizer()
	if r == nil {
		return o
	}
	changed := *o
	changed.shape = []int{r.height, r.width, o.shape[2]}
	return &changed
}

// resize applies the resize setting to a source of bytes, all of one size, and finishes it.
func (c *config) resize(s *source) *source {
	r := c.resizer()
	if r == nil {
		return s.finish()
	}
	h, w, ch := s.shape[0], s.shape[1], s.shape[2]
	in, out := h*w*ch, r.height*r.width*ch
	pixels := make([]byte, s.total()*out)
	for i := range s.total() {
		r.apply(pixels[i*out:(i+1)*out], s.bytes[i*in:(i+1)*in], h, w, ch)
	}
	s.bytes, s.shape = pixels, []int{r.height, r.width, ch}
	return s.finish()
}

// apply resizes one image of h x w pixels with c channels into out.
func (r *resizer) apply(out, in []byte, h, w, c int) {
	// The window of the source (y0, x0, sh, sw) that fills the window of the result (dy, dx, dh, dw).
	y0, x0, sh, sw := 0.0, 0.0, float64(h), float64(w)
	dy, dx, dh, dw := 0, 0, r.height, r.width
	scaleY, scaleX := float64(r.height)/sh, float64(r.width)/sw
	switch r.fit {
	case "crop":
		scale := max(scaleY, scaleX)
		sh, sw = min(sh, float64(r.height)/scale), min(sw, float64(r.width)/scale)
		y0, x0 = (float64(h)-sh)/2, (float64(w)-sw)/2
	case "pad":
		scale := min(scaleY, scaleX)
		dh, dw = max(1, min(r.height, int(math.Round(sh*scale)))), max(1, min(r.width, int(math.Round(sw*scale))))
		dy, dx = (r.height-dh)/2, (r.width-dw)/2
		clear(out)
	}
	rows, columns := r.taps(dh, h, y0, sh), r.taps(dw, w, x0, sw)
	line := make([]float64, w*c) // one row of the result, at the source's width
	for y, row := range rows {
		clear(line)
		for k, weight := range row.weights {
			from := in[(row.first+k)*w*c : (row.first+k+1)*w*c]
			for i, v := range from {
				line[i] += float64(weight * float64(v))
			}
		}
		for x, column := range columns {
			for ch := range c {
				sum := 0.0
				for k, weight := range column.weights {
					sum += float64(weight * line[(column.first+k)*c+ch])
				}
				out[((dy+y)*r.width+dx+x)*c+ch] = byte(max(0, min(255, math.Round(sum))))
			}
		}
	}
}

// taps are the source pixels that one result pixel is made of.
type taps struct {
	first   int
	weights []float64
}

// taps computes the weights along one axis: n result pixels over the stretch [from, from+length) of size source
// pixels. The kernel is widened when the image gets smaller, so that every source pixel counts (as PIL
// and torchvision with antialias do). Products are rounded by conversions so that no platform fuses
// them.
func (r *resizer) taps(n, size int, from, length float64) []taps {
	list := make([]taps, n)
	step := length / float64(n)
	if r.method == "nearest" {
		for i := range list {
			at := int(from + float64((float64(i)+0.5)*step))
			list[i] = taps{min(at, size-1), []float64{1}}
		}
		return list
	}
	kernel, radius := triangle, 1.0
	if r.method == "bicubic" {
		kernel, radius = catmullRom, 2.0
	}
	widen := max(step, 1)
	reach := radius * widen
	for i := range list {
		centre := from + float64((float64(i)+0.5)*step) - 0.5
		first := max(0, int(math.Ceil(centre-reach)))
		last := min(size-1, int(math.Floor(centre+reach)))
		t := taps{first: first}
		sum := 0.0
		for k := first; k <= last; k++ {
			weight := kernel((float64(k) - centre) / widen)
			t.weights = append(t.weights, weight)
			sum += weight
		}
		for k := range t.weights {
			t.weights[k] /= sum
		}
		list[i] = t
	}
	return list
}

func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

// catmullRom is the cubic of Keys 1981 with a = -1/2.
func catmullRom(x float64) float64 {
	x = math.Abs(x)
	x2 := float64(x * x)
	switch {
	case x < 1:
		return float64(x2*(float64(1.5*x)-2.5)) + 1
	case x < 2:
		return float64(x2*(2.5-float64(0.5*x))) - float64(4*x) + 2
	}
	return 0
}
