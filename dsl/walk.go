package dsl

// Walk calls visit for n and, while visit says so, for the nodes within it in
// the order of the text. Comments, doc texts and bad recipe lines are no nodes
// of the walk. n may be any node or a *File.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	w := walker{visit}
	switch n := n.(type) {
	case *File:
		if n.Edition != nil {
			w.node(n.Edition)
		}
		each(w, n.Imports)
		each(w, n.Decls)
	case *Edition:
		w.node(n.Version)
	case *Import:
		w.node(n.Path)
	case *Model:
		w.head(n.Name, n.Params, n.Body)
	case *Block:
		w.head(n.Name, n.Params, n.Body)
	case *Train:
		w.node(n.Name)
		w.node(n.Model)
		w.node(n.Body)
	case *BadDecl:
		w.name(n.Name)
	case *Param:
		w.node(n.Name)
		w.node(n.Type)
		w.expr(n.Default)
	case *Body:
		each(w, n.Stmts)
	case *Recipe:
		each(w, n.Entries)
	case *Entry:
		w.node(n.Key)
		w.args(n.Args)
		each(w, n.Values)
		if n.Body != nil {
			w.node(n.Body)
		}
	case Stmt:
		w.stmt(n)
	case *OutputItem:
		w.node(n.Name)
		w.expr(n.From)
	case *Call: // before Expr and Link: it is both
		w.node(n.Name)
		w.args(n.Args)
		w.body(n.Body)
	case *Repeat:
		w.name(n.Index)
		w.node(n.Count)
		w.node(n.Body)
	case *From:
		w.node(n.Tap)
	case *Args:
		each(w, n.List)
	case *Arg:
		w.name(n.Key)
		w.expr(n.Label)
		w.expr(n.Value)
	case Expr:
		w.within(n)
	}
}

type walker struct{ visit func(Node) bool }

func (w walker) node(n Node) { Walk(n, w.visit) }

func each[N Node](w walker, nodes []N) {
	for _, n := range nodes {
		w.node(n)
	}
}

// The following skip what is absent: a nil pointer in an interface is no nil interface.

func (w walker) name(n *Name) {
	if n != nil {
		w.node(n)
	}
}

func (w walker) body(n *Body) {
	if n != nil {
		w.node(n)
	}
}

func (w walker) args(n *Args) {
	if n != nil {
		w.node(n)
	}
}

func (w walker) expr(x Expr) {
	if x != nil {
		w.node(x)
	}
}

func (w walker) head(name *Name, params []*Param, body *Body) {
	w.node(name)
	each(w, params)
	w.node(body)
}

func (w walker) stmt(s Stmt) {
	switch s := s.(type) {
	case *Input:
		w.node(s.Name)
		w.node(s.Shape)
	case *Output:
		each(w, s.Items)
	case *Aux:
		w.node(s.Name)
		w.expr(s.Was)
		w.node(s.From)
		w.args(s.Args)
		w.node(s.Body)
	case *Branch:
		if s.Chain != nil {
			w.node(s.Chain)
		}
		w.body(s.Body)
		w.name(s.As)
		w.expr(s.Was)
	case *Chain:
		each(w, s.Links)
		w.name(s.As)
		w.expr(s.Was)
	case *BadStmt:
		each(w, s.Bodies)
	}
}

// within visits the parts of an expression.
func (w walker) within(x Expr) {
	switch x := x.(type) {
	case *Size:
		each(w, x.Dims)
	case *List:
		each(w, x.Elems)
	case *Paren:
		w.node(x.X)
	case *Unary:
		w.node(x.X)
	case *Binary:
		w.node(x.X)
		w.node(x.Y)
	case *Index:
		w.node(x.X)
		w.node(x.Index)
	case *Select:
		w.node(x.X)
		w.node(x.Name)
	case *Range:
		w.node(x.Lo)
		w.node(x.Hi)
	case *Arrow:
		w.node(x.X)
		w.node(x.Y)
	case *On:
		w.node(x.X)
		w.node(x.Tap)
	}
}
