package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// pool returns a pool of n threads that is closed with the test.
func pool(t testing.TB, n int) *par.Pool {
	p := par.New(n)
	p.Reserve(1 << 17)
	t.Cleanup(p.Close)
	return p
}

// random returns n numbers of about unit size.
func random(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// bind makes a guarded view for every operand: inputs from a fixed random
// sequence, outputs filled with NaN so that an element left out shows.
func bind(k plan.Kernel) (views []plan.View, check func(t *testing.T)) {
	const guard = 16
	nan := math.Float32frombits(0x7fc12345)
	var around [][]float32
	r := rand.New(rand.NewPCG(7, 7))
	for _, o := range k.Operands() {
		switch o.DType {
		case plan.F32:
			mem := make([]float32, o.Len+2*guard)
			for i := range mem {
				mem[i] = nan
				if i >= guard && i < guard+o.Len && o.Access != plan.Write {
					mem[i] = float32(r.NormFloat64())
					if positive[o.Name] {
						mem[i] = float32(math.Abs(float64(mem[i])))
					}
				}
			}
			around = append(around, mem[:guard], mem[guard+o.Len:])
			views = append(views, plan.View{F32: mem[guard : guard+o.Len : guard+o.Len]})
		case plan.BF16:
			mem := make([]float32, o.Len/2+2*guard)
			for i := range mem {
				mem[i] = nan
			}
			v := plan.Halves(mem)[2*guard:][:o.Len:o.Len]
			if o.Access != plan.Write {
				for i := range v {
					v[i] = uint16(math.Float32bits(float32(r.NormFloat64())) >> 16)
				}
			}
			around = append(around, mem[:guard], mem[guard+o.Len/2:])
			views = append(views, plan.View{H: v})
		case plan.I32:
			v := make([]int32, o.Len)
			for i := range v {
				v[i] = int32(r.IntN(2))
			}
			views = append(views, plan.View{I32: v})
		case plan.I64:
			views = append(views, plan.View{I64: []int64{3}})
		}
	}
	return views, func(t *testing.T) {
		t.Helper()
		for _, g := range around {
			for _, v := range g {
				if math.Float32bits(v) != math.Float32bits(nan) {
					t.Fatalf("%T %+v wrote outside of an operand", k, k)
				}
			}
		}
	}
}

// positive are the operands that hold averages of squares.
var positive = map[string]bool{"square": true, "largest": true, "sum": true, "delta": true, "variance": true}

// samples is every kernel of this package's elementwise, pooling, loss and
// update families, at sizes around the vector width and of several tiles.
func samples() []plan.Kernel {
	var all []plan.Kernel
	for _, n := range []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100, elemTile, elemTile + 1, 3*elemTile + 5} {
		for fn := range activations {
			all = append(all, &Activation{Fn(fn), n}, &ActivationBackward{Fn(fn), n})
		}
		all = append(all,
			&Add{n}, &FillConstant{n, 3}, &FillNormal{n, 2, 5}, &FillUniform{n, 2, 5},
			&Dropout{1, n, 0.4, 9}, &DropoutBackward{1, n, 0.4, 9},
			&SGD{Len: n}, &SGD{n, 0.9, 0.1, 0.01, false, false}, &SGD{n, 0.9, 0, 0.01, true, true},
			&Adam{Len: n, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.01},
			&Adam{n, 0.9, 0.999, 1e-8, 0.01, true, true, true},
			&RMSProp{Len: n, Alpha: 0.9, Eps: 1e-6, Decay: 0.01}, &RMSProp{n, 0.9, 1e-2, 0, 0.9, true},
			&AdaGrad{n, 1e-10, 0.01, 0.1}, &AdaDelta{n, 0.9, 1e-6, 0.01},
			&LARS{n, 0.9, 0.01, 1e-3, true}, &LARS{n, 0.9, 0, 1e-3, false},
			&LAMB{n, 0.9, 0.999, 1e-6, 0.01, true}, &LAMB{n, 0.9, 0.999, 1e-6, 0, false},
			&PointLoss{PointHuber, n, 0.5, 1}, &PointLoss{PointLogistic, n, 0, 0.4}, &Dice{n, 1, 1},
			&SumSquares{n}, &ClipNorm{n, 0.5}, &ClipValue{n, 0.5},
			&Average{n, 0.9}, &Copy{n}, &Accumulate{n}, &Mean{n, 3}, &GroupRate{0.1},
		)
	}
	for _, s := range channelShapes {
		rows := s[0] * s[1]
		all = append(all, &Gate{s[0], s[1], s[2]}, &ChannelSums{s[0], s[1], s[2], false}, &ChannelSums{s[0], s[1], s[2], true},
			&PReLU{rows, s[2]}, &PReLUBackward{rows, s[2]}, &Scale{rows, s[2]}, &DropPath{s[0], s[1] * s[2], 0.4, 9},
			&LeakyReLU{rows * s[2], 0.1}, &LeakyReLUBackward{rows * s[2], 0.1},
			&Concat{rows, s[2], s[2], 0}, &ConcatBackward{rows, s[2], s[2] + 5, 3})
	}
	for _, s := range resampleShapes {
		all = append(all, &Resample{s}, &ResampleBackward{s})
	}
	for _, k := range extractShapes {
		back := ExtractBackward(k)
		all = append(all, &k, &back)
	}
	all = append(all, &Shuffle{7, 6, 3}, &Shuffle{3000, 12, 4}, &PixelShuffle{2, 3, 5, 3, 2}, &PixelShuffleBackward{2, 30, 40, 5, 3})
	for _, c := range connTables {
		all = append(all, &ConvSpread{c.ConvShape, c.table}, &ConvGather{c.ConvShape, c.table})
	}
	for _, s := range poolShapes {
		all = append(all, &MaxPool{s}, &MaxPoolIndex{s}, &MaxPoolBackward{s},
			&AvgPool{PoolShape: s}, &AvgPool{s, true, s.PadT, s.PadL},
			&AvgPoolBackward{PoolShape: s}, &AvgPoolBackward{s, true, s.PadT, s.PadL})
	}
	for _, s := range [][4]int{{1, 1, 1, 1}, {2, 1, 1, 7}, {1, 5, 5, 16}, {3, 3, 2, 17}, {2, 40, 40, 33}} {
		all = append(all, &Flatten{s[0], s[1], s[2], s[3]}, &FlattenBackward{s[0], s[1], s[2], s[3]})
	}
	for _, s := range [][2]int{{1, 2}, {64, 10}, {3, 1000}, {700, 21}} {
		all = append(all, &CrossEntropy{N: s[0], Classes: s[1], Weight: 1}, &MultiMargin{s[0], s[1], 1, 0.4},
			&MAPCriterion{s[0], s[1], 0, 0.4}, &MAPCriterion{s[0], s[1], 2, 1},
			&CrossEntropy{N: s[0], Classes: s[1], Weight: 0.4, Smooth: 0.1, Skips: true},
			&SoftCrossEntropy{N: s[0], Classes: s[1], Weight: 0.4}, &SoftCrossEntropy{N: s[0], Classes: s[1], Weight: 1, Smooth: 0.1},
			&Softmax{s[0], s[1]}, &SoftmaxBackward{s[0], s[1]}, &LogSoftmax{s[0], s[1]}, &LogSoftmaxBackward{s[0], s[1]})
	}
	for _, s := range normShapes {
		all = append(all, &Moments{s, 1e-5}, &Normalize{NormShape: s}, &NormalizeBackward{NormShape: s}, &NormalizeBackward{NormShape: s, Fixed: true}, &NormalizeBackward{NormShape: s, Gate: true}, &Normalize{s, ReLU}, &Normalize{s, Tanh},
			&RunningMoments{C: s.C, Count: s.Rows, Momentum: 0.1}, &RunningMoments{s.C, s.Rows, 0, true}, &StoredMoments{s.C, 1e-5}, &FoldMoments{s.C, 1e-5})
	}
	for _, s := range adaptiveShapes {
		all = append(all, &AdaptiveAvgPool{s}, &AdaptiveAvgPoolBackward{s}, &AdaptiveMaxPool{s}, &AdaptiveMaxPoolBackward{s})
	}
	for _, s := range globalShapes {
		back := GlobalAvgPoolBackward(s)
		all = append(all, &s, &back)
	}
	for _, s := range lrnShapes {
		all = append(all, &LRN{s}, &LRNBackward{s})
	}
	for _, k := range rowShapes {
		all = append(all, &k, &RowNormBackward{k.Rows, k.C})
	}
	for _, s := range rbfShapes {
		all = append(all, &RBF{s}, &RBFBackward{s}, &RBFBackwardWeights{s})
	}
	return append(append(all, &Count{}, &FillDigits{}), halfSamples(all)...)
}

