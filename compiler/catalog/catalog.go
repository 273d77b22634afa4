package catalog

import (
	"fmt"
	"sort"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/spell"
)

// Catalog is a set of signatures, looked up by kind and name. It is read-only once made.
type Catalog struct {
	byKind map[Kind]map[string]*Signature
}

// Assemble makes a catalog. Two signatures of one kind and name are a programming error and panic at
// start-up.
func Assemble(lists ...[]Signature) *Catalog {
	c := &Catalog{byKind: map[Kind]map[string]*Signature{}}
	for _, list := range lists {
		for i := range list {
			s := &list[i]
			if c.byKind[s.Kind] == nil {
				c.byKind[s.Kind] = map[string]*Signature{}
			}
			if c.byKind[s.Kind][s.Name] != nil {
				panic(fmt.Sprintf("catalog: %s %s declared twice", s.Kind, s.Name))
			}
			c.byKind[s.Kind][s.Name] = s
		}
	}
	return c
}

// Get returns a signature, or nil.
func (c *Catalog) Get(kind Kind, name string) *Signature { return c.byKind[kind][name] }

// Names lists the constructs of a kind in order.
func (c *Catalog) Names(kind Kind) []string {
	names := make([]string, 0, len(c.byKind[kind]))
	for n := range c.byKind[kind] {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Kinds lists the kinds that have constructs, in order.
func (c *Catalog) Kinds() []Kind {
	kinds := make([]Kind, 0, len(c.byKind))
	for k := range c.byKind {
		kinds = append(kinds, k)
	}
	sort.Slice(kinds, func(i, j int) bool { return kinds[i] < kinds[j] })
	return kinds
}

// KindsOf lists the kinds in which name is a construct.
func (c *Catalog) KindsOf(name string) []Kind {
	var kinds []Kind
	for _, k := range c.Kinds() {
		if c.byKind[k][name] != nil {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Foreign returns our name for a word of another tool, or "".
func (c *Catalog) Foreign(kind Kind, word string) string {
	for _, name := range c.Names(kind) {
		for _, f := range c.byKind[kind][name].Foreign {
			if f == word {
				return name
			}
		}
	}
	return ""
}

// Suggest returns the name that was probably meant by word: our name for a foreign word, or the nearest
// spelling among the kind's names and extra.
func (c *Catalog) Suggest(kind Kind, word string, extra ...string) (string, bool) {
	if f := c.Foreign(kind, word); f != "" {
		return f, true
	}
	return spell.Nearest(word, append(c.Names(kind), extra...))
}

// Fill returns the arguments with the defaults of the signature in place of those not given.
func (s *Signature) Fill(args model.Args) model.Args {
	out := model.Args{}
	for k, v := range args {
		out[k] = v
	}
	for _, p := range s.Params {
		if _, given := out[p.Name]; !given && p.Default != nil {
			out[p.Name] = *p.Default
		}
	}
	return out
}
