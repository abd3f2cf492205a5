package compiler_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// operatorSizes are the batches that operators are tried on: N,C,H,W around the width
// of vectors, odd, of one pixel, of one image.
var operatorSizes = [][4]int{
	{3, 4, 8, 8}, {1, 4, 8, 8}, {2, 4, 7, 9}, {2, 4, 1, 1}, {1, 1, 9, 1},
	{2, 15, 5, 6}, {3, 16, 9, 7}, {2, 17, 6, 5}, {1, 32, 11, 3}, {2, 33, 4, 13}, {5, 24, 1, 1}, {2, 16, 18, 17},
}

// TestOperators asks of every example of every operator, at every size that
// it takes, what can be asked of an operator: that its text is stable under fmt,
// and that its values, in training and in inference, the gradients of its parameters
// and of its input, and what it makes of infinities, are those of the definition.
func TestOperators(t *testing.T) {
	for _, o := range op.New().Ops {
		if references[o.Name] == nil {
			t.Errorf("%s has no reference", o.Name)
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			tried := 0
			for _, ex := range o.Examples {
				examples := []string{ex}
				if o.Name == "bn" {
					examples = append(examples, "frozen "+ex)
				}
				for i, size := range operatorSizes {
					if testing.Short() && i%3 != 0 {
						continue
					}
					for _, ex := range examples {
						if c := newOpCase(t, o, ex, size); c != nil {
							tried++
							c.values()
							c.gradients()
							c.infinities()
						}
					}
				}
			}
			if tried < len(o.Examples)*2 {
				t.Errorf("%d examples take only %d sizes in all", len(o.Examples), tried)
			}
		})
	}
}

// opCase is an example at one size, in float32 and by definition.
type opCase struct {
	*testing.T
	title   string
	m       *interp.Machine
	ref     *reference
	x       *tensor
	dy      *tensor // of the outputs' sum, as the loss weighs it
	draw    *rand.Rand
	machine map[string][]float32 // the tensors as they began
}

// body is an example as the statements of a model.
func body(o *ir.Op, example string) string {
	if !o.Joins {
		return strings.ReplaceAll(example, "; ", "\n  ")
	}
	return "parallel {\n    branch " + strings.ReplaceAll(example, " | ", "\n    branch ") + "\n  } -> " + o.Name
}

func modelText(body string, size [4]int) string {
	return fmt.Sprintf("net 1\n\nmodel M {\n  input x: %dx%dx%d\n  %s\n  output y\n}\n", size[1], size[2], size[3], body)
}

// newOpCase builds the model of an example; nil when it does not take the size.
func newOpCase(t *testing.T, o *ir.Op, example string, size [4]int) *opCase {
	t.Helper()
	plainText, frozen := strings.CutPrefix(example, "frozen ")
	text := modelText(body(o, plainText), size)
	f := compiler.Parse("example.net", []byte(text))
	m, diags, err := f.Model("", nil)
	if err != nil {
		t.Fatalf("%s: %v", example, err)
	}
	if len(diags) > 0 {
		if size == operatorSizes[0] {
			t.Errorf("%s: %v", example, diags.Err())
		}
		return nil
	}
	stable(t, text)
	for _, p := range m.Graph.Params() {
		p.Frozen = frozen && p.Role == ir.Statistics
	}
	return newGraphCase(t, fmt.Sprint(o.Name, " ", example, " ", size), m.Graph, size)
}

// stable checks that fmt leaves its own work as it is.
func stable(t *testing.T, text string) {
	t.Helper()
	once := formatted(t, text)
	if twice := formatted(t, once); once != twice {
		t.Errorf("fmt is not stable: %q becomes %q", once, twice)
	}
}

func formatted(t *testing.T, text string) string {
	t.Helper()
	out, diags := dsl.Format("example.net", []byte(text))
	if len(diags) > 0 {
		t.Fatal(diags.Err())
	}
	return string(out)
}

