package check

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

func (b *builder) input(x *dsl.Input, s *scope, p *place) {
	if b.nested > 0 {
		b.report(diag.Errorf(diag.Misplaced, x.Span, "an input belongs to the model, not within a block or other braces").
			WithHelp("move it to the top of the model"))
		return
	}
	if len(b.graph.Inputs) > 0 {
		b.report(later(x.Span, "a second `input`"))
		return
	}
	p.at = b.graph.Input(x.Name.Text, b.inputShape(x, s), x.Name.Span)
	b.name(x.Name, x.Name.Text, p.at)
}

// inputShape reads CxHxW. A name that is no parameter is a size left open.
func (b *builder) inputShape(x *dsl.Input, s *scope) ir.Shape {
	size, ok := x.Shape.(*dsl.Size)
	if !ok || len(size.Dims) != 3 {
		if x.Shape != nil {
			b.report(diag.Errorf(diag.BadInputShape, x.Shape.At(), "an input's shape is channels x height x width, found `%s`", clip(x.Shape.At().Text())).
				WithHelp("write for instance 3x224x224 for colour images, 1x28x28 for grey ones"))
		}
		return nil
	}
	shape := make(ir.Shape, 3)
	for i, d := range size.Dims {
		if n, ok := d.(*dsl.Name); ok && i > 0 {
			if _, param := s.values[n.Text]; !param {
				shape[i] = ir.Symbol(n.Text)
				continue
			}
		}
		if n, ok := d.(*dsl.Name); ok && i == 0 {
			if _, param := s.values[n.Text]; !param {
				b.report(diag.Errorf(diag.BadInputShape, d.At(), "the channels of an input are a number, found `%s`", n.Text).
					WithNote("height and width may be left open, as in 3xHxW").
					WithHelp("write the number of channels, or declare `" + n.Text + "` as a parameter of the model"))
				return nil
			}
		}
		v := s.eval(d)
		if !v.known {
			return nil
		}
		if v.kind != kindInt || v.n[0] < 1 || v.n[0] > ir.MaxSize {
			b.report(diag.Errorf(diag.BadInputShape, d.At(), "a size is a whole number from 1 to %d, found %s", ir.MaxSize, v.describe()).
				WithHelp("write for instance 3x224x224 for colour images, 1x28x28 for grey ones"))
			return nil
		}
		shape[i] = ir.Int(int(v.n[0]))
	}
	if excess := shape.Excess(); excess != "" {
		b.report(diag.Errorf(diag.SizeOutOfRange, size.Span, "the input is too large").
			WithLabel("is %s", shape.Batched()).WithNote("%s", excess))
		return nil
	}
	return shape
}

func (b *builder) output(x *dsl.Output, s *scope, p *place) {
	b.settle(p)
	for _, item := range x.Items {
		v := p.at
		if item.From != nil {
			v = b.find(item.From, s, p)
		} else if t, ok := b.taps[p.prefix+item.Name.Text]; ok {
			v = t.value
		}
		if v == nil {
			if p.at == nil {
				b.needInput(item.Span, p)
			}
			b.wild = true // the model says an output, though it is not known which
			continue
		}
		if first, ok := b.outs[item.Name.Text]; ok {
			d := diag.Errorf(diag.NamedTwice, item.Name.Span, "two outputs are called `%s`", item.Name.Text)
			if first != item.Name.Span {
				d.WithSecondary(first, "first named here")
			}
			b.report(d.WithHelp("give each its own name"))
			continue
		}
		if item.Name.Text == ir.LossValue {
			b.report(diag.Errorf(diag.NamedTwice, item.Name.Span, "an output cannot be called `%s`: training gives the loss under this name", ir.LossValue).
				WithHelp("call it after what it is, such as `output logits`"))
		}
		b.outs[item.Name.Text] = item.Name.Span
		b.graph.Outputs = append(b.graph.Outputs, ir.Output{Name: item.Name.Text, Value: v})
	}
}

// needInput reports, once, something that stands before any input.
func (b *builder) needInput(at diag.Span, p *place) {
	if !b.blind {
		b.blind = true
		b.report(diag.Errorf(diag.NoInput, at, "there is no input yet").
			WithHelp("begin the model with a line such as `input image: 3x224x224`"))
	}
	b.bad(p)
}
