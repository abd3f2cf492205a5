package kernel

import (
	"slices"
	"testing"
)

// connTables are convolutions that leave connections out.
var connTables = []struct {
	ConvShape
	table ConnTable
}{
	{tabledShape(3, 2, 1), ConnTable{Lists: [][]int{{1}, {0, 2}}}},
	{tabledShape(6, 4, 5), ConnTable{Lists: [][]int{{0, 1, 2}, {5}, {0, 5}, {0, 1, 2, 3, 4, 5}}}},
	{tabledShape(5, 5, 3), ConnTable{Dims: []int{5}, Window: []int{2}}},
	{tabledShape(12, 12, 1), ConnTable{Dims: []int{3, 4}, Window: []int{2, 3}}},
	{tabledShape(12, 40, 3), ConnTable{Dims: []int{3, 4}, Window: []int{3, 4}}},
	{tabledShape(24, 6, 1), ConnTable{Dims: []int{2, 3, 4}, Window: []int{1, 2, 3}}},
}

func tabledShape(c, k, taps int) ConvShape {
	return ConvShape{N: 2, H: 7, W: 6, C: c, K: k, R: taps, S: taps, P: 8 - taps, Q: 7 - taps, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1}
}

// reads lists what an output channel reads, by going over all input channels.
func (t *ConnTable) reads(k, K, C int) []int {
	if t.Lists != nil {
		return t.Lists[k]
	}
	places := func(i int) []int {
		at := make([]int, len(t.Dims))
		for d := len(t.Dims) - 1; d >= 0; d-- {
			at[d], i = i%t.Dims[d], i/t.Dims[d]
		}
		return at
	}
	var list []int
	own := places(k * C / K)
	for c := range C {
		within := true
		for d, at := range places(c) {
			ahead := (at - own[d] + (t.Window[d]-1)/2 + 2*t.Dims[d]) % t.Dims[d]
			within = within && ahead < t.Window[d]
		}
		if within {
			list = append(list, c)
		}
	}
	return list
}

func TestConnTable(t *testing.T) {
	for _, c := range connTables {
		n := 0
		for k := range c.K {
			var got []int
			for i := range c.table.Len(k+1) - c.table.Len(k) {
				got = append(got, c.table.At(k, i, c.K, c.C))
			}
			if want := c.table.reads(k, c.K, c.C); !slices.Equal(got, want) {
				t.Errorf("%+v: output channel %d reads %v, want %v", c.table, k, got, want)
			}
			n += len(got)
		}
		if n != c.table.Len(c.K) {
			t.Errorf("%+v: %d connections, counted as %d", c.table, n, c.table.Len(c.K))
		}
	}
}

// TestConvTable compares a convolution by a table, forward and by its weights,
// with sums in float64 over the connections alone.
func TestConvTable(t *testing.T) {
	p := pool(t, 2)
	for _, c := range connTables {
		s, taps := c.ConvShape, c.R*c.S
		x, dy := random(s.xLen(), 1), random(s.yLen(), 2)
		w := random(c.table.Len(s.K)*taps, 3)
		full, y := make([]float32, s.wLen()), make([]float32, s.yLen())
		(&ConvSpread{s, c.table}).Run(p, full, w)
		pack := &ConvPack{s}
		packed := make([]float32, pack.PackedLen())
		pack.Run(p, packed, full, nil)
		(&ConvForward{ConvShape: s}).Run(p, y, x, packed, nil, nil)
		back := &ConvBackwardWeights{s}
		back.Run(p, full, nil, x, dy, make([]float32, back.WorkLen()))
		dw := make([]float32, len(w))
		(&ConvGather{s, c.table}).Run(p, dw, full)

		wantY, wantW := make([]float64, len(y)), make([]float64, len(w))
		for e, k := 0, 0; k < s.K; k++ {
			for _, in := range c.table.reads(k, s.K, s.C) {
				for i := range s.N * s.P * s.Q {
					n, row, col := i/(s.P*s.Q), i/s.Q%s.P, i%s.Q
					for tap := range taps {
						at := ((n*s.H+row+tap/s.S)*s.W+col+tap%s.S)*s.C + in
						wantY[i*s.K+k] += float64(x[at]) * float64(w[e*taps+tap])
						wantW[e*taps+tap] += float64(x[at]) * float64(dy[i*s.K+k])
					}
				}
				e++
			}
		}
		near(t, "y", y, wantY, 1e-5)
		near(t, "dw", dw, wantW, 1e-5)
	}
}
