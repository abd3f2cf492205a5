package stats

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// window is an operator on maps: k×k, stride s, with weights and a bias for out
// channels, and running statistics for one of each.
func window(out, k, s int) *ir.Op {
	return &ir.Op{
		Name: "window",
		Infer: func(c *ir.Context) ir.Shape {
			in := c.Node.In[0].Shape
			ch, _ := in.Channels().Known()
			c.Node.Declare("weight", ir.Trained, ir.Init{}, out, ch, k, k)
			c.Node.Declare("mean", ir.Statistics, ir.Init{}, out)
			return ir.Map(ir.Int(out), in[1].Add(1-k).Add(s-1).FloorDiv(s), in[2].Add(1-k).Add(s-1).FloorDiv(s))
		},
		MACs: func(n *ir.Node) int64 {
			in, _ := n.In[0].Shape.Channels().Known()
			e, _ := n.Out.Shape.Elems()
			return ir.Mul(e, int64(in), int64(k), int64(k))
		},
		FLOPs:  func(n *ir.Node) int64 { e, _ := n.Out.Shape.Elems(); return e },
		Window: func(*ir.Node) ir.Window { return ir.Window{Extent: [2]int{k, k}, Stride: [2]int{s, s}} },
	}
}

// join is an operator that reads several inputs of one shape.
func join() *ir.Op {
	return &ir.Op{
		Name:  "join",
		Infer: func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape },
		FLOPs: func(*ir.Node) int64 { return 1 },
	}
}

func flat() *ir.Op {
	return &ir.Op{
		Name: "flat",
		Infer: func(c *ir.Context) ir.Shape {
			n, _ := c.Node.In[0].Shape.Elems()
			return ir.Vector(ir.Int(int(n)))
		},
		FLOPs: func(*ir.Node) int64 { return 0 },
	}
}

func full(out int) *ir.Op {
	return &ir.Op{
		Name: "full",
		Infer: func(c *ir.Context) ir.Shape {
			in, _ := c.Node.In[0].Shape.Channels().Known()
			c.Node.Declare("weight", ir.Trained, ir.Init{}, out, in)
			return ir.Vector(ir.Int(out))
		},
		MACs: func(n *ir.Node) int64 {
			in, _ := n.In[0].Shape.Elems()
			return ir.Mul(int64(out), in)
		},
		FLOPs:  func(*ir.Node) int64 { return 7 },
		Window: func(*ir.Node) ir.Window { return ir.Window{} },
	}
}

type model struct {
	*ir.Graph
	t *testing.T
}

func build(t *testing.T, c, h, w int) (model, *ir.Value) {
	g := ir.NewGraph("Net", diag.Span{})
	return model{g, t}, g.Input("image", ir.Map(ir.Int(c), ir.Int(h), ir.Int(w)), diag.Span{})
}

func (m model) add(name string, op *ir.Op, in ...*ir.Value) *ir.Value {
	return m.node(&ir.Node{Op: op, Name: name, In: in})
}

func (m model) node(n *ir.Node) *ir.Value {
	m.t.Helper()
	return m.Add(n, func(d *diag.Diagnostic) { m.t.Fatal(d) })
}

