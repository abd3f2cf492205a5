package train

import "math"

// OneCycle rises from base/div to base and then falls to base/(div·final),
// step by step, along half a cosine or a straight line. Of N steps, counted
// from 0, the rise ends at rise·N − 1 and the fall at N − 1. The optimizer's
// momentum stays as it is.
// Source: Smith and Topin 2018, in PyTorch's two phases.
type OneCycle struct {
	Rise   float64 `net:"rise,min=0,max=1" doc:"share of the run in which the rate rises"`
	Div    float64 `net:"div,min=1" doc:"the first rate is the optimizer's divided by this"`
	Final  float64 `net:"final,min=1" doc:"the last rate is the first divided by this"`
	Anneal string  `net:"anneal,oneof=cos|linear" doc:"form of the rise and the fall"`
}

// Rate follows the description at OneCycle.
func (s *OneCycle) Rate(base float64, step int, run Length) float64 {
	steps := (run.Epochs*run.Samples + run.Batch - 1) / run.Batch
	at, top, end := float64(step), s.Rise*float64(steps)-1, float64(steps-1)
	first := base / s.Div
	if at <= top {
		return s.between(first, base, at/top)
	}
	return s.between(base, first/s.Final, (at-top)/(end-top))
}

// between is the rate when a share of the way has been made. The share is not a
// number where the way has no steps, and past 1 behind the last.
func (s *OneCycle) between(from, to, share float64) float64 {
	if !(share < 1) {
		return to
	}
	if s.Anneal == "linear" {
		return from + share*(to-from)
	}
	return to + (from-to)/2*(1+math.Cos(math.Pi*share))
}

// Horizon is true.
func (*OneCycle) Horizon() bool { return true }
