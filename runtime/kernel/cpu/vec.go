package cpu

// vec is one call of a memory-bound kernel: a loop over n elements that reads the streams x and y and writes out, or adds to sums. Coefficients
// and sums repeat with a period: element i uses number (offset+i) % period of them. So [rows, channels] is a
// stream, and what belongs to a channel is periodic. Out may be the same memory as x or y.
type vec struct {
	out, x, y         []float32
	co                [4][]float32
	acc               [2][]float32
	n, period, offset int
}

// vecOp says what a vec computes.
type vecOp int

const (
	doAdd           vecOp = iota // out = x + y
	doMul                        // out = x * y
	doRelu                       // out = max(x, 0); a NaN stays
	doReluGrad                   // out = y where x > 0 or x is a NaN, y*0 elsewhere
	doAddCo                      // out = x + co0
	doMulCo                      // out = x * co0
	doMulAddCo                   // out += x * co0
	doNormalize                  // out = (x - co0) * co1 + co2
	doNormalizeGrad              // out = y * co1 + (x - co0) * co2 + co3
	doSum                        // acc0 += x
	doDot                        // acc0 += x * y
	doSquares                    // acc0 += (x - co0)^2
	doParamGrad                  // acc0 += y * (x - co0), acc1 += y

	// Elementary functions, in assembly only. The portable code calls those of float.go.
	doExp          // out = e^x
	doTanh         // out = tanh(x)
	doTanhGrad     // out = y * (1-x)(1+x): x is a tanh
	doSigmoid      // out = 1/(1+e^-x)
	doSigmoidGrad  // out = y * x(1-x): x is a sigmoid
	doSilu         // out = x * sigmoid(x)
	doSiluGrad     // out = y * (s + x*s*sigmoid(-x)) with s = sigmoid(x)
	doGelu         // out = x * N(x) with N the distribution function of the standard normal
	doGeluGrad     // out = y * (N(x) + x*n(x)) with n its density
	doElu          // out = co0 * (e^x - 1) where x < 0, x elsewhere
	doEluGrad      // out = y * co0 * e^x where x < 0, y elsewhere
	doSoftplus     // out = log(1+e^x)
	doSoftplusGrad // out = y * sigmoid(x)
	doLeaky        // out = co0 * x where x < 0, x elsewhere
	doLeakyGrad    // out = co0 * y where x <= 0, y elsewhere
)

// lanes is the number of elements that assembly handles at a time. Periods that are a multiple of it are walked in one go, others row
// by row.
const lanes = 8

func (v *vec) run(set *isa, do vecOp) {
	if v.period == 0 || v.period%lanes == 0 && v.offset == 0 {
		v.check()
		v.dispatch(set, do)
		return
	}
	// Up to the end of the period, then period by period, or all of the rest where that can be done.
	part := *v
	for at := 0; at < v.n; {
		n := min(v.period-part.offset, v.n-at)
		if part.offset == 0 && v.period%lanes == 0 {
			n = v.n - at
		}
		part.n, part.x = n, v.x[at:]
		if v.out != nil {
			part.out = v.out[at:]
		}
		if v.y != nil {
			part.y = v.y[at:]
		}
		for i, co := range v.co {
			if co != nil {
				part.co[i] = co[part.offset:]
			}
		}
		for i, acc := range v.acc {
			if acc != nil {
				part.acc[i] = acc[part.offset:]
			}
		}
		part.offset = 0
		part.check()
		part.dispatch(set, do)
		at += n
	}
}

// check panics where an operand is too short, before assembly would read or write behind it.
func (v *vec) check() {
	_ = v.x[:v.n]
	if v.out != nil {
		_ = v.out[:v.n]
	}
	if v.y != nil {
		_ = v.y[:v.n]
	}
	if v.period == 0 {
		return
	}
	n := min(v.period, v.n)
	for _, co := range v.co {
		if co != nil {
			_ = co[:n]
		}
	}
	for _, acc := range v.acc {
		if acc != nil {
			_ = acc[:n]
		}
	}
}

