// Package rng defines every random number of the language. It is part of the language's semantics: a
// backend (assembly, GPU) must give the same bits, and the golden tests here pin them.
//
// # Streams
//
// There is no generator with a state. A stream is a key, and a draw is a pure function of the key and of
// a counter that says what is drawn; so no draw depends on how many draws anything else made, and
// switching one trick off leaves all other draws as they were.
//
// The key of a stream is the first 8 bytes of
//
//	SHA-256("netc/1" 00 | seed, 8 bytes little endian | purpose, 1 byte | path, UTF-8)
//
// read as two little-endian 32-bit words k0, k1. The purpose (Init = 1, Mask = 2, …) keeps uses of one
// node apart; the path is the node's canonical path, which no trick renumbers.
//
// # Blocks
//
// A block is Philox4x32 with 10 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011) of the counter (c0, c1, c2, c3) under the key (k0, k1). It gives four 32-bit
// words. Draw number d of a series is word d mod 4 of the block with c0 = d / 4. The other counters are:
//
//	purpose   c0          c1               c2       c3
//	Init      element/4   parameter index  0        0
//	Mask      element/4   example slot     step lo  step hi
//	Noise     element/4   example slot     step lo  step hi
//	Augment   draw/4      example id       epoch    lane
//	Order     i           epoch            retry    0
//	Split     i           group            retry    0
//
// An element is the index within the parameter (or within one example's activation), an example slot the
// row of the batch, an example id the position in the source, a step the number of optimizer steps
// taken, an epoch counted from 0. The lane is 0 for the decisions of an augmentation and 1 for noise that it draws
// for every element (draw = element).
//
// # From words to numbers
//
// Uniform: (w >> 8) * 2^-24, a float32 in [0, 1).
//
// Bernoulli(p): true where Uniform(w) < p, compared in float32.
//
// Normal: the Box-Muller transform. Words (0, 1) give numbers 0 and 1, words (2, 3) numbers 2 and 3: with
// u = (w0 + 1) * 2^-32, r = sqrt(-2 ln u) and a = 2 pi w1 * 2^-32 they are r cos a and r sin a. The
// logarithm, sine and cosine are the polynomials of elementary.go, evaluated in float64 with one
// rounding an operation (no fused multiply-add), so that every platform agrees on every bit.
//
// IntN(n): Lemire's multiplication with rejection ("Fast random integer generation in an interval",
// ACM TOMACS 2019): the high half of w*n, unless the low half is below 2^32 mod n; then the next word
// of the block, and after its last word the block with retry one higher.
//
// Perm: Fisher-Yates from the end: for i = n-1 … 1 swap place i with place IntN(i+1), drawn with c0 = i.
package rng
