package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/store"
)

// The files of a study's folder.
const (
	PlanFile   = "study.json"
	TrialsFile = "trials.jsonl"
	ReportFile = "report.json"
)

// Folder is a study on disk:
//
//	.netc/studies/digits-20260131-142502/
//	    study.json     the plan: what is run and compared
//	    trials.jsonl   a line for every trial, session and power figure, synced one by one: the truth
//	    report.json    what was found; it can be made again from the other two
type Folder struct {
	dir string
	log *os.File
}

// line is one line of trials.jsonl: exactly one of its fields is set.
type line struct {
	Trial   *trialLine   `json:"trial,omitempty"`
	Power   *Power       `json:"power,omitempty"`
	Session *sessionLine `json:"session,omitempty"`
}

type trialLine struct {
	Variant string  `json:"variant"` // in the plan
	Seed    uint64  `json:"seed"`
	Reused  bool    `json:"reused,omitempty"` // found among the trials of earlier studies
	Record  *Record `json:"record"`
}

type sessionLine struct {
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Status  Status    `json:"status"`
	Workers int       `json:"workers"`
	Stacked *Stacked  `json:"stacked,omitempty"`
}

func studies(root string) string { return filepath.Join(root, "studies") }

// OpenFolder gives the folder of a plan under root: the one where the same question was asked before, which is then gone on
// with, or a new one.
func OpenFolder(root string, p *Plan, now time.Time) (*Folder, error) {
	dirs, err := List(root)
	if err != nil {
		return nil, err
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		f := &Folder{dir: dirs[i]}
		if old, err := f.Plan(); err == nil && old.Identity == p.Identity {
			return f, f.writeJSON(PlanFile, p) // what is no part of the question may differ: the budget
		}
	}
	if err := os.MkdirAll(studies(root), 0o755); err != nil {
		return nil, fmt.Errorf("cannot keep the study: %w", err)
	}
	name := plain(p.Name) + "-" + now.Format("20060102-150405")
	for try := 1; ; try++ {
		dir := filepath.Join(studies(root), name)
		if try > 1 {
			dir += fmt.Sprintf("-%d", try)
		}
		err := os.Mkdir(dir, 0o755)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot keep the study: %w", err)
		}
		f := &Folder{dir: dir}
		return f, f.writeJSON(PlanFile, p)
	}
}

func plain(name string) string {
	s := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
	if s == "" {
		return "study"
	}
	return s
}

// List gives the folders of all studies under root, the oldest first.
func List(root string) ([]string, error) {
	entries, err := os.ReadDir(studies(root))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot list the studies: %w", err)
	}
	type found struct {
		dir string
		at  time.Time
	}
	var list []found
	for _, e := range entries {
		dir := filepath.Join(studies(root), e.Name())
		info, err := os.Stat(filepath.Join(dir, PlanFile))
		if err != nil {
			continue
		}
		list = append(list, found{dir, info.ModTime()})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].at.Before(list[j].at) })
	dirs := make([]string, len(list))
	for i, f := range list {
		dirs[i] = f.dir
	}
	return dirs, nil
}

// Find opens a study by its folder, its folder's name, the name of its study section (the newest such), or "last".
func Find(root, name string) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(name, PlanFile)); err == nil {
		return &Folder{dir: filepath.Clean(name)}, nil
	}
	dirs, err := List(root)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := len(dirs) - 1; i >= 0; i-- {
		f := &Folder{dir: dirs[i]}
		if name == "last" || filepath.Base(dirs[i]) == name {
			return f, nil
		}
		names = append(names, filepath.Base(dirs[i]))
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		if strings.HasPrefix(filepath.Base(dirs[i]), name+"-") {
			return &Folder{dir: dirs[i]}, nil
		}
	}
	d := diag.Errorf(NoResults, diag.Span{Start: diag.Pos{Filename: name}}, "there is no such study here")
	if len(names) == 0 {
		return nil, d.WithHelp("netc ablate FILE makes one; studies are kept under %s in the folder where netc is run", studies(root))
	}
	return nil, d.WithHelp("there %s %s; netc studies lists them", isAre(len(names)), strings.Join(names[:min(3, len(names))], ", "))
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Dir is the folder.
func (f *Folder) Dir() string { return f.dir }

func (f *Folder) writeJSON(name string, v any) error {
	return store.WriteAtomic(filepath.Join(f.dir, name), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		return enc.Encode(v)
	})
}

