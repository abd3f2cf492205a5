package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// WinogradForward is ConvForward by minimal filtering in tiles of Tile×Tile
// outputs: a convolution without stride, dilation and groups of 3×3 taps, by
// tiles of 2 or 4, or of 5×5, by 2, in 2.25, 4 or 2.78 times fewer
// multiplications. Of 5×5 taps and one input channel it goes along rows alone, in
// tiles of 1×4, or of 1×2 where there are less than 16 columns, in 2.5 or 1.67 times
// fewer.
//
// Shapes: y N,P,Q,K; x N,H,W,C; packed from WinogradPack; b K or nil; z as y or
// nil, y may be z; Pitch as of ConvForward. Formula: of ConvForward, as y = f(Aᵀ[Σ_c (Bᵀ·x·B) ⊙
// (G·w·Gᵀ)]A + b + z) for each tile. Order: the sum goes from zero over c ascending, along rows over r, from at most
// 8 channels of 5×5 taps from the first product on, one rounding a term; the maps are those of package simd. Error: rounding is amplified by the maps; the
// root mean square is at most 6 times that of ConvForward on random data, and
// tests hold it below 10 times.
// Source: Lavin and Gray, arXiv:1509.09308.
type WinogradForward struct {
	ConvShape
	Tile  int
	Fn    Fn
	Pitch int
}

func (k *WinogradForward) pixels() int { return k.Pitch }

func (k *WinogradForward) function() Fn { return k.Fn }

// InPlace says that y may lie where z does.
func (k *WinogradForward) InPlace() (dst, src int) { return 0, 4 }

func (k *WinogradForward) pass() winograd { return k.winogradForward(k.Tile) }

// Run sets y.
func (k *WinogradForward) Run(p *par.Pool, y, x, packed, b, z []float32) {
	checkLen("winograd forward", "y", len(y), k.spanLen(pitchOf(k, k.K)))
	checkLen("winograd forward", "x", len(x), k.xLen())
	if b != nil {
		checkLen("winograd forward", "b", len(b), k.K)
	}
	if z != nil {
		checkLen("winograd forward", "z", len(z), k.yLen())
	}
	runWinograd(p, k, y, x, packed, b, z, nil)
}

// Call runs the kernel on views in the order of Operands.
func (k *WinogradForward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *WinogradForward) Operands() []plan.Operand {
	w := k.pass()
	return k.joined([]plan.Operand{
		write("y", k.yLen()), read("x", k.xLen()),
		read("packed", w.packedLen()), optional(read("b", k.K)), optional(read("z", k.yLen())),
	}, k.Pitch)
}

// Scratch is the private memory a worker needs.
func (k *WinogradForward) Scratch() int { w := k.pass(); return w.scratch() }

// WinogradBackwardData is ConvBackwardData by minimal filtering in tiles of
// Tile×Tile pixels of dx.
//
// Shapes: dx N,H,W,C; dy N,P,Q,K; packed from WinogradPackTransposed. Formula:
// of ConvBackwardData. Order and error: of WinogradForward, the sum over k.
type WinogradBackwardData struct {
	ConvShape
	Tile int
}

func (k *WinogradBackwardData) pass() winograd { return k.winogradData(k.Tile) }

// Run sets dx.
func (k *WinogradBackwardData) Run(p *par.Pool, dx, dy, packed []float32) {
	checkLen("winograd backward data", "dx", len(dx), k.xLen())
	checkLen("winograd backward data", "dy", len(dy), k.yLen())
	runWinograd(p, k, dx, dy, packed, nil, nil, nil)
}

// Call runs the kernel on views in the order of Operands.
func (k *WinogradBackwardData) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// Operands describes the arguments of Run.
func (k *WinogradBackwardData) Operands() []plan.Operand {
	w := k.pass()
	return []plan.Operand{write("dx", k.xLen()), read("dy", k.yLen()), read("packed", w.packedLen())}
}

// Scratch is the private memory a worker needs.
func (k *WinogradBackwardData) Scratch() int { w := k.pass(); return w.scratch() }

// The limits of a block of tiles: its transformed inputs take half a level-2
// cache. A product of matrices of minTiles rows is as fast as of more.
const (
	maxTransformed = 128 << 10 // elements
	maxTiles       = 48
	minTiles       = 8
)

// farWeights is the number of transformed weights that no cache holds until the
// next block of tiles.
const farWeights = 2 << 20

// share is how the tiles of a pass fall into blocks, and the panels of a block
// among tasks. It depends on the geometry alone.
type share struct {
	size, blocks int
	parts        int  // tasks that share the panels of a block
	byPanel      bool // tasks of the same panels follow each other, not those of a block
}

// share cuts a pass for its tasks. Whole multiples of four blocks keep workers
// busy to the end. What a worker does for several parts of one block it
// transforms once; parts of one panel are worth while for a second worker alone.
func (w *winograd) share() share {
	macs := w.tiles() * w.places() * w.C * w.K
	want := wanted(macs / 2)
	fit := maxTransformed / (w.places() * pitch(w.C))
	n := (w.tiles()-1)/max(minTiles, min(fit, maxTiles)) + 1
	if n < wantTasks {
		n = max(n, min((n+3)/4*4, w.tiles()/minTiles, want))
	}
	s := share{parts: 1, byPanel: w.packedLen() > farWeights}
	s.size, s.blocks = even(w.tiles(), (w.tiles()+n-1)/n)
	most := w.panels.count() / 2
	if s.blocks == 1 {
		most = w.panels.count()
	}
	s.parts = max(1, min(want/s.blocks, most))
	return s
}

// task is the block and the part of task i.
func (s *share) task(i int) (block, part int) {
	if s.byPanel {
		return i % s.blocks, i / s.blocks
	}
	return i / s.parts, i % s.parts
}

