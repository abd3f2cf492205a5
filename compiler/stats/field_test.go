package stats

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

const side = 24 // rows of the input of the models below; columns are 4 more

// composed are networks whose fields need more than one operator.
var composed = []string{
	"conv(4, 3x3, same) -> pool(max, 2x2) -> up(4, 2x2) -> conv(4, 3x3, same)",
	"skip(concat) { pool(max, 2x2) -> conv(8, 3x3, same); skip(concat) { conv(8, 3x3, same, stride=2) -> conv(4, 1x1) -> upsample(2x2) }; conv(4, 3x3, same) -> up(4, 2x2) }; conv(2, 3x3, same)",
	"skip(concat, crop) { pool(max, 2x2) -> conv(8, 3x3) -> up(4, 2x2) }; conv(2, 3x3)",
	"conv(4, 3x3, same, stride=2) -> upsample(3x2, bilinear) -> conv(4, 3x3, same, stride=2) -> upsample(size=10x11)",
	"conv(4, 3x3, same) -> skip(mul) { gap -> dense(4) -> sigmoid }",
	"residual { conv(8, 3x3, same, stride=2) -> bn -> relu -> conv(8, 3x3, same) }; residual { conv(8, 5x5, same) }",
	"conv(4, 3x3, stride=3) -> pad(2) -> conv(4, 3x3, dilation=2) -> adaptive(avg, 1x3)",
	"conv(4, 3x3, same, stride=2) -> pool(avg, 3x3, stride=2) -> flatten -> dense(3) -> relu -> dense(2)",
	"conv(16, 3x3, stride=2) -> pixel_shuffle(2) -> conv(3, 3x3, same, stride=2)",
	"parallel { branch adaptive(avg, 1x1) -> conv(3, 1x1) -> upsample(size=24x28, bilinear); branch conv(3, 3x3, same) } -> concat",
	"conv(3, 2x5, stride=2x1) -> up(3, 1x1, stride=3) -> conv(2, 4x2)",
}

// TestFields compares what positions see with what is measured: which rows and
// columns of the output change when a row or a column of the input does.
func TestFields(t *testing.T) {
	// Statistics of the whole map are left out of the fields on purpose, and so
	// is what a mirror at the border shows.
	normalise := map[string]bool{"layer_norm": true, "group_norm": true, "instance_norm": true}
	var bodies []string
	for _, o := range op.New().Ops {
		for _, ex := range o.Examples {
			if !o.Joins && !normalise[o.Name] && !constant(ex) && !strings.Contains(ex, "reflect") {
				bodies = append(bodies, ex)
			}
		}
	}
	if len(bodies) < 40 {
		t.Fatalf("only %d examples", len(bodies))
	}
	for _, body := range append(bodies, composed...) {
		t.Run(strings.ReplaceAll(body, "/", " "), func(t *testing.T) { measured(t, body) })
	}
}

// constant reports examples whose output does not change with the input.
func constant(ex string) bool {
	return strings.Contains(ex, "gamma=0") || strings.Contains(ex, "conv(1) -> ")
}

