// Command gen writes the Go assembly of package cpu with avo (github.com/mmcloughlin/avo). It is a module of its own, so
// that netc does not depend on avo. Run it through "go generate" in package cpu.
//
// Its argument is the folder that the files are written to; each file is a family of kernels, listed in files.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// family is a file of assembly and what writes its kernels. masks is a table of the file's own, see maskTable.
type family struct {
	name  string
	write func(c *build.Context, masks operand.Mem)
}

// files are all families; other source files add theirs.
var files = []family{
	{"kernels_amd64.s", func(c *build.Context, masks operand.Mem) {
		tiles(c, masks)
		vecs(c, masks)
		pools(c, masks)
		updates(c, masks)
		transpose(c)
		roofline(c)
	}},
	{"conv_amd64.s", convs},
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: gen FOLDER")
	}
	for _, f := range files {
		c := build.NewContext()
		f.write(c, maskTable(c))
		if err := print(c, filepath.Join(os.Args[1], f.name)); err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
	}
}

func print(c *build.Context, name string) error {
	f, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	config := printer.Config{Name: "avo", Argv: []string{"gen"}, Pkg: "cpu"}
	text, err := printer.NewGoAsm(config).Print(f)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
