package compiler_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

// goldenBlocks are pieces of networks computed by another program: the recorded
// case, the network in the language, and what the record calls its layers.
var goldenBlocks = []struct{ file, text, names string }{
	{"block_inception", "inception(1x1: 4, 3x3: 3 -> 6, 5x5: 2 -> 4, pool: 2) as i",
		"b1x1.conv1 b1 b3x3.conv1 b2r b3x3.conv2 b2 b5x5.conv1 b3r b5x5.conv2 b3 pool.conv1 b4"},
	{"block_residual_identity", "residual { conv(4, 3x3, same) -> bn -> relu -> conv(4, 3x3, same) -> bn } -> relu", ""},
	{"block_residual_optA_s2", "residual(project=pad) { conv(6, 3x3, same, stride=2) -> bn -> relu -> conv(6, 3x3, same) -> bn } -> relu", ""},
	{"block_residual_optB_s2", "residual { conv(6, 3x3, same, stride=2) -> bn -> relu -> conv(6, 3x3, same) -> bn } -> relu",
		"project1.conv1 proj project1.bn1 bnp"},
	{"block_bottleneck_s2", "residual { conv(3, 1x1) -> bn -> relu -> conv(3, 3x3, same, stride=2) -> bn -> relu -> conv(12, 1x1) -> bn } -> relu",
		"project1.conv1 proj project1.bn1 bnp"},
	{"block_sic_residual", "residual { conv(4, 3x3, same, groups=4, bias=false) as k1 }\n  conv(4, 1x1) as pj\n  relu", ""},
	{"block_se", "skip(mul) { gap; dense(2) as fc1; relu; dense(8) as fc2; sigmoid }", ""},
	{"block_dense3", "repeat i in 3 { skip(concat) { bn -> relu -> conv(3, 3x3, same, bias=false) } }",
		"bn1 bn0 conv1 conv0 bn2 bn1 conv2 conv1 bn3 bn2 conv3 conv2"},
}

// TestGoldenBlocks compares values and gradients of whole blocks, in training,
// with those of another program in float64.
func TestGoldenBlocks(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(golden, "block", "block_*.safetensors"))
	if len(files) != len(goldenBlocks) {
		t.Errorf("%d recorded blocks, %d in the table", len(files), len(goldenBlocks))
	}
	for _, b := range goldenBlocks {
		t.Run(b.file, func(t *testing.T) {
			file, err := weights.Read(filepath.Join(golden, "block", b.file+".safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			g := &goldenRun{T: t, file: file}
			shape := file.Lookup("x").Shape
			m := parseOne(t, b.text, [4]int(shape))
			c := newGraphCase(t, b.file, m, [4]int(shape))
			c.x.v, c.dy.v = g.floats64("x"), g.floats64("dy")
			name := blockNames(b.names)
			for tensor := range c.machine {
				if strings.HasSuffix(tensor, "weight") || strings.HasSuffix(tensor, "bias") {
					c.machine[tensor] = g.floats(name(tensor))
				}
			}
			c.set()
			c.m.Train.Run()
			g.compareTo("f64/y", c.m.Train.Output("y").F32, channelsLast(c.dy.shape, g.floats64("f64/y")))
			g.compareTo("f64/d_x", c.m.Train.Output("d_x").F32, channelsLast(shape, g.floats64("f64/d_x")))
			for _, p := range c.m.Tensors() {
				if p.Kind == plan.Param {
					g.compareTo(p.Name, c.m.Train.Output("d_"+p.Name).F32, g.floats64("f64/d_"+name(p.Name)))
				}
			}
		})
	}
}

// headsText has three scores of an image in its channels: the model's, and those
// of two heads that count in training.
const headsText = `net 1
model M {
  input image: 18x1x1
  flatten as all
  dense(6, bias=false) as main
  output scores
  aux a1 from all (weight=0.3) { dense(6, bias=false) }
  aux a2 from all (weight=0.3) { dense(6, bias=false) }
}
train t of M { data mnist; batch 5; epochs 1; loss cross_entropy on scores; optimizer sgd(lr=1) }
`

// TestGoldenHeads compares the loss of a model with two auxiliary heads, as
// GoogLeNet has them, and its gradient by all scores.
func TestGoldenHeads(t *testing.T) {
	file, err := weights.Read(filepath.Join(golden, "block", "loss_googlenet_aux03.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	r, diags, err := compiler.Parse("heads.net", []byte(headsText)).Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: 5, Objectives: r.Objectives, Method: r.Method, Gradients: true})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	g, scores := &goldenRun{T: t, file: file, m: m}, []string{"main", "aux1", "aux2"}
	for i, p := range g.params() { // each takes six of the eighteen numbers
		clear(p.View.F32)
		for j := range 6 {
			p.View.F32[j*18+6*i+j] = 1
		}
	}
	want := make([]float64, 5*18)
	for i, name := range scores {
		x, dx := g.floats(name), g.floats64("f64/d_"+name)
		for j := range x {
			at := j/6*18 + 6*i + j%6
			m.Train.Input("image").F32[at], want[at] = x[j], dx[j]
		}
	}
	g.labels(m.Train.Input("label").I32)
	m.Train.Run()
	g.compareTo("loss", m.Train.Output("loss").F32, g.floats64("f64/y"))
	g.compareTo("d_image", m.Train.Output("d_image").F32, want)
}

// parseOne is the graph of a model with this body.
func parseOne(t *testing.T, body string, size [4]int) *ir.Graph {
	t.Helper()
	f := compiler.Parse("block.net", []byte(modelText(body, size)))
	m, diags, err := f.Model("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	return m.Graph
}

// blockNames turns "b.conv1.weight" into "conv1.w", by pairs of names of layers.
func blockNames(pairs string) func(string) string {
	known := map[string]string{}
	for list := strings.Fields(pairs); len(list) > 0; list = list[2:] {
		known[list[0]] = list[1]
	}
	return func(tensor string) string {
		layer, part := tensor[:strings.LastIndexByte(tensor, '.')], tensor[strings.LastIndexByte(tensor, '.')+1:]
		layer = strings.TrimPrefix(layer, "i.")
		if other, ok := known[layer]; ok {
			layer = other
		}
		return layer + "." + part[:1]
	}
}
