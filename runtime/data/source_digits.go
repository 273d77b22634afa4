package data

import (
	"bytes"
	_ "embed" // the digits
	"strconv"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/runtime/data/format"
)

// 1,797 8x8 images; see digits/ATTRIBUTION.
//
//go:embed digits/digits.csv.gz
var digitsFile []byte

var digitsSource = &sourceKind{
	Signature: catalog.Signature{
		Kind: catalog.Source, Name: "digits",
		Doc:   "1,797 handwritten digits of 8 x 8 pixels with 16 levels of grey, part of netc itself, so that a program runs without any file. No test set of its own: split one off.",
		Paper: "Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI (CC BY 4.0)",
	},
	images:   true,
	describe: func(c *config) (*outline, error) { return c.resized(digitsOutline()), nil },
	read:     readDigits,
}

func digitsOutline() *outline {
	return &outline{shape: []int{8, 8, 1}, top: 16, classes: numbered(10, nil), targets: []string{""}, n: 1797}
}

func readDigits(c *config) (*source, error) {
	s := &source{outline: *digitsOutline()}
	r, err := format.Unpack(bytes.NewReader(digitsFile))
	if err != nil {
		return nil, c.fileError(FileUnreadable, c.span, "the embedded digits", err)
	}
	err = format.CSV{Separator: ','}.Scan(r, func([]string) error { return nil }, func(_ int, cells []string) error {
		for _, cell := range cells[:64] {
			v, err := strconv.ParseUint(cell, 10, 8)
			if err != nil {
				return err
			}
			s.bytes = append(s.bytes, byte(v))
		}
		label, err := strconv.ParseUint(cells[64], 10, 8)
		s.labels = append(s.labels, int32(label))
		return err
	})
	if err != nil {
		return nil, c.fileError(FileUnreadable, c.span, "the embedded digits", err)
	}
	return c.resize(s), nil
}