func measured(t *testing.T, body string) {
	f := compiler.Parse("m.net", []byte(fmt.Sprintf("net 1\nmodel M { input x: 4x%dx%d; %s; output y }\n", side, side+4, body)))
	m, diags, err := f.Model("", nil)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags.Err())
	}
	g := m.Graph
	seen := newFields(g.Inputs[0])
	for _, n := range g.Nodes {
		seen.add(n)
	}
	out := g.Outputs[0].Value
	field := seen.of[out]
	prog, err := compiler.Program(g, compiler.Options{Batch: 1, Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	defer pool.Close()
	net, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	net.Init(5)
	x := net.Infer.Input("x").F32
	run := func(change func(row, column int) bool) []float32 {
		for i := range x {
			c := i / 4
			x[i] = float32(i*i%37)/16 - 1
			if change(c/(side+4), c%(side+4)) {
				x[i] = 40 - x[i]
			}
		}
		net.Infer.Run()
		return append([]float32(nil), net.Infer.Output("y").F32...)
	}
	before := run(func(int, int) bool { return false })
	shape := []int{1, 1, 1}
	if sizes, _ := out.Shape.Ints(); len(sizes) == 3 {
		shape = sizes
	}
	for i, a := range field {
		first, end := make([]int, shape[1+i]), make([]int, shape[1+i])
		for at := range side + 4*i {
			after := run(func(row, column int) bool { return [2]int{row, column}[i] == at })
			for e := range after {
				if after[e] == before[e] {
					continue
				}
				p := 0
				if out.Shape.IsMap() {
					p = [2]int{e / shape[0] / shape[2], e / shape[0] % shape[2]}[i]
				}
				if end[p] == 0 {
					first[p] = at
				}
				end[p] = at + 1
			}
		}
		a.compare(t, i, first, end, out.Shape.IsMap() || a.moves == 0)
	}
}

// compare checks what was measured for each position against a field: within
// it, and as large for the position that sees most.
func (a axis) compare(t *testing.T, i int, first, end []int, positions bool) {
	t.Helper()
	if !positions { // the elements of a flat map, taken together
		a = a.whole(side + 4*i)
	}
	most, want := 0, 0
	for p := range first {
		lo, hi := a.at(p)
		lo, hi = max(lo, 0), min(hi, side+4*i)
		if end[p] > 0 && (first[p] < lo || end[p] > hi) {
			t.Errorf("axis %d: position %d sees %d up to %d, said to see %d up to %d", i, p, first[p], end[p], lo, hi)
		}
		most, want = max(most, end[p]-first[p]), max(want, hi-lo)
	}
	if most != want {
		t.Errorf("axis %d: a position sees %d, said to see %d", i, most, want)
	}
}

// deep is the receptive field of layers one after the other, given as kernel
// and stride, by the recurrence of Araujo, Norris and Sim 2019, "Computing
// receptive fields of convolutional neural networks".
func deep(layers ...[2]int) int {
	field, step := 1, 1
	for _, l := range layers {
		field += (l[0] - 1) * step
		step *= l[1]
	}
	return field
}

// TestKnownFields compares with fields computed along the deepest path.
func TestKnownFields(t *testing.T) {
	resnet := [][2]int{{7, 2}, {3, 2}}
	for stage, n := range []int{3, 4, 6, 3} {
		for block := range n {
			stride := 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			resnet = append(resnet, [2]int{3, stride})
		}
	}
	inception := [][2]int{{7, 2}, {3, 2}, {3, 1}, {3, 2}}
	for _, modules := range []int{2, 5, 2} {
		for range modules {
			inception = append(inception, [2]int{5, 1})
		}
		inception = append(inception, [2]int{3, 2})
	}
	for _, c := range []struct {
		file, model, layer string
		want               int
	}{
		{"vgg", "VGG16", "c5.conv3", 196},
		{"vgg", "VGG16", "c5.pool1", 212},
		{"vgg", "VGG16", "head.dense1", 224}, // the whole image
		{"resnet", "ResNet50", "c5[2].relu3", 427},
		{"resnet", "ResNet50", "c5[2].relu3", deep(resnet...)},
		{"resnet", "ResNet50", "head.dense1", 224},
		{"googlenet", "GoogLeNet", "i5b.concat1", deep(inception[:len(inception)-1]...)},
		{"unet", "UNet", "double_valid5.relu2", 140}, // the bottom of the U
		// Two windows of 3 at half the bottom's step see at most three of its positions,
		// whichever of the pair that `up` made of one they stand on.
		{"unet", "UNet", "double_valid6.relu2", 140 + 2*16},
	} {
		r := ofModel(t, c.file, c.model)
		i := slices.IndexFunc(r.Layers, func(l Layer) bool { return l.Name == c.layer })
		if i < 0 {
			t.Errorf("%s has no layer %s", c.model, c.layer)
		} else if got := *r.Layers[i].ReceptiveField; got != [2]int{c.want, c.want} {
			t.Errorf("%s %s sees %v, want %d both ways", c.model, c.layer, got, c.want)
		}
	}
}

func ofModel(t *testing.T, file, model string) *Report {
	t.Helper()
	f, err := compiler.Load("../../models/" + file + "/" + file + ".net")
	if err != nil {
		t.Fatal(err)
	}
	m, diags, err := f.Model(model, nil)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags.Err())
	}
	r, err := Count(m.Graph)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
