package cpu

import "math"

// Updates are the kernels of optimizers for one instruction set. All give the same bits: every product and sum is rounded by itself. The
// zero value computes in plain Go.
type Updates struct{ set *isa }

// Updates gives the kernels of optimizers for the backend's instruction set.
func (b *Backend) Updates() Updates { return Updates{b.isa} }

// BestUpdates are those for the best instruction set that the processor has.
func BestUpdates() Updates { return Updates{best()} }

// Before is what a step does before its rule, in this order: gradients are multiplied by Scale and cut to [-Cut, Cut], L2*p and L1*sign(p)
// are added to them, and weights are multiplied by Shrink.
type Before struct {
	Scale, Cut, L1, L2, Shrink float32
}

// Nothing leaves gradients and weights as they are.
func Nothing() Before { return Before{Scale: 1, Cut: float32(math.Inf(1)), Shrink: 1} }

// How much is done before a rule; there are kernels for each.
const (
	beforeNothing = iota
	beforeL2      // scale and l2
	beforeAll
)

func (b *Before) level() int {
	switch {
	case !math.IsInf(float64(b.Cut), 1) || b.L1 != 0 || b.Shrink != 1:
		return beforeAll
	case b.Scale != 1 || b.L2 != 0:
		return beforeL2
	}
	return beforeNothing
}

// optimize is one call of a kernel: streams are weights, gradients and what the rule keeps; gradients are read only. The factors of Before
// come first, then the rule's, each one 8 times.
type optimize struct {
	s   [5][]float32
	n   int
	hit int // set by kernels that do all of Before: whether something was cut
	f   [13][lanes]float32
}

// optimizeOp is a rule. Its factors are f0, f1, ….
type optimizeOp int

const (
	optimizeSGD             optimizeOp = iota // p += f0*g
	optimizeMomentum                          // v = f0*v + f1*g, p -= f2*v
	optimizeNesterov                          // v = f0*v + f1*g, p -= f2*(g + f3*v)
	optimizeAdam                              // m = f0*m + f1*g, v = f2*v + (f3*g)*g, p -= f4*m / (sqrt(v)/f5 + f6)
	optimizeRMSProp                           // s = f0*s + (f1*g)*g, p -= f2*(g / (sqrt(s) + f3))
	optimizeRMSPropMomentum                   // s as without, u = f4*u + g/(sqrt(s) + f3), p -= f2*u
	optimizeRMSPropCentered                   // s as without, a = f0*a + f1*g, p -= f2*(g / (sqrt(s - a*a) + f3))
	optimizeRMSPropBoth                       // s and a as centered, u = f4*u + g/(sqrt(s - a*a) + f3), p -= f2*u; streams s, u, a
	optimizeAdaGrad                           // s += g*g, p -= f0*g / (sqrt(s) + f1)
)

// plainUpdates are the kernels of rules with nothing before them that are updates.
var plainUpdates = map[optimizeOp]updateOp{
	optimizeSGD: doAddScaled, optimizeMomentum: doMomentum, optimizeNesterov: doNesterov, optimizeAdam: doAdam,
}

// run carries out a rule, and reports whether Cut changed a gradient.
func (k Updates) run(do optimizeOp, b *Before, factors []float32, streams ...[]float32) (hit bool) {
	set := k.set
	if set == nil {
		set = &portable
	}
	level := b.level()
	n := len(streams[0])
	if plain, ok := plainUpdates[do]; ok && level == beforeNothing {
		u := update{n: n}
		copy(u.s[:], streams)
		copy(u.f[:], factors)
		u.run(set, plain)
		return false
	}
	o := optimize{n: n}
	for i, s := range streams {
		o.s[i] = s[:n] // panics where it is too short, before assembly would go behind it
	}
	for i, f := range [6]float32{b.Scale, b.Cut, -b.Cut, b.L1, b.L2, b.Shrink} {
		o.set(i, f)
	}
	for i, f := range factors {
		o.set(6+i, f)
	}
	if set.assembly {
		o.assembly(do, level)
		return o.hit != 0
	}
	return o.portable(do, b, level, factors)
}

func (o *optimize) set(i int, f float32) {
	for j := range o.f[i] {
		o.f[i][j] = f
	}
}

// portable goes over pieces, whose gradients are made in a buffer.
func (o *optimize) portable(do optimizeOp, b *Before, level int, factors []float32) (hit bool) {
	var buffer [256]float32
	var f [7]float32
	copy(f[:], factors)
	for from := 0; from < o.n; from += len(buffer) {
		to := min(from+len(buffer), o.n)
		p := o.s[0][from:to]
		g := buffer[:to-from]
		copy(g, o.s[1][from:to])
		if b.apply(level, p, g) {
			hit = true
		}
		var s [3][]float32
		for i := range s {
			if o.s[2+i] != nil {
				s[i] = o.s[2+i][from:to]
			}
		}
		rule(do, &f, p, g, s)
	}
	return hit
}

// apply does what comes before a rule to a piece of weights and its gradients.
func (b *Before) apply(level int, p, g []float32) (hit bool) {
	if level == beforeNothing {
		return false
	}
	for i, w := range p {
		v := float32(g[i] * b.Scale)
		if level == beforeAll {
			switch {
			case v > b.Cut:
				v, hit = b.Cut, true
			case v < -b.Cut:
				v, hit = -b.Cut, true
			}
		}
		v += float32(b.L2 * w)
		if level == beforeAll {
			more, less := float32(0), float32(0) // added even so: the sum of -0 and 0 is 0, as in assembly
			switch {
			case w > 0:
				more = b.L1
			case w < 0:
				less = b.L1
			}
			v = v + more - less
			p[i] = w * b.Shrink
		}
		g[i] = v
	}
	return hit
}

