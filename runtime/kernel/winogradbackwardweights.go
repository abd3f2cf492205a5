package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// WinogradBackwardWeights is ConvBackwardWeights by minimal filtering in tiles
// of Tile×Tile outputs.
//
// Shapes: dw K,C,R,S; db K or nil; x N,H,W,C; dy N,P,Q,K; work of WorkLen.
// Formula: of ConvBackwardWeights, as dw = Gᵀ[Σ (Bᵀ·x·B) ⊙ (A·dy·Aᵀ)]G over
// all tiles. Order: tiles fall into chunks, by the geometry alone; within
// a chunk the sum goes from zero over tiles ascending, one rounding a term, and
// the chunks are added in order. db is summed over runs of rows, then over these.
// Error: as of WinogradForward against ConvForward.
type WinogradBackwardWeights struct {
	ConvShape
	Tile int
}

// The limits of a chunk of tiles: what its tiles are transformed to stays near
// a level-2 cache, and is made in small parts for each task.
const (
	maxChunk   = 1 << 20 // elements
	chunkTiles = 16      // transformed by a task
)

// tileSums is how the work of WinogradBackwardWeights is cut and where its
// parts lie: for each place the transformed x and dy of a chunk's tiles; the
// sums, as the panels of transformed weights; the sums of db.
type tileSums struct {
	winograd
	chunk, chunks          int // tiles of a chunk, and their number
	x, dy                  int // distance of tiles
	xPlace, dyPlace        int // distance of places
	rows, runs             int // rows of a run of db, and their number
	xLen, dyLen, sums, dbs int
}

func (k *WinogradBackwardWeights) cut() tileSums {
	g := tileSums{winograd: k.winograd(k.Tile), x: pitch(k.C), dy: pitch(k.K)}
	g.chunk, g.chunks = even(g.tiles(), max(chunkTiles, min(maxTerms, maxChunk/(g.places()*(g.x+g.dy)))))
	g.xPlace, g.dyPlace = pitch(g.chunk*g.x), pitch(g.chunk*g.dy)
	g.rows, g.runs = even(k.N*k.P, max(1, maxTerms/k.Q))
	g.xLen, g.dyLen = g.places()*g.xPlace, g.places()*g.dyPlace
	g.sums, g.dbs = g.packedLen(), g.runs*k.K
	return g
}

// WorkLen is the number of elements of work.
func (k *WinogradBackwardWeights) WorkLen() int {
	g := k.cut()
	return g.xLen + g.dyLen + g.sums + g.dbs
}

// Run sets dw and db. What work held does not matter.
func (k *WinogradBackwardWeights) Run(p *par.Pool, dw, db, x, dy, work []float32) {
	const name = "winograd backward weights"
	g := k.cut()
	checkLen(name, "dw", len(dw), k.wLen())
	if db != nil {
		checkLen(name, "db", len(db), k.K)
	}
	checkLen(name, "x", len(x), k.xLen())
	checkLen(name, "dy", len(dy), k.yLen())
	checkLen(name, "work", len(work), k.WorkLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = dw, db, x, dy
	t.F[4], work = work[:g.xLen], work[g.xLen:]
	t.F[5], work = work[:g.dyLen], work[g.dyLen:]
	t.F[6], t.F[7] = work[:g.sums], work[g.sums:]
	for i := range g.chunks {
		t.L[0] = int64(i)
		p.Run((g.chunkLen(i)+chunkTiles-1)/chunkTiles, tileSumsInputTask, t)
		p.Run(g.places(), tileSumsTask, t)
	}
	if db != nil {
		p.Run(g.runs, tileSumsBiasTask, t)
	}
	p.Run(g.panels.count(), tileSumsGatherTask, t)
}

// Call runs the kernel on views in the order of Operands.
func (k *WinogradBackwardWeights) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *WinogradBackwardWeights) Operands() []plan.Operand {
	return []plan.Operand{
		write("dw", k.wLen()), optional(write("db", k.K)),
		read("x", k.xLen()), read("dy", k.yLen()),
		write("work", k.WorkLen()),
	}
}

