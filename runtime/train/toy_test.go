package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
)

// The extents of the toy: images of 2x2x1, three classes, 23 training samples
// in batches of 4, so that epochs end inside batches.
const (
	imagePort  = "x"
	toyBatch   = 4
	toyPixels  = 4
	toyClasses = 3
	toyTrain   = 23
	toyTest    = 10
)

// toyNet is a linear classifier with softmax, cross-entropy and momentum, whose
// training adds noise from the step's seed to its inputs.
type toyNet struct {
	w, momentum []float32 // K,C
	count       []int64
	refreshed   int
	poison      int64 // the update after which the weights are NaN; 0: never
}

// toyBound is one of its two plans.
type toyBound struct {
	net       *toyNet
	training  bool
	image     []float32
	label     []int32
	rate      []float32
	seed      []int64
	loss      []float32
	logits    []float32
	dw        []float32
	poisonOut bool // the outputs are NaN
}

func (b *toyBound) Input(name string) plan.View {
	if !b.training && name != imagePort {
		return plan.View{}
	}
	return map[string]plan.View{
		imagePort: {F32: b.image}, labelPort: {I32: b.label}, ratePort: {F32: b.rate}, seedPort: {I64: b.seed},
	}[name]
}

func (b *toyBound) Output(name string) plan.View {
	if !b.training && name == lossPort {
		return plan.View{}
	}
	return map[string]plan.View{lossPort: {F32: b.loss}, "logits": {F32: b.logits}}[name]
}

func (b *toyBound) Run() {
	clear(b.dw)
	loss := 0.0
	for n := range toyBatch {
		x, z := b.image[n*toyPixels:][:toyPixels], b.logits[n*toyClasses:][:toyClasses]
		if b.training {
			for i := range x {
				x[i] += 1e-3 * float32(b.seed[0]>>(8*i)&0xff) / 255
			}
		}
		sum := 0.0
		for k := range z {
			z[k] = 0
			for i := range x {
				z[k] += b.net.w[k*toyPixels+i] * x[i]
			}
			sum += math.Exp(float64(z[k]))
		}
		if !b.training {
			if b.poisonOut {
				z[0] = float32(math.NaN())
			}
			continue
		}
		loss += math.Log(sum) - float64(z[b.label[n]])
		for k := range z {
			d := float32(math.Exp(float64(z[k])) / sum)
			if k == int(b.label[n]) {
				d--
			}
			for i := range x {
				b.dw[k*toyPixels+i] += d * x[i] / toyBatch
			}
		}
	}
	if !b.training {
		return
	}
	b.loss[0] = float32(loss / toyBatch)
	for i := range b.dw {
		b.net.momentum[i] = 0.9*b.net.momentum[i] + b.dw[i]
		b.net.w[i] -= b.rate[0] * b.net.momentum[i]
	}
	b.net.count[0]++
	if b.net.count[0] == b.net.poison {
		b.net.w[5] = float32(math.NaN())
	}
}

// toyModel is a toyNet as the loop sees it.
func toyModel() (*Model, *toyNet) {
	net := &toyNet{w: make([]float32, toyClasses*toyPixels), momentum: make([]float32, toyClasses*toyPixels), count: make([]int64, 1)}
	bound := func(training bool) *toyBound {
		return &toyBound{
			net: net, training: training,
			image: make([]float32, toyBatch*toyPixels), label: make([]int32, toyBatch),
			rate: make([]float32, 1), seed: make([]int64, 1), loss: make([]float32, 1),
			logits: make([]float32, toyBatch*toyClasses), dw: make([]float32, toyClasses*toyPixels),
		}
	}
	shape := []int{toyClasses, toyPixels}
	return &Model{
		Name: "Toy", Image: imagePort, Train: bound(true), Infer: bound(false), TrainBatch: toyBatch, InferBatch: toyBatch,
		Tensors: []checkpoint.Tensor{
			{Tensor: plan.Tensor{Name: "fc.weight", Kind: plan.Param, Shape: shape}, View: plan.View{F32: net.w}},
			{Tensor: plan.Tensor{Name: "fc.weight/momentum", Kind: plan.Moment, Shape: shape}, View: plan.View{F32: net.momentum}},
			{Tensor: plan.Tensor{Name: "steps", Kind: plan.Count, DType: plan.I64, Shape: []int{1}}, View: plan.View{I64: net.count}},
		},
		Init: func(seed int64) {
			clear(net.momentum)
			clear(net.count)
			for i := range net.w {
				net.w[i] = float32(mixed(seed, i)%1000) / 1e4
			}
		},
		Refresh: func() { net.refreshed++ },
	}, net
}

