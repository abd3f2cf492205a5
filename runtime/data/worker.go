package data

import (
	"fmt"
	"math/rand/v2"

	"github.com/netc-lang/netc/runtime/rng"
)

// worker is what one goroutine of a Loader works with.
type worker struct {
	*Loader
	image  Image
	key    rng.Key // of the numbers that change samples; folded by epoch and sample
	source *rng.Source
	random *rand.Rand // draws from source
	other  struct {   // a sample to be mixed with
		images []float32
		labels []int32
		values []float32
	}
}

// work prepares batches, the earliest first, until the loader stops.
func (l *Loader) work() {
	defer l.wg.Done()
	w := worker{Loader: l, key: rng.New(l.cfg.Seed, rng.Stream("data.transform")), source: new(rng.Source)}
	w.random = rand.New(w.source)
	for {
		select {
		case <-l.quit:
			return
		case b := <-l.jobs:
			b.err = w.fill(b)
			b.done <- struct{}{}
		}
	}
}

// fill makes the images and targets of a batch.
func (w *worker) fill(b *Batch) error {
	size, labels, values := w.pipe.out.Len(), len(b.Labels)/w.cfg.Batch, len(b.Values)/w.cfg.Batch
	for i, p := range b.samples {
		select {
		case <-w.quit:
			return errClosed
		default:
		}
		err := w.sample(b.Images[i*size:(i+1)*size], b.Labels[i*labels:(i+1)*labels], b.Values[i*values:(i+1)*values], p)
		if err != nil {
			return fmt.Errorf("sample %d: %w", p.sample, err)
		}
	}
	clear(b.Images[b.N*size:])
	clear(b.Labels[b.N*labels:])
	clear(b.Values[b.N*values:])
	return nil
}

// sample makes one sample: its numbers in dst, its targets in labels and
// values. Where samples are mixed the labels stay those of the first.
func (w *worker) sample(dst []float32, labels []int32, values []float32, p position) error {
	random, err := w.one(dst, labels, values, p)
	if err != nil || random == nil || w.pipe.mixer == nil {
		return err
	}
	o := &w.other
	o.images, o.labels, o.values = resized(o.images, len(dst)), resized(o.labels, len(labels)), resized(o.values, len(values))
	with := position{random.IntN(w.set.Len()), p.epoch}
	if _, err := w.one(o.images, o.labels, o.values, with); err != nil {
		return err
	}
	*w.source = *w.key.Fold(uint64(p.epoch)).Fold(uint64(p.sample)).Fold(1).Source()
	share := w.pipe.mixer.mix(dst, o.images, w.pipe.out, random)
	blend(values, o.values, share)
	return nil
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// one decodes one sample, transforms it and writes its numbers to dst, its
// targets to labels and values. It returns the source of chance, nil outside
// training.
func (w *worker) one(dst []float32, labels []int32, values []float32, p position) (*rand.Rand, error) {
	place := placeOf(w.set, p.sample)
	label, err := w.set.Sample(p.sample, &w.image)
	if err != nil {
		return nil, err
	}
	if s := w.image.Shape; s.C != w.info.Shape.C || !w.info.Shape.Varies() && s != w.info.Shape {
		return nil, fmt.Errorf("%s: image is %v, expected %v", place, s, w.info.Shape)
	}
	var random *rand.Rand
	if w.cfg.Train {
		*w.source = *w.key.Fold(uint64(p.epoch)).Fold(uint64(p.sample)).Source()
		random = w.random
	}
	w.image.Void = w.cfg.Target.void()
	if err := w.pipe.run(dst, &w.image, random); err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return random, w.targets(labels, values, label, p.sample, place)
}

// targets writes what a sample is compared with.
func (w *worker) targets(labels []int32, values []float32, label, sample int, place string) error {
	switch {
	case w.info.Values != nil:
		if len(values) > 0 {
			w.set.(valued).values(sample, values)
		}
		return nil
	case w.info.Masks:
		if err := w.labels(labels, place); err != nil {
			return err
		}
		if t, ok := w.set.(*tiles); ok {
			t.share(sample, labels)
		}
	default:
		if err := w.known(label, place); err != nil {
			return err
		}
		labels[0] = int32(label)
	}
	if len(values) > 0 {
		w.cfg.Target.numbers(values, labels)
	}
	return nil
}
