package main

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/netc-lang/netc/runtime/train"
)

// TestCurved counts the drawings of a run whose epochs take a second: one every
// five seconds and one at the end, where something was logged since the last; a
// drawing that fails stops nothing, and is reported unless a later one succeeds.
func TestCurved(t *testing.T) {
	failed := errors.New("disk full")
	tests := []struct {
		epochs, steps int // steps logged after the last epoch
		fail          func(drawing int) bool
		drawings      int
		want          error
	}{
		{0, 0, nil, 0, nil},
		{0, 1, nil, 1, nil},
		{1, 0, nil, 1, nil},
		{1, 1, nil, 2, nil},
		{6, 0, nil, 2, nil},
		{7, 0, nil, 3, nil},
		{7, 0, func(n int) bool { return n == 1 }, 3, nil},
		{7, 0, func(n int) bool { return n == 3 }, 3, failed},
		{6, 0, func(n int) bool { return n == 2 }, 2, failed},
	}
	for _, tt := range tests {
		now, drawings := time.Unix(1000, 0), 0
		c := &curved{Sink: train.JSON(io.Discard), now: func() time.Time { return now }, draw: func() error {
			drawings++
			if tt.fail != nil && tt.fail(drawings) {
				return failed
			}
			return nil
		}}
		for range tt.epochs {
			for _, report := range []bool{false, true} {
				if err := c.Step(&train.Step{Report: report}); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Epoch(&train.Epoch{}); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Second)
		}
		for range tt.steps {
			if err := c.Step(&train.Step{Report: true}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.finish(); err != tt.want || drawings != tt.drawings {
			t.Errorf("%d epochs, %d steps: %d drawings, error %v; expected %d, %v", tt.epochs, tt.steps, drawings, err, tt.drawings, tt.want)
		}
	}
}
