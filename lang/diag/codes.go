package diag

import (
	"fmt"
	"sort"
)

// Info documents a code. Example is a whole program (or a fragment, as the owner of the code's test
// wraps it) that draws exactly this code; a test runs every one.
type Info struct {
	Code    Code
	Name    string // CamelCase, say UnknownName
	Doc     string // what it means and what to do, one or two sentences
	Example string
}

var codes = map[Code]Info{}

// Define registers a code at start-up; a package-level variable holds the result.
// N00xx text and grammar, N01xx names and arguments, N02xx shapes, N03xx tricks, variants and edits,
// N04xx not yet executable, N05xx data, N06xx training, N07xx command line and files.
func Define(code Code, name, doc, example string) Code {
	if _, dup := codes[code]; dup {
		panic(fmt.Sprintf("diag: code %s defined twice", code))
	}
	codes[code] = Info{code, name, doc, example}
	return code
}

// Lookup returns the documentation of a code.
func Lookup(c Code) (Info, bool) { i, ok := codes[c]; return i, ok }

// Codes lists every defined code in order.
func Codes() []Info {
	list := make([]Info, 0, len(codes))
	for _, i := range codes {
		list = append(list, i)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Code < list[j].Code })
	return list
}
