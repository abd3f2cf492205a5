package check

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/dsl/diag"
)

// Skip is the attributes of skip.
type Skip struct {
	How  string `net:"how,pos,required,oneof=add|concat|mul" doc:"add, concat or mul: how the input and the result of the body are joined; mul weighs the input, channel by channel where the body makes one number of each"`
	Crop bool   `net:"crop,flag" doc:"keep the middle of the input where the body makes a smaller map"`
}

func skipCombinator() *combinator {
	return &combinator{
		name:   "skip",
		doc:    "Joins its input to the result of its body, as it is.",
		source: "Ronneberger et al. 2015, U-Net; Huang et al. 2017, Densely connected convolutional networks",
		body:   "the layers that the input skips",
		new:    func() any { return &Skip{} },
		build:  buildSkip,
	}
}

func buildSkip(u *site) {
	how := u.attrs.(*Skip).How
	in := u.at
	u.inner(u.call.Body, u.scope, u.place)
	body := u.at
	if u.attrs.(*Skip).Crop {
		in = u.cropped(in, body)
	}
	switch {
	case in.Shape == nil || body.Shape == nil:
		u.unknown()
		return
	case how == "add" && !u.same(in.Shape, body.Shape):
		u.mismatch("skip", in, body, false).
			WithHelp("write `residual`, which lets the input project", diag.Edit{Span: u.head(), NewText: "residual"})
		u.unknown()
		return
	case how == "concat" && !u.sameMap(in.Shape, body.Shape):
		u.mismatch("skip", in, body, true).
			WithHelp("let the body come back to the rows and columns of the input")
		u.unknown()
		return
	}
	if how != "mul" {
		align(body, in)
	}
	u.at = u.add(how, u.next(how, nil), nil, u.call.Name.Span, in, body)
}

// cropped is the middle of the input, as large as the body's result.
func (u *site) cropped(in, body *ir.Value) *ir.Value {
	if !in.Shape.IsMap() || !body.Shape.IsMap() || u.sameMap(in.Shape, body.Shape) {
		return in
	}
	h, known := body.Shape[1].Known()
	w, known2 := body.Shape[2].Known()
	if !known || !known2 {
		u.report(diag.Errorf(diag.NeedsNumbers, u.spans["crop"], "`crop` needs a body of known height and width").
			WithLabel("it makes %s", body.Shape.Batched()).
			WithHelp("pad the convolutions with `same`, or give the input's size as numbers"))
		return &ir.Value{Name: "unknown"}
	}
	return u.add("crop", u.next("crop", nil), &op.Crop{Size: [2]int{h, w}}, u.call.Name.Span, in)
}

// head is the call without its body.
func (u *site) head() diag.Span {
	at := u.call.Name.Span
	if u.call.Args != nil {
		at.End = u.call.Args.End
	}
	return at
}
