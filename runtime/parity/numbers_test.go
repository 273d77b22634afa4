package parity

import (
	"hash/crc32"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/op"
)

// uniform gives n numbers in [0, 1), the same as its namesake in make.py: MurmurHash3's finalizer over a Weyl sequence keyed by
// the name of the stream.
func uniform(stream string, n int) []float64 {
	key := crc32.ChecksumIEEE([]byte(stream))
	u := make([]float64, n)
	for i := range u {
		h := uint32(i)*0x9E3779B1 + key
		h ^= h >> 16
		h *= 0x85EBCA6B
		h ^= h >> 13
		h *= 0xC2B2AE35
		h ^= h >> 16
		u[i] = float64(h>>8) / (1 << 24)
	}
	return u
}

// fill draws a parameter or state. What it is follows from its name.
func fill(stream, name string, shape op.Shape) []float32 {
	v := make([]float32, shape.Size())
	kind := name[strings.LastIndexByte(name, '.')+1:]
	fanIn := float64(shape[:len(shape)-1].Size())
	for i, u := range uniform(stream+"/"+name, len(v)) {
		switch {
		case kind == "weight":
			v[i] = float32((2*u - 1) * math.Sqrt(6/fanIn))
		case kind == "scale" || kind == "moments" && i >= len(v)/2: // variances
			v[i] = float32(0.5 + u)
		case kind == "moments":
			v[i] = float32(u - 0.5)
		default: // bias, shift, table
			v[i] = float32((2*u - 1) / 4)
		}
	}
	return v
}

// inputs draws features between -2 and 2.
func inputs(stream string, n int) []float32 {
	v := make([]float32, n)
	for i, u := range uniform(stream, n) {
		v[i] = float32(4*u - 2)
	}
	return v
}

// oneHot draws a class for each example and spells it out.
func oneHot(stream string, n, classes int) []float32 {
	v := make([]float32, n*classes)
	for i, u := range uniform(stream, n) {
		v[i*classes+int(u*float64(classes))] = 1
	}
	return v
}

// signs is the k-th projection of a tensor: all ones, or random signs.
func signs(k, n int) []float64 {
	v := make([]float64, n)
	var u []float64
	if k > 0 {
		u = uniform("projection/"+string(rune('0'+k)), n)
	}
	for i := range v {
		v[i] = 1
		if k > 0 && u[i] < 0.5 {
			v[i] = -1
		}
	}
	return v
}
