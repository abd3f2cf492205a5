package gogen

import (
	"math"

	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/testdata/gogen/toy"
)

// builder lays buffers out one after another, without sharing memory.
type builder struct {
	*plan.Plan
	index map[string]int
}

func newBuilder(name string, batch int) *builder {
	return &builder{&plan.Plan{Name: name, Batch: batch, Scratch: 1}, map[string]int{}}
}

func (b *builder) buf(r plan.Region, d plan.DType, name string, shape ...int) {
	buf := plan.Buf{Name: name, DType: d, Region: r, Shape: shape, Offset: b.Words[r], Alias: plan.None}
	b.index[name] = len(b.Bufs)
	b.Bufs = append(b.Bufs, buf)
	b.Words[r] += (buf.Words() + plan.Align - 1) / plan.Align * plan.Align
	if r == plan.Input {
		b.Inputs = append(b.Inputs, plan.Port{Name: name, Buf: b.index[name]})
	}
}

func (b *builder) alias(name, of string, shape ...int) {
	buf := b.Bufs[b.index[of]]
	buf.Name, buf.Shape, buf.Alias = name, shape, b.index[of]
	b.index[name] = len(b.Bufs)
	b.Bufs = append(b.Bufs, buf)
}

// step is a step whose arguments are named; "" is an absent one.
func (b *builder) step(layer string, ph plan.Phase, k plan.Kernel, args ...string) plan.Step {
	s := plan.Step{Layer: layer, Phase: ph, Kernel: k}
	for _, a := range args {
		i, ok := b.index[a]
		switch {
		case a == "":
			i = plan.None
		case !ok:
			panic("no buffer " + a)
		}
		s.Args = append(s.Args, i)
	}
	return s
}

func (b *builder) add(layer string, ph plan.Phase, k plan.Kernel, args ...string) {
	b.Steps = append(b.Steps, b.step(layer, ph, k, args...))
}

func (b *builder) out(name string) {
	b.Outputs = append(b.Outputs, plan.Port{Name: name, Buf: b.index[name]})
}

// persistent adds the tensors of toyProgram.
func (b *builder) persistent() {
	b.buf(plan.Weights, plan.F32, "dense1.weight", 5, 4)
	b.buf(plan.Weights, plan.F32, "dense1.bias", 5)
	b.buf(plan.Weights, plan.F32, "c2[1].dense2.weight", 3, 5)
	b.buf(plan.State, plan.F32, "c2[1].dense2.weight.momentum", 3, 5)
	b.buf(plan.State, plan.I64, "step", 1)
}

// toyProgram is two dense layers, of which the second is trained.
func toyProgram() *plan.Program {
	inf := float32(math.Inf(1))
	first := toy.Dense{Shape: toy.Shape{C: 4, K: 5}, Act: toy.Square, Clip: toy.Clip{Low: float32(math.Copysign(0, -1)), High: inf}}
	second := toy.Dense{Shape: toy.Shape{C: 5, K: 3}, Order: toy.Down, Clip: toy.Clip{Off: true}, Weights: []float32{0.1, -inf}}
	return &plan.Program{
		Model: "ToyNet",
		Tensors: []plan.Tensor{
			{Name: "dense1.weight", Kind: plan.Param, Region: plan.Weights, Shape: []int{5, 4}, Frozen: true},
			{Name: "dense1.bias", Kind: plan.Param, Region: plan.Weights, Shape: []int{5}, Offset: 32, Frozen: true},
			{Name: "c2[1].dense2.weight", Kind: plan.Param, Region: plan.Weights, Shape: []int{3, 5}, Offset: 48},
			{Name: "c2[1].dense2.weight.momentum", Kind: plan.Moment, Region: plan.State, Shape: []int{3, 5}},
			{Name: "step", Kind: plan.Count, DType: plan.I64, Region: plan.State, Shape: []int{1}, Offset: 16},
		},
		Init:  toyInit(),
		Train: toyTrain(2, first, second),
		Infer: toyInfer(3, first, second),
	}
}

