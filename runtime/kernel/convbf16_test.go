package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// always has every operand.
func always(int) bool { return true }

// without has every operand but one.
func without(absent int) func(int) bool { return func(i int) bool { return i != absent } }

// rounded is numbers that bf16 holds, and the same in bf16, pixels of c channels
// at their pitch.
func rounded(v []float32, c int) ([]float32, []uint16) {
	p := par.New(1)
	defer p.Close()
	k := Narrow{len(v) / c, c}
	h := make([]uint16, k.Rows*paired(c))
	k.Run(p, h, v)
	wide := make([]float32, len(h))
	(&Widen{len(h)}).Run(p, wide, h)
	for i := range v {
		v[i] = wide[i/c*paired(c)+i%c]
	}
	return v, h
}

// guardedHalves is guarded for bf16.
func guardedHalves(t *testing.T, n int) ([]uint16, func()) {
	if n%2 != 0 {
		t.Fatalf("%d elements of bf16", n)
	}
	v, check := guarded(t, n/2)
	return plan.Halves(v), check
}

// halfCase is a convolution whose operands bf16 holds, and the results of all
// passes in bf16.
type halfCase struct {
	*convCase
	x, dy  []uint16
	y, dx  []uint16
	dw, db []float32
}

func newHalfCase(s ConvShape) *halfCase {
	c := &halfCase{convCase: newConvCase(s)}
	c.convCase.x, c.x = rounded(c.convCase.x, s.C)
	c.convCase.dy, c.dy = rounded(c.convCase.dy, s.K)
	c.w, _ = rounded(c.w, 1)
	return c
}

// run computes all passes, with or without the instruction.
func (c *halfCase) run(t *testing.T, level simd.Level, threads int) *halfCase {
	t.Helper()
	restore, _ := simd.Force(level)
	defer restore()
	r := *c
	pack := (&ConvPack{c.ConvShape}).BF16(without(2)).(*ConvPackBF16)
	fwd := (&ConvForward{ConvShape: c.ConvShape}).BF16(without(4)).(*ConvForwardBF16)
	grad := (&ConvBackwardWeights{c.ConvShape}).BF16(always).(*ConvBackwardWeightsBF16)
	packT, _ := (&ConvPackTransposed{c.ConvShape}).BF16(always).(*ConvPackTransposedBF16)
	scratch := max(pack.Scratch(), fwd.Scratch(), grad.Scratch())
	if packT != nil {
		scratch = max(scratch, packT.Scratch(), (&ConvBackwardDataBF16{c.ConvShape}).Scratch())
	}
	p := par.New(threads)
	defer p.Close()
	p.Reserve(scratch)
	for i := range threads {
		for j := range p.Scratch(i) {
			p.Scratch(i)[j] = float32(math.NaN())
		}
	}
	var checks []func()
	out := func(n int) []uint16 {
		v, check := guardedHalves(t, n)
		checks = append(checks, check)
		return v
	}
	wide := func(n int) []float32 {
		v, check := guarded(t, n)
		checks = append(checks, check)
		return v
	}
	packed := out(pack.Operands()[0].Len)
	r.y, r.dw, r.db = out(c.yLen()), wide(c.wLen()), wide(c.K)
	pack.Run(p, packed, c.w)
	fwd.Run(p, r.y, c.x, packed, c.b)
	grad.Run(p, r.dw, r.db, c.x, c.dy, wide(grad.WorkLen()))
	if packT != nil {
		packed := out(packT.Operands()[0].Len)
		r.dx = out(c.xLen())
		packT.Run(p, packed, c.w)
		(&ConvBackwardDataBF16{c.ConvShape}).Run(p, r.dx, c.dy, packed)
	}
	for _, check := range checks {
		check()
	}
	return &r
}

// withinHalf is within for what was rounded to bf16.
func withinHalf(t *testing.T, what string, got []uint16, want, abs []float64, terms int) {
	t.Helper()
	for i, w := range want {
		v := float64(math.Float32frombits(uint32(got[i]) << 16))
		if bound := float64(terms)*0x1p-24*abs[i] + 0x1p-8*(math.Abs(w)+float64(terms)*0x1p-24*abs[i]); !(math.Abs(v-w) <= bound) {
			t.Errorf("%s[%d] = %v, want %v ± %.1e", what, i, v, w, bound)
			return
		}
	}
}

func identicalHalves(t *testing.T, what string, got, want []uint16) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s[%d] = %#x, and %#x at one thread and the highest level", what, i, got[i], want[i])
			return
		}
	}
}

