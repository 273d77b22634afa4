// Package format reads the file formats of data sets: IDX, CIFAR-10 binary batches, NumPy archives, CSV and
// images. It knows nothing of the language: it turns bytes into arrays, or says in an *Error what is wrong
// with them and what to do. A file may lie about its sizes; memory is only taken for bytes that are really
// there.
package format

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Kind says what is wrong with a file.
type Kind int

// The kinds of trouble.
const (
	Unreadable Kind = iota // the system or gzip gives an error
	Malformed              // not of its format, or cut short
	Ragged                 // a CSV row of another length
	Label                  // a label outside of its range
)

// Error says what is wrong with a file's contents; Help says what to do.
type Error struct {
	Kind Kind
	Text string
	Help string
}

func (e *Error) Error() string { return e.Text }

func malformed(help, text string, args ...any) *Error {
	return &Error{Malformed, fmt.Sprintf(text, args...), help}
}

const tryAgain = "fetch the file again, and compare its checksum with the published one"

// Open opens a file for reading and unpacks it when it is gzip, whatever its name says.
func Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := Unpack(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// Unpack reads r, unpacked when it starts with the mark of gzip.
func Unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<14)
	if mark, err := b.Peek(2); err != nil || !bytes.Equal(mark, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, broken(err)
	}
	return z, nil
}

// broken turns an error of unpacking into an *Error; errors of the system stay what they are.
func broken(err error) error {
	var own *Error
	var system *fs.PathError
	switch {
	case errors.As(err, &own), errors.As(err, &system):
		return err
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return &Error{Unreadable, "the gzip file is damaged: " + err.Error(), tryAgain}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Unreadable, "the gzip file ends too early", tryAgain}
	}
	return &Error{Unreadable, err.Error(), tryAgain}
}

// readUpTo reads n bytes, or all there are. It takes memory as the bytes come, so a lying n costs nothing.
func readUpTo(r io.Reader, n int) ([]byte, error) {
	data := make([]byte, 0, min(n, 1<<16))
	for len(data) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(n, 2*cap(data)))
			copy(grown, data)
			data = grown
		}
		k, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+k]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, broken(err)
		}
	}
	return data, nil
}

// atEnd says whether nothing follows.
func atEnd(r io.Reader) (bool, error) {
	var one [1]byte
	for {
		n, err := r.Read(one[:])
		switch {
		case n > 0:
			return false, nil
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, broken(err)
		}
	}
}
