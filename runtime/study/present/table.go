package present

// table is a table of text, for any of the outputs. Cells are plain text: each output escapes them.
type table struct {
	Caption string
	Name    string // a short name for references: tricks, effects
	Head    []string
	Align   string // a letter for every column: l, r or c
	Rows    [][]string
	Notes   []string // below it
}

// Column gives the alignment of a column, for the page's styles.
func (t *table) Column(i int) string {
	if i < len(t.Align) {
		switch t.Align[i] {
		case 'r':
			return "num"
		case 'c':
			return "mid"
		}
	}
	return ""
}

// add appends a row.
func (t *table) add(cells ...string) { t.Rows = append(t.Rows, cells) }
