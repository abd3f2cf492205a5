package lower_test

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

// TestInitial draws the weights of a layer by each rule and looks at their mean
// and deviation, which for so many lie within a few hundredths of the rule's.
func TestInitial(t *testing.T) {
	const fanIn, fanOut = 16 * 9, 64 * 9
	for settings, want := range map[string]float64{
		"":                         math.Sqrt(2.0 / (fanIn + fanOut)), // nothing follows: Glorot
		", init=glorot":            math.Sqrt(2.0 / (fanIn + fanOut)),
		", init=he":                math.Sqrt(2.0 / fanIn),
		", init=lecun":             math.Sqrt(1.0 / fanIn),
		", init=normal":            0.01,
		", init=normal, std=0.125": 0.125,
		", init=zeros":             0,
	} {
		p := program(t, "net 1\nmodel M { input image: 16x8x8; conv(64, 3x3, same, bias_init=0.5"+settings+") as c; gap; dense(10) as d; output y }\n"+
			"train t of M { data mnist; batch 1; epochs 1; loss cross_entropy on y; optimizer sgd(lr=1) }\n", 1)
		pool := par.New(1)
		m, err := interp.New(p, pool)
		if err != nil {
			t.Fatal(err)
		}
		m.Init(1)
		for _, v := range m.Tensors() {
			sum, squares := 0.0, 0.0
			for _, x := range v.View.F32 {
				sum += float64(x)
				squares += float64(x) * float64(x)
			}
			n := float64(v.Len())
			switch v.Name {
			case "c.weight":
				if got := math.Sqrt(squares / n); math.Abs(got-want) > 0.03*want || math.Abs(sum/n) > 0.05*want {
					t.Errorf("conv(…%s): deviation %.4g and mean %.2g, want %.4g and 0", settings, got, sum/n, want)
				}
			case "c.bias":
				if sum != 0.5*n {
					t.Errorf("biases add up to %v, want %v", sum, 0.5*n)
				}
			}
		}
		pool.Close()
	}
}
