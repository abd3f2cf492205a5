package main

import (
	"time"

	"github.com/netc-lang/netc/runtime/train"
)

// drawEvery is the least time between two drawings of a run's curves: one takes a
// tenth of a second, in which small models train for whole epochs.
const drawEvery = 5 * time.Second

// curved is a sink that has a run's curves drawn after epochs, and when finish is
// called. The run has logged an event before its sink hears of it. The curves can
// be drawn again from the log, so that they cannot be is no reason to stop.
type curved struct {
	train.Sink
	draw func() error
	now  func() time.Time

	drawn time.Time // when the last drawing was begun
	stale bool      // whether something was logged since
	err   error     // the last drawing's
}

func (c *curved) Step(e *train.Step) error {
	c.stale = c.stale || e.Report
	return c.Sink.Step(e)
}

func (c *curved) Epoch(e *train.Epoch) error {
	c.stale = true
	if err := c.Sink.Epoch(e); err != nil {
		return err
	}
	if now := c.now(); now.Sub(c.drawn) >= drawEvery {
		c.redraw(now)
	}
	return nil
}

func (c *curved) redraw(now time.Time) {
	c.drawn, c.stale = now, false
	c.err = c.draw()
}

// finish draws what is not drawn yet, however the run ended. It returns the error
// that leaves the curves without what was logged last.
func (c *curved) finish() error {
	if c.stale {
		c.redraw(c.now())
	}
	return c.err
}
