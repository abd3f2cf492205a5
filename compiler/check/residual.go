package check

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/dsl/diag"
)

// Residual is the attributes of residual.
type Residual struct {
	Project string `net:"project,pos,oneof=auto|always|none|pad|omit" doc:"how the input takes the shape of the body: auto, by a 1x1 convolution where the shapes differ (and bn where the body ends in one); always, by that convolution everywhere; pad, by strides and channels of zeros (option A); none, never; omit, by leaving the input out where the shapes differ"`
}

func residualCombinator() *combinator {
	return &combinator{
		name:   "residual",
		doc:    "Adds its input to the result of its body.",
		source: "He et al. 2016, Deep residual learning for image recognition",
		body:   "the layers that the input skips",
		new:    func() any { return &Residual{Project: "auto"} },
		build:  buildResidual,
	}
}

func buildResidual(u *site) {
	a := u.attrs.(*Residual)
	in := u.at
	u.inner(u.call.Body, u.scope, u.place)
	body := u.at
	if in.Shape == nil || body.Shape == nil {
		u.unknown()
		return
	}
	differ := !u.same(in.Shape, body.Shape)
	skip := in
	switch {
	case a.Project == "always", a.Project == "auto" && differ:
		skip = u.project(in, body)
	case a.Project == "pad" && differ:
		skip = u.padded(in, body)
	case a.Project == "omit" && differ:
		return // the result of the body alone
	case differ:
		u.differ(in, body)
		skip = nil
	}
	if skip == nil {
		u.unknown()
		return
	}
	align(skip, body)
	u.at = u.add("add", u.next("add", nil), nil, u.call.Name.Span, body, skip)
}

// project adds a 1x1 convolution with the body's stride to the input, and bn
// where the body ends in one. Without bn it has a bias where the body's last
// convolution has one. nil says that it was reported why there is none.
func (u *site) project(in, body *ir.Value) *ir.Value {
	conv, stride, ok := u.projection(in, body)
	if !ok || !u.same(projected(in.Shape, conv), body.Shape) {
		d := u.differ(in, body)
		if ok {
			d.WithNote("a 1x1 projection with stride %s makes the input %s", both(stride), projected(in.Shape, conv).Batched())
			d.WithHelp("let the body keep to ⌈input/stride⌉ rows and columns, as `same` does")
		} else {
			d.WithHelp("let the body make a map out of the input by windows with a stride")
		}
		return nil
	}
	why := fmt.Sprintf("residual projects its input %s to the body's %s: 1x1, stride %s", in.Shape.Batched(), body.Shape.Batched(), both(stride))
	inside := u.inside(u.next("project", nil))
	v := u.add("conv", inside.next("conv", nil), conv, u.call.Name.Span, in)
	v.Node.Note = why
	if endsInBN(body) {
		v = u.add("bn", inside.next("bn", nil), nil, u.call.Name.Span, v)
		v.Node.Note = why
	}
	return v
}

// endsInBN reports whether the last layer of a body is bn, but for what weighs or
// drops its result.
func endsInBN(body *ir.Value) bool {
	n := body.Node
	for n.Op.Weighs && n.In[0].Node != nil {
		n = n.In[0].Node
	}
	return n.Op.Name == "bn"
}

// padded is option A: the input at the body's stride, with channels of zeros.
func (u *site) padded(in, body *ir.Value) *ir.Value {
	conv, stride, ok := u.projection(in, body)
	k, known := in.Shape.Channels().Known()
	if !ok || !known || conv.Channels < k || !u.same(projected(in.Shape, conv), body.Shape) {
		u.differ(in, body).
			WithNote("`pad` takes every stride-th row and column and adds channels of zeros").
			WithHelp("let the input project by a convolution", u.projectEdit("auto"))
		return nil
	}
	attrs := &op.Subsample{Channels: conv.Channels, Stride: stride}
	v := u.add("subsample", u.next("subsample", nil), attrs, u.call.Name.Span, in)
	v.Node.Note = fmt.Sprintf("residual pads its input %s to the body's %s: stride %s, channels of zeros", in.Shape.Batched(), body.Shape.Batched(), both(stride))
	return v
}

