package augment

import (
	"sort"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// spec is one augmentation: what the language knows of it and how to make one.
type spec struct {
	catalog.Signature
	imagesOnly bool
	// make reads the arguments; the result is an exampleStep or a batchStep.
	make func(n *model.Node, in input) (any, *diag.Diagnostic)
}

// input is what a pipeline acts on.
type input struct {
	shape      []int // of one example
	features   int   // its size
	categories int   // category columns beside it
}

var registry = map[string]*spec{}

// register adds an augmentation; the package-level variable that holds the result is the registration.
func register(s spec) *spec {
	s.Kind = catalog.Augment
	s.Many = true
	registry[s.Name] = &s
	return &s
}

// Signatures declares every augmentation, in order of name.
func Signatures() []catalog.Signature {
	list := make([]catalog.Signature, 0, len(registry))
	for _, s := range registry {
		list = append(list, s.Signature)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// chance declares p, the share of the examples that an augmentation acts on.
func chance(p float64) catalog.Param {
	return catalog.Param{Name: "p", Doc: "probability that an example is changed",
		Type: catalog.Probability(), Default: catalog.N(p)}
}

// border declares fill, what stands where an image was moved away.
func border() catalog.Param {
	return catalog.Param{Name: "fill", Doc: "what stands where the image was moved away: 0 (the mean, after standardize), the edge pixel repeated, or the image mirrored",
		Type: catalog.Word(fillZero, fillEdge, fillReflect), Default: catalog.W(fillZero)}
}
