package train

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/weights"
)

// PyTorch's rates by update. One update stands for one epoch, so a batch is the
// whole of the data.
func TestSchedulesMatchPyTorch(t *testing.T) {
	tests := []struct {
		file     string
		schedule Schedule
		epochs   int
		base     float64
	}{
		{"lr_step", &StepDecay{Every: 7, Gamma: 0.1}, 25, 0.1},
		{"lr_multistep", &MultiStep{At: []int{5, 12, 20}, Gamma: 0.2}, 25, 0.1},
		{"lr_exp", &Exponential{Gamma: 0.9}, 25, 0.1},
		{"lr_poly", &Polynomial{Power: 0.9}, 24, 0.1},
		{"lr_linear_warmup", &Linear{Warmup: 8, Start: 0.1}, 25, 0.1},
		{"lr_cosine", &Cosine{}, 24, 0.1},
		{"lr_cosine_min", &Cosine{Min: 0.001}, 20, 0.1},
		{"lr_warmup_cosine", &Cosine{Warmup: 5}, 25, 0.1},
		{"lr_cosine_restarts", &Restarts{Period: 6, Times: 2, Min: 0.0001}, 40, 0.1},
		{"lr_onecycle_cos", &OneCycle{Rise: 0.3, Div: 25, Final: 1e4, Anneal: "cos"}, 30, 0.4},
		{"lr_onecycle_linear", &OneCycle{Rise: 0.25, Div: 10, Final: 100, Anneal: "linear"}, 30, 0.4},
	}
	for _, tt := range tests {
		f, err := weights.Read("../../testdata/train/" + tt.file + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.Lookup("lr").Float64s()
		if err != nil {
			t.Fatal(err)
		}
		for step, rate := range want {
			got := tt.schedule.Rate(tt.base, step, Length{Batch: 10, Samples: 10, Epochs: tt.epochs})
			if math.Abs(got-rate) > 1e-12 {
				t.Errorf("%s: step %d: rate %.15g, expected %.15g", tt.file, step, got, rate)
			}
		}
		cycle, ok := tt.schedule.(*OneCycle)
		if !ok {
			continue
		}
		cycle.Momenta = Range{0.85, 0.95}
		if want, err = f.Lookup("momentum").Float64s(); err != nil || len(want) != 30 {
			t.Fatalf("%s: %d momenta, %v", tt.file, len(want), err)
		}
		for step, momentum := range want {
			got := cycle.Momentum(step, Length{Batch: 10, Samples: 10, Epochs: tt.epochs})
			if math.Abs(got-momentum) > 1e-12 {
				t.Errorf("%s: step %d: momentum %.15g, expected %.15g", tt.file, step, got, momentum)
			}
		}
	}
}

// Inside an epoch the stepped schedules hold still and the others move.
func TestSchedulesWithinAnEpoch(t *testing.T) {
	run := Length{Batch: 4, Samples: 10, Epochs: 4} // epochs begin at steps 0, 2.5, 5, 7.5
	tests := []struct {
		schedule Schedule
		want     []float64
	}{
		{&Constant{}, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{&StepDecay{Every: 1, Gamma: 0.5}, []float64{1, 1, 1, .5, .5, .25, .25, .25, .125, .125}},
		{&StepDecay{Every: 2, Gamma: 0.5}, []float64{1, 1, 1, 1, 1, .5, .5, .5, .5, .5}},
		{&MultiStep{At: []int{1, 3}, Gamma: 0.5}, []float64{1, 1, 1, .5, .5, .5, .5, .5, .25, .25}},
		{&Linear{Warmup: 2, Start: 0}, []float64{0, .2, .4, .6, .8, 1, 1, 1, 1, 1}},
		{&Polynomial{Power: 1}, []float64{1, .9, .8, .7, .6, .5, .4, .3, .2, .1}},
		{&Cosine{Warmup: 2}, []float64{.2, .4, .6, .8, 1, 1, .9045084971874737, .6545084971874737, .3454915028125263, .0954915028125263}},
		{&Cosine{Warmup: 9}, []float64{0.4 / 9, 0.8 / 9}},
		{&Restarts{Period: 0.8, Times: 1}, []float64{1, .5, 1, .5, 1, .5}},
		{&OneCycle{Rise: 1, Div: 10, Final: 10, Anneal: "linear"}, []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9, 1}},
		{&OneCycle{Rise: 0.1, Div: 1, Final: 10, Anneal: "linear"}, []float64{1, .9, .8, .7, .6, .5, .4, .3, .2, .1}},
	}
	for _, tt := range tests {
		for step, want := range tt.want {
			if got := tt.schedule.Rate(1, step, run); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: step %d: rate %g, expected %g", scheduleText(tt.schedule), step, got, want)
			}
		}
	}
}

