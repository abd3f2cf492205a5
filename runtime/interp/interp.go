// Package interp runs a plan without compiling it: it binds the buffers of a
// program to memory once and then calls the kernels in order.
//
// Input: a plan.Program and a pool of workers. Output: a Machine whose memory
// holds the results.
//
// Invariants: Run does not allocate. The memory offsets and the order of the
// kernels are the plan's, so generated code computes the same bits. What Setup
// steps derive from the weights is never older than the weights, as long as
// whoever writes weights from outside calls Refresh.
package interp

import (
	"fmt"
	"time"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Machine is a program bound to memory. Its methods, and those of its plans,
// must not be called at the same time.
type Machine struct {
	Train *Bound // nil when the program has no training plan
	Infer *Bound // nil when the program has no inference plan

	init    *Bound
	pool    *par.Pool
	shared  [plan.NumRegions][]float32 // all but Input
	tensors []Tensor
	version uint64 // counts changes of the Weights, State and Packed regions
}

// Tensor is a persistent tensor and its memory.
type Tensor struct {
	plan.Tensor
	View plan.View
}

// Bound is one plan bound to memory.
type Bound struct {
	m       *Machine
	plan    *plan.Plan
	views   []plan.View // by buffer
	setup   []call
	steps   []call
	changes bool   // whether steps write regions that outlive them
	fresh   uint64 // the machine's version that setup has seen
	part    int    // runs since the plan's tail ran, where it has one
}

// call is a kernel with its arguments, ready to run.
type call struct {
	kernel plan.Kernel
	args   []plan.View
}

// New verifies the program, allocates its memory, all zero, and reserves
// scratch memory in the pool. The pool stays the caller's to close. Weights are
// not set before Init is called or the memory of Tensors is written.
func New(prog *plan.Program, pool *par.Pool) (*Machine, error) {
	if err := plan.Verify(prog); err != nil {
		return nil, err
	}
	m := &Machine{pool: pool, version: 1}
	for _, r := range []plan.Region{plan.Weights, plan.State, plan.Packed} {
		m.shared[r] = plan.Alloc(prog.Words(r))
	}
	for _, t := range prog.Tensors {
		m.tensors = append(m.tensors, Tensor{Tensor: t, View: t.View(m.shared[t.Region])})
	}
	arena := 0 // the plans run one at a time
	for _, p := range []*plan.Plan{prog.Init, prog.Train, prog.Infer} {
		if p != nil {
			arena = max(arena, p.Words[plan.Arena])
		}
	}
	m.shared[plan.Arena] = plan.Alloc(arena)
	m.init = m.bind(prog.Init)
	m.Train = m.bind(prog.Train)
	m.Infer = m.bind(prog.Infer)
	return m, nil
}

// bind gives a plan memory for its inputs and its share of the machine's.
func (m *Machine) bind(p *plan.Plan) *Bound {
	if p == nil {
		return nil
	}
	m.pool.Reserve(p.Scratch)
	regions := m.shared
	regions[plan.Input] = plan.Alloc(p.Words[plan.Input])
	b := &Bound{m: m, plan: p, views: make([]plan.View, len(p.Bufs))}
	for i := range p.Bufs {
		b.views[i] = p.Bufs[i].View(regions[p.Bufs[i].Region])
	}
	b.setup = b.calls(p.Setup)
	b.steps = b.calls(p.Steps)
	b.changes = writesShared(p)
	return b
}

// calls is the steps with their arguments looked up.
func (b *Bound) calls(steps []plan.Step) []call {
	cs := make([]call, len(steps))
	for i, s := range steps {
		args := make([]plan.View, len(s.Args))
		for j, a := range s.Args {
			if a != plan.None {
				args[j] = b.views[a]
			}
		}
		cs[i] = call{s.Kernel, args}
	}
	return cs
}

// writesShared says whether the steps of a plan write memory that other plans
// see, and so may make their derived weights stale.
func writesShared(p *plan.Plan) bool {
	for _, s := range p.Steps {
		ops := s.Kernel.Operands()
		for j, a := range s.Args {
			if a == plan.None || ops[j].Access == plan.Read {
				continue
			}
			if r := p.Bufs[a].Region; r != plan.Arena && r != plan.Input {
				return true
			}
		}
	}
	return false
}

// Init sets every tensor from a seed: the same seed gives the same bits at any
// number of threads.
func (m *Machine) Init(seed int64) {
	if in := m.init.Input("seed"); in.I64 != nil {
		in.I64[0] = seed
	}
	m.init.Run()
	if m.Train != nil {
		m.Train.part = 0
	}
}

// Refresh must be called after weights were written from outside, through the
// memory of Tensors; Init and training do so themselves. What each plan derives
// from the weights is derived again before its next Run.
func (m *Machine) Refresh() { m.version++ }

// Tensors is the persistent tensors in the order of the program. Their memory
// is the machine's own: writing to it changes the weights, and Refresh must
// then be called.
func (m *Machine) Tensors() []Tensor { return m.tensors }

// Batch is the number of images the plan works on.
func (b *Bound) Batch() int { return b.plan.Batch }

// Plan is the plan itself, for listings and timings. It must not be changed.
func (b *Bound) Plan() *plan.Plan { return b.plan }

// Input is the memory to fill before Run. It is the zero View when the plan has
// no input of this name.
func (b *Bound) Input(name string) plan.View { return b.port(b.plan.Inputs, name) }

// Output is the memory that holds a result after Run and until the next Run of
// any plan, for plans share the memory. It is the zero View when the plan has no output of this name.
func (b *Bound) Output(name string) plan.View { return b.port(b.plan.Outputs, name) }

func (b *Bound) port(ports []plan.Port, name string) plan.View {
	for _, p := range ports {
		if p.Name == name {
			return b.views[p.Buf]
		}
	}
	return plan.View{}
}

// Run runs the steps of the plan, and before them its Setup where the weights
// have changed since. Where several runs make a step of training, the plan's
// tail runs in the last of them.
func (b *Bound) Run() {
	b.prepare()
	for i := range b.due() {
		c := &b.steps[i]
		c.kernel.Call(b.m.pool, c.args)
	}
	b.finish()
}

// due counts the run, and is the number of steps that it has.
func (b *Bound) due() int {
	if b.plan.Parts <= 1 {
		return len(b.steps)
	}
	if b.part++; b.part < b.plan.Parts {
		return b.plan.Tail
	}
	b.part = 0
	return len(b.steps)
}

// Parts is how many runs make a step of training.
func (b *Bound) Parts() int { return max(1, b.plan.Parts) }

// RunTimed is Run, and adds to durations[i] the time of step i of the plan. It
// panics unless there is one duration for each step. Setup is not timed.
func (b *Bound) RunTimed(durations []time.Duration) {
	if len(durations) != len(b.steps) {
		panic(fmt.Sprintf("interp: %d durations for the %d steps of plan %s", len(durations), len(b.steps), b.plan.Name))
	}
	b.prepare()
	last := time.Now()
	for i := range b.due() {
		c := &b.steps[i]
		c.kernel.Call(b.m.pool, c.args)
		now := time.Now()
		durations[i] += now.Sub(last)
		last = now
	}
	b.finish()
}

// prepare runs Setup unless what it derived is still valid.
func (b *Bound) prepare() {
	if b.fresh == b.m.version || len(b.setup) == 0 {
		return
	}
	for i := range b.setup {
		c := &b.setup[i]
		c.kernel.Call(b.m.pool, c.args)
	}
	// The plans share the Packed region, so what another one derived is gone.
	b.m.version++
	b.fresh = b.m.version
}

// finish notes that the weights have changed. The plan's own Setup stays valid
// if it was: Verify has shown that it reads nothing the steps write.
func (b *Bound) finish() {
	if !b.changes {
		return
	}
	b.m.version++
	b.fresh = b.m.version
}
