package ir

import (
	"github.com/netc-lang/netc/dsl/diag"
)

// Op is an operator: everything the compiler knows of it, in one place.
type Op struct {
	Name   string // the word in a .net file
	Doc    string // what it computes, in a sentence
	Source string // the paper or standard it follows

	// New returns a pointer to the attributes with their defaults. The struct's
	// tags drive decoding, diagnostics, completion and the language reference;
	// see Attribute for their form.
	New func() any

	// Infer returns the output's shape and declares the parameters, or reports
	// why it cannot be and returns nil. It may complete the attributes.
	Infer func(*Context) Shape

	MACs   func(*Node) int64  // multiplications per image; nil for none
	FLOPs  func(*Node) int64  // every scalar operation per image, 2 per MAC
	Window func(*Node) Window // what one output sees; nil for the same position of each input

	// Follows says how weights in front of this activation are initialised;
	// Constant when the operator is no activation.
	Follows Rule

	// Lower emits the forward steps, Grad the backward ones: given Gradient of
	// the output it writes Contribute of each input and GradientOf each parameter.
	Lower func(*Emitter, *Node)
	Grad  func(*Emitter, *Node)

	// Part is what the operator can be in a chain; 0 for none. Fuses are the parts
	// that its Lower and Grad take along where it heads one.
	Part, Fuses Parts

	// Flattens says that the operator writes a map out as a vector, Reorders that its
	// steps can read one whose Mapped is set.
	Flattens, Reorders bool

	// Pools says whether the steps of a node with this operator, the head of a
	// chain, can do the work of a node that pools; nil for never.
	Pools func(head, pool *Node) bool

	// Splits says in which modes the operator's steps can write a chain's output
	// among the channels of a joined map. Concats says that the output's channels are
	// those of the inputs, one behind another.
	Splits  Modes
	Concats bool

	// Leaves says that Lower can take the mean and the squares of each block of its
	// output for the moments of a normalisation, Moments that it is such a one.
	Leaves, Moments bool

	// Joins says that it reads several values, two or more: the branches of a
	// parallel, or what a combinator joins.
	Joins bool

	// Weighs says that its result is its first input with elements multiplied by
	// factors: still what the layer in front of it made.
	Weighs bool

	// Random says that it draws numbers in training, so that the same input gives
	// another output each time.
	Random bool

	// Examples are bodies of models, each in a 4×8×8 input, over which the table
	// tests run everything that can be asked of an operator. Those of one that
	// joins are its branches, with | between them.
	Examples []string
}

// Window says what one position of the output sees, by rows and columns: the
// input's positions x with
//
//	Stride·i + Start ≤ Rise·x < Stride·i + Start + Extent
//
// for position i, as if the input had no border. Stride/Rise is so the step on
// the input from one position of the output to the next; taps that a dilation
// leaves out count as seen.
type Window struct {
	Extent [2]int
	Stride [2]int // 0: every output sees the whole input, or how much is not known before the input's size
	Start  [2]int // what padding in front makes negative
	Rise   [2]int // by how much the map grows before windows are taken of it; 0 counts as 1
}

// Loss is a training objective on one output.
type Loss struct {
	Name   string
	Doc    string
	Source string
	New    func() any

	// Labels is whether outputs are compared with classes, as the attributes
	// say; else, and where it is nil, it is with values of their own shape.
	Labels func(attrs any) bool

	// Check reports settings that do not go together, and outputs of a known
	// shape that the loss cannot work on.
	Check func(c *Context, attrs any, on *Value)

	// Lower emits the loss times the objective's weight, and its derivative to
	// Contribute of the output. It returns the buffer of the loss.
	Lower func(*Emitter, *Objective) int
}

// Objective is a loss applied in a recipe.
type Objective struct {
	Name   string // what a report calls it among others: "cross_entropy on logits", "aux1"
	Loss   *Loss
	Attrs  any
	On     *Value
	Weight float64
}

// Labelled reports whether the objective compares its output with classes.
func (o *Objective) Labelled() bool { return o.Loss.Labels != nil && o.Loss.Labels(o.Attrs) }

// Optimizer is an update rule.
type Optimizer struct {
	Name    string
	Doc     string
	Source  string
	New     func() any
	Check   func(c *Context, attrs any) // reports settings that do not go together; may be nil
	Moments func(attrs any) []string    // names of the state tensors kept for each parameter, whatever the group
	Lower   func(e *Emitter, attrs any, p *Param)
	Rate    func(attrs any) float64 // the base learning rate

	// Momentum is the setting that a schedule may vary, and which Lower then
	// takes from Momentum of the emitter; nil for none. 0 means that the
	// optimizer keeps no such average.
	Momentum func(attrs any) float64
}

// Method is an optimizer applied in a recipe. Parameters are told by name, so
// that a method applies to every graph of the same model.
type Method struct {
	Optimizer *Optimizer
	Attrs     any
	Clip      Clip
	Frozen    map[string]bool  // parameters and statistics that training leaves as they are
	Groups    map[string]Group // parameters with settings of their own
	Average   float64          // share of the averages of the weights that a step keeps; 0: none are kept
	Parts     int              // backward sweeps whose gradients make one update; 0 or 1: one
	Cycled    bool             // the momentum is an input of each step, and not the optimizer's own
}

// Group is what differs for some parameters.
type Group struct {
	Rate  float64 // factor of the learning rate
	Attrs any     // the optimizer's attributes
}

// Of is the settings of a parameter.
func (m *Method) Of(p *Param) Group {
	if g, ok := m.Groups[p.Name]; ok {
		return g
	}
	return Group{1, m.Attrs}
}

// Averages reports whether a step keeps an average of the tensor.
func (m *Method) Averages(p *Param) bool { return m.Average > 0 && !p.Frozen }

// Clip bounds the gradients before the optimizer sees them. At most one of its
// bounds is not 0.
type Clip struct {
	Norm  float64 // of all gradients together
	Value float64 // of each element
}

// Context is what an operator, loss or optimizer may ask while it is checked.
type Context struct {
	Node *Node // nil for what is no node

	call   diag.Span
	args   map[string]diag.Span
	report func(*diag.Diagnostic)
}

// NewContext returns a context for something that is no node of a graph.
func NewContext(call diag.Span, args map[string]diag.Span, report func(*diag.Diagnostic)) *Context {
	return &Context{call: call, args: args, report: report}
}

// At is the place of an attribute, or of the call when it was not written.
func (c *Context) At(attr string) diag.Span {
	if span, ok := c.args[attr]; ok {
		return span
	}
	return c.call
}

// Report hands over a diagnostic.
func (c *Context) Report(d *diag.Diagnostic) { c.report(d) }

// Errorf reports an error at an attribute, or at the call for "", and returns
// it for labels and advice to be added.
func (c *Context) Errorf(code diag.Code, attr, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, c.At(attr), format, args...)
	c.report(d)
	return d
}

// Has reports whether the attribute was written.
func (c *Context) Has(attr string) bool {
	_, ok := c.args[attr]
	return ok
}

// Storage returns the shape of a value's buffer: N,H,W,C for a map, N,F for a vector.
func Storage(batch int, s Shape) []int {
	sizes, ok := s.Ints()
	if !ok {
		panic("ir: storage of a symbolic shape " + s.String())
	}
	if s.IsMap() {
		return []int{batch, sizes[1], sizes[2], sizes[0]}
	}
	return append([]int{batch}, sizes...)
}

// Tensor names the persistent tensor of a parameter, or of its optimizer state.
func Tensor(p *Param, moment string) string {
	if moment == "" {
		return p.Name
	}
	return p.Name + "/" + moment
}
