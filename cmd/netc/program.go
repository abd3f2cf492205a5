package main

import (
	"os"
	"path/filepath"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/gogen"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/train"
	"github.com/netc-lang/netc/runtime/weights"
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
func (s *session) program(f *compiler.File, src source, set map[string]string, fl compileFlags) (*program, error) {
	mode, given := modes[fl.mode]
	recipes := len(recipesOf(f, src.model))
	if fl.recipe == "" && (given && mode == gogen.InferOnly && recipes != 1 || !given && recipes == 0) {
		return s.inference(f, src.model, set, max(fl.batch, 1))
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
	if fl.batch > 0 {
		r.Run.Batch = fl.batch
	}
	if mode == gogen.InferOnly {
		return lower(r.Model, compiler.Options{Batch: r.Run.Batch}, mode)
	}
	return training(r, mode)
}

// inference lowers a model without a recipe.
func (s *session) inference(f *compiler.File, name string, set map[string]string, batch int) (*program, error) {
	m, err := s.model(f, name, set)
	if err != nil {
		return nil, err
	}
	return lower(m, compiler.Options{Batch: batch}, gogen.InferOnly)
}

// training lowers a checked recipe.
func training(r *check.Recipe, mode gogen.Mode) (*program, error) {
	return lower(r.Model, compiler.Options{Batch: r.Run.Batch, Objectives: r.Objectives, Method: r.Method}, mode)
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

	renames []plan.Rename
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
	return &machine{m, pool, train.FromMachine(p.Model, m), p.Renames}, nil
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
	file, err := weights.Read(weightsPath(path))
	if err != nil {
		return err
	}
	file.Rename(m.renames)
	var want []weights.Want
	var into []*checkpoint.Tensor
	for i := range m.model.Tensors {
		t := &m.model.Tensors[i]
		if t.Kind == plan.Param || t.Kind == plan.Buffer {
			want = append(want, weights.Want{Name: t.Name, DType: weights.Of(t.DType), Shape: t.Shape})
			into = append(into, t)
		}
	}
	if err := weights.Fit(file, want); err != nil {
		return err
	}
	for _, t := range into {
		if err := file.Lookup(t.Name).Into(t.View); err != nil {
			return err
		}
	}
	m.Refresh()
	return nil
}

// weightsPath is a file of weights, where the folder of a run may be given.
func weightsPath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, train.WeightsFile)
	}
	return path
}