// toyStream gives samples computed from their number: class k is bright at
// pixel k. Training's are in another order each epoch.
type toyStream struct {
	name            string
	n, at           int
	batch           Batch
	held            bool
	closed          *int
	failAt, badFrom int // the batch that cannot be read, the first sample with a wrong label; 0: none
}

func (s *toyStream) Next(ctx context.Context) (*Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.held {
		return nil, errors.New("the last batch was not released")
	}
	s.batch.N = toyBatch
	if s.name != "train" {
		if s.batch.N = min(toyBatch, s.n-s.at); s.batch.N <= 0 {
			return nil, io.EOF
		}
	}
	if s.failAt > 0 && s.at >= s.failAt*toyBatch {
		return nil, errors.New("disk on fire")
	}
	clear(s.batch.Images)
	clear(s.batch.Labels)
	for i := range s.batch.N {
		epoch, place := s.at/s.n, s.at%s.n
		sample := place
		if s.name == "train" {
			sample = (place*5 + epoch*7) % s.n
		}
		label := sample % toyClasses
		for j := range toyPixels {
			v := float32(uint64(mixed(11, sample*toyPixels+j))%100) / 200
			if j == label {
				v++
			}
			s.batch.Images[i*toyPixels+j] = v
		}
		if s.badFrom > 0 && sample >= s.badFrom {
			label = toyClasses
		}
		s.batch.Labels[i] = int32(label)
		s.at++
	}
	s.held = true
	return &s.batch, nil
}

func (s *toyStream) Release(*Batch) { s.held = false }

func (s *toyStream) Close() { *s.closed++ }

// toySet is the data of the toy. All streams it opened must have been closed by
// the end of the test.
func toySet(t *testing.T, val, test int) *Set {
	opened, closed := new(int), new(int)
	t.Cleanup(func() {
		if *opened != *closed {
			t.Errorf("%d streams opened, %d closed", *opened, *closed)
		}
	})
	split := func(name string, n int) Split {
		return Split{Name: name, Samples: n, Open: func(batch, from int) (Stream, error) {
			if batch != toyBatch {
				return nil, fmt.Errorf("batch %d, expected %d", batch, toyBatch)
			}
			*opened++
			return &toyStream{
				name: name, n: n, at: from * batch, closed: closed,
				batch: Batch{Images: make([]float32, toyBatch*toyPixels), Labels: make([]int32, toyBatch)},
			}, nil
		}}
	}
	return &Set{
		Digest: "d1", Classes: []string{"zero", "one", "two"}, Image: []int{2, 2, 1}, Labels: 1,
		Train: split("train", toyTrain), Val: split("val", val), Test: split("test", test),
	}
}

func toyRecipe() Recipe {
	return Recipe{
		Name: "quick", Data: "toy", Batch: toyBatch, Epochs: 3, Seed: 42, Loss: Loss{Output: "logits"},
		Rate: 0.25, Schedule: &Cosine{Warmup: 0.5}, Optimizer: "sgd(momentum=0.9)",
	}
}

// recorder is a sink that keeps events and calls after at every step.
type recorder struct {
	steps  []Step
	epochs []Epoch
	done   []Done
	after  func(*Step) error
}

func (r *recorder) Step(e *Step) error {
	r.steps = append(r.steps, *e)
	if r.after != nil {
		return r.after(e)
	}
	return nil
}

func (r *recorder) Epoch(e *Epoch) error {
	r.epochs = append(r.epochs, *e)
	return nil
}

func (r *recorder) Done(e *Done) error {
	r.done = append(r.done, *e)
	return nil
}

// ticks is a clock that goes on by a quarter of a second at each look.
func ticks() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(250 * time.Millisecond)
		return now
	}
}

// toyConfig is a run of the toy with a fresh model.
func toyConfig(t *testing.T, out string) (Config, *toyNet, *recorder) {
	t.Helper()
	model, net := toyModel()
	sink := &recorder{}
	return Config{
		Recipe: toyRecipe(), Model: model, Set: toySet(t, 9, toyTest), Sink: sink, Out: out,
		Threads: 1, Version: "test", Every: 3, Now: ticks(),
	}, net, sink
}

// mixed spreads two numbers over all bits (the finaliser of splitmix64).
func mixed(seed int64, step int) int64 {
	x := uint64(seed)*0x9e3779b97f4a7c15 + uint64(step)
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int64(x ^ x>>31)
}
