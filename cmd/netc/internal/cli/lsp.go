package cli

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/cmd/netc/internal/lsp"
)

func lspCommand(t *terminal) *cobra.Command {
	var logFile string
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Serve editors over the Language Server Protocol",
		Long: `lsp is the language server: an editor starts it and talks to it over standard input
and output. It gives mistakes as you type with fixes, completion, documentation and
shapes on hover, definitions and references, renaming, the outline, folding, formatting,
highlighting by meaning, shapes behind each layer, and lenses to run and ablate.
editors/README.md says how to set up each editor.`,
		Example: `  netc lsp
  netc lsp --log /tmp/netc-lsp.log`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := t.err
			if logFile != "" {
				f, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
				if err != nil {
					return err
				}
				defer f.Close()
				log = f
			}
			err := lsp.Serve(cmd.Context(), lsp.Config{In: t.in, Out: writeCloser{t.out}, Log: log, Version: version()})
			if errors.Is(err, lsp.ErrNoShutdown) {
				return status(exitFailed) // the protocol asks for this exit code; there is nobody to read more
			}
			return err
		},
	}
	cmd.Flags().StringVar(&logFile, "log", "", "append reports of bugs to this file, in place of standard error")
	// Clients of many editors pass it out of habit; there is no other way to connect.
	cmd.Flags().Bool("stdio", true, "talk over standard input and output, which is always so")
	return cmd
}

// writeCloser closes what can be closed.
type writeCloser struct{ io.Writer }

func (w writeCloser) Close() error {
	if c, ok := w.Writer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
