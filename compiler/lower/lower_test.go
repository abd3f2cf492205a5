package lower_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/runtime/plan"
)

const lenet = `net 1
model LeNet5 {
  input image: 1x28x28
  conv(6, 5x5, same) -> tanh
  pool(avg, 2x2)
  conv(16, 5x5) -> tanh
  pool(max, 2x2)
  flatten
  dense(120) -> tanh -> dropout(0.5)
  dense(10)
  output logits
}
train mnist of LeNet5 {
  data mnist; batch 8; epochs 1
  loss cross_entropy on logits
  optimizer sgd(lr=0.05, momentum=0.9)
}
`

func program(t *testing.T, src string, batch int) *plan.Program {
	t.Helper()
	f, diags := dsl.Parse("model.net", []byte(src))
	u := check.New(f, op.New())
	r, more := u.Recipe(u.Recipes()[0], nil)
	if diags.Add(more...); len(diags) > 0 {
		t.Fatal(diags.Err())
	}
	if err := pass.Run(r.Model.Graph, true); err != nil {
		t.Fatal(err)
	}
	p, err := lower.Program(r.Model.Graph, lower.Options{Batch: batch, Objectives: r.Objectives, Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProgramIsDeterministic(t *testing.T) {
	first := program(t, lenet, 8)
	if err := plan.Verify(first); err != nil {
		t.Error(err)
	}
	for range 5 {
		if !reflect.DeepEqual(first, program(t, lenet, 8)) {
			t.Fatal("the same model gives two programs")
		}
	}
}

// Inference needs, at its peak, the largest input and output of one layer; a
// bit is lost to alignment.
func TestPeakMemory(t *testing.T) {
	const batch = 8
	p := program(t, lenet, batch)
	largest := batch * (6*28*28 + 6*14*14) // the first map and its pooled form
	if got := p.Infer.Words[plan.Arena]; got < largest || got > largest+2*plan.Align {
		t.Errorf("inference takes %d words, expected about %d", got, largest)
	}
	if infer, train := p.Infer.Words[plan.Arena], p.Train.Words[plan.Arena]; train < infer {
		t.Errorf("training takes %d words, inference %d", train, infer)
	}
}

func TestProgramRefuses(t *testing.T) {
	f, _ := dsl.Parse("open.net", []byte("net 1\nmodel M { input x: 1xHxW; relu; output y }\n"))
	u := check.New(f, op.New())
	m, diags := u.Model(u.Models()[0], nil, nil)
	if len(diags) > 0 {
		t.Fatal(diags.Err())
	}
	for _, batch := range []int{0, 1} {
		if _, err := lower.Program(m.Graph, lower.Options{Batch: batch}); err == nil {
			t.Errorf("batch %d of an open size is lowered", batch)
		}
	}
	f, _ = dsl.Parse("small.net", []byte("net 1\nmodel M { input x: 1x8x8; conv(3); output y }\n"))
	u = check.New(f, op.New())
	for _, batch := range []int{1 << 40, math.MaxInt64} {
		m, _ := u.Model(u.Models()[0], nil, nil)
		if _, err := lower.Program(m.Graph, lower.Options{Batch: batch}); err == nil || !strings.Contains(err.Error(), "reduce the batch") {
			t.Errorf("batch %d: %v", batch, err)
		}
	}
}
