package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// packer is a kernel that packs weights as pairs.
type packer interface {
	conv() ConvShape
	// plain is the panels in float32; panel fills one of them.
	plain() panels
	panel(dst, w []float32, q panel)
}

// pairedPanels is the panels of pairs: half as many rows, rounded up.
func pairedPanels(l panels) panels {
	l.Rows = paired(l.Rows) / 2
	return l
}

// packPairs is Run of a packer.
func packPairs(p *par.Pool, k packer, name string, packed []uint16, w []float32) {
	c, l := k.conv(), pairedPanels(k.plain())
	checkLen(name, "packed", len(packed), 2*l.len())
	checkLen(name, "w", len(w), c.wLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = simd.Pairs(packed), w
	p.Run(l.count(), packPairsTask, t)
}

// packPairsTask packs one panel in float32, and makes pairs of its rows.
func packPairsTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(packer)
	l := k.plain()
	q := l.at(i)
	rows := p.Scratch(worker)
	k.panel(rows, t.F[1], q)
	zero := rows[l.Taps*l.Rows*q.Width:][:q.Width]
	clear(zero)
	to := pairedPanels(l)
	dst := t.F[0][q.Start*to.Taps*to.Rows:]
	for range l.Taps {
		for r := 0; r < l.Rows; r += 2 {
			a, b := rows[r*q.Width:][:q.Width], zero
			if r+1 < l.Rows {
				b = rows[(r+1)*q.Width:][:q.Width]
			}
			simd.PairRows(dst[:q.Width], a, b)
			dst = dst[q.Width:]
		}
		rows = rows[l.Rows*q.Width:]
	}
}

// packScratch is the room for a panel in float32 and a row of zeros.
func packScratch(l panels) int { return (l.Taps*l.Rows + 1) * simd.Cols }

func packOperands(l panels, w int) []plan.Operand {
	to := pairedPanels(l)
	return []plan.Operand{half(write("packed", 2*to.len())), read("w", w)}
}

// ConvPackBF16 turns weights into the panels that ConvForwardBF16 reads.
//
// Shapes: packed panels of pairs; w K,C,R,S. Formula: for each panel of output
// channels, packed[r][s][c/2][k][c%2] = w[k,c,r,s] rounded to bf16, and 0 beyond the
// last channel of either kind.
type ConvPackBF16 struct{ ConvShape }

// BF16 is the form for bf16.
func (k *ConvPack) BF16(has func(int) bool) plan.Kernel {
	if !k.pairs() || has(2) {
		return nil
	}
	return &ConvPackBF16{k.ConvShape}
}

func (k *ConvPackBF16) plain() panels { return k.packed() }

func (k *ConvPackBF16) panel(dst, w []float32, q panel) {
	l := k.plain()
	l.pack(dst, w, nil, q)
}

// Run sets packed from w.
func (k *ConvPackBF16) Run(p *par.Pool, packed []uint16, w []float32) {
	packPairs(p, k, "conv pack bf16", packed, w)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvPackBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConvPackBF16) Operands() []plan.Operand { return packOperands(k.plain(), k.wLen()) }

// Scratch is the private memory a worker needs.
func (k *ConvPackBF16) Scratch() int { return packScratch(k.plain()) }

// ConvPackTransposedBF16 turns weights into the panels that ConvBackwardDataBF16
// reads.
//
// Shapes: packed panels of pairs; w K,C,R,S. Formula: for each panel of input
// channels, packed[R-1-r][S-1-s][k/2][c][k%2] = w[k,c,r,s] rounded to bf16, and 0
// beyond the last channel of either kind.
type ConvPackTransposedBF16 struct{ ConvShape }

// BF16 is the form for bf16.
func (k *ConvPackTransposed) BF16(func(int) bool) plan.Kernel {
	if !k.pairs() || k.C%2 != 0 {
		return nil
	}
	return &ConvPackTransposedBF16{k.ConvShape}
}

func (k *ConvPackTransposedBF16) plain() panels { return k.transposed() }

func (k *ConvPackTransposedBF16) panel(dst, w []float32, q panel) {
	l := k.plain()
	l.packTransposed(dst, w, q)
}

// Run sets packed from w.
func (k *ConvPackTransposedBF16) Run(p *par.Pool, packed []uint16, w []float32) {
	packPairs(p, k, "conv pack transposed bf16", packed, w)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvPackTransposedBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConvPackTransposedBF16) Operands() []plan.Operand {
	return packOperands(k.plain(), k.wLen())
}

// Scratch is the private memory a worker needs.
func (k *ConvPackTransposedBF16) Scratch() int { return packScratch(k.plain()) }
