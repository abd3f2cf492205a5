package interp

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// The kernels of a one-weight model: y = x·2w in inference, where 2w is derived
// by a Setup step, and w -= rate·x in training.
type (
	toyInit   struct{ N int } // w = seed
	toyDouble struct{ N int } // packed = 2w
	toyMul    struct{ N int } // y = x·packed
	toyTrain  struct{ N int } // w -= rate·x, loss = Σw, steps++
	toyZero   struct{}        // steps = 0
)

func (k *toyInit) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "w", Len: k.N, Access: plan.Write},
		{Name: "seed", DType: plan.I64, Len: 1},
	}
}

func (k *toyInit) Call(_ *par.Pool, a []plan.View) {
	for i := range a[0].F32 {
		a[0].F32[i] = float32(a[1].I64[0])
	}
}

func (k *toyDouble) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "packed", Len: k.N, Access: plan.Write},
		{Name: "w", Len: k.N},
	}
}

func (k *toyDouble) Call(_ *par.Pool, a []plan.View) {
	for i, w := range a[1].F32 {
		a[0].F32[i] = 2 * w
	}
}

func (k *toyMul) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "y", Len: k.N, Access: plan.Write},
		{Name: "x", Len: k.N},
		{Name: "w", Len: k.N, Optional: true},
	}
}

func (k *toyMul) Call(_ *par.Pool, a []plan.View) {
	for i, x := range a[1].F32 {
		a[0].F32[i] = x
		if a[2].F32 != nil {
			a[0].F32[i] = x * a[2].F32[i]
		}
	}
}

func (k *toyTrain) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "w", Len: k.N, Access: plan.ReadWrite},
		{Name: "t", DType: plan.I64, Len: 1, Access: plan.ReadWrite},
		{Name: "loss", Len: 1, Access: plan.Write},
		{Name: "x", Len: k.N},
		{Name: "rate", Len: 1},
	}
}

func (k *toyTrain) Scratch() int { return 100 }

func (k *toyTrain) Call(p *par.Pool, a []plan.View) {
	loss := float32(0)
	for i, x := range a[3].F32 {
		a[0].F32[i] -= a[4].F32[0] * x
		loss += a[0].F32[i]
	}
	a[1].I64[0]++
	a[2].F32[0] = loss + p.Scratch(0)[99]
}

func (k *toyZero) Operands() []plan.Operand {
	return []plan.Operand{{Name: "t", DType: plan.I64, Len: 1, Access: plan.Write}}
}

func (k *toyZero) Call(_ *par.Pool, a []plan.View) { a[0].I64[0] = 0 }

// toy is the program of these kernels over three numbers.
func toy() *plan.Program {
	const n = 3
	var words [plan.NumRegions]int
	for r := range words {
		words[r] = 2 * plan.Align
	}
	words[plan.Weights], words[plan.State] = n, 2
	w := plan.Buf{Name: "a.weight", Region: plan.Weights, Shape: []int{n}, Alias: plan.None}
	t := plan.Buf{Name: "steps", DType: plan.I64, Region: plan.State, Alias: plan.None}
	x := plan.Buf{Name: "image", Region: plan.Input, Shape: []int{1, n}, Alias: plan.None}
	return &plan.Program{
		Model: "Toy",
		Tensors: []plan.Tensor{
			{Name: "a.weight", Region: plan.Weights, Shape: []int{n}},
			{Name: "steps", Kind: plan.Count, DType: plan.I64, Region: plan.State},
		},
		Init: &plan.Plan{
			Name: "init",
			Bufs: []plan.Buf{w, t, {Name: "seed", DType: plan.I64, Region: plan.Input, Shape: []int{1}, Alias: plan.None}},
			Steps: []plan.Step{
				{Layer: "a", Phase: plan.Initialise, Kernel: &toyInit{n}, Args: []int{0, 2}},
				{Layer: "steps", Phase: plan.Initialise, Kernel: &toyZero{}, Args: []int{1}},
			},
			Inputs: []plan.Port{{Name: "seed", Buf: 2}},
			Words:  words,
		},
		Train: &plan.Plan{
			Name:  "train",
			Batch: 1,
			Bufs: []plan.Buf{
				w, t, x,
				{Name: "rate", Region: plan.Input, Shape: []int{1}, Offset: plan.Align, Alias: plan.None},
				{Name: "loss", Region: plan.Arena, Shape: []int{1}, Alias: plan.None},
			},
			Steps:   []plan.Step{{Layer: "a", Phase: plan.Update, Kernel: &toyTrain{n}, Args: []int{0, 1, 4, 2, 3}}},
			Inputs:  []plan.Port{{Name: "image", Buf: 2}, {Name: "rate", Buf: 3}},
			Outputs: []plan.Port{{Name: "loss", Buf: 4}},
			Words:   words,
			Scratch: 100,
		},
		Infer: &plan.Plan{
			Name:  "infer",
			Batch: 1,
			Bufs: []plan.Buf{
				w, x,
				{Name: "a.packed", Region: plan.Packed, Shape: []int{n}, Alias: plan.None},
				{Name: "a", Region: plan.Arena, Shape: []int{1, n}, Alias: plan.None},
				{Name: "copy", Region: plan.Arena, Shape: []int{n}, Offset: plan.Align, Alias: plan.None},
			},
			Setup: []plan.Step{{Layer: "a", Phase: plan.Pack, Kernel: &toyDouble{n}, Args: []int{2, 0}}},
			Steps: []plan.Step{
				{Layer: "a", Phase: plan.Forward, Kernel: &toyMul{n}, Args: []int{3, 1, 2}},
				{Layer: "copy", Phase: plan.Forward, Kernel: &toyMul{n}, Args: []int{4, 3, plan.None}},
			},
			Inputs:  []plan.Port{{Name: "image", Buf: 1}},
			Outputs: []plan.Port{{Name: "copy", Buf: 4}},
			Words:   words,
		},
	}
}
