package graph

import "fmt"

// Error is what went wrong at one node of a graph, with the statement it was made for.
type Error struct {
	Origin Origin
	What   string // the node: an operation or "param model.dense.w"; empty where the graph as a whole is wrong
	Err    error
}

func (e *Error) Error() string {
	s := e.Err.Error()
	if e.What != "" {
		s = e.What + ": " + s
	}
	if e.Origin.Path != "" {
		s = e.Origin.Path + ": " + s
	}
	if e.Origin.Span.Start.IsValid() {
		s = fmt.Sprintf("%v: %s", e.Origin.Span.Start, s)
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// caught turns a panic of gorgonia, or of a rule that it called, into an error. Use it deferred.
func caught(err *error) {
	if r := recover(); r != nil {
		if e, ok := r.(error); ok {
			*err = fmt.Errorf("gorgonia gave up: %w", e)
		} else {
			*err = fmt.Errorf("gorgonia gave up: %v", r)
		}
	}
}
