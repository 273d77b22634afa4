package catalog

import (
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
)

// Type says which values a parameter takes.
type Type struct {
	Kind     TypeKind
	Words    []string // of a Word: the closed set
	Of       Kind     // of a Constructor: what may be constructed
	Elem     *Type    // of a List: its elements (a single element is taken for a list of one)
	Min, Max float64  // of a number: inclusive bounds unless Open says otherwise
	OpenMin  bool
	OpenMax  bool
	Units    []string // of a number: units allowed beside none
	Or       *Type    // alternative: kernel = 3 or [3, 5]; bias = auto or true
	// Unitless forbids a bare number: a duration must say "epochs" or "steps".
	Unitless bool
}

// TypeKind is the family of a Type.
type TypeKind int

// The families.
const (
	TNumber TypeKind = iota
	TInt
	TFlag // true, false, or the parameter's bare name
	TString
	TWord        // one of Words
	TName        // any bare name: a column, a data section, a label
	TConstructor // name or name(args) of kind Of
	TList
	TRange
	TPath // a selector, kept as text
	TExpr // any expression, kept as text: a condition over metrics, a combination of tricks
	TAny
)

func number(kind TypeKind) Type {
	return Type{Kind: kind, Min: math.Inf(-1), Max: math.Inf(1)}
}

// Num is any finite number.
func Num() Type { return number(TNumber) }

// Int is any whole number.
func Int() Type { return number(TInt) }

// AtLeast bounds a number from below, inclusively.
func (t Type) AtLeast(min float64) Type { t.Min = min; return t }

// AtMost bounds a number from above, inclusively.
func (t Type) AtMost(max float64) Type { t.Max = max; return t }

// Above bounds a number from below, exclusively.
func (t Type) Above(min float64) Type { t.Min, t.OpenMin = min, true; return t }

// Below bounds a number from above, exclusively.
func (t Type) Below(max float64) Type { t.Max, t.OpenMax = max, true; return t }

// WithUnits allows units beside a bare number. Values arrive with the unit in canonical plural.
func (t Type) WithUnits(units ...string) Type { t.Units = units; return t }

// NeedsUnit forbids a bare number.
func (t Type) NeedsUnit() Type { t.Unitless = true; return t }

// OrElse allows a second type.
func (t Type) OrElse(other Type) Type { t.Or = &other; return t }

// Probability is a number in [0, 1]; % is allowed.
func Probability() Type { return Num().AtLeast(0).AtMost(1).WithUnits("%") }

// Fraction is a number in [0, 1); % is allowed.
func Fraction() Type { return Num().AtLeast(0).Below(1).WithUnits("%") }

// Positive is a number > 0.
func Positive() Type { return Num().Above(0) }

// NonNegative is a number >= 0.
func NonNegative() Type { return Num().AtLeast(0) }

// Count is a whole number >= 1.
func Count() Type { return Int().AtLeast(1) }

// Length is a stretch of training: epochs or steps, or a share of the run in %.
func Length() Type { return Num().AtLeast(0).WithUnits("epochs", "steps", "%") }

// Flag is true or false; the parameter's bare name means true.
func Flag() Type { return Type{Kind: TFlag} }

// Text is a quoted string.
func Text() Type { return Type{Kind: TString} }

// Name is a bare name or a quoted string: a column, a label.
func Name() Type { return Type{Kind: TName} }

// Word is one word of a closed set.
func Word(words ...string) Type { return Type{Kind: TWord, Words: words} }

// New is a constructor of the given kind, with or without arguments.
func New(of Kind) Type { return Type{Kind: TConstructor, Of: of} }

// ListOf is a list; a single element counts as a list of one.
func ListOf(elem Type) Type { return Type{Kind: TList, Elem: &elem} }

// RangeOf is lo..hi.
func RangeOf() Type { return Type{Kind: TRange} }

// Path is a selector of nodes.
func Path() Type { return Type{Kind: TPath} }

// Expr is any expression, kept as text for the construct to read.
func Expr() Type { return Type{Kind: TExpr} }

// Any is any value; the construct checks it itself.
func Any() Type { return Type{Kind: TAny} }

// Describe says in words what the type takes, for messages and documentation.
func (t Type) Describe() string {
	s := ""
	switch t.Kind {
	case TNumber, TInt:
		s = "a number"
		if t.Kind == TInt {
			s = "a whole number"
		}
		lo, hi := "[", "]"
		if t.OpenMin {
			lo = "("
		}
		if t.OpenMax {
			hi = ")"
		}
		switch {
		case !math.IsInf(t.Min, -1) && !math.IsInf(t.Max, 1):
			s += fmt.Sprintf(" in %s%s, %s%s", lo, model.FormatNumber(t.Min), model.FormatNumber(t.Max), hi)
		case !math.IsInf(t.Min, -1) && t.OpenMin:
			s += " above " + model.FormatNumber(t.Min)
		case !math.IsInf(t.Min, -1):
			s += " of at least " + model.FormatNumber(t.Min)
		case !math.IsInf(t.Max, 1):
			s += " of at most " + model.FormatNumber(t.Max)
		}
		if len(t.Units) > 0 {
			s += " (" + strings.Join(t.Units, ", ") + ")"
		}
	case TFlag:
		s = "true or false"
	case TString:
		s = "a quoted string"
	case TWord:
		s = "one of " + strings.Join(t.Words, ", ")
	case TName:
		s = "a name"
	case TConstructor:
		s = article(string(t.Of))
	case TList:
		s = "a list of " + strings.TrimPrefix(strings.TrimPrefix(t.Elem.Describe(), "a "), "an ")
	case TRange:
		s = "a range lo..hi"
	case TPath:
		s = "a path"
	case TExpr:
		s = "an expression"
	case TAny:
		s = "a value"
	}
	if t.Or != nil {
		s += ", or " + t.Or.Describe()
	}
	return s
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// Default values, for declarations.

// N is a number default.
func N(f float64) *model.Value { return &model.Value{Kind: model.Number, Num: f} }

// NUnit is a number default with its unit.
func NUnit(f float64, unit string) *model.Value {
	return &model.Value{Kind: model.Number, Num: f, Unit: unit}
}

// B is a flag default.
func B(b bool) *model.Value { return &model.Value{Kind: model.Bool, Bool: b} }

// W is a word default.
func W(word string) *model.Value { return &model.Value{Kind: model.Word, Str: word} }

// S is a string default.
func S(text string) *model.Value { return &model.Value{Kind: model.String, Str: text} }

// Nothing is the default of an optional argument.
func Nothing() *model.Value { return &model.Value{} }

// C is a constructor default without arguments; the checker fills in its defaults.
func C(name string) *model.Value {
	return &model.Value{Kind: model.Called, Str: name, Call: &model.Node{Name: name}}
}
