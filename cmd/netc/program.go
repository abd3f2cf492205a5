package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/gogen"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/train"
)

// program is a lowered model with what it was lowered for.
type program struct {
	*plan.Program
	model *check.Model
	mode  gogen.Mode
	batch int
}

// modes are the words of --mode.
var modes = map[string]gogen.Mode{"train": gogen.TrainOnly, "infer": gogen.InferOnly, "both": gogen.Both}

// program lowers a model as the flags of compile ask. A mode that is not given
// is both where there is a recipe, and infer otherwise. Inference needs no
// recipe, and takes only one that is named or the model's single one.
func (s *session) program(ctx context.Context, f *compiler.File, src source, set map[string]string, fl compileFlags) (*program, error) {
	tuner, err := s.tuner(ctx, fl.tuning, threadCount(fl.threads))
	if err != nil {
		return nil, err
	}
	p, err := s.lowered(f, src, set, fl, compiler.Options{MemoryLimit: fl.memory.bytes, Tuning: tuner.options()})
	if err == nil {
		s.unknown(tuner)
	}
	return p, err
}

// lowered is program with options that do not depend on the model.
func (s *session) lowered(f *compiler.File, src source, set map[string]string, fl compileFlags, opt compiler.Options) (*program, error) {
	mode, given := modes[fl.mode]
	recipes := len(recipesOf(f, src.model))
	if fl.recipe == "" && (given && mode == gogen.InferOnly && recipes != 1 || !given && recipes == 0) {
		if err := fl.memory.training(false); err != nil {
			return nil, err
		}
		opt.Batch = max(fl.batch, 1)
		return s.inference(f, src.model, set, opt)
	}
	if !given {
		mode = gogen.Both
	}
	name, err := pickRecipe(f, src, fl.recipe)
	if err != nil {
		return nil, err
	}
	r, err := s.recipe(f, name, set)
	if err != nil {
		return nil, err
	}
	if r, err = pickStage(r, fl.stage); err != nil {
		return nil, err
	}
	if fl.batch > 0 {
		r.Run.Batch = fl.batch
	}
	r.Cache = nil // it is the loop that keeps cached values
	if fl.precision != "" {
		r.Run.Precision = fl.precision
	}
	s.warnPrecision(r)
	if err := fl.memory.training(mode != gogen.InferOnly); err != nil {
		return nil, err
	}
	if mode == gogen.InferOnly {
		opt.Batch = r.Run.Batch
		return lower(r.Model, opt, mode)
	}
	return training(r, mode, opt)
}

// warnPrecision says that training in bf16 is slow on this machine, if so.
func (s *session) warnPrecision(r *check.Recipe) {
	if r.Run.InBF16() && !kernel.HasBF16() {
		fmt.Fprintf(s.err, "warning: precision bf16 of recipe %s: this machine has no instructions for it, so that training gives the same numbers many times slower\n", r.Run.Name)
	}
}

// inference lowers a model without a recipe.
func (s *session) inference(f *compiler.File, name string, set map[string]string, opt compiler.Options) (*program, error) {
	m, err := s.model(f, name, set)
	if err != nil {
		return nil, err
	}
	return lower(m, opt, gogen.InferOnly)
}

// training lowers the stage of a checked recipe, with options that it does not
// decide.
func training(r *check.Recipe, mode gogen.Mode, opt compiler.Options) (*program, error) {
	parts := max(1, r.Run.Parts)
	if r.Run.Batch%parts != 0 {
		return nil, usagef("a batch of %d cannot be cut into %d equal parts, as the recipe's accumulate asks", r.Run.Batch, parts).
			withHint("give a batch that is a multiple of %d", parts)
	}
	opt.Batch, opt.Objectives, opt.Method, opt.From, opt.BF16 = r.Run.Batch/parts, r.Objectives, r.Method, r.Cache, r.Run.InBF16()
	return lower(r.Model, opt, mode)
}

// pickStage is the recipe as that of the stage of the given name; as it is for "".
func pickStage(r *check.Recipe, name string) (*check.Recipe, error) {
	if name == "" {
		return r, nil
	}
	var names []string
	for _, stage := range r.Stages {
		if stage.Run.Stage == name {
			return r.StageOf(stage), nil
		}
		names = append(names, stage.Run.Stage)
	}
	if names[0] == "" {
		return nil, usagef("recipe %s has no stages", r.Run.Name).withHint("leave out --stage")
	}
	return nil, usagef("recipe %s has no stage %s", r.Run.Name, name).withHint("its stages are %s", strings.Join(names, ", "))
}

func lower(m *check.Model, opt compiler.Options, mode gogen.Mode) (*program, error) {
	prog, err := compiler.Program(m.Graph, opt)
	if err != nil {
		return nil, err
	}
	return &program{prog, m, mode, opt.Batch}, nil
}

// input is the shape of the images that a model takes.
func input(m *check.Model) (data.Shape, error) {
	sizes, ok := m.Graph.Inputs[0].Shape.Ints()
	if !ok {
		return data.Shape{}, usagef("model %s leaves the size of its input open (%v)", m.Graph.Name, m.Graph.Inputs[0].Shape).
			withHint("write the size as numbers in the model")
	}
	return data.Shape{C: sizes[0], H: sizes[1], W: sizes[2]}, nil
}

// output finds an output of a model; its only one for "".
func output(m *check.Model, name string) (ir.Output, error) {
	for _, o := range m.Graph.Outputs {
		if o.Name == name || name == "" && len(m.Graph.Outputs) == 1 {
			return o, nil
		}
	}
	return ir.Output{}, usagef("model %s has several outputs, and no recipe says which one holds the scores", m.Graph.Name).
		withHint("name the recipe with --recipe")
}

// machine is a program bound to memory, with the workers that run it.
type machine struct {
	*interp.Machine
	pool  *par.Pool
	model *train.Model
}

// bind gives a program memory and workers; threads 0 means one a CPU. It fails
// where there is too little memory. The machine has to be closed.
func bind(p *program, threads int) (*machine, error) {
	threads = threadCount(threads)
	if err := fits(p, threads); err != nil {
		return nil, err
	}
	pool := par.New(threads)
	m, err := interp.New(p.Program, pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	model := train.FromMachine(p.Model, m)
	model.Renames = p.Renames
	return &machine{m, pool, model}, nil
}

func (m *machine) close() { m.pool.Close() }

func threadCount(flag int) int {
	if flag == 0 {
		return par.Available()
	}
	return flag
}

// bindTrained is bind, with the weights of a file or of the folder of a run.
func bindTrained(p *program, threads int, path string) (*machine, error) {
	m, err := bind(p, threads)
	if err != nil {
		return nil, err
	}
	if err := m.read(path); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// read fills the weights from a file, or from the folder of a run.
func (m *machine) read(path string) error {
	return m.model.Read(weightsPath(path))
}

// weightsPath is a file of weights, where the folder of a run may be given.
func weightsPath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, train.WeightsFile)
	}
	return path
}
