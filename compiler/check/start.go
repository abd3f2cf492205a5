package check

import (
	"strconv"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/runtime/train"
)

// start reads `init weights("file.safetensors", fresh=head)`. Several fresh
// parts stand in a list: fresh=[neck, head].
func (r *recipe) start(e *dsl.Entry) {
	name, args, ok := r.call(e)
	if !ok {
		r.form(e, "weights, with a file")
		return
	}
	if name.Text != "weights" {
		r.unknown("way to begin", name, []string{"weights"})
		return
	}
	var start train.Start
	var fresh []dsl.Expr
	if args != nil {
		for _, a := range args.List {
			file, isText := a.Value.(*dsl.String)
			switch {
			case a.Key == nil && a.Label == nil && isText && file.Value != "" && start.File == "":
				start.File = file.Value
			case a.Key != nil && a.Key.Text == "fresh" && fresh == nil:
				fresh = []dsl.Expr{a.Value}
				if list, ok := a.Value.(*dsl.List); ok {
					fresh = list.Elems
				}
			default:
				r.form(e, "a file in quotes, and the layers that begin anew as fresh=")
				return
			}
		}
	}
	if start.File == "" {
		r.form(e, "a file in quotes")
		return
	}
	parts, ok := r.parts(fresh)
	if !ok {
		return
	}
	start.Text = "weights(" + strconv.Quote(start.File)
	if len(parts) > 0 {
		start.Text += ", fresh=[" + partsText(parts) + "]"
	}
	start.Text += ")"
	for _, p := range parts {
		start.Fresh = append(start.Fresh, p.names...)
	}
	r.out.Run.Start = &start
}
