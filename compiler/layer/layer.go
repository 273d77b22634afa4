// Package layer holds the primitive layers and losses: one file each, with the signature that the language
// shows, the shape rule with its messages, and the operations that it is made of. Layers that can be
// written in the language itself are .net files of the standard library.
package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// Codes of shapes.
var (
	CodeRank = diag.Define("N0201", "WrongRank",
		"A layer takes rows of features and gets images, or the other way round.",
		"data digits { from digits }\nmodel m { input digits; dense classes }\ntrain { loss cross_entropy }")
	CodeFit = diag.Define("N0202", "DoesNotFit",
		"A window is larger than what it slides over, groups do not divide channels, or an extent would become zero.",
		"data digits { from digits }\nmodel m { input digits; conv 4, kernel = 9, padding = valid; flatten; dense classes }\ntrain { loss cross_entropy }")
	CodeJoin = diag.Define("N0203", "PathsDiffer",
		"The paths of a sum, product or concat end in shapes that cannot be joined.",
		"data digits { from digits }\nmodel m { input digits; sum { path { conv 4 }; path { } }; flatten; dense classes }\ntrain { loss cross_entropy }")
	CodeOutput = diag.Define("N0204", "OutputMismatch",
		"What the network ends in does not fit the loss or the target.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense 3 }\ntrain { loss cross_entropy }")
)

// Site is the spot where a layer is being built.
type Site struct {
	*network.Builder
	Node *model.Node    // the resolved statement
	X    *network.Value // what enters
	// Init is the initializer in force for weights; Own says that the program gave it.
	Init *model.Node
	// NormFollows says that the next operation is a normalization with a shift: bias = auto then leaves the bias out.
	NormFollows bool
	// Categories are the columns of X where it holds category codes, nil otherwise.
	Categories []model.Category
}

// Def is a primitive layer.
type Def struct {
	catalog.Signature
	Build func(s *Site) (*network.Value, error)
}

var layers = map[string]*Def{}

func register(d *Def) *Def {
	d.Kind = catalog.Layer
	d.Many = true
	layers[d.Name] = d
	return d
}

// Get returns the primitive layer of that name, or nil.
func Get(name string) *Def { return layers[name] }

// Signatures lists the primitive layers, activations, normalizations, noises and losses.
func Signatures() []catalog.Signature {
	var list []catalog.Signature
	for _, d := range layers {
		list = append(list, d.Signature)
	}
	list = append(list, activationSignatures()...)
	list = append(list, normSignatures()...)
	list = append(list, noiseSignatures()...)
	list = append(list, lossSignatures()...)
	return list
}

func (s *Site) apply(name string, attrs any, in ...op.Val) *network.Value {
	return s.Apply(name, attrs, in...).(*network.Value)
}

func (s *Site) errorf(code diag.Code, format string, args ...any) *diag.Diagnostic {
	return diag.Errorf(code, s.Node.Span, format, args...)
}

// rows checks that rows of features enter.
func (s *Site) rows() *diag.Diagnostic {
	d := s.X.Dims
	if s.Categories != nil {
		return s.errorf(CodeRank, "%s takes numbers, and category codes enter", s.Node.Name).
			WithHelp("turn them into numbers first: embed 8, or onehot")
	}
	if len(d) == 2 {
		return nil
	}
	return s.errorf(CodeRank, "%s takes rows of features, and %s enters", s.Node.Name, Text(d)).
		WithHelp("insert flatten, or pool average, global, before it")
}

// images checks that images enter.
func (s *Site) images() *diag.Diagnostic {
	if len(s.X.Dims) == 4 && s.Categories == nil {
		return nil
	}
	return s.errorf(CodeRank, "%s takes images (height x width x channels), and %s enters", s.Node.Name, Text(s.X.Dims)).
		WithHelp("use dense for rows of features, or move %s before flatten", s.Node.Name)
}

// numbers checks that anything but category codes enters.
func (s *Site) numbers() *diag.Diagnostic {
	if s.Categories == nil {
		return nil
	}
	return s.rows()
}

// bias decides whether the layer has a bias and returns it.
func (s *Site) bias(channels int) *network.Value {
	v := s.Node.Args["bias"]
	switch {
	case v.Kind == model.Bool && !v.Bool:
		return nil
	case v.Kind != model.Bool && s.NormFollows:
		return nil
	}
	return s.Param(&network.Param{Name: s.Node.Path + ".bias", Shape: op.Shape{channels}, Role: network.Bias,
		Init: &model.Node{Name: "zeros", Args: model.Args{}}, FanIn: 1, FanOut: channels, Span: s.Node.Span})
}

func (s *Site) weight(name string, role network.Role, fanIn, fanOut int, shape ...int) *network.Value {
	return s.Param(&network.Param{Name: s.Node.Path + "." + name, Shape: shape, Role: role, Init: s.Init,
		FanIn: fanIn, FanOut: fanOut, Span: s.Node.Span})
}

// Text prints a shape without its batch axis, for messages.
func Text(d op.Shape) string {
	switch len(d) {
	case 2:
		return itoa(d[1]) + " features"
	case 4:
		return itoa(d[1]) + "x" + itoa(d[2]) + "x" + itoa(d[3])
	}
	return "a number"
}
