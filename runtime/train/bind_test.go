package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// rows is a dataset of 1x2x2 images in two classes: the bright row.
type rows struct {
	n       int
	classes []string
}

func (r rows) Info() data.Info {
	return data.Info{Name: "rows", Shape: data.Shape{C: 1, H: 2, W: 2}, Classes: r.classes}
}

func (r rows) Len() int { return r.n }

func (r rows) Sample(i int, m *data.Image) (int, error) {
	m.Reset(data.Shape{C: 1, H: 2, W: 2})
	for j := range m.Pix {
		m.Pix[j] = byte((i*37 + j*11) % 90)
		if j/2 == i%2 {
			m.Pix[j] += 160
		}
	}
	return i % 2, nil
}

// The kernels of a linear classifier of two classes over four pixels.
type (
	linearInit  struct{ N int }
	linear      struct{ Batch int }
	linearTrain struct{ Batch int } // with softmax, cross-entropy and plain descent
)

func (k *linearInit) Operands() []plan.Operand {
	return []plan.Operand{{Name: "w", Len: k.N, Access: plan.Write}, {Name: "seed", DType: plan.I64, Len: 1}}
}

func (k *linearInit) Call(_ *par.Pool, a []plan.View) {
	for i := range a[0].F32 {
		a[0].F32[i] = float32(a[1].I64[0]+int64(i)) / 100
	}
}

func (k *linear) Operands() []plan.Operand {
	return []plan.Operand{{Name: "z", Len: k.Batch * 2, Access: plan.Write}, {Name: "x", Len: k.Batch * 4}, {Name: "w", Len: 8}}
}

func (k *linear) Call(_ *par.Pool, a []plan.View) {
	for i := range a[0].F32 {
		sum := float32(0)
		for c := range 4 {
			sum += a[1].F32[i/2*4+c] * a[2].F32[i%2*4+c]
		}
		a[0].F32[i] = sum
	}
}

func (k *linearTrain) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "w", Len: 8, Access: plan.ReadWrite}, {Name: "loss", Len: 1, Access: plan.Write},
		{Name: "z", Len: k.Batch * 2}, {Name: "x", Len: k.Batch * 4},
		{Name: "label", DType: plan.I32, Len: k.Batch}, {Name: "rate", Len: 1},
	}
}

func (k *linearTrain) Call(_ *par.Pool, a []plan.View) {
	w, loss, z, x, label, rate := a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].I32, a[5].F32[0]
	loss[0] = 0
	for n := range k.Batch {
		p1 := float32(1 / (1 + math.Exp(float64(z[2*n]-z[2*n+1]))))
		p := [2]float32{1 - p1, p1}
		loss[0] -= float32(math.Log(float64(p[label[n]]))) / float32(k.Batch)
		p[label[n]]--
		for i := range w {
			w[i] -= rate * p[i/4] * x[4*n+i%4] / float32(k.Batch)
		}
	}
}

// linearProgram is the classifier as a program; evaluation has a batch of its own.
func linearProgram() *plan.Program {
	const train, infer = 4, 3
	var words [plan.NumRegions]int
	for _, r := range []plan.Region{plan.Arena, plan.Input} {
		words[r] = 3 * plan.Align
	}
	words[plan.Weights] = 8
	w := plan.Buf{Name: "fc.weight", Region: plan.Weights, Shape: []int{2, 4}, Alias: plan.None}
	image := func(n int) plan.Buf {
		return plan.Buf{Name: imagePort, Region: plan.Input, Shape: []int{n, 2, 2, 1}, Alias: plan.None}
	}
	logits := func(n int) plan.Buf {
		return plan.Buf{Name: "fc", Region: plan.Arena, Shape: []int{n, 2}, Alias: plan.None}
	}
	return &plan.Program{
		Model:   "Linear",
		Tensors: []plan.Tensor{{Name: "fc.weight", Region: plan.Weights, Shape: []int{2, 4}}},
		Init: &plan.Plan{
			Name:   "init",
			Bufs:   []plan.Buf{w, {Name: "seed", DType: plan.I64, Region: plan.Input, Shape: []int{1}, Alias: plan.None}},
			Steps:  []plan.Step{{Layer: "fc", Phase: plan.Initialise, Kernel: &linearInit{8}, Args: []int{0, 1}}},
			Inputs: []plan.Port{{Name: "seed", Buf: 1}},
			Words:  words,
		},
		Train: &plan.Plan{
			Name: "train", Batch: train,
			Bufs: []plan.Buf{
				w, image(train), logits(train),
				{Name: "label", DType: plan.I32, Region: plan.Input, Shape: []int{train}, Offset: plan.Align, Alias: plan.None},
				{Name: "rate", Region: plan.Input, Shape: []int{1}, Offset: 2 * plan.Align, Alias: plan.None},
				{Name: "loss", Region: plan.Arena, Shape: []int{1}, Offset: plan.Align, Alias: plan.None},
			},
			Steps: []plan.Step{
				{Layer: "fc", Phase: plan.Forward, Kernel: &linear{train}, Args: []int{2, 1, 0}},
				{Layer: "fc", Phase: plan.Update, Kernel: &linearTrain{train}, Args: []int{0, 5, 2, 1, 3, 4}},
			},
			Inputs:  []plan.Port{{Name: imagePort, Buf: 1}, {Name: "label", Buf: 3}, {Name: "rate", Buf: 4}},
			Outputs: []plan.Port{{Name: "loss", Buf: 5}, {Name: "logits", Buf: 2}},
			Words:   words,
		},
		Infer: &plan.Plan{
			Name: "infer", Batch: infer,
			Bufs:    []plan.Buf{w, image(infer), logits(infer)},
			Steps:   []plan.Step{{Layer: "fc", Phase: plan.Forward, Kernel: &linear{infer}, Args: []int{2, 1, 0}}},
			Inputs:  []plan.Port{{Name: imagePort, Buf: 1}},
			Outputs: []plan.Port{{Name: "logits", Buf: 2}},
			Words:   words,
		},
	}
}