func rule(do optimizeOp, f *[7]float32, p, g []float32, s [3][]float32) {
	g = g[:len(p)]
	switch do {
	case optimizeSGD:
		for i := range p {
			p[i] += float32(f[0] * g[i])
		}
	case optimizeMomentum:
		v := s[0][:len(p)]
		for i := range p {
			v[i] = float32(f[0]*v[i]) + float32(f[1]*g[i])
			p[i] -= float32(f[2] * v[i])
		}
	case optimizeNesterov:
		v := s[0][:len(p)]
		for i := range p {
			v[i] = float32(f[0]*v[i]) + float32(f[1]*g[i])
			p[i] -= float32(f[2] * (g[i] + float32(f[3]*v[i])))
		}
	case optimizeAdam:
		m, v := s[0][:len(p)], s[1][:len(p)]
		for i := range p {
			m[i] = float32(f[0]*m[i]) + float32(f[1]*g[i])
			v[i] = float32(f[2]*v[i]) + float32(float32(f[3]*g[i])*g[i])
			p[i] -= float32(f[4]*m[i]) / (sqrt(v[i])/f[5] + f[6])
		}
	case optimizeRMSProp, optimizeRMSPropMomentum, optimizeRMSPropCentered, optimizeRMSPropBoth:
		square := s[0][:len(p)]
		var last, average []float32
		switch do {
		case optimizeRMSPropMomentum:
			last = s[1]
		case optimizeRMSPropCentered:
			average = s[1]
		case optimizeRMSPropBoth:
			last, average = s[1], s[2]
		}
		for i := range p {
			square[i] = float32(f[0]*square[i]) + float32(float32(f[1]*g[i])*g[i])
			spread := square[i]
			if average != nil {
				average[i] = float32(f[0]*average[i]) + float32(f[1]*g[i])
				spread -= float32(average[i] * average[i])
			}
			u := g[i] / (sqrt(spread) + f[3])
			if last != nil {
				u += float32(f[4] * last[i])
				last[i] = u
			}
			p[i] -= float32(f[2] * u)
		}
	case optimizeAdaGrad:
		sum := s[0][:len(p)]
		for i := range p {
			sum[i] += float32(g[i] * g[i])
			p[i] -= float32(f[0]*g[i]) / (sqrt(sum[i]) + f[1])
		}
	}
}

// sqrt compiles to the processor's single-precision square root.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Average is x = keep*x + take*y.
func (k Updates) Average(x, y []float32, keep, take float32) {
	set := k.set
	if set == nil {
		set = &portable
	}
	u := update{s: [4][]float32{x, y}, f: [8]float32{keep, take}, n: len(x)}
	u.run(set, doAverage)
}

// SGD is p -= rate*g. Like all rules it reports whether b.Cut changed a gradient.
func (k Updates) SGD(b *Before, p, g []float32, rate float32) (cut bool) {
	return k.run(optimizeSGD, b, []float32{-rate}, p, g)
}

// Momentum is v = keep*v + take*g, p -= rate*v.
func (k Updates) Momentum(b *Before, p, g, v []float32, keep, take, rate float32) (cut bool) {
	return k.run(optimizeMomentum, b, []float32{keep, take, rate}, p, g, v)
}

// Nesterov is v = keep*v + take*g, p -= rate*(g + look*v).
func (k Updates) Nesterov(b *Before, p, g, v []float32, keep, take, rate, look float32) (cut bool) {
	return k.run(optimizeNesterov, b, []float32{keep, take, rate, look}, p, g, v)
}

// AdamFactors are the numbers of an Adam update.
type AdamFactors struct {
	Beta1, Take1 float32 // m = beta1*m + take1*g
	Beta2, Take2 float32 // v = beta2*v + take2*g*g
	Rate         float32
	Correct, Eps float32
}

// Adam is the update of m and v by the gradient g, and p -= rate*m / (sqrt(v)/correct + eps).
func (k Updates) Adam(b *Before, p, g, m, v []float32, f AdamFactors) (cut bool) {
	return k.run(optimizeAdam, b, []float32{f.Beta1, f.Take1, f.Beta2, f.Take2, f.Rate, f.Correct, f.Eps}, p, g, m, v)
}

// RMSPropFactors are the numbers of an RMSprop update.
type RMSPropFactors struct {
	Keep, Take float32 // square = keep*square + take*g*g
	Rate, Eps  float32
	Momentum   float32
}

// RMSProp is the update of square, and of average where there is one, p -= rate*u for u = g / (sqrt(square - average^2) + eps), to which
// momentum*last is added where there is that.
func (k Updates) RMSProp(b *Before, p, g, square, last, average []float32, f RMSPropFactors) (cut bool) {
	factors := []float32{f.Keep, f.Take, f.Rate, f.Eps, f.Momentum}
	switch {
	case last != nil && average != nil:
		return k.run(optimizeRMSPropBoth, b, factors, p, g, square, last, average)
	case last != nil:
		return k.run(optimizeRMSPropMomentum, b, factors, p, g, square, last)
	case average != nil:
		return k.run(optimizeRMSPropCentered, b, factors, p, g, square, average)
	}
	return k.run(optimizeRMSProp, b, factors, p, g, square)
}

// AdaGrad is sum += g*g, p -= rate*g / (sqrt(sum) + eps).
func (k Updates) AdaGrad(b *Before, p, g, sum []float32, rate, eps float32) (cut bool) {
	return k.run(optimizeAdaGrad, b, []float32{rate, eps}, p, g, sum)
}
