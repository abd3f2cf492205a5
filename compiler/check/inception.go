package check

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Inception is the settings of inception beside its towers.
type Inception struct {
	BN  bool    `net:"bn,flag" doc:"batch normalisation after each convolution"`
	Eps float64 `net:"eps,min=1e-12" doc:"of that normalisation, added to the variance; 1e-5 when absent"`
}

func inceptionCombinator() *combinator {
	return &combinator{
		name: "inception",
		doc: "Convolutions of several sizes side by side, each with a relu: `RxS: width`, or `RxS: reduction -> width` with a 1x1 convolution in front; " +
			"`pool: width` is a 3x3 maximum with a 1x1 convolution behind. Without widths they keep the input's channels, in the ratio 2 (1x1) : 4 (3x3) : 1 (larger) : 1 (pool), " +
			"with reductions to 3/4 of the width for 3x3 and 1/2 for larger ones.",
		source: "Szegedy et al. 2015, Going deeper with convolutions",
		new:    func() any { return &Inception{Eps: 1e-5} },
		build:  buildInception,
		labels: true,
		piece:  true,
	}
}

// tower is one way through an inception.
type tower struct {
	name          string // of its layers: "b3x3", a second one "b3x3_2"
	pool          bool
	kernel        [2]int
	reduce, width int // 0: none, or not given
	at            diag.Span
}

// share is its part of the channels where widths are not given.
func (t *tower) share() int {
	switch {
	case t.pool:
		return 1
	case t.kernel == [2]int{1, 1}:
		return 2
	case max(t.kernel[0], t.kernel[1]) <= 3:
		return 4
	}
	return 1
}

func buildInception(u *site) {
	if at, set := u.spans["eps"]; set && !u.attrs.(*Inception).BN {
		u.report(diag.Errorf(diag.DoesNotApply, at, "`eps` is of the normalisation, which this `inception` does not have").
			WithHelp("write `bn` beside it, or leave it out"))
	}
	towers, ok := u.towers()
	if ok && u.at.Shape != nil {
		ok = u.widths(towers)
	}
	in := u.at
	if !ok || in.Shape == nil {
		u.unknown()
		return
	}
	var out []*ir.Value
	for _, t := range towers {
		out = append(out, u.tower(t, in))
	}
	if u.at = out[0]; len(out) == 1 {
		return
	}
	u.at = u.add("concat", u.next("concat", nil), nil, u.call.Name.Span, out...)
}

