package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
)

// Stage is one stage of a run.
type Stage struct {
	Recipe Recipe
	// Open binds the stage's model to memory and opens its data; close gives both
	// back. Only one stage is open at a time.
	Open func(context.Context) (m *Model, set *Set, close func(), err error)
}

// RunStages trains stage after stage, as Run does one; Recipe, Model and Set of the
// configuration do not count. Each stage goes on with the weights that the one
// before it has reached, by name; where that kept averages, with these. What the
// optimizer keeps begins anew, and so do the stream of epochs and the schedule.
// Steps and epochs of events are counted through the run. A snapshot knows its
// stage, so that a resumed run enters it without those before.
func RunStages(ctx context.Context, c Config, stages []Stage) (Result, error) {
	if len(stages) == 0 {
		return Result{}, errors.New("a run of no stages, expected at least one")
	}
	for i := range stages {
		if err := stages[i].Recipe.valid(); err != nil {
			return Result{}, err
		}
	}
	first, err := c.entered(stages)
	if err != nil {
		return Result{}, err
	}
	var r relay
	var result Result
	for i := range stages {
		r.recipes = append(r.recipes, &stages[i].Recipe)
	}
	for r.stage = first; r.stage < len(stages); r.stage++ {
		if result, err = r.run(ctx, c, &stages[r.stage]); err != nil || r.ended {
			return result, err
		}
		c.Resume = false
	}
	return result, nil
}

// entered is the stage with which the run begins: that of the snapshot to resume.
func (c *Config) entered(stages []Stage) (int, error) {
	if !c.Resume || c.Out == "" || len(stages) == 1 {
		return 0, nil
	}
	s, err := checkpoint.Load(c.Out)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // the loop says so
	}
	if err != nil {
		return 0, fmt.Errorf("cannot resume: %w", err)
	}
	var names []string
	for i := range stages {
		if stages[i].Recipe.Stage == s.State.Stage {
			return i, nil
		}
		names = append(names, stages[i].Recipe.Stage)
	}
	return 0, fmt.Errorf("cannot resume: %s is of stage %q, and the recipe's are %s", s.Path, s.State.Stage, strings.Join(names, ", "))
}

// relay is what one stage hands to the next.
type relay struct {
	recipes []*Recipe // of all stages
	stage   int       // the one under way
	before  counts    // in the stages before it
	history []Epoch
	seconds float64
	weights map[string][]float32 // nil in the first one that is entered
	ended   bool                 // the run is over, though stages may be left
}

// counts is how far a run has come.
type counts struct {
	Steps  int `json:"steps"`
	Epochs int `json:"epochs"`
}

// epochs is the number of epochs of the run.
func (r *relay) epochs() int {
	n := 0
	for _, recipe := range r.recipes {
		n += recipe.Epochs
	}
	return n
}

// run runs one stage.
func (r *relay) run(ctx context.Context, c Config, s *Stage) (Result, error) {
	m, set, done, err := s.Open(ctx)
	if err != nil {
		return Result{}, err
	}
	defer done()
	c.Recipe, c.Model, c.Set = s.Recipe, m, set
	l, err := newLoop(c, r)
	if err != nil {
		return Result{}, err
	}
	defer l.closeStream()
	defer l.closeCache()
	if err := l.begin(ctx); err != nil {
		return Result{}, err
	}
	err = l.train(ctx)
	l.closeStream() // the evaluation at the end has streams of its own
	if errors.Is(err, ErrInterrupted) {
		err = l.interrupted(err)
	}
	if err != nil {
		return l.result(nil, ""), errors.Join(err, l.log.close())
	}
	r.ended = l.isLast()
	if r.ended {
		return l.finish(ctx)
	}
	return l.handOver()
}

// isLast says whether the run ends with this stage: the last, or one in which the
// limit of steps is reached.
func (l *loop) isLast() bool {
	limit := l.Recipe.Steps
	return l.relay.stage == len(l.relay.recipes)-1 || limit > 0 && l.steps() >= limit
}

// handOver saves the stage and keeps what the next one begins with.
func (l *loop) handOver() (Result, error) {
	if l.saved != l.progress.Step {
		if err := l.save(); err != nil {
			return l.result(nil, ""), errors.Join(err, l.log.close())
		}
	}
	l.tick()
	r := l.relay
	r.weights = map[string][]float32{}
	l.Model.swapAverages()
	for i := range l.Model.Tensors {
		if t := &l.Model.Tensors[i]; t.Kind == plan.Param || t.Kind == plan.Buffer {
			r.weights[t.Name] = append([]float32(nil), t.View.F32...)
		}
	}
	r.before = counts{l.steps(), l.before.Epochs + l.progress.Epoch}
	r.history, r.seconds = l.progress.History, l.progress.Seconds
	return l.result(nil, ""), l.log.close()
}

// initial sets the tensors of a stage that begins.
func (l *loop) initial() error {
	m := l.Model
	m.Init(l.Recipe.Seed)
	switch {
	case l.relay.weights != nil:
		for i := range m.Tensors {
			t := &m.Tensors[i]
			if w, ok := l.relay.weights[t.Name]; ok {
				copy(t.View.F32, w)
			}
		}
	case l.Recipe.Start != nil:
		if err := m.load(l.Recipe.Start); err != nil {
			return err
		}
	default:
		return nil
	}
	m.resetAverages()
	m.Refresh()
	return nil
}
