package study

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/netc-lang/netc/runtime/study/stat"
)

func keep(t *testing.T, root string, p *Plan, at time.Time) *Folder {
	t.Helper()
	f, err := OpenFolder(root, p, at)
	if err != nil {
		t.Fatal(err)
	}
	mustReport(t)((&Runner{Plan: p, Trainer: &fakeTrainer{score: helpful}, Trials: NewTrialFolder(root), Folder: f, Clock: func() time.Time { return at }}).Run(t.Context()))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

// The index knows every study, follows changes, and is made anew when it is damaged.
func TestIndex(t *testing.T) {
	root := t.TempDir()
	rows := func() ([]StudyRow, []TrickRow) {
		t.Helper()
		ix, err := OpenIndex(root)
		if err != nil {
			t.Fatal(err)
		}
		defer ix.Close()
		s, err := ix.Studies()
		if err != nil {
			t.Fatal(err)
		}
		tr, err := ix.OfTrick("a")
		if err != nil {
			t.Fatal(err)
		}
		return s, tr
	}
	if s, tr := rows(); len(s) != 0 || len(tr) != 0 {
		t.Errorf("%v %v", s, tr)
	}
	keep(t, root, planOf(8, "a", "b"), epoch)
	second := keep(t, root, planOf(4, "a"), epoch.Add(time.Hour))
	s, tr := rows()
	if len(s) != 2 || s[0].Dir != second.Dir() || s[0].Seeds != 4 || s[0].Trials != 8 || s[1].Verdicts["helps"] != 1 || !s[1].Started.Equal(epoch) || s[1].Status != Complete {
		t.Errorf("%+v", s)
	}
	if len(tr) != 2 || tr[1].Verdict != stat.Helps || tr[0].Verdict != stat.Undecided || tr[1].Interval.Lo <= 0 || tr[1].On != "a" || tr[0].Interval.Bounded() {
		t.Errorf("%+v", tr)
	}
	if err := os.WriteFile(filepath.Join(root, "index.db"), []byte("this is no database, whatever it was before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, _ := rows(); len(s) != 2 {
		t.Errorf("after damage: %+v", s)
	}
	// A report that is gone is made again from the trials; a study that cannot be read says why.
	if err := os.Remove(filepath.Join(second.Dir(), ReportFile)); err != nil {
		t.Fatal(err)
	}
	if s, tr := rows(); len(s) != 2 || len(tr) != 2 || s[0].Problem != "" {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(filepath.Join(second.Dir(), PlanFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(second.Dir(), ReportFile)); err != nil {
		t.Fatal(err)
	}
	s, _ = rows()
	problem := ""
	for _, x := range s {
		problem += x.Problem
	}
	if len(s) != 2 || problem == "" {
		t.Errorf("%+v", s)
	}
	if err := os.RemoveAll(second.Dir()); err != nil {
		t.Fatal(err)
	}
	if s, tr := rows(); len(s) != 1 || len(tr) != 1 {
		t.Errorf("%+v %+v", s, tr)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	a := keep(t, root, planOf(4, "a"), epoch)
	b := keep(t, root, planOf(6, "a"), epoch.Add(time.Second))
	for name, want := range map[string]string{"last": b.Dir(), "fake": b.Dir(), filepath.Base(a.Dir()): a.Dir(), a.Dir(): a.Dir()} {
		f, err := Find(root, name)
		if err != nil || f.Dir() != want {
			t.Errorf("%s: %v %v", name, f, err)
		}
	}
	if _, err := Find(root, "other"); err == nil {
		t.Error("a study that is not there was found")
	}
}
