package train

import (
	"context"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
)

// Bound is a plan bound to memory: *interp.Bound. Input and Output give the
// zero View for a name that the plan does not have.
type Bound interface {
	Input(name string) plan.View
	Output(name string) plan.View
	Run()
}

// Model is a program bound to memory.
type Model struct {
	Name       string
	Layers     string // fingerprint of what it computes, for runs that are resumed; empty: not known
	Train      Bound  // nil where only evaluation is wanted
	Infer      Bound
	Image      string // the port of both plans that takes the images: F32, N,H,W,C
	TrainBatch int    // the batches that the two plans are for
	InferBatch int
	Tensors    []checkpoint.Tensor // all persistent ones
	Renames    []plan.Rename       // names that tensors had in older files
	Init       func(seed int64)
	Refresh    func() // after Tensors changed from outside
}

// The ports of a plan, beside that of the images and the model's outputs.
const (
	labelPort    = "label"        // I32, one per row of the output
	valuePort    = "target"       // F32, in the shape of the output
	ratePort     = "rate"         // F32, 1
	momentumPort = "momentum"     // F32, 1: where a schedule varies it
	cachedPort   = "cached value" // F32: a value of the model, where a stage caches one
	seedPort     = "seed"         // I64, 1
	lossPort     = "loss"         // F32, 1
)

// objectivePort is the port of one of several losses, times its weight.
func objectivePort(name string) string { return lossPort + " of " + name }

// Batch is one batch of samples, in memory of the stream's. Images, Labels and
// Values have the length of a full batch; only the first N samples count.
type Batch struct {
	N      int
	Images []float32       // B,H,W,C
	Labels []int32         // none where images have no classes
	Values []float32       // what losses on numbers compare with; none where no loss does
	Sample func(i int) int // the place of a sample in its split; nil: not known
}

// Uncounted is the label of a row that counts nowhere.
const Uncounted = -1

// Stream gives batch after batch of a split: batch i of size B covers positions
// i·B to (i+1)·B. Training's goes on for ever, and position p is in epoch
// p div samples; the others' end with their samples, the last batch being short.
type Stream interface {
	Next(ctx context.Context) (*Batch, error) // valid until Release
	Release(*Batch)
	Close()
}

// Split is a part of a data set; without samples it does not exist.
type Split struct {
	Name    string // "train", "val", "test"
	Samples int
	Pixels  bool // labels are of pixels
	// Views is how many rows of the streams each sample has, one after another, whose
	// predictions are averaged; 0 or 1: one.
	Views int
	// Final is the same samples as the end of a run is measured by; nil: as they are.
	Final *Split
	// Open gives the stream of batches of the given size from the batch of the
	// given index on. Training's is shuffled and augmented; the others' have
	// every sample once, in a fixed order.
	Open func(batch, from int) (Stream, error)

	// Ordered is training's stream in the samples' own order, with the random
	// transforms of epoch after epoch; Order the order in which Open has the samples
	// of an epoch. nil where nothing can be cached.
	Ordered func(batch, from int) (Stream, error)
	Order   func(epoch int) []int
}

// rows is the length of a stream that has every sample once.
func (s *Split) rows() int { return s.Samples * max(1, s.Views) }

// AtEnd is the split as the end of a run is measured by it.
func (s Split) AtEnd() Split {
	if s.Final != nil {
		return *s.Final
	}
	return s
}

// Set is a data set.
type Set struct {
	Digest  string // of its content; empty if not known
	Classes []string
	Image   []int // H,W,C of a sample after the transforms
	Labels  int   // per sample: 1, one per pixel, or none
	Values  int   // per sample; 0 where no loss compares with numbers
	Train   Split
	Val     Split
	Test    Split
}
