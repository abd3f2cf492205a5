package gogen

import (
	"fmt"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/runtime/plan"
)

// maxSteps is the most steps that stay in one function.
const maxSteps = 200

// planDecl declares what belongs to one plan: its buffers, its kernels, and
// the methods that bind the one and run the other.
func (g *generator) planDecl(p *planNames) {
	g.bufsDecl(p)
	g.kernelsDecl(p)
	g.bindFunc(p)
	if len(p.Setup) > 0 {
		g.stepsFunc(p, p.setupName(), "derives from the weights what "+p.entry()+" reads in their place.", p.Setup, p.setup)
	}
	what, head := "computes the outputs from the inputs.", p.Head()
	switch {
	case p.Parts > 1:
		what = "adds the gradient of one batch to that of the step."
	case p == g.train:
		what = "is one training step."
	}
	g.stepsFunc(p, p.runName(), what, p.Steps[:head], p.steps[:head])
	if p.Parts > 1 {
		g.stepsFunc(p, "updateTrain", "updates the weights.", p.Steps[head:], p.steps[head:])
	}
}

// bufsDecl declares the struct of a plan's buffers.
func (g *generator) bufsDecl(p *planNames) {
	g.note(fmt.Sprintf("%s is the memory of %s for %d images; buffers that are not in use at the same time share it.", p.typ, p.entry(), p.Batch))
	var fields []jen.Code
	for _, i := range p.fields() {
		b := &p.Bufs[i]
		fields = append(fields, jen.Id(p.bufs[i]).Add(sliceOf(b.DType)).Comment(dims(b.Shape)))
	}
	g.file.Type().Id(p.typ).Struct(fields...)
}

// kernelsDecl declares the kernels of a plan.
func (g *generator) kernelsDecl(p *planNames) {
	defs := p.shapes
	for _, k := range append(append([]kernelName(nil), p.setup...), p.steps...) {
		defs = append(defs, jen.Id(k.name).Op("=").Add(k.lit))
	}
	if len(defs) == 0 {
		return
	}
	g.note("The kernels of " + p.entry() + " with their geometry.")
	g.file.Var().Defs(defs...)
}

// bindFunc declares the method that gives a plan's buffers their memory.
func (g *generator) bindFunc(p *planNames) {
	body := []jen.Code{jen.Id("t").Op(":=").Op("&").Id("m").Dot(p.field)}
	body = append(body, g.alloc(p, plan.Input)...)
	what := "allocates the inputs of " + p.entry() + " and places its buffers."
	var params []jen.Code
	if p.uses(plan.Arena) {
		params = append(params, jen.Id("arena").Index().Float32())
		what = "allocates the inputs of " + p.entry() + " and places its buffers in the memory that the plans share, one at a time."
	}
	for _, i := range p.fields() {
		body = append(body, jen.Id("t").Dot(p.bufs[i]).Op("=").Add(g.place(&p.Bufs[i])))
	}
	g.note("bind" + p.verb + " " + what)
	g.method("bind" + p.verb).Params(params...).Block(body...)
}

// alloc is the statement that allocates a region of a plan, if it is used.
func (g *generator) alloc(p *planNames, r plan.Region) []jen.Code {
	if !p.uses(r) {
		return nil
	}
	return []jen.Code{jen.Id(r.String()).Op(":=").Qual(planPath, "Alloc").Call(jen.Lit(p.Words[r]))}
}

// uses says whether a plan has a field in a region.
func (n *planNames) uses(r plan.Region) bool {
	for _, i := range n.fields() {
		if n.Bufs[i].Region == r {
			return true
		}
	}
	return false
}

// place is the expression for a buffer's memory.
func (g *generator) place(b *plan.Buf) *jen.Statement {
	region := jen.Id(b.Region.String())
	if b.Region != plan.Arena && b.Region != plan.Input {
		region = jen.Id("m").Dot(b.Region.String())
	}
	return slice(b.DType, region, b.Offset, b.Offset+b.Words())
}