// halfSamples are the forms for bf16 of kernels that have one, convolutions
// beside, and the conversions.
func halfSamples(wide []plan.Kernel) []plan.Kernel {
	var all []plan.Kernel
	for _, c := range []int{1, 2, 3, 16, 33} {
		all = append(all, &Narrow{1, c}, &Narrow{7, c}, &Narrow{2 * elemTile, c}, &Widen{2 * c}, &Widen{2*elemTile + 6})
	}
	for _, s := range convShapes()[:12] {
		wide = append(wide, &ConvPack{s}, &ConvPackTransposed{s}, &ConvForward{ConvShape: s, Fn: ReLU}, &ConvBackwardData{s}, &ConvBackwardWeights{s})
	}
	for _, k := range wide {
		h, ok := k.(Halver)
		if !ok {
			continue
		}
		// scales, addends and other things that a form does without are last
		n := len(k.Operands())
		for _, has := range []func(int) bool{always, without(n - 1)} {
			if form := h.BF16(has); form != nil {
				all = append(all, form)
				break
			}
		}
	}
	return all
}

// Every kernel gives the same bits for any number of threads and for any
// instruction set, and writes every element it promises and no other.
func TestEveryKernel(t *testing.T) {
	pools := []*par.Pool{pool(t, 1), pool(t, 2), pool(t, 3)}
	for _, k := range samples() {
		var first []plan.View
		for _, level := range []simd.Level{simd.Portable, simd.AVX2, simd.AVX512} {
			restore, ok := simd.Force(level)
			if !ok {
				continue
			}
			for _, p := range pools {
				v := runGuarded(t, p, k)
				if first == nil {
					first = v
				}
				for i := range v {
					if !sameBits(v[i], first[i]) {
						t.Errorf("%T %+v: operand %d at %v with %d threads differs from the first run", k, k, i, level, p.Threads())
					}
				}
			}
			restore()
		}
	}
}