// Scratch is the private memory a worker needs.
func (k *WinogradBackwardWeights) Scratch() int {
	g := k.cut()
	return max(g.taps(), g.places()*max(k.C, k.K))
}

// chunkLen is the number of tiles of chunk i.
func (g *tileSums) chunkLen(i int) int { return min(g.chunk, g.tiles()-i*g.chunk) }

// tileSumsInputTask transforms x and dy of some tiles of a chunk.
func tileSumsInputTask(p *par.Pool, t *par.Task, worker, i int) {
	g := t.Kernel.(*WinogradBackwardWeights).cut()
	chunk := int(t.L[0])
	lo := i * chunkTiles
	n := min(chunkTiles, g.chunkLen(chunk)-lo)
	first, scratch := chunk*g.chunk+lo, p.Scratch(worker)
	x, dy := g.inputs(), g.outputs()
	x.transform(g.maps[mapInput], g.t, t.F[4][lo*g.x:], g.x, g.xPlace, t.F[2], first, n, scratch)
	dy.transform(g.maps[mapGradient], g.t, t.F[5][lo*g.dy:], g.dy, g.dyPlace, t.F[3], first, n, scratch)
}

// tileSumsTask adds the products of a chunk at one place.
func tileSumsTask(_ *par.Pool, t *par.Task, _, at int) {
	g := t.Kernel.(*WinogradBackwardWeights).cut()
	chunk := int(t.L[0])
	m := simd.Tile{R: 1, S: 1, T: g.chunkLen(chunk), XT: g.x, WT: g.dy}
	var from, to [maxPixels]int
	m.XOff, m.YOff = from[:], to[:]
	for j := range g.panels.count() {
		c := g.panels.at(j)
		m.N, m.W = c.N, t.F[5][at*g.dyPlace+c.Col:]
		for lo := 0; lo < g.C; lo += maxPixels {
			rows := min(maxPixels, g.C-lo)
			for i := range rows {
				from[i], to[i] = i, i*c.Width
			}
			m.X = t.F[4][at*g.xPlace+lo:]
			m.Y = t.F[6][g.start(j, c)+at*g.place(c)+lo*c.Width:]
			if chunk > 0 {
				m.Z = m.Y
			}
			m.Run(rows)
		}
	}
}

// tileSumsBiasTask adds dy over a run of rows: a product with ones.
func tileSumsBiasTask(_ *par.Pool, t *par.Task, _, i int) {
	g := t.Kernel.(*WinogradBackwardWeights).cut()
	one, none := [1]float32{1}, [1]int{}
	rows := min(g.rows, g.N*g.P-i*g.rows)
	m := simd.Tile{
		X: one[:], XOff: none[:], YOff: none[:],
		R: 1, S: 1, T: rows * g.Q, WT: g.K,
	}
	for j := range g.panels.count() {
		c := g.panels.at(j)
		m.N, m.W, m.Y = c.N, t.F[3][i*g.rows*g.Q*g.K+c.Col:], t.F[7][i*g.K+c.Col:]
		m.Run(1)
	}
}

// tileSumsGatherTask turns the sums of one panel into taps in file order, and
// adds the sums of db.
func tileSumsGatherTask(p *par.Pool, t *par.Task, worker, j int) {
	g := t.Kernel.(*WinogradBackwardWeights).cut()
	c := g.panels.at(j)
	row, place := g.panels.Rows*c.Width, g.place(c)
	taps := p.Scratch(worker)[:g.taps()]
	f := simd.Transform{
		X: t.F[6][g.start(j, c):], Y: taps, N: 1, C: row,
		XRow: g.t * place, XCol: place, YRow: g.r * row, YCol: row,
	}
	f.Run(g.maps[mapTaps])
	length := g.panels.Taps * g.panels.Rows
	unpackPanel(t.F[0][c.Col*length:][:c.N*length], taps, c.N, c.Width, g.panels.Rows, g.panels.Taps)
	if t.F[1] == nil {
		return
	}
	db := t.F[1][c.Col:][:c.N]
	copy(db, t.F[7][c.Col:])
	for i := 1; i < g.runs; i++ {
		simd.Add(db, db, t.F[7][i*g.K+c.Col:][:c.N])
	}
}