// stepsFunc declares the method that runs a list of steps. A long one becomes
// a list of methods, at least one for each stage.
func (g *generator) stepsFunc(p *planNames, name, what string, steps []plan.Step, kernels []kernelName) {
	stages := stagesOf(steps)
	if len(steps) <= maxSteps {
		g.note(name + " " + what)
		g.method(name).Params().Block(g.calls(p, steps, kernels, stages)...)
		return
	}
	type part struct {
		name     string
		from, to int
	}
	var parts []part
	taken := scope{}
	for from := 0; from < len(steps); {
		to := from
		for to < len(steps) && to-from < maxSteps && stages[to] == stages[from] {
			to++
		}
		parts = append(parts, part{taken.add(name + upperFirst(stages[from].String())), from, to})
		from = to
	}
	var body []jen.Code
	for _, part := range parts {
		body = append(body, jen.Id("m").Dot(part.name).Call())
	}
	g.note(name + " " + what)
	g.method(name).Params().Block(body...)
	for _, part := range parts {
		g.note(part.name + " is steps " + strconv.Itoa(part.from) + " to " + strconv.Itoa(part.to-1) + " of " + name + ".")
		g.method(part.name).Params().Block(g.calls(p, steps[part.from:part.to], kernels[part.from:part.to], stages[part.from:part.to])...)
	}
}

// stagesOf is the phase under which each step is listed. Weights are packed
// shortly before their use, and updated as soon as their gradient is known;
// listed under phases of their own, such steps would tear the others apart. So
// packing belongs to what follows it, and an update, or what is computed again, to
// the backward steps if there are more of them.
func stagesOf(steps []plan.Step) []plan.Phase {
	stages := make([]plan.Phase, len(steps))
	next, backward := plan.Pack, false
	for i := len(steps) - 1; i >= 0; i-- {
		stages[i] = steps[i].Phase
		switch {
		case stages[i] == plan.Pack:
			stages[i] = next
		case (stages[i] == plan.Update || stages[i] == plan.Recompute) && backward:
			stages[i] = plan.Backward
		}
		next = stages[i]
		backward = backward || stages[i] == plan.Backward
	}
	return stages
}

// calls is a line a step, under a comment for each stage.
func (g *generator) calls(p *planNames, steps []plan.Step, kernels []kernelName, stages []plan.Phase) []jen.Code {
	var body []jen.Code
	if usesBufs(p, steps) {
		body = append(body, jen.Id("t").Op(":=").Op("&").Id("m").Dot(p.field))
	}
	for i := range steps {
		if i == 0 || stages[i] != stages[i-1] {
			body = append(body, jen.Line().Comment(upperFirst(stages[i].String())+"."))
		}
		body = append(body, jen.Id(kernels[i].name).Dot("Run").Call(g.args(p, &steps[i], "t")...))
	}
	return body
}

// usesBufs says whether steps name any buffer of the plan's own.
func usesBufs(p *planNames, steps []plan.Step) bool {
	for _, s := range steps {
		for _, a := range s.Args {
			if a != plan.None && p.bufs[a] != "" {
				return true
			}
		}
	}
	return false
}

// args is the arguments of a step's Run: the pool, then the buffers.
func (g *generator) args(p *planNames, s *plan.Step, from string) []jen.Code {
	args := []jen.Code{jen.Id("m").Dot("pool")}
	for _, a := range s.Args {
		args = append(args, g.buf(p, a, from))
	}
	return args
}

// buf is the expression for a buffer: a tensor is a field of the model, one of
// the plan's own a field of the named struct or, without one, a variable.
func (g *generator) buf(p *planNames, i int, from string) *jen.Statement {
	switch {
	case i == plan.None:
		return jen.Nil()
	case p.bufs[i] == "":
		return jen.Id("m").Dot(g.tensors[p.Bufs[i].Name])
	case from == "":
		return jen.Id(p.bufs[i])
	}
	return jen.Id(from).Dot(p.bufs[i])
}
