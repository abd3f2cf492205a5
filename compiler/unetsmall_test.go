package compiler_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/stats"
)

// The counts of UNetSmall, which no paper has, follow from its widths.
func TestUNetSmall(t *testing.T) {
	const base, side = 8, 256
	var params, macs int64
	conv := func(level int, in, out int64) { // 3x3 and bn, at the size of a level
		params += 9*in*out + 2*out
		macs += 9 * in * out * (side >> level) * (side >> level)
	}
	up := func(level int, in, out int64) { // 2x2 from a level to the one above
		params += 4*in*out + out
		macs += 4 * in * out * (side >> level) * (side >> level)
	}
	in := int64(1)
	for level := range 4 {
		w := int64(base << level)
		conv(level, in, w)
		conv(level, w, w)
		in = w
	}
	for level := 3; level > 0; level-- {
		w := int64(base << level)
		up(level, w, w/2)
		conv(level-1, w, w/2)
		conv(level-1, w/2, w/2)
	}
	params += base*2 + 2
	macs += base * 2 * side * side

	f, err := compiler.Load("../models/unet/unet.net")
	if err != nil {
		t.Fatal(err)
	}
	m, diags, err := f.Model("UNetSmall", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	s, err := stats.Count(m.Graph)
	if err != nil {
		t.Fatal(err)
	}
	if s.Params != params || int64(s.MACs) != macs {
		t.Errorf("%d parameters and %d MACs, want %d and %d", s.Params, s.MACs, params, macs)
	}
}
