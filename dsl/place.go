package dsl

import "strings"

// Values come from participle without the file in their spans; these functions
// put it in and take them out of their grammar nodes.

func (p *parser) name(n *nameNode) *Name {
	n.Name.File = p.source
	return n.Name
}

func (p *parser) optionalName(n *nameNode) *Name {
	if n == nil {
		return nil
	}
	return p.name(n)
}

func (p *parser) expr(n *exprNode) Expr { p.place(n.Expr); return n.Expr }
func (p *parser) tap(n *tapNode) Expr   { p.place(n.Expr); return n.Expr }

func (p *parser) args(n *argsNode) *Args {
	if n == nil {
		return nil
	}
	p.placeArgs(n.Args)
	return n.Args
}

func (p *parser) placeArgs(a *Args) {
	if a == nil {
		return
	}
	a.File = p.source
	for _, arg := range a.List {
		arg.File = p.source
		if arg.Key != nil {
			arg.Key.File = p.source
		}
		p.place(arg.Label)
		p.place(arg.Value)
	}
}

// place puts the file into the spans of an expression; nil is none.
func (p *parser) place(x Expr) {
	switch x := x.(type) {
	case *Name:
		x.File = p.source
	case *Int:
		x.File = p.source
	case *Float:
		x.File = p.source
	case *Bool:
		x.File = p.source
	case *String:
		x.File = p.source
	case *Size:
		x.File = p.source
		for _, d := range x.Dims {
			p.place(d)
		}
	case *List:
		x.File = p.source
		for _, e := range x.Elems {
			p.place(e)
		}
	case *Paren:
		x.File = p.source
		p.place(x.X)
	case *Unary:
		x.File = p.source
		p.place(x.X)
	case *Binary:
		x.File = p.source
		p.place(x.X)
		p.place(x.Y)
	case *Index:
		x.File = p.source
		p.place(x.X)
		p.place(x.Index)
	case *Select:
		x.File = p.source
		p.place(x.X)
		p.place(x.Name)
	case *Call:
		x.File = p.source
		p.place(x.Name)
		p.placeArgs(x.Args)
	case *Range:
		x.File = p.source
		p.place(x.Lo)
		p.place(x.Hi)
	case *Arrow:
		x.File = p.source
		p.place(x.X)
		p.place(x.Y)
	case *On:
		x.File = p.source
		p.place(x.X)
		p.place(x.Tap)
	}
}

// splitSize reads a name such as CxHxW, where a shape is wanted, as a size.
func splitSize(x Expr) Expr {
	name, ok := x.(*Name)
	if !ok || !strings.Contains(name.Text, "x") {
		return x
	}
	size := &Size{Span: name.Span}
	at := name.Start
	for _, part := range strings.Split(name.Text, "x") {
		if part == "" {
			return x
		}
		dim := name.Span
		dim.Start, dim.End = at, at+len(part)
		at = dim.End + 1
		if allDigits(part) {
			size.Dims = append(size.Dims, &Int{dim, part})
		} else if isDigit(part[0]) {
			return x
		} else {
			size.Dims = append(size.Dims, &Name{dim, part})
		}
	}
	return size
}
