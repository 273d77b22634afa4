package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/stdlib"
)

// complete tells the shells' completion what stands where: programs behind commands that take them, and the tricks of the
// program on the line behind --off, --on and --trick. It says nothing of commands that have answers of their own.
func complete(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		takesFile := strings.Contains(cmd.Use, "FILE")
		if takesFile && cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return []string{"net"}, cobra.ShellCompDirectiveFilterFileExt
			}
		}
		for _, name := range []string{"off", "on", "trick", "tricks"} {
			if !takesFile || cmd.Flags().Lookup(name) == nil {
				continue
			}
			if err := cmd.RegisterFlagCompletionFunc(name, trickNames); err != nil {
				continue // the command has registered its own
			}
		}
	}
}

// trickNames lists the tricks of the program on the command line; without one, those of the standard library.
func trickNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	for _, file := range args {
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue
		}
		p := compiler.Compile(file, compiler.Options{Catalog: runtime.Catalog(), IgnoreStudies: true})
		if p.Canon == nil {
			continue
		}
		var names []string
		for _, trick := range p.Canon.Tricks() {
			name := trick.Name
			if trick.Card != nil {
				name += "\t" + trick.Card.Title
			}
			names = append(names, name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return stdlib.Names("tricks"), cobra.ShellCompDirectiveNoFileComp
}
