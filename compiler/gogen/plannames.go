package gogen

import (
	"fmt"
	"reflect"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/runtime/plan"
)

// planNames is a plan with a Go name for everything in it.
type planNames struct {
	*plan.Plan
	typ    string // the struct of its buffers
	field  string // of the model's type
	verb   string // Infer, Train: what its methods' names end in
	bufs   []string
	shapes []jen.Code // variables for geometry that kernels of a layer share
	setup  []kernelName
	steps  []kernelName
	inputs []input
	batch  string // the constant for its batch
	parts  string // the constant for its parts; empty where it has one
}

// kernelName is a package-level variable that holds a kernel.
type kernelName struct {
	name string
	lit  *jen.Statement
}

// inputKind says where an input comes from.
type inputKind uint8

const (
	argument inputKind = iota // a slice of the caller's
	rate                      // the learning rate, a number
	momentum                  // what the update keeps of the last one, a number
	seed                      // the seed that New was given
)

// input is an input port and the parameter that fills it.
type input struct {
	kind  inputKind
	buf   int
	param string
}

// nameAll chooses the names of the file, in the order a reader meets them.
func (g *generator) nameAll() error {
	taken := newScope("pool", "weights", "state", "packed", "seed", "train", "infer", "trainReady", "inferReady", "init", "part", "updateTrain", "average")
	for _, verb := range []string{"Infer", "Train"} {
		for _, method := range []string{"bind", "setup", "run"} {
			taken[method+verb] = true
		}
	}
	for i := range g.prog.Tensors {
		g.tensors[g.prog.Tensors[i].Name] = taken.add(ident(g.prog.Tensors[i].Name))
	}
	g.newName = g.top.add(g.qualified("New"))
	var err error
	if g.infer, err = g.namePlan(g.prog.Infer, "Infer"); err != nil {
		return err
	}
	if g.train, err = g.namePlan(g.prog.Train, "Train"); err != nil {
		return err
	}
	g.init, err = g.namePlan(g.prog.Init, "Init")
	return err
}

// qualified is a package-level name, with the model's in it where asked for.
func (g *generator) qualified(name string) string {
	switch {
	case !g.opt.Qualify:
		return name
	case name == "New":
		return name + g.typ
	case name[0] >= 'a':
		return ident(g.typ) + upperFirst(name)
	}
	return g.typ + name
}

// namePlan chooses the names of one plan; nil for none.
func (g *generator) namePlan(p *plan.Plan, verb string) (*planNames, error) {
	if p == nil {
		return nil, nil
	}
	n := &planNames{
		Plan:  p,
		verb:  verb,
		field: lowerFirst(verb),
		bufs:  make([]string, len(p.Bufs)),
	}
	if verb != "Init" {
		n.typ = g.top.add(g.qualified(n.field + "Plan"))
	}
	fields := scope{}
	if verb == "Init" {
		fields = n.initScope()
	}
	for i, used := range usedBufs(p) {
		if b := &p.Bufs[i]; used && !isTensor(b) {
			n.bufs[i] = fields.add(ident(b.Name))
		}
	}
	if err := n.nameInputs(); err != nil {
		return nil, fmt.Errorf("plan %s: %w", p.Name, err)
	}
	shapes := g.nameShapes(n)
	for _, list := range []struct {
		steps []plan.Step
		names *[]kernelName
	}{{p.Setup, &n.setup}, {p.Steps, &n.steps}} {
		for i := range list.steps {
			k, err := g.nameKernel(n, &list.steps[i], shapes)
			if err != nil {
				return nil, fmt.Errorf("plan %s: step %d (%s): %w", p.Name, i, list.steps[i].Layer, err)
			}
			*list.names = append(*list.names, k)
		}
	}
	return n, nil
}

// initScope is the names that the variables of init must not hide.
func (n *planNames) initScope() scope {
	s := newScope("m", "seed", "arena", "math", "plan")
	for i := range n.Steps {
		s[packageName(reflect.TypeOf(n.Steps[i].Kernel))] = true
	}
	return s
}

// isTensor says whether a buffer is a persistent tensor as a whole, which the
// plans share.
func isTensor(b *plan.Buf) bool {
	return b.Alias == plan.None && (b.Region == plan.Weights || b.Region == plan.State)
}

