package gogen

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/runtime/plan"
)

// entry is the exported method that runs a plan.
func (n *planNames) entry() string {
	if n.verb == "Infer" {
		return "Forward"
	}
	return "Step"
}

// The unexported methods and fields of a plan.
func (n *planNames) ready() string     { return n.field + "Ready" }
func (n *planNames) setupName() string { return "setup" + n.verb }
func (n *planNames) runName() string   { return "run" + n.verb }

// forwardFunc declares Forward, which runs the inference plan on up to a batch.
func (g *generator) forwardFunc() {
	p := g.infer
	args := p.arguments()
	var params, body []jen.Code
	body = append(body, jen.Id("t").Op(":=").Op("&").Id("m").Dot(p.field))
	for i, in := range args {
		b := &p.Bufs[in.buf]
		params = append(params, jen.Id(in.param).Add(sliceOf(b.DType)))
		size := g.sizeOf(p, p.Inputs[p.portOf(in)].Name, in.buf)
		length := jen.Len(jen.Id(in.param))
		if i == 0 {
			body = append(body, jen.Id("n").Op(":=").Add(length).Op("/").Add(size))
		}
		wrong := jen.Add(length).Op("!=").Id("n").Op("*").Add(size)
		if i == 0 {
			wrong = jen.Id("n").Op(">").Id(p.batch).Op("||").Add(wrong)
		}
		body = append(body, jen.If(wrong).Block(jen.Panic(jen.Qual("fmt", "Sprintf").Call(
			jen.Lit(fmt.Sprintf("%s.Forward: %%d values in %s; expected %%d for each of at most %%d images", g.typ, in.param)),
			length, size, jen.Id(p.batch)))))
	}
	for _, in := range args {
		buf := jen.Id("t").Dot(p.bufs[in.buf])
		body = append(body, jen.Clear(jen.Add(buf).Index(jen.Copy(buf, jen.Id(in.param)).Op(":"))))
	}
	body = append(body, g.prepare(p)...)
	body = append(body, jen.Id("m").Dot(p.runName()).Call())

	var results, names []jen.Code
	var text []string
	taken := bodyScope()
	for _, in := range args {
		taken[in.param] = true
	}
	for _, out := range p.Outputs {
		b := &p.Bufs[out.Buf]
		result := g.buf(p, out.Buf, "t")
		shape := dims(b.Shape)
		if p.divided(out.Buf) {
			result = result.Index(jen.Op(":").Id("n").Op("*").Add(g.sizeOf(p, out.Name, out.Buf)))
			shape = dims(b.Shape[1:]) + " an image"
		}
		results = append(results, result)
		names = append(names, jen.Id(taken.add(ident(out.Name))).Add(sliceOf(b.DType)))
		text = append(text, fmt.Sprintf("%s (%s)", out.Name, shape))
	}
	body = append(body, jen.Return(results...))
	g.note(fmt.Sprintf("Forward computes %s for up to %s images: %s.", strings.Join(text, ", "), p.batch, g.layouts(p)),
		"The results are cut to the images given and stay valid until the next call. Forward panics at more images, or at part of one.")
	fn := g.method("Forward").Params(params...)
	if len(names) > 1 {
		fn.Params(names...).Block(body...)
		return
	}
	fn.Add(sliceOf(p.Bufs[p.Outputs[0].Buf].DType)).Block(body...)
}

