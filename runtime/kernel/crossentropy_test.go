package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
)

func TestCrossEntropyGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "ce_*") {
		x, s := g.flat("x"), g.tensors["x"].shape
		if len(s) == 4 { // a map: one sample a pixel
			x = g.nhwc("x")
		}
		k := CrossEntropy{N: len(x) / s[1], Classes: s[1], Weight: 1, Smooth: g.attrs.Smoothing}
		if g.attrs.Ignore != nil {
			k.Skips, k.Ignore = true, *g.attrs.Ignore
		}
		if w, ok := g.tensors["class_weight"]; ok {
			k.ClassWeights = w.values
		}
		label := make([]int32, k.N)
		for i, v := range g.tensors["target"].values {
			label[i] = int32(v)
		}
		loss, dx := crossEntropyOf(p, k, g, x, label)
		g.compare(t, "y", loss)
		if len(s) == 4 {
			g.compareNHWC(t, "d_x", dx)
		} else {
			g.compare(t, "d_x", dx)
		}

		without, with := make([]float32, 1), make([]float32, 1)
		k.Run(p, without, nil, x, label)
		k.Run(p, with, dx, x, label)
		if without[0] != with[0] {
			t.Errorf("%s: loss %v without gradient, %v with", g.name, without[0], with[0])
		}
	}
}

// crossEntropyOf is the loss and the gradient times dy as a record has them: of
// all samples together, by a mean or a sum, or of one after another.
func crossEntropyOf(p *par.Pool, k CrossEntropy, g golden, x []float32, label []int32) (loss, dx []float32) {
	samples, dy := 1, g.flat("dy")
	switch g.attrs.Reduction {
	case "sum":
		k.Weight = float64(k.N)
	case "none":
		samples, k.N = k.N, 1
	}
	loss, dx = make([]float32, samples), random(len(x), 8)
	for i := range samples {
		rows, part := len(label)/samples, dx[i*len(x)/samples:(i+1)*len(x)/samples]
		k.Run(p, loss[i:i+1], part, x[i*len(x)/samples:(i+1)*len(x)/samples], label[i*rows:(i+1)*rows])
		for j := range part {
			part[j] *= dy[i]
		}
	}
	return loss, dx
}

// All settings at once, against the formula in float64, and its gradient
// against that of the float64 formula by differences.
func TestCrossEntropySettings(t *testing.T) {
	p := pool(t, 2)
	k := CrossEntropy{N: 40, Classes: 9, Weight: 0.3, Smooth: 0.2, Skips: true, Ignore: 255}
	for j := range k.Classes {
		k.ClassWeights = append(k.ClassWeights, 0.5+float64(j)/4)
	}
	x, label := random(k.N*k.Classes, 5), make([]int32, k.N)
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	for n := range label {
		label[n] = int32(n % k.Classes)
		if n%7 == 3 {
			label[n] = 255
		}
	}
	ref := func() float64 {
		sum, count := 0.0, 0.0
		for n, at := range label {
			if at == 255 {
				continue
			}
			row, z := wide[n*k.Classes:][:k.Classes], 0.0
			for _, v := range row {
				z += math.Exp(v)
			}
			for j, v := range row {
				q := k.Smooth / float64(k.Classes)
				if j == int(at) {
					q += 1 - k.Smooth
				}
				sum -= q * k.ClassWeights[j] * (v - math.Log(z))
			}
			count += k.ClassWeights[at]
		}
		return k.Weight * sum / count
	}
	loss, dx, grad := make([]float32, 1), random(len(x), 8), make([]float64, len(x))
	k.Run(p, loss, dx, x, label)
	near(t, "loss", loss, []float64{ref()}, 1e-6)
	const h = 1e-5
	for i, v := range wide {
		wide[i] = v + h
		up := ref()
		wide[i] = v - h
		grad[i] = (up - ref()) / (2 * h)
		wide[i] = v
	}
	near(t, "gradient", dx, grad, 1e-5)
}

// Without a counted label there is nothing to learn.
func TestCrossEntropyOfNothing(t *testing.T) {
	p := pool(t, 1)
	loss, dx := []float32{9}, []float32{9, 9, 9, 9}
	k := CrossEntropy{N: 2, Classes: 2, Weight: 1, Skips: true, Ignore: 7}
	k.Run(p, loss, dx, []float32{1, 2, 3, 4}, []int32{7, 7})
	if loss[0] != 0 || dx[0] != 0 || dx[3] != 0 {
		t.Errorf("loss %v, gradient %v; want zeros", loss, dx)
	}
}

func TestCrossEntropyAgainstFloat64(t *testing.T) {
	p := pool(t, 2)
	for _, k := range []CrossEntropy{
		{N: 1, Classes: 1, Weight: 1}, {N: 1, Classes: 2, Weight: 1}, {N: 64, Classes: 10, Weight: 1},
		{N: 5, Classes: 1000, Weight: 1}, {N: 2000, Classes: 21, Weight: 1},
	} {
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
		(&CrossEntropy{N: n, Classes: 3, Weight: 1}).Run(p, loss, nil, x, make([]int32, n))
		if want := float32(math.Log(3) / float64(n)); loss[0] != want {
			t.Errorf("loss %v of %d samples, want %v", loss[0], n, want)
		}
	}
}

func TestCrossEntropyRefusesLabel(t *testing.T) {
	p := pool(t, 1)
	for _, at := range []int32{-1, 3, math.MaxInt32} {
		if !panics(func() {
			(&CrossEntropy{N: 1, Classes: 3, Weight: 1}).Run(p, make([]float32, 1), nil, make([]float32, 3), []int32{at})
		}) {
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
		(&CrossEntropy{N: 1, Classes: 3, Weight: 1}).Run(p, loss, nil, x, []int32{0})
		if loss[0] == loss[0] {
			t.Errorf("NaN at %d gives loss %v", i, loss[0])
		}
	}
}

func BenchmarkCrossEntropy(b *testing.B) {
	for _, k := range []CrossEntropy{{N: 64, Classes: 10, Weight: 1}, {N: 64, Classes: 1000, Weight: 1}} {
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