func toyInit() *plan.Plan {
	b := newBuilder("init", 0)
	b.persistent()
	b.buf(plan.Input, plan.I64, "seed", 1)
	b.add("dense1", plan.Initialise, &toy.Uniform{Len: 20, Stream: 0x123456789abcdef, Bound: 0.5}, "dense1.weight", "seed")
	b.add("dense1", plan.Initialise, &toy.Fill{Len: 5, Value: 0.1}, "dense1.bias")
	b.add("c2[1].dense2", plan.Initialise, &toy.Uniform{Len: 15, Stream: 7, Bound: 1}, "c2[1].dense2.weight", "seed")
	b.add("c2[1].dense2", plan.Initialise, &toy.Fill{Len: 15}, "c2[1].dense2.weight.momentum")
	b.add("step", plan.Initialise, &toy.Zero{}, "step")
	return b.Plan
}

func toyTrain(n int, first, second toy.Dense) *plan.Plan {
	first.N, second.N = n, n
	b := newBuilder("train", n)
	b.persistent()
	b.buf(plan.Input, plan.F32, "image", n, 2, 2, 1)
	b.buf(plan.Input, plan.I32, "label", n)
	b.buf(plan.Input, plan.F32, "rate", 1)
	b.buf(plan.Input, plan.I64, "seed", 1)
	b.alias("flat", "image", n, 4)
	b.buf(plan.Packed, plan.F32, "dense1.weight packed", 4, 5)
	b.buf(plan.Arena, plan.F32, "c2[1].dense2.weight packed", 5, 3)
	b.buf(plan.Arena, plan.F32, "dense1", n, 5)
	b.buf(plan.Arena, plan.F32, "c2[1].dense2", n, 3)
	b.buf(plan.Arena, plan.F32, "loss", 1)
	b.buf(plan.Arena, plan.F32, "d c2[1].dense2", n, 3)
	b.buf(plan.Arena, plan.F32, "d c2[1].dense2.weight", 3, 5)
	b.Setup = append(b.Setup, b.step("dense1", plan.Pack, &toy.Transpose{K: 5, C: 4}, "dense1.weight packed", "dense1.weight"))
	b.add("c2[1].dense2", plan.Pack, &toy.Transpose{K: 3, C: 5}, "c2[1].dense2.weight packed", "c2[1].dense2.weight")
	b.add("dense1", plan.Forward, &first, "dense1", "flat", "dense1.weight packed", "dense1.bias")
	b.add("c2[1].dense2", plan.Forward, &second, "c2[1].dense2", "dense1", "c2[1].dense2.weight packed", "")
	b.add("loss", plan.Loss, &toy.Loss{N: n, K: 3}, "loss", "d c2[1].dense2", "c2[1].dense2", "label", "seed", "step")
	b.add("c2[1].dense2", plan.Backward, &toy.DenseGrad{Shape: second.Shape}, "d c2[1].dense2.weight", "d c2[1].dense2", "dense1")
	b.add("c2[1].dense2", plan.Update, &toy.Momentum{Len: 15, Mu: 0.9}, "c2[1].dense2.weight", "c2[1].dense2.weight.momentum", "d c2[1].dense2.weight", "rate")
	b.add("step", plan.Update, &toy.Count{}, "step")
	b.out("loss")
	return b.Plan
}

func toyInfer(n int, first, second toy.Dense) *plan.Plan {
	first.N, second.N = n, n
	b := newBuilder("infer", n)
	b.persistent()
	b.buf(plan.Input, plan.F32, "image", n, 2, 2, 1)
	b.alias("flat", "image", n, 4)
	b.buf(plan.Packed, plan.F32, "dense1.weight packed", 4, 5)
	b.buf(plan.Packed, plan.F32, "c2[1].dense2.weight packed", 5, 3)
	b.buf(plan.Arena, plan.F32, "dense1", n, 5)
	b.buf(plan.Arena, plan.F32, "logits", n, 3)
	b.Setup = append(b.Setup,
		b.step("dense1", plan.Pack, &toy.Transpose{K: 5, C: 4}, "dense1.weight packed", "dense1.weight"),
		b.step("c2[1].dense2", plan.Pack, &toy.Transpose{K: 3, C: 5}, "c2[1].dense2.weight packed", "c2[1].dense2.weight"))
	b.add("dense1", plan.Forward, &first, "dense1", "flat", "dense1.weight packed", "dense1.bias")
	b.add("c2[1].dense2", plan.Forward, &second, "logits", "dense1", "c2[1].dense2.weight packed", "")
	b.out("logits")
	return b.Plan
}