func (v *vec) dispatch(set *isa, do vecOp) {
	if set.avx512 && v.assembly512(do) {
		return
	}
	if set.assembly {
		v.assembly(do)
		return
	}
	for at := 0; at < v.n; {
		n := v.n - at
		if v.period > 0 {
			n = min(n, v.period)
		}
		v.portable(do, at, n)
		at += n
	}
}

// portable computes elements at … at+n-1, which lie in one period.
func (v *vec) portable(do vecOp, at, n int) {
	x := v.x[at : at+n]
	var out, y []float32
	if v.out != nil {
		out = v.out[at:][:len(x)]
	}
	if v.y != nil {
		y = v.y[at:][:len(x)]
	}
	switch do {
	case doAdd:
		for i, e := range x {
			out[i] = e + y[i]
		}
	case doMul:
		for i, e := range x {
			out[i] = e * y[i]
		}
	case doRelu:
		for i, e := range x {
			out[i] = max(e, 0)
		}
	case doReluGrad:
		for i, e := range x {
			out[i] = keepAbove0(e, y[i])
		}
	case doAddCo:
		c := v.co[0][:len(x)]
		for i, e := range x {
			out[i] = e + c[i]
		}
	case doMulCo:
		c := v.co[0][:len(x)]
		for i, e := range x {
			out[i] = e * c[i]
		}
	case doMulAddCo:
		c := v.co[0][:len(x)]
		for i, e := range x {
			out[i] += e * c[i]
		}
	case doNormalize:
		mean, factor, shift := v.co[0][:len(x)], v.co[1][:len(x)], v.co[2][:len(x)]
		for i, e := range x {
			out[i] = (e-mean[i])*factor[i] + shift[i]
		}
	case doNormalizeGrad:
		mean, factor, slope, shift := v.co[0][:len(x)], v.co[1][:len(x)], v.co[2][:len(x)], v.co[3][:len(x)]
		for i, e := range x {
			out[i] = y[i]*factor[i] + ((e-mean[i])*slope[i] + shift[i])
		}
	case doSum:
		sum := v.acc[0][:len(x)]
		for i, e := range x {
			sum[i] += e
		}
	case doDot:
		sum := v.acc[0][:len(x)]
		for i, e := range x {
			sum[i] += e * y[i]
		}
	case doSquares:
		mean, sum := v.co[0][:len(x)], v.acc[0][:len(x)]
		for i, e := range x {
			d := e - mean[i]
			sum[i] += d * d
		}
	case doParamGrad:
		mean, products, sum := v.co[0][:len(x)], v.acc[0][:len(x)], v.acc[1][:len(x)]
		for i, e := range x {
			products[i] += y[i] * (e - mean[i])
			sum[i] += y[i]
		}
	}
}

// cycle is how numbers of c channels are laid out for a vec: repeated up to a period.
type cycle struct{ c, period int }

// smallChannels is the number of channels up to which numbers are repeated to a multiple of lanes; with more, and no
// multiple of lanes, rows are walked one by one.
const smallChannels = 128

// coefficients is the cycle of numbers that are read.
func coefficients(c int) cycle {
	period := c
	for c <= smallChannels && period%lanes != 0 {
		period += c
	}
	return cycle{c, period}
}

// sums is the cycle of numbers that are added to: long, so that additions to one of them do not wait for each other.
func sums(c int) cycle {
	y := coefficients(c)
	for y.period < 64 {
		y.period += coefficients(c).period
	}
	return y
}

// fill repeats src, one number a channel, through dst.
func (y cycle) fill(dst, src []float32) {
	for at := 0; at < y.period; at += y.c {
		copy(dst[at:at+y.c], src)
	}
}

// fold adds up what belongs to each channel.
func (y cycle) fold(dst, acc []float32) {
	copy(dst[:y.c], acc)
	for at := y.c; at < y.period; at += y.c {
		for i, v := range acc[at : at+y.c] {
			dst[i] += v
		}
	}
}
