package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/stdlib"
)

// complete tells the shells' completion what stands where: programs, studies, tricks and constructs behind the commands that
// take them, and what the program on the line has behind flags: its tricks, train sections, variants. It says nothing of
// commands that have answers of their own.
func complete(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		var words []string // of the usage line, behind the command
		if f := strings.Fields(cmd.Use); len(f) > 1 {
			words = f[1:]
		}
		if len(words) > 0 && cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
				i := min(len(args), len(words)-1)
				if len(args) > i && !strings.HasSuffix(words[i], "…]") {
					return nil, cobra.ShellCompDirectiveNoFileComp // it takes no more
				}
				return argument(words[i])
			}
		}
		for name, values := range map[string]func(p *compiler.Program) []string{
			"off": trickNames, "on": trickNames, "trick": trickNames, "tricks": trickNames, "train": trainNames, "beside": variantNames,
		} {
			if !strings.Contains(cmd.Use, "FILE") || cmd.Flags().Lookup(name) == nil {
				continue
			}
			if err := cmd.RegisterFlagCompletionFunc(name, ofProgram(values)); err != nil {
				continue // the command has registered its own
			}
		}
	}
}

// argument lists what stands for a word of a usage line.
func argument(word string) ([]string, cobra.ShellCompDirective) {
	switch strings.Trim(word, "[]…") {
	case "FILE":
		return []string{"net"}, cobra.ShellCompDirectiveFilterFileExt
	case "STUDY":
		dirs, err := study.List(study.Root)
		if err != nil || len(dirs) == 0 {
			return nil, cobra.ShellCompDirectiveDefault // the file of a report
		}
		names := []string{"last\tthe newest study"}
		for _, dir := range slices.Backward(dirs) {
			names = append(names, filepath.Base(dir))
		}
		return names, cobra.ShellCompDirectiveKeepOrder
	case "NAME":
		names := standardTricks()
		cat := runtime.Catalog()
		for _, kind := range cat.Kinds() {
			for _, name := range cat.Names(kind) {
				first, _, _ := strings.Cut(cat.Get(kind, name).Doc, ". ")
				names = append(names, name+"\t"+strings.TrimSuffix(first, "."))
			}
		}
		slices.Sort(names)
		return slices.CompactFunc(names, func(a, b string) bool { return nameOf(a) == nameOf(b) }), cobra.ShellCompDirectiveNoFileComp
	case "A", "B":
		return standardTricks(), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// nameOf is a completion without its description.
func nameOf(completion string) string {
	name, _, _ := strings.Cut(completion, "\t")
	return name
}

// standardTricks are the names of the standard library's tricks.
func standardTricks() []string { return stdlib.Names("tricks") }

// ofProgram completes with names of the program on the command line; without one, with tricks of the standard library where
// tricks are asked for.
func ofProgram(values func(p *compiler.Program) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		for _, file := range args {
			if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
				continue
			}
			p := compiler.Compile(file, compiler.Options{Catalog: runtime.Catalog(), IgnoreStudies: true})
			if p.Canon == nil {
				continue
			}
			return values(p), cobra.ShellCompDirectiveNoFileComp
		}
		return values(nil), cobra.ShellCompDirectiveNoFileComp
	}
}

func trickNames(p *compiler.Program) []string {
	if p == nil {
		return standardTricks()
	}
	var names []string
	for _, trick := range p.Canon.Tricks() {
		name := trick.Name
		if trick.Card != nil {
			name += "\t" + trick.Card.Title
		}
		names = append(names, name)
	}
	return names
}

func trainNames(p *compiler.Program) []string {
	if p == nil {
		return nil
	}
	tree, _ := parse.File(p.File, p.Source(p.File))
	var names []string
	for _, top := range tree.Tops {
		if s := top.Section; s != nil && s.Kind.Name == "train" && s.Name != nil {
			names = append(names, s.Name.Name)
		}
	}
	return names
}

// variantNames are the variants and tries of the program's studies.
func variantNames(p *compiler.Program) []string {
	if p == nil {
		return nil
	}
	var names []string
	for _, n := range variants(p) {
		names = append(names, n.name)
	}
	return names
}

// namedEdits is a variant or a try of a study section.
type namedEdits struct {
	name string
	node *canon.Node
}

// variants lists the variants and tries of a program's studies, in the order of the text.
func variants(p *compiler.Program) []namedEdits {
	var list []namedEdits
	for _, section := range p.Canon.StudyNodes {
		section.Walk(func(n *canon.Node) bool {
			if n.Edits == nil || len(n.Args) == 0 {
				return true
			}
			if r := canon.BareRef(n.Args[0].Expr()); r != nil {
				list = append(list, namedEdits{canon.RefText(r), n})
			}
			return true
		})
	}
	return list
}
