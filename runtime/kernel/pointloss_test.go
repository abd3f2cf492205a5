package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// targetLosses are the losses against values, by their recorded cases.
var targetLosses = []struct {
	golden string
	make   func(n int, a *goldenAttrs, weight float64) plan.Kernel
}{
	{"loss_mse_mean", func(n int, _ *goldenAttrs, w float64) plan.Kernel { return &PointLoss{PointSquare, n, 0, w} }},
	{"loss_l1_mean", func(n int, _ *goldenAttrs, w float64) plan.Kernel { return &PointLoss{PointAbsolute, n, 0, w} }},
	{"loss_huber_d05", func(n int, a *goldenAttrs, w float64) plan.Kernel { return &PointLoss{PointHuber, n, *a.Delta, w} }},
	{"loss_smooth_l1_b1", func(n int, a *goldenAttrs, w float64) plan.Kernel { return &PointLoss{PointSmoothL1, n, *a.Beta, w} }},
	{"loss_bce_logits", func(n int, _ *goldenAttrs, w float64) plan.Kernel { return &PointLoss{PointLogistic, n, 0, w} }},
	{"loss_soft_dice", func(n int, _ *goldenAttrs, w float64) plan.Kernel { return &Dice{n, 1, w} }},
}

// runLoss is a loss and its gradient.
func runLoss(p *par.Pool, k plan.Kernel, x []float32, against plan.View) (loss, dx []float32) {
	loss, dx = make([]float32, 1), random(len(x), 8)
	k.Call(p, []plan.View{{F32: loss}, {F32: dx}, {F32: x}, against})
	return loss, dx
}

func TestTargetLossGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, l := range targetLosses {
		g := goldens(t, l.golden)[0]
		x, target := g.flat("x"), plan.View{F32: g.flat("target")}
		loss, dx := runLoss(p, l.make(len(x), &g.attrs, 1), x, target)
		g.compare(t, "y", loss)
		g.compare(t, "d_x", dx)

		without := make([]float32, 1)
		l.make(len(x), &g.attrs, 1).Call(p, []plan.View{{F32: without}, {}, {F32: x}, target})
		if without[0] != loss[0] {
			t.Errorf("%s: loss %v without gradient, %v with", g.name, without[0], loss[0])
		}
	}
}

func TestMultiMarginGolden(t *testing.T) {
	p := pool(t, 1)
	g := goldens(t, "loss_multi_margin")[0]
	s := g.tensors["x"].shape
	label := make([]int32, s[0])
	for i, v := range g.tensors["target"].values {
		label[i] = int32(v)
	}
	loss, dx := runLoss(p, &MultiMargin{s[0], s[1], *g.attrs.Margin, 1}, g.flat("x"), plan.View{I32: label})
	g.compare(t, "y", loss)
	g.compare(t, "d_x", dx)
	if !panics(func() { (&MultiMargin{1, 2, 1, 1}).Run(p, loss, nil, []float32{1, 2}, []int32{2}) }) {
		t.Error("label 2 of 2 classes is accepted")
	}
}

// The weight scales the loss and its gradient alike, and sizes of more than one
// tile do not change the mean.
func TestLossesOfManyTiles(t *testing.T) {
	p := pool(t, 3)
	attrs := goldenAttrs{Delta: new(float64), Beta: new(float64)}
	*attrs.Delta, *attrs.Beta = 0.5, 0.5
	for _, l := range targetLosses {
		for _, n := range []int{1, 9, 3*elemTile + 5} {
			x, target := random(n, 1), random(n, 2)
			sum, over, below := 0.0, 1.0, 1.0
			for i := range x {
				v, d := float64(x[i]), float64(x[i])-float64(target[i])
				switch k := l.make(1, &attrs, 1).(type) {
				case *Dice:
					q := 1 / (1 + math.Exp(-v))
					over += 2 * q * float64(target[i])
					below += q + float64(target[i])
				case *PointLoss:
					switch a := math.Abs(d); {
					case k.Fn == PointSquare:
						sum += d * d
					case k.Fn == PointLogistic:
						q := 1 / (1 + math.Exp(-v))
						sum -= float64(target[i])*math.Log(q) + (1-float64(target[i]))*math.Log(1-q)
					case k.Fn == PointAbsolute:
						sum += a
					case a < 0.5 && k.Fn == PointHuber:
						sum += d * d / 2
					case a < 0.5:
						sum += d * d
					case k.Fn == PointHuber:
						sum += a/2 - 0.125
					default:
						sum += a - 0.25
					}
				}
			}
			want := sum / float64(n)
			if l.golden == "loss_soft_dice" {
				want = 1 - over/below
			}
			name := fmt.Sprintf("%s of %d", l.golden, n)
			loss, dx := runLoss(p, l.make(n, &attrs, 1), x, plan.View{F32: target})
			near(t, name, loss, []float64{want}, 1e-6)
			half, dhalf := runLoss(p, l.make(n, &attrs, 0.5), x, plan.View{F32: target})
			if half[0] != loss[0]/2 || dhalf[n-1] != dx[n-1]/2 {
				t.Errorf("%s: weight 0.5 gives loss %v, gradient %v; expected %v, %v", name, half[0], dhalf[n-1], loss[0]/2, dx[n-1]/2)
			}
		}
	}
}

func TestNaNReachesEveryLoss(t *testing.T) {
	p := pool(t, 1)
	one := 1.0
	attrs := goldenAttrs{Delta: &one, Beta: &one}
	x := []float32{1, float32(math.NaN()), 2}
	for _, l := range targetLosses {
		if loss, _ := runLoss(p, l.make(3, &attrs, 1), x, plan.View{F32: make([]float32, 3)}); loss[0] == loss[0] {
			t.Errorf("%s: loss %v of NaN", l.golden, loss[0])
		}
	}
	if loss, _ := runLoss(p, &MultiMargin{1, 3, 1, 1}, x, plan.View{I32: []int32{0}}); loss[0] == loss[0] {
		t.Errorf("multi margin: loss %v of NaN", loss[0])
	}
}

// Logits far from 0 overflow nowhere.
func TestLogisticLossOfLargeLogits(t *testing.T) {
	p := pool(t, 1)
	loss, dx := runLoss(p, &PointLoss{PointLogistic, 2, 0, 1}, []float32{1e4, -1e4}, plan.View{F32: []float32{0, 1}})
	if loss[0] != 1e4 || dx[0] != 0.5 || dx[1] != -0.5 {
		t.Errorf("loss %v, gradient %v; want 10000, 0.5, -0.5", loss, dx)
	}
}
