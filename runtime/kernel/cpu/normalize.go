package cpu

import (
	"math"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Moments over the batch are per channel: columns of a matrix [rows, c]. Moments over an example ("layer", "group") are
// per example and group of neighbouring channels. The two have kernels of their own.
var (
	_ = register("moments", func(s step) *program {
		a := s.Attrs.(op.Moments)
		if a.Over == "batch" {
			return batchMoments(s.In[0])
		}
		return newGroups(a, s.In[0]).moments()
	})
	_ = register("normalize", normalize)
	_ = register("normalize_fixed", normalize)
	_ = register("normalize_dparams", func(s step) *program {
		a := s.Attrs.(op.Moments)
		if a.Over == "batch" {
			return batchParamGrad(a, s.In[0])
		}
		return newGroups(a, s.In[0]).paramGrad()
	})
	_ = register("normalize_dx", func(s step) *program {
		a := s.Attrs.(op.Moments)
		if a.Over == "batch" {
			return batchGrad(a, s.In[0])
		}
		p := newGroups(a, s.In[0]).grad()
		p.unread = 1 << 4 // its sums have gamma inside, so it makes its own
		return p
	})
	_ = register("normalize_fixed_dx", func(s step) *program {
		a := s.Attrs.(op.Moments)
		var p *program
		if a.Over == "batch" {
			p = batchFixedGrad(a, s.In[0])
		} else {
			p = newGroups(a, s.In[0]).fixedGrad()
		}
		p.unread = 1 << 0
		return p
	})
)

func normalize(s step) *program {
	a := s.Attrs.(op.Moments)
	if a.Over == "batch" {
		return batchNormalize(a, s.In[0])
	}
	return newGroups(a, s.In[0]).normalize()
}

// inverse is 1 over the standard deviation.
func inverse(variance float32, eps float64) float32 {
	return float32(1 / math.Sqrt(float64(variance)+eps))
}

// batchMoments takes mean and squared deviation of blocks of rows that fit the cache, two passes each, and joins them by
// the rule of Chan, Golub and LeVeque ("Updating formulae and a pairwise algorithm for computing sample variances",
// 1979), so that a large mean costs no digits of the variance.
func batchMoments(x op.Shape) *program {
	c := x.Last()
	n := x.Size() / c
	chunks, per := blocks(n, c)
	joins, joined := blocks(c, chunks)
	return &program{scratch: 2 * c * chunks, phases: []phase{
		{chunks, func(chunk int, a kernel.Args) {
			from := chunk * per
			to := min(from+per, n)
			mean, dev := a.Scratch[2*c*chunk:][:c], a.Scratch[2*c*chunk+c:][:c]
			clear(mean)
			clear(dev)
			x := a.In[0][from*c : to*c]
			for rest := x; len(rest) > 0; rest = rest[c:] {
				for i, v := range rest[:len(mean)] {
					mean[i] += v
				}
			}
			f := 1 / float32(to-from)
			for i := range mean {
				mean[i] *= f
			}
			for rest := x; len(rest) > 0; rest = rest[c:] {
				d, row := dev[:len(mean)], rest[:len(mean)]
				for i, m := range mean {
					v := row[i] - m
					d[i] += v * v
				}
			}
		}},
		{joins, func(chunk int, a kernel.Args) {
			for i := chunk * joined; i < min((chunk+1)*joined, c); i++ {
				count, mean, dev := 0.0, 0.0, 0.0
				for b := range chunks {
					size := float64(min((b+1)*per, n) - b*per)
					m, d := float64(a.Scratch[2*c*b+i]), float64(a.Scratch[2*c*b+c+i])
					delta := m - mean
					total := count + size
					mean += delta * (size / total)
					dev += d + delta*delta*(count*size/total)
					count = total
				}
				a.Out[i] = float32(mean)
				a.Out[c+i] = float32(dev / count)
			}
		}},
	}}
}

// perChannel makes a kernel whose first phase computes k coefficients a channel into scratch, and whose second goes over
// rows with them. Coefficient j of all channels is co[j*c:][:c].
func perChannel(x op.Shape, k int, coefficients func(co []float32, a kernel.Args), body func(co []float32, from, to int, a kernel.Args)) *program {
	c := x.Last()
	p := outputRows(x.Size()/c, c, func(from, to int, a kernel.Args) { body(a.Scratch, from, to, a) })
	p.scratch = k * c
	p.phases = append([]phase{{1, func(_ int, a kernel.Args) { coefficients(a.Scratch, a) }}}, p.phases...)
	return p
}

func batchNormalize(m op.Moments, x op.Shape) *program {
	c := x.Last()
	return perChannel(x, 1, func(co []float32, a kernel.Args) {
		variance, gamma, factor := a.In[1][c:], a.In[2], co[:c]
		for i := range factor {
			factor[i] = gamma[i] * inverse(variance[i], m.Eps)
		}
	}, func(co []float32, from, to int, a kernel.Args) {
		factor := co[:c]
		mean, beta := a.In[1][:len(factor)], a.In[3][:len(factor)]
		x, out := a.In[0][from*c:to*c], a.Out[from*c:to*c]
		for len(x) > 0 {
			xr, or := x[:len(factor)], out[:len(factor)]
			for i, f := range factor {
				or[i] = (xr[i]-mean[i])*f + beta[i]
			}
			x, out = x[c:], out[c:]
		}
	})
}

func batchParamGrad(m op.Moments, x op.Shape) *program {
	c := x.Last()
	return columnSums(x.Size()/c, c, 2*c, func(sum []float32, from, to int, a kernel.Args) {
		mean := a.In[1][:c]
		dgamma, dbeta := sum[:len(mean)], sum[c:][:len(mean)]
		x, dy := a.In[0][from*c:to*c], a.In[2][from*c:to*c]
		for len(x) > 0 {
			xr, dr := x[:len(mean)], dy[:len(mean)]
			for i, m := range mean {
				d := dr[i]
				dgamma[i] += d * (xr[i] - m)
				dbeta[i] += d
			}
			x, dy = x[c:], dy[c:]
		}
		for i, v := range a.In[1][c : 2*c] {
			dgamma[i] *= inverse(v, m.Eps)
		}
	})
}

// batchGrad is dx = gamma/std * (dy - dbeta/n - xhat*dgamma/n) with dgamma and dbeta from normalize_dparams (Ioffe and
// Szegedy 2015, "Batch normalization", section 3).
func batchGrad(m op.Moments, x op.Shape) *program {
	c := x.Last()
	n := float32(x.Size() / c)
	return perChannel(x, 3, func(co []float32, a kernel.Args) {
		variance, gamma, dgamma, dbeta := a.In[1][c:], a.In[2], a.In[4][:c], a.In[4][c:]
		factor, slope, offset := co[:c], co[c:][:c], co[2*c:][:c]
		for i := range factor {
			inv := inverse(variance[i], m.Eps)
			factor[i] = gamma[i] * inv
			slope[i] = -factor[i] * inv * dgamma[i] / n
			offset[i] = -factor[i] * dbeta[i] / n
		}
	}, func(co []float32, from, to int, a kernel.Args) {
		factor, slope, offset := co[:c], co[c:][:c], co[2*c:][:c]
		mean := a.In[1][:len(factor)]
		slope, offset = slope[:len(factor)], offset[:len(factor)]
		x, dy, out := a.In[0][from*c:to*c], a.In[3][from*c:to*c], a.Out[from*c:to*c]
		for len(x) > 0 {
			xr, dr, or := x[:len(factor)], dy[:len(factor)], out[:len(factor)]
			for i, f := range factor {
				or[i] = f*dr[i] + slope[i]*(xr[i]-mean[i]) + offset[i]
			}
			x, dy, out = x[c:], dy[c:], out[c:]
		}
	})
}

func batchFixedGrad(m op.Moments, x op.Shape) *program {
	c := x.Last()
	return perChannel(x, 1, func(co []float32, a kernel.Args) {
		variance, gamma, factor := a.In[1][c:], a.In[2], co[:c]
		for i := range factor {
			factor[i] = gamma[i] * inverse(variance[i], m.Eps)
		}
	}, func(co []float32, from, to int, a kernel.Args) {
		factor := co[:c]
		dy, out := a.In[3][from*c:to*c], a.Out[from*c:to*c]
		for len(dy) > 0 {
			dr, or := dy[:len(factor)], out[:len(factor)]
			for i, f := range factor {
				or[i] = f * dr[i]
			}
			dy, out = dy[c:], out[c:]
		}
	})
}

// groups is the geometry of a normalization within examples: each example has space pixels of c channels, cut into
// groups of per channels.
type groups struct {
	op.Moments
	n, space, c int
	groups, per int
}

func newGroups(m op.Moments, x op.Shape) *groups {
	g := &groups{Moments: m, n: x[0], c: x.Last(), groups: 1}
	g.space = x.Size() / (g.n * g.c)
	if m.Over == "group" {
		g.groups = m.Groups
	}
	g.per = g.c / g.groups
	return g
}

// each makes a kernel of one phase that calls body for every example and group: at is the place of the group's first
// element, count its number of elements, and moment its place in the table of moments.
func (g *groups) each(body func(at, group, moment int, a kernel.Args)) *program {
	return rows(g.n, g.space*g.c, g.examples(body))
}

// eachOutput is each for kernels whose output has the shape of x.
func (g *groups) eachOutput(body func(at, group, moment int, a kernel.Args)) *program {
	return outputRows(g.n, g.space*g.c, g.examples(body))
}

func (g *groups) examples(body func(at, group, moment int, a kernel.Args)) func(from, to int, a kernel.Args) {
	return func(from, to int, a kernel.Args) {
		for n := from; n < to; n++ {
			for group := range g.groups {
				body(n*g.space*g.c+group*g.per, group, n*g.groups+group, a)
			}
		}
	}
}

// mean and inverse standard deviation of one group, from the table [2, n*groups].
func (g *groups) moment(table []float32, i int) (mean, inv float32) {
	return table[i], inverse(table[g.n*g.groups+i], g.Eps)
}

func (g *groups) moments() *program {
	count := float64(g.space * g.per)
	return g.each(func(at, _, moment int, a kernel.Args) {
		sum := 0.0
		for p := range g.space {
			for _, v := range a.In[0][at+p*g.c:][:g.per] {
				sum += float64(v)
			}
		}
		mean := sum / count
		dev := 0.0
		for p := range g.space {
			for _, v := range a.In[0][at+p*g.c:][:g.per] {
				d := float64(v) - mean
				dev += d * d
			}
		}
		a.Out[moment] = float32(mean)
		a.Out[g.n*g.groups+moment] = float32(dev / count)
	})
}

func (g *groups) normalize() *program {
	return g.eachOutput(func(at, group, moment int, a kernel.Args) {
		mean, inv := g.moment(a.In[1], moment)
		gamma, beta := a.In[2][group*g.per:][:g.per], a.In[3][group*g.per:][:g.per]
		for p := range g.space {
			x, out := a.In[0][at+p*g.c:][:len(gamma)], a.Out[at+p*g.c:][:len(gamma)]
			for i, f := range gamma {
				out[i] = (x[i]-mean)*inv*f + beta[i]
			}
		}
	})
}

func (g *groups) paramGrad() *program {
	size := g.space * g.c
	return columnSums(g.n, size, 2*g.c, func(sum []float32, from, to int, a kernel.Args) {
		for n := from; n < to; n++ {
			for group := range g.groups {
				mean, inv := g.moment(a.In[1], n*g.groups+group)
				dgamma, dbeta := sum[group*g.per:][:g.per], sum[g.c+group*g.per:][:g.per]
				for p := range g.space {
					at := n*size + p*g.c + group*g.per
					x, dy := a.In[0][at:][:g.per], a.In[2][at:][:g.per]
					for i, d := range dy {
						dgamma[i] += d * ((x[i] - mean) * inv)
						dbeta[i] += d
					}
				}
			}
		}
	})
}

// grad is dx = (h - mean(h) - xhat*mean(h*xhat)) / std with h = dy*gamma (Ba, Kiros and Hinton 2016, "Layer
// normalization"; Wu and He 2018, "Group normalization").
func (g *groups) grad() *program {
	count := float64(g.space * g.per)
	return g.eachOutput(func(at, group, moment int, a kernel.Args) {
		mean, inv := g.moment(a.In[1], moment)
		gamma := a.In[2][group*g.per:][:g.per]
		sum, sumX := 0.0, 0.0
		for p := range g.space {
			x, dy := a.In[0][at+p*g.c:][:len(gamma)], a.In[3][at+p*g.c:][:len(gamma)]
			for i, f := range gamma {
				h := dy[i] * f
				sum += float64(h)
				sumX += float64(h) * float64((x[i]-mean)*inv)
			}
		}
		meanH, slope := float32(sum/count), float32(sumX/count)
		for p := range g.space {
			x, dy, out := a.In[0][at+p*g.c:][:len(gamma)], a.In[3][at+p*g.c:][:len(gamma)], a.Out[at+p*g.c:][:len(gamma)]
			for i, f := range gamma {
				out[i] = inv * (dy[i]*f - meanH - (x[i]-mean)*inv*slope)
			}
		}
	})
}

func (g *groups) fixedGrad() *program {
	return g.eachOutput(func(at, group, moment int, a kernel.Args) {
		_, inv := g.moment(a.In[1], moment)
		gamma := a.In[2][group*g.per:][:g.per]
		for p := range g.space {
			dy, out := a.In[3][at+p*g.c:][:len(gamma)], a.Out[at+p*g.c:][:len(gamma)]
			for i, f := range gamma {
				out[i] = dy[i] * f * inv
			}
		}
	})
}
