package study

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // a database in pure Go

	"github.com/netc-lang/netc/runtime/study/stat"
)

// Index is a database over the studies of a folder, .netc/index.db, for finding without reading every report. It holds nothing that the
// studies' own files do not: it is brought up to date when it is opened, and made anew when it is missing or damaged.
type Index struct {
	db   *sql.DB
	root string
}

// StudyRow is a study in the index.
type StudyRow struct {
	Dir      string    `json:"dir"`
	Name     string    `json:"name"`
	Kind     Kind      `json:"kind"`
	File     string    `json:"file"`
	Metric   string    `json:"metric"`
	Status   Status    `json:"status"`
	Started  time.Time `json:"started"`
	Seeds    int       `json:"seeds"`
	Trials   int       `json:"trials"`
	Baseline Number    `json:"baseline"` // mean of the metric
	Data     string    `json:"data_fingerprint"`
	// Verdicts counts the tricks by verdict.
	Verdicts map[string]int `json:"verdicts"`
	// Problem says why the study could not be read; the rest is then empty.
	Problem string `json:"problem,omitempty"`
}

// TrickRow is what a study found of a trick.
type TrickRow struct {
	Dir      string        `json:"dir"`
	Study    string        `json:"study"`
	File     string        `json:"file"`
	Started  time.Time     `json:"started"`
	Name     string        `json:"name"`
	Metric   Metric        `json:"metric"`
	Verdict  stat.Verdict  `json:"verdict"`
	Effect   Number        `json:"effect"`
	Interval stat.Interval `json:"interval"`
	P        float64       `json:"p_holm"`
	N        int           `json:"n"`
	On       string        `json:"on"`
	Off      string        `json:"off"`
	Sentence string        `json:"sentence"`
}

const schemaVersion = 1

const schema = `
CREATE TABLE studies (
	dir TEXT PRIMARY KEY, stamp TEXT NOT NULL, name TEXT, kind TEXT, file TEXT, metric TEXT, status TEXT, started INTEGER,
	seeds INTEGER, trials INTEGER, baseline REAL, data TEXT, problem TEXT NOT NULL DEFAULT '');
CREATE TABLE tricks (
	dir TEXT NOT NULL REFERENCES studies(dir) ON DELETE CASCADE, place INTEGER NOT NULL, name TEXT NOT NULL, metric TEXT, direction TEXT, share INTEGER,
	verdict TEXT, effect REAL, lo REAL, hi REAL, level REAL, p REAL, n INTEGER, on_text TEXT, off_text TEXT, sentence TEXT,
	PRIMARY KEY (dir, place));
CREATE INDEX tricks_name ON tricks(name);
`

// OpenIndex opens the index of a root folder such as Root and brings it up to date.
func OpenIndex(root string) (*Index, error) {
	path := filepath.Join(root, "index.db")
	if _, err := os.Stat(studies(root)); errors.Is(err, os.ErrNotExist) {
		path = ":memory:" // nothing to keep
	}
	ix, err := open(root, path)
	if err != nil && path != ":memory:" {
		// It holds nothing of its own: make it anew.
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("the index of studies is damaged and cannot be replaced: %w", err)
			}
		}
		ix, err = open(root, path)
	}
	return ix, err
}

