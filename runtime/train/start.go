package train

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

// load reads the weights that a run begins with, apart from those of fresh
// layers. Where any other does not fit, no tensor has changed.
func (m *Model) load(s *Start) error {
	file, err := weights.Read(s.File)
	if err != nil {
		return fmt.Errorf("init weights: %w", err)
	}
	file.Rename(m.Renames)
	file = file.Without(s.isFresh)
	var want []weights.Want
	var into []*checkpoint.Tensor
	for i := range m.Tensors {
		t := &m.Tensors[i]
		if (t.Kind == plan.Param || t.Kind == plan.Buffer) && !s.isFresh(t.Name) {
			want = append(want, weights.Want{Name: t.Name, DType: weights.Of(t.DType), Shape: t.Shape})
			into = append(into, t)
		}
	}
	if err := weights.Fit(file, want); err != nil {
		return fmt.Errorf("init weights: %w\nlayers that are to begin anew are named with fresh=", err)
	}
	for _, t := range into {
		if err := file.Lookup(t.Name).Into(t.View); err != nil {
			return fmt.Errorf("init weights: %s: %w", s.File, err)
		}
		for i, v := range t.View.F32 {
			if !finite(float64(v)) {
				return fmt.Errorf("init weights: %s: %s[%d] is %g, expected a number", s.File, t.Name, i, v)
			}
		}
	}
	return nil
}

// isFresh reports whether a tensor is of a layer that begins anew.
func (s *Start) isFresh(tensor string) bool {
	for _, name := range s.Fresh {
		rest, ok := strings.CutPrefix(tensor, name)
		if ok && rest != "" && (rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}
