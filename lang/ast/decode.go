package ast

import (
	"strconv"
	"strings"
)

// unit says what one of a unit of the grammar is in its canonical unit: value * 10^exp * factor.
type unit struct {
	name   string
	exp    int
	factor float64
}

var units = map[string]unit{
	"%":      {"%", -2, 1},
	"epoch":  {"epochs", 0, 1},
	"epochs": {"epochs", 0, 1},
	"step":   {"steps", 0, 1},
	"steps":  {"steps", 0, 1},
	"ms":     {"s", -3, 1},
	"s":      {"s", 0, 1},
	"min":    {"s", 0, 60},
	"h":      {"s", 0, 3600},
	"hour":   {"s", 0, 3600},
	"hours":  {"s", 0, 3600},
	"day":    {"s", 0, 86400},
	"days":   {"s", 0, 86400},
	"KB":     {"MB", -3, 1},
	"MB":     {"MB", 0, 1},
	"GB":     {"MB", 3, 1},
	"px":     {"px", 0, 1},
	"deg":    {"deg", 0, 1},
	"points": {"points", 0, 1},
}

// Units lists the units of the grammar as they may be written, in the order of the reference.
var Units = []string{
	"%", "epoch", "epochs", "step", "steps", "ms", "s", "min", "h", "hour", "hours",
	"day", "days", "KB", "MB", "GB", "px", "deg", "points",
}

// Value is the number in its canonical unit (see UnitName): 10% is 0.1, 30 min is 1800, 2 GB is 2000.
// The result is the float64 nearest to what is written; percentages and powers of ten are not rounded twice.
// A number beyond the range of float64 gives an infinity; package parse has reported it.
func (n *Number) Value() float64 {
	u := unit{factor: 1}
	if n.Unit != nil {
		u = units[*n.Unit]
	}
	v, _ := strconv.ParseFloat(shift(n.Text, u.exp), 64)
	return v * u.factor
}

// shift multiplies a decimal number by a power of ten, as text.
func shift(text string, exp int) string {
	if exp == 0 {
		return text
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if err != nil {
			return text // an exponent beyond int is an infinity or zero with or without the shift
		}
		text, exp = text[:i], exp+e
	}
	return text + "e" + strconv.Itoa(exp)
}

// UnitName is the canonical unit: "%", "epochs", "steps", "s", "MB", "px", "deg", "points", or "" without one.
func (n *Number) UnitName() string {
	if n.Unit == nil {
		return ""
	}
	return units[*n.Unit].name
}

// IsInt reports whether the number is written as an integer: without point or exponent.
func (n *Number) IsInt() bool { return !strings.ContainsAny(n.Text, ".eE") }

// Escapes maps the letter behind a backslash to what the pair stands for in a string.
var Escapes = map[byte]byte{'"': '"', '\\': '\\', 'n': '\n', 't': '\t'}

// Value is the string without its quotes, escapes resolved.
func (s *String) Value() string {
	text := strings.TrimSuffix(strings.TrimPrefix(s.Text, `"`), `"`)
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
			if c, ok := Escapes[text[i]]; ok {
				b.WriteByte(c)
				continue
			}
			b.WriteByte('\\') // no escape of the language; package parse has reported it
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// Quote writes s as a string literal of the language.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
