package ir

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/plan"
)

// Emitter collects the steps of one plan while operators lower themselves. It
// makes a buffer when one is first asked for; placing buffers in memory comes
// later, from the lifetimes that the steps imply.
type Emitter struct {
	Batch    int
	Training bool    // whether a backward sweep will follow
	Exact    bool    // leave out algorithms whose rounding errors exceed those of a plain sum
	Cycled   bool    // the momentum is an input of the step
	BF16     bool    // kernels with a form for bf16 will get it
	Tuning   *Tuning // or nil

	plan      *plan.Plan
	layer     string
	phase     plan.Phase
	values    map[*Value]int
	shares    map[*Value][]share
	gradients map[*Value]int
	saved     map[string]int
	tensors   map[string]int // persistent tensors by name
	still     map[int]bool   // frozen tensors, and what was derived from them alone
	needs     map[*Value]bool
	rate      int  // buffer of the learning rate that the updates under way take; None: of the step
	passes    bool // whether forward passes are counted apart from updates
}

// share is what one use of a value adds to its gradient.
type share struct {
	buf   int
	owned bool // nothing else reads the buffer, so the sum may be formed in it
}

// NewEmitter returns an emitter for an empty plan.
func NewEmitter(name string, batch int, training bool) *Emitter {
	return &Emitter{
		Batch: batch, Training: training,
		plan:      &plan.Plan{Name: name, Batch: batch},
		values:    map[*Value]int{},
		shares:    map[*Value][]share{},
		gradients: map[*Value]int{},
		saved:     map[string]int{},
		tensors:   map[string]int{},
		still:     map[int]bool{},
		needs:     map[*Value]bool{},
		rate:      plan.None,
	}
}

// Plan returns the plan under construction.
func (e *Emitter) Plan() *plan.Plan { return e.plan }

// Enter says whose steps follow, and what they are for.
func (e *Emitter) Enter(layer string, phase plan.Phase) { e.layer, e.phase = layer, phase }

// Buffer adds a buffer to the plan.
func (e *Emitter) Buffer(name string, region plan.Region, dtype plan.DType, shape ...int) int {
	e.plan.Bufs = append(e.plan.Bufs, plan.Buf{
		Name: name, DType: dtype, Region: region, Shape: shape, Alias: plan.None,
	})
	return len(e.plan.Bufs) - 1
}

// Bind makes a persistent tensor available to operators under its name.
func (e *Emitter) Bind(t *plan.Tensor) int {
	buf := e.Buffer(t.Name, t.Region, t.DType, t.Shape...)
	e.plan.Bufs[buf].Offset = t.Offset
	e.tensors[t.Name] = buf
	e.still[buf] = t.Frozen
	return buf
}

// Tensor is the buffer of a persistent tensor.
func (e *Emitter) Tensor(name string) int {
	buf, ok := e.tensors[name]
	if !ok {
		panic(fmt.Sprintf("ir: %s asks for tensor %q, which the program does not keep", e.layer, name))
	}
	return buf
}

// Names of the persistent tensor and of the ports that plans share.
const (
	Steps     = "steps"    // finished updates: persistent, I64
	Passes    = "passes"   // finished forward passes, where an update takes several: persistent, I64
	Seed      = "seed"     // of the run: input, I64
	Rate      = "rate"     // learning rate of the step: input, F32
	Momentum  = "momentum" // share of the last update that is kept, where a schedule varies it: input, F32
	Label     = "label"    // class of each image, or of each of its pixels: input, I32
	Target    = "target"   // values that an output should have, in its shape: input, F32
	LossValue = "loss"     // mean over the batch: output, F32
)

// LossOf names the output of a training plan that is one objective's loss, times
// its weight, where there are several.
func LossOf(objective string) string { return LossValue + " of " + objective }

// Input is the buffer of an input bound from outside, added when first asked for.
func (e *Emitter) Input(name string, dtype plan.DType, shape ...int) int {
	for _, p := range e.plan.Inputs {
		if p.Name == name {
			return p.Buf
		}
	}
	buf := e.Buffer(name, plan.Input, dtype, shape...)
	e.plan.Inputs = append(e.plan.Inputs, plan.Port{Name: name, Buf: buf})
	return buf
}

// Rate is the buffer of the learning rate that an update takes.
func (e *Emitter) Rate() int {
	if e.rate != plan.None {
		return e.rate
	}
	return e.Input(Rate, plan.F32, 1)
}

// SetRate makes another buffer the learning rate of the updates that follow;
// None puts the step's back.
func (e *Emitter) SetRate(buf int) { e.rate = buf }

// Momentum is the buffer of the momentum that an update takes; None where it is
// the optimizer's own.
func (e *Emitter) Momentum() int {
	if !e.Cycled {
		return plan.None
	}
	return e.Input(Momentum, plan.F32, 1)
}

