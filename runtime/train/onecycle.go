package train

import "math"

// OneCycle rises from base/div to base and then falls to base/(div·final),
// step by step, along half a cosine or a straight line. Of N steps, counted
// from 0, the rise ends at rise·N − 1 and the fall at N − 1. Where a range is given
// for the momentum it goes the other way: from the range's end down to its
// beginning while the rate rises, and up again; else it is the optimizer's.
// Source: Smith and Topin 2018, in PyTorch's two phases.
type OneCycle struct {
	Rise   float64 `net:"rise,min=0,max=1" doc:"share of the run in which the rate rises"`
	Div    float64 `net:"div,min=1" doc:"the first rate is the optimizer's divided by this"`
	Final  float64 `net:"final,min=1" doc:"the last rate is the first divided by this"`
	Anneal string  `net:"anneal,oneof=cos|linear" doc:"form of the rise and the fall"`

	Momenta Range `net:"momentum,min=0,max=0.999999" doc:"least and largest momentum, which goes against the rate"`
}

// Rate follows the description at OneCycle.
func (s *OneCycle) Rate(base float64, step int, run Length) float64 {
	first := base / s.Div
	rising, share := s.phase(step, run)
	if rising {
		return s.between(first, base, share)
	}
	return s.between(base, first/s.Final, share)
}

// Cycles says whether a range of the momentum was given.
func (s *OneCycle) Cycles() bool { return s.Momenta != (Range{}) }

// Momentum follows the description at OneCycle.
func (s *OneCycle) Momentum(step int, run Length) float64 {
	rising, share := s.phase(step, run)
	if rising {
		return s.between(s.Momenta.Hi, s.Momenta.Lo, share)
	}
	return s.between(s.Momenta.Lo, s.Momenta.Hi, share)
}

// phase says whether a step is in the rise, and which share of it or of the fall
// has been made.
func (s *OneCycle) phase(step int, run Length) (rising bool, share float64) {
	steps := (run.Epochs*run.Samples + run.Batch - 1) / run.Batch
	at, top, end := float64(step), s.Rise*float64(steps)-1, float64(steps-1)
	if at <= top {
		return true, at / top
	}
	return false, (at - top) / (end - top)
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