// linearConfig is a run of the program by the interpreter over prepared batches,
// images being mirrored at random.
func linearConfig(t *testing.T, out string, threads int) (Config, *interp.Machine, *recorder) {
	t.Helper()
	pool := par.New(threads)
	t.Cleanup(pool.Close)
	m, err := interp.New(linearProgram(), pool)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"top", "bottom"}
	set, err := FromData(&data.Set{Train: rows{23, names}, Val: rows{10, names}, Test: rows{7, names}}, Feed{
		Model: "Linear", Image: data.Shape{C: 1, H: 2, W: 2}, Target: data.Target{Channels: 2, Labels: true}, Seed: 42,
		Transforms: []data.Transform{&data.Flip{Axis: "horizontal"}}, Workers: threads, Ahead: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	recipe, sink := toyRecipe(), &recorder{}
	recipe.Rate = 1
	return Config{Recipe: recipe, Model: FromMachine("Linear", m), Set: set, Sink: sink, Out: out, Now: ticks()}, m, sink
}

// A run that is interrupted on one thread and resumed on another number of them
// has the bits of one that was not, the interpreter and the loader at work.
func TestResumeOverInterpreterAndLoader(t *testing.T) {
	c, whole, _ := linearConfig(t, "", 1)
	want := mustRun(t, c)
	if want.Test.Samples != 7 || want.Test.Top1 != 1 || *want.History[2].ValTop1 != 1 {
		t.Errorf("test score %+v, validation accuracy %g: nothing was learnt", want.Test, *want.History[2].ValTop1)
	}
	for at := 1; at < toySteps; at += 4 {
		out := t.TempDir()
		c, _, sink := linearConfig(t, out, 1)
		ctx, cancel := context.WithCancel(context.Background())
		sink.after = func(s *Step) error {
			if s.Step == at {
				cancel()
			}
			return nil
		}
		if _, err := Run(ctx, c); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("step %d: error %v, expected an interruption", at, err)
		}
		c, resumed, _ := linearConfig(t, out, 3)
		c.Resume = true
		got := mustRun(t, c)
		if w, v := whole.Tensors()[0].View.F32, resumed.Tensors()[0].View.F32; fmt.Sprintf("%x", w) != fmt.Sprintf("%x", v) {
			t.Errorf("resumed after step %d: weights %v, expected %v", at, v, w)
		}
		if diff := cmp.Diff(want.History, got.History); diff != "" {
			t.Errorf("resumed after step %d: history: %s", at, diff)
		}
	}
}

func TestFromDataRefusesWhatDoesNotFit(t *testing.T) {
	set := &data.Set{Train: rows{23, []string{"top", "bottom"}}}
	for _, tt := range []struct {
		feed Feed
		want string
	}{
		{Feed{Model: "Linear", Image: data.Shape{C: 3, H: 2, W: 2}, Target: data.Target{Channels: 2, Labels: true}}, "images are 1x2x2, model Linear takes 3x2x2"},
		{Feed{Model: "Linear", Image: data.Shape{C: 1, H: 2, W: 2}, Target: data.Target{Channels: 1, Labels: true}}, "has 2 classes, model Linear tells 1 apart"},
	} {
		if _, err := FromData(set, tt.feed); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
	}
}

// Training sees every epoch in an order of its own, evaluation always in the
// data's.
func TestOrderOfSamples(t *testing.T) {
	c, _, _ := linearConfig(t, "", 1)
	labels := func(s Split, batch, batches int) string {
		stream, err := s.Open(batch, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		var b strings.Builder
		for range batches {
			batch, err := stream.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, label := range batch.Labels[:batch.N] {
				fmt.Fprint(&b, label)
			}
			stream.Release(batch)
		}
		return b.String()
	}
	if got, want := labels(c.Set.Val, 4, 3), "0101010101"; got != want {
		t.Errorf("labels %s in evaluation, expected %s", got, want)
	}
	all := labels(c.Set.Train, 23, 2)
	if first, second := all[:23], all[23:]; first == second || first == strings.Repeat("01", 12)[:23] {
		t.Errorf("labels %s in the first epoch, %s in the second: not shuffled", first, second)
	}
}
