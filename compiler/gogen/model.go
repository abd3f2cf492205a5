package gogen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/runtime/plan"
)

// The runtime's packages that generated code names.
const (
	parPath        = "github.com/netc-lang/netc/runtime/par"
	planPath       = "github.com/netc-lang/netc/runtime/plan"
	weightsPath    = "github.com/netc-lang/netc/runtime/weights"
	checkpointPath = "github.com/netc-lang/netc/runtime/checkpoint"
)

// constants declares the sizes that callers need.
func (g *generator) constants() {
	g.consts = map[string]string{}
	var defs []jen.Code
	def := func(name string, value int, comment string) string {
		id := g.top.add(g.qualified(name))
		defs = append(defs, jen.Id(id).Op("=").Lit(value).Comment(comment))
		return id
	}
	for _, p := range g.plans() {
		what := "images that " + p.entry() + " takes"
		if p == g.infer {
			what += " at most"
		}
		p.batch = def(p.verb+"Batch", p.Batch, what)
		if p.Parts > 1 {
			p.parts = def(p.verb+"Parts", p.Parts, "calls of "+p.entry()+" that make one update")
		}
	}
	for _, p := range g.plans() {
		for _, port := range append(append([]plan.Port(nil), p.Inputs...), p.Outputs...) {
			b := &p.Bufs[port.Buf]
			if b.DType == plan.I64 || !p.divided(port.Buf) || p.perImage(port.Buf) == 1 {
				continue
			}
			size := p.perImage(port.Buf)
			key := fmt.Sprint(port.Name, size)
			if g.consts[key] == "" {
				comment := "values an image"
				if len(b.Shape) > 2 {
					comment += ": " + dims(b.Shape[1:])
				}
				g.consts[key] = def(exported(ident(port.Name))+"Len", size, comment)
			}
		}
	}
	g.note("Sizes of " + g.typ + ".")
	g.file.Const().Defs(defs...)
}

// sizeOf is the constant for a port's elements an image.
func (g *generator) sizeOf(p *planNames, port string, buf int) jen.Code {
	size := p.perImage(buf)
	if name := g.consts[fmt.Sprint(port, size)]; name != "" {
		return jen.Id(name)
	}
	return jen.Lit(size)
}

// typeDecl declares the model's type.
func (g *generator) typeDecl() {
	params := 0
	for i := range g.prog.Tensors {
		if t := &g.prog.Tensors[i]; t.Kind == plan.Param {
			params += t.Len()
		}
	}
	g.note(fmt.Sprintf("%s is the network of %s: its weights (%s parameters) and the memory it works in. Its methods must not be called at the same time.",
		g.typ, g.opt.Source, thousands(params)))
	fields := []jen.Code{jen.Id("pool").Op("*").Qual(parPath, "Pool")}
	if g.train != nil && g.train.has(seed) {
		fields = append(fields, jen.Id("seed").Int64())
	}
	if g.train != nil && g.train.Parts > 1 {
		fields = append(fields, jen.Id("part").Int().Comment("calls of Step since the last update"))
	}
	for _, r := range g.sharedRegions() {
		fields = append(fields, jen.Id(r.String()).Index().Float32())
	}
	for _, p := range g.plans() {
		if len(p.Setup) > 0 {
			fields = append(fields, jen.Id(p.ready()).Bool().Comment("whether what "+p.setupName()+" derives is up to date"))
		}
	}
	for _, p := range g.plans() {
		fields = append(fields, jen.Id(p.field).Id(p.typ))
	}
	for _, r := range []plan.Region{plan.Weights, plan.State} {
		head := map[plan.Region]string{plan.Weights: "Weights.", plan.State: "What training keeps beside them."}[r]
		first := true
		for i := range g.prog.Tensors {
			t := &g.prog.Tensors[i]
			if t.Region != r {
				continue
			}
			if first {
				fields = append(fields, jen.Line(), jen.Comment(head))
				first = false
			}
			fields = append(fields, jen.Id(g.tensors[t.Name]).Add(sliceOf(t.DType)).Comment(dims(t.Shape)))
		}
	}
	g.file.Type().Id(g.typ).Struct(fields...)
}

