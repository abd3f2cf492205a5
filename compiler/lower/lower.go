// Package lower turns a graph into plans: the forward steps of each node, the
// reverse sweep, the optimizer's updates, and the place of every buffer.
//
// Input: a graph after all passes, and what to train it for. Output: a
// plan.Program that satisfies plan.Verify.
//
// Invariants: all plans of a program agree on where the persistent tensors lie;
// the same graph and options give the same program.
package lower

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/rng"
)

// Options say which plans to make.
type Options struct {
	Batch      int             // images a step, in every plan
	Objectives []*ir.Objective // what to train for; none for inference only
	Method     *ir.Method      // how; nil for inference only
	Gradients  bool            // make the gradient of each parameter and input an output of the training plan
	Exact      bool            // convolutions by plain sums only: slower, with smaller rounding errors
	BF16       bool            // training multiplies and stores activations in bf16

	// Tuning chooses algorithms; nil for estimates. Exact goes before it.
	Tuning *ir.Tuning

	// MemoryLimit bounds the bytes of the training plan, all regions together, by
	// computing again in the backward sweep what it would else keep; 0: no bound.
	MemoryLimit int64

	// From is a value that the training plan gets as its input named Cached,
	// instead of computing it; the inference plan then has it as an output of that
	// name. nil: the training plan begins at the images. Nothing below may read
	// what is above it by another way.
	From *ir.Value

	above map[*ir.Node]bool // the nodes that compute From
}

// Cached is the port of Options.From: no name of the language.
const Cached = "cached value"

// Program lowers a graph. It fails when the buffers would not fit in an address
// space, or when the graph has sizes that are still symbolic.
func Program(g *ir.Graph, opt Options) (*plan.Program, error) {
	if opt.Batch < 1 {
		return nil, fmt.Errorf("batch %d: must be at least 1", opt.Batch)
	}
	for _, n := range g.Nodes {
		elems, ok := n.Out.Shape.Elems()
		if !ok {
			return nil, fmt.Errorf("%s: the shape %s of %s is not all numbers; give the input's size", g.Name, n.Out.Shape, n.Name)
		}
		// Checked before any kernel computes with sizes, which could leave int.
		if words := ir.Mul(int64(opt.Batch), elems); words > maxWords {
			return nil, fmt.Errorf("%s: the output of %s would take more than %d GiB for a batch of %d; reduce the batch or the input's size",
				g.Name, n.Name, maxWords>>28, opt.Batch)
		}
	}
	tensors, words := layout(g, opt.Method)
	if opt.From != nil {
		opt.above = map[*ir.Node]bool{}
		for _, n := range ir.Above(opt.From) {
			opt.above[n] = true
		}
	}
	p := &plan.Program{Model: g.Name, Tensors: tensors, Renames: g.Renames}
	if opt.Tuning != nil {
		p.Tuning = opt.Tuning.Digest
	}
	type part struct {
		into **plan.Plan
		emit func(*ir.Graph, *ir.Emitter, Options)
		name string
		on   bool
	}
	for _, m := range []part{
		{&p.Init, initPlan, "init", true},
		{&p.Train, trainPlan, "train", opt.Method != nil},
		{&p.Infer, inferPlan, "infer", true},
	} {
		if !m.on {
			continue
		}
		e := ir.NewEmitter(m.name, opt.Batch, m.into == &p.Train)
		e.Exact, e.BF16, e.Tuning = opt.Exact, opt.BF16 && m.into == &p.Train, opt.Tuning
		if m := opt.Method; m != nil && m.Cycled {
			e.Cycled = true
		}
		if opt.parts() > 1 {
			e.CountPasses()
		}
		for i := range tensors {
			e.Bind(&tensors[i])
		}
		m.emit(g, e, opt)
		pl := e.Plan()
		if opt.BF16 && m.into == &p.Train {
			halve(pl)
		}
		prune(pl)
		pl.Words = words
		var err error
		if opt.MemoryLimit > 0 && m.into == &p.Train {
			pl, err = within(pl, opt.MemoryLimit)
		} else {
			err = place(pl)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name, err)
		}
		*m.into = pl
	}
	return p, nil
}

