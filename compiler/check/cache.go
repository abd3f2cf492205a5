package check

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// Cache is the setting of cache.
type Cache struct {
	Views int `net:"views,min=1,max=1000" doc:"times that each image is computed, each with other random transforms"`
}

// cacheAt reads `cache features` or `cache features(views=4)`. Whether it may
// stand there depends on what is frozen, so it is looked at when all is known.
func (r *recipe) cacheAt(e *dsl.Entry) {
	if len(e.Values) != 1 || e.Args != nil || e.Body != nil {
		r.form(e, "the name of a layer")
		return
	}
	r.cache, r.views = e, 0
	call, ok := e.Values[0].(*dsl.Call)
	if !ok {
		return
	}
	var c Cache
	if _, ok := r.decode(call.Name, call.Args, &c); !ok {
		r.cache = nil
		return
	}
	r.views = c.Views
}

// cached completes a stage that has a cache.
func (r *recipe) cached() {
	r.out.Cache = nil
	if r.cache == nil || r.out.Model == nil || r.faulty {
		return
	}
	tap := r.cache.Values[0]
	if call, ok := tap.(*dsl.Call); ok {
		tap = call.Name
	}
	v := r.tapped(tap)
	if v == nil {
		return
	}
	r.needsViews(tap)
	if r.fixedAbove(tap, v) && r.onlyBy(tap, v) {
		r.out.Cache = v
		r.out.Run.Cache = &train.Cache{Tap: v.Name, Views: max(1, r.views)}
		r.out.Run.Optimizer += fmt.Sprintf("; cache(%s, views=%d)", v.Name, max(1, r.views))
	}
}

// tapped is the value that a name stands for.
func (r *recipe) tapped(x dsl.Expr) *ir.Value {
	name, ok := tapName(x, r.scope)
	if v := r.out.Model.Taps[name]; ok && v != nil && v.Node != nil {
		return v
	}
	for _, n := range r.out.Model.Graph.Nodes {
		if n.Name == name {
			return n.Out
		}
	}
	if _, under := r.under(x); len(under) > 0 {
		nodes := r.out.Model.Graph.Nodes
		return nodes[under[len(under)-1]].Out
	}
	return nil
}

// needsViews reports random transforms whose outcome would be computed once
// and for all without a word about it.
func (r *recipe) needsViews(tap dsl.Expr) {
	if r.views > 0 || !slices.ContainsFunc(r.out.Transforms, data.IsRandom) {
		return
	}
	r.errorf(diag.CannotCache, r.cache.Span, "the images change by chance, so `cache` has to say how many views of each to keep").
		WithSecondary(r.force["augment"].Span, "the transforms").
		WithHelp("write for instance `cache "+tap.At().Text()+"(views=4)`", diag.Edit{Span: tap.At(), NewText: tap.At().Text() + "(views=4)"})
}

// fixedAbove reports a cache of what changes while the stage trains.
func (r *recipe) fixedAbove(tap dsl.Expr, v *ir.Value) bool {
	frozen := r.frozen.tensors()
	for _, n := range ir.Above(v) {
		changes := ""
		for _, p := range n.Params {
			if !p.Frozen && !frozen[p.Name] {
				changes = "is not frozen"
			}
		}
		if n.Op.Random {
			changes = "draws by chance"
		}
		if changes == "" {
			continue
		}
		d := r.errorf(diag.CannotCache, r.cache.Span, "`%s` cannot be cached: layer `%s` above it %s", tap.At().Text(), n.Name, changes).
			WithSecondary(n.Span, "this layer")
		if n.Op.Random {
			d.WithHelp("cache a value above it")
		} else {
			d.WithHelp("freeze all layers up to `" + tap.At().Text() + "`, or cache a value further up")
		}
		return false
	}
	return true
}

// onlyBy reports a layer that reads what is above a cached value by another way
// than through it.
func (r *recipe) onlyBy(tap dsl.Expr, v *ir.Value) bool {
	g := r.out.Model.Graph
	above := map[*ir.Node]bool{}
	for _, n := range ir.Above(v) {
		above[n] = true
	}
	for _, n := range g.Nodes {
		if above[n] {
			continue
		}
		for _, in := range n.In {
			if in != v && (in.Node == nil || above[in.Node]) {
				r.errorf(diag.CannotCache, r.cache.Span, "`%s` cannot be cached: layer `%s` reads `%s` beside it", tap.At().Text(), n.Name, in.Name).
					WithSecondary(n.Span, "this layer").
					WithHelp("cache a value that all further layers depend on alone")
				return false
			}
		}
	}
	for _, o := range r.out.Objectives {
		if o.On != v && above[o.On.Node] {
			r.errorf(diag.CannotCache, r.cache.Span, "`%s` cannot be cached: the loss is on `%s` above it", tap.At().Text(), o.On.Name).
				WithHelp("leave the cache out")
			return false
		}
	}
	return true
}