// A warm-up scales any schedule, and reaches the whole rate at its end.
func TestWarmup(t *testing.T) {
	r := Recipe{Rate: 2, Warmup: 2, Schedule: &StepDecay{Every: 1, Gamma: 0.5}}
	run := Length{Batch: 4, Samples: 10, Epochs: 4} // epochs begin at steps 0, 2.5, 5, 7.5
	for step, want := range []float64{.4, .8, 1.2, .8, 1, .5, .5, .5, .25, .25} {
		if got := r.rate(step, run); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: rate %g, expected %g", step, got, want)
		}
	}
	r.Warmup = 0
	if got := r.rate(0, run); got != 2 {
		t.Errorf("rate %g without a warm-up, expected 2", got)
	}
}

// A schedule says so exactly if its rates change with the number of epochs.
func TestHorizon(t *testing.T) {
	for _, e := range Schedules {
		s := e.New()
		if m, ok := s.(*StepDecay); ok {
			m.Every = 1
		}
		if r, ok := s.(*Restarts); ok {
			r.Period = 3
		}
		changes := false
		for step := range 20 {
			short, long := Length{Batch: 1, Samples: 2, Epochs: 10}, Length{Batch: 1, Samples: 2, Epochs: 30}
			changes = changes || s.Rate(1, step, short) != s.Rate(1, step, long)
		}
		if changes != s.Horizon() {
			t.Errorf("%s: Horizon is %v, but whether rates change with the epochs is %v", e.Name, s.Horizon(), changes)
		}
	}
}

func TestSchedulesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Schedules {
		if seen[e.Name] || e.Name == "" || e.Doc == "" {
			t.Errorf("schedule %q: name is used twice, or name or text is missing", e.Name)
		}
		seen[e.Name] = true
		s := e.New()
		if !strings.HasPrefix(scheduleText(s), e.Name+"(") {
			t.Errorf("schedule %q calls itself %s", e.Name, scheduleText(s))
		}
		typ := reflect.TypeOf(s).Elem()
		for i := range typ.NumField() {
			f := typ.Field(i)
			checkTag(t, e.Name+"."+f.Name, f)
		}
	}
}

// checkTag checks a field against the description at Schedule.
func checkTag(t *testing.T, where string, f reflect.StructField) {
	t.Helper()
	options := strings.Split(f.Tag.Get("net"), ",")
	if key := strings.ToLower(f.Name); options[0] != key && f.Name != "Momenta" || f.Tag.Get("doc") == "" {
		t.Errorf("%s: key %q, text %q", where, options[0], f.Tag.Get("doc"))
	}
	for _, o := range options[1:] {
		name, value, _ := strings.Cut(o, "=")
		switch name {
		case "pos", "required", "oneof":
		case "min", "max":
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				t.Errorf("%s: option %q", where, o)
			}
		default:
			t.Errorf("%s: unknown option %q", where, o)
		}
	}
	switch f.Type.String() {
	case "int", "float64", "bool", "string", "[]int", "train.Range":
	default:
		t.Errorf("%s: type %s", where, f.Type)
	}
}
