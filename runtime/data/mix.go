package data

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// mixer is a Transform that makes one sample of two in training, with the
// share that each has in it. What the output is compared with is mixed in the
// same shares, so that all losses have to be on numbers.
type mixer interface {
	Transform
	// mix changes a, of shape s, by b and returns the share of a that is left.
	mix(a, b []float32, s Shape, r *rand.Rand) float64
}

// Mixup adds another sample of the data to each. Source: H. Zhang et al.,
// "mixup: beyond empirical risk minimization", ICLR 2018.
type Mixup struct {
	Alpha float64 `net:"alpha,pos,min=0.01,max=100" doc:"of the Beta(alpha, alpha) that the share is drawn from"`
}

// Shape returns in.
func (t *Mixup) Shape(in Shape) (Shape, error) { return in, validAlpha(t.Alpha) }

func (t *Mixup) mix(a, b []float32, _ Shape, r *rand.Rand) float64 {
	share := beta(t.Alpha, r)
	blend(a, b, share)
	return share
}

// Cutmix puts a rectangle of another sample of the data into each. Source:
// S. Yun et al., "CutMix", ICCV 2019.
type Cutmix struct {
	Alpha float64 `net:"alpha,pos,min=0.01,max=100" doc:"of the Beta(alpha, alpha) that the share is drawn from"`
}

// Shape returns in.
func (t *Cutmix) Shape(in Shape) (Shape, error) { return in, validAlpha(t.Alpha) }

func (t *Cutmix) mix(a, b []float32, s Shape, r *rand.Rand) float64 {
	side := math.Sqrt(1 - beta(t.Alpha, r))
	h, w := int(side*float64(s.H)), int(side*float64(s.W))
	y, x := r.IntN(s.H)-h/2, r.IntN(s.W)-w/2
	top, bottom, left, right := max(y, 0), min(y+h, s.H), max(x, 0), min(x+w, s.W)
	for q := top; q < bottom; q++ {
		from, to := (q*s.W+left)*s.C, (q*s.W+right)*s.C
		copy(a[from:to], b[from:to])
	}
	return 1 - float64((bottom-top)*(right-left))/float64(s.H*s.W)
}

func validAlpha(a float64) error {
	if !(a >= 0.01 && a <= 100) {
		return fmt.Errorf("alpha is %v, expected 0.01 to 100", a)
	}
	return nil
}

// blend makes a = share·a + (1-share)·b.
func blend(a, b []float32, share float64) {
	p, q := float32(share), float32(1-share)
	for i := range a {
		a[i] = float32(p*a[i]) + float32(q*b[i])
	}
}

// beta draws from Beta(a, a).
func beta(a float64, r *rand.Rand) float64 {
	x, y := gamma(a, r), gamma(a, r)
	if x+y == 0 {
		return 0.5 // both too small to be told from 0
	}
	return x / (x + y)
}

// gamma draws from the gamma distribution of shape a and scale 1. Source:
// G. Marsaglia and W. Tsang, "A simple method for generating gamma variables",
// ACM TOMS 26(3), 2000.
func gamma(a float64, r *rand.Rand) float64 {
	if a < 1 {
		return gamma(a+1, r) * math.Pow(1-r.Float64(), 1/a)
	}
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if u := 1 - r.Float64(); math.Log(u) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// mixable tells whether samples can be mixed: what they are compared with has
// to be numbers.
func (p *pipeline) mixable(info Info, target Target) error {
	switch {
	case p.mixer == nil:
		return nil
	case info.Masks:
		return fmt.Errorf("%s: %s mixes images with one label each, these have a label for each pixel: leave it out", info.Name, transformName(p.mixer))
	case target.Labels || !target.Values:
		return fmt.Errorf("%s: %s needs losses on probabilities or other numbers, not on labels: write cross_entropy(soft)", info.Name, transformName(p.mixer))
	}
	return nil
}
