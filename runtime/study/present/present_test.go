package present_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/present"
)

func html(t *testing.T, r *study.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := present.HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares with a file of testdata; NETC_UPDATE=1 writes it anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("NETC_UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; NETC_UPDATE=1 go test writes it anew):\n%s", name, diff)
	}
}

// The tables of every kind of study are as they were looked at.
func TestTables(t *testing.T) {
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			var md, tex bytes.Buffer
			if err := present.Markdown(&md, e.make()); err != nil {
				t.Fatal(err)
			}
			if err := present.LaTeX(&tex, e.make()); err != nil {
				t.Fatal(err)
			}
			golden(t, e.name+".md", md.String())
			golden(t, e.name+".tex", tex.String())
		})
	}
}

var sectionsShown = map[string][]string{
	"one":         {"effects", "tricks", "runs", "program", "method", "again"},
	"many":        {"effects", "cost", "tricks", "runs", "program", "method", "again"},
	"factorial":   {"interactions", "runs", "program", "method", "again"},
	"shapley":     {"shares", "runs", "program", "method", "again"},
	"curves":      {"effects", "settings", "tricks", "runs", "program", "method", "again"},
	"equivalence": {"equivalence", "runs", "program", "method", "again"},
	"confirmed":   {"effects", "confirmation", "tricks", "runs", "program", "method", "again"},
	"itself":      {"effects", "confirmation", "tricks", "runs", "program", "method", "again"},
	"empty":       {"runs", "program", "method", "again"},
}

// Every page has the sections of its kind of study, is well formed, and the same report gives the same bytes.
func TestPages(t *testing.T) {
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			page := html(t, e.make())
			if dir := os.Getenv("NETC_PAGES"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, e.name+".html"), []byte(page), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if page != html(t, e.make()) {
				t.Error("the same report gave two pages")
			}
			for _, s := range sectionsShown[e.name] {
				if !strings.Contains(page, `<section id="`+s+`">`) {
					t.Errorf("section %s is missing", s)
				}
			}
			wellFormed(t, page)
			selfContained(t, page)
			for _, bad := range []string{"NaN", "Inf%", "ZgotmplZ", "<no value>", "%!"} {
				if strings.Contains(page, bad) {
					i := strings.Index(page, bad)
					t.Errorf("the page shows %s: …%s…", bad, page[max(0, i-60):min(len(page), i+60)])
				}
			}
		})
	}
}

// void are the elements without an end tag.
var void = regexp.MustCompile(`<(meta|link|br|img)\b([^>]*[^/])>`)

// wellFormed reads a page as XML, once void elements are closed: every element ends where it should, every attribute is quoted and
// none is given twice. Ids are unique, and links within the page lead somewhere.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	page = void.ReplaceAllString(page, "<$1$2/>")
	for _, tag := range []string{"style", "script"} { // their text is not markup
		page = regexp.MustCompile(`(?s)<`+tag+`>.*?</`+tag+`>`).ReplaceAllString(page, "<"+tag+"/>")
	}
	page = strings.Replace(page, "<!doctype html>", "", 1)
	page = strings.NewReplacer(`type="button" hidden>`, `type="button" hidden="">`).Replace(page)
	d := xml.NewDecoder(strings.NewReader(page))
	ids, links := map[string]bool{}, map[string]bool{}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		el, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		seen := map[string]bool{}
		for _, a := range el.Attr {
			if seen[a.Name.Local] {
				t.Errorf("<%s> has %s twice", el.Name.Local, a.Name.Local)
			}
			seen[a.Name.Local] = true
			switch {
			case a.Name.Local == "id":
				if ids[a.Value] {
					t.Errorf("id %s is there twice", a.Value)
				}
				ids[a.Value] = true
			case a.Name.Local == "href" && strings.HasPrefix(a.Value, "#"):
				links[a.Value[1:]] = true
			case strings.HasPrefix(a.Name.Local, "on"):
				t.Errorf("<%s> has a script in %s", el.Name.Local, a.Name.Local)
			}
		}
	}
	for l := range links {
		if !ids[l] {
			t.Errorf("a link leads to #%s, which is not there", l)
		}
	}
}

var (
	fetched = regexp.MustCompile(`(?i)<(link|script|img|iframe|object|embed|audio|video|source|image|base)\b[^>]*>`)
	inStyle = regexp.MustCompile(`(?i)@import|url\(|@font-face`)
)

