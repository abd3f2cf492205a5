package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// minimalKernel is a kernel that reads or writes transformed weights.
type minimalKernel interface{ pass() winograd }

// WinogradPack turns weights into the transformed panels that WinogradForward
// reads.
//
// Shapes: packed of PackedLen; w K,C,R,S; scale K or nil for 1; Tile outputs each
// way. Formula: for each panel of output channels, packed[i][j][c][k] =
// Σ_r Σ_s G[i,r] · w[k,c,r,s]·scale[k] · G[j,s], and 0 in the columns beyond the last channel,
// with the matrix G of the tile's filters; along rows, for
// each 16 output channels, packed[r][j][k] = Σ_s w[k,r,s]·scale[k] · G[j,s]; from
// few channels, packed[i][c][j][k] for each 16. Error: 6·2⁻²⁴ of Σ|G·w·G|.
type WinogradPack struct {
	ConvShape
	Tile int
}

func (k *WinogradPack) pass() winograd { return k.winogradForward(k.Tile) }

// PackedLen is the number of elements of packed.
func (k *WinogradPack) PackedLen() int { w := k.pass(); return w.packedLen() }

// Scratch is the private memory a worker needs.
func (k *WinogradPack) Scratch() int { w := k.pass(); return w.taps() }

// Run sets packed from w.
func (k *WinogradPack) Run(p *par.Pool, packed, w, scale []float32) {
	checkChannels("winograd pack", "scale", scale, k.K)
	runWinogradPack(p, k, &k.ConvShape, winogradPackTask, packed, w, scale)
}

// Call runs the kernel on views in the order of Operands.
func (k *WinogradPack) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *WinogradPack) Operands() []plan.Operand {
	return []plan.Operand{write("packed", k.PackedLen()), read("w", k.wLen()), optional(read("scale", k.K))}
}

// WinogradPackTransposed turns weights into the transformed panels that
// WinogradBackwardData reads.
//
// Shapes, formula and error: those of WinogradPack of the filters with inputs
// and outputs exchanged and taps flipped, w'[c,k,r,s] = w[k,c,R-1-r,S-1-s].
type WinogradPackTransposed struct {
	ConvShape
	Tile int
}

func (k *WinogradPackTransposed) pass() winograd { return k.winogradData(k.Tile) }

// PackedLen is the number of elements of packed.
func (k *WinogradPackTransposed) PackedLen() int { w := k.pass(); return w.packedLen() }

// Scratch is the private memory a worker needs.
func (k *WinogradPackTransposed) Scratch() int { w := k.pass(); return w.taps() }

// Run sets packed from w.
func (k *WinogradPackTransposed) Run(p *par.Pool, packed, w []float32) {
	runWinogradPack(p, k, &k.ConvShape, winogradPackTransposedTask, packed, w, nil)
}

// Call runs the kernel on views in the order of Operands.
func (k *WinogradPackTransposed) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *WinogradPackTransposed) Operands() []plan.Operand {
	return []plan.Operand{write("packed", k.PackedLen()), read("w", k.wLen())}
}

// taps is the number of elements of a panel of weights that are not transformed.
func (w *winograd) taps() int { return w.panels.Taps * w.panels.Rows * simd.Cols }

func runWinogradPack(p *par.Pool, k minimalKernel, s *ConvShape, body par.Body, packed, weights, scale []float32) {
	w := k.pass()
	checkLen("winograd pack", "packed", len(packed), w.packedLen())
	checkLen("winograd pack", "w", len(weights), s.wLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = packed, weights, scale
	p.Run(w.panels.count(), body, t)
}

func winogradPackTask(p *par.Pool, t *par.Task, worker, j int) {
	w := t.Kernel.(minimalKernel).pass()
	panel := p.Scratch(worker)[:w.taps()]
	w.panels.pack(panel, t.F[1], t.F[2], w.panels.at(j))
	w.filters(t.F[0], panel, j)
}

func winogradPackTransposedTask(p *par.Pool, t *par.Task, worker, j int) {
	w := t.Kernel.(minimalKernel).pass()
	panel := p.Scratch(worker)[:w.taps()]
	w.panels.packTransposed(panel, t.F[1], w.panels.at(j))
	w.filters(t.F[0], panel, j)
}

// filters transforms a panel of weights: every element of its rows is a channel
// of its own.
func (w *winograd) filters(packed, taps []float32, j int) {
	switch w.form {
	case byPlane:
		w.quadFilters(packed, taps, j)
		return
	case byRow:
		w.rowFilters(packed, taps, j)
		return
	case bySquare:
		w.squareFilters(packed, taps, j)
		return
	}
	c := w.panels.at(j)
	row, place := w.panels.Rows*c.Width, w.place(c)
	panel := packed[w.start(j, c):]
	for at := range w.places() {
		clear(panel[at*place+row : (at+1)*place])
	}
	f := simd.Transform{
		X: taps, Y: panel, N: 1, C: row,
		XRow: w.r * row, XCol: row, YRow: w.t * place, YCol: place,
	}
	f.Run(w.maps[mapFilter])
}
