package diff

import (
	"errors"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/weights"
)

// Weights says which stored tensors the new model can use.
type Weights struct {
	Source   string   `json:"source"` // a file, or the model that would have written it
	Fit      int      `json:"fit"`    // tensors of the same name and shape, or renamed
	Elements int64    `json:"elements"`
	Of       int64    `json:"of"` // elements that the new model has
	Renamed  []Tensor `json:"renamed,omitempty"`
	Reshaped []Tensor `json:"reshaped,omitempty"` // the name is there, with another shape or type
	Missing  []Tensor `json:"missing,omitempty"`  // the model has it, what is stored does not
	Extra    []Tensor `json:"extra,omitempty"`    // stored, without a place in the model
}

// Tensor is a tensor that does not fit as it is.
type Tensor struct {
	Name     string `json:"name"`
	Was      string `json:"was,omitempty"`
	OldShape []int  `json:"old_shape,omitempty"`
	NewShape []int  `json:"new_shape,omitempty"`
}

func (w *Weights) complete() bool {
	return len(w.Renamed)+len(w.Reshaped)+len(w.Missing)+len(w.Extra) == 0
}

// Stored is the file of weights that a model's training writes, without values.
func Stored(g *ir.Graph) *weights.File {
	var list []weights.Tensor
	for _, p := range g.Params() {
		list = append(list, weights.Tensor{Name: p.Name, DType: weights.F32, Shape: p.Shape})
	}
	return weights.NewFile(list)
}

// fit compares what is stored with what a model wants.
func fit(have *weights.File, g *ir.Graph, source string) Weights {
	w := Weights{Source: source}
	before := make([]string, len(have.Tensors))
	for i := range have.Tensors {
		before[i] = have.Tensors[i].Name
	}
	have.Rename(g.Renames)
	var want []weights.Want
	size := map[string]int64{}
	for _, p := range g.Params() {
		want = append(want, weights.Want{Name: p.Name, DType: weights.F32, Shape: p.Shape})
		size[p.Name] = p.Len()
		w.Of = ir.Sum(w.Of, p.Len())
	}
	for i := range have.Tensors {
		if t := &have.Tensors[i]; t.Name != before[i] {
			w.Renamed = append(w.Renamed, Tensor{Name: t.Name, Was: before[i]})
		}
	}
	w.Fit, w.Elements = len(want), w.Of
	var mismatch *weights.FitError
	if !errors.As(weights.Fit(have, want), &mismatch) {
		return w
	}
	w.Fit = mismatch.Fitting
	for _, m := range mismatch.Mismatches {
		t := Tensor{Name: m.Name}
		if m.Found != nil {
			t.OldShape = m.Found.Shape
		}
		if m.Wanted != nil {
			t.NewShape = m.Wanted.Shape
			w.Elements -= size[m.Name]
		}
		switch {
		case m.Found == nil:
			w.Missing = append(w.Missing, t)
		case m.Wanted == nil:
			w.Extra = append(w.Extra, t)
		default:
			w.Reshaped = append(w.Reshaped, t)
		}
	}
	return w
}
