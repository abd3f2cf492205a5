package compiler_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/stats"
)

// The counts of GoogLeNetSmall, which no paper has, follow from its widths.
func TestGoogLeNetSmall(t *testing.T) {
	const classes = 10
	var params, macs, extra int64
	side, in := int64(32), int64(3)
	conv := func(in, out, k int64) int64 { // with bn
		params += k*k*in*out + 2*out
		macs += k * k * in * out * side * side
		return out
	}
	module := func(one, three, to3, five, to5, pool int64) {
		conv(in, one, 1)
		conv(conv(in, three, 1), to3, 3)
		conv(conv(in, five, 1), to5, min(5, side-1)) // 3x3 on maps of 4x4
		conv(in, pool, 1)
		in = one + to3 + to5 + pool
	}
	head := func() int64 { return in*classes + classes }
	in = conv(3, 32, 3)
	side = 16
	module(16, 16, 32, 8, 8, 8)
	module(24, 24, 48, 8, 16, 8)
	extra += head()
	side = 8
	module(32, 32, 64, 8, 16, 16)
	module(32, 32, 64, 8, 16, 16)
	extra += head()
	module(48, 32, 80, 8, 16, 16)
	side = 4
	module(64, 48, 96, 16, 32, 32)
	module(96, 48, 128, 16, 32, 32)
	params += head()
	macs += in * classes

	f, err := compiler.Load("../models/googlenet/googlenet.net")
	if err != nil {
		t.Fatal(err)
	}
	m, diags, err := f.Model("GoogLeNetSmall", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	s, err := stats.Count(m.Graph)
	if err != nil {
		t.Fatal(err)
	}
	if s.Params != params || s.ParamsTraining != params+extra || int64(s.MACs) != macs || int64(s.MACsTraining) != macs+extra-2*classes {
		t.Errorf("%d and %d parameters, %d and %d MACs; want %d and %d, %d and %d", s.Params, s.ParamsTraining, s.MACs, s.MACsTraining,
			params, params+extra, macs, macs+extra-2*classes)
	}
}
