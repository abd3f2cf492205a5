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
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/netc-lang/netc/runtime/checkpoint"
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

	// EvaluateTest asks for the test split after every epoch, not only at the end.
	EvaluateTest bool
	// Every is the number of steps between two reported ones; 0: a tenth of an
	// epoch, at most 50 steps.
	Every int
	// Now is the clock behind rates and durations; nil: the system's.
	Now func() time.Time
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
	l, err := newLoop(c)
	if err != nil {
		return Result{}, err
	}
	defer l.closeStream()
	if err := l.begin(); err != nil {
		return Result{}, err
	}
	err = l.train(ctx)
	l.closeStream() // the evaluation at the end has streams of its own
	if errors.Is(err, ErrInterrupted) {
		err = l.interrupted(err)
	}
	if err != nil {
		return l.result(nil, ""), errors.Join(err, l.log.close())
	}
	return l.finish(ctx)
}

// loop is the state of one call of Run.
type loop struct {
	Config
	image, label, rate, seed, loss, output fields
	progress                               progress
	stream                                 Stream
	saved                                  int       // the step of the last snapshot; -1: none
	ticked                                 time.Time // up to when the run's duration is counted
	log                                    *metricsLog
	sinks                                  Sink
	step                                   Step // the event, reused
	window                                 window
	epochs, last                           int // where training ends
}

// window is what has been measured since the last reported step.
type window struct {
	start  time.Time
	waited time.Duration
	images int
}

// train runs steps and epoch ends until the recipe is finished.
func (l *loop) train(ctx context.Context) error {
	l.window, l.ticked = window{start: l.Now()}, l.Now()
	for {
		l.tick()
		if end := l.Recipe.epochEnd(l.progress.Epoch, l.Set.Train.Samples); l.progress.Step >= end {
			if err := l.finishEpoch(ctx); err != nil {
				return err
			}
			l.window = window{start: l.Now()}
			continue
		}
		if l.progress.Epoch >= l.epochs || l.progress.Step >= l.last {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w after step %d (epoch %d)", ErrInterrupted, l.progress.Step, l.progress.Epoch+1)
		}
		if err := l.one(ctx); err != nil {
			return err
		}
	}
}

// tick brings the run's duration up to date.
func (l *loop) tick() {
	now := l.Now()
	l.progress.Seconds += now.Sub(l.ticked).Seconds()
	l.ticked = now
}

// one runs one step of training.
func (l *loop) one(ctx context.Context) error {
	asked := l.Now()
	batch, err := l.stream.Next(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w after step %d (epoch %d)", ErrInterrupted, l.progress.Step, l.progress.Epoch+1)
	}
	if err != nil {
		return fmt.Errorf("data for step %d: %w", l.progress.Step+1, err)
	}
	l.window.waited += l.Now().Sub(asked)
	copy(l.image.F32, batch.Images)
	copy(l.label.I32, batch.Labels)
	l.stream.Release(batch)
	lr := l.Recipe.Schedule.Rate(l.Recipe.Rate, l.progress.Step, l.length())
	if l.rate.F32 != nil {
		l.rate.F32[0] = float32(lr)
	}
	if l.seed.I64 != nil {
		l.seed.I64[0] = l.Recipe.Seed
	}
	l.Model.Train.Run()
	loss := float64(l.loss.F32[0])
	if !finite(loss) {
		return l.diverged(loss, lr)
	}
	l.progress.add(loss)
	if l.output.F32 != nil {
		l.progress.Correct += top1(l.output.F32, l.label.I32)
		l.progress.Rows += len(l.label.I32)
	}
	l.window.images += l.Recipe.Batch
	return l.report(loss, lr)
}

// report fills in the step's event and hands it to the sinks.
func (l *loop) report(loss, lr float64) error {
	p, s := &l.progress, &l.step
	end := l.Recipe.epochEnd(p.Epoch, l.Set.Train.Samples)
	begin := 0
	if p.Epoch > 0 {
		begin = l.Recipe.epochEnd(p.Epoch-1, l.Set.Train.Samples)
	}
	s.Epoch, s.Step, s.Loss, s.Rate = p.Epoch+1, p.Step, loss, lr
	s.Epochs, s.InEpoch, s.OfEpoch = l.epochs, p.Step-begin, min(end, l.last)-begin
	s.MeanLoss, s.Top1 = p.meanLoss(), math.NaN()
	if p.Rows > 0 {
		s.Top1 = float64(p.Correct) / float64(p.Rows)
	}
	if elapsed := l.Now().Sub(l.window.start).Seconds(); elapsed > 0 {
		s.ImagesPerSecond = float64(l.window.images) / elapsed
		s.Left = time.Duration(float64((s.OfEpoch-s.InEpoch)*l.Recipe.Batch) / s.ImagesPerSecond * float64(time.Second))
		s.DataWait = min(1, l.window.waited.Seconds()/elapsed)
	}
	s.Report = p.Step%l.Every == 0 || p.Step == end || p.Step == l.last
	if err := l.sinks.Step(s); err != nil {
		return fmt.Errorf("reporting step %d: %w", p.Step, err)
	}
	if s.Report {
		l.window = window{start: l.Now()}
	}
	return nil
}