func count(t *testing.T, m model) *Report {
	t.Helper()
	r, err := Count(m.Graph)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sample has a frozen layer and a head that only trains.
func sample(t *testing.T) model {
	m, x := build(t, 1, 9, 9)
	a := m.add("stem.a", window(2, 3, 2), x) // 2×4×4
	m.Params()[0].Frozen = true
	b := m.add("stem.b", window(3, 2, 1), a) // 3×3×3
	m.node(&ir.Node{Op: window(4, 1, 1), Name: "aux", In: []*ir.Value{b}, Training: true})
	m.add("head", full(5), m.add("flat", flat(), b))
	return m
}

func TestCount(t *testing.T) {
	r := count(t, sample(t))
	got := *r
	got.Layers = nil
	want := Report{
		Model: "Net", Input: Size(ir.Map(ir.Int(1), ir.Int(9), ir.Int(9))),
		Params: 18 + 24 + 135, ParamsTraining: 18 + 24 + 12 + 135, ParamsTrainable: 24 + 12 + 135, ParamsFrozen: 18,
		Buffers: 2 + 3,
		MACs:    32*9 + 27*8 + 135, MACsTraining: 32*9 + 27*8 + 36*3 + 135,
		FLOPs: 32 + 27 + 0 + 7, Activations: 32 + 27 + 27 + 5,
		Memory: Memory{Inference: Unknown, Training: Unknown},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b Size) bool { return ir.Shape(a).Equal(ir.Shape(b)) })); diff != "" {
		t.Error(diff)
	}
	fields := map[string][2]int{}
	for _, l := range r.Layers {
		fields[l.Name] = *l.ReceptiveField
	}
	if diff := cmp.Diff(map[string][2]int{
		"stem.a": {3, 3}, "stem.b": {5, 5}, "aux": {5, 5}, "flat": {5, 5}, "head": {9, 9},
	}, fields); diff != "" {
		t.Error(diff)
	}
}

// A vector made by one window over the whole map has no positions left for a
// fully connected layer to widen its field by.
func TestFieldOfVectorFromWindow(t *testing.T) {
	mean := &ir.Op{
		Name:   "mean",
		Infer:  func(c *ir.Context) ir.Shape { return ir.Vector(c.Node.In[0].Shape.Channels()) },
		FLOPs:  func(*ir.Node) int64 { return 0 },
		Window: func(*ir.Node) ir.Window { return ir.Window{} },
	}
	m, x := build(t, 1, 7, 7)
	m.add("full", full(2), m.add("mean", mean, m.add("a", window(1, 3, 2), x)))
	for _, l := range count(t, m).Layers[1:] {
		if *l.ReceptiveField != [2]int{7, 7} {
			t.Errorf("%s sees %v, want 7×7", l.Name, l.ReceptiveField)
		}
	}
}

func TestFieldThroughBranches(t *testing.T) {
	m, x := build(t, 1, 8, 8)
	short := m.add("short", window(1, 1, 1), x)
	deep := m.add("deep2", window(1, 3, 1), m.add("deep1", window(1, 3, 1), x))
	m.add("after", window(1, 3, 1), m.add("join", join(), short, deep))
	layers := count(t, m).Layers
	if got := *layers[len(layers)-2].ReceptiveField; got != [2]int{5, 5} {
		t.Errorf("join sees %v, want the longer branch's 5×5", got)
	}
	if got := *layers[len(layers)-1].ReceptiveField; got != [2]int{7, 7} {
		t.Errorf("after the join: %v, want 7×7", got)
	}
}

