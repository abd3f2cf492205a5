package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/netc-lang/netc/runtime/checkpoint"
)

// progress is where the loop stands: what a snapshot holds beside the tensors.
// Step and Epoch are the snapshot's own fields.
type progress struct {
	Step    int       `json:"-"`                // finished steps
	Epoch   int       `json:"-"`                // finished epochs
	LossSum float64   `json:"loss_sum"`         // over the steps of the epoch under way
	Shares  []float64 `json:"shares,omitempty"` // the same of each objective, times its weight, where there are several
	InEpoch int       `json:"in_epoch"`         // how many those are
	Correct int       `json:"correct"`          // rows of the epoch recognised in training
	Rows    int       `json:"rows"`             // rows of the epoch
	Before  *counts   `json:"before,omitempty"` // the stages before this one
	Seconds float64   `json:"seconds"`
	History []Epoch   `json:"history"`
}

// add counts one step.
func (p *progress) add(loss float64) {
	p.Step++
	p.InEpoch++
	p.LossSum += loss
}

// meanLoss is the mean over the steps of the epoch under way.
func (p *progress) meanLoss() float64 {
	if p.InEpoch == 0 {
		return 0
	}
	return p.LossSum / float64(p.InEpoch)
}

// finish ends the epoch under way.
func (p *progress) finish(e Epoch) {
	p.History = append(p.History, e)
	p.Epoch++
	p.LossSum, p.InEpoch, p.Correct, p.Rows = 0, 0, 0, 0
	clear(p.Shares)
}

// state is what the snapshot of the run holds.
func (l *loop) state() (checkpoint.State, error) {
	digest, err := l.digest()
	if err != nil {
		return checkpoint.State{}, err
	}
	l.progress.Before = nil
	if l.before != (counts{}) {
		l.progress.Before = &l.before
	}
	text, err := json.Marshal(&l.progress)
	if err != nil {
		return checkpoint.State{}, fmt.Errorf("snapshot of step %d: %w", l.progress.Step, err)
	}
	return checkpoint.State{
		Model: l.Model.Name, Layers: l.Model.Layers, Recipe: digest, Data: l.Set.Digest, Tuning: l.Tuning.Digest, Stage: l.Recipe.Stage, Seed: l.Recipe.Seed, Batch: l.Recipe.Batch,
		Step: l.progress.Step, Epoch: l.progress.Epoch, Progress: text,
	}, nil
}

// resume restores the run from its folder's snapshot.
func (l *loop) resume() error {
	if l.Out == "" {
		return errors.New("cannot resume: no output folder was given that could hold a snapshot")
	}
	snapshot, err := checkpoint.Load(l.Out)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot resume: %w; train without resuming first", err)
	}
	if err != nil {
		return fmt.Errorf("cannot resume: %w", err)
	}
	now, err := l.state()
	if err != nil {
		return err
	}
	if snapshot.State.Model == now.Model {
		if err := snapshot.Fits(l.Model.Tensors); err != nil {
			return fmt.Errorf("cannot resume: %w", err)
		}
	}
	if err := sameRun(snapshot.Path, &snapshot.State, &now); err != nil {
		return err
	}
	if err := json.Unmarshal(snapshot.State.Progress, &l.progress); err != nil {
		return fmt.Errorf("cannot resume: %s: progress: %w", snapshot.Path, err)
	}
	l.progress.Step, l.progress.Epoch = snapshot.State.Step, snapshot.State.Epoch
	if l.progress.Before != nil {
		l.before = *l.progress.Before
	}
	l.last = l.lastStep()
	if err := snapshot.Restore(l.Model.Tensors); err != nil {
		return fmt.Errorf("cannot resume: %w", err)
	}
	l.Model.Refresh()
	l.saved = l.progress.Step
	return nil
}

// choosers is what chose the kernels of a run.
func choosers(tuning string) string {
	if tuning == "" {
		return "estimates"
	}
	return "the tuning file " + tuning
}

// sameRun says what differs between a snapshot's run and the one to resume.
func sameRun(path string, was, now *checkpoint.State) error {
	differs := func(what string, was, now any) error {
		return fmt.Errorf("cannot resume: %s is of another run: its %s is %v, this run's %v", path, what, was, now)
	}
	switch {
	case was.Model != now.Model:
		return differs("model", was.Model, now.Model)
	case was.Layers != now.Layers:
		return fmt.Errorf("cannot resume: %s is of another model %s: its layers or their settings have been changed since; "+
			"put them back, or train anew with another --out", path, was.Model)
	case was.Tuning != now.Tuning:
		return fmt.Errorf("cannot resume: %s was made with kernels chosen by %s, and this run's are chosen by %s, which would change its bits; "+
			"resume with the tuning it began with, which netc train does by itself where none is given", path, choosers(was.Tuning), choosers(now.Tuning))
	case was.Seed != now.Seed:
		return differs("seed", was.Seed, now.Seed)
	case was.Batch != now.Batch:
		return differs("batch", was.Batch, now.Batch)
	case was.Data != now.Data:
		return fmt.Errorf("cannot resume: %s was trained on other data: the digest of its content was %s and is now %s; "+
			"give it the data as it was, or train anew in another folder", path, cmp.Or(was.Data, "unknown"), cmp.Or(now.Data, "unknown"))
	case was.Stage != now.Stage:
		return differs("stage", was.Stage, now.Stage)
	case was.Recipe != now.Recipe:
		return fmt.Errorf("cannot resume: %s was made with another recipe: its data, loss, optimizer, rate, schedule, "+
			"transforms, precision, stages or (under a schedule that depends on them) epochs differ (digest %s, this run's %s)", path, was.Recipe, now.Recipe)
	}
	return nil
}
