// Package lang is the language as text: diagnostics (diag), the tree (ast), the parser (parse), the
// formatter (format). It knows nothing of layers or tricks; package compiler does.
package lang
