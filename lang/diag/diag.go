// Package diag holds what netc says about a program: diagnostics as values, with a code, a place,
// notes and help. Every layer of netc makes them; only Render turns them into text. A List is its own JSON form.
package diag

import (
	"fmt"
	"sort"
	"strings"
)

// Pos is a place in a source file. Line and Column count from 1 (column in characters), Offset from 0
// in bytes. It has the layout of participle's lexer.Position, so the parser fills it directly.
type Pos struct {
	Filename string `json:"file"`
	Offset   int    `json:"offset"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

func (p Pos) String() string {
	if !p.IsValid() {
		if p.Filename != "" {
			return p.Filename
		}
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.Filename, p.Line, p.Column)
}

// Span is a half-open range of source: Start is in it, End is just behind it.
type Span struct {
	Start Pos `json:"start"`
	End   Pos `json:"end"`
}

func (s Span) String() string { return s.Start.String() }

// Severity says whether a diagnostic stops the program from being used.
type Severity int

// The severities.
const (
	Error Severity = iota
	Warning
	Hint
)

func (s Severity) String() string { return [...]string{"error", "warning", "hint"}[s] }

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word that MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	for _, v := range []Severity{Error, Warning, Hint} {
		if v.String() == string(text) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("diag: %q is no severity", text)
}

// Code names a kind of diagnostic, say N0203. The registry (Define, Codes) documents each.
type Code string

// Note points at a second place that explains the first.
type Note struct {
	Span Span   `json:"span"`
	Text string `json:"text"`
}

// Fix is an edit that would mend the program: replace the text in Span with New. Fixes of one diagnostic with the same title
// are parts of one edit; those with different titles are different ways to mend it, the likeliest first.
type Fix struct {
	Span  Span   `json:"span"`
	New   string `json:"new"`
	Title string `json:"title"`
}

// Diagnostic is one thing to say about a program. It is an error value, so that it can travel as one.
type Diagnostic struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Span     Span     `json:"span"`
	Message  string   `json:"message"`
	Notes    []Note   `json:"notes,omitempty"`
	Help     string   `json:"help,omitempty"`
	Fixes    []Fix    `json:"fixes,omitempty"`
}

// Errorf makes an error at span.
func Errorf(code Code, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Severity: Error, Span: span, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a warning at span.
func Warnf(code Code, span Span, format string, args ...any) *Diagnostic {
	d := Errorf(code, span, format, args...)
	d.Severity = Warning
	return d
}

// WithNote adds a note and returns d.
func (d *Diagnostic) WithNote(span Span, format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, Note{span, fmt.Sprintf(format, args...)})
	return d
}

// WithHelp sets the help line, which says what to do next, and returns d.
func (d *Diagnostic) WithHelp(format string, args ...any) *Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}

// WithFix adds an edit that mends the program and returns d.
func (d *Diagnostic) WithFix(span Span, replacement, title string) *Diagnostic {
	d.Fixes = append(d.Fixes, Fix{span, replacement, title})
	return d
}

// Error gives the one-line form: file:line:col: error[CODE]: message.
func (d *Diagnostic) Error() string {
	return fmt.Sprintf("%s: %s[%s]: %s", d.Span.Start, d.Severity, d.Code, d.Message)
}

// List is a set of diagnostics of one program.
type List []*Diagnostic

// Add appends d.
func (l *List) Add(d *Diagnostic) { *l = append(*l, d) }

// HasErrors reports whether any diagnostic is an Error.
func (l List) HasErrors() bool {
	for _, d := range l {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders by file, then place; diagnostics of one place keep the order in which they were made.
func (l List) Sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i].Span.Start, l[j].Span.Start
		if a.Filename != b.Filename {
			return a.Filename < b.Filename
		}
		return a.Offset < b.Offset
	})
}

// Error joins the one-line forms.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns l as an error when it holds one, else nil.
func (l List) Err() error {
	if l.HasErrors() {
		return l
	}
	return nil
}
