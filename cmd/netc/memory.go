package main

import (
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/stats"
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

// memory lowers a checked model for inference and for training. A graph can be
// lowered once, so each plan starts from the file.
func (s *session) memory(f *compiler.File, name string, set map[string]string, batch int) (stats.Memory, error) {
	mem := stats.Memory{Batch: batch}
	m, err := s.model(f, name, set)
	if err != nil {
		return mem, err
	}
	prog, err := compiler.Program(m.Graph, compiler.Options{Batch: batch})
	if err != nil {
		return mem, err
	}
	mem.Inference = planBytes(prog.Infer)
	if m, err = s.model(f, name, set); err != nil {
		return mem, err
	}
	opt := compiler.Options{Batch: batch}
	if recipes := recipesOf(f, name); len(recipes) > 0 {
		r, err := s.recipe(f, recipes[0], set)
		if err != nil {
			return mem, err
		}
		mem.Recipe = recipes[0]
		opt.Objectives, opt.Method = moved(r, m.Graph), r.Method
	} else {
		opt.Objectives, opt.Method = plainTraining(m.Graph)
	}
	if len(opt.Objectives) == 0 {
		return mem, nil
	}
	if prog, err = compiler.Program(m.Graph, opt); err != nil {
		return mem, err
	}
	training := planBytes(prog.Train)
	mem.Training = &training
	return mem, nil
}

// moved is the objectives of a recipe on the outputs of the same names of
// another graph of its model: one whose parameters have other values.
func moved(r *check.Recipe, g *ir.Graph) []*ir.Objective {
	var list []*ir.Objective
	for _, o := range r.Objectives {
		for _, from := range r.Model.Graph.Outputs {
			for _, to := range g.Outputs {
				if from.Value == o.On && from.Name == to.Name {
					there := *o
					there.On = to.Value
					list = append(list, &there)
				}
			}
		}
	}
	return list
}

// plainTraining is cross-entropy on the first output, for each pixel of a map,
// and sgd without momentum, for a model without a recipe.
func plainTraining(g *ir.Graph) ([]*ir.Objective, *ir.Method) {
	table := op.New()
	loss, sgd := table.Loss("cross_entropy"), table.Optimizer("sgd")
	return []*ir.Objective{{Loss: loss, Attrs: loss.New(), On: g.Outputs[0].Value, Weight: 1}},
		&ir.Method{Optimizer: sgd, Attrs: sgd.New()}
}
