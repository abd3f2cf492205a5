// Package stats counts a model: parameters, operations, memory and what each
// layer sees of the image.
//
// Input: an ir.Graph without errors, before the passes change it. Output: a
// Report, and its forms for people (table, markdown) and machines (JSON, CSV).
//
// Invariants: every count is exact, or unknown because the size of the input is
// left open, or an error names the layer at which it left int64; an operator
// that does not say what it costs is an error; nothing here knows an operator
// by name; totals are sums over layers, never over what groups them.
package stats

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Report is one model, counted. Everything but Memory is of one image.
type Report struct {
	Model string `json:"model"`
	Input Size   `json:"input"` // C,H,W

	Params          int64 `json:"params"`          // of the inference network
	ParamsTraining  int64 `json:"params_training"` // with the heads that exist in training only
	ParamsTrainable int64 `json:"params_trainable"`
	ParamsFrozen    int64 `json:"params_frozen"`
	Buffers         int64 `json:"buffers"` // elements of running statistics of the inference network

	MACs         Amount `json:"macs"`
	MACsTraining Amount `json:"macs_training"` // forward, with the heads that exist in training only
	FLOPs        Amount `json:"flops"`         // 2 per MAC and every other scalar operation
	Activations  Amount `json:"activations"`   // elements of all layers' outputs in the inference network

	Memory

	Layers []Layer `json:"layers"`
}

// Memory is what the plans of a model take for a batch, in bytes: the words of
// all their regions, which are arena, inputs, weights, optimizer state and
// packed weights. Count leaves it to the caller, who has the plans.
type Memory struct {
	Batch     int    `json:"batch"`
	Inference Amount `json:"inference_peak_bytes"`
	Training  Amount `json:"training_peak_bytes"` // unknown, too, where the model cannot be trained
	Recipe    string `json:"recipe,omitempty"`    // whose loss and optimizer Training is for
	Assumed   string `json:"assumed,omitempty"`   // loss and optimizer, where the file has no recipe for the model

	Limit      int64  `json:"memory_limit,omitempty"`    // bytes that training may take; 0: as it comes
	Recomputed Amount `json:"recomputed_macs,omitempty"` // an image, computed again in the backward sweep to stay within it
}

// Layer is one node of the graph, or a group of them.
type Layer struct {
	Name           string  `json:"name"`
	Op             string  `json:"op"`
	Call           string  `json:"call,omitempty"` // the operator with its attributes; empty for a group
	Line           int     `json:"line"`
	In             []Size  `json:"in"`
	Out            Size    `json:"out"`
	Params         int64   `json:"params"`
	ParamsFrozen   int64   `json:"params_frozen"`
	Buffers        int64   `json:"buffers"`
	MACs           Amount  `json:"macs"`
	FLOPs          Amount  `json:"flops"`
	Activations    Amount  `json:"activations"`     // elements of the output
	ReceptiveField *[2]int `json:"receptive_field"` // rows, columns of the input that one output depends on; nil while the input's size is open
	Aux            bool    `json:"aux"`             // exists in training only
	Note           string  `json:"note,omitempty"`  // why it is there, when no line of the file asks for it
}

// Count counts a graph without errors.
func Count(g *ir.Graph) (*Report, error) {
	if len(g.Inputs) != 1 {
		return nil, fmt.Errorf("model %s has %d inputs, expected one", g.Name, len(g.Inputs))
	}
	in := g.Inputs[0]
	r := &Report{Model: g.Name, Input: Size(in.Shape), Memory: Memory{Inference: Unknown, Training: Unknown}}
	var seen *fields
	if _, known := in.Shape.Elems(); known {
		seen = newFields(in)
	}
	for _, n := range g.Nodes {
		l, err := layer(n)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			extent := seen.add(n)
			l.ReceptiveField = &extent
		}
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
	l := Layer{Name: n.Name, Op: n.Op.Name, Out: Size(n.Out.Shape), Aux: n.Training, Note: n.Note}
	if n.Attrs != nil {
		l.Call = n.Call()
	}
	if n.Span.IsValid() {
		l.Line = n.Span.Position().Line
	}
	known := true
	for _, v := range append([]*ir.Value{n.Out}, n.In...) {
		if v.Shape == nil {
			return l, fmt.Errorf("%s: the shape of %s is not known", n.Name, v.Name)
		}
		_, ok := v.Shape.Ints()
		known = known && ok
	}
	for _, v := range n.In {
		l.In = append(l.In, Size(v.Shape))
	}
	for _, p := range n.Params {
		switch {
		case p.Role != ir.Trained:
			l.Buffers = ir.Sum(l.Buffers, p.Len())
			continue
		case p.Frozen:
			l.ParamsFrozen = ir.Sum(l.ParamsFrozen, p.Len())
		}
		l.Params = ir.Sum(l.Params, p.Len())
	}
	if n.Op.FLOPs == nil {
		return l, fmt.Errorf("%s: what %s costs is not known, so the model cannot be counted", n.Name, n.Op.Name)
	}
	if n.Op.MACs != nil {
		l.MACs = counted(known, n.Op.MACs, n)
	}
	l.FLOPs = counted(known, n.Op.FLOPs, n)
	l.Activations = counted(known, func(n *ir.Node) int64 { e, _ := n.Out.Shape.Elems(); return e }, n)
	for _, c := range []struct {
		what  string
		count int64
	}{{"parameters", l.Params}, {"buffers", l.Buffers}, {"MACs", int64(l.MACs)}, {"FLOPs", int64(l.FLOPs)}} {
		if c.count == ir.Overflow {
			return l, fmt.Errorf("%s: its %s are too many for a 64-bit count", n.Name, c.what)
		}
	}
	return l, nil
}

// counted asks an operator for a count that needs numbers.
func counted(known bool, of func(*ir.Node) int64, n *ir.Node) Amount {
	if !known {
		return Unknown
	}
	return Amount(of(n))
}

// add adds a layer to the totals.
func (r *Report) add(n *ir.Node, l *Layer) {
	r.ParamsTraining = ir.Sum(r.ParamsTraining, l.Params)
	r.MACsTraining = r.MACsTraining.Plus(l.MACs)
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
	r.MACs = r.MACs.Plus(l.MACs)
	r.FLOPs = r.FLOPs.Plus(l.FLOPs)
	r.Activations = r.Activations.Plus(l.Activations)
}

// overflow is the error of a total that left int64 with this node.
func (r *Report) overflow(n *ir.Node) error {
	for _, c := range []struct {
		what  string
		total int64
	}{
		{"parameters", r.ParamsTraining}, {"buffers", r.Buffers}, {"MACs", int64(r.MACsTraining)},
		{"FLOPs", int64(r.FLOPs)}, {"activations", int64(r.Activations)},
	} {
		if c.total == ir.Overflow {
			return fmt.Errorf("model %s has too many %s for a 64-bit count, from %s on", r.Model, c.what, n.Name)
		}
	}
	return nil
}

// Open reports whether the model leaves the size of its input open, so that
// what depends on it is unknown.
func (r *Report) Open() bool {
	_, known := ir.Shape(r.Input).Ints()
	return !known
}
