package train

import (
	"context"
	"fmt"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
)

// FromMachine is a program bound to memory by the interpreter. Both plans of
// the machine must exist for training; evaluation needs Infer only.
func FromMachine(name string, m *interp.Machine) *Model {
	model := &Model{Name: name, Init: m.Init, Refresh: m.Refresh}
	if m.Train != nil {
		model.Train, model.TrainBatch = m.Train, m.Train.Batch()
	}
	if m.Infer != nil {
		model.Infer, model.InferBatch = m.Infer, m.Infer.Batch()
	}
	for _, t := range m.Tensors() {
		model.Tensors = append(model.Tensors, checkpoint.Tensor(t))
	}
	return model
}

// Feed says how the samples of a data set become the batches of a model.
type Feed struct {
	Model      string     // its name, for errors
	Image      data.Shape // what the model takes
	Classes    int        // of the output that the loss is on
	Seed       int64      // of the order and of random transforms
	Transforms []data.Transform
	Still      bool // the training part too comes in its own order, without chance
	Workers    int  // goroutines that prepare batches
	Ahead      int  // batches prepared ahead
}

// FromData is a data set fed to a model. It fails where images or classes do
// not fit.
func FromData(set *data.Set, f Feed) (*Set, error) {
	out := &Set{
		Digest:  set.Digest(),
		Classes: set.Train.Info().Classes,
		Image:   []int{f.Image.H, f.Image.W, f.Image.C},
		Labels:  1,
	}
	for _, part := range []struct {
		name string
		from data.Dataset
		into *Split
	}{{"train", set.Train, &out.Train}, {"val", set.Val, &out.Val}, {"test", set.Test, &out.Test}} {
		if part.from == nil {
			continue
		}
		if err := data.Check(part.from, f.Transforms, f.Model, f.Image, f.Classes); err != nil {
			return nil, err
		}
		training := part.into == &out.Train && !f.Still
		open := func(shuffle bool) func(batch, from int) (Stream, error) {
			return func(batch, from int) (Stream, error) {
				l, err := data.NewLoader(part.from, data.Config{
					Batch: batch, Seed: uint64(f.Seed), Workers: f.Workers, Ahead: f.Ahead,
					Train: training, Shuffle: shuffle, FirstStep: from,
					Transforms: f.Transforms, Shape: f.Image, Classes: f.Classes,
				})
				if err != nil {
					return nil, fmt.Errorf("%s: %w", part.name, err)
				}
				return &loaderStream{l: l}, nil
			}
		}
		*part.into = Split{Name: part.name, Samples: part.from.Len(), Open: open(training)}
		if training {
			part.into.Ordered = open(false)
			part.into.Order = func(epoch int) []int { return data.Order(uint64(f.Seed), epoch, part.from.Len()) }
		}
	}
	return out, nil
}

// loaderStream is a loader whose batches are handed on one at a time.
type loaderStream struct {
	l    *data.Loader
	lent *data.Batch
	b    Batch
}

func (s *loaderStream) Next(ctx context.Context) (*Batch, error) {
	lent, err := s.l.Next(ctx)
	if err != nil {
		return nil, err
	}
	s.lent, s.b = lent, Batch{N: lent.N, Images: lent.Images, Labels: lent.Labels, Sample: lent.Sample}
	return &s.b, nil
}

func (s *loaderStream) Release(*Batch) {
	if s.lent != nil {
		s.l.Release(s.lent)
		s.lent = nil
	}
}

func (s *loaderStream) Close() { s.l.Close() }
