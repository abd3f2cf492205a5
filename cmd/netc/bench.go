package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/train"
)

// benchFlags are the flags of bench.
type benchFlags struct {
	mode      string
	recipe    string
	batch     int
	threads   int
	seconds   float64
	set       []string
	format    string
	layers    bool
	machine   bool
	precision string
	memory    memoryLimit
	tuning    tuneFlags
}

func benchCommand(s *session) *cobra.Command {
	var fl benchFlags
	cmd := &cobra.Command{
		Use:   "bench [FILE]",
		Short: "Measure how fast a model runs or trains on this machine",
		Long: `bench runs a model on random images, without reading data, and prints the median
rate over samples of at least 20 ms. The spread is (p90 − p10)/median. GFLOP/s
counts 2 per MAC, in training those of the backward sweep too, but none that is
computed again to stay within --memory-limit. Bytes are those
of the plan, with weights and optimizer state; allocations are measured.

With --machine it measures what the machine itself can do: multiply-adds in
registers, and sums of two arrays in its caches and in its memory.`,
		Example: "  netc bench lenet.net --mode train --batch 64\n  netc bench lenet.net --batch 1 --threads 1 --format json --layers\n  netc bench --machine",
		Args: func(cmd *cobra.Command, args []string) error {
			if fl.machine {
				return needNothing(cmd, args)
			}
			return needFile(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fl.check(); err != nil {
				return err
			}
			return s.interruptible(cmd.Context(), func(ctx context.Context) error {
				if fl.machine {
					return s.machine(ctx, fl)
				}
				return s.bench(ctx, parseSource(args[0]), fl)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&fl.mode, "mode", "infer", "train or infer")
	f.StringVar(&fl.recipe, "recipe", "", "the recipe whose loss and optimizer to run, where there are several")
	f.IntVar(&fl.batch, "batch", 0, "images in a step; the recipe's, or 1 without one")
	f.IntVar(&fl.threads, "threads", 0, "worker threads; 0: one a CPU")
	f.Float64Var(&fl.seconds, "seconds", 3, "how long to measure")
	f.StringVar(&fl.precision, "precision", "", "f32 or bf16 for training; the recipe's when not given")
	f.StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	f.StringVar(&fl.format, "format", "text", "text or json")
	fl.memory.register(f)
	fl.tuning.register(f)
	f.BoolVar(&fl.layers, "layers", false, "add the time of each layer, and its share of the machine's peak")
	f.BoolVar(&fl.machine, "machine", false, "measure the machine instead of a model")
	return cmd
}

// benchResult is what bench measures.
type benchResult struct {
	Model           string      `json:"model"`
	Mode            string      `json:"mode"`
	Batch           int         `json:"batch"`
	Threads         int         `json:"threads"`
	Tuning          string      `json:"tuning,omitempty"`  // digest of the file that chose algorithms
	ImagesPerSecond float64     `json:"images_per_second"` // median
	Spread          float64     `json:"spread"`            // (p90 − p10) / median
	GFLOPs          float64     `json:"gflops"`            // a second
	PeakBytes       int64       `json:"peak_bytes"`
	AllocsPerStep   float64     `json:"allocs_per_step"`
	Samples         int         `json:"samples"`
	PeakGFLOPs      float64     `json:"peak_gflops,omitempty"` // of the machine on these threads
	Layers          []layerTime `json:"layers,omitempty"`
}

// layerTime is the share of a step that one layer takes in one phase.
type layerTime struct {
	Layer  string  `json:"layer"`
	Phase  string  `json:"phase"`
	Micros float64 `json:"microseconds"` // a step
	Share  float64 `json:"share"`
	GFLOPs float64 `json:"gflops"`
	OfPeak float64 `json:"of_peak"` // of the machine's GFLOP/s
}

// precisionAllowed checks --precision, which is of training alone.
func (fl *benchFlags) precisionAllowed() error {
	switch {
	case fl.precision == "":
		return nil
	case fl.mode != "train":
		return usagef("--precision is of training, and this is --mode %s", fl.mode).
			withHint("give --mode train; inference is always in f32")
	}
	return oneOf("precision", fl.precision, train.Precisions...)
}

func (fl *benchFlags) check() error {
	for _, err := range []error{
		oneOf("mode", fl.mode, "train", "infer"), oneOf("format", fl.format, "text", "json"),
		fl.precisionAllowed(), atLeast("batch", fl.batch, 0), threadsAllowed(fl.threads),
	} {
		if err != nil {
			return err
		}
	}
	if !(fl.seconds > 0 && fl.seconds <= 3600) {
		return usagef("--seconds is %g, expected more than 0 and at most 3600", fl.seconds)
	}
	return nil
}

func (s *session) bench(ctx context.Context, src source, fl benchFlags) error {
	set, err := settings(fl.set)
	if err != nil {
		return err
	}
	f, err := compiler.Load(src.path)
	if err != nil {
		return err
	}
	name, err := s.one(src, f)
	if err != nil {
		if e := s.diagnostics(f.Check()); e != nil {
			return e
		}
		return err
	}
	p, err := s.program(ctx, f, source{src.path, name}, set, compileFlags{
		mode: fl.mode, recipe: fl.recipe, batch: fl.batch, precision: fl.precision, memory: fl.memory, tuning: fl.tuning, threads: fl.threads,
	})
	if err != nil {
		return err
	}
	m, err := bind(p, fl.threads)
	if err != nil {
		return err
	}
	defer m.close()
	m.Init(1)
	bound := m.Infer
	if fl.mode == "train" {
		bound = m.Train
	}
	synthesise(bound)
	r, err := measure(ctx, bound, fl.seconds)
	if err != nil {
		return err
	}
	r.Model, r.Mode, r.Batch, r.Threads = p.Model, fl.mode, p.batch, m.pool.Threads()
	r.Tuning = p.Tuning
	r.PeakBytes = planBytes(bound.Plan())
	if fl.layers {
		r.PeakGFLOPs = peakOf(m.pool, 200*time.Millisecond)
		r.Layers = layers(bound, r.PeakGFLOPs, fl.seconds)
	}
	if fl.format == "json" {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	s.printBench(r)
	return nil
}

// synthesise fills the inputs of a plan: random images, which are the first, and labels. The rate
// stays 0, so that the weights do not run away however long it takes.
func synthesise(b *interp.Bound) {
	random := rand.New(rand.NewPCG(1, 2))
	for i, port := range b.Plan().Inputs {
		v := b.Input(port.Name)
		if i == 0 {
			for i := range v.F32 {
				v.F32[i] = random.Float32()
			}
		}
		// Class 0 exists in every model; one class is as much work as another.
		clear(v.I32)
	}
}

// minSample is the least time of one sample.
const minSample = 20 * time.Millisecond

// measure runs a plan for a time and says how fast it was.
func measure(ctx context.Context, b *interp.Bound, seconds float64) (*benchResult, error) {
	start := time.Now()
	b.Run() // warms caches, packs weights
	once := time.Since(start)
	start = time.Now()
	b.Run()
	once = max(min(once, time.Since(start)), time.Microsecond)
	runs := int(minSample/once) + 1
	r := &benchResult{AllocsPerStep: allocations(b)}
	var rates []float64
	for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); len(rates) < 3 || time.Now().Before(end); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start := time.Now()
		for range runs {
			b.Run()
		}
		rates = append(rates, float64(runs*b.Batch())/time.Since(start).Seconds())
	}
	slices.Sort(rates)
	at := func(q float64) float64 { return rates[int(q*float64(len(rates)-1)+0.5)] }
	r.ImagesPerSecond, r.Samples = at(0.5), len(rates)
	r.Spread = (at(0.9) - at(0.1)) / at(0.5)
	r.GFLOPs = 2 * float64(macs(b.Plan())) / float64(b.Batch()) * r.ImagesPerSecond / 1e9
	return r, nil
}

// allocations is how often a step allocates, as the Go runtime counts: the least
// of a few steps, as the runtime allocates now and then on its own.
func allocations(b *interp.Bound) float64 {
	least := math.Inf(1)
	var before, after runtime.MemStats
	for range 10 {
		runtime.ReadMemStats(&before)
		b.Run()
		runtime.ReadMemStats(&after)
		if least = min(least, float64(after.Mallocs-before.Mallocs)); least == 0 {
			break
		}
	}
	return least
}

// macs is the multiplications of a step, each once.
func macs(p *plan.Plan) int64 {
	n := int64(0)
	for _, st := range p.Steps {
		n += st.MACs
	}
	return n - recomputed(p)
}

// layers is the time of each layer and phase, the longest first, measured for so
// many seconds, at least over three steps.
func layers(b *interp.Bound, peak, seconds float64) []layerTime {
	steps := b.Plan().Steps
	durations := make([]time.Duration, len(steps))
	runs := 0.0
	for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); runs < 3 || time.Now().Before(end); runs++ {
		b.RunTimed(durations)
	}
	type key struct {
		layer string
		phase plan.Phase
	}
	index := map[key]int{}
	var list []layerTime
	var work []int64
	total := 0.0
	for i, st := range steps {
		k := key{st.Layer, st.Phase}
		at, ok := index[k]
		if !ok {
			at = len(list)
			index[k] = at
			list = append(list, layerTime{Layer: st.Layer, Phase: st.Phase.String()})
			work = append(work, 0)
		}
		micros := float64(durations[i].Nanoseconds()) / 1e3 / runs
		list[at].Micros += micros
		work[at] += st.MACs
		total += micros
	}
	for i := range list {
		if list[i].Micros > 0 {
			list[i].Share = list[i].Micros / total
			list[i].GFLOPs = 2 * float64(work[i]) / list[i].Micros / 1e3
			list[i].OfPeak = list[i].GFLOPs / peak
		}
	}
	slices.SortStableFunc(list, func(a, b layerTime) int { return cmp.Compare(b.Micros, a.Micros) })
	return list
}

func (s *session) printBench(r *benchResult) {
	mode := "inference"
	if r.Mode == "train" {
		mode = "training"
	}
	fmt.Fprintf(s.out, "%s, %s, batch %d, %s\n\n", r.Model, mode, r.Batch, plural(r.Threads, "thread"))
	rate := stats.Thousands(int64(r.ImagesPerSecond + 0.5))
	if r.ImagesPerSecond < 100 {
		rate = fmt.Sprintf("%.2f", r.ImagesPerSecond)
	}
	fmt.Fprintf(s.out, "  %12s images/s   spread %.1f%% over %s\n", rate, 100*r.Spread, plural(r.Samples, "sample"))
	fmt.Fprintf(s.out, "  %12.1f GFLOP/s\n", r.GFLOPs)
	fmt.Fprintf(s.out, "  %12s of plan memory\n", stats.Bytes(r.PeakBytes))
	fmt.Fprintf(s.out, "  %12.1f allocations a step\n", r.AllocsPerStep)
	if len(r.Layers) == 0 {
		return
	}
	fmt.Fprintf(s.out, "  %12.1f GFLOP/s at most on this machine, in multiply-adds\n", r.PeakGFLOPs)
	fmt.Fprintf(s.out, "\n  %-24s %-9s %10s %7s %9s %8s\n", "layer", "phase", "µs a step", "share", "GFLOP/s", "of peak")
	for _, l := range r.Layers {
		rate, share := "–", "–"
		if l.GFLOPs > 0 {
			rate, share = fmt.Sprintf("%.1f", l.GFLOPs), fmt.Sprintf("%.0f%%", 100*l.OfPeak)
		}
		fmt.Fprintf(s.out, "  %-24s %-9s %10.1f %6.1f%% %9s %8s\n", l.Layer, l.Phase, l.Micros, 100*l.Share, rate, share)
	}
}
