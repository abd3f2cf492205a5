package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what batches a Loader makes.
type Config struct {
	Batch   int    // images in a batch, at least 1
	Seed    uint64 // of the order and of random transforms
	Workers int    // goroutines that prepare batches, at least 1
	Ahead   int    // batches prepared ahead of the one in use, at least 1

	// Train makes an endless stream of epochs, cut into full batches, with
	// random transforms at work. Otherwise the stream is the dataset once, the
	// last batch may be short, and nothing is random.
	Train   bool
	Shuffle bool // each epoch in an order of its own

	FirstStep int // the first step to deliver
	Steps     int // how many to deliver; 0 in training for no end, else for all that are left

	Transforms []Transform
	Shape      Shape // what the model takes; the zero Shape for any
	Classes    int   // labels are below it; 0 for the dataset's own number
	Target     Target
}

// Batch is a step's worth of samples. It belongs to the caller of Next until it
// is released.
type Batch struct {
	Step   int       // it covers positions Step·B to Step·B+N-1 of the stream
	Epoch  int       // of its first sample
	N      int       // samples in it; the rest of the slices is zero
	Images []float32 // B,H,W,C
	Labels []int32   // B, or B,H,W where each pixel has one; none where images have values
	Values []float32 // the numbers that outputs are compared with, where Config.Target asks for them

	samples []position
	done    chan struct{} // receives when the batch is ready
	err     error
	lent    bool
}

// position is a place of the stream: which sample, in which epoch.
type position struct{ sample, epoch int }

// Loader prepares batches on workers of its own, a bounded number ahead, and
// delivers them in the order of their steps. One goroutine may call Next while
// another calls Release.
type Loader struct {
	set    Dataset
	info   Info
	cfg    Config
	pipe   *pipeline
	steps  int // the step after the last; -1 for no end
	waited atomic.Int64

	mu    sync.Mutex // guards the cursor and the order of sends to both queues
	next  int        // the step to prepare next
	epoch int        // of order
	order []int      // the samples of epoch, shuffled; nil without Shuffle
	jobs  chan *Batch
	queue chan *Batch // the same batches, for Next

	failed error // what Next returned, once it failed
	quit   chan struct{}
	stop   sync.Once
	wg     sync.WaitGroup
}

// NewLoader checks the configuration against the dataset and starts preparing
// batches. The Loader has to be closed.
func NewLoader(set Dataset, cfg Config) (*Loader, error) {
	info := set.Info()
	for _, c := range []struct {
		name       string
		value, min int
	}{
		{"batch size", cfg.Batch, 1}, {"number of workers", cfg.Workers, 1}, {"number of batches ahead", cfg.Ahead, 1},
		{"first step", cfg.FirstStep, 0}, {"number of steps", cfg.Steps, 0}, {"number of samples", set.Len(), 1},
	} {
		if c.value < c.min {
			return nil, fmt.Errorf("%s: %s is %d, expected at least %d", info.Name, c.name, c.value, c.min)
		}
	}
	if cfg.Classes == 0 {
		cfg.Classes = len(info.Classes)
	}
	pipe, err := newPipeline(info.Shape, cfg.Transforms)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", info.Name, err)
	}
	if pipe.out.Varies() {
		return nil, fmt.Errorf("%s: images are %v, a batch needs one size: add crop(random, HxW)", info.Name, pipe.out)
	}
	if cfg.Shape != (Shape{}) && pipe.out != cfg.Shape {
		return nil, fmt.Errorf("%s: images are %v, the model takes %v: %s", info.Name, pipe.out, cfg.Shape, remedy(pipe.out, cfg.Shape))
	}
	if err := pipe.mixable(info, cfg.Target); err != nil {
		return nil, err
	}
	if cfg.Train {
		if err := pipe.fit(set); err != nil {
			return nil, fmt.Errorf("%s: %w", info.Name, err)
		}
	}
	l := &Loader{
		set:   set,
		info:  info,
		cfg:   cfg,
		pipe:  pipe,
		steps: -1,
		next:  cfg.FirstStep,
		epoch: -1,
		jobs:  make(chan *Batch, cfg.Ahead+1),
		queue: make(chan *Batch, cfg.Ahead+1),
		quit:  make(chan struct{}),
	}
	if !cfg.Train {
		l.steps = (set.Len() + cfg.Batch - 1) / cfg.Batch
	}
	if end := cfg.FirstStep + cfg.Steps; cfg.Steps > 0 && (l.steps < 0 || end < l.steps) {
		l.steps = end
	}
	labels, values := cfg.Target.PerSample(info, pipe.out)
	for range cfg.Ahead + 1 {
		l.assign(&Batch{
			Images:  make([]float32, cfg.Batch*pipe.out.Len()),
			Labels:  make([]int32, cfg.Batch*labels),
			Values:  make([]float32, cfg.Batch*values),
			samples: make([]position, 0, cfg.Batch),
			done:    make(chan struct{}, 1),
		})
	}
	for range cfg.Workers {
		l.wg.Add(1)
		go l.work()
	}
	return l, nil
}