// tower writes out one way through.
func (u *site) tower(t *tower, in *ir.Value) *ir.Value {
	p := u.inside(u.prefix + t.name)
	unit := func(v *ir.Value, k int, kernel [2]int) *ir.Value {
		a := u.unit.table.Op("conv").New().(*op.Conv)
		a.Channels, a.Kernel = k, kernel
		if kernel != [2]int{1, 1} {
			a.Same = ir.SameBoth
		}
		v = u.add("conv", p.next("conv", nil), a, t.at, v)
		if set := u.attrs.(*Inception); set.BN {
			norm := u.unit.table.Op("bn").New().(*op.BatchNorm)
			norm.Eps = set.Eps
			v = u.add("bn", p.next("bn", nil), norm, t.at, v)
		}
		return u.add("relu", p.next("relu", nil), nil, t.at, v)
	}
	if t.pool {
		a := &op.Pool{Kind: "max", Kernel: [2]int{3, 3}, Same: ir.SameBoth, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
		n := &ir.Node{
			Op: u.unit.table.Op("pool"), Name: p.next("pool", nil), Attrs: a, In: []*ir.Value{in}, Span: t.at,
			ArgSpans: map[string]diag.Span{"stride": t.at},
		}
		return unit(u.node(n, t.at, u.scope), t.width, [2]int{1, 1})
	}
	if t.reduce > 0 {
		in = unit(in, t.reduce, [2]int{1, 1})
	}
	return unit(in, t.width, t.kernel)
}

// towers reads the arguments that say what stands side by side.
func (u *site) towers() (all []*tower, ok bool) {
	if len(u.free) == 0 {
		u.report(diag.Errorf(diag.MissingArg, u.call.Name.Span, "`inception` needs what stands side by side").
			WithHelp("write `inception(1x1, 3x3, 5x5, pool)`, or with widths `inception(1x1: 64, 3x3: 96 -> 128, 5x5: 16 -> 32, pool: 32)`"))
		return nil, false
	}
	ok = true
	taken := map[string]int{}
	for _, a := range u.free {
		t, fine := u.readTower(a)
		ok = ok && fine
		if !fine {
			continue
		}
		taken[t.name]++
		if n := taken[t.name]; n > 1 {
			t.name += fmt.Sprint("_", n)
		}
		all = append(all, t)
	}
	return all, ok
}

// readTower reads `3x3: 96 -> 128`, `pool: 32` or one without its widths.
func (u *site) readTower(a *dsl.Arg) (*tower, bool) {
	what, widths := a.Label, a.Value
	if what == nil {
		what, widths = a.Value, nil
	}
	t := &tower{at: what.At()}
	if word, ok := what.(*dsl.Name); ok && word.Text == "pool" {
		t.pool, t.name = true, "pool"
	} else {
		v := u.scope.eval(what)
		if !v.known {
			return t, false
		}
		if v.kind != kindSize || len(v.n) != 2 || min(v.n[0], v.n[1]) < 1 || max(v.n[0], v.n[1]) > maxSetting {
			u.report(diag.Errorf(diag.WrongForm, what.At(), "a part of `inception` is a kernel or `pool`, found %s", v.describe()).
				WithHelp("write for instance `3x3: 96 -> 128` or `pool: 32`"))
			return t, false
		}
		t.kernel = [2]int{int(v.n[0]), int(v.n[1])}
		t.name = fmt.Sprintf("b%dx%d", t.kernel[0], t.kernel[1])
		if t.kernel[0]%2 == 0 || t.kernel[1]%2 == 0 {
			odd := fmt.Sprintf("%dx%d", t.kernel[0]|1, t.kernel[1]|1)
			u.report(diag.Errorf(diag.EvenSame, what.At(), "an inception pads its kernels alike on both sides, which %dx%d cannot have", t.kernel[0], t.kernel[1]).
				WithHelp("write an odd kernel such as "+odd, diag.Edit{Span: what.At(), NewText: odd}))
			return t, false
		}
	}
	if widths == nil {
		return t, true
	}
	arrow, ok := widths.(*dsl.Arrow)
	if !ok {
		t.width, ok = u.width(widths)
		return t, ok
	}
	if t.pool {
		u.report(diag.Errorf(diag.WrongForm, arrow.Span, "the width of `pool` stands behind it; there is no reduction").
			WithHelp("write the width alone, such as `pool: 32`"))
		return t, false
	}
	t.reduce, ok = u.width(arrow.X)
	width, ok2 := u.width(arrow.Y)
	t.width = width
	return t, ok && ok2
}

// width reads a number of channels.
func (u *site) width(x dsl.Expr) (int, bool) {
	v := u.scope.eval(x)
	if !v.known {
		return 0, false
	}
	if v.kind != kindInt {
		u.report(diag.Errorf(diag.WrongForm, x.At(), "a width is a whole number, found %s", v.describe()).
			WithHelp("write for instance `3x3: 96 -> 128`"))
		return 0, false
	}
	if v.n[0] < 1 || v.n[0] > maxSetting {
		u.report(diag.Errorf(diag.OutOfRange, x.At(), "a width of `inception` is %d, but must be from 1 to %d", v.n[0], maxSetting))
		return 0, false
	}
	return int(v.n[0]), true
}

// widths deals the input's channels out where none are given.
func (u *site) widths(towers []*tower) bool {
	given, shares := 0, 0
	for _, t := range towers {
		shares += t.share()
		if t.width > 0 {
			given++
		}
	}
	if given == len(towers) {
		return true
	}
	if given > 0 {
		d := diag.Errorf(diag.MissingArg, u.call.Name.Span, "`inception` has widths for %d of its %d parts", given, len(towers)).
			WithHelp("give all of them their widths, or none")
		for _, t := range towers {
			if t.width == 0 {
				d.WithSecondary(t.at, "without a width")
			}
		}
		u.report(d)
		return false
	}
	c, known := u.at.Shape.Channels().Known()
	if !known || c < shares {
		u.report(diag.Errorf(diag.OutOfRange, u.call.Name.Span, "`inception` cannot deal out %v channels to its %d parts", u.at.Shape.Channels(), len(towers)).
			WithLabel("input is %s", u.at.Shape.Batched()).
			WithNote("without widths it keeps the channels of its input, in the ratio 2 (1x1) : 4 (3x3) : 1 (larger) : 1 (pool)").
			WithHelp("give the widths, such as `3x3: 96 -> 128`"))
		return false
	}
	rest := c
	for _, t := range towers {
		t.width = c * t.share() / shares
		rest -= t.width
		switch {
		case t.pool || t.kernel == [2]int{1, 1}:
		case t.share() == 4:
			t.reduce = max(t.width*3/4, 1)
		default:
			t.reduce = max(t.width/2, 1)
		}
	}
	towers[0].width += rest
	return true
}
