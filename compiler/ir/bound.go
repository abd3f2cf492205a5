package ir

import (
	"fmt"

	"github.com/netc-lang/netc/dsl/diag"
)

// MaxSize bounds every size of a shape, and MaxElems the elements of one image's
// value and of one parameter, so that what is computed from them stays in int64.
const (
	MaxSize  = 1 << 24
	MaxElems = 1 << 40

	maxDeep = 64 // operations within one another in a size
)

// Excess says in what a shape is out of bounds, as a fact for a diagnostic, or
// returns "" for a shape within them.
func (s Shape) Excess() string {
	axes := []string{"channels", "height", "width"}
	if !s.IsMap() {
		axes = []string{"length"}
	}
	elems := int64(1)
	for i, d := range s {
		n, known := d.Known()
		switch {
		case d.deep() > maxDeep:
			return fmt.Sprintf("%s is made of the input's in more than %d operations", axes[i], maxDeep)
		case !known && !d.tame():
			return fmt.Sprintf("%s %v is out of bounds for every input", axes[i], d)
		case !known:
			continue
		case n < 1:
			return fmt.Sprintf("%s %d is less than 1", axes[i], n)
		case n > MaxSize:
			return fmt.Sprintf("%s %d is more than %d", axes[i], n, MaxSize)
		}
		elems = Mul(elems, int64(n))
	}
	if elems > MaxElems {
		return fmt.Sprintf("an image's value has at most %d elements", int64(MaxElems))
	}
	return ""
}

// maxShown is the length from which a shape is left out of a message.
const maxShown = 100

// tame reports whether the numbers in a symbolic size are small enough for one
// more operator to compute with.
func (d Dim) tame() bool {
	if d.expr == nil {
		return max(d.n, -d.n) <= MaxElems
	}
	if d.expr.op == '/' || d.expr.op == '*' {
		return d.expr.a.tame() && d.expr.b.n <= MaxSize
	}
	return d.expr.op == 's' || d.expr.a.tame() && d.expr.b.tame()
}

// bounded reports a node whose output or parameters are too large to compute
// with.
func (n *Node) bounded(shape Shape, report func(*diag.Diagnostic)) bool {
	if excess := shape.Excess(); excess != "" {
		d := diag.Errorf(diag.SizeOutOfRange, n.Span, "the output of %s is out of bounds", n.Op.Name).
			WithNote("%s", excess).
			WithHelp("give it smaller settings, or a smaller input")
		if text := shape.Batched(); len(text) < maxShown {
			d.WithLabel("would be %s", text)
		}
		report(d)
		return false
	}
	for _, p := range n.Params {
		if p.Len() > MaxElems {
			sizes := make(Shape, len(p.Shape))
			for i, size := range p.Shape {
				sizes[i] = Int(size)
			}
			report(diag.Errorf(diag.SizeOutOfRange, n.Span, "the %s of %s would be too large", p.Name[len(n.Name)+1:], n.Op.Name).
				WithLabel("would be %v", sizes).
				WithNote("a parameter has at most %d elements", int64(MaxElems)).
				WithHelp("give it smaller settings, or an input with fewer channels"))
			return false
		}
	}
	return true
}