// layout gives every persistent tensor its place.
func layout(g *ir.Graph, method *ir.Method) (tensors []plan.Tensor, words [plan.NumRegions]int) {
	add := func(t plan.Tensor) {
		t.Offset = words[t.Region]
		words[t.Region] = align(t.Offset + t.DType.Words(t.Len()))
		tensors = append(tensors, t)
	}
	for _, p := range g.Params() {
		kind := plan.Param
		if p.Role != ir.Trained {
			kind = plan.Buffer
		}
		add(plan.Tensor{Name: p.Name, Kind: kind, Region: plan.Weights, Shape: p.Shape, Frozen: p.Frozen})
	}
	if method == nil {
		return tensors, words
	}
	for _, p := range g.Params() {
		if p.Role != ir.Trained || p.Frozen {
			continue
		}
		for _, m := range method.Optimizer.Moments(method.Attrs) {
			add(plan.Tensor{Name: ir.Tensor(p, m), Kind: plan.Moment, Region: plan.State, Shape: p.Shape})
		}
	}
	for _, p := range g.Params() {
		if method.Parts > 1 && p.Role == ir.Trained && !p.Frozen {
			add(plan.Tensor{Name: ir.Tensor(p, gathered), Kind: plan.Moment, Region: plan.State, Shape: p.Shape})
		}
	}
	for _, p := range g.Params() {
		if method.Averages(p) {
			add(plan.Tensor{Name: plan.AverageOf(p.Name), Kind: plan.Average, Region: plan.State, Shape: p.Shape})
		}
	}
	count := func(name string) {
		add(plan.Tensor{Name: name, Kind: plan.Count, DType: plan.I64, Region: plan.State, Shape: []int{1}})
	}
	count(ir.Steps)
	if method.Parts > 1 {
		count(ir.Passes)
	}
	return tensors, words
}

// gathered is the tensor of a parameter that adds up the gradients of a step.
const gathered = "gradient"

// parts is the number of backward sweeps that make a step.
func (o *Options) parts() int {
	if o.Method == nil {
		return 1
	}
	return max(1, o.Method.Parts)
}

func align(words int) int { return (words + plan.Align - 1) / plan.Align * plan.Align }

// initPlan sets every persistent tensor from the seed.
func initPlan(g *ir.Graph, e *ir.Emitter, opt Options) {
	for _, p := range g.Params() {
		e.Enter(p.Node.Name, plan.Initialise)
		fill(e, p)
	}
	if opt.Method == nil {
		return
	}
	for _, p := range g.Params() {
		if p.Role != ir.Trained || p.Frozen {
			continue
		}
		e.Enter(p.Node.Name, plan.Initialise)
		moments := opt.Method.Optimizer.Moments(opt.Method.Attrs)
		if opt.parts() > 1 {
			moments = append(slices.Clip(moments), gathered)
		}
		for _, m := range moments {
			e.Step(&kernel.FillConstant{Len: int(p.Len())}, e.Tensor(ir.Tensor(p, m)), e.Input(ir.Seed, plan.I64, 1))
		}
	}
	for _, p := range g.Params() {
		if opt.Method.Averages(p) {
			e.Enter(p.Node.Name, plan.Initialise)
			e.Step(&kernel.Copy{Len: int(p.Len())}, e.Tensor(plan.AverageOf(p.Name)), e.Param(p))
		}
	}
	e.Enter(ir.Steps, plan.Initialise)
	e.Step(&kernel.Zero{}, e.Tensor(ir.Steps))
	if opt.parts() > 1 {
		e.Enter(ir.Passes, plan.Initialise)
		e.Step(&kernel.Zero{}, e.Tensor(ir.Passes))
	}
}

