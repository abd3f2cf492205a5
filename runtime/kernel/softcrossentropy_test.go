package kernel

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/plan"
)

// With probabilities that are 1 at the label the loss is CrossEntropy's, also
// where some of the target is spread.
func TestSoftCrossEntropyOfLabels(t *testing.T) {
	p := pool(t, 2)
	const n, classes = 300, 7
	x, target, label := random(n*classes, 3), make([]float32, n*classes), make([]int32, n)
	for i := range label {
		label[i] = int32(i * i % classes)
		target[i*classes+int(label[i])] = 1
	}
	for _, smooth := range []float64{0, 0.1} {
		want, dwant := runLoss(p, &CrossEntropy{N: n, Classes: classes, Weight: 0.3, Smooth: smooth}, x, plan.View{I32: label})
		loss, dx := runLoss(p, &SoftCrossEntropy{N: n, Classes: classes, Weight: 0.3, Smooth: smooth}, x, plan.View{F32: target})
		if math.Abs(float64(loss[0]-want[0])) > 1e-6*float64(want[0]) {
			t.Errorf("smooth %g: loss %g, want %g", smooth, loss[0], want[0])
		}
		for i := range dx {
			if math.Abs(float64(dx[i]-dwant[i])) > 1e-8 {
				t.Fatalf("smooth %g: gradient %d is %g, want %g", smooth, i, dx[i], dwant[i])
			}
		}
	}
}

// The formula in float64, with weights and probabilities that do not add up to 1.
func TestSoftCrossEntropyFormula(t *testing.T) {
	p := pool(t, 1)
	const n, classes = 5, 3
	x, target := random(n*classes, 1), random(n*classes, 2)
	k := &SoftCrossEntropy{N: n, Classes: classes, Weight: 2, Smooth: 0.25, ClassWeights: []float64{1, 0.5, 3}}
	loss, dx := runLoss(p, k, x, plan.View{F32: target})
	sum := 0.0
	for i := range n {
		z, all := 0.0, 0.0
		var u [classes]float64
		for j := range classes {
			z += math.Exp(float64(x[i*classes+j]))
			u[j] = k.ClassWeights[j] * (0.75*float64(target[i*classes+j]) + 0.25/classes)
			all += u[j]
		}
		for j := range classes {
			sum += 2.0 / n * u[j] * (math.Log(z) - float64(x[i*classes+j]))
			want := 2.0 / n * (math.Exp(float64(x[i*classes+j]))/z*all - u[j])
			if got := float64(dx[i*classes+j]); math.Abs(got-want) > 1e-6 {
				t.Errorf("gradient %d, %d is %g, want %g", i, j, got, want)
			}
		}
	}
	if math.Abs(float64(loss[0])-sum) > 1e-6*math.Abs(sum) {
		t.Errorf("loss %g, want %g", loss[0], sum)
	}
}
