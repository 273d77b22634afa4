package data

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/catalog"
)

// sourceKind is one source: what the language knows of it and the code that reads it.
type sourceKind struct {
	catalog.Signature
	table  bool // it has named columns
	images bool // it can give images
	// describe finds what the compiler must know, reading as little as it can; nil where only reading all tells.
	describe func(c *config) (*outline, error)
	// read decodes the source.
	read func(c *config) (*source, error)
	// guess gives sizes to go on with when the files are not on this machine.
	guess func(c *config) *outline
}

// sources in the order in which they are documented.
var sources = []*sourceKind{digitsSource, idxSource, cifar10Source, folderSource, csvSource, npzSource}

// outline is what is known of a source without its examples.
type outline struct {
	shape      []int
	top        int      // the byte that is white; 0 when the features are floats
	classes    []string // empty for regression
	targets    []string // target columns; one unnamed target of images
	numbers    []string // number columns of a table
	categories []string // category columns
	indicators int      // the last so many numbers say where others are missing
	// The examples: first those without a part of their own, then the source's own validation and test sets.
	n, ownValid, ownTest int
	hasValid, hasTest    bool
	uncounted            bool // the numbers of examples are known only after reading
}

func (o *outline) features() int {
	f := 1
	for _, d := range o.shape {
		f *= d
	}
	return f
}

func (o *outline) total() int { return o.n + o.ownValid + o.ownTest }

// image reports whether examples are height x width x channels.
func (o *outline) image() bool { return len(o.shape) == 3 }

// source is a decoded source. It is not changed after reading.
type source struct {
	outline
	bytes  []byte    // total x features, for images; or
	floats []float32 // total x features, NaN where a number is missing
	labels []int32   // of classification
	y      []float32 // of regression: total x targets
	codes  [][]int32 // of each category column: an index into values
	values [][]string
	strata []int32 // of the column that `split by` names, when it is not the target
	notes  []string
	sum    [sha256.Size]byte
}

// finish computes the content hash.
func (s *source) finish() *source {
	h := sha256.New()
	putInts(h, s.shape...)
	putInts(h, s.top, s.n, s.ownValid, s.ownTest)
	for _, list := range append([][]string{s.classes, s.targets, s.numbers, s.categories}, s.values...) {
		putStrings(h, list)
	}
	h.Write(s.bytes)
	putFloats(h, s.floats)
	putFloats(h, s.y)
	for _, list := range append([][]int32{s.labels, s.strata}, s.codes...) {
		for chunk := range slices.Chunk(list, 4096) {
			buf := make([]byte, 0, 4*len(chunk))
			for _, v := range chunk {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
			}
			h.Write(buf)
		}
	}
	h.Sum(s.sum[:0])
	return s
}

func putInts(h hash.Hash, list ...int) {
	buf := binary.LittleEndian.AppendUint64(nil, uint64(len(list)))
	for _, v := range list {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(v))
	}
	h.Write(buf)
}

func putStrings(h hash.Hash, list []string) {
	putInts(h, len(list))
	for _, s := range list {
		putInts(h, len(s))
		h.Write([]byte(s))
	}
}

func putFloats(h hash.Hash, list []float32) {
	for chunk := range slices.Chunk(list, 4096) {
		buf := make([]byte, 0, 4*len(chunk))
		for _, v := range chunk {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		h.Write(buf)
	}
}

// numbered gives the class names 0, 1, … n-1, or the given names.
func numbered(n int, names []string) []string {
	if len(names) > 0 {
		return names
	}
	list := make([]string, n)
	for i := range list {
		list[i] = itoa(i)
	}
	return list
}

func toLabels(list []byte) []int32 {
	labels := make([]int32, len(list))
	for i, b := range list {
		labels[i] = int32(b)
	}
	return labels
}
