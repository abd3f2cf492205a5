package data

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// Samples and what they are compared with are mixed in the same shares, with
// the same numbers for any number of workers; not outside training.
func TestMix(t *testing.T) {
	soft := Target{Channels: 10, Values: true}
	for _, mix := range []Transform{&Mixup{Alpha: 0.4}, &Cutmix{Alpha: 1}} {
		name := transformName(mix)
		cfg := Config{Batch: 4, Workers: 1, Ahead: 2, Train: true, Shuffle: true, Transforms: []Transform{mix, &Normalize{Mean: []float64{0}, Std: []float64{1.0 / 255}}}, Target: soft}
		set := numbers(10)
		set.shape = Shape{1, 6, 6}
		var first []float32
		for _, workers := range []int{1, 3} {
			cfg.Workers = workers
			l := start(t, set, cfg)
			var all []float32
			mixed := 0
			for range 30 {
				b, err := l.Next(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for k := range b.N {
					sum, mean, want := 0.0, 0.0, 0.0
					for c, v := range b.Values[k*10 : (k+1)*10] {
						sum += float64(v)
						want += float64(v) * float64(c) // image i is filled with i, and is of class i
						if v > 0.01 && v < 0.99 {
							mixed++
						}
					}
					for _, v := range b.Images[k*36 : (k+1)*36] {
						mean += float64(v) / 36
					}
					if math.Abs(sum-1) > 1e-6 || math.Abs(mean-want) > 1e-4 {
						t.Fatalf("%s: targets add up to %g; mean of the image %g, of the classes %g", name, sum, mean, want)
					}
				}
				all = append(all, b.Images...)
				l.Release(b)
			}
			if mixed == 0 {
				t.Errorf("%s: nothing was mixed", name)
			}
			for i := range first {
				if first[i] != all[i] {
					t.Fatalf("%s: value %d differs between 1 and 3 workers", name, i)
				}
			}
			first = all
		}
		cfg.Train, cfg.Shuffle = false, false
		b, err := start(t, set, cfg).Next(context.Background())
		if err != nil || b.Images[36] != 1 || b.Values[11] != 1 {
			t.Errorf("%s in evaluation: %v", name, err)
		}
		cfg.Target = Target{Channels: 10, Labels: true}
		_, err = NewLoader(set, cfg)
		wantError(t, err, name+" needs losses on probabilities or other numbers, not on labels: write cross_entropy(soft)")
		_, err = NewLoader(masked{[]Shape{{1, 6, 6}}}, Config{Batch: 1, Workers: 1, Ahead: 1, Target: soft, Transforms: []Transform{&Resize{Size: [2]int{6, 6}}, mix}})
		wantError(t, err, name+" mixes images with one label each")
	}
	_, err := newPipeline(Shape{1, 2, 2}, []Transform{&Mixup{Alpha: 1}, &Cutmix{Alpha: 1}})
	wantError(t, err, "cutmix: stands beside mixup")
	_, err = newPipeline(Shape{1, 2, 2}, []Transform{&Mixup{}})
	wantError(t, err, "mixup: alpha is 0")
}

// Beta(a, a) has the mean 1/2 and the variance 1/(4(2a+1)).
func TestBeta(t *testing.T) {
	for _, a := range []float64{0.2, 1, 4} {
		r := rand.New(rand.NewPCG(1, 2))
		const n = 20000
		sum, square := 0.0, 0.0
		for range n {
			x := beta(a, r)
			sum += x
			square += x * x
		}
		mean := sum / n
		if v, want := square/n-mean*mean, 1/(4*(2*a+1)); math.Abs(mean-0.5) > 0.01 || math.Abs(v-want) > 0.03*want {
			t.Errorf("Beta(%g, %g): mean %g, variance %g, want 0.5 and %g", a, a, mean, v, want)
		}
	}
}