// Divide says that a step of training has several runs of the steps so far, and
// one of those that follow.
func (e *Emitter) Divide(parts int) { e.plan.Parts, e.plan.Tail = parts, len(e.plan.Steps) }

// CountPasses says that the forward passes are counted apart from the updates.
func (e *Emitter) CountPasses() { e.passes = true }

// PassNumber is the buffer of the number of this forward pass of the training.
func (e *Emitter) PassNumber() int {
	if e.passes {
		return e.Tensor(Passes)
	}
	return e.Tensor(Steps)
}

// Output makes a buffer readable from outside.
func (e *Emitter) Output(name string, buf int) {
	e.plan.Outputs = append(e.plan.Outputs, plan.Port{Name: name, Buf: buf})
}

// Len is the number of elements of a buffer.
func (e *Emitter) Len(buf int) int { return e.plan.Bufs[buf].Len() }

// Param is the buffer of a parameter; None for a nil one, such as an absent bias.
func (e *Emitter) Param(p *Param) int {
	if p == nil {
		return plan.None
	}
	return e.Tensor(p.Name)
}

// Value is the buffer of a value: N,H,W,C or N,F.
func (e *Emitter) Value(v *Value) int {
	if buf, ok := e.values[v]; ok {
		return buf
	}
	buf := e.Buffer(v.Name, plan.Arena, plan.F32, Storage(e.Batch, v.Shape)...)
	e.values[v] = buf
	return buf
}

// SetValue makes an existing buffer the value's, for inputs bound from outside.
func (e *Emitter) SetValue(v *Value, buf int) { e.values[v] = buf }

// Share lets a value live in the memory of another that holds the same elements.
func (e *Emitter) Share(v, of *Value) { e.values[v] = e.view(v.Name, e.Value(of), v.Shape) }

func (e *Emitter) view(name string, of int, shape Shape) int {
	buf := e.Buffer(name, e.plan.Bufs[of].Region, plan.F32, Storage(e.Batch, shape)...)
	e.plan.Bufs[buf].Alias = of
	return buf
}

// Saved is a buffer that the forward steps of a node leave for its backward
// ones, such as the places of maxima: the same one at every call.
func (e *Emitter) Saved(n *Node, name string, dtype plan.DType, shape ...int) int {
	key := n.Name + "." + name
	if buf, ok := e.saved[key]; ok {
		return buf
	}
	buf := e.Buffer(key, plan.Arena, dtype, shape...)
	e.saved[key] = buf
	return buf
}

// Left is the buffer that Saved made under a name for a node before, if it did.
func (e *Emitter) Left(n *Node, name string) (buf int, ok bool) {
	buf, ok = e.saved[n.Name+"."+name]
	return buf, ok
}

// Temp is a buffer for the steps of one call.
func (e *Emitter) Temp(name string, dtype plan.DType, shape ...int) int {
	buf := e.Buffer(e.layer+"."+name, plan.Arena, dtype, shape...)
	e.plan.Bufs[buf].Work = true
	return buf
}

// Packed runs a kernel that derives another form of parameters, and returns the
// buffer it fills. That happens once, when weights have changed; in training in each
// step, unless the parameters are frozen.
func (e *Emitter) Packed(name string, k plan.Kernel, from ...int) int {
	once := e.lasting(from)
	buf := e.derived(name, k.Operands()[0].Len, once)
	e.derive(once, k, append([]int{buf}, from...)...)
	if once {
		e.still[buf] = true
	}
	return buf
}

// Derived is a buffer for what Derive makes of parameters.
func (e *Emitter) Derived(name string, n int) int { return e.derived(name, n, !e.Training) }

// Derive emits a kernel that derives something of parameters alone: in training in
// each step, else once, when weights have changed.
func (e *Emitter) Derive(k plan.Kernel, args ...int) { e.derive(!e.Training, k, args...) }

// lasting says whether what is derived from the buffers stays the same from step to
// step.
func (e *Emitter) lasting(from []int) bool {
	for _, buf := range from {
		if e.Training && buf != plan.None && !e.still[buf] {
			return false
		}
	}
	return true
}

func (e *Emitter) derived(name string, n int, once bool) int {
	region := plan.Arena
	if once {
		region = plan.Packed
	}
	return e.Buffer(e.layer+"."+name, region, plan.F32, n)
}

func (e *Emitter) derive(once bool, k plan.Kernel, args ...int) {
	step := plan.Step{Layer: e.layer, Phase: plan.Pack, Kernel: k, Args: args}
	if once {
		e.plan.Setup = append(e.plan.Setup, step)
	} else {
		e.plan.Steps = append(e.plan.Steps, step)
	}
}

// Chain is what the steps of a node compute in this plan. Those in bf16 write maps
// as wholes.
func (e *Emitter) Chain(n *Node) Chain {
	c := n.ChainOf(e.Training)
	if e.BF16 && e.Training {
		c.Into = nil
	}
	return c
}