// sharedRegions is the regions that the plans share and that are not empty.
func (g *generator) sharedRegions() []plan.Region {
	var rs []plan.Region
	for _, r := range []plan.Region{plan.Weights, plan.State, plan.Packed} {
		if g.regionWords(r) > 0 {
			rs = append(rs, r)
		}
	}
	return rs
}

// regionWords is the size of a shared region, State cut to the tensors kept.
func (g *generator) regionWords(r plan.Region) int {
	if r == plan.State && !g.keepsState() {
		return 0
	}
	return g.prog.Words(r)
}

func (g *generator) keepsState() bool {
	for i := range g.prog.Tensors {
		if g.prog.Tensors[i].Region == plan.State {
			return true
		}
	}
	return false
}

// newFunc declares the constructor.
func (g *generator) newFunc() {
	scratch := g.init.Scratch
	for _, p := range g.plans() {
		scratch = max(scratch, p.Scratch)
	}
	body := []jen.Code{jen.Id("m").Op(":=").Op("&").Id(g.typ).Values(g.newFields()...)}
	if scratch > 0 {
		body = append(body, jen.Id("m").Dot("pool").Dot("Reserve").Call(jen.Lit(scratch)))
	}
	for i := range g.prog.Tensors {
		t := &g.prog.Tensors[i]
		end := t.Offset + t.DType.Words(t.Len())
		body = append(body, jen.Id("m").Dot(g.tensors[t.Name]).Op("=").Add(slice(t.DType, jen.Id("m").Dot(t.Region.String()), t.Offset, end)))
	}
	arena := 0
	for _, p := range g.plans() {
		if p.uses(plan.Arena) {
			arena = max(arena, p.Words[plan.Arena])
		}
	}
	if arena > 0 {
		body = append(body, jen.Id("arena").Op(":=").Qual(planPath, "Alloc").Call(jen.Lit(arena)))
	}
	for _, p := range g.plans() {
		call := jen.Id("m").Dot("bind" + p.verb)
		if p.uses(plan.Arena) {
			body = append(body, call.Call(jen.Id("arena")))
		} else {
			body = append(body, call.Call())
		}
	}
	arg := jen.Null()
	if g.init.has(seed) {
		arg = jen.Index().Int64().Values(jen.Id("seed"))
	}
	body = append(body, jen.Id("m").Dot("init").Call(arg), jen.Return(jen.Id("m")))
	g.note(g.newName + " returns a network with weights drawn from the seed, which works on the given number of threads. The same seed gives the same bits at any number of threads.")
	g.file.Func().Id(g.newName).Params(jen.Id("seed").Int64(), jen.Id("threads").Int()).Op("*").Id(g.typ).Block(body...)
}

// newFields is the fields that New sets in its literal, a line each.
func (g *generator) newFields() []jen.Code {
	set := func(name string, value jen.Code) jen.Code {
		return jen.Line().Id(name).Op(":").Add(value)
	}
	fields := []jen.Code{set("pool", jen.Qual(parPath, "New").Call(jen.Id("threads")))}
	if g.train != nil && g.train.has(seed) {
		fields = append(fields, set("seed", jen.Id("seed")))
	}
	for _, r := range g.sharedRegions() {
		fields = append(fields, set(r.String(), jen.Qual(planPath, "Alloc").Call(jen.Lit(g.regionWords(r)))))
	}
	return append(fields, jen.Line())
}

