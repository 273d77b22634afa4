package data

import (
	"context"
	"errors"
	"io"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

// Sketch describes a data section as Describe does, for somebody who waits for each answer, such as an editor: it reads at
// most limit bytes of a table (0 for all), keeps none of its numbers, and stops when ctx ends, with ctx's error. whole says
// whether the table ended within the limit. Where it did not, the description is of the first rows: there may be more
// classes, and more values of a category, than it says; the numbers of examples are 0, and Placeholder says that sizes may
// still change.
func Sketch(ctx context.Context, sec *model.Section, base string, limit int64) (info *model.DataInfo, whole bool, err error) {
	c, err := newConfig(sec, base)
	if err != nil {
		return nil, false, err
	}
	if !c.kind.table {
		info, err = Describe(sec, base)
		return info, true, err
	}
	c.sketch = &sketch{ctx: ctx, limit: limit}
	s, err := c.kind.read(c)
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case notHere(err):
		info, err = Describe(sec, base)
		return info, true, err
	case err != nil && c.sketch.cut && !certain(err):
		info = new(model.DataInfo)
		*info = c.kind.guess(c).info(sizes{})
	case err != nil:
		return nil, false, err
	case !c.sketch.cut:
		d, err := c.prepare(s, true)
		if err != nil {
			return nil, false, err
		}
		return &d.Info, true, nil
	default:
		if err := c.checkSettings(&s.outline); err != nil {
			return nil, false, err
		}
		info = new(model.DataInfo)
		*info = s.info(sizes{})
		for i, name := range s.categories {
			info.Categories = append(info.Categories, model.Category{Name: name, Size: len(s.values[i]) + 1})
		}
	}
	info.Placeholder, info.Why = true, "only the first rows of "+c.shown(c.path("path"))+" were read"
	return info, false, nil
}

// Key tells apart the data sections, with the state of their files, that Sketch describes differently.
func Key(sec *model.Section, base string) string {
	c, err := newConfig(sec, base)
	if err != nil {
		return ""
	}
	key := c.key()
	for _, n := range sec.Settings {
		key += n.Constructor() + "\n"
	}
	return key
}

// sketch bounds a reading that only describes.
type sketch struct {
	ctx   context.Context
	limit int64 // bytes of text; 0 for all
	cut   bool  // the limit was reached
}

// errSketched ends the reading of a table at the limit. The table's reader leaves errors of this type as they are.
var errSketched error = &format.Error{Kind: format.Unreadable, Text: "enough of the table was read"}

// sketchReader ends at the limit of a sketch, or with its context.
type sketchReader struct {
	r    io.Reader
	read int64
	*sketch
}

func (r *sketchReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.limit > 0 {
		if r.read >= r.limit {
			// At the very end of the file nothing is cut off.
			if n, err := r.r.Read(p[:1]); n == 0 && err != nil {
				return 0, err
			}
			r.cut = true
			return 0, errSketched
		}
		p = p[:min(int64(len(p)), r.limit-r.read)]
	}
	n, err := r.r.Read(p)
	r.read += int64(n)
	return n, err
}

// certain reports whether a mistake found in the first rows of a table is one whatever the others hold.
func certain(err error) bool {
	var d *diag.Diagnostic
	return !errors.As(err, &d) || d.Code != BadTarget && d.Code != EmptyPart && d.Code != LabelOutOfRange && d.Code != BadCSV
}
