package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/present"
)

// pageFile is the page's name in a study's folder, where no other is given.
const pageFile = "report.html"

func reportCommand(t *terminal) *cobra.Command {
	var out string
	var markdown, latex bool
	cmd := &cobra.Command{
		Use:   "report STUDY",
		Short: "Write what a study found as a page, or as tables for a paper",
		Long: `report writes what a study found: one HTML page that needs no network and no other
file, or with --markdown or --latex the tables for a paper. It trains nothing.

STUDY is a study's folder or its name, the name of its study section (the newest such
study), "last", or a file that netc ablate --json printed.

Without -o the page goes to report.html in the study's folder, and the tables are printed.
-o - prints either.`,
		Example: `  netc report last
  netc report digits-20260131-142502 -o report.html
  netc report last --markdown
  netc report last --latex -o ablation.tex`,
		Args: exactly(1, "a STUDY"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, dir, err := findReport(args[0])
			if err != nil {
				return err
			}
			write := present.HTML
			switch {
			case markdown:
				write = present.Markdown
			case latex:
				write = present.LaTeX
			case out == "":
				out = filepath.Join(dir, pageFile)
			}
			var b bytes.Buffer
			if err := write(&b, r); err != nil {
				return fmt.Errorf("cannot make the report: %w", err)
			}
			if out == "" || out == "-" {
				_, err := t.out.Write(b.Bytes())
				return err
			}
			if err := store.WriteAtomic(out, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
				return err
			}
			fmt.Fprintf(t.err, "wrote %s\n", out)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "the file to write; - prints")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "tables in Markdown")
	cmd.Flags().BoolVar(&latex, "latex", false, "tables in LaTeX, for the packages booktabs and graphicx")
	cmd.MarkFlagsMutuallyExclusive("markdown", "latex")
	return cmd
}

// findReport gives the report of a study, made again from its trials where they are newer, and the folder that a page about it belongs in.
func findReport(name string) (*study.Report, string, error) {
	info, err := os.Stat(name)
	if err == nil && info.Mode().IsRegular() {
		r, err := present.Read(name)
		return r, filepath.Dir(name), err
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("cannot read the study: %w", err)
	}
	f, err := study.Find(study.Root, name)
	if err != nil {
		return nil, "", err
	}
	r, err := f.Report()
	return r, f.Dir(), err
}
