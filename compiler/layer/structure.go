package layer

import "github.com/netc-lang/netc/compiler/catalog"

// StructureSignatures declares the statements that lead the flow instead of computing: package build carries them
// out.
func StructureSignatures() []catalog.Signature {
	layer := func(name, doc string, body catalog.Kind, params ...catalog.Param) catalog.Signature {
		return catalog.Signature{Kind: catalog.Layer, Name: name, Doc: doc, Body: body, Params: params, Many: true}
	}
	return []catalog.Signature{
		layer("input", "Where the data enters: the name of a data section.", "",
			catalog.Param{Name: "data", Doc: "Name of a data section.", Type: catalog.Name(), Positional: true}),
		layer("init", "How the weights of this body start; the nearest one wins.", "",
			catalog.Param{Name: "kind", Doc: "The initializer.", Type: catalog.New(catalog.Init), Positional: true}),
		layer("sum", "Adds up what its paths end in. A row of channels is added to every cell of an image.", catalog.Layer),
		layer("product", "Multiplies what its paths end in. A row of channels multiplies every cell of an image.", catalog.Layer),
		layer("concat", "Joins the channels or features of its paths, in their order.", catalog.Layer),
		layer("path", "One way through a sum, product or concat; empty, it passes everything on.", catalog.Layer),
		layer("head", "A side branch with an output of its own; the main flow goes on behind it.", catalog.Layer,
			catalog.Param{Name: "name", Doc: "Name of the output, for `loss … on = NAME`.", Type: catalog.Name(), Positional: true},
			catalog.Param{Name: "weight", Doc: "Factor of its loss.", Type: catalog.NonNegative(), Default: catalog.N(1)}),
		layer("take", "Goes on from a named point: input.numbers, input.categories, or a label given by `as`.", "",
			catalog.Param{Name: "point", Doc: "The named point.", Type: catalog.Path(), Positional: true}),
		layer("pass", "Does nothing; `pass as NAME` names this point of the flow.", ""),
	}
}
