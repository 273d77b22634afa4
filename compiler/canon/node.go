package canon

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// NodeKind says what a node of the canonical tree is.
type NodeKind int

// The kinds of nodes.
const (
	Root      NodeKind = iota // a section
	Statement                 // a layer, a setting
	Block                     // an instance of a block: its body is expanded inside
	Group                     // a labelled loop or iteration, or the off form of several statements
	Branch                    // an `if` on shapes, decided when the network is built: Body, else Else
	Change                    // a trick that is a change: its edits apply while it is on
)

// Node is one statement of the canonical program.
type Node struct {
	Kind   NodeKind
	Where  catalog.Kind // the kind of statement that may stand here
	Name   string       // the statement's head; the block's name; the section's kind
	Label  string       // given by `as`
	Path   string       // canonical: model[1].stage[2].conv[1]
	Parent *Node        // the node whose path this one's extends

	Args    []*Arg
	Body    []*Node
	HasBody bool
	Inside  catalog.Kind // kind of the statements in Body, "" where there is none

	Alt   *Alt   // off form of the whole statement
	Trick string // name of the trick that Alt makes
	Off   bool   // written `off`, or switched off
	// WrittenOff says that `off` stands behind the statement: it is a trick, whatever it is.
	WrittenOff bool

	Cond *ast.Expr // of a Branch
	Else []*Node

	Env   *Env // where the statement was written: arguments are looked up here
	Inner *Env // of a body: what its statements see

	// Sets are arguments that edits gave, by name; they win over those written. A name that the statement has no
	// parameter for is meant for its constructor: optimizer.lr.
	Sets map[string]*Set
	// Cards are the standard tricks that this statement carries.
	Cards []*CardPlace
	// Edits are the edits in the braces of a try or variant, read when they are applied.
	Edits *ast.Body
	// Doc is the card that documents a statement with an off form of its own.
	Doc *Card
	// Change is the card of a Change node.
	Change *Card

	Inserted bool // by an edit: counted apart
	Span     diag.Span
	counts   map[string]int
}

// Arg is one argument as written, perhaps with an off form.
type Arg struct {
	Name   string // "" for a positional one
	On     *ast.Expr
	Off    *ast.Expr
	Trick  string
	UseOff bool
	Env    *Env
	Span   diag.Span
}

// Expr is the form in force.
func (a *Arg) Expr() *ast.Expr {
	if a.UseOff && a.Off != nil {
		return a.Off
	}
	return a.On
}

// Alt is the off form of a statement: its nodes, none for `nothing`.
type Alt struct{ Body []*Node }

// Set is an argument that an edit gave.
type Set struct {
	Expr *ast.Expr
	Env  *Env
	Span diag.Span
	// Optional lets a constructor that has no such argument go without.
	Optional bool
}

// Seg is the last segment of the path without its index: the label, or the head's last word.
func (n *Node) Seg() string {
	if n.Label != "" {
		return n.Label
	}
	return lastWord(n.Name)
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

// number gives a node its path under parent. Inserted nodes are counted apart, so that an edit renumbers nothing.
func (n *Node) number(parent *Node) {
	n.Parent = parent
	if parent.counts == nil {
		parent.counts = map[string]int{}
	}
	key, mark := n.Seg(), ""
	if n.Inserted {
		mark = "+"
	}
	parent.counts[mark+key]++
	n.Path = parent.Path + "." + key + "[" + mark + strconv.Itoa(parent.counts[mark+key]) + "]"
}

// Short is a path as people write it: [1] left out where it is the only one of its name inside the parent, so that the
// path, read as a selector, means this statement and no other.
func (n *Node) Short() string {
	if n.Kind == Root {
		return n.Name
	}
	if n.Parent == nil {
		return n.Seg()
	}
	last := n.Path[strings.LastIndexByte(n.Path, '.')+1:]
	if name, first := strings.CutSuffix(last, "[1]"); first && n.Parent.only(name, n.Path) {
		last = name
	}
	return n.Parent.Short() + "." + last
}

// only reports whether nothing inside n but the statement of that path has the name.
func (n *Node) only(name, path string) bool {
	alone := true
	for _, c := range n.children() {
		c.walk(func(m *Node) bool {
			if m.matches(name) && m.Path != path {
				alone = false
			}
			return alone
		})
	}
	return alone
}

// walk visits n and all below it in the order of the text, off forms behind on forms. It stops below a node
// for which visit says false.
func (n *Node) walk(visit func(*Node) bool) {
	if !visit(n) {
		return
	}
	for _, c := range n.children() {
		c.walk(visit)
	}
}

// Walk visits n and all below it, every form of every trick included, in the order of the text. It stops below a
// node for which visit says false.
func (n *Node) Walk(visit func(*Node) bool) { n.walk(visit) }

func (n *Node) children() []*Node {
	list := append(append([]*Node(nil), n.Body...), n.Else...)
	if n.Alt != nil {
		list = append(list, n.Alt.Body...)
	}
	return list
}
