package store

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/netc-lang/netc/lang/diag"
)

// WriteAtomic writes a file as a whole or not at all: fill writes to a temporary file beside it, which is synced
// and then renamed to path. On any error the temporary file is removed and path is as it was.
func WriteAtomic(path string, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return cannotWrite(path, err)
	}
	if err := fillAndClose(f, fill); err != nil {
		return cannotWrite(path, errors.Join(err, os.Remove(f.Name())))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return cannotWrite(path, errors.Join(err, os.Remove(f.Name())))
	}
	return syncFolder(filepath.Dir(path))
}

func fillAndClose(f *os.File, fill func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644) // a temporary file is private; what it becomes need not be
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes a rename durable. Systems that cannot sync a folder say so with EINVAL; there the rename is
// as durable as it gets.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return cannotWrite(dir, err)
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
		err = nil
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return cannotWrite(dir, err)
	}
	return nil
}

func place(path string) diag.Span { return diag.Span{Start: diag.Pos{Filename: path}} }

func cannotWrite(path string, err error) error {
	d := diag.Errorf(CannotWrite, place(path), "cannot write: %v", reason(err))
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return d.WithHelp("free some space, then go on with `netc run --resume %s`; what was saved before is whole", filepath.Dir(path))
	default:
		return d.WithHelp("choose a folder that can be written to: --out FOLDER")
	}
}

func cannotRead(path string, err error) error {
	return diag.Errorf(CannotRead, place(path), "cannot read: %v", reason(err))
}

// reason is an error without the operation and path that the message names already.
func reason(err error) error {
	if p := new(os.PathError); errors.As(err, &p) {
		return p.Err
	}
	if l := new(os.LinkError); errors.As(err, &l) {
		return l.Err
	}
	return err
}