func open(root, path string) (*Index, error) {
	dsn := path
	if path != ":memory:" {
		dsn = "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	ix := &Index{db: db, root: root}
	for _, step := range []func() error{ix.create, ix.sync} {
		if err := step(); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return ix, nil
}

// Close closes the database.
func (ix *Index) Close() error { return ix.db.Close() }

func (ix *Index) create() error {
	var v int
	if err := ix.db.QueryRow("PRAGMA user_version").Scan(&v); err != nil {
		return err
	}
	if v == schemaVersion {
		return nil
	}
	return ix.transaction(func(tx *sql.Tx) error {
		_, err := tx.Exec("DROP TABLE IF EXISTS tricks; DROP TABLE IF EXISTS studies;" + schema + fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
		return err
	})
}

func (ix *Index) transaction(f func(*sql.Tx) error) error {
	tx, err := ix.db.Begin()
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// stamp tells whether a study has changed: sizes and times of its files.
func stamp(dir string) string {
	var b strings.Builder
	for _, name := range []string{PlanFile, TrialsFile, ReportFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			fmt.Fprintf(&b, "%s %d %d;", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// sync brings the index up to date: studies that are new or have changed are read, those that are gone leave.
func (ix *Index) sync() error {
	dirs, err := List(ix.root)
	if err != nil {
		return err
	}
	known, err := ix.stamps()
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		old, ok := known[dir]
		delete(known, dir)
		if ok && old == stamp(dir) {
			continue
		}
		r, err := (&Folder{dir: dir}).Report()
		if err := ix.put(dir, r, err); err != nil {
			return err
		}
	}
	for dir := range known {
		if _, err := ix.db.Exec("DELETE FROM tricks WHERE dir = ?; DELETE FROM studies WHERE dir = ?", dir, dir); err != nil {
			return err
		}
	}
	return nil
}

func (ix *Index) stamps() (map[string]string, error) {
	rows, err := ix.db.Query("SELECT dir, stamp FROM studies")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]string{}
	for rows.Next() {
		var dir, s string
		if err := rows.Scan(&dir, &s); err != nil {
			return nil, err
		}
		known[dir] = s
	}
	return known, rows.Err()
}

// put writes a study's rows; a study that could not be read gets one that says so.
func (ix *Index) put(dir string, r *Report, problem error) error {
	return ix.transaction(func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM tricks WHERE dir = ?; DELETE FROM studies WHERE dir = ?", dir, dir); err != nil {
			return err
		}
		if problem != nil {
			_, err := tx.Exec("INSERT INTO studies (dir, stamp, name, problem) VALUES (?, ?, ?, ?)", dir, stamp(dir), filepath.Base(dir), problem.Error())
			return err
		}
		m := r.Primary()
		mean := NaN()
		if b := r.Baseline(); b != nil {
			if s, ok := b.Stats[m.Name]; ok {
				mean = s.Mean
			}
		}
		if _, err := tx.Exec("INSERT INTO studies (dir, stamp, name, kind, file, metric, status, started, seeds, trials, baseline, data) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
			dir, stamp(dir), r.Study, string(r.Kind), r.Program.File, m.Name, string(r.Status), r.Spent.Started.UnixNano(), len(r.Seeds), r.Spent.Trials, nullable(mean), r.Data.Fingerprint); err != nil {
			return err
		}
		for i, t := range r.Tricks {
			if _, err := tx.Exec("INSERT INTO tricks VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", dir, i, t.Name, m.Name, m.Direction, m.Share, t.Verdict.String(), nullable(t.Effect),
				nullable(Number(t.Interval.Lo)), nullable(Number(t.Interval.Hi)), t.Interval.Level, t.PHolm, t.N, t.On.Text, t.Off.Text, t.Sentence); err != nil {
				return err
			}
		}
		return nil
	})
}

func nullable(n Number) any {
	if !n.Finite() {
		return nil
	}
	return float64(n)
}

// Studies lists all studies, the newest first.
func (ix *Index) Studies() ([]StudyRow, error) {
	rows, err := ix.db.Query(`SELECT dir, name, coalesce(kind,''), coalesce(file,''), coalesce(metric,''), coalesce(status,''), coalesce(started,0), coalesce(seeds,0), coalesce(trials,0), baseline, coalesce(data,''), problem
		FROM studies ORDER BY started DESC, dir DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []StudyRow
	for rows.Next() {
		s := StudyRow{Verdicts: map[string]int{}}
		var started int64
		var mean sql.NullFloat64
		if err := rows.Scan(&s.Dir, &s.Name, &s.Kind, &s.File, &s.Metric, &s.Status, &started, &s.Seeds, &s.Trials, &mean, &s.Data, &s.Problem); err != nil {
			return nil, err
		}
		s.Started, s.Baseline = time.Unix(0, started), number64(mean)
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, ix.count(list)
}

func (ix *Index) count(list []StudyRow) error {
	at := map[string]int{}
	for i, s := range list {
		at[s.Dir] = i
	}
	rows, err := ix.db.Query("SELECT dir, verdict, count(*) FROM tricks GROUP BY dir, verdict")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var dir, v string
		var n int
		if err := rows.Scan(&dir, &v, &n); err != nil {
			return err
		}
		if i, ok := at[dir]; ok {
			list[i].Verdicts[v] = n
		}
	}
	return rows.Err()
}

func number64(x sql.NullFloat64) Number {
	if !x.Valid {
		return NaN()
	}
	return Number(x.Float64)
}

// OfTrick lists what studies found of a trick, the newest first.
func (ix *Index) OfTrick(name string) ([]TrickRow, error) {
	rows, err := ix.db.Query(`SELECT t.dir, s.name, s.file, s.started, t.name, t.metric, t.direction, t.share, t.verdict, t.effect, t.lo, t.hi, t.level, t.p, t.n, t.on_text, t.off_text, t.sentence
		FROM tricks t JOIN studies s ON s.dir = t.dir WHERE t.name = ? ORDER BY s.started DESC, t.dir, t.place`, name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []TrickRow
	for rows.Next() {
		var t TrickRow
		var started int64
		var verdict string
		var effect, lo, hi sql.NullFloat64
		if err := rows.Scan(&t.Dir, &t.Study, &t.File, &started, &t.Name, &t.Metric.Name, &t.Metric.Direction, &t.Metric.Share, &verdict, &effect, &lo, &hi, &t.Interval.Level, &t.P, &t.N, &t.On, &t.Off, &t.Sentence); err != nil {
			return nil, err
		}
		if err := t.Verdict.UnmarshalText([]byte(verdict)); err != nil {
			return nil, err
		}
		level := t.Interval.Level
		t.Interval = stat.Unbounded(level)
		if lo.Valid {
			t.Interval.Lo = lo.Float64
		}
		if hi.Valid {
			t.Interval.Hi = hi.Float64
		}
		t.Started, t.Effect = time.Unix(0, started), number64(effect)
		t.Metric.Part, _, _ = strings.Cut(t.Metric.Name, ".")
		list = append(list, t)
	}
	return list, rows.Err()
}
