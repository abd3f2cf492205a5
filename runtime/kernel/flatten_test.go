package kernel

import "testing"

func TestFlatten(t *testing.T) {
	p := pool(t, 2)
	for _, k := range []Flatten{{1, 1, 1, 1}, {2, 3, 5, 1}, {1, 1, 1, 9}, {3, 5, 5, 16}, {2, 7, 6, 35}, {200, 5, 5, 16}} {
		x := random(k.N*k.H*k.W*k.C, 1)
		y, back := make([]float32, len(x)), make([]float32, len(x))
		k.Run(p, y, x)
		for n := range k.N {
			for c := range k.C {
				for i := range k.H * k.W {
					if got, want := y[(n*k.C+c)*k.H*k.W+i], x[(n*k.H*k.W+i)*k.C+c]; got != want {
						t.Fatalf("%+v: sample %d, channel %d, pixel %d is %v, want %v", k, n, c, i, got, want)
					}
				}
			}
		}
		(*FlattenBackward)(&k).Run(p, back, y)
		for i := range x {
			if back[i] != x[i] {
				t.Fatalf("%+v: gradient of element %d is %v, want %v", k, i, back[i], x[i])
			}
		}
	}
}

func BenchmarkFlatten(b *testing.B) {
	for _, k := range []Flatten{{64, 5, 5, 16}, {8, 7, 7, 512}} {
		n := k.N * k.H * k.W * k.C
		p := pool(b, 1)
		x, y := random(n, 1), make([]float32, n)
		b.Run("forward", func(b *testing.B) {
			for b.Loop() {
				k.Run(p, y, x)
			}
			perElement(b, n)
		})
		b.Run("backward", func(b *testing.B) {
			for b.Loop() {
				(*FlattenBackward)(&k).Run(p, y, x)
			}
			perElement(b, n)
		})
	}
}
