package present

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netc-lang/netc/runtime/study"
)

// LaTeX writes the report's tables as floats for a paper. They need the packages booktabs and graphicx, the latter to shrink what is
// wider than a line. The error is the writer's.
func LaTeX(w io.Writer, r *study.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%% Study %s by netc. Needs \\usepackage{booktabs,graphicx}.\n", oneLine(r.Study))
	fmt.Fprintf(&b, "%% %s\n", oneLine(text(headline(r))))
	if n := notice(r); n != "" {
		fmt.Fprintf(&b, "%% %s\n", oneLine(n))
	}
	for _, c := range r.Reproduce {
		fmt.Fprintf(&b, "%% again: %s\n", oneLine(c))
	}
	for i, t := range tables(r) {
		align := t.Align
		b.WriteString("\n\\begin{table}[tb]\n  \\centering\n  \\small\n")
		fmt.Fprintf(&b, "  \\caption{%s}\n  \\label{tab:%s-%s}\n", escapeLaTeX(t.Caption), label(r.Study), label(t.Name))
		fmt.Fprintf(&b, "  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n  \\begin{tabular}{%s}\n    \\toprule\n", align)
		latexRow(&b, t.Head)
		b.WriteString("    \\midrule\n")
		for _, row := range t.Rows {
			latexRow(&b, row)
		}
		b.WriteString("    \\bottomrule\n  \\end{tabular}}\n")
		notes := t.Notes
		if i == 0 {
			notes = append(slices.Clone(notes), method(r))
		}
		for _, n := range notes {
			fmt.Fprintf(&b, "\n  \\smallskip\\footnotesize %s\n", escapeLaTeX(n))
		}
		b.WriteString("\\end{table}\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func latexRow(b *strings.Builder, cells []string) {
	for i, c := range cells {
		if i == 0 {
			b.WriteString("    ")
		} else {
			b.WriteString(" & ")
		}
		s := escapeLaTeX(c)
		// A bracket at the start of a row would be read as the optional argument of the line end before it.
		if i == 0 && strings.HasPrefix(s, "[") || i == 0 && strings.HasPrefix(s, "*") {
			s = "{}" + s
		}
		b.WriteString(s)
	}
	b.WriteString(" \\\\\n")
}

var latexMarks = strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`,
	"<", `\textless{}`, ">", `\textgreater{}`, "|", `\textbar{}`, `"`, `''`, "−", "$-$", "–", "--", "±", `$\pm$`, "×", `$\times$`, "∞", `$\infty$`, "≤", `$\leq$`, "≥", `$\geq$`, "\u202f", `\,`, "→", `$\rightarrow$`,
	"·", `$\cdot$`, "…", `\dots{}`, "--", "-{}-", "\r\n", " ", "\n", " ", "\r", " ")

func escapeLaTeX(s string) string { return latexMarks.Replace(s) }

// oneLine keeps a comment from ending early.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// label keeps of a name what a LaTeX label may hold.
func label(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, s)
}
