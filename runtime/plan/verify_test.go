package plan

import (
	"strings"
	"testing"
)

func TestVerifyAcceptsToy(t *testing.T) {
	if err := Verify(toy()); err != nil {
		t.Fatal(err)
	}
	if err := toy().Train.Verify(); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyAcceptsJoinedBuffer(t *testing.T) {
	// Two pixels of 2 + 3 channels: both branches write with a pixel stride of 5.
	p := &Plan{
		Name: "train",
		Bufs: []Buf{
			{Name: "joined", Shape: []int{1, 1, 2, 5}, Alias: None},
			{Name: "left", Shape: []int{7}, Alias: 0},
			{Name: "right", Shape: []int{8}, Offset: 2, Alias: 0},
			{Name: "y", Shape: []int{10}, Offset: 16, Alias: None},
		},
		Steps: []Step{
			{Layer: "left", Kernel: &fill{N: 7}, Args: []int{1}},
			{Layer: "right", Kernel: &fill{N: 8}, Args: []int{2}},
			{Layer: "y", Kernel: &sum{N: 10}, Args: []int{3, 0, None}},
		},
		Words: [NumRegions]int{Arena: 26},
	}
	if err := p.Verify(); err != nil {
		t.Fatal(err)
	}
	p.Steps[1] = p.Steps[0]
	if err := p.Verify(); err == nil || !strings.Contains(err.Error(), "reads buffer joined") {
		t.Errorf("with one branch missing: %v", err)
	}
}

func TestVerifyAcceptsInPlace(t *testing.T) {
	g := toy()
	g.Train.Steps[2].Kernel, g.Train.Steps[2].Args = &double{20}, []int{trainFlat, trainB}
	g.Train.Steps[3].Args[2] = trainFlat
	g.Train.Outputs[0].Buf = trainFlat
	if err := Verify(g); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyRefuses breaks one rule at a time.
func TestVerifyRefuses(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(g *Program)
		want  string
	}{
		{"no init", func(g *Program) { g.Init = nil }, "no init plan"},
		{"nothing to run", func(g *Program) { g.Train, g.Infer = nil, nil }, "neither a training nor an inference plan"},

		{"tensor unnamed", func(g *Program) { g.Tensors[1].Name = "" }, "tensor 1: no name"},
		{"tensor named twice", func(g *Program) { g.Tensors[1].Name = "a.weight" }, "tensor a.weight: name used twice"},
		{"tensor kind", func(g *Program) { g.Tensors[0].Kind = 9 }, "tensor a.weight: kind 9"},
		{"tensor in arena", func(g *Program) { g.Tensors[0].Region = Arena }, "tensor a.weight: in region 0; expected weights"},
		{"param in state", func(g *Program) { g.Tensors[0].Region = State }, "tensor a.weight: a param in region state"},
		{"moment in weights", func(g *Program) { g.Tensors[0].Kind = Moment }, "tensor a.weight: a moment in region weights"},
		{"tensor too long", func(g *Program) { g.Tensors[0].Shape = []int{21} }, "tensor a.weight: words 0 to 21 of region weights, which has 20"},
		{"tensor shape overflows", func(g *Program) { g.Tensors[0].Shape = []int{1 << 40, 1 << 40} }, "tensor a.weight: shape 1099511627776x1099511627776: more than"},
		{"tensors overlap", func(g *Program) {
			g.Tensors = append(g.Tensors, Tensor{Name: "b", Region: Weights, Shape: []int{1}, Offset: 16})
		}, "tensors a.weight and b overlap in region weights"},
		{"hole between tensors", func(g *Program) {
			g.Init.Words[Weights] = 80
			g.Tensors = append(g.Tensors, Tensor{Name: "b", Region: Weights, Shape: []int{1}, Offset: 64})
		}, "region weights: 32 words between a.weight and tensor b belong to no tensor"},
		{"hole after tensors", func(g *Program) { g.Train.Words[State] = 32 }, "region state: 16 words after steps belong to no tensor"},

		{"buffer is no tensor", func(g *Program) { g.Infer.Bufs[inferWeight].Name = "b.weight" }, "plan infer: buffer b.weight: in region weights, where every buffer must be a tensor"},
		{"buffer off its tensor", func(g *Program) { g.Train.Bufs[trainWeight].Shape = []int{19} }, "plan train: buffer a.weight: is 19 f32 at weights+0; expected its tensor's 20 f32 at weights+0"},
		{"tensor not initialised", func(g *Program) { g.Init.Steps = g.Init.Steps[:1] }, "plan init: tensor steps: no step writes all of it"},
		{"frozen tensor trained", func(g *Program) { g.Tensors[0].Frozen = true }, "plan train: tensor a.weight: a step writes it, but it is frozen"},
		{"frozen statistics trained", func(g *Program) { g.Tensors[0].Frozen, g.Tensors[0].Kind = true, Buffer }, "plan train: tensor a.weight: a step writes it, but it is frozen"},
		{"no batch", func(g *Program) { g.Infer.Batch = 0 }, "plan infer: batch is 0"},

		{"buffer unnamed", func(g *Program) { g.Train.Bufs[trainA].Name = "" }, "buffer 4: no name"},
		{"element type", func(g *Program) { g.Train.Bufs[trainA].DType = 4 }, "buffer a: element type 4"},
		{"region", func(g *Program) { g.Train.Bufs[trainA].Region = NumRegions }, "buffer a: region 5"},
		{"dimension", func(g *Program) { g.Train.Bufs[trainA].Shape = []int{4, 0} }, "buffer a: shape 4x0: dimension 0"},
		{"misaligned", func(g *Program) { g.Train.Bufs[trainA].Offset = 8 }, "buffer a: offset 8; expected a multiple of 16"},
		{"outside region", func(g *Program) { g.Train.Bufs[trainA].Offset = 48 }, "buffer a: words 48 to 68 of region arena, which has 64"},
		{"before region", func(g *Program) { g.Train.Bufs[trainA].Offset = -16 }, "buffer a: words -16 to 4 of region arena"},

		{"alias of nothing", func(g *Program) { g.Train.Bufs[trainFlat].Alias = 8 }, "buffer flat: alias of buffer 8; expected one below 8"},
		{"alias of itself", func(g *Program) { g.Train.Bufs[trainFlat].Alias = trainFlat }, "buffer flat: its aliases lead back to itself"},
		{"alias type", func(g *Program) { g.Train.Bufs[trainFlat].DType = I32 }, "buffer flat: alias of type i32 in region arena; expected type f32"},
		{"alias region", func(g *Program) {
			g.Train.Words[Packed] = 64
			g.Train.Bufs[trainFlat].Region = Packed
		}, "buffer flat: alias of type f32 in region packed; expected type f32 and region arena"},
		{"alias before its buffer", func(g *Program) { g.Train.Bufs[trainFlat].Offset = 31 }, "buffer flat: alias of words 31 to 51; expected them within 32 to 52"},
		{"alias past its buffer", func(g *Program) { g.Train.Bufs[trainFlat].Offset = 33 }, "buffer flat: alias of words 33 to 53"},
		{"alias of half an int64", func(g *Program) {
			g.Train.Bufs[trainB] = Buf{Name: "b", DType: I64, Shape: []int{10}, Offset: 32, Alias: None}
			g.Train.Bufs[trainFlat] = Buf{Name: "flat", DType: I64, Offset: 33, Alias: trainB}
		}, "buffer flat: offset 33; expected a multiple of 2"},

		{"port unnamed", func(g *Program) { g.Train.Inputs[0].Name = "" }, `input "": empty name`},
		{"port named twice", func(g *Program) { g.Train.Inputs[1].Name = "image" }, `input "image": empty name or one used twice`},
		{"port without buffer", func(g *Program) { g.Train.Outputs[0].Buf = -1 }, "output c: buffer -1"},
		{"input in arena", func(g *Program) { g.Train.Inputs[0].Buf = trainA }, "input image: buffer a is in region arena"},
		{"input without port", func(g *Program) { g.Train.Inputs = g.Train.Inputs[:1] }, "buffer rate: in region input, but no input port fills it"},

		{"no kernel", func(g *Program) { g.Train.Steps[1].Kernel = nil }, "step 1 (b, <nil>): no kernel"},
		{"phase", func(g *Program) { g.Train.Steps[1].Phase = 7 }, "step 1 (b, plan.sum): phase 7"},
		{"too few arguments", func(g *Program) { g.Train.Steps[1].Args = []int{trainB} }, "step 1 (b, plan.sum): 1 arguments; expected 3"},
		{"argument absent", func(g *Program) { g.Train.Steps[1].Args[1] = None }, "step 1 (b, plan.sum): operand x: absent"},
		{"argument out of range", func(g *Program) { g.Train.Steps[1].Args[1] = 8 }, "operand x: buffer 8; expected one from 0 to 7"},
		{"argument type", func(g *Program) { g.Train.Steps[3].Args[1] = trainRate }, "step 3 (a, plan.descend): operand t: buffer rate has 1 f32 (1); expected 1 i64"},
		{"argument length", func(g *Program) { g.Train.Steps[1].Kernel = &sum{N: 10} }, "operand dst: buffer b has 20 f32 (4x5); expected 10 f32"},
		{"scratch", func(g *Program) { g.Train.Scratch = 6 }, "step 1 (b, plan.sum): kernel needs 7 words of scratch; the plan reserves 6"},
		{"setup is checked too", func(g *Program) { g.Infer.Setup[0].Args = nil }, "setup step 0 (a, plan.sum): 0 arguments"},

		{"read before write", func(g *Program) { g.Train.Steps = g.Train.Steps[1:] }, "step 0 (b, plan.sum): operand x: reads buffer a, which no step before it has written whole"},
		{"packed without setup", func(g *Program) { g.Infer.Setup = nil }, "step 0 (a, plan.sum): operand w: reads buffer a.packed, which no step"},
		{"init reads weights", func(g *Program) {
			s := &g.Init.Steps[0]
			s.Kernel, s.Args = &double{20}, []int{initWeight, initWeight}
		}, "plan init: step 0 (a, plan.double): operand x: reads buffer a.weight"},
		{"output not written", func(g *Program) { g.Infer.Steps = nil }, "output a: no step writes all of buffer a"},
		{"input written", func(g *Program) { g.Infer.Steps[0].Args = []int{inferImage, inferPacked, None} }, "operand dst: writes buffer image in region input"},
		{"inference writes weights", func(g *Program) { g.Infer.Steps[0].Args[0] = inferWeight }, "operand dst: writes buffer a.weight in region weights"},
		{"setup writes weights", func(g *Program) {
			g.Train.Setup = []Step{{Layer: "a", Kernel: &fill{N: 20}, Args: []int{trainWeight}}}
		}, "setup step 0 (a, plan.fill): operand dst: writes buffer a.weight in region weights"},
		{"setup goes stale", func(g *Program) {
			g.Train.Setup = []Step{{Layer: "a", Kernel: &sum{N: 20}, Args: []int{trainC, trainWeight, None}}}
		}, "setup step 0 (a, plan.sum): operand x: reads buffer a.weight, which the plan's steps write"},
		{"setup fills the arena", func(g *Program) {
			g.Train.Setup = g.Train.Steps[:1]
			g.Train.Setup[0].Args[2] = None
			g.Train.Steps = g.Train.Steps[1:]
		}, "step 0 (b, plan.sum): operand x: reads buffer a, which no step"},

		{"operands share memory", func(g *Program) {
			g.Train.Steps[2].Args[0] = trainB
		}, "step 2 (c, plan.sum): operand dst: writes buffer b over flat of operand x; the kernel allows no such sharing"},
		{"in place over another operand", func(g *Program) {
			g.Train.Steps[3].Args[2] = trainWeight
		}, "step 3 (a, plan.descend): operand w: writes buffer a.weight over a.weight of operand x"},
		{"read after an alias was written", func(g *Program) {
			g.Train.Steps[2].Kernel, g.Train.Steps[2].Args = &double{20}, []int{trainFlat, trainB}
			g.Train.Steps[3].Args[2] = trainB
			g.Train.Outputs[0].Buf = trainFlat
		}, "step 3 (a, plan.descend): operand x: reads buffer b, whose memory a step has since written as flat"},

		{"live buffers overlap", func(g *Program) {
			g.Train.Bufs[trainB].Offset, g.Train.Bufs[trainFlat].Offset = 16, 16
		}, "buffers a (words 0 to 20, in use from step 0 to 1) and b (words 16 to 36, steps 1 to 2) overlap in region arena"},
		{"alias keeps its buffer alive", func(g *Program) {
			g.Train.Bufs[trainC].Offset = 32
		}, "buffers b (words 32 to 52, in use from step 1 to 2) and c"},
		{"output lives to the end", func(g *Program) {
			g.Train.Outputs = append(g.Train.Outputs, Port{"a", trainA})
		}, "buffers a (words 0 to 20, in use from step 0 to 4) and c"},
		{"inputs overlap", func(g *Program) { g.Train.Bufs[trainRate].Offset = 16 }, "buffers image (words 0 to 20, in use from step 0 to 4) and rate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := toy()
			tt.spoil(g)
			err := Verify(g)
			if err == nil {
				t.Fatalf("accepted; want an error with %q", tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestCover(t *testing.T) {
	var c cover
	for _, e := range []extent{{10, 20}, {30, 40}, {0, 5}, {20, 25}, {24, 31}} {
		c = c.with(e)
	}
	want := cover{{0, 5}, {10, 40}}
	if len(c) != 2 || c[0] != want[0] || c[1] != want[1] {
		t.Fatalf("got %v, want %v", c, want)
	}
	if !c.holds(extent{10, 40}) || c.holds(extent{4, 11}) || c.holds(extent{39, 41}) {
		t.Error("holds is wrong")
	}
	if !c.meets(extent{4, 6}) || c.meets(extent{5, 10}) || c.meets(extent{40, 50}) {
		t.Error("meets is wrong")
	}
}
