// Package train is the training loop as a person and as a script see it: it
// initialises or resumes a model, runs its training plan over a stream of
// batches, evaluates, reports events and leaves snapshots, weights, metrics and
// a manifest in a folder.
//
// Input: a Model (a program bound to memory), a Set (streams of batches) and a
// Recipe. Output: events, the folder's files and a Result.
//
// Invariants: the numbers of a run depend on the recipe, the data and the model
// alone, not on time, threads or sinks; a resumed run reaches the same bits as
// one that was never interrupted; a step of the loop allocates nothing.
package train

import (
	"context"
	"errors"
	"time"
)

// ErrInterrupted is what Run's error wraps when its context was cancelled. The
// step under way was finished and the run saved, so that it can be resumed.
var ErrInterrupted = errors.New("interrupted")

// WeightsFile is the file of the trained weights in a run's folder.
const WeightsFile = "weights.safetensors"

// Config is everything that one call of Run needs.
type Config struct {
	Recipe  Recipe
	Model   *Model
	Set     *Set
	Sink    Sink   // gets every event; never nil
	Out     string // folder for the run's files; empty: none are written
	Resume  bool   // go on from Out's snapshot instead of initialising
	Threads int    // for the manifest
	Version string // of netc, for the manifest
	Tuning  Tuning // by which the model's kernels were chosen

	// EvaluateTest asks for the test split after every epoch, not only at the end.
	EvaluateTest bool
	// Every is the number of steps between two reported ones; 0: a tenth of an
	// epoch, at most 50 steps.
	Every int
	// SnapshotEvery is the time after which a snapshot is written within an epoch;
	// 0: only at the ends of epochs.
	SnapshotEvery time.Duration
	// Now is the clock behind rates and durations; nil: the system's.
	Now func() time.Time
}

// Tuning is the measurements by which the kernels of a run were chosen. Other
// choices round differently, so they belong to the run; none for estimates.
type Tuning struct {
	Digest string // empty for none
	Text   []byte // kept in the run's folder
}

// Result is what a finished run reached.
type Result struct {
	Steps   int
	History []Epoch // one per finished epoch, earlier sessions included
	Test    *Score  // nil without a test split
	Weights string  // path of the weights; empty without Config.Out
}

// Run trains until the recipe's epochs are finished. Before the first step it
// checks that model, data, recipe and folder agree. It returns an error that
// wraps ErrInterrupted when ctx is cancelled. After any error the folder's
// last snapshot is whole.
func Run(ctx context.Context, c Config) (Result, error) {
	return RunStages(ctx, c, []Stage{{c.Recipe, func(context.Context) (*Model, *Set, func(), error) {
		return c.Model, c.Set, func() {}, nil
	}}})
}
