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

// fill makes the images and labels of a batch.
func (w *worker) fill(b *Batch) error {
	size := w.pipe.out.Len()
	for i, p := range b.samples {
		select {
		case <-w.quit:
			return errClosed
		default:
		}
		label, err := w.sample(b.Images[i*size:(i+1)*size], p)
		if err != nil {
			return fmt.Errorf("sample %d: %w", p.sample, err)
		}
		b.Labels[i] = int32(label)
	}
	clear(b.Images[b.N*size:])
	clear(b.Labels[b.N:])
	return nil
}

// sample decodes one sample, transforms it and writes its numbers to dst.
func (w *worker) sample(dst []float32, p position) (label int, err error) {
	label, err = w.set.Sample(p.sample, &w.image)
	if err != nil {
		return 0, err
	}
	if label < 0 || label >= w.cfg.Classes {
		return 0, fmt.Errorf("%s: label is %d, expected 0 to %d", placeOf(w.set, p.sample), label, w.cfg.Classes-1)
	}
	if s := w.image.Shape; s.C != w.info.Shape.C || !w.info.Shape.Varies() && s != w.info.Shape {
		return 0, fmt.Errorf("%s: image is %v, expected %v", placeOf(w.set, p.sample), s, w.info.Shape)
	}
	var random *rand.Rand
	if w.cfg.Train {
		*w.source = *w.key.Fold(uint64(p.epoch)).Fold(uint64(p.sample)).Source()
		random = w.random
	}
	if err := w.pipe.run(dst, &w.image, random); err != nil {
		return 0, fmt.Errorf("%s: %w", placeOf(w.set, p.sample), err)
	}
	return label, nil
}
