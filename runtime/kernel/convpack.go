package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// panels is the layout of packed weights: for every group its columns in panels
// of 32, the last one of 8, 16 or 32 with zeros in the columns beyond; a panel
// holds a row of columns for each tap and each input channel of the group.
type panels struct {
	Groups int
	Cols   int // output channels of a group
	Rows   int // input channels of a group
	Taps   int

	Depthwise bool // every column is a group of its own with one input channel
}

// count is the number of panels.
func (l *panels) count() int { return l.Groups * l.perGroup() }

func (l *panels) perGroup() int { return (l.Cols + simd.Cols - 1) / simd.Cols }

// padded is the number of columns of a group with the zeros at its end.
func (l *panels) padded() int {
	full := l.Cols / simd.Cols * simd.Cols
	if full == l.Cols {
		return full
	}
	return full + simd.Panel(l.Cols-full)
}

func (l *panels) len() int { return l.Groups * l.padded() * l.Taps * l.Rows }

// panel is one panel: columns Col … Col+N-1 of group Group.
type panel struct {
	Group, Col int
	N          int // columns in use
	Width      int // columns stored: 8, 16 or 32
	Start      int // where it starts, for panels of one row
}

// at is panel i; it starts at Start·Taps·Rows.
func (l *panels) at(i int) panel {
	g, j := i/l.perGroup(), i%l.perGroup()*simd.Cols
	rest := l.Cols - j
	return panel{Group: g, Col: j, N: min(rest, simd.Cols), Width: simd.Panel(rest), Start: g*l.padded() + j}
}

// ConvPack turns weights into the panels that ConvForward reads.
//
// Shapes: packed of PackedLen; w K, C/Groups, R, S; scale K or nil for 1. Formula:
// for each group and panel of output channels, packed[r][s][c][k] =
// w[k,c,r,s]·scale[k], and 0 in the columns beyond the last channel. Error: one
// rounding, or none without scale.
type ConvPack struct{ ConvShape }

// packed is the layout of the weights for the forward pass.
func (s *ConvShape) packed() panels {
	if s.depthwise() {
		return s.channels()
	}
	return panels{Groups: s.Groups, Cols: s.K / s.Groups, Rows: s.C / s.Groups, Taps: s.R * s.S}
}

// PackedLen is the number of elements of packed.
func (k *ConvPack) PackedLen() int {
	l := k.packed()
	return l.len()
}

// Run sets packed from w.
func (k *ConvPack) Run(p *par.Pool, packed, w, scale []float32) {
	runPack(p, k, "conv pack", packed, w, scale)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvPack) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *ConvPack) Operands() []plan.Operand {
	return []plan.Operand{write("packed", k.PackedLen()), read("w", k.wLen()), optional(read("scale", k.K))}
}

func runPack(p *par.Pool, k geometry, name string, packed, w, scale []float32) {
	c := k.conv()
	l := c.packed()
	checkLen(name, "packed", len(packed), l.len())
	checkLen(name, "w", len(w), c.wLen())
	checkChannels(name, "scale", scale, c.K)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = packed, w, scale
	p.Run(l.count(), packTask, t)
}

func packTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(geometry).conv()
	l := k.packed()
	q := l.at(i)
	length := l.Taps * l.Rows
	dst := t.F[0][q.Start*length:][:q.Width*length]
	l.pack(dst, t.F[1], t.F[2], q)
}

// pack sets dst to panel q of the weights, times the scale of each column if
// there is one.
func (l *panels) pack(dst, w, scale []float32, q panel) {
	length := l.Taps * l.Rows
	if q.N < q.Width {
		clear(dst[:q.Width*length])
	}
	src := w[(q.Group*l.Cols+q.Col)*length:][:q.N*length]
	packPanel(dst, src, q.N, q.Width, l.Rows, l.Taps)
	if scale == nil {
		return
	}
	scale = scale[q.Group*l.Cols+q.Col:][:q.N]
	for i := range length {
		row := dst[i*q.Width:][:q.N]
		simd.Mul(row, row, scale)
	}
}

