package lint

import (
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// biasBeforeNorm finds biases that a normalisation takes away again. One that a
// block leaves to its caller, bias=b, is the caller's business.
func biasBeforeNorm(r *run) {
	r.nodes(func(n *ir.Node) {
		if r.results[n.Out] || !normalised(n.Out) {
			return
		}
		bias := n.Param("bias")
		written, has := n.ArgSpans["bias"]
		if bias == nil || has && !strings.HasSuffix(written.Text(), "true") {
			return
		}
		norm := n.Out.Uses[0]
		f := r.find(n, at(n, "bias"), "the bias of `%s` is taken away by `%s`", n.Op.Name, norm.Op.Name)
		f.d.WithSecondary(norm.Span, "subtracts the mean of each channel")
		f.d.WithNote("%d parameters that learn nothing", bias.Len())
		s, ok := r.outline.spot(n.Span)
		_, begins := n.ArgSpans["bias_init"]
		switch {
		case begins && ok && !has && n.Op.Name == "conv" && norm.Op.Name == "bn":
			e, ok := r.outline.unset(s.call, "bias_init")
			advise(f.d, "leave `bias_init` out: a conv in front of bn has no bias then", e, ok, local(n.Out, norm))
		case begins:
			f.d.WithHelp("leave `bias_init` out and write bias=false")
		case !ok:
			f.d.WithHelp("write bias=false")
		case has && n.Op.Name == "conv" && norm.Op.Name == "bn":
			e, ok := r.outline.unset(s.call, "bias")
			advise(f.d, "leave it out: a conv in front of bn has no bias then", e, ok, local(n.Out, norm))
		default:
			advise(f.d, "write bias=false", r.outline.set(s.call, "bias", "false"), true, local(n.Out, norm))
		}
	})
}

// normalised reports whether all that reads a value subtracts the mean of each
// channel.
func normalised(v *ir.Value) bool {
	for _, u := range v.Uses {
		if u.Op.Name != "bn" && u.Op.Name != "instance_norm" {
			return false
		}
	}
	return len(v.Uses) > 0
}
