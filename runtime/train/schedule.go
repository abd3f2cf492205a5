package train

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Schedule says what the learning rate of every step is. Its implementations
// are pointers to structs whose tags describe their arguments to the language:
// net:"KEY[,pos][,required][,min=X][,max=X]" and doc:"…".
type Schedule interface {
	// Rate is the rate of the step of the given index, from 0, of a run of the
	// given length, where base is the optimizer's.
	Rate(base float64, step int, run Length) float64
	// Horizon says whether rates depend on the number of epochs; a run whose
	// do not can be resumed to more epochs than it was begun with.
	Horizon() bool
}

// Cycler is a schedule that may vary the momentum too.
type Cycler interface {
	// Cycles says whether it does.
	Cycles() bool
	// Momentum is that of the step of the given index, as for Rate.
	Momentum(step int, run Length) float64
}

// Range is an interval of numbers, both ends included; the language writes it
// 0.85..0.95.
type Range struct{ Lo, Hi float64 }

// Length is the length of a run.
type Length struct {
	Batch, Samples int // of the training split
	Epochs         int
}

// epoch is the progress before a step in epochs; exact where it is whole.
func (l Length) epoch(step int) float64 {
	return float64(step*l.Batch) / float64(l.Samples)
}

// ScheduleEntry describes a schedule to the language.
type ScheduleEntry struct {
	Name string
	Doc  string
	New  func() Schedule // with the defaults of optional arguments
}

// Schedules lists all schedules by name.
var Schedules = []ScheduleEntry{
	{"constant", "the same rate throughout", func() Schedule { return &Constant{} }},
	{"step", "multiplies the rate by gamma after every so many epochs: gamma^⌊e/every⌋", func() Schedule { return &StepDecay{Gamma: 0.1} }},
	{"multistep", "multiplies the rate by gamma at each of the given epochs: gamma^(milestones passed)", func() Schedule { return &MultiStep{Gamma: 0.1} }},
	{"exponential", "multiplies the rate by gamma every epoch: gamma^⌊e⌋", func() Schedule { return &Exponential{} }},
	{"polynomial", "falls to 0 as a power of what is left of the run: (1 − e/E)^power", func() Schedule { return &Polynomial{Power: 1} }},
	{"linear", "rises from start to 1 over warmup epochs, then stays", func() Schedule { return &Linear{Start: 0.1} }},
	{"cosine", "falls along half a cosine to min, which is a rate, after a linear rise from 0 over warmup epochs", func() Schedule { return &Cosine{} }},
	{"restarts", "falls along half a cosine in every period, each times as long as the one before", func() Schedule { return &Restarts{Times: 1} }},
	{"one_cycle", "rises from 1/div to 1 over a share of the run, then falls to 1/(div·final); momentum= makes the momentum go the other way", func() Schedule {
		return &OneCycle{Rise: 0.3, Div: 25, Final: 1e4, Anneal: "cos"}
	}},
}