// scratch is the memory for the transformed inputs of a block, its products with
// a panel, and one patch.
func (w *winograd) scratch() int {
	switch w.form {
	case byPlane:
		s := quadPlanes{winograd: *w}
		return s.scratch()
	case byRow:
		return w.rowScratch()
	case bySquare:
		s := squares{winograd: *w}
		return s.scratch()
	}
	n := w.share().size
	return w.places()*(pitch(n*pitch(w.C))+pitch(n*simd.Cols)) + w.patch()
}

func (w *winograd) patch() int { return max(w.places()*w.C, w.m*w.m*simd.Cols) }

// written is how a pass writes its outputs.
type written struct {
	fn    Fn
	pool  bool // the maximum of each square of 2×2 outputs is written
	pitch int  // distance of the pixels of y
}

// writtenBy is how a kernel writes those of the pass w.
func writtenBy(k minimalKernel, w *winograd) written {
	switch k := k.(type) {
	case *WinogradMaxPool:
		return written{k.Fn, true, w.K}
	case *WinogradForward:
		return written{k.Fn, false, pitchOf(k, w.K)}
	}
	return written{pitch: w.K}
}

func runWinograd(p *par.Pool, k minimalKernel, y, x, packed, b, z, partials []float32) {
	w := k.pass()
	checkLen("winograd", "packed", len(packed), w.packedLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4], t.F[5] = y, x, packed, b, z, partials
	switch w.form {
	case byPlane:
		s := quadPlanesOf(k, &w)
		p.Run(s.N*s.parts(), quadPlanesTask, t)
		return
	case byRow:
		p.Run(w.N*w.rowParts(), winogradRowTask, t)
		return
	case bySquare:
		s := squaresOf(k, &w)
		p.Run(s.N*s.parts(), squaresTask, t)
		return
	}
	s := w.share()
	p.Run(s.blocks*s.parts, winogradTask, t)
}

// winogradTask computes some panels of one block of tiles.
func winogradTask(p *par.Pool, t *par.Task, worker, i int) {
	w := t.Kernel.(minimalKernel).pass()
	s, count := w.share(), w.panels.count()
	block, part := s.task(i)
	first := block * s.size
	n := min(s.size, w.tiles()-first)

	row := pitch(w.C)
	place, product := pitch(s.size*row), pitch(s.size*simd.Cols)
	scratch := p.Scratch(worker)
	inputs, scratch := scratch[:w.places()*place], scratch[w.places()*place:]
	products, patch := scratch[:w.places()*product], scratch[w.places()*product:]
	if kept := p.Kept(worker); *kept != block {
		source := w.inputs()
		source.transform(w.maps[mapInput], w.t, inputs, row, place, t.F[1], first, n, patch)
		*kept = block
	}

	e, pitch := epilogueOf(t.Kernel.(plan.Kernel), t.F[3], t.F[4]), pitchOf(t.Kernel, w.K)
	var from, to [maxTiles]int
	for j := part * count / s.parts; j < (part+1)*count/s.parts; j++ {
		c := w.panels.at(j)
		for i := range n {
			from[i], to[i] = i*row, i*c.Width
		}
		m := simd.Tile{
			XOff: from[:], YOff: to[:],
			R: 1, S: 1, T: w.C, XT: 1, WT: c.Width, N: c.Width,
		}
		for at := range w.places() {
			m.X, m.Y = inputs[at*place:], products[at*product:]
			m.W = t.F[2][w.start(j, c)+at*w.place(c):]
			m.Run(n)
		}
		w.output(t.F[0], products, product, e, pitch, first, n, c, patch)
		if t.F[5] != nil {
			w.moments(t.F[0], t.F[5], block, first, n, c)
		}
	}
}

// output turns the products of n tiles and a panel into outputs. Tiles that hang
// over the border go through the memory of a patch.
func (w *winograd) output(y, products []float32, product int, e epilogue, pitch, first, n int, c panel, patch []float32) {
	p := w.outputs()
	t := simd.Transform{C: c.N, XN: c.Width, XRow: w.t * product, XCol: product}
	if e.b != nil {
		t.B = e.b[c.Col:]
	}
	for i := 0; i < n; i += t.N {
		img, h, v := p.at(first + i)
		at := ((img*p.H+h)*p.W+v)*pitch + c.Col
		t.X = products[i*c.Width:]
		if t.N = p.run(first+i, n-i); t.N == 0 {
			t.N, t.Y, t.YRow, t.YCol, t.Z, t.Clamp = 1, patch, w.m*c.N, c.N, nil, simd.Clamp{}
			t.Run(w.maps[mapOutput])
			w.border(y, patch, e, pitch, at, min(w.m, p.H-h), min(w.m, p.W-v), c.N)
			continue
		}
		t.Y, t.YN, t.YRow, t.YCol, t.Clamp = y[at:], p.step*pitch, p.W*pitch, pitch, e.fn.clamp()
		if e.z != nil {
			t.Z = e.z[at:]
		}
		t.Run(w.maps[mapOutput])
		if e.fn.late() {
			for r := range w.m { // the tiles of a run touch
				e.fn.apply(y[at+r*t.YRow:], c.N, w.m*t.N, pitch)
			}
		}
	}
}

// border finishes the part of a patch that lies inside the output, which starts
// at an element of y: rows and columns of n channels.
func (w *winograd) border(y, patch []float32, e epilogue, pitch, at, rows, cols, n int) {
	for r := range rows {
		for s := range cols {
			to := at + (r*w.Q+s)*pitch
			out, sum := y[to:to+n], patch[(r*w.m+s)*n:][:n]
			if e.z != nil {
				simd.Add(sum, sum, e.z[to:to+n])
			}
			activations[e.fn].forward(out, sum)
		}
	}
}