// newGraphCase lowers a graph to be compared with its definition, on values drawn at random.
func newGraphCase(t *testing.T, title string, g *ir.Graph, size [4]int) *opCase {
	t.Helper()
	y := g.Outputs[0].Value
	weigh := &ir.Loss{Name: "weigh", Lower: lowerWeigh}
	prog, err := compiler.Program(g, compiler.Options{
		Batch: size[0], Gradients: true, Exact: true,
		Objectives: []*ir.Objective{{Loss: weigh, On: y, Weight: 1}},
		Method:     &ir.Method{Optimizer: op.New().Optimizer("sgd"), Attrs: &op.SGD{}},
	})
	if err != nil {
		t.Fatalf("%s: %v", title, err)
	}
	pool := par.New(1)
	t.Cleanup(pool.Close)
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatalf("%s: %v", title, err)
	}
	c := &opCase{
		T: t, title: title, m: m, draw: rand.New(rand.NewPCG(1, 2)),
		x: newTensor(size[:]...), machine: map[string][]float32{},
		ref: &reference{g: g, batch: size[0], params: map[string][]float64{}, given: map[*ir.Node]*tensor{}},
	}
	shape, _ := y.Shape.Ints()
	c.dy = newTensor(append([]int{size[0]}, shape...)...)
	c.random(c.x, 1)
	c.random(c.dy, 1)
	m.Init(7)
	for _, p := range m.Tensors() {
		if p.View.F32 == nil {
			continue
		}
		v := &tensor{p.Shape, make([]float64, p.Len())}
		c.random(v, 0.5)
		if strings.HasSuffix(p.Name, "running_var") {
			v = v.apply(func(x float64) float64 { return 1 + x*x })
		}
		c.ref.params[p.Name] = v.v
		c.machine[p.Name] = floats32(v.v)
	}
	return c
}

// lowerWeigh is the loss Σ dy·y, whose gradient is whatever dy is.
func lowerWeigh(e *ir.Emitter, o *ir.Objective) int {
	shape := ir.Storage(e.Batch, o.On.Shape)
	dy, zero := e.Input("dy", plan.F32, shape...), e.Input("zero", plan.F32, shape...)
	e.Step(&kernel.Add{Len: e.Len(dy)}, e.Contribute(o.On), dy, zero)
	loss := e.Temp("loss", plan.F32, 1)
	e.Step(&kernel.Add{Len: 1}, loss, e.Input("none", plan.F32, 1), e.Input("none", plan.F32, 1))
	return loss
}

// random draws elements that float32 holds, away from the kinks of rectifiers
// and from each other as far as chance allows.
func (c *opCase) random(x *tensor, scale float64) {
	for i := range x.v {
		x.v[i] = float64(float32(scale * c.draw.NormFloat64()))
	}
}

func floats32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// set gives the machine the weights, the input and the output's gradient.
func (c *opCase) set() {
	for _, p := range c.m.Tensors() {
		copy(p.View.F32, c.machine[p.Name])
		clear(p.View.I64)
	}
	c.m.Refresh()
	x := floats32(channelsLast(c.x.shape, c.x.v))
	copy(c.m.Infer.Input("x").F32, x)
	copy(c.m.Train.Input("x").F32, x)
	copy(c.m.Train.Input("dy").F32, floats32(channelsLast(c.dy.shape, c.dy.v)))
}

// values compares the output of training and of inference, and statistics.
func (c *opCase) values() {
	c.Helper()
	c.set()
	c.m.Infer.Run()
	c.ref.training = false
	c.ref.run(c.x)
	y := c.ref.values[c.ref.g.Outputs[0].Value]
	c.compare("y in inference", c.m.Infer.Output("y").F32, channelsLast(y.shape, y.v))
	c.train()
	y = c.ref.values[c.ref.g.Outputs[0].Value]
	c.compare("y in training", c.m.Train.Output("y").F32, channelsLast(y.shape, y.v))
	for _, p := range c.m.Tensors() {
		if p.Kind == plan.Buffer {
			c.compare(p.Name, p.View.F32, c.ref.params[p.Name])
		}
	}
	c.restore()
}

// train runs a step of training in both, from the same state.
func (c *opCase) train() {
	c.set()
	c.m.Train.Run()
	for _, n := range c.ref.g.Nodes {
		if n.Op.Name == "dropout" || n.Op.Name == "drop_path" {
			c.ref.given[n] = c.kept(n)
		}
	}
	c.ref.training = true
	c.ref.run(c.x)
}

// kept shows what chance kept of a node that ends the example: in float32 the
// places that are not 0.
func (c *opCase) kept(n *ir.Node) *tensor {
	shape, _ := n.Out.Shape.Ints()
	mask := newTensor(append([]int{c.ref.batch}, shape...)...)
	for i, y := range channelsFirst(mask.shape, c.m.Train.Output("y").F32) {
		mask.v[i] = float64(y)
	}
	return mask
}

