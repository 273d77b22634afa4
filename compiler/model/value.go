package model

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/lang/diag"
)

// Kind says what a Value is.
type Kind int

// The kinds of values.
const (
	None   Kind = iota // `nothing`, or an argument that was not given and has no default
	Number             // 0.5, 10%, 5 epochs; Unit holds the unit, % is already divided out
	Bool
	String // "quoted"
	Word   // a bare word of a closed set, or a name: relu, horizontal, income
	List
	Range   // lo..hi, both ends included: List holds the two ends
	Called  // a constructor: sgd(lr = 0.1), early(patience = 5 epochs)
	PathRef // a selector kept as text: body.stage[1..2]
)

func (k Kind) String() string {
	return [...]string{"nothing", "number", "true or false", "string", "word", "list", "range", "constructor", "path"}[k]
}

// Value is an evaluated argument. Only the field that Kind names is set.
type Value struct {
	Kind Kind
	Num  float64
	Unit string // "", "%", "epochs", "steps", "s", "MB", "px", "deg", "points": the canonical plural
	Bool bool
	Str  string // text of a String, Word or PathRef
	List []Value
	Call *Node // of Called: Name and Args of the constructor
	Span diag.Span
}

// IsSet reports whether the value is anything but nothing.
func (v Value) IsSet() bool { return v.Kind != None }

// String prints the value as the language writes it.
func (v Value) String() string {
	switch v.Kind {
	case None:
		return "nothing"
	case Number:
		switch v.Unit {
		case "":
			return FormatNumber(v.Num)
		case "%":
			return FormatNumber(v.Num*100) + "%"
		}
		return FormatNumber(v.Num) + " " + v.Unit
	case Bool:
		return strconv.FormatBool(v.Bool)
	case String:
		return strconv.Quote(v.Str)
	case List:
		parts := make([]string, len(v.List))
		for i, e := range v.List {
			parts[i] = e.String()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Range:
		return v.List[0].String() + ".." + v.List[1].String()
	case Called:
		return v.Call.Constructor()
	}
	return v.Str
}

// FormatNumber prints a number in the shortest form that reads back to the same value, in the
// language's syntax.
func FormatNumber(f float64) string {
	if s := strconv.FormatFloat(f, 'f', -1, 64); len(s) <= 12 {
		return s
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	return strings.Replace(s, "e+", "e", 1)
}

// Args are the arguments of a statement or constructor by parameter name, defaults filled in.
type Args map[string]Value

// Num returns a number, 0 when the argument is nothing.
func (a Args) Num(name string) float64 { return a[name].Num }

// Int returns a number as an int.
func (a Args) Int(name string) int { return int(a[name].Num) }

// Bool returns a flag.
func (a Args) Bool(name string) bool { return a[name].Bool }

// Text returns the text of a string, word or path.
func (a Args) Text(name string) string { return a[name].Str }

// Has reports whether an argument was given or has a default other than nothing.
func (a Args) Has(name string) bool { return a[name].IsSet() }

// Texts returns a list of strings or words; a single one counts as a list of one.
func (a Args) Texts(name string) []string {
	v := a[name]
	if v.Kind == None {
		return nil
	}
	if v.Kind != List {
		return []string{v.Str}
	}
	out := make([]string, len(v.List))
	for i, e := range v.List {
		out[i] = e.Str
	}
	return out
}

// Nums returns a list of numbers; a single one counts as a list of one.
func (a Args) Nums(name string) []float64 {
	v := a[name]
	if v.Kind == None {
		return nil
	}
	if v.Kind != List {
		return []float64{v.Num}
	}
	out := make([]float64, len(v.List))
	for i, e := range v.List {
		out[i] = e.Num
	}
	return out
}

// Call returns a nested constructor, or nil. A bare word counts as a constructor without arguments.
func (a Args) Call(name string) *Node { return a[name].Call }
