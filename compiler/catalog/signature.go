// Package catalog knows every construct of the language by name: its parameters with types and defaults, its
// documentation and its source. The checker, the editors, `netc explain` and the error messages all
// read the same signatures.
//
// A catalog is assembled explicitly from lists: the compiler's own (layers, settings), the standard library's
// (blocks and trick cards written in .net), and the runtime's (optimizers, augmentations, data
// sources, …), which declare a signature beside the code that carries it out.
package catalog

import "github.com/netc-lang/netc/compiler/model"

// Kind says where a construct may stand.
type Kind string

// The kinds of constructs.
const (
	Layer      Kind = "layer"        // statement in a model, block, path or head
	Data       Kind = "data setting" // statement in a data section
	Augment    Kind = "augmentation" // statement in an augment { } of data or train
	Train      Kind = "train setting"
	Study      Kind = "study setting"
	Card       Kind = "card line"           // statement in a trick section
	Source     Kind = "data source"         // constructor: from idx("dir")
	Scale      Kind = "scaling"             // constructor: scale standardize
	Optimizer  Kind = "optimizer"           // constructor: optimizer sgd(lr = 0.1)
	Schedule   Kind = "schedule"            // constructor: schedule cosine
	Loss       Kind = "loss"                // constructor: loss cross_entropy
	Init       Kind = "initializer"         // constructor: init he
	Activation Kind = "activation"          // constructor: act relu
	Norm       Kind = "normalization"       // constructor: norm batch(decay = 0.9)
	Noise      Kind = "noise"               // constructor: noise gaussian(0.1)
	Clip       Kind = "clipping"            // constructor: clip norm(1.0)
	Stop       Kind = "stopping rule"       // constructor: stop early(patience = 5 epochs)
	Metric     Kind = "metric"              // constructor: report accuracy, top(5)
	StudyStop  Kind = "study stopping rule" // constructor: stop = sequential(error = 5%)
	Function   Kind = "function"            // in expressions: max, mod, sum
	Edit       Kind = "edit"                // set, off, on, remove, replace, before, after, into
)

// Signature declares one construct.
type Signature struct {
	Kind   Kind
	Name   string
	Doc    string // what it does, one sentence, then details; units and shapes named
	Paper  string // where it comes from: "Kingma and Ba 2015, ICLR", or empty
	Params []Param
	Rest   *Param // takes any number of further positional values: number age, hours; report accuracy, loss
	Body   Kind   // kind of the statements in its braces, empty where it has none
	Many   bool   // may stand more than once in its section
	NotYet string // what it parses to is not executed yet: says which part of netc will; empty when it is
	// Foreign are names that other tools use for this construct; using one is an error that names ours.
	Foreign []string
}

// Param declares one parameter.
type Param struct {
	Name       string
	Doc        string
	Type       Type
	Default    *model.Value // nil: required
	Positional bool         // may be given without its name, in the order of declaration
}

// Param returns the parameter with that name, or nil.
func (s *Signature) Param(name string) *Param {
	for i := range s.Params {
		if s.Params[i].Name == name {
			return &s.Params[i]
		}
	}
	return nil
}
