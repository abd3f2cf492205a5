// Package stats counts a model: parameters, operations, memory and what each
// layer sees of the image.
//
// Input: an ir.Graph without errors, whose shapes are all numbers, before the
// passes change it. Output: a Report, and its forms for people (table,
// markdown) and machines (JSON, CSV).
//
// Invariants: every count is exact or an error names the layer at which it
// left int64; an operator that does not say what it costs is an error; nothing
// here knows an operator by name.
package stats

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Report is one model, counted. Everything but Memory is of one image.
type Report struct {
	Model string `json:"model"`
	Input []int  `json:"input"` // C,H,W

	Params          int64 `json:"params"`          // of the inference network
	ParamsTraining  int64 `json:"params_training"` // with the heads that exist in training only
	ParamsTrainable int64 `json:"params_trainable"`
	ParamsFrozen    int64 `json:"params_frozen"`
	Buffers         int64 `json:"buffers"` // elements of running statistics of the inference network

	MACs         int64 `json:"macs"`
	MACsTraining int64 `json:"macs_training"` // forward, with the heads that exist in training only
	FLOPs        int64 `json:"flops"`         // 2 per MAC and every other scalar operation

	Memory

	Layers []Layer `json:"layers"`
}

// Memory is what the plans of a model take for a batch, in bytes: the words of
// all their regions, which are arena, inputs, weights, optimizer state and
// packed weights. Count leaves it to the caller, who has the plans.
type Memory struct {
	Batch     int    `json:"batch"`
	Inference int64  `json:"inference_peak_bytes"`
	Training  *int64 `json:"training_peak_bytes"` // null where the model cannot be trained
	Recipe    string `json:"recipe,omitempty"`    // whose loss and optimizer Training is for; empty: plain sgd
}

// Layer is one node of the graph, or a group of them.
type Layer struct {
	Name           string  `json:"name"`
	Op             string  `json:"op"`
	Line           int     `json:"line"`
	In             [][]int `json:"in"`
	Out            []int   `json:"out"`
	Params         int64   `json:"params"`
	Buffers        int64   `json:"buffers"`
	MACs           int64   `json:"macs"`
	FLOPs          int64   `json:"flops"`
	ReceptiveField [2]int  `json:"receptive_field"` // rows, columns of the input that one output depends on
	Aux            bool    `json:"aux"`             // exists in training only
}

// Count counts a graph without errors.
func Count(g *ir.Graph) (*Report, error) {
	if len(g.Inputs) != 1 {
		return nil, fmt.Errorf("model %s has %d inputs, expected one", g.Name, len(g.Inputs))
	}
	in := g.Inputs[0]
	sizes, ok := in.Shape.Ints()
	if !ok {
		return nil, fmt.Errorf("model %s leaves the size of its input %s open (%v): give it with --input CxHxW", g.Name, in.Name, in.Shape)
	}
	r := &Report{Model: g.Name, Input: sizes}
	seen := fields{}
	for _, n := range g.Nodes {
		l, err := layer(n)
		if err != nil {
			return nil, err
		}
		l.ReceptiveField = seen.of(n).Extent
		r.Layers = append(r.Layers, l)
		r.add(n, &l)
		if err := r.overflow(n); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// layer counts one node.
func layer(n *ir.Node) (Layer, error) {
	l := Layer{Name: n.Name, Op: n.Op.Name, Aux: n.Training}
	if n.Span.IsValid() {
		l.Line = n.Span.Position().Line
	}
	var err error
	if l.Out, err = known(n, n.Out); err != nil {
		return l, err
	}
	for _, v := range n.In {
		in, err := known(n, v)
		if err != nil {
			return l, err
		}
		l.In = append(l.In, in)
	}
	for _, p := range n.Params {
		if p.Role == ir.Trained {
			l.Params = ir.Sum(l.Params, p.Len())
		} else {
			l.Buffers = ir.Sum(l.Buffers, p.Len())
		}
	}
	if n.Op.MACs != nil {
		l.MACs = n.Op.MACs(n)
	}
	if n.Op.FLOPs == nil {
		return l, fmt.Errorf("%s: what %s costs is not known, so the model cannot be counted", n.Name, n.Op.Name)
	}
	l.FLOPs = n.Op.FLOPs(n)
	for _, c := range []struct {
		what  string
		count int64
	}{{"parameters", l.Params}, {"buffers", l.Buffers}, {"MACs", l.MACs}, {"FLOPs", l.FLOPs}} {
		if c.count == ir.Overflow {
			return l, fmt.Errorf("%s: its %s are too many for a 64-bit count", n.Name, c.what)
		}
	}
	return l, nil
}

func known(n *ir.Node, v *ir.Value) ([]int, error) {
	sizes, ok := v.Shape.Ints()
	if !ok || len(sizes) == 0 {
		return nil, fmt.Errorf("%s: the shape %v of %s is not all numbers", n.Name, v.Shape, v.Name)
	}
	return sizes, nil
}

// add adds a layer to the totals.
func (r *Report) add(n *ir.Node, l *Layer) {
	r.ParamsTraining = ir.Sum(r.ParamsTraining, l.Params)
	r.MACsTraining = ir.Sum(r.MACsTraining, l.MACs)
	for _, p := range n.Params {
		switch {
		case p.Role != ir.Trained:
		case p.Frozen:
			r.ParamsFrozen = ir.Sum(r.ParamsFrozen, p.Len())
		default:
			r.ParamsTrainable = ir.Sum(r.ParamsTrainable, p.Len())
		}
	}
	if l.Aux {
		return
	}
	r.Params = ir.Sum(r.Params, l.Params)
	r.Buffers = ir.Sum(r.Buffers, l.Buffers)
	r.MACs = ir.Sum(r.MACs, l.MACs)
	r.FLOPs = ir.Sum(r.FLOPs, l.FLOPs)
}

// overflow is the error of a total that left int64 with this node.
func (r *Report) overflow(n *ir.Node) error {
	for _, c := range []struct {
		what  string
		total int64
	}{{"parameters", r.ParamsTraining}, {"buffers", r.Buffers}, {"MACs", r.MACsTraining}, {"FLOPs", r.FLOPs}} {
		if c.total == ir.Overflow {
			return fmt.Errorf("model %s has too many %s for a 64-bit count, from %s on", r.Model, c.what, n.Name)
		}
	}
	return nil
}