// projection is the convolution that would take the input to the body's shape,
// as far as strides can.
func (u *site) projection(in, body *ir.Value) (conv *op.Conv, stride [2]int, ok bool) {
	if !in.Shape.IsMap() || !body.Shape.IsMap() {
		return nil, stride, false
	}
	k, known := body.Shape.Channels().Known()
	stride, bias, ok := u.strideOf(in, body)
	if !known || !ok {
		return nil, stride, false
	}
	return &op.Conv{Channels: k, Kernel: [2]int{1, 1}, Stride: stride, Dilation: [2]int{1, 1}, Groups: 1, Bias: bias}, stride, true
}

// strideOf multiplies the strides on the way from the input of a body to its
// result, and tells whether the last convolution on it has a bias.
func (u *site) strideOf(in, body *ir.Value) (stride [2]int, bias, ok bool) {
	stride, bias = [2]int{1, 1}, true
	rise := [2]int{1, 1} // by how much layers such as up undo strides
	seen := false
	for v := body; v != in; v = v.Node.In[0] {
		if v.Node == nil || !u.scope.budget.spend(1) {
			return stride, bias, false
		}
		if n := v.Node; n.Op.Window != nil && n.Out.Shape.IsMap() {
			w := n.Op.Window(n)
			for axis := range 2 {
				stride[axis] *= w.Stride[axis]
				rise[axis] *= max(w.Rise[axis], 1)
			}
		}
		if c, conv := v.Node.Attrs.(*op.Conv); conv && !seen {
			seen, bias = true, c.Bias
		}
		for axis := range 2 {
			if d := gcd(stride[axis], rise[axis]); d > 1 {
				stride[axis], rise[axis] = stride[axis]/d, rise[axis]/d
			}
			if max(stride[axis], rise[axis]) > ir.MaxSize {
				return stride, bias, false
			}
		}
	}
	return stride, bias, min(stride[0], stride[1]) > 0 && rise == [2]int{1, 1}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// projected is the shape that a projection gives.
func projected(in ir.Shape, c *op.Conv) ir.Shape {
	return ir.Map(ir.Int(c.Channels), in[1].CeilDiv(c.Stride[0]), in[2].CeilDiv(c.Stride[1]))
}

func both(stride [2]int) string {
	if stride[0] == stride[1] {
		return fmt.Sprint(stride[0])
	}
	return fmt.Sprintf("%dx%d", stride[0], stride[1])
}

// differ reports a residual whose body does not have its input's shape.
func (u *site) differ(in, body *ir.Value) *diag.Diagnostic {
	d := u.mismatch("residual", in, body, false)
	if u.attrs.(*Residual).Project == "none" {
		if conv, stride, ok := u.projection(in, body); ok && u.same(projected(in.Shape, conv), body.Shape) {
			d.WithHelp(fmt.Sprintf("let the skip project (1x1, stride %s, +%s parameters)", both(stride), thousands(u.projectionParams(in, body, conv))),
				u.projectEdit("auto"))
		}
	}
	return d
}

// projectionParams counts the parameters of a projection.
func (u *site) projectionParams(in, body *ir.Value, conv *op.Conv) int64 {
	c, _ := in.Shape.Channels().Known()
	k := int64(conv.Channels)
	n := ir.Mul(int64(c), k)
	if endsInBN(body) {
		return ir.Sum(n, 2*k)
	}
	if conv.Bias {
		n = ir.Sum(n, k)
	}
	return n
}

// projectEdit writes another `project`.
func (u *site) projectEdit(word string) diag.Edit {
	if at, ok := u.spans["project"]; ok {
		return diag.Edit{Span: at, NewText: "project=" + word}
	}
	return diag.Edit{Span: u.call.Name.Span.Tail(), NewText: "(project=" + word + ")"}
}

// thousands writes a number with commas between groups of digits.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, parts...), ",")
}
