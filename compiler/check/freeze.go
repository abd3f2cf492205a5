package check

import (
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// frozen is the layers that training leaves as they are.
type frozen struct {
	parts []*part
	live  bool // batch normalisation goes on with the batch's statistics
	text  string
}

// Freeze is the setting of freeze.
type Freeze struct {
	BN string `net:"bn,oneof=frozen|live" doc:"whether bn uses its running statistics, or goes on with the batch's and updates these"`
}

// freeze reads `freeze a, stem..c3`, with `(bn=live)` behind the key if wanted,
// or `freeze none`.
func (r *recipe) freeze(e *dsl.Entry) {
	r.frozen = nil
	if len(e.Values) == 0 || e.Body != nil {
		r.form(e, "names of layers")
		return
	}
	set := Freeze{BN: "frozen"}
	if _, ok := r.decode(e.Key, e.Args, &set); !ok {
		return
	}
	if name, ok := e.Values[0].(*dsl.Name); ok && len(e.Values) == 1 && name.Text == "none" {
		return
	}
	parts, ok := r.parts(e.Values)
	if !ok || len(parts) == 0 {
		return
	}
	f := &frozen{parts: parts, live: set.BN == "live", text: "freeze("}
	if f.live {
		f.text += "bn=live, "
	}
	f.text += partsText(parts) + ")"
	r.frozen = f
}

func partsText(parts []*part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return strings.Join(texts, ", ")
}

// tensors are the names of what is frozen.
func (f *frozen) tensors() map[string]bool {
	names := map[string]bool{}
	if f == nil {
		return names
	}
	for _, part := range f.parts {
		for _, p := range part.params() {
			if p.Role == ir.Trained || !f.live {
				names[p.Name] = true
			}
		}
	}
	return names
}

// somethingTrained reports a stage that freezes all there is.
func (r *recipe) somethingTrained(frozen map[string]bool) {
	if r.frozen == nil || r.out.Model == nil || r.faulty {
		return
	}
	for _, p := range r.out.Model.Graph.Params() {
		if p.Role == ir.Trained && !p.Frozen && !frozen[p.Name] {
			return
		}
	}
	r.errorf(diag.EmptyPart, r.force["freeze"].Span, "all layers are frozen, so nothing is left to train").
		WithHelp("leave out the layers to train, such as the last one")
}
