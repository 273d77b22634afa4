// Command gen writes the Go assembly of package cpu with avo (github.com/mmcloughlin/avo). It is a module of its own, so
// that netc does not depend on avo. Run it through "go generate" in package cpu.
package main

import (
	"log"
	"os"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: gen FILE")
	}
	c := build.NewContext()
	masks := maskTable(c)
	tiles(c, masks)
	vecs(c, masks)
	pools(c, masks)
	updates(c, masks)
	transpose(c)
	roofline(c)
	f, errs := c.Result()
	if errs != nil {
		log.Fatal(errs)
	}
	config := printer.Config{Name: "avo", Argv: []string{"gen"}, Pkg: "cpu"}
	if err := pass.Compile.Execute(f); err != nil {
		log.Fatal(err)
	}
	text, err := printer.NewGoAsm(config).Print(f)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[1], text, 0o644); err != nil {
		log.Fatal(err)
	}
}
