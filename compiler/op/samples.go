package op

// Fills for the inputs of samples.

type fill = func(i int, u func() float64) float64

// apart gives values that differ by at least 0.02 and keep 0.005 away from zero, in no order, so that a maximum or a kink
// does not move when one of them is nudged. It repeats after 1009 elements.
func apart(i int, _ func() float64) float64 { return float64(i*389%1009)/50 - 10.085 }

// positive gives values in [0.5, 1.5), say for variances.
func positive(_ int, u func() float64) float64 { return 0.5 + u() }

// momentsOf fills a [2, n] table: n means, then n positive variances.
func momentsOf(n int) fill {
	return func(i int, u func() float64) float64 {
		if i < n {
			return u() - 0.5
		}
		return 0.5 + u()
	}
}

// oneOf fills rows of k with a one-hot target.
func oneOf(k int) fill {
	return func(i int, _ func() float64) float64 {
		if row := i / k; i%k == row*7%k {
			return 1
		}
		return 0
	}
}

// mixedOf fills rows of k with 0.7 on one class and 0.3 on the next, as mixup makes them.
func mixedOf(k int) fill {
	return func(i int, _ func() float64) float64 {
		row := i / k
		switch i % k {
		case row * 7 % k:
			return 0.7
		case (row*7 + 1) % k:
			return 0.3
		}
		return 0
	}
}

// binary gives 0 or 1.
func binary(_ int, u func() float64) float64 {
	if u() < 0.5 {
		return 0
	}
	return 1
}

// near gives values in [0, 0.4), far gives values at least 0.6 away from those on either side.
func near(_ int, u func() float64) float64 { return 0.4 * u() }

func far(i int, u func() float64) float64 {
	if i%2 == 0 {
		return 1 + 2*u()
	}
	return -0.6 - 2*u()
}

// codesOf gives codes of columns with the given vocabularies.
func codesOf(sizes ...int) fill {
	return func(i int, u func() float64) float64 { return float64(int(u() * float64(sizes[i%len(sizes)]))) }
}
