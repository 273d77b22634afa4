package cli

import (
	"errors"

	"github.com/netc-lang/netc/lang/diag"
)

// diagnostics takes an error apart into diagnostics, nil where it is another kind of error.
func diagnostics(err error) diag.List {
	var list diag.List
	var one *diag.Diagnostic
	switch {
	case errors.As(err, &list):
		return list
	case errors.As(err, &one):
		return diag.List{one}
	}
	return nil
}
