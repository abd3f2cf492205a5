package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConnTable says which input channels each output channel of a convolution
// reads. Either Lists has their numbers, ascending, for each output channel; or
// the C input channels are arranged in a torus of the sizes Dims, whose product
// is C and whose last size runs fastest, output channel k stands at input channel
// ⌊k·C/K⌋, and reads the window of sizes Window around its place: along each
// dimension from ⌊(window−1)/2⌋ places before it on, around the end.
//
// Source: LeCun et al. 1998, table I, for lists; M. Wang, B. Liu, H. Foroosh,
// arXiv:1608.04337, for topologies.
type ConnTable struct {
	Lists        [][]int
	Dims, Window []int
}

// Len is the number of connections of the first k output channels.
func (t *ConnTable) Len(k int) int {
	n := 0
	if t.Lists == nil {
		n = k
		for _, w := range t.Window {
			n *= w
		}
		return n
	}
	for _, l := range t.Lists[:k] {
		n += len(l)
	}
	return n
}

// At is the i-th input channel, of C, that output channel k of K reads.
func (t *ConnTable) At(k, i, K, C int) int {
	if t.Lists != nil {
		return t.Lists[k][i]
	}
	place, channel, stride := k*C/K, 0, 1
	for d := len(t.Dims) - 1; d >= 0; d-- {
		size, window := t.Dims[d], t.Window[d]
		at, j := place%size, i%window
		place, i = place/size, i/window
		first := (at - (window-1)/2 + size) % size
		if over := first + window - size; over > 0 { // the window goes around: its end comes first
			if j -= over; j < 0 {
				j, first = j+over, 0
			}
		}
		channel += (first + j) * stride
		stride *= size
	}
	return channel
}

// ConvSpread turns the weights of the connections that a table has into those of
// a full convolution.
//
// Shapes: full K,C,R,S; w E,R,S with E connections, in the order of output
// channels and, within one, of input channels. Formula: full[k,c] = w[e] where e
// connects c with k, else 0. Error: none.
type ConvSpread struct {
	ConvShape
	Table ConnTable
}

// Run sets full from w.
func (k *ConvSpread) Run(p *par.Pool, full, w []float32) {
	checkLen("conv spread", "full", len(full), k.wLen())
	checkLen("conv spread", "w", len(w), k.Table.Len(k.K)*k.R*k.S)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = full, w
	p.Run(k.K, connSpreadTask, t)
}

func connSpreadTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ConvSpread)
	taps, start := k.R*k.S, k.Table.Len(i)
	full, w := t.F[0][i*k.C*taps:][:k.C*taps], t.F[1][start*taps:]
	clear(full)
	for j := range k.Table.Len(i+1) - start {
		copy(full[k.Table.At(i, j, k.K, k.C)*taps:][:taps], w[j*taps:])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvSpread) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConvSpread) Operands() []plan.Operand {
	return []plan.Operand{write("full", k.wLen()), read("w", k.Table.Len(k.K)*k.R*k.S)}
}

// ConvGather takes the gradients of the connections that a table has from those
// of a full convolution. It is the gradient of ConvSpread.
//
// Shapes: dw E,R,S; dfull K,C,R,S. Formula: dw[e] = dfull[k,c] where e connects c
// with k. Error: none.
type ConvGather struct {
	ConvShape
	Table ConnTable
}

// Run sets dw from dfull.
func (k *ConvGather) Run(p *par.Pool, dw, dfull []float32) {
	checkLen("conv gather", "dw", len(dw), k.Table.Len(k.K)*k.R*k.S)
	checkLen("conv gather", "dfull", len(dfull), k.wLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dw, dfull
	p.Run(k.K, connGatherTask, t)
}

func connGatherTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ConvGather)
	taps, start := k.R*k.S, k.Table.Len(i)
	dw, dfull := t.F[0][start*taps:], t.F[1][i*k.C*taps:]
	for j := range k.Table.Len(i+1) - start {
		copy(dw[j*taps:][:taps], dfull[k.Table.At(i, j, k.K, k.C)*taps:])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvGather) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConvGather) Operands() []plan.Operand {
	return []plan.Operand{write("dw", k.Table.Len(k.K)*k.R*k.S), read("dfull", k.wLen())}
}
