package cpu

// pointProduct is one call of the kernels for products of matrices of like shape, one for each point of a transform:
//
//	c[p*cPoint+r*cr+n] = sum over i < k of a[p*aPoint+r*ar+i*ak] * b[p*bPoint+i*bk+n]
//
// for p < points, r < rows and n < cols; with add, the sum is added to c. Its terms are added in order. The memory of c may be that of
// a where rows are the same.
type pointProduct struct {
	a, b, c                []float32
	ak, ar, bk, cr         int
	k                      int // at least 1
	groups                 int // of rows, set by run
	points                 int // at least 1
	aPoint, bPoint, cPoint int
	add                    bool
}

// run computes rows x cols; cols is 8 or 16 in assembly. It is only for instruction sets whose tiles are of the shape of these kernels.
func (p *pointProduct) run(rows, cols int) {
	points := p.points
	_ = p.a[(points-1)*p.aPoint+(rows-1)*p.ar+(p.k-1)*p.ak]
	_ = p.b[(points-1)*p.bPoint+(p.k-1)*p.bk+cols-1]
	_ = p.c[(points-1)*p.cPoint+(rows-1)*p.cr+cols-1]
	// Groups of nearly equal heights: a low one computes no faster than a high one.
	const most = 6
	groups := (rows + most - 1) / most
	low, high := rows/groups, rows%groups
	if high > 0 {
		next := *p
		next.groups = high
		next.assembly(low+1, cols)
	}
	if high < groups {
		done := high * (low + 1)
		next := *p
		next.a, next.c, next.groups = p.a[done*p.ar:], p.c[done*p.cr:], groups-high
		next.assembly(low, cols)
	}
}