// finishEpoch saves, evaluates and reports. The snapshot comes first: nothing
// of the epoch is lost in an evaluation that does not end, and a resumed run
// evaluates the same weights again.
func (l *loop) finishEpoch(ctx context.Context) error {
	if err := l.save(); err != nil {
		return err
	}
	p := &l.progress
	e := Epoch{Epoch: p.Epoch + 1, TrainLoss: p.meanLoss()}
	splits := []struct {
		split      Split
		loss, top1 **float64
		wanted     bool
	}{
		{l.Set.Val, &e.ValLoss, &e.ValTop1, true},
		{l.Set.Test, &e.TestLoss, &e.TestTop1, l.EvaluateTest},
	}
	for _, s := range splits {
		if s.split.Samples == 0 || !s.wanted {
			continue
		}
		score, err := l.evaluate(ctx, s.split)
		if err != nil {
			return err
		}
		*s.loss, *s.top1 = &score.Loss, &score.Top1
	}
	p.finish(e)
	if err := l.sinks.Epoch(&e); err != nil {
		return fmt.Errorf("reporting epoch %d: %w", e.Epoch, err)
	}
	return nil
}

func (l *loop) evaluate(ctx context.Context, split Split) (Score, error) {
	score, err := Evaluate(ctx, l.Model, split, l.Recipe.Loss)
	if err != nil && ctx.Err() != nil {
		return score, fmt.Errorf("%w in the evaluation after step %d (epoch %d)", ErrInterrupted, l.progress.Step, l.progress.Epoch+1)
	}
	if err == nil && !finite(score.Loss) {
		return score, fmt.Errorf("the %s loss is %g after step %d (epoch %d): the model's outputs have overflowed; "+
			"try a lower rate or a warm-up", split.Name, score.Loss, l.progress.Step, l.progress.Epoch+1)
	}
	return score, err
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// diverged is the error of a loss that is not a number. The weights are spoilt,
// so they are not saved.
func (l *loop) diverged(loss, lr float64) error {
	return fmt.Errorf("the loss became %g in step %d (epoch %d) at rate %.4g: training stopped, %s; "+
		"try a lower rate or a warm-up", loss, l.progress.Step+1, l.progress.Epoch+1, lr, l.kept())
}

// kept says what there is to go back to.
func (l *loop) kept() string {
	if l.saved < 0 {
		return "no snapshot was saved before"
	}
	return fmt.Sprintf("the snapshot of step %d in %s is kept", l.saved, l.Out)
}

// interrupted saves what the cancelled run has reached.
func (l *loop) interrupted(cause error) error {
	if l.Out == "" {
		return fmt.Errorf("%w; nothing is saved, as no output folder was given", cause)
	}
	if l.saved != l.progress.Step {
		if err := l.save(); err != nil {
			return errors.Join(cause, err)
		}
	}
	return fmt.Errorf("%w; saved in %s, from where it can be resumed", cause, l.Out)
}

// save writes a snapshot into the run's folder, if it has one. Parameters that
// are not numbers are an error, whether or not there is a folder.
func (l *loop) save() error {
	for i := range l.Model.Tensors {
		t := &l.Model.Tensors[i]
		for _, v := range t.View.F32 {
			if !finite(float64(v)) {
				return fmt.Errorf("%s became %g by step %d (epoch %d): training stopped, %s; try a lower rate or a warm-up",
					t.Name, v, l.progress.Step, l.progress.Epoch+1, l.kept())
			}
		}
	}
	if l.Out == "" {
		return nil
	}
	state, err := l.state()
	if err != nil {
		return err
	}
	if err := checkpoint.Save(l.Out, state, l.Model.Tensors); err != nil {
		return err
	}
	l.saved = l.progress.Step
	return nil
}

// finish evaluates the test split, writes the weights and reports the end.
func (l *loop) finish(ctx context.Context) (Result, error) {
	var test *Score
	var done Done
	var err error
	if l.saved != l.progress.Step {
		err = l.save()
	}
	if err == nil && l.Set.Test.Samples > 0 {
		var score Score
		if score, err = l.evaluate(ctx, l.Set.Test); err == nil {
			test, done.TestTop1, done.TestLoss = &score, &score.Top1, &score.Loss
		}
		if errors.Is(err, ErrInterrupted) {
			err = l.interrupted(err)
		}
	}
	l.tick()
	done.Seconds = l.progress.Seconds
	if err == nil && l.Out != "" {
		done.Weights = filepath.Join(l.Out, WeightsFile)
		err = checkpoint.Export(done.Weights, l.Model.Tensors, l.weightsMeta())
	}
	if err == nil {
		err = l.sinks.Done(&done)
	}
	if err == nil {
		err = l.writeManifest(&done)
	}
	return l.result(test, done.Weights), errors.Join(err, l.log.close())
}

func (l *loop) result(test *Score, weights string) Result {
	return Result{Steps: l.progress.Step, History: l.progress.History, Test: test, Weights: weights}
}