// channelsFirst turns N,…,C into N,C,….
func channelsFirst[E any](shape []int, x []E) []E {
	n, k := shape[0], shape[1]
	hw := len(x) / (n * k)
	y := make([]E, len(x))
	for i := range x {
		image, pixel, channel := i/(k*hw), i/k%hw, i%k
		y[(image*k+channel)*hw+pixel] = x[i]
	}
	return y
}

// restore undoes what training did to the reference's statistics.
func (c *opCase) restore() {
	for name, p := range c.machine {
		for i, v := range p {
			c.ref.params[name][i] = float64(v)
		}
	}
}

// gradients compares the gradient of the input and of every parameter with
// central differences of the definition, in several directions of all elements.
func (c *opCase) gradients() {
	c.Helper()
	c.train()
	got := map[string][]float64{"x": floats64(channelsFirst(c.x.shape, c.m.Train.Output("d_x").F32))}
	at := map[string][]float64{"x": c.x.v}
	for _, p := range c.m.Tensors() {
		if p.Kind == plan.Param && !p.Frozen {
			got[p.Name], at[p.Name] = floats64(c.m.Train.Output("d_"+p.Name).F32), c.ref.params[p.Name]
		}
	}
	c.restore()
	for name, x := range at {
		if len(got[name]) != len(x) {
			c.Errorf("%s: %s has %d elements of gradient, want %d", c.title, name, len(got[name]), len(x))
			continue
		}
		start := append([]float64(nil), x...)
		for range 3 {
			way, along, square := make([]float64, len(x)), 0.0, 0.0
			for i := range way {
				way[i] = c.draw.NormFloat64()
				along += way[i] * got[name][i]
				square += got[name][i] * got[name][i]
			}
			const h = 1e-6
			loss := func(h float64) float64 {
				for i := range x {
					x[i] = start[i] + h*way[i]
				}
				c.ref.run(c.x)
				sum := 0.0
				for i, y := range c.ref.values[c.ref.g.Outputs[0].Value].v {
					sum += c.dy.v[i] * y
				}
				for name, p := range c.machine { // the statistics
					if strings.Contains(name, "running") {
						for i, v := range p {
							c.ref.params[name][i] = float64(v)
						}
					}
				}
				return sum
			}
			want := (loss(h) - loss(-h)) / (2 * h)
			copy(x, start)
			if allowed := 1e-4*math.Sqrt(square) + 2e-5*c.ref.gain*length(c.dy.v); !(math.Abs(along-want) <= allowed) {
				c.Errorf("%s: along a direction d_%s is %.7g, differences give %.7g (allowed %.2g, the gradient's length is %.3g)",
					c.title, name, along, want, allowed, math.Sqrt(square))
			}
		}
	}
}

// greatest is the greatest magnitude.
func greatest(x []float64) float64 {
	most := 0.0
	for _, v := range x {
		most = math.Max(most, math.Abs(v))
	}
	return most
}

func length(x []float64) float64 {
	square := 0.0
	for _, v := range x {
		square += v * v
	}
	return math.Sqrt(square)
}

func floats64(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// infinities checks that what is no number, and infinities, go where the
// definition lets them go.
func (c *opCase) infinities() {
	c.Helper()
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		i := c.draw.IntN(len(c.x.v))
		was := c.x.v[i]
		c.x.v[i] = bad
		c.set()
		c.m.Infer.Run()
		c.ref.training = false
		c.ref.run(c.x)
		y := c.ref.values[c.ref.g.Outputs[0].Value]
		c.x.v[i] = was
		got := c.m.Infer.Output("y").F32
		for j, want := range channelsLast(y.shape, y.v) {
			v := float64(got[j])
			if math.IsNaN(want) != math.IsNaN(v) || (math.IsInf(want, 0) || math.IsInf(v, 0)) && v != want {
				c.Errorf("%s: with %v in the input, y[%d] = %v, want %v", c.title, bad, j, v, want)
				return
			}
		}
	}
}

// compare allows 1e-5 of the largest value that the example computes: a function
// that ends at 1 keeps the roundings of what it is applied to.
func (c *opCase) compare(what string, got []float32, want []float64) {
	c.Helper()
	if len(got) != len(want) {
		c.Errorf("%s: %s has %d elements, want %d", c.title, what, len(got), len(want))
		return
	}
	largest := 0.0
	for _, n := range c.ref.g.Nodes {
		if v := c.ref.values[n.Out]; v != nil {
			largest = max(largest, greatest(v.v))
		}
	}
	largest = max(largest, greatest(want))
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= 1e-5*largest) {
			c.Errorf("%s: %s[%d] = %v, want %v", c.title, what, i, got[i], w)
			return
		}
	}
}
