package gogen

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/testdata/gogen/toy"
)

func TestLiteral(t *testing.T) {
	negZero := math.Copysign(0, -1)
	for _, tt := range []struct {
		value any
		want  string
	}{
		{true, "true"},
		{-3, "-3"},
		{uint8(200), "200"},
		{int64(math.MinInt64), "-9223372036854775808"},
		{uint64(1<<32 - 1), "4294967295"},
		{uint64(1 << 32), "0x0000000100000000"},
		{float32(0.1), "0.1"},
		{float32(1e-5), "1e-05"},
		{float32(3), "3"},
		{float32(math.SmallestNonzeroFloat32), "1e-45"},
		{float32(negZero), "math.Float32frombits(0x80000000)"},
		{float32(math.NaN()), "math.Float32frombits(0x7fc00000)"},
		{float32(math.Inf(-1)), "math.Float32frombits(0xff800000)"},
		{0.1, "0.1"},
		{negZero, "math.Float64frombits(0x8000000000000000)"},
		{math.Inf(1), "math.Float64frombits(0x7ff0000000000000)"},
		{"a\"b", `"a\"b"`},
		{toy.Square, "toy.Square"},
		{toy.Down, "1 /* down */"},
		{toy.Clip{}, "toy.Clip{}"},
		{toy.Clip{Low: 1, Off: true}, "toy.Clip{Low: 1, Off: true}"},
		{toy.Clip{Low: float32(negZero)}, "toy.Clip{Low: math.Float32frombits(0x80000000)}"},
		{[2]int{0, 4}, "[2]int{0, 4}"},
		{[][]float32{{1}, nil}, "[][]float32{{1}, {}}"},
		{struct{}{}, ": type struct {}; expected an exported one"},
		{map[int]int{}, ": type map[int]int; expected numbers, text, or structs and lists of them"},
	} {
		var got string
		if lit, err := literal(reflect.ValueOf(tt.value), nil); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprintf("%#v", lit)
		}
		if got != tt.want {
			t.Errorf("literal(%#v) = %s, want %s", tt.value, got, tt.want)
		}
	}
}

// The kernels that cannot be printed.
type (
	hidden     struct{}
	NoRun      struct{ hidden }
	Misfit     struct{ hidden }
	Private    struct{ n int }
	WithMap    struct{ Table map[string]int }
	WithNested struct{ List []hidden }
)

func (hidden) Operands() []plan.Operand    { return []plan.Operand{{Name: "y", Len: 1}} }
func (hidden) Call(*par.Pool, []plan.View) {}
func (*Misfit) Run(*par.Pool, []int32)     {}

func (*Private) Operands() []plan.Operand       { return nil }
func (*Private) Call(*par.Pool, []plan.View)    {}
func (*Private) Run(*par.Pool)                  {}
func (*WithMap) Operands() []plan.Operand       { return nil }
func (*WithMap) Call(*par.Pool, []plan.View)    {}
func (*WithMap) Run(*par.Pool)                  {}
func (*WithNested) Operands() []plan.Operand    { return nil }
func (*WithNested) Call(*par.Pool, []plan.View) {}
func (*WithNested) Run(*par.Pool)               {}

func TestKernelRefused(t *testing.T) {
	for _, tt := range []struct {
		kernel plan.Kernel
		want   string
	}{
		{hidden{}, "kernel gogen.hidden: expected a pointer to a struct"},
		{(*toy.Dense)(nil), "kernel *toy.Dense: expected a pointer to a struct"},
		{&hidden{}, "kernel gogen.hidden: expected an exported type"},
		{&NoRun{}, "kernel gogen.NoRun: no method Run"},
		{&Misfit{}, "kernel gogen.Misfit: method Run is func(*gogen.Misfit, *par.Pool, []int32); expected its parameters to be the operands: *par.Pool, y []float32"},
		{&Private{n: 1}, "kernel gogen.Private.n: is set, but not exported"},
		{&WithMap{Table: map[string]int{}}, "kernel gogen.WithMap.Table: type map[string]int; expected numbers"},
		{&WithNested{List: []hidden{{}}}, "kernel gogen.WithNested.List[0]: type gogen.hidden; expected an exported one"},
	} {
		_, err := kernelLit(tt.kernel, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%T: got %v, want %s", tt.kernel, err, tt.want)
		}
	}
	if _, err := kernelLit(&Private{}, nil); err != nil {
		t.Errorf("a private field that is zero: %v", err)
	}
}
