package compiler_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

// published is a layer's row in section II.B of LeCun et al. 1998: trained
// parameters and connections.
type published struct {
	Layer               string
	Params, Connections int64
}

// TestLeNet1998 compares the original LeNet-5 with the numbers that its paper
// gives for each layer, and in total: 60,000 trained parameters, 340,908
// connections.
func TestLeNet1998(t *testing.T) {
	g := modelGraph(t, "lenet1998", "LeNet5of1998", "")
	var got []published
	total := published{"total", 0, 0}
	for _, n := range g.Nodes {
		p, c := trainable(n), connections(n)
		total.Params, total.Connections = total.Params+p, total.Connections+c
		name := n.Name[:2]
		if len(got) == 0 || got[len(got)-1].Layer != name {
			got = append(got, published{Layer: name})
		}
		last := &got[len(got)-1]
		last.Params, last.Connections = last.Params+p, last.Connections+c
	}
	want := []published{
		{"c1", 156, 122_304}, {"s2", 12, 5_880}, {"c3", 1_516, 151_600}, {"s4", 32, 2_000},
		{"c5", 48_120, 48_120}, {"f6", 10_164, 10_164}, {"ou", 0, 840}, {"total", 60_000, 340_908},
	}
	if d := cmp.Diff(want, append(got, total)); d != "" {
		t.Errorf("-paper +model:\n%s", d)
	}
	r, err := stats.Count(g)
	if err != nil {
		t.Fatal(err)
	}
	if r.ParamsTrainable != 60_000 || r.ParamsFrozen != 840 {
		t.Errorf("stats: %d trainable and %d frozen parameters, want 60000 and 840", r.ParamsTrainable, r.ParamsFrozen)
	}
}

func trainable(n *ir.Node) int64 {
	sum := int64(0)
	for _, p := range n.Params {
		if p.Role == ir.Trained && !p.Frozen {
			sum += p.Len()
		}
	}
	return sum
}

// connections counts a layer's as the paper does: what each output reads, a bias
// among it. The coefficient of a subsampling layer is no connection of its own.
func connections(n *ir.Node) int64 {
	out, _ := n.Out.Shape.Elems()
	c := int64(0)
	switch {
	case n.Op.MACs != nil:
		c = n.Op.MACs(n)
	case n.Op.Name == "pool":
		w := n.Op.Window(n)
		c = out * int64(w.Extent[0]*w.Extent[1])
	}
	if n.Param("bias") != nil {
		c += out
	}
	return c
}

// TestLeNet1998Learns trains it by its recipe on drawn digits for a few steps: the
// loss falls, and the codes of the outputs stay as they are.
func TestLeNet1998Learns(t *testing.T) {
	f, err := compiler.Load("../models/lenet1998/lenet1998.net")
	if err != nil {
		t.Fatal(err)
	}
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: r.Run.Batch, Objectives: r.Objectives, Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(2)
	defer pool.Close()
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	var codes []float32
	for _, p := range m.Tensors() {
		if p.Name == "output.weight" {
			codes = p.View.F32
		}
	}
	before := slices.Clone(codes)
	set, err := data.Open(context.Background(), "glyphs", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loader, err := data.NewLoader(set.Train, data.Config{
		Batch: r.Run.Batch, Seed: 1, Workers: 1, Ahead: 2, Train: true, Shuffle: true, Transforms: r.Transforms,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	m.Train.Input("rate").F32[0] = float32(r.Run.Rate)
	const steps, some = 200, 20
	first, last := 0.0, 0.0 // sums over the first and the last steps
	for step := range steps {
		b, err := loader.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		copy(m.Train.Input("image").F32, b.Images)
		copy(m.Train.Input("label").I32, b.Labels)
		m.Train.Run()
		loader.Release(b)
		switch loss := float64(m.Train.Output("loss").F32[0]); {
		case step < some:
			first += loss
		case step >= steps-some:
			last += loss
		}
	}
	if !(last < 0.75*first) {
		t.Errorf("mean loss %.3g at first and %.3g after %d steps", first/some, last/some, steps)
	}
	if len(codes) != 840 || !slices.Equal(codes, before) {
		t.Error("training changed the codes of the outputs")
	}
}
