package op

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
)

// lenetTable is table I of LeCun et al. 1998: the maps of S2 that each map of C3
// reads.
var lenetTable = [][]int{
	{0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {0, 4, 5}, {0, 1, 5},
	{0, 1, 2, 3}, {1, 2, 3, 4}, {2, 3, 4, 5}, {0, 3, 4, 5}, {0, 1, 4, 5}, {0, 1, 2, 5},
	{0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5},
	{0, 1, 2, 3, 4, 5},
}

// connTable works out which of the input channels each output channel reads, or
// reports why the attribute does not say it.
func connTable(c *ir.Context, t ir.Table, in, out int) (kernel.ConnTable, bool) {
	fail := func(code diag.Code, help, format string, args ...any) (kernel.ConnTable, bool) {
		c.Errorf(code, "table", format, args...).WithLabel("input is %s", c.Node.In[0].Shape.Batched()).WithHelp(help)
		return kernel.ConnTable{}, false
	}
	switch t.Rule {
	case "lenet":
		if len(t.Lists) > 0 {
			return fail(diag.DoesNotApply, "write table=lenet", "the table `lenet` is fixed and takes no lists")
		}
		if in != 6 || out != len(lenetTable) {
			return fail(diag.DoesNotApply, "write the table out as a list of input channels for each output channel, or use torus",
				"the table `lenet` connects 6 channels with 16, not %d with %d", in, out)
		}
		return kernel.ConnTable{Lists: lenetTable}, true
	case "torus":
		const form = "write for instance torus([8, 16], [3, 5]): the sizes of the torus, and of the window of channels that an output reads"
		if len(t.Lists) != 2 || len(t.Lists[0]) != len(t.Lists[1]) || len(t.Lists[0]) == 0 {
			return fail(diag.WrongForm, form, "`torus` takes two lists of the same length")
		}
		dims, window, product := t.Lists[0], t.Lists[1], int64(1)
		for i, d := range dims {
			if d < 1 || window[i] < 1 || window[i] > d {
				return fail(diag.OutOfRange, form, "the window of `torus` is %d of %d channels along dimension %d", window[i], d, i)
			}
			product = ir.Mul(product, int64(d))
		}
		if product != int64(in) {
			return fail(diag.OutOfRange, "choose sizes whose product is the number of input channels",
				"the torus %s has %d places for %d input channels", listed(dims), product, in)
		}
		return kernel.ConnTable{Dims: dims, Window: window}, true
	}
	if len(t.Lists) != out {
		return fail(diag.OutOfRange, "give one list of input channels for each output channel",
			"the table has %d lists for %d output channels", len(t.Lists), out)
	}
	for k, l := range t.Lists {
		ascending := slices.IsSorted(l) && len(slices.Compact(slices.Clone(l))) == len(l)
		if len(l) == 0 || !ascending || l[0] < 0 || l[len(l)-1] >= in {
			return fail(diag.OutOfRange, "name each channel once, in ascending order",
				"output channel %d reads %s, expected different numbers from 0 to %d", k, listed(l), in-1)
		}
	}
	return kernel.ConnTable{Lists: t.Lists}, true
}

// listed writes a list as a file does.
func listed(l []int) string { return strings.ReplaceAll(fmt.Sprint(l), " ", ", ") }