// persistence declares what reads and writes the weights from outside.
func (g *generator) persistence() {
	var params []jen.Code
	for i := range g.prog.Tensors {
		t := &g.prog.Tensors[i]
		if t.Region != plan.Weights {
			continue
		}
		var shape []jen.Code
		for _, d := range t.Shape {
			shape = append(shape, jen.Lit(d))
		}
		typ := strings.ToUpper(t.DType.String())
		params = append(params, jen.Line().Values(
			jen.Id("Name").Op(":").Lit(t.Name),
			jen.Id("DType").Op(":").Qual(weightsPath, typ),
			jen.Id("Shape").Op(":").Index().Int().Values(shape...),
			jen.Id("Values").Op(":").Qual(planPath, "View").Values(jen.Id(typ).Op(":").Id("m").Dot(g.tensors[t.Name])),
		))
	}
	params = append(params, jen.Line())
	tensors := func() *jen.Statement { return jen.Index().Qual(weightsPath, "Tensor") }

	g.note("Params returns the weights and running statistics by the names and in the layout they have in files (conv: out, in/groups, height, width; dense: out, in). Their memory is the network's own: whoever writes to it calls Refresh afterwards.")
	g.method("Params").Params().Add(tensors()).Block(jen.Return(tensors().Values(params...)))

	var stale []jen.Code
	for _, p := range g.plans() {
		if len(p.Setup) > 0 {
			stale = append(stale, jen.Id("m").Dot(p.ready()).Op("=").False())
		}
	}
	g.note("Refresh must be called after the memory of Params was written to: what is derived from the weights is then derived again. Load and Step need no such call.")
	g.method("Refresh").Params().Block(stale...)

	m, file, err, want, p := jen.Id("m"), jen.Id("file"), jen.Id("err"), jen.Id("want"), jen.Id("p")
	failed := jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(err))
	g.note("Load reads the weights from a safetensors file. It fails, with no weight changed, unless the file has exactly the tensors of Params, in name and shape.")
	var renamed []jen.Code // nothing where no layer had another name
	if list := g.prog.Renames; len(list) > 0 {
		renamed = append(renamed, jen.Add(file).Dot("Rename").Call(jen.Index().Qual(planPath, "Rename").ValuesFunc(func(v *jen.Group) {
			for _, r := range list {
				v.Values(jen.Dict{jen.Id("New"): jen.Lit(r.New), jen.Id("Old"): jen.Lit(r.Old)})
			}
		})))
	}
	g.method("Load").Params(jen.Id("path").String()).Error().Block(
		jen.List(file, err).Op(":=").Qual(weightsPath, "Read").Call(jen.Id("path")),
		failed,
		jen.Add(renamed...),
		jen.Id("params").Op(":=").Add(m).Dot("Params").Call(),
		jen.Add(want).Op(":=").Make(jen.Index().Qual(weightsPath, "Want"), jen.Len(jen.Id("params"))),
		jen.For(jen.List(jen.Id("i"), p).Op(":=").Range().Id("params")).Block(
			jen.Add(want).Index(jen.Id("i")).Op("=").Qual(weightsPath, "Want").Values(
				jen.Id("Name").Op(":").Add(p).Dot("Name"),
				jen.Id("DType").Op(":").Add(p).Dot("DType"),
				jen.Id("Shape").Op(":").Add(p).Dot("Shape"),
			),
		),
		jen.If(jen.Add(err).Op(":=").Qual(weightsPath, "Fit").Call(file, want), jen.Add(err).Op("!=").Nil()).Block(jen.Return(err)),
		jen.For(jen.List(jen.Id("_"), p).Op(":=").Range().Id("params")).Block(
			jen.If(jen.Add(err).Op(":=").Add(file).Dot("Lookup").Call(jen.Add(p).Dot("Name")).Dot("Into").Call(jen.Add(p).Dot("Values")), jen.Add(err).Op("!=").Nil()).Block(
				jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("%s: %w"), jen.Id("path"), err)),
			),
		),
		jen.Add(m).Dot("Refresh").Call(),
		jen.Return(jen.Nil()),
	)

	g.note("Save writes the weights to a safetensors file. Should it fail, what was at path before is still there.")
	g.method("Save").Params(jen.Id("path").String()).Error().Block(
		jen.Return(jen.Qual(checkpointPath, "Replace").Call(jen.Id("path"),
			jen.Func().Params(jen.Id("w").Qual("io", "Writer")).Error().Block(
				jen.Return(jen.Qual(weightsPath, "Write").Call(jen.Id("w"), jen.Add(m).Dot("Params").Call(), jen.Nil())),
			))),
	)

	g.swapFunc(stale)

	g.note("Close stops the threads. The network must not be used afterwards.")
	g.method("Close").Params().Block(jen.Id("m").Dot("pool").Dot("Close").Call())
}

