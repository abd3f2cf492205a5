package main

import (
	"github.com/netc-lang/netc/cmd/netc/internal/curve"
	"github.com/netc-lang/netc/runtime/train"
)

// curved is a sink that draws a run's curves after each epoch. The run has
// logged the epoch before its sink hears of it.
type curved struct {
	train.Sink
	dir, title string
}

func (c *curved) Epoch(e *train.Epoch) error {
	if err := c.Sink.Epoch(e); err != nil {
		return err
	}
	return curve.Write(c.dir, c.title)
}
