package tune

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Limits bound a measurement.
type Limits struct {
	Threads  int
	Duration time.Duration               // of all of it, about; questions that are left then stay with the estimate
	Bytes    int64                       // of memory for one question; those that need more are left to the estimate
	Progress func(done, of int, e Entry) // after each question; may be nil
}

// Result is what measuring came to.
type Result struct {
	Entries []Entry
	Changed int // choices that differ from the estimate's
	Left    int // questions for which there was no time, or no memory
	// Estimated and Chosen are the microseconds of all passes, once each, as the
	// estimates would have it and as chosen.
	Estimated, Chosen float64
}

// Measure answers questions. Where an answer differs from the estimate the two
// are measured once more against each other, and it must win again. It fails
// where ctx ends first.
func Measure(ctx context.Context, questions []Question, lim Limits) (*Result, error) {
	pool := par.New(lim.Threads)
	defer pool.Close()
	r, start := &Result{}, time.Now()
	first, end := start.Add(lim.Duration*3/4), start.Add(lim.Duration)
	for i, q := range questions {
		s, err := kernel.ParseGeometry(q.Geometry)
		if err != nil {
			return nil, fmt.Errorf("tuning: %w", err)
		}
		c := newContest(q.Pass, s, s.Tiles())
		if c.bytes > lim.Bytes || i > 0 && time.Now().After(end) {
			r.Left++
			continue
		}
		if err := c.run(ctx, pool, time.Until(first)/time.Duration(len(questions)-i)); err != nil {
			return nil, err
		}
		r.Entries = append(r.Entries, c.entry(q))
		if lim.Progress != nil {
			lim.Progress(i+1, len(questions), r.Entries[len(r.Entries)-1])
		}
	}
	var doubtful []*Entry
	for i := range r.Entries {
		if e := &r.Entries[i]; e.Choice != e.estimate() {
			doubtful = append(doubtful, e)
		}
	}
	for i, e := range doubtful {
		if err := e.confirm(ctx, pool, time.Until(end)/time.Duration(len(doubtful)-i)); err != nil {
			return nil, err
		}
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		if e.Choice != e.estimate() {
			r.Changed++
		}
		r.Estimated += e.Microseconds[e.estimate()]
		r.Chosen += e.Microseconds[e.Choice]
	}
	return r, nil
}

// estimate is the algorithm that is chosen without measurements.
func (e *Entry) estimate() string {
	s, err := kernel.ParseGeometry(e.Geometry)
	if err != nil {
		panic(fmt.Sprintf("tune: %v", err))
	}
	return kernel.TileName(op.ConvEstimate(e.Pass, s, false))
}

// confirm measures the choice against the estimate's, and takes it back unless
// it wins again.
func (e *Entry) confirm(ctx context.Context, pool *par.Pool, d time.Duration) error {
	s, err := kernel.ParseGeometry(e.Geometry)
	if err != nil {
		return err
	}
	tile, _ := s.TileNamed(e.Choice)
	c := newContest(e.Pass, s, []int{op.ConvEstimate(e.Pass, s, false), tile})
	if err := c.run(ctx, pool, d); err != nil {
		return err
	}
	again := c.entry(Question{e.Pass, e.Geometry})
	e.Choice = again.Choice
	for name, t := range again.Microseconds {
		e.Microseconds[name] = min(e.Microseconds[name], t)
	}
	return nil
}

// contest is the candidates for one pass of one convolution.
type contest struct {
	pass     string
	shape    kernel.ConvShape
	entrants []*entrant
	bytes    int64 // of all their operands
}

// entrant is one way to compute it.
type entrant struct {
	tile    int
	kernels []plan.Kernel
	args    [][]plan.View
	repeat  int       // runs a sample
	samples []float64 // microseconds a run, of the group under way
	best    float64   // the least median of a group
	out     bool      // too slow to be sampled on
}

// operand is what entrants share memory by: the maps and the weights, which
// are the same to all.
type operand struct {
	name string
	len  int
}

