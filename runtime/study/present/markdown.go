package present

import (
	"fmt"
	"io"
	"strings"

	"github.com/netc-lang/netc/runtime/study"
)

// Markdown writes the report's tables in GitHub's Markdown, with the answer above and how it was reached below. The error is the
// writer's.
func Markdown(w io.Writer, r *study.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", escapeMarkdown("Study "+r.Study), escapeMarkdown(text(headline(r))))
	for _, s := range sentences(r) {
		fmt.Fprintf(&b, "\n- %s", escapeMarkdown(s.Text))
	}
	if n := notice(r); n != "" {
		fmt.Fprintf(&b, "\n\n**%s**", escapeMarkdown(n))
	}
	b.WriteString("\n")
	for _, t := range tables(r) {
		fmt.Fprintf(&b, "\n**%s**\n\n", escapeMarkdown(t.Caption))
		markdownRow(&b, t.Head)
		b.WriteString("|")
		for i := range t.Head {
			b.WriteString(map[string]string{"num": " ---: |", "mid": " :---: |", "": " :--- |"}[t.Column(i)])
		}
		b.WriteString("\n")
		for _, row := range t.Rows {
			markdownRow(&b, row)
		}
		for _, n := range t.Notes {
			fmt.Fprintf(&b, "\n%s\n", escapeMarkdown(n))
		}
	}
	fmt.Fprintf(&b, "\n## How it was reached\n\n%s\n", escapeMarkdown(method(r)))
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\n- %s", escapeMarkdown(n))
	}
	if len(r.Notes) > 0 {
		b.WriteString("\n")
	}
	if len(r.Reproduce) > 0 {
		fence := "```"
		all := strings.Join(r.Reproduce, "\n")
		for strings.Contains(all, fence) {
			fence += "`"
		}
		fmt.Fprintf(&b, "\nAgain:\n\n%s\n%s\n%s\n", fence, all, fence)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownRow(b *strings.Builder, cells []string) {
	b.WriteString("|")
	for _, c := range cells {
		b.WriteString(" " + escapeMarkdown(c) + " |")
	}
	b.WriteString("\n")
}

// markdownMarks are the characters that mean something in Markdown or in HTML within it. A dash or plus sign only does at the start
// of a line, where no text of a report is put.
var markdownMarks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`,
	"\r\n", " ", "\n", " ", "\r", " ")

func escapeMarkdown(s string) string { return markdownMarks.Replace(s) }