// stepFunc declares Step, which runs the training plan on a batch.
func (g *generator) stepFunc() {
	p := g.train
	var params, fill []jen.Code
	body := []jen.Code{jen.Id("t").Op(":=").Op("&").Id("m").Dot(p.field)}
	for _, in := range p.arguments() {
		buf := jen.Id("t").Dot(p.bufs[in.buf])
		length := jen.Len(jen.Id(in.param))
		params = append(params, jen.Id(in.param).Add(sliceOf(p.Bufs[in.buf].DType)))
		body = append(body, jen.If(jen.Add(length).Op("!=").Len(buf)).Block(jen.Panic(jen.Qual("fmt", "Sprintf").Call(
			jen.Lit(fmt.Sprintf("%s.Step: %%d values in %s; expected %%d", g.typ, in.param)), length, jen.Len(buf)))))
		fill = append(fill, jen.Copy(buf, jen.Id(in.param)))
	}
	for _, in := range p.inputs {
		first := jen.Id("t").Dot(p.bufs[in.buf]).Index(jen.Lit(0))
		switch in.kind {
		case rate, momentum:
			params = append(params, jen.Id(in.param).Float32())
			fill = append(fill, first.Op("=").Id(in.param))
		case seed:
			fill = append(fill, first.Op("=").Id("m").Dot("seed"))
		}
	}
	body = append(body, fill...)
	body = append(body, g.prepare(p)...)
	body = append(body, jen.Id("m").Dot(p.runName()).Call())
	if p.Parts > 1 {
		part := jen.Id("m").Dot("part")
		body = append(body, jen.If(jen.Add(part).Op("++"), jen.Add(part).Op("==").Id(p.parts)).Block(
			jen.Add(part).Op("=").Lit(0), jen.Id("m").Dot("updateTrain").Call()))
	}
	if g.infer != nil && len(g.infer.Setup) > 0 {
		body = append(body, jen.Id("m").Dot(g.infer.ready()).Op("=").False())
	}
	text := "Step panics at any other number of values."
	loss := p.lossPort()
	if loss != plan.None {
		body = append(body, jen.Return(g.buf(p, loss, "t").Index(jen.Lit(0))))
		text = "Step returns the loss before the update, and panics at any other number of values."
	}
	about := fmt.Sprintf("Step trains on one batch of %s images: %s.", p.batch, g.layouts(p))
	if p.has(rate) {
		about += " rate is the learning rate."
	}
	if p.has(momentum) {
		about += " momentum is the share of the last update that this one keeps."
	}
	if p.Parts > 1 {
		text += fmt.Sprintf(" Each of %s calls in a row adds to the gradient; the last one updates the weights.", p.parts)
	}
	g.note(about, text)
	fn := g.method("Step").Params(params...)
	if loss != plan.None {
		fn.Float32()
	}
	fn.Block(body...)
}

// prepare is the statements that bring up to date what a plan derives from the
// weights. The plans share the Packed region, so this undoes the other's.
func (g *generator) prepare(p *planNames) []jen.Code {
	if len(p.Setup) == 0 {
		return nil
	}
	body := []jen.Code{
		jen.Id("m").Dot(p.setupName()).Call(),
		jen.Id("m").Dot(p.ready()).Op("=").True(),
	}
	for _, other := range g.plans() {
		if other != p && len(other.Setup) > 0 {
			body = append(body, jen.Id("m").Dot(other.ready()).Op("=").False())
		}
	}
	return []jen.Code{jen.If(jen.Op("!").Id("m").Dot(p.ready())).Block(body...)}
}

// portOf is the index of the port of an input.
func (n *planNames) portOf(in input) int {
	for i, port := range n.Inputs {
		if port.Buf == in.buf {
			return i
		}
	}
	panic("gogen: an input without a port")
}

// layouts says for each argument what it holds.
func (g *generator) layouts(p *planNames) string {
	var text []string
	for _, in := range p.arguments() {
		shape := p.Bufs[in.buf].Shape
		switch {
		case len(shape) == 4:
			text = append(text, fmt.Sprintf("%s holds them one after another, each %s (height, width, channels)", in.param, dims(shape[1:])))
		case p.perImage(in.buf) == 1:
			text = append(text, in.param+" has one value an image")
		default:
			text = append(text, fmt.Sprintf("%s has %s an image", in.param, dims(shape[1:])))
		}
	}
	return strings.Join(text, "; ")
}

// initFunc declares the method that sets every tensor.
func (g *generator) initFunc() {
	p := g.init
	var params, body []jen.Code
	for _, in := range p.inputs {
		p.bufs[in.buf] = "seed"
		params = []jen.Code{jen.Id("seed").Index().Int64()}
	}
	body = append(body, g.alloc(p, plan.Arena)...)
	for _, i := range p.fields() {
		if b := &p.Bufs[i]; b.Region != plan.Input {
			body = append(body, jen.Id(p.bufs[i]).Op(":=").Add(g.place(b)))
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		body = append(body, jen.Parens(jen.Op("&").Add(p.steps[i].lit)).Dot("Run").Call(g.args(p, s, "")...))
	}
	what := "init sets every weight"
	if g.train != nil {
		what += ", and what training keeps beside them"
	}
	g.note(what + ".")
	g.method("init").Params(params...).Block(body...)
}