// scheduleText writes a schedule as a recipe does, with every argument:
// step(every=7, gamma=0.1).
func scheduleText(s Schedule) string {
	v := reflect.ValueOf(s).Elem()
	var args []string
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("net"), ",")
		if r, ok := v.Field(i).Interface().(Range); ok {
			if r != (Range{}) { // a text that was there before this setting stays as it is
				args = append(args, fmt.Sprintf("%s=%v..%v", key, r.Lo, r.Hi))
			}
			continue
		}
		value, _ := json.Marshal(v.Field(i).Interface()) // numbers, words and lists of them
		args = append(args, key+"="+string(value))
	}
	name := v.Type().Name()
	for _, e := range Schedules {
		if reflect.TypeOf(e.New()) == reflect.TypeOf(s) {
			name = e.Name
		}
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// Constant keeps the rate.
type Constant struct{}

// Rate is base.
func (*Constant) Rate(base float64, _ int, _ Length) float64 { return base }

// Horizon is false.
func (*Constant) Horizon() bool { return false }

// StepDecay drops the rate at regular epochs: base · gamma^⌊epoch/every⌋.
type StepDecay struct {
	Every int     `net:"every,pos,required,min=1" doc:"epochs between two drops"`
	Gamma float64 `net:"gamma,min=0" doc:"factor of each drop"`
}

// Rate follows the formula at StepDecay.
func (s *StepDecay) Rate(base float64, step int, run Length) float64 {
	return base * math.Pow(s.Gamma, math.Floor(run.epoch(step)/float64(s.Every)))
}

// Horizon is false.
func (*StepDecay) Horizon() bool { return false }

// MultiStep drops the rate at given epochs: base · gamma^(epochs passed).
type MultiStep struct {
	At    []int   `net:"at,pos,required,min=0" doc:"finished epochs after which the rate drops"`
	Gamma float64 `net:"gamma,min=0" doc:"factor of each drop"`
}

// Rate follows the formula at MultiStep.
func (s *MultiStep) Rate(base float64, step int, run Length) float64 {
	epoch, drops := run.epoch(step), 0
	for _, at := range s.At {
		if epoch >= float64(at) {
			drops++
		}
	}
	return base * math.Pow(s.Gamma, float64(drops))
}

// Horizon is false.
func (*MultiStep) Horizon() bool { return false }

// Exponential decays at every epoch: base · gamma^⌊epoch⌋.
type Exponential struct {
	Gamma float64 `net:"gamma,pos,required,min=0" doc:"factor of each epoch"`
}

// Rate follows the formula at Exponential.
func (s *Exponential) Rate(base float64, step int, run Length) float64 {
	return base * math.Pow(s.Gamma, math.Floor(run.epoch(step)))
}

// Horizon is false.
func (*Exponential) Horizon() bool { return false }

// Polynomial falls step by step: base · (1 − epoch/epochs)^power.
type Polynomial struct {
	Power float64 `net:"power,pos,min=0" doc:"exponent; 1 falls in a straight line"`
}

// Rate follows the formula at Polynomial.
func (s *Polynomial) Rate(base float64, step int, run Length) float64 {
	left := max(0, 1-run.epoch(step)/float64(run.Epochs))
	return base * math.Pow(left, s.Power)
}

// Horizon is true.
func (*Polynomial) Horizon() bool { return true }

// Linear rises step by step: base · (start + (1−start)·epoch/warmup), then base.
type Linear struct {
	Warmup float64 `net:"warmup,pos,required,min=0" doc:"epochs of the rise"`
	Start  float64 `net:"start,min=0,max=1" doc:"fraction of the rate in the first step"`
}

// Rate follows the formula at Linear.
func (s *Linear) Rate(base float64, step int, run Length) float64 {
	epoch := run.epoch(step)
	if epoch >= s.Warmup {
		return base
	}
	return base * (s.Start + (1-s.Start)*epoch/s.Warmup)
}

// Horizon is false.
func (*Linear) Horizon() bool { return false }

// Cosine rises over the W steps of its warm-up by base/W a step, the first at
// base/W, and then falls step by step along
// min + (base−min)·(1 + cos(π·(epoch−warmup)/(epochs−warmup)))/2.
type Cosine struct {
	Warmup float64 `net:"warmup,min=0" doc:"epochs of the linear rise from 0"`
	Min    float64 `net:"min,min=0" doc:"rate at the end of the run"`
}

// Rate follows the formula at Cosine.
func (s *Cosine) Rate(base float64, step int, run Length) float64 {
	epoch := run.epoch(step)
	if epoch < s.Warmup {
		return base * min(1, run.epoch(step+1)/s.Warmup)
	}
	left := float64(run.Epochs) - s.Warmup
	if left <= 0 {
		return base
	}
	t := min(1, (epoch-s.Warmup)/left)
	return s.Min + (base-s.Min)*(1+math.Cos(math.Pi*t))/2
}

// Horizon is true.
func (*Cosine) Horizon() bool { return true }