// swapFunc declares the method that puts the averages of the weights in their
// place, where the program keeps any.
func (g *generator) swapFunc(stale []jen.Code) {
	var body []jen.Code
	for i := range g.prog.Tensors {
		t := &g.prog.Tensors[i]
		if average, ok := g.tensors[plan.AverageOf(t.Name)]; ok {
			body = append(body, jen.Line().Values(jen.Id("m").Dot(g.tensors[t.Name]), jen.Id("m").Dot(average)))
		}
	}
	if len(body) == 0 {
		return
	}
	g.note("SwapAverages exchanges the weights with their averages over the steps so far. Call it before Forward or Save that are to use the averages, and again before the next Step.")
	g.method("SwapAverages").Params().Block(append([]jen.Code{
		jen.For(jen.List(jen.Id("_"), jen.Id("pair")).Op(":=").Range().Index().Index(jen.Lit(2)).Index().Float32().Values(append(body, jen.Line())...)).Block(
			jen.For(jen.List(jen.Id("i"), jen.Id("w")).Op(":=").Range().Id("pair").Index(jen.Lit(0))).Block(
				jen.List(jen.Id("pair").Index(jen.Lit(0)).Index(jen.Id("i")), jen.Id("pair").Index(jen.Lit(1)).Index(jen.Id("i"))).Op("=").
					List(jen.Id("pair").Index(jen.Lit(1)).Index(jen.Id("i")), jen.Id("w")),
			),
		),
	}, stale...)...)
}

// method begins a method of the model's type.
func (g *generator) method(name string) *jen.Statement {
	return g.file.Func().Params(jen.Id("m").Op("*").Id(g.typ)).Id(name)
}

// note writes a doc comment of wrapped paragraphs.
func (g *generator) note(paragraphs ...string) {
	g.file.Line()
	for i, text := range paragraphs {
		if i > 0 {
			g.file.Comment("//")
		}
		for _, line := range wrap(text, 77) {
			g.file.Comment(line)
		}
	}
}

// wrap breaks a text into lines of at most the given number of letters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		switch {
		case line == "":
			line = w
		case len([]rune(line))+1+len([]rune(w)) > width:
			lines = append(lines, line)
			line = w
		default:
			line += " " + w
		}
	}
	return append(lines, line)
}

// sliceOf is the Go type of a buffer.
func sliceOf(d plan.DType) *jen.Statement {
	return jen.Index().Id([...]string{plan.F32: "float32", plan.I32: "int32", plan.I64: "int64", plan.BF16: "uint16"}[d])
}

// slice is the expression for words of a region as elements of a type.
func slice(d plan.DType, region *jen.Statement, from, to int) *jen.Statement {
	words := jen.Add(region).Index(jen.Lit(from), jen.Lit(to))
	switch d {
	case plan.I32:
		return jen.Qual(planPath, "Int32s").Call(words)
	case plan.I64:
		return jen.Qual(planPath, "Int64s").Call(words)
	case plan.BF16:
		return jen.Qual(planPath, "Halves").Call(words)
	}
	return words
}

// dims writes a shape as 28x28x1, a scalar as 1.
func dims(shape []int) string {
	if len(shape) == 0 {
		return "1"
	}
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "x")
}

// thousands writes a count with a comma between groups of three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
