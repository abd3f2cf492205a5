package check

import "github.com/netc-lang/netc/dsl/diag"

// Skip is the attributes of skip.
type Skip struct {
	How string `net:"how,pos,required,oneof=add|concat|mul" doc:"add, concat or mul: how the input and the result of the body are joined; mul weighs the input, channel by channel where the body makes one number of each"`
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
	u.at = u.add(how, u.next(how, nil), nil, u.call.Name.Span, in, body)
}

// head is the call without its body.
func (u *site) head() diag.Span {
	at := u.call.Name.Span
	if u.call.Args != nil {
		at.End = u.call.Args.End
	}
	return at
}
