package gogen

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/plan"
)

// restrict is the program without what the mode leaves out. Inference alone
// keeps only the State it uses, which as a rule is none, and the steps of the
// init plan that still have something to set.
func restrict(prog *plan.Program, mode Mode) (*plan.Program, error) {
	if mode != TrainOnly && prog.Infer == nil || mode != InferOnly && prog.Train == nil {
		return nil, fmt.Errorf("mode %s: the program lacks a plan for it; expected it to be lowered for that mode", mode)
	}
	r := *prog
	switch mode {
	case TrainOnly:
		r.Infer = nil
	case InferOnly:
		r.Train = nil
		used := stateUsed(prog.Infer)
		r.Tensors = nil
		for _, t := range prog.Tensors {
			if t.Region == plan.Weights || used[t.Name] {
				r.Tensors = append(r.Tensors, t)
			}
		}
		init := *prog.Init
		init.Steps = nil
		for _, s := range prog.Init.Steps {
			if !onlySets(prog.Init, &s, used) {
				init.Steps = append(init.Steps, s)
			}
		}
		r.Init = &init
	}
	return &r, nil
}

// stateUsed is the names of the State tensors that a plan's steps touch.
func stateUsed(p *plan.Plan) map[string]bool {
	used := map[string]bool{}
	for i, u := range usedBufs(p) {
		if u && p.Bufs[i].Region == plan.State {
			used[p.Bufs[rootOf(p, i)].Name] = true
		}
	}
	return used
}

// onlySets says whether a step writes nothing but State outside the kept.
func onlySets(p *plan.Plan, s *plan.Step, kept map[string]bool) bool {
	writes := false
	for j, op := range s.Kernel.Operands() {
		a := s.Args[j]
		if a == plan.None || op.Access == plan.Read {
			continue
		}
		if b := &p.Bufs[rootOf(p, a)]; b.Region != plan.State || kept[b.Name] {
			return false
		}
		writes = true
	}
	return writes
}

// usedBufs says of each buffer whether a step or a port names it.
func usedBufs(p *plan.Plan) []bool {
	used := make([]bool, len(p.Bufs))
	for _, steps := range [][]plan.Step{p.Setup, p.Steps} {
		for _, s := range steps {
			for _, a := range s.Args {
				if a != plan.None {
					used[a] = true
				}
			}
		}
	}
	for _, ports := range [][]plan.Port{p.Inputs, p.Outputs} {
		for _, port := range ports {
			used[port.Buf] = true
		}
	}
	return used
}

// rootOf is the buffer that owns the memory of buffer i.
func rootOf(p *plan.Plan, i int) int {
	for p.Bufs[i].Alias != plan.None {
		i = p.Bufs[i].Alias
	}
	return i
}
