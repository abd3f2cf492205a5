package plan

import "github.com/netc-lang/netc/runtime/par"

// fill sets every element of dst.
type fill struct {
	N     int
	Value float32
}

func (k *fill) Operands() []Operand {
	return []Operand{{Name: "dst", Len: k.N, Access: Write}}
}

func (k *fill) Call(_ *par.Pool, a []View) {}

// sum is dst = x + w, where w may be absent.
type sum struct{ N, Work int }

func (k *sum) Operands() []Operand {
	return []Operand{
		{Name: "dst", Len: k.N, Access: Write},
		{Name: "x", Len: k.N, Access: Read},
		{Name: "w", Len: k.N, Access: Read, Optional: true},
	}
}

func (k *sum) Scratch() int { return k.Work }

func (k *sum) Call(_ *par.Pool, a []View) {}

// double is dst = 2x, which may be done in place.
type double struct{ N int }

func (k *double) Operands() []Operand {
	return []Operand{
		{Name: "dst", Len: k.N, Access: Write},
		{Name: "x", Len: k.N, Access: Read},
	}
}

func (k *double) InPlace() (dst, src int) { return 0, 1 }

func (k *double) Call(_ *par.Pool, a []View) {}

// descend is w += rate·x, counted in t.
type descend struct{ N int }

func (k *descend) Operands() []Operand {
	return []Operand{
		{Name: "w", Len: k.N, Access: ReadWrite},
		{Name: "t", DType: I64, Len: 1, Access: ReadWrite},
		{Name: "x", Len: k.N, Access: Read},
		{Name: "rate", Len: 1, Access: Read},
	}
}

func (k *descend) Call(_ *par.Pool, a []View) {}

// clearCount sets a counter to zero.
type clearCount struct{}

func (k *clearCount) Operands() []Operand {
	return []Operand{{Name: "dst", DType: I64, Len: 1, Access: Write}}
}

func (k *clearCount) Call(_ *par.Pool, a []View) {}

// The buffers of toy's plans, by index.
const (
	initWeight = iota
	initCount
)

const (
	trainImage = iota
	trainRate
	trainWeight
	trainCount
	trainA
	trainB
	trainFlat
	trainC
)

const (
	inferImage = iota
	inferWeight
	inferPacked
	inferA
)

// toy is a valid program: sums of an image with one weight.
func toy() *Program {
	weight := Buf{Name: "a.weight", Region: Weights, Shape: []int{4, 5}, Alias: None}
	count := Buf{Name: "steps", DType: I64, Region: State, Alias: None}
	var words [NumRegions]int
	words[Weights], words[State] = 20, 2
	initPlan := &Plan{
		Name:  "init",
		Bufs:  []Buf{weight, count},
		Words: words,
		Steps: []Step{
			{Layer: "a", Phase: Initialise, Kernel: &fill{N: 20, Value: 0.5}, Args: []int{initWeight}},
			{Layer: "steps", Phase: Initialise, Kernel: &clearCount{}, Args: []int{initCount}},
		},
	}
	words[Input], words[Arena] = 33, 64
	train := &Plan{
		Name:  "train",
		Batch: 1,
		Bufs: []Buf{
			trainImage:  {Name: "image", Region: Input, Shape: []int{4, 5}, Alias: None},
			trainRate:   {Name: "rate", Region: Input, Shape: []int{1}, Offset: 32, Alias: None},
			trainWeight: weight,
			trainCount:  count,
			trainA:      {Name: "a", Region: Arena, Shape: []int{4, 5}, Alias: None},
			trainB:      {Name: "b", Region: Arena, Shape: []int{4, 5}, Offset: 32, Alias: None},
			trainFlat:   {Name: "flat", Region: Arena, Shape: []int{20}, Offset: 32, Alias: trainB},
			trainC:      {Name: "c", Region: Arena, Shape: []int{20}, Alias: None},
		},
		Words:   words,
		Scratch: 7,
		Steps: []Step{
			{Layer: "a", Phase: Forward, Kernel: &sum{N: 20}, Args: []int{trainA, trainImage, trainWeight}, MACs: 20},
			{Layer: "b", Phase: Forward, Kernel: &sum{N: 20, Work: 7}, Args: []int{trainB, trainA, None}},
			{Layer: "c", Phase: Backward, Kernel: &sum{N: 20}, Args: []int{trainC, trainFlat, None}},
			{Layer: "a", Phase: Update, Kernel: &descend{N: 20}, Args: []int{trainWeight, trainCount, trainC, trainRate}},
		},
		Inputs:  []Port{{"image", trainImage}, {"rate", trainRate}},
		Outputs: []Port{{"c", trainC}},
	}
	words[Input], words[Arena], words[Packed] = 20, 20, 20
	infer := &Plan{
		Name:  "infer",
		Batch: 1,
		Bufs: []Buf{
			inferImage:  {Name: "image", Region: Input, Shape: []int{4, 5}, Alias: None},
			inferWeight: weight,
			inferPacked: {Name: "a.packed", Region: Packed, Shape: []int{20}, Alias: None},
			inferA:      {Name: "a", Region: Arena, Shape: []int{4, 5}, Alias: None},
		},
		Words: words,
		Setup: []Step{{Layer: "a", Phase: Pack, Kernel: &sum{N: 20}, Args: []int{inferPacked, inferWeight, None}}},
		Steps: []Step{
			{Layer: "a", Phase: Forward, Kernel: &sum{N: 20}, Args: []int{inferA, inferImage, inferPacked}, MACs: 20},
		},
		Inputs:  []Port{{"image", inferImage}},
		Outputs: []Port{{"a", inferA}},
	}
	return &Program{
		Model: "Toy",
		Tensors: []Tensor{
			{Name: "a.weight", Kind: Param, Region: Weights, Shape: []int{4, 5}},
			{Name: "steps", Kind: Count, DType: I64, Region: State},
		},
		Init:  initPlan,
		Train: train,
		Infer: infer,
	}
}
