// Package dl opens shared libraries at run time and calls C functions in them, without cgo and with nothing linked in.
//
// Arguments are machine words: integers as they are, pointers to Go memory converted in the call's own argument list, which
// keeps the memory in place for the time of the call. No function that is called through this package takes
// floating-point numbers by value.
package dl

// Library is an open shared library.
type Library struct {
	Path   string // as it was opened: a bare name where the dynamic loader chose the file
	handle uintptr
}
