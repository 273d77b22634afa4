package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

// Dataset is a data section carried out: decoded, split, filled and scaled. Nothing in it changes after Open, so any
// number of trials may use it at once.
type Dataset struct {
	Info model.DataInfo
	// The parts; Valid and Test are nil where there is none.
	Train, Valid, Test *Part
	// Fingerprint is the SHA-256 of the decoded contents and of the split, in hexadecimal.
	Fingerprint string
	// TargetScale scales each target of a regression; Undo gives the column's own units. Without `scale … on =
	// target` it is the identity.
	TargetScale []Affine
	// Notes are worth telling the user: categories not seen in training, constant columns, files passed over.
	Notes []string
}

// Part is the training, validation or test part of a data set.
type Part struct {
	Name string // "train", "valid", "test"
	rows []uint32
	*store
}

// store holds the examples of a data set, in the order of the source.
type store struct {
	*outline
	size   int       // features of an example
	bytes  []byte    // images; or
	floats []float32 // numbers, filled and scaled
	// Scaling of bytes: a table of 256 for each channel, or, where every feature has a scaling of its own, one affine
	// a feature.
	table      []float32
	perFeature []Affine
	labels     []int32
	y          []float32
	codes      []float32 // total x category columns
	vocabulary []model.Category
}

// N is the number of examples.
func (p *Part) N() int { return len(p.rows) }

// Features is the size of an example.
func (p *Part) Features() int { return p.size }

// Categories is the number of category columns.
func (p *Part) Categories() int { return len(p.vocabulary) }

// Outputs is the width of a row of targets: the number of classes, or of regression targets.
func (p *Part) Outputs() int {
	if len(p.classes) > 0 {
		return len(p.classes)
	}
	return len(p.targets)
}

// Classification reports whether the targets are classes.
func (p *Part) Classification() bool { return len(p.classes) > 0 }

// ID is the id of example i: its position in the source.
func (p *Part) ID(i int) uint32 { return p.rows[i] }

// Label is the class of example i of a classification.
func (p *Part) Label(i int) int { return int(p.labels[p.rows[i]]) }

// Example writes the scaled features of example i into x.
func (p *Part) Example(i int, x []float32) { p.example(p.rows[i], x) }

func (s *store) example(row uint32, x []float32) {
	if s.bytes == nil {
		copy(x, s.floats[int(row)*s.size:(int(row)+1)*s.size])
		return
	}
	pixels := s.bytes[int(row)*s.size : (int(row)+1)*s.size]
	x = x[:len(pixels)]
	if s.perFeature != nil {
		for i, v := range pixels {
			x[i] = float32(s.perFeature[i].Apply(float64(v)))
		}
		return
	}
	switch c := s.shape[2]; c {
	case 1:
		table := (*[256]float32)(s.table)
		for i, v := range pixels {
			x[i] = table[v]
		}
	case 3:
		r, g, b := (*[256]float32)(s.table), (*[256]float32)(s.table[256:]), (*[256]float32)(s.table[512:])
		for i := 0; i+3 <= len(pixels); i += 3 {
			x[i], x[i+1], x[i+2] = r[pixels[i]], g[pixels[i+1]], b[pixels[i+2]]
		}
	default:
		for i, v := range pixels {
			x[i] = s.table[i%c*256+int(v)]
		}
	}
}

// targetRow writes the row of targets of an example: one-hot, or its numbers.
func (s *store) targetRow(row uint32, y []float32) {
	if len(s.classes) > 0 {
		clear(y)
		y[s.labels[row]] = 1
		return
	}
	t := len(s.targets)
	copy(y, s.y[int(row)*t:(int(row)+1)*t])
}

// Subset is the first n examples of a random order of the part, so that a smaller subset is within a larger one.
// The order mixes the classes evenly: every subset has the proportions of the part, as near as whole examples
// allow. The examples keep their ids and the scaling of the whole part.
func (p *Part) Subset(n int, seed uint64) (*Part, error) {
	if n < 1 || n > p.N() {
		return nil, fmt.Errorf("cannot take %d of the %d examples of %s", n, p.N(), p.Name)
	}
	order := make([]uint32, p.N())
	rng.Perm(rng.New(seed, rng.Split, "subset"), order, 0)
	if p.Classification() {
		counts := make([]float64, len(p.classes))
		for i := range p.rows {
			counts[p.Label(i)]++
		}
		key := make([]float64, p.N()) // place of an example in its class, as a share
		seen := make([]float64, len(p.classes))
		for _, i := range order {
			k := p.Label(int(i))
			key[i] = (seen[k] + 0.5) / counts[k]
			seen[k]++
		}
		slices.SortStableFunc(order, func(a, b uint32) int {
			switch {
			case key[a] < key[b]:
				return -1
			case key[a] > key[b]:
				return 1
			}
			return 0
		})
	}
	part := &Part{Name: p.Name, store: p.store, rows: make([]uint32, n)}
	for i := range part.rows {
		part.rows[i] = p.rows[order[i]]
	}
	slices.Sort(part.rows)
	return part, nil
}