func (g *generator) nameKernel(n *planNames, s *plan.Step, shapes shapeNames) (kernelName, error) {
	lit, err := kernelLit(s.Kernel, shapes.of(s.Layer))
	if err != nil {
		return kernelName{}, err
	}
	t := reflect.TypeOf(s.Kernel).Elem()
	g.file.ImportName(t.PkgPath(), packageName(t))
	if n.verb == "Init" {
		return kernelName{lit: lit}, nil // written where it is called
	}
	name := g.qualified(n.field + kernelIdent(n.subject(s), t.Name()))
	return kernelName{name: g.top.add(name), lit: lit}, nil
}

// subject is what a step is about: its layer or, for an update, the tensor that
// it changes.
func (n *planNames) subject(s *plan.Step) string {
	switch s.Phase {
	case plan.Update:
	case plan.Recompute:
		return s.Layer + "_again"
	default:
		return s.Layer
	}
	for i, op := range s.Kernel.Operands() {
		if a := s.Args[i]; a != plan.None && op.Access != plan.Read && n.Bufs[a].Region == plan.Weights {
			return n.Bufs[a].Name
		}
	}
	return s.Layer
}

// bodyScope is the names that parameters and results of Forward and Step must not
// hide from what their bodies call.
func bodyScope() scope {
	return newScope("m", "t", "n", "len", "copy", "clear", "panic", "fmt", "par", "plan")
}

// nameInputs finds out how each input of the plan is filled, and refuses those
// that no parameter of the generated methods could fill.
func (n *planNames) nameInputs() error {
	params := bodyScope()
	params["rate"], params["momentum"] = true, true
	for _, port := range n.Inputs {
		b := &n.Bufs[port.Buf]
		in := input{buf: port.Buf}
		switch {
		case n.verb != "Infer" && port.Name == "seed" && b.DType == plan.I64 && b.Len() == 1:
			in.kind, in.param = seed, "seed"
		case n.verb == "Train" && port.Name == "rate" && b.DType == plan.F32 && b.Len() == 1:
			in.kind, in.param = rate, "rate"
		case n.verb == "Train" && port.Name == "momentum" && b.DType == plan.F32 && b.Len() == 1:
			in.kind, in.param = momentum, "momentum"
		case n.verb != "Init" && n.divided(port.Buf) && b.DType != plan.I64:
			in.param = params.add(plural(ident(port.Name)))
		default:
			return fmt.Errorf("input %s: %s %v; expected %s", port.Name, b.DType, b.Shape, n.inputsAllowed())
		}
		n.inputs = append(n.inputs, in)
	}
	if n.verb == "Infer" && (len(n.inputs) == 0 || len(n.Outputs) == 0) {
		return fmt.Errorf("%d inputs and %d outputs; expected at least one of each", len(n.inputs), len(n.Outputs))
	}
	return nil
}

func (n *planNames) inputsAllowed() string {
	switch n.verb {
	case "Init":
		return "only seed (i64 [1])"
	case "Train":
		return fmt.Sprintf("rate or momentum (f32 [1]), seed (i64 [1]) or f32 or i32 data for a batch of %d", n.Batch)
	}
	return fmt.Sprintf("f32 or i32 data for a batch of %d", n.Batch)
}

// fields is the buffers that have a name in the plan's struct, inputs first.
func (n *planNames) fields() []int {
	var first, rest []int
	for i, name := range n.bufs {
		switch {
		case name == "":
		case n.Bufs[i].Region == plan.Input && n.Bufs[i].Alias == plan.None:
			first = append(first, i)
		default:
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// has says whether some input of the plan is of a kind.
func (n *planNames) has(kind inputKind) bool {
	for _, in := range n.inputs {
		if in.kind == kind {
			return true
		}
	}
	return false
}

// arguments is the inputs that are slices of the caller's.
func (n *planNames) arguments() []input {
	var args []input
	for _, in := range n.inputs {
		if in.kind == argument {
			args = append(args, in)
		}
	}
	return args
}

// divided says whether a buffer holds the same amount for each image.
func (n *planNames) divided(buf int) bool {
	b := &n.Bufs[buf]
	return len(b.Shape) > 0 && b.Shape[0] == n.Batch
}

// perImage is the number of elements of a divided buffer for each image.
func (n *planNames) perImage(buf int) int { return n.Bufs[buf].Len() / n.Batch }

// lossPort is the buffer of the output named loss, or None.
func (n *planNames) lossPort() int {
	for _, out := range n.Outputs {
		if b := &n.Bufs[out.Buf]; out.Name == "loss" && b.DType == plan.F32 && b.Len() == 1 {
			return out.Buf
		}
	}
	return plan.None
}
