package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"github.com/netc-lang/netc/runtime/checkpoint"
)

// finishEpoch saves, evaluates and reports. The snapshot comes first: nothing
// of the epoch is lost in an evaluation that does not end, and a resumed run
// evaluates the same weights again.
func (l *loop) finishEpoch(ctx context.Context) error {
	if err := l.save(); err != nil {
		return err
	}
	p := &l.progress
	e := Epoch{Stage: l.Recipe.Stage, Epoch: l.before.Epochs + p.Epoch + 1, TrainLoss: p.meanLoss()}
	if p.InEpoch > 0 && len(p.Shares) > 0 {
		e.TrainLosses = map[string]float64{}
		for i, o := range l.Recipe.Objectives {
			e.TrainLosses[o.Name] = p.Shares[i] / float64(p.InEpoch) / o.Weight
		}
	}
	splits := []struct {
		split                         Split
		loss, top1, top5, pixels, iou **float64
		wanted                        bool
	}{
		{l.Set.Val, &e.ValLoss, &e.ValTop1, &e.ValTop5, &e.ValPixels, &e.ValIoU, true},
		{l.Set.Test, &e.TestLoss, &e.TestTop1, &e.TestTop5, &e.TestPixels, &e.TestIoU, l.EvaluateTest},
	}
	for _, s := range splits {
		if s.split.Samples == 0 || !s.wanted {
			continue
		}
		score, err := l.evaluate(ctx, s.split)
		if err != nil {
			return err
		}
		*s.loss, *s.top1, *s.pixels, *s.iou = &score.Loss, score.recognised(), score.pixels(), score.iou()
		if l.Recipe.Top5 {
			*s.top5 = &score.Top5
		}
	}
	if err := l.keepForEnsemble(e.Epoch); err != nil {
		return err
	}
	p.finish(e)
	if err := l.sinks.Epoch(&e); err != nil {
		return fmt.Errorf("reporting epoch %d: %w", e.Epoch, err)
	}
	return nil
}

func (l *loop) evaluate(ctx context.Context, split Split) (Score, error) {
	l.Model.swapAverages()
	defer l.Model.swapAverages()
	score, err := Evaluate(ctx, l.Model, split, l.Recipe.Loss)
	return l.sound(ctx, split, score, err)
}

// sound completes what an evaluation returns.
func (l *loop) sound(ctx context.Context, split Split, score Score, err error) (Score, error) {
	if err != nil && ctx.Err() != nil {
		return score, fmt.Errorf("%w in the evaluation after %s", ErrInterrupted, l.here(0))
	}
	if err == nil && !finite(score.Loss) {
		return score, fmt.Errorf("the %s loss is %g after %s: the model's outputs have overflowed; "+
			"try a lower rate or a warm-up", split.Name, score.Loss, l.here(0))
	}
	return score, err
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// diverged is the error of a loss that is not a number. The weights are spoilt,
// so they are not saved.
func (l *loop) diverged(ctx context.Context, loss, lr float64) error {
	text := fmt.Sprintf("the loss became %g in %s at rate %.4g: training stopped, %s; try a lower rate or a warm-up",
		loss, l.here(1), lr, l.kept())
	return errors.New(text + l.diagnose(ctx, l.progress.Step+1))
}

// kept says what there is to go back to.
func (l *loop) kept() string {
	switch {
	case l.saved < 0 && l.Out != "" && l.before.Steps > 0:
		return fmt.Sprintf("the snapshot of step %d, at the end of the stage before, in %s is kept", l.before.Steps, l.Out)
	case l.saved < 0:
		return "no snapshot was saved before"
	}
	return fmt.Sprintf("the snapshot of step %d in %s is kept", l.before.Steps+l.saved, l.Out)
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
				text := fmt.Sprintf("%s became %g by %s: training stopped, %s; try a lower rate or a warm-up", t.Name, v, l.here(0), l.kept())
				return errors.New(text + l.diagnose(context.Background(), l.progress.Step))
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
		return fmt.Errorf("step %d could not be saved (%s): %w", l.steps(), l.kept(), err)
	}
	l.saved, l.savedAt = l.progress.Step, l.ticked
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
		if score, err = l.testScore(ctx); err == nil {
			test, done.TestLoss = &score, &score.Loss
			done.TestTop1, done.TestPixels, done.TestIoU = score.recognised(), score.pixels(), score.iou()
			if l.Recipe.Top5 {
				done.TestTop5 = &score.Top5
			}
		}
		if errors.Is(err, ErrInterrupted) {
			err = l.interrupted(err)
		}
	}
	l.tick()
	done.Seconds = l.progress.Seconds
	if err == nil && l.Out != "" {
		done.Weights = filepath.Join(l.Out, WeightsFile)
		l.Model.swapAverages()
		err = checkpoint.Export(done.Weights, l.Model.Tensors, l.weightsMeta())
		l.Model.swapAverages()
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
	return Result{Steps: l.steps(), History: l.progress.History, Test: test, Weights: weights}
}
