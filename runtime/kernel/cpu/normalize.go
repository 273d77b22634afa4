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
			return batchMoments(s.isa, s.In[0])
		}
		return newGroups(a, s.In[0]).moments()
	})
	_ = register("normalize", normalize)
	_ = register("normalize_fixed", normalize)
	_ = register("normalize_dparams", func(s step) *program {
		a := s.Attrs.(op.Moments)
		if a.Over == "batch" {
			return batchParamGrad(s.isa, a, s.In[0])
		}
		return newGroups(a, s.In[0]).paramGrad(s.isa)
	})
	_ = register("normalize_dx", func(s step) *program {
		a := s.Attrs.(op.Moments)
		if a.Over == "batch" {
			return batchGrad(s.isa, a, s.In[0])
		}
		p := newGroups(a, s.In[0]).grad()
		p.unread = 1 << 4 // its sums have gamma inside, so it makes its own
		return p
	})
	_ = register("normalize_fixed_dx", func(s step) *program {
		a := s.Attrs.(op.Moments)
		var p *program
		if a.Over == "batch" {
			p = batchFixedGrad(s.isa, a, s.In[0])
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
		return batchNormalize(s.isa, a, s.In[0])
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
func batchMoments(set *isa, x op.Shape) *program {
	c := x.Last()
	n := x.Size() / c
	chunks, per := blocks(n, c)
	joins, joined := blocks(c, chunks)
	y := sums(c)
	work := 2 * c * chunks // means and squared deviations of the blocks come first, then what a block works with
	return &program{scratch: work + 2*y.period*chunks, phases: []phase{
		{chunks, func(chunk int, a kernel.Args) {
			from := chunk * per
			to := min(from+per, n)
			mean, dev := a.Scratch[2*c*chunk:][:c], a.Scratch[2*c*chunk+c:][:c]
			sum, means := a.Scratch[work+2*y.period*chunk:][:y.period], a.Scratch[work+2*y.period*chunk+y.period:][:y.period]
			v := vec{x: a.In[0][from*c : to*c], n: (to - from) * c, period: y.period, acc: [2][]float32{sum}}
			clear(sum)
			v.run(set, doSum)
			y.fold(mean, sum)
			f := 1 / float32(to-from)
			for i := range mean {
				mean[i] *= f
			}
			y.fill(means, mean)
			v.co[0] = means
			clear(sum)
			v.run(set, doSquares)
			y.fold(dev, sum)
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

// perChannel makes a kernel of an elementwise function with k coefficients a channel. Its first phase calls derive, which
// sets coefficient j of all channels in co[j]; they are then repeated to a period. Inputs are those that the vec's x and y read.
func perChannel(set *isa, x op.Shape, do vecOp, k int, derive func(co [4][]float32, a kernel.Args), inputs ...int) *program {
	c := x.Last()
	y := coefficients(c)
	var p *program
	var start int
	at := func(a kernel.Args) (co [4][]float32) {
		for j := range k {
			co[j] = a.Scratch[start+j*y.period:][:y.period]
		}
		return co
	}
	p = outputRows(x.Size()/c, c, func(from, to int, a kernel.Args) {
		v := vec{out: a.Out[from*c : to*c], n: (to - from) * c, co: at(a), period: y.period, offset: from * c % y.period}
		v.x = a.In[inputs[0]][from*c : to*c]
		if len(inputs) > 1 {
			v.y = a.In[inputs[1]][from*c : to*c]
		}
		v.run(set, do)
	})
	start = p.prepare(k*y.period, func(_ []float32, a kernel.Args) {
		co := at(a)
		derive(co, a)
		for j := range k {
			y.fill(co[j], co[j][:c])
		}
	})
	return p
}

func batchNormalize(set *isa, m op.Moments, x op.Shape) *program {
	c := x.Last()
	return perChannel(set, x, doNormalize, 3, func(co [4][]float32, a kernel.Args) {
		copy(co[0], a.In[1][:c])
		copy(co[2], a.In[3][:c])
		for i, variance := range a.In[1][c : 2*c] {
			co[1][i] = a.In[2][i] * inverse(variance, m.Eps)
		}
	}, 0)
}

func batchParamGrad(set *isa, m op.Moments, x op.Shape) *program {
	c := x.Last()
	y := sums(c)
	return columnSums(set, x.Size()/c, c, 2*c, 3*y.period, func(sum, work []float32, from, to int, a kernel.Args) {
		products, plain, means := work[:y.period], work[y.period:2*y.period], work[2*y.period:]
		clear(work[:2*y.period])
		y.fill(means, a.In[1][:c])
		v := vec{
			x: a.In[0][from*c : to*c], y: a.In[2][from*c : to*c], n: (to - from) * c,
			co: [4][]float32{means}, acc: [2][]float32{products, plain}, period: y.period,
		}
		v.run(set, doParamGrad)
		y.fold(sum[:c], products)
		y.fold(sum[c:], plain)
		for i, variance := range a.In[1][c : 2*c] {
			sum[i] *= inverse(variance, m.Eps)
		}
	})
}

// batchGrad is dx = gamma/std * (dy - dbeta/n - xhat*dgamma/n) with dgamma and dbeta from normalize_dparams (Ioffe and
// Szegedy 2015, "Batch normalization", section 3).
func batchGrad(set *isa, m op.Moments, x op.Shape) *program {
	c := x.Last()
	n := float32(x.Size() / c)
	return perChannel(set, x, doNormalizeGrad, 4, func(co [4][]float32, a kernel.Args) {
		variance, gamma, dgamma, dbeta := a.In[1][c:], a.In[2], a.In[4][:c], a.In[4][c:]
		copy(co[0], a.In[1][:c])
		for i := range c {
			inv := inverse(variance[i], m.Eps)
			co[1][i] = gamma[i] * inv
			co[2][i] = -co[1][i] * inv * dgamma[i] / n
			co[3][i] = -co[1][i] * dbeta[i] / n
		}
	}, 0, 3)
}

func batchFixedGrad(set *isa, m op.Moments, x op.Shape) *program {
	c := x.Last()
	return perChannel(set, x, doMulCo, 1, func(co [4][]float32, a kernel.Args) {
		for i, variance := range a.In[1][c : 2*c] {
			co[0][i] = a.In[2][i] * inverse(variance, m.Eps)
		}
	}, 3)
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

func (g *groups) paramGrad(set *isa) *program {
	size := g.space * g.c
	return columnSums(set, g.n, size, 2*g.c, 0, func(sum, _ []float32, from, to int, a kernel.Args) {
		clear(sum)
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
