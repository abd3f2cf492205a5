package train

import "math"

// Restarts falls along half a cosine again and again: in a period of T epochs,
// t of them passed, the rate is min + (base−min)·(1 + cos(π·t/T))/2. Each
// period is times as long as the one before.
// Source: Loshchilov and Hutter 2017.
type Restarts struct {
	Period float64 `net:"period,pos,required,min=0.001" doc:"epochs of the first period"`
	Times  int     `net:"times,min=1" doc:"length of a period in that of the one before"`
	Min    float64 `net:"min,min=0" doc:"rate at the end of a period"`
}

// Rate follows the formula at Restarts.
func (s *Restarts) Rate(base float64, step int, run Length) float64 {
	t, period := run.epoch(step), s.Period
	if s.Times <= 1 {
		t = math.Mod(t, period)
	}
	for t >= period {
		t -= period
		period *= float64(s.Times)
	}
	return s.Min + (base-s.Min)*(1+math.Cos(math.Pi*t/period))/2
}

// Horizon is false.
func (*Restarts) Horizon() bool { return false }
