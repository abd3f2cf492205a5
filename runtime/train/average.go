package train

import (
	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
)

// averages visits the tensors that have an average, with it. It reports whether
// there are any.
func (m *Model) averages(visit func(w, average []float32)) bool {
	of := map[string]*checkpoint.Tensor{}
	for i := range m.Tensors {
		if t := &m.Tensors[i]; t.Kind == plan.Average {
			of[t.Name] = t
		}
	}
	for i := range m.Tensors {
		t := &m.Tensors[i]
		if a := of[plan.AverageOf(t.Name)]; a != nil {
			visit(t.View.F32, a.View.F32)
		}
	}
	return len(of) > 0
}

// swapAverages exchanges the weights with their averages, where the model keeps
// any.
func (m *Model) swapAverages() {
	if m.averages(func(w, average []float32) {
		for i := range w {
			w[i], average[i] = average[i], w[i]
		}
	}) {
		m.Refresh()
	}
}

// resetAverages makes the averages begin with the weights as they are.
func (m *Model) resetAverages() { m.averages(func(w, average []float32) { copy(average, w) }) }