func (f *Folder) readJSON(name string, v any) error {
	path := filepath.Join(f.dir, name)
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the study: %w", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	return nil
}

// Plan reads the plan.
func (f *Folder) Plan() (*Plan, error) {
	var p Plan
	if err := f.readJSON(PlanFile, &p); err != nil {
		return nil, err
	}
	if p.Version != ReportVersion {
		return nil, fmt.Errorf("%s was written by another version of netc (%d, this one reads %d)", filepath.Join(f.dir, PlanFile), p.Version, ReportVersion)
	}
	return &p, nil
}

// history is what trials.jsonl tells.
type history struct {
	records  Records
	reused   map[*Record]bool
	power    *Power
	sessions []sessionLine
}

// read reads trials.jsonl. A last line that a crash cut off is left out; so are trials that the plan does not name.
func (f *Folder) read() (*history, error) {
	h := &history{records: Records{}, reused: map[*Record]bool{}}
	b, err := os.ReadFile(filepath.Join(f.dir, TrialsFile))
	if errors.Is(err, os.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the study: %w", err)
	}
	for _, text := range bytes.Split(b, []byte("\n")) {
		var l line
		if len(text) == 0 || json.Unmarshal(text, &l) != nil {
			continue
		}
		switch {
		case l.Trial != nil && l.Trial.Record != nil:
			h.records.put(l.Trial.Variant, l.Trial.Seed, l.Trial.Record)
			h.reused[l.Trial.Record] = l.Trial.Reused
		case l.Power != nil:
			h.power = l.Power
		case l.Session != nil:
			h.sessions = append(h.sessions, *l.Session)
		}
	}
	return h, nil
}

// append adds a line and makes it durable before it returns.
func (f *Folder) append(l line) error {
	if f.log == nil {
		path := filepath.Join(f.dir, TrialsFile)
		log, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return fmt.Errorf("cannot write the study: %w", err)
		}
		// A crash may have cut off the last line: what follows must not be glued to it.
		if info, err := log.Stat(); err == nil && info.Size() > 0 {
			last := make([]byte, 1)
			if _, err := log.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
				if _, err := log.Write([]byte("\n")); err != nil {
					return errors.Join(fmt.Errorf("cannot write the study: %w", err), log.Close())
				}
			}
		}
		f.log = log
	}
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("cannot write the study: %w", err)
	}
	if _, err := f.log.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("cannot write the study: %w", err)
	}
	if err := f.log.Sync(); err != nil {
		return fmt.Errorf("cannot write the study: %w", err)
	}
	return nil
}

// Close closes the log.
func (f *Folder) Close() error {
	if f.log == nil {
		return nil
	}
	err := f.log.Close()
	f.log = nil
	return err
}

// Report reads the report; where there is none, or the trials are newer, it is made again from the trials.
func (f *Folder) Report() (*Report, error) {
	report, trials := filepath.Join(f.dir, ReportFile), filepath.Join(f.dir, TrialsFile)
	a, err := os.Stat(report)
	b, err2 := os.Stat(trials)
	if err == nil && (err2 != nil || !a.ModTime().Before(b.ModTime())) {
		var r Report
		if err := f.readJSON(ReportFile, &r); err == nil && r.Version == ReportVersion {
			return &r, nil
		}
	}
	return f.Rebuild()
}

// Rebuild makes the report again from the plan and the trials, and writes it.
func (f *Folder) Rebuild() (*Report, error) {
	p, err := f.Plan()
	if err != nil {
		return nil, err
	}
	h, err := f.read()
	if err != nil {
		return nil, err
	}
	r, err := Analyse(p, h.records)
	if err != nil {
		return nil, err
	}
	f.fill(r, p, h)
	return r, f.writeJSON(ReportFile, r)
}

// fill adds to a report what the folder knows: the course of the study.
func (f *Folder) fill(r *Report, p *Plan, h *history) {
	r.Dir, r.Power = f.dir, h.power
	s := Spent{}
	for _, byTrial := range h.records {
		for _, rec := range byTrial {
			s.Trials++
			s.Training += rec.share()
			if h.reused[rec] {
				s.Reused++
			}
		}
	}
	r.Status = Unfinished
	for i, one := range h.sessions {
		if i == 0 {
			s.Started = one.Started
		}
		s.Ended, s.Workers = one.Ended, one.Workers
		s.Seconds += one.Ended.Sub(one.Started).Seconds()
		s.stack(one.Stacked)
		r.Status = one.Status
	}
	r.Spent = s
}
