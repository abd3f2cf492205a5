package kernel

import (
	"fmt"
	"slices"
	"testing"
)

func TestSGDGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "opt_sgd*") {
		for _, name := range []string{"p", "q"} {
			w := g.flat(name + "0")
			k := SGD{Len: len(w), Momentum: g.attrs.Momentum, Decay: g.attrs.Decay, Nesterov: g.attrs.Nesterov}
			var m []float32
			if k.Momentum != 0 {
				m = random(len(w), 9) // step 0 does not read it
			}
			step := []int64{0}
			for i := 1; i <= 6; i++ {
				k.Run(p, w, m, g.flat(fmt.Sprint("g", name, i)), []float32{g.attrs.Rate}, nil, step)
				(&Count{}).Run(p, step)
				g.compare(t, fmt.Sprint(name, i), w)
				if m != nil && name == "p" {
					g.compare(t, fmt.Sprint("p_momentum_buffer", i), m)
				}
			}
			if step[0] != 6 {
				t.Errorf("%d steps counted, want 6", step[0])
			}
		}
	}
}

// Dampening holds back every gradient but the first.
func TestSGDDampening(t *testing.T) {
	p := pool(t, 1)
	k := SGD{Len: 1, Momentum: 0.5, Dampening: 0.25}
	w, m, rate := []float32{0}, []float32{0}, []float32{1}
	k.Run(p, w, m, []float32{8}, rate, nil, []int64{0})
	k.Run(p, w, m, []float32{8}, rate, nil, []int64{1})
	if m[0] != 0.5*8+0.75*8 || w[0] != -8-10 {
		t.Errorf("momentum %v, weight %v after two steps, want 10, -18", m[0], w[0])
	}
}

// TestCycledMomentum gives the momentum as an operand: the bits are those of a
// kernel that was made with it.
func TestCycledMomentum(t *testing.T) {
	const n = 40
	p := pool(t, 1)
	for _, share := range []float32{0.5, 0.875} { // float64(share) is what the kernel of its own has
		w, m, v, dw := random(n, 1), random(n, 2), make([]float32, n), random(n, 4)
		same := func(name string, run func(w, m, v []float32, cycled bool)) {
			t.Helper()
			w1, m1, w2, m2 := slices.Clone(w), slices.Clone(m), slices.Clone(w), slices.Clone(m)
			run(w1, m1, slices.Clone(v), false)
			run(w2, m2, slices.Clone(v), true)
			if !slices.Equal(w1, w2) || !slices.Equal(m1, m2) {
				t.Errorf("%s at %g: another update", name, share)
			}
		}
		same("sgd", func(w, m, _ []float32, cycled bool) {
			k, kept := SGD{Len: n, Momentum: share, Nesterov: true}, []float32(nil)
			if cycled {
				k.Momentum, k.Cycled, kept = 0.1, true, []float32{share}
			}
			k.Run(p, w, m, dw, []float32{0.1}, kept, []int64{3})
		})
		same("adam", func(w, m, v []float32, cycled bool) {
			k, kept := Adam{Len: n, Beta1: float64(share), Beta2: 0.99, Eps: 1e-8}, []float32(nil)
			if cycled {
				k.Beta1, k.Cycled, kept = 0.1, true, []float32{share}
			}
			k.Run(p, w, m, v, nil, dw, []float32{0.1}, kept, []int64{3})
		})
	}
}

func BenchmarkSGD(b *testing.B) {
	const n = 61706 // LeNet-5
	for _, k := range []SGD{{Len: n}, {Len: n, Momentum: 0.9, Decay: 5e-4}, {Len: n, Momentum: 0.9, Decay: 5e-4, Nesterov: true}} {
		b.Run(fmt.Sprintf("momentum=%v/nesterov=%v", k.Momentum, k.Nesterov), func(b *testing.B) {
			p := pool(b, 1)
			w, m, dw := random(n, 1), random(n, 2), make([]float32, n)
			for b.Loop() {
				k.Run(p, w, m, dw, []float32{0.1}, nil, []int64{1})
			}
			perElement(b, n)
		})
	}
}