// selfContained checks that nothing in a page makes a browser fetch something.
func selfContained(t *testing.T, page string) {
	t.Helper()
	for _, tag := range fetched.FindAllString(page, -1) {
		if tag != `<link rel="icon" href="data:,">` && tag != "<script>" {
			t.Errorf("the page fetches: %s", tag)
		}
	}
	for _, s := range regexp.MustCompile(`(?s)<style>.*?</style>`).FindAllString(page, -1) {
		if m := inStyle.FindString(s); m != "" {
			t.Errorf("the style sheet fetches: %s", m)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") {
		t.Error("no content policy")
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("%d scripts", n)
	}
}

// A forest plot's geometry: zero, margin, whiskers and marks are where the numbers say.
func TestForestSVG(t *testing.T) {
	for _, name := range []string{"many", "factorial", "shapley", "equivalence"} {
		for _, e := range examples {
			if e.name != name {
				continue
			}
			page := html(t, e.make())
			from := strings.Index(page, `<div class="forest"`)
			to := from + strings.Index(page[from:], "frow faxis")
			to += strings.Index(page[to:], "</div>")
			golden(t, name+".forest.html", page[from:to]+"</div></div>\n")
		}
	}
}

// The engine's own example, with every part filled in, becomes a page and tables.
func TestEnginesExample(t *testing.T) {
	r, err := present.Read("../testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	page := html(t, r)
	wellFormed(t, page)
	selfContained(t, page)
	if dir := os.Getenv("NETC_PAGES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "engine.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := present.Markdown(io.Discard, r); err != nil {
		t.Error(err)
	}
	if err := present.LaTeX(io.Discard, r); err != nil {
		t.Error(err)
	}
}

// A report that went through JSON gives the same page.
func TestPageOfKeptReport(t *testing.T) {
	r := many()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	kept, err := present.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if html(t, r) != html(t, kept) {
		t.Error("the page of the kept report differs")
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"cut off", `{"version": 1, "metrics": [`, "is damaged or no report of a study"},
		{"something else", `{"epochs": 3}`, "is no report of a study"},
		{"newer", `{"version": 99, "metrics": []}`, "was written by a newer netc (version 99"},
		{"older", `{"version": 0, "metrics": []}`, "was written by an older netc (version 0"},
		{"wrong types", `{"version": 1, "metrics": {}}`, "is damaged"},
		{"a hole", `{"version": 1, "metrics": [], "tricks": [null]}`, "is damaged: a trick is null"},
		{"a hole among trials", `{"version": 1, "metrics": [], "variants": [{"trials": [null]}]}`, "is damaged: a trial of variants[0] is null"},
		{"unknown verdict", `{"version": 1, "metrics": [], "tricks": [{"verdict": "maybe"}]}`, `"maybe" is no verdict`},
	} {
		path := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := present.Read(path)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want … %s …", c.name, err, c.want)
		}
	}
	if _, err := present.Read(filepath.Join(t.TempDir(), "absent.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want one that says the file is absent", err)
	}
}

// Names that try to be markup stay text in every output.
func TestHostileNames(t *testing.T) {
	page := html(t, hostile())
	for _, bad := range []string{"<script>alert", "<img", "onerror=alert(2)>\""} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	var md, tex bytes.Buffer
	if err := present.Markdown(&md, hostile()); err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`[^\\]\[x`).MatchString(fenced.ReplaceAllString(md.String(), "")) || strings.Contains(fenced.ReplaceAllString(md.String(), ""), "<script>") {
		t.Error("the Markdown holds markup of a name")
	}
	if err := present.LaTeX(&tex, hostile()); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(tex.String(), "\n") {
		if !strings.HasPrefix(l, "%") && strings.Contains(l, `\end{table}`) && l != `\end{table}` {
			t.Errorf("the LaTeX holds markup of a name: %s", l)
		}
	}
}

var fenced = regexp.MustCompile("(?s)\n(````*)\n.*?\n````*\n")

// The highlighter loses nothing of a program.
func TestProgramIsWhole(t *testing.T) {
	page := html(t, one())
	i := strings.Index(page, `<section id="program">`)
	pre := regexp.MustCompile(`(?s)<pre class="code"><code>(.*?)</code></pre>`).FindStringSubmatch(page[i:])
	if pre == nil {
		t.Fatal("no program")
	}
	var shown strings.Builder
	d := xml.NewDecoder(strings.NewReader("<p>" + pre[1] + "</p>"))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := tok.(xml.CharData); ok {
			shown.Write(text)
		}
	}
	if diff := cmp.Diff(strings.TrimRight(program, "\n"), shown.String()); diff != "" {
		t.Error(diff)
	}
}
