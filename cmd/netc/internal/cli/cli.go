// Package cli is the command line: one file a command, each flags in, one library call, text out.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/netc-lang/netc/lang/diag"
)

// Exit codes. 1 is a program with mistakes or a run that failed, 2 a command line that is not understood, 130 a run that
// was interrupted and can be resumed.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// terminal is where a command talks to: results to out, everything else to err.
type terminal struct {
	in    io.Reader
	out   io.Writer
	err   io.Writer
	color bool // err is a terminal that shows colors
	live  bool // err is a terminal, so lines may be rewritten
}

// status is an error that has been told already: only its exit code is left.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usageError marks a mistake on the command line.
type usageError struct{ error }

// Main runs netc and returns the exit code. No panic reaches the user as a bare trace: a bug is reported as one.
func Main(args []string, in io.Reader, out, errw io.Writer) (code int) {
	t := &terminal{in: in, out: out, err: errw}
	if f, ok := errw.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		t.live = true
		t.color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	defer t.recover(&code)
	root := newRoot(t)
	root.SetArgs(args)
	return t.exitCode(root.ExecuteContext(context.Background()))
}

func (t *terminal) exitCode(err error) int {
	var s status
	var u usageError
	var list diag.List
	var one *diag.Diagnostic
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &s):
		return int(s)
	case errors.As(err, &list):
		diag.Render(t.err, list, readSource, t.color)
		return exitFailed
	case errors.As(err, &one):
		diag.Render(t.err, diag.List{one}, readSource, t.color)
		return exitFailed
	case errors.As(err, &u):
		fmt.Fprintf(t.err, "netc: %s\n", u.error)
		return exitUsage
	}
	fmt.Fprintf(t.err, "netc: %s\n", err)
	return exitFailed
}

func readSource(file string) []byte {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return src
}

func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "netc",
		Short: "A language for training networks that measures which tricks help",
		Long: `netc compiles .net files, which say what is trained: data, augmentation, layers,
initialization, regularization, recipe. It trains them, and it measures what
each trick in them contributes.`,
		Example: `  netc run examples/digits.net
  netc run model.net --set train.epochs=10 --off dropout
  netc check --shapes model.net
  netc tricks model.net
  netc ablate model.net --trick dropout --seeds 8
  netc explain dropout`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetIn(t.in)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(runCommand(t), checkCommand(t), fmtCommand(t), tricksCommand(t), ablateCommand(t), studyCommand(t), studiesCommand(t), showCommand(t), compareCommand(t), equivCommand(t), explainCommand(t), reportCommand(t), versionCommand(t), lspCommand(t), graphCommand(t), newCommand(t), manCommand(t), doctorCommand(t))
	complete(root)
	return root
}

// exactly wants n arguments and says what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s takes %s; see netc %s --help", cmd.Name(), what, cmd.Name())}
		}
		return nil
	}
}
