package train

import (
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Live is the sink for a terminal: a bar for the epoch under way, with the time
// left, the epoch's mean loss and accuracy, the speed and the share of it lost
// in waiting for data; and a line for each finished epoch. It uses no colours.
//
// Each bar has a container of its own, which has ended before a line is printed:
// so no line waits for a drawing that may not come.
type Live struct {
	w        io.Writer
	progress *mpb.Progress // nil between bars
	bar      *mpb.Bar      // likewise
	mu       sync.Mutex    // guards step, which the terminal's goroutine draws
	step     Step
}

// NewLive draws on w, which must be a terminal. Close it when the run has ended.
func NewLive(w io.Writer) *Live { return &Live{w: w} }

// Step moves the bar.
func (l *Live) Step(e *Step) error {
	l.mu.Lock()
	l.step = *e
	l.mu.Unlock()
	if l.bar == nil {
		// Total 0: the bar ends with the epoch, which is later than its last step.
		l.progress = mpb.New(mpb.WithConsoleWriter(&console{w: l.w}), mpb.WithRefreshRate(100*time.Millisecond))
		l.bar = l.progress.New(0, mpb.BarStyle().Rbound("]"),
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
	return fmt.Sprintf("%sepoch %d/%d ", stageText(l.step.Stage), l.step.Epoch, l.step.Epochs)
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
	l.Close()
	_, err := fmt.Fprintln(l.w, epochLine(e))
	return err
}

// Done prints the last lines, short enough for a narrow terminal.
func (l *Live) Done(e *Done) error {
	l.Close()
	var b strings.Builder
	switch {
	case e.TestLoss == nil:
	case e.TestTop1 == nil:
		fmt.Fprintf(&b, "test loss %.4f\n", *e.TestLoss)
	default:
		fmt.Fprintf(&b, "test accuracy %.2f%%, loss %.4f\n", 100**e.TestTop1, *e.TestLoss)
	}
	if e.TestTop5 != nil {
		fmt.Fprintf(&b, "test label among five %.2f%%\n", 100**e.TestTop5)
	}
	fmt.Fprintf(&b, "done in %.1f s", e.Seconds)
	if e.Weights != "" {
		fmt.Fprintf(&b, ", weights in %s", e.Weights)
	}
	_, err := fmt.Fprintln(l.w, b.String())
	return err
}

// Close takes the bar away, if there is one, and returns when that is drawn.
func (l *Live) Close() {
	if l.bar == nil {
		return
	}
	l.bar.Abort(true)
	l.progress.Wait()
	l.progress, l.bar = nil, nil
}
