package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/study"
)

// finding is the part of a study's report that a hover shows.
type finding struct {
	Study   string `json:"study"`
	Status  string `json:"status"`
	Program struct {
		File string `json:"file"`
	} `json:"program"`
	Tricks []struct {
		Name     string `json:"name"`
		Sentence string `json:"sentence"`
	} `json:"tricks"`
}

// reports keeps the reports that were read last, by file.
var reports struct {
	sync.Mutex
	m map[string]readReport
}

type readReport struct {
	modified time.Time
	finding  finding
}

// findings are the newest sentences on a trick in the reports of studies of a program: those kept in its folder, or in one above
// it, where netc was run.
func findings(path, trick string) string {
	dir := filepath.Dir(path)
	for range 4 {
		if text := findingsIn(filepath.Join(dir, store.Root), path, trick); text != "" {
			return text
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	return ""
}

func findingsIn(root, path, trick string) string {
	dirs, err := study.List(root)
	if err != nil {
		return ""
	}
	text := ""
	for i, shown := len(dirs)-1, 0; i >= 0 && shown < 3; i-- {
		f, ok := report(filepath.Join(dirs[i], study.ReportFile))
		if !ok || filepath.Base(f.Program.File) != filepath.Base(path) {
			continue
		}
		for _, t := range f.Tricks {
			if t.Name == trick && t.Sentence != "" {
				text += fmt.Sprintf("\n- study `%s`: %s", filepath.Base(dirs[i]), t.Sentence)
				shown++
			}
		}
	}
	if text == "" {
		return ""
	}
	return "Measured before:\n" + text
}

func report(file string) (finding, bool) {
	info, err := os.Stat(file)
	if err != nil || info.Size() > 64<<20 {
		return finding{}, false
	}
	reports.Lock()
	defer reports.Unlock()
	if r, ok := reports.m[file]; ok && r.modified.Equal(info.ModTime()) {
		return r.finding, true
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return finding{}, false
	}
	var f finding
	if json.Unmarshal(b, &f) != nil {
		return finding{}, false
	}
	if reports.m == nil || len(reports.m) > 64 {
		reports.m = map[string]readReport{}
	}
	reports.m[file] = readReport{info.ModTime(), f}
	return f, true
}
