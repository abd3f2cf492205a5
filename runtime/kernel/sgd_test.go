package kernel

import (
	"fmt"
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
				k.Run(p, w, m, g.flat(fmt.Sprint("g", name, i)), []float32{g.attrs.Rate}, step)
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
	k.Run(p, w, m, []float32{8}, rate, []int64{0})
	k.Run(p, w, m, []float32{8}, rate, []int64{1})
	if m[0] != 0.5*8+0.75*8 || w[0] != -8-10 {
		t.Errorf("momentum %v, weight %v after two steps, want 10, -18", m[0], w[0])
	}
}

func BenchmarkSGD(b *testing.B) {
	const n = 61706 // LeNet-5
	for _, k := range []SGD{{Len: n}, {Len: n, Momentum: 0.9, Decay: 5e-4}, {Len: n, Momentum: 0.9, Decay: 5e-4, Nesterov: true}} {
		b.Run(fmt.Sprintf("momentum=%v/nesterov=%v", k.Momentum, k.Nesterov), func(b *testing.B) {
			p := pool(b, 1)
			w, m, dw := random(n, 1), random(n, 2), make([]float32, n)
			for b.Loop() {
				k.Run(p, w, m, dw, []float32{0.1}, []int64{1})
			}
			perElement(b, n)
		})
	}
}