// Out is the buffer of what a chain makes, and the distance of its pixels where
// they lie among those of others; 0 where not.
func (e *Emitter) Out(c Chain) (buf, pitch int) {
	if c.Into == nil {
		return e.Value(c.Out), 0
	}
	whole := e.Value(c.Into.Out)
	shape := e.plan.Bufs[whole].Shape
	pitch = shape[len(shape)-1]
	channels, _ := c.Out.Shape.Channels().Known()
	buf = e.Buffer(c.Out.Name, plan.Arena, plan.F32, e.Len(whole)-pitch+channels)
	e.plan.Bufs[buf].Alias, e.plan.Bufs[buf].Offset = whole, c.At
	e.values[c.Out] = buf
	return buf, pitch
}

// Placed says that a chain has written a value to its place in the join.
func (e *Emitter) Placed(join *Node, v *Value) bool {
	maker := v.Node
	if maker == nil {
		return false
	}
	if head := maker.Within(e.Training); head != nil {
		maker = head
	}
	return e.Chain(maker).Into == join
}

// Addend is the buffer of what a chain adds; None for none.
func (e *Emitter) Addend(c Chain) int {
	if c.Sum == nil {
		return plan.None
	}
	return e.Value(c.Sum)
}

// Step emits a kernel on buffers, in the order of its operands.
func (e *Emitter) Step(k plan.Kernel, args ...int) { e.Compute(0, k, args...) }

// Compute is Step for a kernel that does so many multiplications an image.
func (e *Emitter) Compute(macs int64, k plan.Kernel, args ...int) {
	e.plan.Steps = append(e.plan.Steps, plan.Step{
		Layer: e.layer, Phase: e.phase, Kernel: k, Args: args, MACs: Mul(macs, int64(e.Batch)),
	})
}

// Gradient is the buffer of the loss's derivative by a value, complete when the
// node that made the value runs its Grad.
func (e *Emitter) Gradient(v *Value) int {
	buf, ok := e.gradients[v]
	if !ok {
		panic(fmt.Sprintf("ir: gradient of %s asked for before its uses gave theirs", v.Name))
	}
	return buf
}

// Contribute returns a buffer for what one use of the value adds to its
// gradient; None when nothing upstream is trained.
func (e *Emitter) Contribute(v *Value) int {
	if !e.needs[v] {
		return plan.None
	}
	name := "d_" + v.Name
	if n := len(e.shares[v]); n > 0 {
		name = fmt.Sprintf("d%d_%s", n+1, v.Name)
	}
	buf := e.Buffer(name, plan.Arena, plan.F32, Storage(e.Batch, v.Shape)...)
	e.shares[v] = append(e.shares[v], share{buf, true})
	return buf
}

// Pass makes the gradient of a value one use's contribution to another of the
// same elements, without copying it.
func (e *Emitter) Pass(v *Value, from *Value) {
	if e.needs[v] {
		e.PassBuffer(v, e.Gradient(from))
	}
}

// PassBuffer is Pass for a buffer that is no value's gradient.
func (e *Emitter) PassBuffer(v *Value, from int) {
	if e.needs[v] {
		buf := e.view("d_"+v.Name, from, v.Shape)
		e.shares[v] = append(e.shares[v], share{buf, false})
	}
}

// Need says that the gradient of a value leads to something trained.
func (e *Emitter) Need(v *Value) { e.needs[v] = true }

// Needed reports whether Need was said of the value.
func (e *Emitter) Needed(v *Value) bool { return e.needs[v] }

// Collect completes the gradient of a value from the contributions so far by
// adding them in order, and reports whether there were any. add makes the
// kernel that adds so many elements.
func (e *Emitter) Collect(v *Value, add func(n int) plan.Kernel) bool {
	shares := e.shares[v]
	if len(shares) == 0 {
		return false
	}
	sum := shares[0]
	for _, s := range shares[1:] {
		into := sum.buf
		if !sum.owned {
			into = e.Buffer("sum_"+v.Name, plan.Arena, plan.F32, Storage(e.Batch, v.Shape)...)
		}
		e.Step(add(e.plan.Bufs[into].Len()), into, sum.buf, s.buf)
		sum = share{into, true}
	}
	e.gradients[v] = sum.buf
	return true
}

// SetGradientOf makes another buffer the gradient that the update of a parameter
// takes.
func (e *Emitter) SetGradientOf(p *Param, buf int) { e.saved[gradientKey(p)] = buf }

func gradientKey(p *Param) string { return p.Node.Name + ".d_" + p.Name[len(p.Node.Name)+1:] }

// GradientOf is the buffer of the loss's derivative by a parameter; None for a
// nil or frozen one.
func (e *Emitter) GradientOf(p *Param) int {
	if p == nil || p.Frozen || p.Role != Trained {
		return plan.None
	}
	return e.Saved(p.Node, "d_"+p.Name[len(p.Node.Name)+1:], plan.F32, p.Shape...)
}
