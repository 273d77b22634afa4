package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"text/template"

	"github.com/netc-lang/netc/runtime"
)

// templates holds one template a file, at the path of its result with .tmpl behind it.
//
//go:embed all:templates
var templates embed.FS

// File is an editor file: its path below editors, with slashes, and its text.
type File struct {
	Path string
	Text []byte
}

// page is what a template sees: the words, and the path of its result for the note that the file is made.
type page struct {
	*Words
	Path string
}

var functions = template.FuncMap{
	"any":    any_,
	"list":   func(words []string) string { return strings.Join(words, " ") },
	"quoted": quoted,
	"join":   join,
	"set":    set,
	"json":   jsonText,
	"fail":   fail,
	"vim":    vim,
	"str":    strconv.Quote,
	"id":     func(s string) string { return strings.ReplaceAll(s, "-", "_") },
}

// any_ is the alternatives of a regular expression, the same in every dialect used here but Vim's: words
// are letters, digits and _, and a longer one comes before those that it starts with.
func any_(words []string) string {
	words = append([]string(nil), words...)
	sort.SliceStable(words, func(i, j int) bool { return len(words[i]) > len(words[j]) })
	return strings.Join(words, "|")
}

// vim is the alternatives of a regular expression of Vim.
func vim(words []string) string { return strings.ReplaceAll(any_(words), "|", `\|`) }

// quoted lists words as strings of Lisp or of JSON without the commas.
func quoted(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%q", w)
	}
	return b.String()
}

// join puts lists of words together.
func join(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// set is the inside of a character class of a regular expression.
func set(chars string) string {
	var b strings.Builder
	for _, c := range chars {
		if strings.ContainsRune(`\]^-`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// jsonText is the inside of a JSON string.
func jsonText(s string) (string, error) {
	b, err := json.Marshal(s)
	return string(b[1 : len(b)-1]), err
}

func fail(why string, what any) (string, error) { return "", fmt.Errorf("%s %v", why, what) }

// Render makes every file, in the order of their paths.
func Render() ([]File, error) {
	words, err := collect(runtime.Catalog())
	if err != nil {
		return nil, err
	}
	var files []File
	err = fs.WalkDir(templates, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		t, err := template.New(d.Name()).Funcs(functions).Option("missingkey=error").ParseFS(templates, path)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		name := strings.TrimSuffix(strings.TrimPrefix(path, "templates/"), ".tmpl")
		if err := t.Execute(&b, page{words, name}); err != nil {
			return err
		}
		if strings.HasSuffix(name, ".json") && !json.Valid(b.Bytes()) {
			return fmt.Errorf("%s: the result is not JSON", path)
		}
		files = append(files, File{name, b.Bytes()})
		return nil
	})
	return files, err
}
