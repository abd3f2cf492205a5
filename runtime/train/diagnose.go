package train

import (
	"context"
	"fmt"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/plan"
)

// Tracer is a Bound that can look for what first went wrong in a run: Trace is
// Run, but ends with the first number of a buffer that is none, and is nil where
// there is no such.
type Tracer interface{ Trace() *interp.Fault }

// diagnose says what first became no number. It costs nothing while all is well:
// only when a loss or a weight is none does it go back to the last snapshot, or
// to the beginning where there is none, and run to the given step of the stage
// again, which gives the same bits, looking at every number on the way. It
// returns "" where nothing can be said.
func (l *loop) diagnose(ctx context.Context, last int) string {
	tracer, ok := l.Model.Train.(Tracer)
	if !ok {
		return ""
	}
	was := l.progress
	defer func() { l.progress = was }()
	if err := l.rewind(); err != nil {
		return "; its cause could not be looked for: " + err.Error()
	}
	for l.progress.Step < last {
		if l.progress.Step >= l.Recipe.epochEnd(l.progress.Epoch, l.Set.Train.Samples) {
			l.progress.Epoch++
		}
		l.settings()
		for range l.parts {
			batch, err := l.stream.Next(ctx)
			if err != nil {
				return "; its cause could not be looked for: " + err.Error()
			}
			samples := make([]int, batch.N)
			for i := range samples {
				samples[i] = -1
				if batch.Sample != nil {
					samples[i] = batch.Sample(i)
				}
			}
			copy(l.image.F32, batch.Images)
			copy(l.label.I32, batch.Labels)
			copy(l.values.F32, batch.Values)
			l.stream.Release(batch)
			if f := tracer.Trace(); f != nil {
				return fmt.Sprintf(";\nfirst, in %s, %s", l.here(1), faultText(f, samples))
			}
		}
		l.progress.Step++
	}
	return ""
}

// rewind takes the stage back to its last snapshot, or to its beginning.
func (l *loop) rewind() error {
	l.closeStream()
	l.progress.Step, l.progress.Epoch = 0, 0
	if l.Out != "" && l.saved >= 0 {
		s, err := checkpoint.Load(l.Out)
		if err != nil {
			return err
		}
		if err := s.Restore(l.Model.Tensors); err != nil {
			return err
		}
		l.Model.Refresh()
		l.progress.Step, l.progress.Epoch = s.State.Step, s.State.Epoch
	} else if err := l.initial(); err != nil {
		return err
	}
	return l.openStream()
}

// faultText says where a number is none. samples are the places of the batch's
// images in the data; -1 where that is not known.
func faultText(f *interp.Fault, samples []int) string {
	image := ""
	if f.Image >= 0 {
		image = fmt.Sprintf(" for image %d of the batch", f.Image)
		if f.Image < len(samples) && samples[f.Image] >= 0 {
			image += fmt.Sprintf(" (sample %d of the training data)", samples[f.Image])
		}
	}
	switch {
	case f.Layer == "":
		return fmt.Sprintf("the data has %g in input %s%s", f.Value, f.Buffer, image)
	case f.Phase == plan.Update:
		return fmt.Sprintf("the update of layer %s makes %g of %s", f.Layer, f.Value, f.Buffer)
	case f.Phase == plan.Backward && f.Image < 0:
		return fmt.Sprintf("the gradient of layer %s is %g in %s", f.Layer, f.Value, f.Buffer)
	case f.Phase == plan.Backward:
		return fmt.Sprintf("the gradient that layer %s passes on is %g%s", f.Layer, f.Value, image)
	case f.Phase == plan.Loss:
		return fmt.Sprintf("the loss %s gives %g%s", f.Layer, f.Value, image)
	}
	in := ""
	if f.Buffer != f.Layer {
		in = " in " + f.Buffer
	}
	return fmt.Sprintf("layer %s gives %g%s%s", f.Layer, f.Value, in, image)
}