// packPanel sets dst[tap][c][j], rows of width, from src[j][c][tap], n of them.
func packPanel(dst, src []float32, n, width, channels, taps int) {
	length := channels * taps
	var rows [packRows]int
	for lo := 0; lo < length; lo += packRows {
		off := rows[:min(packRows, length-lo)]
		panelRows(off, lo, width, channels, taps)
		simd.Interleave(dst, src[lo:], off, n, length)
	}
}

// unpackPanel sets dst[j][c][tap] from src[tap][c][j]. It undoes packPanel.
func unpackPanel(dst, src []float32, n, width, channels, taps int) {
	length := channels * taps
	var rows [packRows]int
	for lo := 0; lo < length; lo += packRows {
		off := rows[:min(packRows, length-lo)]
		panelRows(off, lo, width, channels, taps)
		simd.Deinterleave(dst[lo:], src, off, n, length)
	}
}

// packRows is how many rows of a panel are moved together: they fit the level-1
// cache.
const packRows = 128

// panelRows lists where the rows of a panel start, from position lo of a row of
// weights on.
func panelRows(off []int, lo, width, channels, taps int) {
	c, tap := lo/taps, lo%taps
	for i := range off {
		off[i] = (tap*channels + c) * width
		if tap++; tap == taps {
			c, tap = c+1, 0
		}
	}
}

// ConvPackTransposed turns weights into the panels that ConvBackwardData reads.
//
// Shapes: packed of PackedLen; w K, C/Groups, R, S. Formula: for each group and
// panel of input channels, packed[R-1-r][S-1-s][k][c] = w[k,c,r,s], and 0 in
// the columns beyond the last channel. Error: none.
type ConvPackTransposed struct{ ConvShape }

// transposed is the layout of the transposed weights.
func (s *ConvShape) transposed() panels {
	if s.depthwise() {
		return s.channels()
	}
	return panels{Groups: s.Groups, Cols: s.C / s.Groups, Rows: s.K / s.Groups, Taps: s.R * s.S}
}

// PackedLen is the number of elements of packed.
func (k *ConvPackTransposed) PackedLen() int {
	l := k.transposed()
	return l.len()
}

// Run sets packed from w.
func (k *ConvPackTransposed) Run(p *par.Pool, packed, w []float32) {
	runPackTransposed(p, k, "conv pack transposed", packed, w)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvPackTransposed) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConvPackTransposed) Operands() []plan.Operand {
	return []plan.Operand{write("packed", k.PackedLen()), read("w", k.wLen())}
}

func runPackTransposed(p *par.Pool, k geometry, name string, packed, w []float32) {
	c := k.conv()
	l := c.transposed()
	checkLen(name, "packed", len(packed), l.len())
	checkLen(name, "w", len(w), c.wLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = packed, w
	p.Run(l.count(), packTransposedTask, t)
}

func packTransposedTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(geometry).conv()
	l := k.transposed()
	q := l.at(i)
	l.packTransposed(t.F[0][q.Start*l.Taps*l.Rows:][:q.Width*l.Taps*l.Rows], t.F[1], q)
}

// packTransposed sets dst to panel q of the transposed weights.
func (l *panels) packTransposed(dst, w []float32, q panel) {
	if q.N < q.Width {
		clear(dst[:q.Width*l.Taps*l.Rows])
	}
	var rows [packRows]int
	for r := range l.Rows {
		src := w[((q.Group*l.Rows+r)*l.Cols+q.Col)*l.Taps:][:q.N*l.Taps]
		if l.Taps == 1 {
			copy(dst[r*q.Width:], src)
			continue
		}
		for lo := 0; lo < l.Taps; lo += packRows {
			off := rows[:min(packRows, l.Taps-lo)]
			for i := range off {
				off[i] = ((l.Taps-1-lo-i)*l.Rows + r) * q.Width
			}
			simd.Interleave(dst, src[lo:], off, q.N, l.Taps)
		}
	}
}
