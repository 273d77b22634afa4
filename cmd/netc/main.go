// Command netc compiles, checks, formats and trains .net programs.
package main

import (
	"os"

	"github.com/netc-lang/netc/cmd/netc/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
