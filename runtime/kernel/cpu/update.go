package cpu

import "math"

// update is one call of an optimizer's kernel: a loop over n elements of up to four streams, with factors that are the same for
// all elements.
type update struct {
	s [4][]float32
	f [8]float32
	n int
}

// updateOp says what an update computes. Every product and sum is rounded by itself, so that all instruction sets give the same bits.
type updateOp int

const (
	doAddScaled updateOp = iota // s0 += f0*s1
	doAverage                   // s0 = f0*s0 + f1*s1
	doMomentum                  // s2 = f0*s2 + f1*s1, s0 -= f2*s2
	doNesterov                  // s2 = f0*s2 + f1*s1, s0 -= f2*(s1 + f3*s2)
	doAdam                      // s2 = f0*s2 + f1*s1, s3 = f2*s3 + (f3*s1)*s1, s0 -= f4*s2 / (sqrt(s3)/f5 + f6)
)

func (u *update) run(set *isa, do updateOp) {
	for i, s := range u.s {
		if s != nil {
			u.s[i] = s[:u.n] // panics where it is too short, before assembly would go behind it
		}
	}
	if set.avx512 && u.assembly512(do) {
		return
	}
	if set.assembly {
		u.assembly(do)
		return
	}
	u.portable(do)
}

func (u *update) portable(do updateOp) {
	f := &u.f
	p := u.s[0]
	g := u.s[1][:len(p)]
	switch do {
	case doAddScaled:
		for i := range p {
			p[i] += float32(f[0] * g[i])
		}
	case doAverage:
		for i := range p {
			p[i] = float32(f[0]*p[i]) + float32(f[1]*g[i])
		}
	case doMomentum:
		v := u.s[2][:len(p)]
		for i := range p {
			v[i] = float32(f[0]*v[i]) + float32(f[1]*g[i])
			p[i] -= float32(f[2] * v[i])
		}
	case doNesterov:
		v := u.s[2][:len(p)]
		for i := range p {
			v[i] = float32(f[0]*v[i]) + float32(f[1]*g[i])
			p[i] -= float32(f[2] * (g[i] + float32(f[3]*v[i])))
		}
	case doAdam:
		m, v := u.s[2][:len(p)], u.s[3][:len(p)]
		for i := range p {
			m[i] = float32(f[0]*m[i]) + float32(f[1]*g[i])
			v[i] = float32(f[2]*v[i]) + float32(float32(f[3]*g[i])*g[i])
			p[i] -= float32(float32(f[4]*m[i]) / (float32(math.Sqrt(float64(v[i])))/f[5] + f[6]))
		}
	}
}
