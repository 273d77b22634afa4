package present

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/netc-lang/netc/runtime/study"
)

//go:embed template
var files embed.FS

func embedded(name string) string {
	b, err := files.ReadFile("template/" + name)
	if err != nil {
		panic(err) // the file is part of the binary
	}
	return string(b)
}

// style is the page's style sheet. The dark colors stand in it twice: for readers whose system is dark, and for those who asked for it.
var style = sync.OnceValue(func() template.CSS {
	return template.CSS(strings.ReplaceAll(embedded("style.css"), "/*dark*/", embedded("dark.css")))
})

// script is the page's only script. policy names it by its hash: a browser runs no other.
var (
	script = sync.OnceValue(func() template.JS { return template.JS(embedded("script.js")) })
	policy = sync.OnceValue(func() string {
		sum := sha256.Sum256([]byte(script()))
		return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	})
)

var templates = sync.OnceValue(func() *template.Template {
	t := template.New("page.html").Funcs(template.FuncMap{
		"at":     coordinate,
		"style":  style,
		"script": script,
		"policy": policy,
		"sub":    func(a, b float64) float64 { return a - b },
		"add":    func(a, b int) int { return a + b },
		"widths": func(lo, hi float64) float64 { return hi - lo },
	})
	return template.Must(t.ParseFS(files, "template/*.html"))
})

// HTML writes the report as one page that needs nothing else: no request leaves it, which its content policy makes sure of. It works
// without its script, too, in light and dark, on a phone and on paper. The error is the writer's.
func HTML(w io.Writer, r *study.Report) error {
	return templates().ExecuteTemplate(w, "page.html", newPage(r))
}
