package compiler_test

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/stats"
)

// TestFactorizedCosts compares the layers of std/factorized.net, of n channels with
// h×h pixels, with formulas that follow from what each connects (arXiv:1608.04337).
func TestFactorizedCosts(t *testing.T) {
	macs := func(n, h int, layer string) int64 {
		t.Helper()
		f := compiler.Parse("layer.net", fmt.Appendf(nil,
			"import \"std/factorized.net\"\nmodel M { input x: %dx%dx%d; %s; output y }\n", n, h, h, layer))
		m, diags, err := f.Model("", nil)
		if err != nil || len(diags) > 0 {
			t.Fatal(layer, err, diags.Err())
		}
		r, err := stats.Count(m.Graph)
		if err != nil {
			t.Fatal(err)
		}
		return int64(r.MACs)
	}
	for _, c := range []struct{ n, h, k, d, w int }{{64, 56, 3, 8, 4}, {144, 30, 5, 12, 3}, {16, 12, 3, 4, 4}} {
		area := c.h * c.h
		for _, l := range []struct {
			layer string
			want  int
		}{
			{fmt.Sprintf("conv(%d, kernel=%d, same)", c.n, c.k), area * c.k * c.k * c.n * c.n},
			{fmt.Sprintf("sic(%d, %d, kernel=%d)", c.n, c.n, c.k), area * (c.k*c.k*c.n + c.n*c.n)},
			{fmt.Sprintf("sic_down(%d, %d, kernel=%d)", c.n, 2*c.n, c.k), area / 4 * (c.k*c.k*c.n + 2*c.n*c.n)},
			{fmt.Sprintf("topological_sic(%d, [%d, %d], [%d, %d], kernel=%d)", c.n, c.d, c.n/c.d, c.w, c.w-1, c.k),
				area * (c.k*c.k*c.n + c.n*c.w*(c.w-1))},
			{fmt.Sprintf("spatial_bottleneck(%d, k=2)", c.n), area*2*c.n + area/4*c.n*c.n},
		} {
			if got := macs(c.n, c.h, l.layer); got != int64(l.want) {
				t.Errorf("%s on %d×%d pixels: %d MACs, want %d", l.layer, c.h, c.h, got, l.want)
			}
		}
	}
}