// runGuarded runs a kernel once on operands of its own and checks that it wrote
// all that it should and nothing else.
func runGuarded(t *testing.T, p *par.Pool, k plan.Kernel) []plan.View {
	t.Helper()
	v, check := bind(k)
	k.Call(p, v)
	check(t)
	for i, o := range k.Operands() {
		if o.Name == "work" {
			continue // its own business
		}
		for j, x := range v[i].F32 {
			if x != x {
				t.Fatalf("%T %+v: %s[%d] is NaN", k, k, o.Name, j)
			}
		}
		for j, x := range v[i].H {
			if x&0x7fff > 0x7f80 {
				t.Fatalf("%T %+v: %s[%d] is NaN", k, k, o.Name, j)
			}
		}
	}
	return v
}

func TestNoKernelAllocates(t *testing.T) {
	p := pool(t, 2)
	for _, k := range samples() {
		v, _ := bind(k)
		if n := allocations(func() { k.Call(p, v) }); n != 0 {
			t.Errorf("%T %+v: %v allocations", k, k, n)
		}
	}
}

// allocations is how often f allocates. The count is the whole process's, and
// the runtime allocates at times for its own sake, as when a worker parks; what
// f does itself, it does every time.
func allocations(f func()) float64 {
	n := testing.AllocsPerRun(1, f)
	for try := 0; n != 0 && try < 10; try++ {
		n = min(n, testing.AllocsPerRun(1, f))
	}
	return n
}

// Every operand's length is checked.
func TestWrongLengthPanics(t *testing.T) {
	p := pool(t, 1)
	for _, k := range samples() {
		for i, o := range k.Operands() {
			v, _ := bind(k)
			switch {
			case v[i].F32 != nil:
				v[i].F32 = append(v[i].F32, 0)
			case v[i].I32 != nil:
				v[i].I32 = append(v[i].I32, 0)
			case v[i].H != nil:
				v[i].H = append(v[i].H, 0)
			default:
				v[i].I64 = append(v[i].I64, 0)
			}
			if o.Optional && o.Name != "dx" {
				continue // state that the settings leave unused
			}
			if !panics(func() { k.Call(p, v) }) {
				t.Errorf("%T %+v accepts %s one element too long", k, k, o.Name)
			}
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return
}

func sameBits(a, b plan.View) bool {
	for i := range a.F32 {
		if math.Float32bits(a.F32[i]) != math.Float32bits(b.F32[i]) {
			return false
		}
	}
	for i := range a.H {
		if a.H[i] != b.H[i] {
			return false
		}
	}
	for i := range a.I32 {
		if a.I32[i] != b.I32[i] {
			return false
		}
	}
	for i := range a.I64 {
		if a.I64[i] != b.I64[i] {
			return false
		}
	}
	return true
}

// near checks got against a float64 reference, relative to its largest value.
func near(t *testing.T, what string, got []float32, want []float64, bound float64) {
	t.Helper()
	largest := 0.0
	for _, w := range want {
		if !math.IsInf(w, 0) {
			largest = max(largest, math.Abs(w))
		}
	}
	for i, w := range want {
		if float64(got[i]) != w && !(math.Abs(float64(got[i])-w) <= bound*largest) {
			t.Errorf("%s: element %d is %v, want %v", what, i, got[i], w)
			return
		}
	}
}
