package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/runtime/store"
)

func fmtCommand(t *terminal) *cobra.Command {
	var write, check, showDiff bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE…]",
		Short: "Write programs in the canonical style",
		Long: `fmt prints each file in the canonical style: two spaces a level, comments and
blank lines kept. Without files it reads standard input. A file with syntax
errors is left as it is.`,
		Example: `  netc fmt model.net
  netc fmt -w examples/*.net
  netc fmt --check examples/*.net`,
		RunE: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 {
				src, err := io.ReadAll(t.in)
				if err != nil {
					return err
				}
				out, diags := format.Source("standard input", src)
				if diags.HasErrors() {
					diag.Render(t.err, diags, func(string) []byte { return src }, t.color)
					return status(exitFailed)
				}
				_, err = t.out.Write(out)
				return err
			}
			failed := false
			for _, file := range files {
				same, err := t.format(file, write, check, showDiff)
				if err != nil {
					fmt.Fprintf(t.err, "netc: %s\n", err)
					failed = true
				}
				failed = failed || check && !same
			}
			if failed {
				return status(exitFailed)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "write the result to the file")
	cmd.Flags().BoolVar(&check, "check", false, "only name the files that would change, and fail if there are any")
	cmd.Flags().BoolVarP(&showDiff, "diff", "d", false, "print what would change")
	return cmd
}

func (t *terminal) format(file string, write, check, showDiff bool) (same bool, err error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	out, diags := format.Source(file, src)
	if diags.HasErrors() {
		diag.Render(t.err, diags, func(string) []byte { return src }, t.color)
		return false, fmt.Errorf("%s is left as it is", file)
	}
	same = bytes.Equal(src, out)
	switch {
	case check && !same:
		fmt.Fprintln(t.out, file)
	case showDiff && !same:
		t.out.Write(diff.Diff(file, src, file+" (formatted)", out))
	case write && !same:
		err = store.WriteAtomic(file, func(w io.Writer) error {
			_, err := w.Write(out)
			return err
		})
	case !check && !showDiff && !write:
		_, err = t.out.Write(out)
	}
	return same, err
}
