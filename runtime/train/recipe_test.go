package train

import (
	"math"
	"strings"
	"testing"
)

// TestRecipeCheck refuses what cannot be trained by, before anything is computed.
func TestRecipeCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*Recipe)
		want   string
	}{
		{func(r *Recipe) {}, ""},
		{func(r *Recipe) { r.Epochs = 0 }, "epochs 0, expected at least 1"},
		{func(r *Recipe) { r.Epochs = math.MaxInt64 }, "expected at most 1000000000"},
		{func(r *Recipe) { r.Rate = math.Inf(1) }, "expected a finite number"},
		{func(r *Recipe) { r.Batch = 9 }, "batch 9 is larger than the 8 training samples"},
	} {
		r := toyRecipe()
		r.Batch = 8
		c.change(&r)
		err := r.Check(8)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, expected %q", err, c.want)
		}
	}
}