func fill(e *ir.Emitter, p *ir.Param) {
	n, stream, seed := int(p.Len()), rng.Stream(p.Name), e.Input(ir.Seed, plan.I64, 1)
	switch p.Init.Rule {
	case ir.Constant:
		e.Step(&kernel.FillConstant{Len: n, Value: float32(p.Init.Value)}, e.Param(p), seed)
	case ir.He:
		e.Step(&kernel.FillNormal{Len: n, Std: he(p.Init.FanIn), Stream: stream}, e.Param(p), seed)
	case ir.LeCun:
		e.Step(&kernel.FillNormal{Len: n, Std: lecun(p.Init.FanIn), Stream: stream}, e.Param(p), seed)
	case ir.Normal:
		e.Step(&kernel.FillNormal{Len: n, Std: float32(p.Init.Value), Stream: stream}, e.Param(p), seed)
	case ir.Glorot:
		e.Step(&kernel.FillUniform{Len: n, Bound: glorot(p.Init.FanIn, p.Init.FanOut), Stream: stream}, e.Param(p), seed)
	case ir.Uniform:
		e.Step(&kernel.FillUniform{Len: n, Bound: float32(p.Init.Value), Stream: stream}, e.Param(p), seed)
	case ir.Digits:
		e.Step(&kernel.FillDigits{}, e.Param(p), seed)
	default:
		panic(fmt.Sprintf("lower: %s has initialisation rule %d after all passes", p.Name, p.Init.Rule))
	}
}

// forward emits the nodes in order; in training those below Options.From.
func forward(g *ir.Graph, e *ir.Emitter, opt Options, training bool) {
	if training && opt.From != nil {
		e.SetValue(opt.From, e.Input(Cached, plan.F32, ir.Storage(e.Batch, opt.From.Shape)...))
	} else {
		for _, v := range g.Inputs {
			e.SetValue(v, e.Input(inputPort(v.Name), plan.F32, ir.Storage(e.Batch, v.Shape)...))
		}
	}
	for _, n := range g.Nodes {
		if n.Training && !training || training && opt.above[n] || n.Within(training) != nil {
			continue
		}
		e.Enter(n.Name, plan.Forward)
		n.Op.Lower(e, n)
	}
}

// inputPort is the port of an input of the graph: its name, unless plans have a
// port of that name for something else.
func inputPort(name string) string {
	switch name {
	case ir.Label, ir.Target, ir.Rate, ir.Momentum, ir.Seed:
		return name + "_image"
	}
	return name
}

// losses emits the objectives, and their sum in order.
func losses(e *ir.Emitter, objectives []*ir.Objective) {
	sum := plan.None
	for i, o := range objectives {
		e.Enter(o.Loss.Name, plan.Loss)
		loss := o.Loss.Lower(e, o)
		if len(objectives) > 1 {
			e.Output(ir.LossOf(o.Name), loss)
		}
		switch i {
		case 0:
			sum = loss
		case 1:
			first := sum
			sum = e.Temp("sum", plan.F32, 1)
			e.Step(&kernel.Add{Len: 1}, sum, first, loss)
		default:
			e.Step(&kernel.Add{Len: 1}, sum, sum, loss)
		}
	}
	if sum != plan.None {
		e.Output(ir.LossValue, sum)
	}
}

func inferPlan(g *ir.Graph, e *ir.Emitter, opt Options) {
	forward(g, e, opt, false)
	for _, o := range g.Outputs {
		e.Output(o.Name, e.Value(o.Value))
	}
	if opt.From != nil {
		e.Output(Cached, e.Value(opt.From))
	}
}

func trainPlan(g *ir.Graph, e *ir.Emitter, opt Options) {
	if opt.Gradients {
		for _, v := range g.Inputs {
			e.Need(v)
		}
	}
	need(g, e)
	forward(g, e, opt, true)
	losses(e, opt.Objectives)
	for _, o := range g.Outputs {
		if opt.From == nil || o.Value == opt.From || !opt.above[o.Value.Node] {
			e.Output(o.Name, e.Value(o.Value))
		}
	}
	backward(g, e, opt)
	average(g, e, opt)
	e.Enter(ir.Steps, plan.Update)
	e.Step(&kernel.Count{}, e.Tensor(ir.Steps))
}

// need marks the values whose gradient leads to something trained.
func need(g *ir.Graph, e *ir.Emitter) {
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			if p.Role == ir.Trained && !p.Frozen {
				e.Need(n.Out)
			}
		}
		for _, v := range n.In {
			if e.Needed(v) {
				e.Need(n.Out)
			}
		}
	}
}
