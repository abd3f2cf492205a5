package main

import (
	"fmt"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/plan"
)

// wordBytes is the size of the words that plans count memory in.
const wordBytes = 4

// planBytes is the memory of a plan: all its regions.
func planBytes(p *plan.Plan) int64 {
	words := int64(0)
	for _, w := range p.Words {
		words += int64(w)
	}
	return wordBytes * words
}

// recomputed is the MACs of a step that are computed again to save memory.
func recomputed(p *plan.Plan) (macs int64) {
	for i := range p.Steps {
		if p.Steps[i].Phase == plan.Recompute {
			macs += p.Steps[i].MACs
		}
	}
	return macs
}

// memory lowers a model that was found without errors, for inference and for
// training by a recipe: the one named, or the model's first for "", or plain
// training where it has none. A graph can be lowered once, so each plan starts
// from the file. limit bounds the training plan.
func (s *session) memory(f *compiler.File, name string, set map[string]string, batch int, recipe string, limit memoryLimit) (stats.Memory, error) {
	mem := stats.Memory{Batch: batch, Inference: stats.Unknown, Training: stats.Unknown, Limit: limit.bytes}
	lowered := func(opt compiler.Options, prepare func(*ir.Graph, *compiler.Options)) (*plan.Program, error) {
		m, list, err := f.Model(name, set)
		if err != nil {
			return nil, s.notFound(f, list, err)
		}
		opt.Batch = batch
		if prepare != nil {
			prepare(m.Graph, &opt)
		}
		return compiler.Program(m.Graph, opt)
	}
	prog, err := lowered(compiler.Options{}, nil)
	if err != nil {
		return mem, err
	}
	mem.Inference = stats.Amount(planBytes(prog.Infer))
	train := func(g *ir.Graph, opt *compiler.Options) {
		opt.Objectives, opt.Method, mem.Assumed = plainTraining(g)
	}
	if recipes := recipesOf(f, name); recipe != "" || len(recipes) > 0 {
		if recipe == "" {
			recipe = recipes[0]
		}
		r, list, err := f.Recipe(recipe, set)
		if err != nil {
			return mem, s.notFound(f, list, err)
		}
		if list.HasErrors() { // its warnings are for check and train to show
			return mem, s.diagnostics(list)
		}
		mem.Recipe = recipe
		train = func(g *ir.Graph, opt *compiler.Options) {
			if opt.Objectives = moved(r, g); len(opt.Objectives) > 0 {
				opt.Method, opt.BF16 = r.Method, r.Run.InBF16()
				opt.Batch = max(1, batch/max(1, r.Run.Parts)) // a batch is worked on in parts
			}
		}
	}
	if prog, err = lowered(compiler.Options{MemoryLimit: limit.bytes}, train); err != nil {
		return mem, err
	}
	if prog.Train != nil {
		mem.Recomputed = stats.Amount(recomputed(prog.Train) / int64(batch))
		mem.Training = stats.Amount(planBytes(prog.Train))
	}
	return mem, nil
}

// moved is the objectives of a recipe on the outputs and heads of the same names
// of another graph of its model: one whose parameters have other values. What
// the recipe freezes its method says by name.
func moved(r *check.Recipe, g *ir.Graph) []*ir.Objective {
	there := places(g)
	var list []*ir.Objective
	here := places(r.Model.Graph)
	for _, o := range r.Objectives {
		for name, from := range here {
			if to := there[name]; o.On == from && to != nil {
				again := *o
				again.On = to
				list = append(list, &again)
				break
			}
		}
	}
	return list
}

// places are the outputs and heads of a graph, to which losses apply, by name.
func places(g *ir.Graph) map[string]*ir.Value {
	values := map[string]*ir.Value{}
	for _, o := range g.Outputs {
		values["output "+o.Name] = o.Value
	}
	for _, h := range g.Heads {
		values["head "+h.Name] = h.Value
	}
	return values
}

// plainTraining is what a model without a recipe is taken to be trained with,
// and says so: cross-entropy, for each pixel of a map, on the first output and
// the heads, by sgd without momentum. It is nothing for an output that has no
// classes.
func plainTraining(g *ir.Graph) ([]*ir.Objective, *ir.Method, string) {
	table := op.New()
	loss, sgd := table.Loss("cross_entropy"), table.Optimizer("sgd")
	on := []ir.Head{{Name: g.Outputs[0].Name, Value: g.Outputs[0].Value, Weight: 1}}
	var list []*ir.Objective
	for _, h := range append(on, g.Heads...) {
		fits := true
		o := &ir.Objective{Loss: loss, Attrs: loss.New(), On: h.Value, Weight: h.Weight}
		loss.Check(ir.NewContext(h.Value.Span, nil, func(*diag.Diagnostic) { fits = false }), o.Attrs, o.On)
		if fits && h.Weight > 0 {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return nil, nil, ""
	}
	return list, &ir.Method{Optimizer: sgd, Attrs: sgd.New()},
		fmt.Sprintf("cross_entropy on %s and plain sgd", on[0].Name)
}
