package op

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// window is the sliding window that convolution and pooling share.
type window struct {
	name     string // of the operator, for diagnostics
	kernel   [2]int
	stride   [2]int
	dilation [2]int
	same     ir.Same
	pad      [4]int
	ceil     bool
}

// infer returns the sizes of the output map and the padding of each side
// (top, bottom, left, right), or reports why there are none.
//
// Floor rounding: out = ⌊(in + pad − dilation·(k−1) − 1)/stride⌋ + 1. With ceil the
// quotient rounds up and a last window that would start in the far padding is
// dropped. same: out = ⌈in/stride⌉.
func (w window) infer(c *ir.Context, in ir.Shape) (out [2]ir.Dim, pad [4]int, ok bool) {
	if w.same != ir.Valid && c.Has("pad") {
		c.Errorf(diag.SameAndPad, "pad", "%s has both `same` and `pad`", w.name).
			WithLabel("this says the padding").
			WithSecondary(c.At("same"), "and this says it too").
			WithHelp("keep one of the two")
		return out, pad, false
	}
	axes := [2]string{"height", "width"}
	for i := range 2 {
		size := in[1+i]
		extent := w.dilation[i]*(w.kernel[i]-1) + 1
		before, after := w.pad[2*i], w.pad[2*i+1]
		switch w.same {
		case ir.SameBoth:
			if w.kernel[i]%2 == 0 {
				w.reportEven(c)
				return out, pad, false
			}
			before = (w.kernel[i] - 1) / 2 * w.dilation[i]
			after = before
		case ir.SameTF:
			total := extent - 1
			if w.stride[i] > 1 {
				n, known := size.Known()
				if !known {
					c.Errorf(diag.NeedsNumbers, "same", "`same(tf)` with stride %d needs a known %s", w.stride[i], axes[i]).
						WithLabel("the input is %s", in.Batched()).
						WithHelp("use plain `same` with an odd kernel, or give the input's size as a number")
					return out, pad, false
				}
				total = max(((n+w.stride[i]-1)/w.stride[i]-1)*w.stride[i]+extent-n, 0)
			}
			before = total / 2
			after = total - before
		}
		if n, known := size.Known(); known && n+before+after < extent {
			w.reportTooLarge(c, in, axes[i], n, before+after, extent)
			return out, pad, false
		}
		pad[2*i], pad[2*i+1] = before, after
		span := size.Add(before + after - extent)
		if !w.ceil {
			out[i] = span.FloorDiv(w.stride[i]).Add(1)
			continue
		}
		out[i] = span.CeilDiv(w.stride[i]).Add(1)
		if n, known := size.Known(); known {
			if o, _ := out[i].Known(); (o-1)*w.stride[i] >= n+before {
				out[i] = out[i].Add(-1)
			}
		} else if before > 0 {
			c.Errorf(diag.NeedsNumbers, "ceil", "`ceil` with padding needs a known %s", axes[i]).
				WithLabel("the input is %s", in.Batched()).
				WithHelp("leave out `ceil` or the padding, or give the input's size as a number")
			return out, pad, false
		}
	}
	return out, pad, true
}

func (w window) reportEven(c *ir.Context) {
	odd := fmt.Sprintf("%dx%d", w.kernel[0]|1, w.kernel[1]|1)
	d := c.Errorf(diag.EvenSame, "same", "`same` cannot pad an even kernel of %dx%d alike on both sides", w.kernel[0], w.kernel[1]).
		WithLabel("the same padding on both sides")
	if c.Has("kernel") {
		d.WithSecondary(c.At("kernel"), "an even size")
	}
	d.WithHelp("write same(tf), which puts the extra pixel at the bottom and the right, or an odd kernel such as "+odd,
		diag.Edit{Span: c.At("same"), NewText: "same(tf)"})
}

func (w window) reportTooLarge(c *ir.Context, in ir.Shape, axis string, n, pad, extent int) {
	d := c.Errorf(diag.KernelTooLarge, "kernel", "%s of %dx%d does not fit its input of %s", w.name, w.kernel[0], w.kernel[1], in.Batched()).
		WithLabel("in layer %s", c.Node.Name).
		WithSecondary(c.Node.In[0].Span, "the input is made here")
	d.WithNote("%s %d with padding %d is less than the window's extent %d", axis, n, pad, extent)
	if w.kernel[0]%2 == 1 && w.kernel[1]%2 == 1 && w.same == ir.Valid && !c.Has("pad") && c.Has("kernel") {
		d.WithHelp("pad the map with `same`, or choose a smaller kernel, or shrink the map less before it",
			diag.Edit{Span: c.At("kernel").Tail(), NewText: ", same"})
		return
	}
	d.WithHelp("choose a smaller kernel, or shrink the map less before it")
}

// needMap reports an input that is no feature map.
func needMap(c *ir.Context, what string) bool {
	in := c.Node.In[0]
	if in.Shape.IsMap() {
		return true
	}
	c.Errorf(diag.NeedsMap, "", "%s needs a map of channels, height and width", what).
		WithLabel("input is %s, a vector", in.Shape.Batched()).
		WithSecondary(in.Span, "made flat here").
		WithHelp("move it in front of the `flatten`, or use `dense` here")
	return false
}

// perElement is the FLOPs of an operator that spends n on each output.
func perElement(n int64) func(*ir.Node) int64 {
	return func(node *ir.Node) int64 { return ir.Mul(n, elems(node.Out)) }
}

// elems is the number of elements of a value in one image.
func elems(v *ir.Value) int64 {
	n, ok := v.Shape.Elems()
	if !ok {
		return ir.Overflow
	}
	return n
}