func TestRefusals(t *testing.T) {
	unpriced := join()
	unpriced.FLOPs = nil
	huge := join()
	huge.MACs = func(*ir.Node) int64 { return ir.Overflow }
	half := join()
	half.MACs = func(*ir.Node) int64 { return math.MaxInt64/2 + 1 }
	for _, tt := range []struct {
		name string
		ops  []*ir.Op
		want string
	}{
		{"unknown cost", []*ir.Op{unpriced}, "n0: what join costs is not known"},
		{"a layer", []*ir.Op{join(), huge}, "n1: its MACs are too many for a 64-bit count"},
		{"a total", []*ir.Op{half, half}, "too many MACs for a 64-bit count, from n1 on"},
	} {
		m, v := build(t, 1, 4, 4)
		for i, op := range tt.ops {
			v = m.add("n"+string(rune('0'+i)), op, v)
		}
		_, err := Count(m.Graph)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A model whose input has no size is counted as far as numbers go.
func TestOpen(t *testing.T) {
	g := ir.NewGraph("Open", diag.Span{})
	m := model{g, t}
	m.add("a", window(3, 3, 2), g.Input("image", ir.Map(ir.Int(2), ir.Symbol("H"), ir.Int(8)), diag.Span{}))
	r := count(t, m)
	if r.Params != 54 || r.MACs != Unknown || r.MACsTraining != Unknown || r.FLOPs != Unknown || r.Layers[0].ReceptiveField != nil || !r.Open() {
		t.Errorf("%+v", r)
	}
	var text, table, sheet strings.Builder
	for _, err := range []error{JSON(&text, []*Report{r}), Table(&table, []*Report{r}, Style{Width: 80}), CSV(&sheet, []*Report{r})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := `"input": [
    2,
    "H",
    8
  ],`; !strings.Contains(text.String(), want) || !strings.Contains(text.String(), `"macs": null`) {
		t.Errorf("JSON is\n%s", text.String())
	}
	if !strings.Contains(table.String(), "3×⌊(H-1)/2⌋×3") || !strings.Contains(table.String(), "--input CxHxW") || strings.Contains(table.String(), "sees") {
		t.Errorf("table is\n%s", table.String())
	}
	if !strings.Contains(sheet.String(), "54,3,,,,false") {
		t.Errorf("CSV is\n%s", sheet.String())
	}
}

func TestGroup(t *testing.T) {
	r := count(t, sample(t))
	g := r.Group(1)
	var names []string
	for _, l := range g.Layers {
		names = append(names, l.Name)
	}
	if diff := cmp.Diff([]string{"stem", "aux", "flat", "head"}, names); diff != "" {
		t.Error(diff)
	}
	stem := g.Layers[0]
	if stem.Params != 42 || stem.Op != "group" || *stem.ReceptiveField != [2]int{5, 5} || len(stem.In) != 1 || stem.Out[0] != ir.Int(3) {
		t.Errorf("group %+v", stem)
	}
	if g.Params != r.Params || r.Layers[0].Name != "stem.a" {
		t.Error("grouping changed the totals or the report it was made of")
	}
	if deep := r.Group(2); len(deep.Layers) != len(r.Layers) {
		t.Errorf("depth 2 has %d layers, want %d", len(deep.Layers), len(r.Layers))
	}
}

func TestJSON(t *testing.T) {
	r := count(t, sample(t))
	decode := func(reports ...*Report) any {
		var b strings.Builder
		if err := JSON(&b, reports); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal([]byte(b.String()), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	one, ok := decode(r).(map[string]any)
	if !ok {
		t.Fatal("one report is not an object")
	}
	for _, key := range []string{
		"model", "input", "batch", "params", "params_training", "params_trainable", "params_frozen", "buffers", "macs",
		"macs_training", "flops", "inference_peak_bytes", "training_peak_bytes", "layers",
	} {
		if _, ok := one[key]; !ok {
			t.Errorf("no field %q", key)
		}
	}
	layer := one["layers"].([]any)[0].(map[string]any)
	for _, key := range []string{"name", "op", "line", "in", "out", "params", "buffers", "macs", "flops", "receptive_field", "aux"} {
		if _, ok := layer[key]; !ok {
			t.Errorf("layers have no field %q", key)
		}
	}
	if list, ok := decode(r, r).([]any); !ok || len(list) != 2 {
		t.Error("two reports are not a list of two")
	}
}

func TestForms(t *testing.T) {
	r := count(t, sample(t))
	var table, md, sheet strings.Builder
	for _, err := range []error{Table(&table, []*Report{r}, Style{Width: 80}), Markdown(&md, []*Report{r}, 0), CSV(&sheet, []*Report{r, r})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, line := range strings.Split(table.String(), "\n") {
		if n := len([]rune(line)); n > 80 || strings.TrimRight(line, " ") != line {
			t.Errorf("line %d is %d columns wide or ends in blanks: %q", i+1, n, line)
		}
	}
	for _, want := range []string{"aux (training only)", "9×9", "189", "189 in training, 18 of them frozen", "cannot be trained"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if !strings.Contains(md.String(), "| **stem** |  | 3×3×3 |") {
		t.Errorf("markdown:\n%s", md.String())
	}
	rows, err := csv.NewReader(strings.NewReader(sheet.String())).ReadAll()
	if err != nil || len(rows) != 1+2*len(r.Layers) {
		t.Errorf("csv has %d rows, error %v", len(rows), err)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 61706: "61,706", 25557032: "25,557,032", -1234: "-1,234", -100: "-100"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{12: "12 bytes", 1536: "1.5 KiB", 246824: "241 KiB", 3 << 30: "3.0 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
