package format

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// maxElements bounds the size that a header may promise; beyond it the header is nonsense.
const maxElements = 1 << 40

// ReadIDXHeader reads the head of an IDX file of bytes: two zero bytes, the type 8, the rank, and as many sizes,
// big endian (Y. LeCun, C. Cortes, C. Burges, "The MNIST database").
func ReadIDXHeader(r io.Reader) (dims []int, err error) {
	head, err := readUpTo(r, 4)
	if err != nil {
		return nil, err
	}
	if len(head) < 4 || head[0] != 0 || head[1] != 0 || head[3] == 0 {
		return nil, malformed("name IDX files, as MNIST's: train-images-idx3-ubyte",
			"not an IDX file: it starts with % x, an IDX file with 00 00, a type and a rank", head)
	}
	types := map[byte]string{9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers", 13: "32-bit floats", 14: "64-bit floats"}
	if head[2] != 8 {
		name := types[head[2]]
		if name == "" {
			return nil, malformed("name IDX files, as MNIST's: train-images-idx3-ubyte",
				"not an IDX file: it starts with % x, and %#x is no type of IDX", head, head[2])
		}
		return nil, malformed("save the array with numpy.savez and read it with npz(…)",
			"the IDX file holds %s; netc reads IDX files of unsigned bytes", name)
	}
	rank := int(head[3])
	sizes, err := readUpTo(r, 4*rank)
	if err != nil {
		return nil, err
	}
	if len(sizes) < 4*rank {
		return nil, malformed(tryAgain, "the IDX file ends within its header")
	}
	total := 1
	for i := range rank {
		d := int(binary.BigEndian.Uint32(sizes[4*i:]))
		dims = append(dims, d)
		if d > 0 && total > maxElements/d {
			return nil, malformed(tryAgain, "the IDX header is nonsense: it promises %s bytes", times(dims))
		}
		total *= d
	}
	return dims, nil
}

// ReadIDX reads an IDX file of bytes as a whole.
func ReadIDX(r io.Reader) (dims []int, data []byte, err error) {
	dims, err = ReadIDXHeader(r)
	if err != nil {
		return nil, nil, err
	}
	total := 1
	for _, d := range dims {
		total *= d
	}
	data, err = readUpTo(r, total)
	if err != nil {
		return nil, nil, err
	}
	if len(data) < total {
		return nil, nil, malformed(tryAgain, "the IDX file is cut short: its header promises %s = %d bytes and %d follow", times(dims), total, len(data))
	}
	end, err := atEnd(r)
	if err != nil {
		return nil, nil, err
	}
	if !end {
		return nil, nil, malformed(tryAgain, "the IDX file is longer than the %s = %d bytes that its header promises", times(dims), total)
	}
	return dims, data, nil
}

// times prints sizes as 60000 x 28 x 28.
func times(dims []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(dims), "[]"), " ", " x ")
}
