package train

import (
	"context"
	"fmt"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
)

// FromMachine is a program bound to memory by the interpreter. Both plans of
// the machine must exist for training; evaluation needs Infer only, whose first
// input takes the images.
func FromMachine(name string, m *interp.Machine) *Model {
	model := &Model{Name: name, Init: m.Init, Refresh: m.Refresh}
	if m.Train != nil {
		model.Train, model.TrainBatch = m.Train, m.Train.Batch()
	}
	if m.Infer != nil {
		model.Infer, model.InferBatch = m.Infer, m.Infer.Batch()
		model.Image = m.Infer.Plan().Inputs[0].Name
	}
	for _, t := range m.Tensors() {
		model.Tensors = append(model.Tensors, checkpoint.Tensor(t))
	}
	return model
}

// Feed says how the samples of a data set become the batches of a model.
type Feed struct {
	Model      string      // its name, for errors
	Image      data.Shape  // what the model takes
	Target     data.Target // what the output that the loss is on is compared with
	Seed       int64       // of the order and of random transforms
	Transforms []data.Transform
	Crops      data.Crops // windows of each image by which the end of the run is measured
	Still      bool       // the training part too comes in its own order, without chance
	Workers    int        // goroutines that prepare batches
	Ahead      int        // batches prepared ahead
}

// FromData is a data set fed to a model. It fails where images or classes do
// not fit.
func FromData(set *data.Set, f Feed) (*Set, error) {
	out := &Set{
		Digest:  set.Digest(),
		Classes: set.Train.Info().Classes,
		Image:   []int{f.Image.H, f.Image.W, f.Image.C},
	}
	out.Labels, out.Values = f.Target.PerSample(set.Train.Info(), f.Image)
	for _, part := range []struct {
		name string
		from data.Dataset
		into *Split
	}{{"train", set.Train, &out.Train}, {"val", set.Val, &out.Val}, {"test", set.Test, &out.Test}} {
		if part.from == nil {
			continue
		}
		if err := data.Check(part.from, f.Transforms, f.Model, f.Image, f.Target); err != nil {
			return nil, err
		}
		split, err := f.split(part.name, part.from, part.into == &out.Train && !f.Still)
		if err != nil {
			return nil, err
		}
		if f.Crops > data.CenterCrop && (part.into == &out.Test || f.Still) {
			final, err := f.windowed(part.name, part.from)
			if err != nil {
				return nil, err
			}
			split.Final = &final
		}
		*part.into = split
	}
	return out, nil
}

// split is a part of the data: in training at random, otherwise every sample
// once, and every pixel where these have labels.
func (f *Feed) split(name string, from data.Dataset, training bool) (Split, error) {
	transforms := f.Transforms
	if !training {
		var err error
		if from, transforms, err = data.Tiled(from, transforms, f.Target); err != nil {
			return Split{}, err
		}
	}
	split := Split{Name: name, Samples: from.Len(), Pixels: from.Info().Masks, Open: f.open(name, from, transforms, training, training)}
	if training {
		split.Ordered = f.open(name, from, transforms, true, false)
		split.Order = func(epoch int) []int { return data.Order(uint64(f.Seed), epoch, from.Len()) }
	}
	return split, nil
}

// windowed is a part of the data with several windows of each image.
func (f *Feed) windowed(name string, from data.Dataset) (Split, error) {
	windows, transforms, err := data.Windowed(from, f.Transforms, f.Crops)
	if err != nil {
		return Split{}, err
	}
	return Split{Name: name, Samples: from.Len(), Views: int(f.Crops), Open: f.open(name, windows, transforms, false, false)}, nil
}

// open makes the function that opens a stream of batches.
func (f *Feed) open(name string, from data.Dataset, transforms []data.Transform, training, shuffle bool) func(batch, first int) (Stream, error) {
	return func(batch, first int) (Stream, error) {
		l, err := data.NewLoader(from, data.Config{
			Batch: batch, Seed: uint64(f.Seed), Workers: f.Workers, Ahead: f.Ahead,
			Train: training, Shuffle: shuffle, FirstStep: first,
			Transforms: transforms, Shape: f.Image, Target: f.Target,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &loaderStream{l: l}, nil
	}
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
	s.lent, s.b = lent, Batch{N: lent.N, Images: lent.Images, Labels: lent.Labels, Values: lent.Values, Sample: lent.Sample}
	return &s.b, nil
}

func (s *loaderStream) Release(*Batch) {
	if s.lent != nil {
		s.l.Release(s.lent)
		s.lent = nil
	}
}

func (s *loaderStream) Close() { s.l.Close() }
