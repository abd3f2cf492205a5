package train

import (
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Live is the sink for a terminal: a bar for the epoch under way, with the time
// left, the epoch's mean loss and accuracy, the speed and the share of it lost
// in waiting for data; and a line for each finished epoch. It uses no colours.
type Live struct {
	progress *mpb.Progress
	bar      *mpb.Bar
	mu       sync.Mutex // guards step, which the terminal's goroutine draws
	step     Step
}

// NewLive draws on w, which must be a terminal. Close it when the run has ended.
func NewLive(w io.Writer) *Live { return newLive(mpb.WithOutput(w)) }

func newLive(options ...mpb.ContainerOption) *Live {
	return &Live{progress: mpb.New(append(options, mpb.WithRefreshRate(100*time.Millisecond))...)}
}

// Step moves the bar.
func (l *Live) Step(e *Step) error {
	l.mu.Lock()
	l.step = *e
	l.mu.Unlock()
	if l.bar == nil {
		// Total 0: the bar ends with the epoch, which is later than its last step.
		l.bar = l.progress.New(0, mpb.BarStyle().Rbound("]"), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Any(l.left)), mpb.AppendDecorators(decor.Any(l.right)))
		l.bar.SetTotal(int64(e.OfEpoch), false)
	}
	l.bar.SetCurrent(int64(e.InEpoch))
	return nil
}

// left is what stands before the bar.
func (l *Live) left(decor.Statistics) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("epoch %d/%d ", l.step.Epoch, l.step.Epochs)
}

// right is what stands behind the bar.
func (l *Live) right(decor.Statistics) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.step
	accuracy := ""
	if !math.IsNaN(s.Top1) {
		accuracy = fmt.Sprintf("  acc %.1f%%", 100*s.Top1)
	}
	return fmt.Sprintf(" %s left  loss %.3f%s  %.0f img/s  wait %.0f%%",
		s.Left.Round(time.Second), s.MeanLoss, accuracy, s.ImagesPerSecond, 100*s.DataWait)
}

// Epoch replaces the bar by a line.
func (l *Live) Epoch(e *Epoch) error {
	l.endBar()
	_, err := fmt.Fprintln(l.progress, epochLine(e))
	return err
}

// Done prints the last line.
func (l *Live) Done(e *Done) error {
	l.endBar()
	_, err := fmt.Fprintln(l.progress, doneLine(e))
	return err
}

func (l *Live) endBar() {
	if l.bar != nil {
		l.bar.SetTotal(-1, true)
		l.bar.Wait()
		l.bar = nil
	}
}

// Close takes the bar away and returns when everything is drawn.
func (l *Live) Close() {
	if l.bar != nil {
		l.bar.Abort(true)
	}
	l.progress.Wait()
}
