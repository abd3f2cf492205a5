package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/netc-lang/netc/runtime/plan"
)

// loop is the state of one call of Run.
type loop struct {
	Config
	relay                                      *relay
	before                                     counts      // in the stages before this one
	parts                                      int         // in which a batch is worked on
	image, label, values, rate, momentum, seed plan.View   // inputs of the training plan
	labels                                     []int32     // of the part that is worked on
	loss, output                               plan.View   // its outputs; nil slices where it has none
	objectives                                 []plan.View // likewise, where there are several
	stream                                     Stream      // training's batches, while they are needed
	epochs, last                               int         // the epochs and steps after which training ends
	progress                                   progress    // of the stage
	saved                                      int         // the step of the last snapshot; -1: none
	savedAt                                    time.Time   // when it was written, or training began
	ticked                                     time.Time   // up to when the run's duration is counted
	window                                     window
	step                                       Step // the event, used again and again
	sinks                                      Sink // Config.Sink, and the log where there is one
	log                                        *metricsLog
	cached                                     *os.File // of the values that the stage caches
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
	l.savedAt = l.ticked
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
			return fmt.Errorf("%w after %s", ErrInterrupted, l.here(0))
		}
		if err := l.one(ctx); err != nil {
			return err
		}
		if l.Out != "" && l.SnapshotEvery > 0 && l.ticked.Sub(l.savedAt) >= l.SnapshotEvery {
			if err := l.save(); err != nil {
				return err
			}
		}
	}
}

// steps is the number of finished steps of the run.
func (l *loop) steps() int { return l.before.Steps + l.progress.Step }

// here tells a step in an error: so many behind the last finished one.
func (l *loop) here(ahead int) string {
	text := fmt.Sprintf("step %d (epoch %d", l.steps()+ahead, l.before.Epochs+l.progress.Epoch+1)
	if l.Recipe.Stage != "" {
		text += ", stage " + l.Recipe.Stage
	}
	return text + ")"
}

// tick brings the run's duration up to date.
func (l *loop) tick() {
	now := l.Now()
	l.progress.Seconds += now.Sub(l.ticked).Seconds()
	l.ticked = now
}

// one runs one step of training.
func (l *loop) one(ctx context.Context) error {
	lr := l.settings()
	loss := 0.0
	for range l.parts {
		if err := l.next(ctx); err != nil {
			return err
		}
		l.Model.Train.Run()
		part := float64(l.loss.F32[0])
		if !finite(part) {
			return l.diverged(ctx, part, lr)
		}
		if l.parts > 1 {
			ctx = context.WithoutCancel(ctx) // a step that was begun is finished
		}
		loss += part / float64(l.parts)
		for i, o := range l.objectives {
			l.progress.Shares[i] += float64(o.F32[0]) / float64(l.parts)
		}
		if l.output.F32 != nil {
			correct, rows := l.Recipe.Loss.top1(l.output.F32, l.labels)
			l.progress.Correct += correct
			l.progress.Rows += rows
		}
	}
	l.progress.add(loss)
	l.window.images += l.Recipe.Batch
	return l.report(loss, lr)
}

// settings gives the training plan the numbers of the next step, and returns
// its rate.
func (l *loop) settings() float64 {
	lr := l.Recipe.rate(l.progress.Step, l.length())
	if l.rate.F32 != nil {
		l.rate.F32[0] = float32(lr)
	}
	if c, ok := l.Recipe.Schedule.(Cycler); ok && l.momentum.F32 != nil {
		l.momentum.F32[0] = float32(c.Momentum(l.progress.Step, l.length()))
	}
	if l.seed.I64 != nil {
		l.seed.I64[0] = l.Recipe.Seed
	}
	return lr
}

// next gives the training plan the next batch.
func (l *loop) next(ctx context.Context) error {
	asked := l.Now()
	batch, err := l.stream.Next(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w after %s", ErrInterrupted, l.here(0))
	}
	if err != nil {
		return fmt.Errorf("data for step %d: %w", l.steps()+1, err)
	}
	l.window.waited += l.Now().Sub(asked)
	copy(l.image.F32, batch.Images)
	copy(l.label.I32, batch.Labels)
	copy(l.values.F32, batch.Values)
	l.labels = append(l.labels[:0], batch.Labels...)
	l.stream.Release(batch)
	return nil
}

// report fills in the step's event and hands it to the sinks.
func (l *loop) report(loss, lr float64) error {
	p, s := &l.progress, &l.step
	end := l.Recipe.epochEnd(p.Epoch, l.Set.Train.Samples)
	begin := 0
	if p.Epoch > 0 {
		begin = l.Recipe.epochEnd(p.Epoch-1, l.Set.Train.Samples)
	}
	s.Stage, s.Epoch, s.Step, s.Loss, s.Rate = l.Recipe.Stage, l.before.Epochs+p.Epoch+1, l.steps(), loss, lr
	s.Epochs, s.InEpoch, s.OfEpoch = l.relay.epochs(), p.Step-begin, min(end, l.last)-begin
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
		return fmt.Errorf("reporting step %d: %w", s.Step, err)
	}
	if s.Report {
		l.window = window{start: l.Now()}
	}
	return nil
}
