package weights

import (
	"bytes"
	"slices"
	"testing"

	"github.com/netc-lang/netc/runtime/plan"
)

func TestRename(t *testing.T) {
	outerFirst := []plan.Rename{{New: "trunk", Old: "stem"}, {New: "trunk.first", Old: "trunk.conv1"}, {New: "c", Old: "b[0]"}}
	for _, c := range []struct {
		name      string
		have, now []string
	}{
		{"both", []string{"stem.conv1.weight"}, []string{"trunk.first.weight"}},
		{"the outer one", []string{"stem.first.weight"}, []string{"trunk.first.weight"}},
		{"the inner one", []string{"trunk.conv1.weight", "trunk.conv1.weight/momentum"}, []string{"trunk.first.weight", "trunk.first.weight/momentum"}},
		{"none", []string{"trunk.first.weight"}, []string{"trunk.first.weight"}},
		{"whole parts of names", []string{"stems.weight", "trunk.conv10.weight", "stem[1].weight"}, []string{"stems.weight", "trunk.conv10.weight", "trunk[1].weight"}},
		{"a round", []string{"b[0].weight", "b[1].weight"}, []string{"c.weight", "b[1].weight"}},
		{"the new name wins", []string{"c.weight", "b[0].weight"}, []string{"c.weight", "b[0].weight"}},
	} {
		var list []Tensor
		for _, name := range c.have {
			list = append(list, Tensor{Name: name, DType: F32, Shape: []int{1}, Values: plan.View{F32: []float32{1}}})
		}
		var b bytes.Buffer
		if err := Write(&b, list, nil); err != nil {
			t.Fatal(err)
		}
		f, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		f.Rename(outerFirst)
		for i, name := range c.now {
			if found := f.Lookup(name); found == nil || found.Name != name {
				t.Errorf("%s: no tensor %s", c.name, name)
			}
			if c.have[i] != name && f.Lookup(c.have[i]) != nil {
				t.Errorf("%s: %s is still found", c.name, c.have[i])
			}
		}
		var names []string
		for _, x := range f.Tensors {
			names = append(names, x.Name)
		}
		slices.Sort(names)
		want := slices.Clone(c.now)
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v, want %v", c.name, names, want)
		}
	}
}
