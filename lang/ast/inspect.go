package ast

// Inspect walks the tree under n in the order of the text, calling f for every node before its children;
// where f returns false the children are left out. Nodes are the pointers that the tree is made of, from
// *File down to *Ident; nil ones are skipped.
func Inspect(n Spanned, f func(Spanned) bool) {
	walk(f, n)
}

func walk(f func(Spanned) bool, n Spanned) {
	if !f(n) {
		return
	}
	switch n := n.(type) {
	case *File:
		one(f, n.Version)
		all(f, n.Tops)
	case *Top:
		one(f, n.Use)
		one(f, n.Extend)
		one(f, n.Let)
		one(f, n.Section)
		one(f, n.Bad)
	case *Bad:
		all(f, n.Bodies)
	case *Use:
		one(f, n.Path)
		one(f, n.As)
	case *Extend:
		one(f, n.Path)
		one(f, n.Body)
	case *Section:
		one(f, n.Kind)
		one(f, n.Name)
		one(f, n.Params)
		one(f, n.Body)
	case *Params:
		all(f, n.List)
	case *Param:
		one(f, n.Name)
		one(f, n.Default)
	case *Body:
		all(f, n.Stmts)
	case *Stmt:
		one(f, n.Let)
		one(f, n.If)
		one(f, n.For)
		one(f, n.Repeat)
		one(f, n.Node)
		one(f, n.Bad)
	case *Let:
		one(f, n.Name)
		one(f, n.Params)
		one(f, n.Value)
	case *If:
		one(f, n.Cond)
		one(f, n.Then)
		one(f, n.ElseIf)
		one(f, n.Else)
	case *For:
		one(f, n.Var)
		one(f, n.Over)
		one(f, n.Body)
		one(f, n.As)
	case *Repeat:
		one(f, n.Count)
		one(f, n.Body)
		one(f, n.As)
	case *Node:
		one(f, n.Head)
		all(f, n.Args)
		one(f, n.Body)
		one(f, n.Alt)
		one(f, n.As)
	case *Alt:
		one(f, n.Body)
	case *Arg:
		one(f, n.Name)
		one(f, n.Value)
	case *Path:
		all(f, n.Segs)
	case *Value:
		one(f, n.On)
		one(f, n.Off)
		one(f, n.As)
	case *Expr:
		all(f, n.Or)
	case *And:
		all(f, n.And)
	case *Cmp:
		one(f, n.Left)
		one(f, n.Right)
	case *Range:
		one(f, n.Lo)
		one(f, n.Hi)
	case *Sum:
		one(f, n.Left)
		all(f, n.Rest)
	case *SumOp:
		one(f, n.Right)
	case *Prod:
		one(f, n.Left)
		all(f, n.Rest)
	case *ProdOp:
		one(f, n.Right)
	case *Unary:
		one(f, n.Prim)
	case *Prim:
		one(f, n.Number)
		one(f, n.String)
		one(f, n.List)
		one(f, n.Ref)
		one(f, n.Paren)
	case *List:
		all(f, n.Items)
	case *Ref:
		all(f, n.Segs)
		one(f, n.Call)
	case *RefSeg:
		one(f, n.Index)
	case *Call:
		all(f, n.Args)
	case *Head, *Seg, *Number, *String, *Ident: // leaves
	}
}

// one walks a child that may be absent.
func one[T any, P interface {
	*T
	Spanned
}](f func(Spanned) bool, n P) {
	if n != nil {
		walk(f, n)
	}
}

func all[T any, P interface {
	*T
	Spanned
}](f func(Spanned) bool, list []P) {
	for _, n := range list {
		one(f, n)
	}
}
