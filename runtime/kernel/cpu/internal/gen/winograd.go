package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct winogradRow; a test in package cpu holds them to the compiler's.
const (
	offWRows                           = 0 // four slices
	offWPoints                         = 96
	offWStep, offWTiles, offWC         = 120, 128, 136
	offWLeft, offWColumns, offWPixel   = 144, 152, 160
	offWBias, offWRelu, offWBad        = 168, 192, 193
	winogradPoints, winogradHalfPoints = 4, 2
)

// winograds writes the transforms of Winograd's F(2x2, 3x3) for a row of tiles, 8 channels at a time; see type winogradRow.
func winograds(c *build.Context) {
	winogradIn(c)
	winogradGradIn(c)
	winogradOut(c)
}

// winogradLoop is what the three kernels share: for each 8 channels, walk sets up the row's start and goes along the tiles.
type winogradLoop struct {
	*build.Context
	args, points, offset, step, step3, tiles, channels, temp, base reg.Register
	rows                                                           []reg.Register
}

func newWinogradLoop(c *build.Context, name, doc string, rows int) *winogradLoop {
	c.Function(name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(r *byte)")
	c.Doc(name + " " + doc)
	l := &winogradLoop{
		Context: c, args: reg.RAX, points: reg.RDI, offset: reg.RSI, step: reg.RCX, step3: reg.RBX,
		tiles: reg.RDX, channels: reg.R13, temp: reg.R12, base: reg.R14,
		rows: []reg.Register{reg.R8, reg.R9, reg.R10, reg.R11}[:rows],
	}
	c.MOVQ(operand.NewParamAddr("r", 0), l.args)
	c.MOVQ(l.at(offWStep), l.step)
	c.SHLQ(operand.Imm(2), l.step)
	c.LEAQ(operand.Mem{Base: l.step, Index: l.step, Scale: 2}, l.step3)
	c.XORQ(l.channels, l.channels)
	c.Label("channels")
	for i, r := range l.rows {
		c.MOVQ(l.at(offWRows+24*i), r)
		c.LEAQ(operand.Mem{Base: r, Index: l.channels, Scale: 4}, r)
	}
	c.MOVQ(l.at(offWPoints), l.points)
	c.LEAQ(operand.Mem{Base: l.points, Index: l.channels, Scale: 4}, l.points)
	c.MOVQ(l.at(offWTiles), l.tiles)
	return l
}

func (l *winogradLoop) at(off int) operand.Mem { return operand.Mem{Base: l.args, Disp: off} }

// point is where number j of a row of four points lies, from base.
func (l *winogradLoop) point(base reg.Register, j int) operand.Mem {
	switch j {
	case 0:
		return operand.Mem{Base: base}
	case 1, 2:
		return operand.Mem{Base: base, Index: l.step, Scale: uint8(j)}
	}
	return operand.Mem{Base: base, Index: l.step3, Scale: 1}
}

// advance moves the rows by one pixel.
func (l *winogradLoop) advance() {
	l.MOVQ(l.at(offWPixel), l.temp)
	for _, r := range l.rows {
		l.LEAQ(operand.Mem{Base: r, Index: l.temp, Scale: 4}, r)
	}
}

// next ends a tile: the points of the next one follow after all channels of this one.
func (l *winogradLoop) next() {
	l.MOVQ(l.at(offWC), l.temp)
	l.LEAQ(operand.Mem{Base: l.points, Index: l.temp, Scale: 4}, l.points)
	l.DECQ(l.tiles)
	l.JNZ(operand.LabelRef("tile"))
	l.ADDQ(operand.Imm(8), l.channels)
	l.CMPQ(l.channels, l.temp)
	l.JL(operand.LabelRef("channels"))
}

func winogradIn(c *build.Context) {
	l := newWinogradLoop(c, "winogradIn", "transforms 4x4 inputs, two pixels apart.", 4)
	y := ymm()
	columns := [3][]reg.VecPhysical{y[0:4], y[4:8], y[8:12]}
	t0, t1 := y[12], y[13]
	left := l.offset // columns that may still be read
	c.MOVQ(l.at(offWColumns), left)
	// column reads the next column of four and transforms it, or clears it where there is none.
	column := func(label string, to []reg.VecPhysical) {
		c.DECQ(left)
		c.JL(operand.LabelRef("zero" + label))
		c.VMOVUPS(operand.Mem{Base: l.rows[0]}, to[0])
		c.VMOVUPS(operand.Mem{Base: l.rows[1]}, t0)
		c.VMOVUPS(operand.Mem{Base: l.rows[2]}, t1)
		c.VSUBPS(t1, to[0], to[0])
		c.VADDPS(t1, t0, to[1])
		c.VSUBPS(t0, t1, to[2])
		c.VSUBPS(operand.Mem{Base: l.rows[3]}, t0, to[3])
		l.advance()
		c.JMP(operand.LabelRef("done" + label))
		c.Label("zero" + label)
		for _, r := range to {
			c.VXORPS(r, r, r)
		}
		c.Label("done" + label)
	}
	// Up to two columns lie left of the source.
	for i, label := range []string{"A", "B"} {
		c.CMPQ(l.at(offWLeft), operand.Imm(uint64(i+1)))
		c.JGE(operand.LabelRef("border" + label))
		column(label, columns[i])
		c.JMP(operand.LabelRef("first" + label))
		c.Label("border" + label)
		for _, r := range columns[i] {
			c.VXORPS(r, r, r)
		}
		c.Label("first" + label)
	}
	align(c)
	c.Label("tile")
	column("C", columns[2])
	c.MOVQ(l.points, l.base)
	for i := range winogradPoints {
		a, b, d := columns[0][i], columns[1][i], columns[2][i]
		c.VSUBPS(d, a, t0)
		c.VMOVUPS(t0, l.point(l.base, 0))
		c.VADDPS(d, b, t0)
		c.VMOVUPS(t0, l.point(l.base, 1))
		c.VSUBPS(b, d, t0)
		c.VMOVUPS(t0, l.point(l.base, 2))
		if i < 3 {
			c.LEAQ(operand.Mem{Base: l.base, Index: l.step, Scale: 4}, l.base)
		}
	}
	column("D", columns[0])
	c.MOVQ(l.points, l.base)
	for i := range winogradPoints {
		c.VSUBPS(columns[0][i], columns[1][i], t0)
		c.VMOVUPS(t0, l.point(l.base, 3))
		if i < 3 {
			c.LEAQ(operand.Mem{Base: l.base, Index: l.step, Scale: 4}, l.base)
		}
	}
	// The last two columns are the next tile's first two.
	for i := range winogradPoints {
		c.VMOVAPS(columns[0][i], columns[1][i])
		c.VMOVAPS(columns[2][i], columns[0][i])
	}
	l.next()
	c.VZEROUPPER()
	c.RET()
}

func winogradGradIn(c *build.Context) {
	l := newWinogradLoop(c, "winogradGradIn", "transforms the gradients of 2x2 outputs.", 2)
	y := ymm()
	columns := [2][]reg.VecPhysical{y[0:4], y[4:8]}
	t := y[8]
	left := l.offset
	c.MOVQ(l.at(offWColumns), left)
	align(c)
	c.Label("tile")
	for j, label := range []string{"A", "B"} {
		to := columns[j]
		c.DECQ(left)
		c.JL(operand.LabelRef("zero" + label))
		c.VMOVUPS(operand.Mem{Base: l.rows[0]}, to[0])
		c.VMOVUPS(operand.Mem{Base: l.rows[1]}, to[3])
		c.VADDPS(to[3], to[0], to[1])
		c.VSUBPS(to[3], to[0], to[2])
		l.advance()
		c.JMP(operand.LabelRef("done" + label))
		c.Label("zero" + label)
		for _, r := range to {
			c.VXORPS(r, r, r)
		}
		c.Label("done" + label)
	}
	c.MOVQ(l.points, l.base)
	for i := range winogradPoints {
		a, b := columns[0][i], columns[1][i]
		c.VMOVUPS(a, l.point(l.base, 0))
		c.VADDPS(b, a, t)
		c.VMOVUPS(t, l.point(l.base, 1))
		c.VSUBPS(b, a, t)
		c.VMOVUPS(t, l.point(l.base, 2))
		c.VMOVUPS(b, l.point(l.base, 3))
		if i < 3 {
			c.LEAQ(operand.Mem{Base: l.base, Index: l.step, Scale: 4}, l.base)
		}
	}
	l.next()
	c.VZEROUPPER()
	c.RET()
}

func winogradOut(c *build.Context) {
	l := newWinogradLoop(c, "winogradOut", "transforms points to 2x2 outputs, with bias and relu behind where asked for.", 2)
	y := ymm()
	sums := [2][]reg.VecPhysical{y[0:4], y[4:8]}
	t, bias, zero, bad := y[8], y[9], y[10], y[11]
	// A number times 0 is 0 or, where it is infinite or a NaN, a NaN, which stays in the sum.
	c.VXORPS(zero, zero, zero)
	c.VXORPS(bad, bad, bad)
	c.VXORPS(bias, bias, bias)
	c.CMPQ(l.at(offWBias), operand.Imm(0))
	c.JE(operand.LabelRef("tile"))
	c.MOVQ(l.at(offWBias), l.temp)
	c.VMOVUPS(operand.Mem{Base: l.temp, Index: l.channels, Scale: 4}, bias)
	align(c)
	c.Label("tile")
	c.MOVQ(l.points, l.base)
	for i := range winogradPoints {
		a, b := sums[0][i], sums[1][i]
		c.VMOVUPS(l.point(l.base, 1), a)
		c.VMOVUPS(l.point(l.base, 2), t)
		c.VSUBPS(t, a, b)
		c.VADDPS(t, a, a)
		c.VADDPS(l.point(l.base, 0), a, a)
		c.VSUBPS(l.point(l.base, 3), b, b)
		if i < 3 {
			c.LEAQ(operand.Mem{Base: l.base, Index: l.step, Scale: 4}, l.base)
		}
	}
	for j := range winogradHalfPoints {
		s := sums[j]
		c.VSUBPS(s[2], s[1], t)
		c.VADDPS(s[2], s[1], s[1])
		c.VADDPS(s[1], s[0], s[0])
		c.VSUBPS(s[3], t, s[1])
	}
	outputs := []reg.VecPhysical{sums[0][0], sums[0][1], sums[1][0], sums[1][1]}
	for _, r := range outputs {
		c.VFMADD231PS(zero, r, bad)
	}
	c.CMPQ(l.at(offWBias), operand.Imm(0))
	c.JE(operand.LabelRef("relu"))
	for _, r := range outputs {
		c.VADDPS(bias, r, r)
	}
	c.Label("relu")
	c.CMPB(l.at(offWRelu), operand.Imm(0))
	c.JE(operand.LabelRef("store"))
	for _, r := range outputs {
		c.VMAXPS(r, zero, r) // of 0 and a NaN the instruction gives the operand that is first here
	}
	c.Label("store")
	for j := range winogradHalfPoints {
		for i, r := range l.rows {
			c.VMOVUPS(sums[j][i], operand.Mem{Base: r})
		}
		l.advance()
	}
	l.MOVQ(l.at(offWC), l.temp)
	l.LEAQ(operand.Mem{Base: l.points, Index: l.temp, Scale: 4}, l.points)
	l.DECQ(l.tiles)
	l.JNZ(operand.LabelRef("tile"))
	c.VCMPPS(operand.Imm(3), bad, bad, bad)
	c.VMOVMSKPS(bad, l.base.(reg.GPPhysical).As32())
	c.ORB(l.base.(reg.GPPhysical).As8(), l.at(offWBad))
	l.ADDQ(operand.Imm(8), l.channels)
	l.CMPQ(l.channels, l.temp)
	l.JL(operand.LabelRef("channels"))
	c.VZEROUPPER()
	c.RET()
}

// ymm lists the vector registers.
func ymm() []reg.VecPhysical {
	return []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}
}