func newContest(pass string, s kernel.ConvShape, tiles []int) *contest {
	c := &contest{pass: pass, shape: s}
	seen := map[operand]bool{}
	for _, tile := range tiles {
		e := &entrant{tile: tile, kernels: op.ConvKernels(pass, s, tile)}
		for _, k := range e.kernels {
			for _, o := range k.Operands() {
				if key := (operand{o.Name, o.Len}); !o.Optional && !seen[key] {
					seen[key] = true
					c.bytes += 4 * int64(o.Len)
				}
			}
		}
		c.entrants = append(c.entrants, e)
	}
	return c
}

// Of how samples are taken.
const (
	sampleTime = 2 * time.Millisecond
	group      = 3 // samples, whose median counts
	maxGroups  = 40
	hopeless   = 1.3  // times as slow as the best after the first group
	margin     = 0.97 // of the estimate's time that another must stay below
)

// run samples the entrants by turns until the time is over, at least a group.
// Of a group of samples the median counts, and of the groups the least: what
// disturbs a machine makes it slower, never faster.
func (c *contest) run(ctx context.Context, pool *par.Pool, d time.Duration) error {
	c.bind(pool)
	end := time.Now().Add(d)
	for _, e := range c.entrants {
		e.sample(pool) // warms caches
		once := max(e.sample(pool), 1)
		e.repeat = max(1, int(float64(sampleTime.Microseconds())/once))
	}
	for n := 0; n < maxGroups && (n == 0 || time.Now().Before(end)); n++ {
		for range group {
			for _, e := range c.entrants {
				if err := ctx.Err(); err != nil {
					return fmt.Errorf("tuning was interrupted: %w", err)
				}
				if !e.out {
					e.samples = append(e.samples, e.sample(pool))
				}
			}
		}
		c.settle()
	}
	return nil
}

// settle ends a group of samples.
func (c *contest) settle() {
	least := 0.0
	for _, e := range c.entrants {
		if len(e.samples) > 0 {
			slices.Sort(e.samples)
			if m := e.samples[len(e.samples)/2]; e.best == 0 || m < e.best {
				e.best = m
			}
			e.samples = e.samples[:0]
		}
		if least == 0 || e.best < least {
			least = e.best
		}
	}
	for _, e := range c.entrants {
		e.out = e.out || e.best > hopeless*least
	}
}

// bind gives the kernels memory with values that are no special case.
func (c *contest) bind(pool *par.Pool) {
	random := rand.New(rand.NewPCG(1, 2))
	memory := map[operand]plan.View{}
	for _, e := range c.entrants {
		e.repeat = 1
		for _, k := range e.kernels {
			if s, ok := k.(plan.Scratcher); ok {
				pool.Reserve(s.Scratch())
			}
			var args []plan.View
			for _, o := range k.Operands() {
				if o.Optional {
					args = append(args, plan.View{})
					continue
				}
				key := operand{o.Name, o.Len}
				v, ok := memory[key]
				if !ok {
					v = plan.View{F32: plan.Alloc(o.Len)}
					for i := range v.F32 {
						v.F32[i] = random.Float32() - 0.5
					}
					memory[key] = v
				}
				args = append(args, v)
			}
			e.args = append(e.args, args)
		}
	}
}

// sample is the microseconds of a run.
func (e *entrant) sample(pool *par.Pool) float64 {
	start := time.Now()
	for range e.repeat {
		for i, k := range e.kernels {
			k.Call(pool, e.args[i])
		}
	}
	return float64(time.Since(start).Nanoseconds()) / 1e3 / float64(e.repeat)
}

// entry is what came of it: the fastest, but the estimate's choice where the
// fastest is not clearly faster.
func (c *contest) entry(q Question) Entry {
	e := Entry{Pass: q.Pass, Geometry: q.Geometry, Microseconds: map[string]float64{}}
	estimate := op.ConvEstimate(c.pass, c.shape, false)
	choice, least := estimate, 0.0
	for _, x := range c.entrants {
		if x.tile == estimate {
			least = x.best * margin
		}
	}
	for _, x := range c.entrants {
		e.Microseconds[kernel.TileName(x.tile)] = max(0.1, float64(int64(10*x.best+0.5))/10)
		if x.best < least {
			choice, least = x.tile, x.best
		}
	}
	e.Choice = kernel.TileName(choice)
	return e
}
