package format

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// CSV says how a file of separated values is written.
type CSV struct {
	Separator rune
	Skip      int      // lines before the header
	Header    bool     // the first row names the columns
	Names     []string // names of the columns, instead of the header's
}

// Scan reads the table: start gets the names of the columns (column1, column2, … where nothing names
// them), row gets every row with its line in the file; the cells are trimmed and only valid during the call. An
// error of either stops the scan and is returned.
func (c CSV) Scan(r io.Reader, start func(columns []string) error, row func(line int, cells []string) error) error {
	reader := csv.NewReader(&bomSkipper{r: r})
	reader.Comma = c.Separator
	reader.FieldsPerRecord = -1 // checked here, for a better message
	reader.LazyQuotes = true
	reader.TrimLeadingSpace = c.Separator != '\t'
	reader.ReuseRecord = true

	var columns []string
	toSkip := c.Skip
	for first := true; ; {
		cells, err := reader.Read()
		if err == io.EOF {
			break
		}
		line := 0
		if err == nil {
			line, _ = reader.FieldPos(0)
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			return malformed("a quoted cell must end with a quote; quotes in it are doubled", "line %d: %v", syntax.Line, syntax.Err)
		}
		if err != nil {
			return broken(err)
		}
		if toSkip > 0 {
			toSkip--
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if first {
			first = false
			if columns, err = c.columns(cells); err != nil {
				return err
			}
			if err := start(columns); err != nil {
				return err
			}
			if c.Header {
				continue
			}
		}
		if len(cells) != len(columns) {
			return ragged(line, cells, columns)
		}
		if err := row(line, cells); err != nil {
			return err
		}
	}
	if columns == nil {
		return malformed("a CSV file needs a header and rows", "the file has no rows")
	}
	return nil
}

// columns finds the names, given the first row.
func (c CSV) columns(first []string) ([]string, error) {
	names := make([]string, len(first))
	for i := range first {
		switch {
		case len(c.Names) > 0:
			if len(c.Names) != len(first) {
				return nil, malformed("give one name a column", "%d names are given for the %d columns of the file", len(c.Names), len(first))
			}
			names[i] = c.Names[i]
		case c.Header:
			names[i] = strings.Clone(first[i])
		default:
			names[i] = "column" + itoa(i+1)
		}
		if names[i] == "" {
			return nil, malformed("name the columns with names = [\"…\", …]", "column %d of the header has no name", i+1)
		}
		for _, other := range names[:i] {
			if other == names[i] {
				return nil, malformed("name the columns with names = [\"…\", …]; header = false when the file has no header", "two columns are called %q", other)
			}
		}
	}
	return names, nil
}

func ragged(line int, cells, columns []string) *Error {
	e := &Error{Kind: Ragged, Help: "mend the row; a cell that holds the separator must stand in quotes, and separator = \"…\" names another separator"}
	if len(cells) < len(columns) {
		e.Text = fmt.Sprintf("line %d has %d cells and the table %d columns: there is none for column %q", line, len(cells), len(columns), columns[len(cells)])
	} else {
		e.Text = fmt.Sprintf("line %d has %d cells and the table %d columns: %q stands after the last column, %q", line, len(cells), len(columns), cells[len(columns)], columns[len(columns)-1])
	}
	return e
}

// bomSkipper drops the byte order mark that some programs write before UTF-8.
type bomSkipper struct {
	r    io.Reader
	past bool
}

func (b *bomSkipper) Read(p []byte) (int, error) {
	if b.past || len(p) < 3 {
		b.past = true
		return b.r.Read(p)
	}
	b.past = true
	n, err := io.ReadFull(b.r, p[:3])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if n == 3 && string(p[:3]) == "\xef\xbb\xbf" {
		n = 0
	}
	return n, err
}
