package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/netc-lang/netc/cmd/netc/internal/starter"
	"github.com/netc-lang/netc/compiler"
)

// newFlags are the flags of netc new.
type newFlags struct {
	kind, name, out string
	target, drop    []string
	force           bool
}

func newCommand(t *terminal) *cobra.Command {
	var f newFlags
	cmd := &cobra.Command{
		Use:   "new [DATA]",
		Short: "Write a first program for a data set",
		Long: `new looks at a data set and writes a commented program that trains on it: a table
(CSV, .gz or not), a folder of PNG or JPEG images with a folder for each class, IDX files
(MNIST), CIFAR-10 batches, a NumPy archive (.npz), or the built-in digits. Of a table it
guesses the column to predict, which columns are numbers and which names, and how
missing values are written. On a terminal it asks what it was not told.`,
		Example: `  netc new data/iris.csv
  netc new data/adult.csv --target income --drop fnlwgt -o income.net
  netc new photos/
  netc new digits -o -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{errors.New("new takes one DATA: a file or a folder")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) > 0 {
				path = args[0]
			}
			return t.new(path, &f)
		},
	}
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "the program to write, - for standard output; NAME.net by default")
	cmd.Flags().StringVar(&f.kind, "kind", "", "what the data is, where its name does not say: "+strings.Join(starter.Kinds, ", "))
	cmd.Flags().StringVar(&f.name, "name", "", "the name of the data section")
	cmd.Flags().StringSliceVar(&f.target, "target", nil, "the column to predict, or several with commas")
	cmd.Flags().StringSliceVar(&f.drop, "drop", nil, "columns that are not to be used")
	cmd.Flags().BoolVar(&f.force, "force", false, "write over a program that is there")
	return cmd
}

func (t *terminal) new(path string, f *newFlags) error {
	ask := t.asker()
	if path == "" && f.kind != "digits" {
		if ask == nil {
			return usageError{errors.New("new needs the DATA to learn from: a table, a folder of images, or digits; see netc new --help")}
		}
		var err error
		if path, err = ask("The data: a CSV file, a folder of images, or digits", "digits"); err != nil {
			return err
		}
	}
	d, err := starter.Look(path, f.kind)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist: name a table, a folder of images, or digits", path)
	}
	if err != nil {
		return err
	}
	if len(f.target) > 0 && d.Table == nil {
		return usageError{fmt.Errorf("--target names a column of a table, and %s is none", path)}
	}
	if len(f.drop) > 0 && d.Table == nil {
		return usageError{fmt.Errorf("--drop names columns of a table, and %s is none", path)}
	}
	if ask != nil && d.Table != nil && len(f.target) == 0 {
		answer, err := ask("The column to predict", d.Table.Guess().Name)
		if err != nil {
			return err
		}
		f.target = []string{answer}
	}
	o := starter.Options{Name: f.name, Target: f.target, Drop: f.drop, Dir: "."}
	out := f.out
	if out == "" {
		out = strings.TrimSuffix(filepath.Base(strings.TrimSuffix(path, ".gz")), filepath.Ext(strings.TrimSuffix(path, ".gz"))) + ".net"
		if path == "" {
			out = "digits.net"
		}
		if ask != nil {
			if out, err = ask("The program to write", out); err != nil {
				return err
			}
		}
	}
	if out != "-" {
		o.Dir = filepath.Dir(out)
	}
	text, err := starter.Program(d, o)
	if err != nil {
		return err
	}
	if out == "-" {
		_, err := t.out.Write(text)
		return err
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if f.force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(out, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: choose another name with -o, or write over it with --force", out)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	// What was written is checked with the data at hand, so that nobody starts from a program with mistakes.
	var none editFlags
	p, err := compile(out, &none, compiler.Options{})
	if err != nil {
		return err
	}
	t.render(p.Diags, p, &none)
	if p.Diags.HasErrors() {
		return fmt.Errorf("%s was written, and does not pass netc check: see to the lines above", out)
	}
	fmt.Fprintf(t.err, "wrote %s; to train it:\n  netc run %s\n", out, out)
	return nil
}

// asker asks a question with an answer for those who just press Enter; nil where nobody is there to answer.
func (t *terminal) asker() func(question, guess string) (string, error) {
	in, ok := t.in.(*os.File)
	if !ok || !t.live || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	lines := bufio.NewReader(in)
	return func(question, guess string) (string, error) {
		fmt.Fprintf(t.err, "%s [%s]: ", question, guess)
		text, err := lines.ReadString('\n')
		if err != nil && !(errors.Is(err, io.EOF) && text != "") {
			return "", fmt.Errorf("no answer came: %w", err)
		}
		if text = strings.TrimSpace(text); text == "" {
			return guess, nil
		}
		return text, nil
	}
}
