package kernel

import (
	"testing"
)

func TestActivationGoldens(t *testing.T) {
	p := pool(t, 1)
	for fn, row := range activations {
		for _, g := range goldens(t, "act_"+row.name) {
			y, dx := g.flat("x"), g.flat("dy") // in place
			(&Activation{Fn(fn), len(y)}).Run(p, y, y)
			g.compare(t, "y", y)
			(&ActivationBackward{Fn(fn), len(y)}).Run(p, dx, dx, y)
			g.compare(t, "d_x", dx)
		}
	}
}

func BenchmarkActivation(b *testing.B) {
	const n = 64 * 28 * 28 * 6
	p := pool(b, 1)
	x, y := random(n, 1), make([]float32, n)
	for fn, row := range activations {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				(&Activation{Fn(fn), n}).Run(p, y, x)
			}
			perElement(b, n)
		})
		b.Run(row.name+"Backward", func(b *testing.B) {
			for b.Loop() {
				(&ActivationBackward{Fn(fn), n}).Run(p, y, x, x)
			}
			perElement(b, n)
		})
	}
}