// Shape is that of the images in the batches.
func (l *Loader) Shape() Shape { return l.pipe.out }

// Next returns the batch of the next step, waiting for it if need be. It fails
// with io.EOF after the last, with the cause of ctx when that ends, and where a
// sample cannot be had: then for good, after all batches before it.
func (l *Loader) Next(ctx context.Context) (*Batch, error) {
	if l.failed != nil {
		return nil, l.failed
	}
	start := time.Now()
	defer func() { l.waited.Add(int64(time.Since(start))) }()
	var b *Batch
	select {
	case b = <-l.queue:
	default:
		return nil, l.drained()
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		l.fail(context.Cause(ctx))
		return nil, l.failed
	case <-l.quit:
		return nil, errClosed
	}
	if b.err != nil {
		l.fail(b.err)
		return nil, l.failed
	}
	b.lent = true
	return b, nil
}

var errClosed = errors.New("the loader is closed")

// drained says why no batch is on its way.
func (l *Loader) drained() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.steps >= 0 && l.next >= l.steps {
		return io.EOF
	}
	return fmt.Errorf("no batch free: %d are in use and none was released", l.cfg.Ahead+1)
}

func (l *Loader) fail(err error) {
	l.failed = err
	l.stop.Do(func() { close(l.quit) })
}

// Release gives a batch back to be filled again; the caller must not use it
// afterwards. It panics if the batch is not the caller's to give.
func (l *Loader) Release(b *Batch) {
	if !b.lent {
		panic("data: Release of a batch that was not delivered, or was released before")
	}
	b.lent = false
	l.assign(b)
}

// Waited is how long callers of Next have waited in all.
func (l *Loader) Waited() time.Duration { return time.Duration(l.waited.Load()) }

// Close stops the workers and waits for them to end. Batches delivered before
// remain valid. It may be called more than once.
func (l *Loader) Close() {
	l.stop.Do(func() { close(l.quit) })
	l.wg.Wait()
}

// assign hands b to the workers as the batch of the next step, if there is one.
func (l *Loader) assign(b *Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.steps >= 0 && l.next >= l.steps {
		return
	}
	n := l.set.Len()
	first := l.next * l.cfg.Batch
	b.Step, b.Epoch, b.samples = l.next, first/n, b.samples[:0]
	for p := first; p < first+l.cfg.Batch && (l.cfg.Train || p < n); p++ {
		b.samples = append(b.samples, l.at(p/n, p%n))
	}
	b.N = len(b.samples)
	l.next++
	l.jobs <- b // never blocks: the channels have room for all batches
	l.queue <- b
}

// at returns the sample at a place of an epoch. Epochs are asked for in order.
func (l *Loader) at(epoch, place int) position {
	if !l.cfg.Shuffle {
		return position{place, epoch}
	}
	if epoch != l.epoch {
		l.order, l.epoch = Order(l.cfg.Seed, epoch, l.set.Len()), epoch
	}
	return position{l.order[place], epoch}
}
