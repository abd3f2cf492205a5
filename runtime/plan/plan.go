// Package plan defines what crosses from the compiler to the runtime: a list of
// steps over statically placed buffers. It belongs to the runtime as an
// instruction set belongs to its machine.
//
// Input: steps and buffers emitted by compiler/lower. Output: the same, for the
// interpreter to run and for the generator to print.
//
// Invariants (checked by Verify): every operand of a step names a buffer of the
// type and length its kernel asks for; every read follows a write, and no other
// buffer in the same memory was written since; no two live buffers of the arena
// overlap; every buffer lies within its region.
package plan

import "github.com/netc-lang/netc/runtime/par"

// DType is the element type of a buffer.
type DType uint8

// The element types.
const (
	F32 DType = iota
	I32
	I64
	BF16 // the upper half of an f32, two to a word; always an even number
	numDTypes
)

// Words is the number of 4-byte words that n elements take.
func (d DType) Words(n int) int {
	switch d {
	case I64:
		return 2 * n
	case BF16:
		return n / 2
	}
	return n
}

func (d DType) String() string { return [...]string{"f32", "i32", "i64", "bf16"}[d] }

// Region says which memory a buffer lives in, and so how long it lives.
type Region uint8

// The regions. All plans of a program share Weights, State and Packed, and the
// memory of the Arena, for one of them runs at a time; each has its own Input.
const (
	Arena   Region = iota // within one run of the steps; overlapped by lifetime
	Input                 // bound before a run: images, labels, rate, seed
	Weights               // parameters and running statistics, in file order
	State                 // what training keeps beside them: momenta, counters
	Packed                // weights as kernels want them, derived by Setup steps
	NumRegions
)

func (r Region) String() string {
	return [...]string{"arena", "input", "weights", "state", "packed"}[r]
}

// Align is the alignment of every buffer, in 4-byte words: one cache line.
const Align = 16

// Buf is one buffer of a plan.
type Buf struct {
	Name   string // the layer's or tensor's name: "conv1", "conv1.weight"
	DType  DType
	Region Region
	Shape  []int // in storage order: N,H,W,C for feature maps
	Offset int   // words from the start of the region; a multiple of Align unless an alias
	Alias  int   // the buffer whose memory this one shares, at or after its start; -1 for none
	Work   bool  // what it holds means something to the kernels of one layer alone
}

// Len is the number of elements.
func (b *Buf) Len() int {
	n := 1
	for _, d := range b.Shape {
		n *= d
	}
	return n
}

// Words is the number of 4-byte words the buffer takes.
func (b *Buf) Words() int { return b.DType.Words(b.Len()) }

// None is the operand index of an absent optional operand.
const None = -1

// Access says what a kernel does to an operand.
type Access uint8

// The accesses. Write means every element is written without being read.
const (
	Read Access = iota
	Write
	ReadWrite
)

// Operand is what a kernel expects in one argument place.
type Operand struct {
	Name     string
	DType    DType
	Len      int
	Access   Access
	Optional bool // None may stand here; the kernel then gets a nil slice
}

// View is a buffer bound to memory: the slice of its type is set, the others nil.
type View struct {
	F32 []float32
	I32 []int32
	I64 []int64
	H   []uint16 // of BF16
}

// Kernel is one operation with its geometry. Implementations are pointers to
// plain structs of exported numbers, and have a method Run whose parameters are
// the pool and then one slice an operand, in the order of Operands; Call
// forwards to it. The generator prints the struct as a literal and calls Run.
type Kernel interface {
	Call(p *par.Pool, a []View)
	Operands() []Operand
}

// Scratcher is a kernel that needs private memory on each worker.
type Scratcher interface {
	Scratch() int // float32 elements per worker
}

// InPlacer is a kernel that may write one operand over the memory of another
// which it reads: element i is written after element i was last read.
type InPlacer interface {
	InPlace() (dst, src int) // operand indices
}

// Phase says what a step is for.
type Phase uint8

// The phases, in the order in which a training plan runs them.
const (
	Pack Phase = iota
	Forward
	Loss
	Recompute // forward steps run again for what the backward ones read
	Backward
	Update
	Initialise
)

func (p Phase) String() string {
	return [...]string{"pack", "forward", "loss", "recompute", "backward", "update", "init"}[p]
}

// Step is one kernel applied to buffers.
type Step struct {
	Layer  string // whose work this is: "conv1"
	Phase  Phase
	Kernel Kernel
	Args   []int // buffer per operand, or None
	MACs   int64 // multiplications for the whole batch, counted as stats does
}

// Port is a buffer that the outside reads or writes by name.
type Port struct {
	Name string
	Buf  int
}

// Plan is a straight line of steps for one batch size.
type Plan struct {
	Name    string // "train", "infer", "init"
	Batch   int
	Bufs    []Buf
	Setup   []Step // to be run after Weights changed from outside
	Steps   []Step
	Inputs  []Port
	Outputs []Port
	Words   [NumRegions]int // size of each region in words
	Scratch int             // float32 elements per worker

	// Parts is how many runs make one step of training, where gradients are added
	// up over several: the steps from Tail on run in the last of them only, behind
	// the others. 0 or 1: all steps run every time, and Tail means nothing.
	Parts int
	Tail  int
}

// Head is the number of steps that run every time.
func (p *Plan) Head() int {
	if p.Parts > 1 {
		return p.Tail
	}
	return len(p.Steps)
}

// Kind says what a persistent tensor is.
type Kind uint8

// The kinds of persistent tensors.
const (
	Param   Kind = iota // trained
	Buffer              // running statistics, fixed tables
	Moment              // optimizer state
	Count               // step counters
	Average             // of a param or buffer over the steps; named after it with AverageOf
)

func (k Kind) String() string {
	return [...]string{"param", "buffer", "moment", "count", "average"}[k]
}

// AverageOf is the name of the tensor that keeps the average of another.
func AverageOf(name string) string { return name + "/average" }

// Tensor is a named piece of the Weights or State region. Together they are
// what a checkpoint holds.
type Tensor struct {
	Name   string
	Kind   Kind
	DType  DType
	Region Region
	Shape  []int // in file order: conv out,in/groups,kh,kw; dense out,in
	Offset int
	Frozen bool
}

// Len is the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Rename says that the layers whose names begin with New had names that begin
// with Old in its place, under which older files hold their weights.
type Rename struct {
	New, Old string
}

// Program is everything the runtime needs of one model: plans that share the
// persistent regions.
type Program struct {
	Model   string
	Tensors []Tensor
	Renames []Rename // outermost first
	Tuning  string   // digest of the measurements that chose kernels; empty: estimates did
	Init    *Plan    // sets Weights and State from a seed
	Train   *Plan    // nil when only inference was asked for
	Infer   *Plan
}
