package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// initial is how the weights of a layer begin: by the rule that its settings
// `init` and `std` name, or by the one that suits the activation that follows. It reports
// settings that do not go together.
func initial(c *ir.Context, rule string, std float64, fanIn, fanOut int) ir.Init {
	i := ir.Init{Rule: ir.Auto, FanIn: fanIn, FanOut: fanOut}
	switch rule {
	case "he":
		i.Rule = ir.He
	case "glorot":
		i.Rule = ir.Glorot
	case "lecun":
		i.Rule = ir.LeCun
	case "normal":
		i.Rule, i.Value = ir.Normal, 0.01
		if c.Has("std") {
			i.Value = std
		}
	case "zeros":
		i.Rule = ir.Constant
	}
	if c.Has("std") && rule != "normal" {
		c.Errorf(diag.DoesNotApply, "std", "`std` belongs to init=normal").
			WithHelp("write init=normal beside it, or leave it out")
	}
	return i
}

// declareBias declares the bias of a layer that has one.
func declareBias(c *ir.Context, bias bool, first float64, channels int) {
	if bias {
		c.Node.DeclareElementwise("bias", ir.Init{Value: first}, channels)
	} else if c.Has("bias_init") {
		c.Errorf(diag.DoesNotApply, "bias_init", "there is no bias to begin with").
			WithHelp("leave `bias_init` out, or `bias=false`")
	}
}