// prepare splits, fills and scales a source. With sizesOnly it stops when the compiler knows enough.
func (c *config) prepare(s *source, sizesOnly bool) (*Dataset, error) {
	if err := c.checkSettings(&s.outline); err != nil {
		return nil, err
	}
	p, size, err := c.divide(s)
	if err != nil {
		return nil, err
	}
	if len(s.classes) == 1 {
		return nil, diag.Errorf(BadTarget, c.targetSpan(), "every example is of the class %q, so there is nothing to learn", s.classes[0]).
			WithHelp("check that the target is the column, and the path the files, that you mean")
	}
	sc, err := c.scaling(&s.outline)
	if err != nil {
		return nil, err
	}
	st := &store{outline: &s.outline, size: s.features(), labels: s.labels}
	d := &Dataset{Notes: append(slices.Clone(s.notes), size.notes...)}
	d.Notes = append(d.Notes, st.encode(s, p)...)
	d.Info = s.info(size)
	d.Info.Categories = st.vocabulary
	if sizesOnly {
		return d, nil
	}
	if s.top > 0 {
		st.bytes = s.bytes
		list, err := c.scaleBytes(s, sc, p.train)
		if err != nil {
			return nil, err
		}
		if len(list) == s.shape[2] && (sc.features == nil || !perFeature(sc.features)) {
			st.table = make([]float32, 0, 256*len(list))
			for _, a := range list {
				for v := range 256 {
					st.table = append(st.table, float32(a.Apply(float64(v))))
				}
			}
		} else {
			st.perFeature = list
		}
	} else {
		st.floats = slices.Clone(s.floats)
		if err := c.impute(&s.outline, st.floats, p.train); err != nil {
			return nil, err
		}
		notes, err := c.scaleFloats(&s.outline, sc, st.floats, p.train)
		if err != nil {
			return nil, err
		}
		d.Notes = append(d.Notes, notes...)
	}
	if len(s.classes) == 0 {
		var notes []string
		st.y = slices.Clone(s.y)
		if d.TargetScale, notes, err = c.scaleTargets(&s.outline, sc, st.y, p.train); err != nil {
			return nil, err
		}
		d.Notes = append(d.Notes, notes...)
	}
	d.Train = &Part{"train", p.train, st}
	if len(p.valid) > 0 {
		d.Valid = &Part{"valid", p.valid, st}
	}
	if len(p.test) > 0 {
		d.Test = &Part{"test", p.test, st}
	}
	d.Fingerprint = fingerprint(s, p)
	return d, nil
}

func (c *config) targetSpan() diag.Span {
	if n := c.sec.Find("target"); n != nil {
		return n.Span
	}
	return c.span
}

// encode turns categories into codes of the training part's vocabulary; what it does not have gets the last
// code, and the notes count it.
func (st *store) encode(s *source, p parts) (notes []string) {
	k := len(s.categories)
	st.codes = make([]float32, s.total()*k)
	for j, name := range s.categories {
		code := make([]int, len(s.values[j]))
		for _, row := range p.train {
			code[s.codes[j][row]] = 1
		}
		size := 0
		for v, seen := range code {
			if code[v] = -1; seen == 1 {
				code[v] = size
				size++
			}
		}
		for i, v := range s.codes[j] {
			if code[v] < 0 {
				st.codes[i*k+j] = float32(size)
			} else {
				st.codes[i*k+j] = float32(code[v])
			}
		}
		for _, part := range []struct {
			name string
			rows []uint32
		}{{"valid", p.valid}, {"test", p.test}} {
			unseen, example := 0, ""
			for _, row := range part.rows {
				if v := s.codes[j][row]; code[v] < 0 {
					unseen++
					example = s.values[j][v]
				}
			}
			if unseen > 0 {
				notes = append(notes, fmt.Sprintf("%s of %s with a value of %s that the training part does not have, such as %q, under the column's last code", plural(unseen, "example"), part.name, quoteIfNeeded(name), example))
			}
		}
		st.vocabulary = append(st.vocabulary, model.Category{Name: name, Size: size + 1})
	}
	return notes
}

// info is what the compiler knows of the source.
func (o *outline) info(size sizes) model.DataInfo {
	return model.DataInfo{Shape: o.shape, Classes: o.classes, Targets: o.targets, Numbers: o.numbers,
		Train: size.train, Valid: size.valid, Test: size.test}
}

func fingerprint(s *source, p parts) string {
	h := sha256.New()
	h.Write(s.sum[:])
	for _, list := range [][]uint32{p.train, p.valid, p.test} {
		putInts(h, len(list))
		buf := make([]byte, 0, 4*len(list))
		for _, row := range list {
			buf = binary.LittleEndian.AppendUint32(buf, row)
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil))
}
