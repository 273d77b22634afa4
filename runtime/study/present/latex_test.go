package present_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/study/present"
)

// The tables of every kind of study go through LaTeX without an error, and none sticks out of its line.
func TestLaTeXCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("starts LaTeX")
	}
	if _, err := exec.LookPath("pdflatex"); err != nil {
		t.Skip("no pdflatex here (Debian: apt-get install texlive-latex-recommended): the tables are not compiled")
	}
	if out, err := exec.Command("kpsewhich", "booktabs.sty", "graphicx.sty").Output(); err != nil || bytes.Count(out, []byte("\n")) != 2 {
		t.Skip("no package booktabs or graphicx here (Debian: apt-get install texlive-latex-recommended)")
	}
	var b bytes.Buffer
	b.WriteString("\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n\\begin{document}\n")
	for _, e := range examples {
		if err := present.LaTeX(&b, e.make()); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\\clearpage\n")
	}
	b.WriteString("\\end{document}\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tables.tex"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "tables.tex")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-3000):])
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "Overfull") && strings.Contains(line, "in paragraph") {
			t.Error(line)
		}
	}
}