// Every pass is within its bound of the float64 reference, writes its result and
// nothing else, and has the same bits in plain Go and at any number of threads.
func TestConvBF16(t *testing.T) {
	forms := 0
	for i, s := range convShapes() {
		if s.Groups != 1 {
			if (&ConvForward{ConvShape: s}).BF16(without(4)) != nil {
				t.Errorf("%+v: a form for groups", s)
			}
			continue
		}
		s.K += s.K % 2
		forms++
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			c := newHalfCase(s)
			got, want := c.run(t, simd.Best(), 1), c.reference()
			taps := s.R * s.S
			withinHalf(t, "y", got.y, want.y, want.yAbs, taps*s.C+1)
			within(t, "dw", got.dw, want.dw, want.dwAbs, 2*gradientPairs+64)
			within(t, "db", got.db, want.db, want.dbAbs, 2*gradientPairs+64)
			if s.C%2 == 0 {
				withinHalf(t, "dx", got.dx, want.dx, want.dxAbs, taps*s.K)
			}
			for _, level := range []simd.Level{simd.Portable, simd.Best()} {
				more := c.run(t, level, 2+int(level))
				identicalHalves(t, level.String()+" y", more.y, got.y)
				identicalHalves(t, level.String()+" dx", more.dx, got.dx)
				identical(t, level.String()+" dw", more.dw, got.dw)
				identical(t, level.String()+" db", more.db, got.db)
			}
			if t.Failed() {
				t.Logf("%+v", [...]ConvShape{s})
			}
		})
	}
	if forms < 50 {
		t.Errorf("%d shapes", forms)
	}
}

func BenchmarkConvBF16(b *testing.B) {
	for _, l := range []struct {
		name string
		ConvShape
	}{
		{"1x1-56x64x256b8", square(8, 56, 64, 256, 1, 1, 0, 1, 1)},
		{"1x1-56x256x64b8", square(8, 56, 256, 64, 1, 1, 0, 1, 1)},
		{"1x1-14x1024x256b8", square(8, 14, 1024, 256, 1, 1, 0, 1, 1)},
		{"1x1-7x512x2048b8", square(8, 7, 512, 2048, 1, 1, 0, 1, 1)},
		{"3x3-56x64x64b8", square(8, 56, 64, 64, 3, 1, 1, 1, 1)},
		{"3x3-28x128x128b8", square(8, 28, 128, 128, 3, 1, 1, 1, 1)},
		{"3x3-14x256x256b8", square(8, 14, 256, 256, 3, 1, 1, 1, 1)},
		{"3x3-7x512x512b8", square(8, 7, 512, 512, 3, 1, 1, 1, 1)},
		{"3x3s2-28x256x256b8", square(8, 28, 256, 256, 3, 2, 1, 1, 1)},
		{"1x1s2-28x512x1024b8", square(8, 28, 512, 1024, 1, 2, 0, 1, 1)},
		{"7x7s2-224x3x64b8", square(8, 224, 3, 64, 7, 2, 3, 1, 1)},
	} {
		s := l.ConvShape
		f := s.forward()
		pack, fwd, grad := &ConvPackBF16{s}, &ConvForwardBF16{ConvShape: s}, &ConvBackwardWeightsBF16{s}
		x, dy, y, dx := make([]uint16, s.pitchLen()), make([]uint16, s.yLen()), make([]uint16, s.yLen()), make([]uint16, s.pitchLen())
		w, dw, work := random(s.wLen(), 1), make([]float32, s.wLen()), make([]float32, grad.WorkLen())
		packed := make([]uint16, pack.Operands()[0].Len)
		p := benchPool(b, 1)
		p.Reserve(max(pack.Scratch(), fwd.Scratch(), grad.Scratch()))
		run := func(pass string, macs int, f func()) {
			b.Run(pass+"/"+l.name, func(b *testing.B) {
				for b.Loop() {
					f()
				}
				gflops(b, macs)
			})
		}
		run("pack", s.wLen(), func() { pack.Run(p, packed, w) })
		run("forward", f.macs(), func() { fwd.Run(p, y, x, packed, nil) })
		run("weights", f.macs(), func() { grad.Run(p, dw, nil, x, dy, work) })
		if s.C%2 == 0 {
			packT, bwd := &ConvPackTransposedBF16{s}, &ConvBackwardDataBF16{s}
			packedT := make([]uint16, packT.Operands()[0].Len)
			p.Reserve(max(packT.Scratch(), bwd.Scratch()))
			run("packT", s.wLen(), func() { packT.Run(p, packedT, w) })
			run("data", f.macs(), func() { bwd.Run(p, dx, dy, packedT) })
		}
	}
}
