package weights

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file builds a file of zeros.
func file(t *testing.T, tensors ...Tensor) *File {
	t.Helper()
	for i := range tensors {
		tensors[i].Bytes = make([]byte, tensors[i].Len()*tensors[i].DType.Size())
	}
	var b bytes.Buffer
	if err := Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Decode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFit(t *testing.T) {
	f := file(t,
		Tensor{Name: "conv1.weight", DType: F16, Shape: []int{6, 1, 5, 5}},
		Tensor{Name: "conv2.wieght", DType: F32, Shape: []int{16, 6, 5, 5}},
		Tensor{Name: "fc.weight", DType: F32, Shape: []int{1000, 84}},
		Tensor{Name: "steps", DType: F32, Shape: []int{1}},
		Tensor{Name: "zzz", DType: F32, Shape: []int{}},
	)
	want := []Want{
		{"conv1.weight", F32, []int{6, 1, 5, 5}},
		{"conv2.weight", F32, []int{16, 6, 5, 5}},
		{"fc.weight", F32, []int{10, 84}},
		{"steps", I64, []int{1}},
	}
	f.Path = "old.safetensors"
	err := Fit(f, want)
	if err == nil {
		t.Fatal("no error")
	}
	expected := `old.safetensors: the weights do not fit the model: 1 tensors fit, 5 do not
  missing from the file:
    conv2.weight [16,6,5,5] (the file has conv2.wieght)
  of another shape or type:
    fc.weight: file [1000,84], model [10,84]
    steps: file F32, model I64
  in the file but not in the model:
    conv2.wieght [16,6,5,5] (the model has conv2.weight)
    zzz []`
	if diff := cmp.Diff(expected, err.Error()); diff != "" {
		t.Error(diff)
	}
	if err := Fit(f, nil); err == nil {
		t.Error("a model without tensors fits a file with some")
	}
	if err := Fit(file(t, Tensor{Name: "a", DType: F64, Shape: []int{2}}), []Want{{"a", F32, []int{2}}}); err != nil {
		t.Errorf("F64 does not fit F32: %v", err)
	}
}

func TestFitBoundsItsMessage(t *testing.T) {
	var want []Want
	for i := range 300 {
		want = append(want, Want{fmt.Sprintf("layer%d.weight", i), F32, []int{1}})
	}
	err := Fit(file(t), want)
	if err == nil || strings.Count(err.Error(), "\n") != 1+maxLines+1 || !strings.Contains(err.Error(), "… and 280 more") {
		t.Errorf("message: %v", err)
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"weight", "wieght", 2}, {"a", "b", 1}}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want || distance(tt.b, tt.a) != tt.want {
			t.Errorf("distance(%q, %q) = %d, expected %d", tt.a, tt.b, got, tt.want)
		}
	}
}
