package kernel

import (
	"fmt"
	"math"
	"testing"
)

func TestCrossEntropyGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "ce_*") {
		x := g.flat("x")
		k := CrossEntropy{N: g.tensors["x"].shape[0], Classes: g.tensors["x"].shape[1]}
		label := make([]int32, k.N)
		for i, v := range g.tensors["target"].values {
			label[i] = int32(v)
		}
		loss, dx := make([]float32, 1), make([]float32, len(x))
		k.Run(p, loss, dx, x, label)
		scale := float32(g.tensors["dy"].values[0])
		for i := range dx {
			dx[i] *= scale
		}
		g.compare(t, "y", loss)
		g.compare(t, "d_x", dx)

		without := make([]float32, 1)
		k.Run(p, without, nil, x, label)
		if without[0] != loss[0] {
			t.Errorf("%s: loss %v without gradient, %v with", g.name, without[0], loss[0])
		}
	}
}

func TestCrossEntropyAgainstFloat64(t *testing.T) {
	p := pool(t, 2)
	for _, k := range []CrossEntropy{{1, 1}, {1, 2}, {64, 10}, {5, 1000}, {2000, 21}} {
		x := random(k.N*k.Classes, 3)
		label := make([]int32, k.N)
		want, grad := 0.0, make([]float64, len(x))
		for n := range label {
			label[n] = int32(n % k.Classes)
			row := x[n*k.Classes:][:k.Classes]
			z := 0.0
			for j := range row {
				row[j] = row[j]*10 + float32(n)*300
				z += math.Exp(float64(row[j]) - float64(n)*300)
			}
			want += (math.Log(z) + float64(n)*300 - float64(row[label[n]])) / float64(k.N)
			for j := range row {
				grad[n*k.Classes+j] = math.Exp(float64(row[j])-float64(n)*300) / z / float64(k.N)
			}
			grad[n*k.Classes+int(label[n])] -= 1 / float64(k.N)
		}
		loss, dx := make([]float32, 1), make([]float32, len(x))
		k.Run(p, loss, dx, x, label)
		name := fmt.Sprintf("%+v", k)
		near(t, name+" loss", loss, []float64{want}, 1e-6)
		near(t, name+" gradient", dx, grad, 1e-6)
	}
}

// One sample of loss ln 3 among samples of loss 0: the mean is rounded once.
func TestCrossEntropyRoundsOnce(t *testing.T) {
	p := pool(t, 1)
	for n := 1; n <= 64; n++ {
		x := make([]float32, 3*n)
		for i := 3; i < len(x); i += 3 {
			x[i] = 200
		}
		loss := make([]float32, 1)
		(&CrossEntropy{n, 3}).Run(p, loss, nil, x, make([]int32, n))
		if want := float32(math.Log(3) / float64(n)); loss[0] != want {
			t.Errorf("loss %v of %d samples, want %v", loss[0], n, want)
		}
	}
}

func TestCrossEntropyRefusesLabel(t *testing.T) {
	p := pool(t, 1)
	for _, at := range []int32{-1, 3, math.MaxInt32} {
		if !panics(func() { (&CrossEntropy{1, 3}).Run(p, make([]float32, 1), nil, make([]float32, 3), []int32{at}) }) {
			t.Errorf("label %d of 3 classes is accepted", at)
		}
	}
}

func TestNaNLogitReachesLoss(t *testing.T) {
	p := pool(t, 1)
	for i := range 3 {
		x := []float32{1, 2, 3}
		x[i] = float32(math.NaN())
		loss := make([]float32, 1)
		(&CrossEntropy{1, 3}).Run(p, loss, nil, x, []int32{0})
		if loss[0] == loss[0] {
			t.Errorf("NaN at %d gives loss %v", i, loss[0])
		}
	}
}

func BenchmarkCrossEntropy(b *testing.B) {
	for _, k := range []CrossEntropy{{64, 10}, {64, 1000}} {
		b.Run(fmt.Sprint(k.Classes), func(b *testing.B) {
			p := pool(b, 1)
			x, dx, loss := random(k.N*k.Classes, 1), make([]float32, k.N*k.Classes), make([]float32, 1)
			label := make([]int32, k.N)
			for b.Loop() {
				k.Run(p, loss, dx, x, label)
			}
			perElement(b, len(x))
		})
	}
}
