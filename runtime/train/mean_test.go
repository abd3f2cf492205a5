package train

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

// fields is images of 1x3x4 in two classes, larger than the linear program takes.
type fields int

func (f fields) Info() data.Info {
	return data.Info{Name: "fields", Shape: data.Shape{C: 1, H: 3, W: 4}, Classes: []string{"a", "b"}}
}

func (f fields) Len() int { return int(f) }

func (f fields) Sample(i int, m *data.Image) (int, error) {
	m.Reset(data.Shape{C: 1, H: 3, W: 4})
	for j := range m.Pix {
		m.Pix[j] = fieldPixel(i, j)
	}
	return (i * 7 / 3) % 2, nil
}

func fieldPixel(i, j int) byte { return byte(mixed(int64(i), j)) }

// TestMean evaluates the linear program by all crops and epochs, and compares
// loss and accuracy with what float64 makes of every window by the definition:
// probabilities are averaged under losses that know such, scores under others.
func TestMean(t *testing.T) {
	const images = 7
	pool := par.New(2)
	defer pool.Close()
	m, err := interp.New(linearProgram(), pool)
	if err != nil {
		t.Fatal(err)
	}
	model, w := FromMachine("Linear", m), m.Tensors()[0].View.F32
	var weights [][]float32
	var files []string
	for epoch := range 2 {
		for i := range w {
			w[i] = float32(mixed(int64(epoch+3), i)%1000) / 200
		}
		weights = append(weights, slices.Clone(w))
		files = append(files, filepath.Join(t.TempDir(), fmt.Sprint(epoch)))
		if err := checkpoint.Export(files[epoch], model.Tensors, nil); err != nil {
			t.Fatal(err)
		}
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	kinds := []struct {
		term Term
		mean func(rows [][2]float64) [2]float64 // the scores that stand for all rows
		loss func(z [2]float64, label int) float64
	}{
		{Term{Kind: CrossEntropy}, func(rows [][2]float64) (z [2]float64) {
			for _, r := range rows {
				p := sigmoid(r[0] - r[1])
				z[0], z[1] = z[0]+p/float64(len(rows)), z[1]+(1-p)/float64(len(rows))
			}
			return [2]float64{math.Log(z[0]), math.Log(z[1])}
		}, func(z [2]float64, label int) float64 { return -z[label] }},
		{Term{Kind: Logistic}, func(rows [][2]float64) (z [2]float64) {
			for i := range z {
				for _, r := range rows {
					z[i] += sigmoid(r[i]) / float64(len(rows))
				}
				z[i] = logit(z[i])
			}
			return z
		}, func(z [2]float64, label int) float64 {
			return -(math.Log(sigmoid(z[label])) + math.Log(sigmoid(-z[1-label]))) / 2
		}},
		{Term{Kind: Square}, func(rows [][2]float64) (z [2]float64) {
			for _, r := range rows {
				z[0], z[1] = z[0]+r[0]/float64(len(rows)), z[1]+r[1]/float64(len(rows))
			}
			return z
		}, func(z [2]float64, label int) float64 {
			return ((z[label]-1)*(z[label]-1) + z[1-label]*z[1-label]) / 2
		}},
	}
	for _, crops := range []data.Crops{data.CenterCrop, data.FiveCrops, data.TenCrops} {
		for _, kind := range kinds {
			kind.term.Output, kind.term.Weight = "logits", 1
			loss := Loss{Output: "logits", Terms: []Term{kind.term}}
			set, err := FromData(&data.Set{Train: fields(4), Test: fields(images)}, Feed{
				Model: "Linear", Image: data.Shape{C: 1, H: 2, W: 2}, Target: loss.Target(2, 0, 0), Crops: crops, Workers: 2, Ahead: 2,
				Transforms: []data.Transform{&data.Crop{At: "random", Size: [2]int{2, 2}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, epochs := range []int{1, 2} {
				// rows are the scores of all windows of an image by all weights.
				rows := func(image int) (rows [][2]float64) {
					for _, w := range weights[2-epochs:] {
						places := [][2]int{{0, 0}, {0, 2}, {1, 0}, {1, 2}, {0, 1}}
						if crops == data.CenterCrop {
							places = places[4:]
						}
						for view := range int(crops) {
							var z [2]float64
							place := places[view%len(places)]
							for q := range 2 {
								for r := range 2 {
									column := r
									if view >= 5 {
										column = 1 - r
									}
									x := float64(fieldPixel(image, (place[0]+q)*4+place[1]+column)) / 255
									for k := range z {
										z[k] += x * float64(w[k*4+q*2+r])
									}
								}
							}
							rows = append(rows, z)
						}
					}
					return rows
				}
				want, correct := 0.0, 0
				for image := range images {
					label, z := (image*7/3)%2, kind.mean(rows(image))
					want += kind.loss(z, label) / images
					if z[label] > z[1-label] {
						correct++
					}
				}
				split := set.Test.AtEnd()
				var got Score
				if epochs == 1 {
					got, err = Evaluate(context.Background(), model, split, loss)
				} else {
					got, err = EvaluateEnsemble(context.Background(), model, split, loss, files)
				}
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(got.Loss-want) > 2e-6*max(1, want) || math.Abs(got.Top1-float64(correct)/images) > 1e-9 || got.Samples != images {
					t.Errorf("%d crops, %d epochs, %s: %+v, expected loss %g, %d of %d", crops, epochs, kind.term.Kind, got, want, correct, images)
				}
			}
		}
	}
}

// Probabilities far below the least float32 are averaged and still told apart.
func TestMeanOfExtremes(t *testing.T) {
	for _, s := range []scale{softmax, sigmoid} {
		o := newMeanOutput("scores", s, 2)
		for _, row := range [][]float32{{-300, 500}, {-301, 500}} {
			o.add(0, row, 2, 0.5)
		}
		a, b := float64(o.scoreAt(0)), float64(o.scoreAt(1))
		want := [2]float64{-800 + math.Log((1+math.Exp(-1))/2), 0}
		if s == sigmoid {
			want = [2]float64{-300 + math.Log((1+math.Exp(-1))/2), 500}
		}
		if math.Abs(a-want[0]) > 1e-3 || math.Abs(b-want[1]) > 1e-3 {
			t.Errorf("scale %d: %g and %g, expected %v", s, a, b, want)
		}
	}
	o := newMeanOutput("scores", softmax, 2)
	o.add(0, []float32{float32(math.Inf(-1)), 0}, 2, 1)
	if !math.IsInf(float64(o.scoreAt(0)), -1) || o.scoreAt(1) != 0 {
		t.Errorf("%g and %g, expected -Inf and 0", o.scoreAt(0), o.scoreAt(1))
	}
}
