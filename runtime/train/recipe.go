package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
)

// Recipe is how a model is trained.
type Recipe struct {
	Name       string
	Data       string // the data's SPEC
	Batch      int
	Epochs     int
	Steps      int // stop after so many steps, if that is earlier; 0: no such limit
	Seed       int64
	Loss       Loss
	Objectives []Objective // what training minimises the sum of: the losses, and those of auxiliary heads; for reports
	Rate       float64     // the optimizer's, before the schedule
	Warmup     float64     // epochs in which the schedule's rate is scaled up from 0
	Schedule   Schedule
	Optimizer  string // canonical text: it decides numbers, so it is part of the digest
	Augment    string // canonical text of the transforms, likewise

	Stage     string // of a run in stages: the name of the one that this is; else empty
	Precision string // BF16, or F32, which is meant when empty
	Parts     int    // in which a batch is worked on; 0 or 1: the whole at once
	Start     *Start // weights to begin with; nil: all are drawn from the seed
	Cache     *Cache // what is computed once an image; nil for nothing
	Top5      bool   // report the share of rows with their label among the five largest
	Crops     int    // windows of each image whose predictions are averaged in the test; 0 or 1: the one in the middle
	Ensemble  int    // average the predictions of so many last epochs in the test; 0: of the last alone
}

// Objective is one part of the loss that training minimises.
type Objective struct {
	Name   string // "cross_entropy on logits", "aux1"
	Weight float64
}

// The precisions: what activations are stored and multiplied in.
const (
	F32  = "f32"
	BF16 = "bf16"
)

// Precisions are all of them.
var Precisions = []string{F32, BF16}

// InBF16 says that training multiplies and stores activations in bf16.
func (r *Recipe) InBF16() bool { return r.Precision == BF16 }

// Start is where the weights of a run come from.
type Start struct {
	File  string
	Fresh []string // names of layers that begin anew, with all within them
	Text  string   // canonical
}

// Cache is a value of the model that is computed once an image, and then read.
type Cache struct {
	Tap   string
	Views int // times that each image is computed, with the random transforms of as many epochs
}

// epochEnd is the first step at which epoch e, from 0, of n samples is over.
// Batches go across the end of an epoch, so its last step may have trained on
// the first samples of the next.
func (r *Recipe) epochEnd(e, n int) int {
	return ((e+1)*n + r.Batch - 1) / r.Batch
}

// digest identifies what decides the numbers of a run beside the content of its
// data, which has a digest of its own. Name and Steps do not,
// and Epochs only under a schedule that looks at it. The stages before, which are
// over, count with all their epochs.
func (r *Recipe) digest(model string, set *Set, before []*Recipe) (string, error) {
	epochs := 0
	if r.Schedule.Horizon() {
		epochs = r.Epochs
	}
	parts := r.decisive(model, set, epochs)
	for _, b := range before {
		parts = append(parts, b.decisive(model, set, b.Epochs))
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return "", fmt.Errorf("recipe %s: %w", r.Name, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// decisive is what decides the numbers. A setting that is zero and was added
// later is left out, so that it changes no digest.
func (r *Recipe) decisive(model string, set *Set, epochs int) []any {
	parts := []any{
		model, r.Data, set.Train.Samples, r.Batch, epochs, r.Seed, r.Loss, r.Rate,
		r.Warmup, scheduleText(r.Schedule), r.Optimizer, r.Augment,
	}
	if r.Parts > 1 {
		parts = append(parts, "parts", r.Parts)
	}
	if r.InBF16() {
		parts = append(parts, "precision", r.Precision)
	}
	if r.Start != nil {
		parts = append(parts, "init", r.Start.Text)
	}
	if r.Stage != "" {
		parts = append(parts, "stage", r.Stage)
	}
	return parts
}

// maxEpochs bounds Epochs, so that the count of a run's samples stays in int.
const maxEpochs = 1_000_000_000

// Check reports what is wrong with the recipe, for a number of training samples.
func (r *Recipe) Check(samples int) error {
	if err := r.valid(); err != nil {
		return err
	}
	if r.Batch > samples {
		return fmt.Errorf("batch %d is larger than the %d training samples of %s", r.Batch, samples, r.Data)
	}
	return nil
}

// valid checks the recipe alone.
func (r *Recipe) valid() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("recipe %s: "+format, append([]any{r.Name}, args...)...)
	}
	switch {
	case r.Batch < 1:
		return bad("batch %d, expected at least 1", r.Batch)
	case r.Epochs < 1:
		return bad("epochs %d, expected at least 1", r.Epochs)
	case r.Epochs > maxEpochs:
		return bad("epochs %d, expected at most %d", r.Epochs, maxEpochs)
	case r.Steps < 0:
		return bad("steps %d, expected at least 1, or none for all", r.Steps)
	case !(r.Warmup >= 0) || math.IsInf(r.Warmup, 0):
		return bad("warm-up %g, expected a number of epochs from 0", r.Warmup)
	case r.Parts > 1 && r.Batch%r.Parts != 0:
		return bad("batch %d cannot be cut into %d equal parts", r.Batch, r.Parts)
	case r.Schedule == nil:
		return bad("no schedule, expected one, such as constant")
	case !(r.Rate >= 0) || math.IsInf(r.Rate, 0):
		return bad("rate %g, expected a finite number from 0", r.Rate)
	}
	if err := r.Loss.valid(); err != nil {
		return bad("%w", err)
	}
	return nil
}

// rate is the learning rate of a step: the schedule's, times the share of the
// warm-up that has passed with this step.
func (r *Recipe) rate(step int, run Length) float64 {
	rate := r.Schedule.Rate(r.Rate, step, run)
	if r.Warmup > 0 {
		rate *= min(1, run.epoch(step+1)/r.Warmup)
	}
	return rate
}
