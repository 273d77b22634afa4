// Package model is a program with nothing left to decide: one variant of a .net file, expanded, typed
// and shaped. The compiler makes it; the runtime reads it and never looks at source again.
package model

import (
	"sort"
	"strings"

	"github.com/netc-lang/netc/lang/diag"
)

// Node is one resolved statement, or one constructor: a layer, a setting, an augmentation, an optimizer.
type Node struct {
	Name string // construct: conv, dense, split, optimizer; for a constructor its own name: sgd, early
	Path string // canonical path: model.stage[2].residual[1].conv_norm[1].conv[1]
	Args Args   // every parameter by name, defaults filled in
	Body []*Node
	Span diag.Span
	// Measure is set for a metric that is a function of the program.
	Measure Measure
}

// Measure is a metric that the program defines: targets and predictions of a whole part to one number.
type Measure interface {
	Of(y, p []float64) (float64, error)
	Lower() bool // less is better
}

// Find returns the first statement of the body with that name, or nil.
func (n *Node) Find(name string) *Node {
	if n == nil {
		return nil
	}
	return find(n.Body, name)
}

// All returns every statement of the body with that name, in source order.
func (n *Node) All(name string) []*Node { return all(n.Body, name) }

func find(list []*Node, name string) *Node {
	for _, s := range list {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func all(list []*Node, name string) []*Node {
	var out []*Node
	for _, s := range list {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

// Constructor prints a constructor as the language writes it: sgd(lr = 0.1, momentum = 0.9).
func (n *Node) Constructor() string {
	names := make([]string, 0, len(n.Args))
	for k, v := range n.Args {
		if v.IsSet() {
			names = append(names, k)
		}
	}
	if len(names) == 0 {
		return n.Name
	}
	sort.Strings(names)
	for i, k := range names {
		names[i] = k + " = " + n.Args[k].String()
	}
	return n.Name + "(" + strings.Join(names, ", ") + ")"
}

// Section is a resolved data, train or study section: an ordered list of settings, each with all its
// arguments. What settings exist, and their arguments, is the catalog's to say.
type Section struct {
	Kind     string // "data", "train", "study"
	Name     string
	Path     string
	Settings []*Node
	Span     diag.Span
}

// Find returns the first setting with that name, or nil.
func (s *Section) Find(name string) *Node {
	if s == nil {
		return nil
	}
	return find(s.Settings, name)
}

// All returns every setting with that name, in source order.
func (s *Section) All(name string) []*Node { return all(s.Settings, name) }
