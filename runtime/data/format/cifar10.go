package format

import "io"

// The layout of CIFAR-10's binary version (A. Krizhevsky, "Learning multiple layers of features from tiny
// images", 2009): records of a label and 32x32 pixels, first all red, then all green, then all blue.
const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	CIFARPixels = 3 * cifarPlane
	CIFARRecord = 1 + CIFARPixels
)

// ReadCIFAR10 reads a batch: the pixels as n x 32 x 32 x 3, and the labels.
func ReadCIFAR10(r io.Reader) (pixels, labels []byte, err error) {
	for record := 0; ; record++ {
		rec, err := readUpTo(r, CIFARRecord)
		if err != nil {
			return nil, nil, err
		}
		if len(rec) == 0 {
			break
		}
		if len(rec) < CIFARRecord {
			return nil, nil, malformed("name the binary version (cifar-10-binary.tar.gz), not the Python one; or fetch the file again",
				"not a whole number of CIFAR-10 records of %d bytes: record %d has %d", CIFARRecord, record+1, len(rec))
		}
		if rec[0] > 9 {
			return nil, nil, &Error{Label, "record " + itoa(record+1) + " has the label " + itoa(int(rec[0])) + "; CIFAR-10 has the labels 0 to 9",
				"name the binary version of CIFAR-10, not CIFAR-100 or the Python version"}
		}
		labels = append(labels, rec[0])
		at := len(pixels)
		pixels = append(pixels, rec[1:]...)
		out := pixels[at:]
		for i := range cifarPlane {
			out[3*i], out[3*i+1], out[3*i+2] = rec[1+i], rec[1+cifarPlane+i], rec[1+2*cifarPlane+i]
		}
	}
	if len(labels) == 0 {
		return nil, nil, malformed(tryAgain, "the CIFAR-10 file is empty")
	}
	return pixels, labels, nil
}
