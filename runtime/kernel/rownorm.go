package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// RowNorm normalises each row by its own mean and variance: layer normalisation
// over whole samples, or over the channels of each pixel.
//
// Shapes: y, x Rows,C, y may be x; moments Rows,2 (mean, 1/√(variance+Eps)); w, b
// C, or nil for 1 and 0. Formula: y = (x - mean)·inv·w + b with mean = Σx/C and
// variance = Σ(x-mean)²/C, summed by rowDots. Error: the moments 512 roundings of
// Σ|x|/C at most; y four beyond them.
// Source: J. Ba, J. Kiros, G. Hinton, "Layer normalization", 2016.
type RowNorm struct {
	Rows, C int
	Eps     float32
}

// lanes is the number of sums that run side by side through a row.
const lanes = 32

// rowDots returns Σg and Σ g·(x - shift). Element j goes to lane j mod 32 in
// float32; lanes are added in float64, in order, after 512 elements each, and
// the elements that fill no lanes at the end of a row one by one.
func rowDots(g, x []float32, shift float32) (sum, dot float64) {
	var sums, dots, shifts [lanes]float32
	for i := range shifts {
		shifts[i] = shift
	}
	whole := len(g) / lanes * lanes
	for lo := 0; lo < whole; lo += chunkMax * lanes {
		hi := min(lo+chunkMax*lanes, whole)
		simd.ColumnDots(sums[:], dots[:], g[lo:hi], x[lo:hi], shifts[:])
		for i, v := range sums {
			sum += float64(v)
			dot += float64(dots[i])
		}
	}
	for i := whole; i < len(g); i++ {
		sum += float64(g[i])
		dot += float64(float32(g[i] * (x[i] - shift)))
	}
	return sum, dot
}

// Run sets y and moments from x.
func (k *RowNorm) Run(p *par.Pool, y, moments, x, w, b []float32) {
	checkLen("row norm", "y", len(y), k.Rows*k.C)
	checkLen("row norm", "moments", len(moments), 2*k.Rows)
	checkLen("row norm", "x", len(x), k.Rows*k.C)
	checkChannels("row norm", "w", w, k.C)
	checkChannels("row norm", "b", b, k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = y, moments, x, w, b
	p.Run(rowTiles(k.Rows, k.C), rowNormTile, t)
}

func rowNormTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*RowNorm)
	lo, hi := rowSpan(i, k.Rows, k.C)
	w, b := t.F[3], t.F[4]
	for r := lo; r < hi; r++ {
		y, x := t.F[0][r*k.C:(r+1)*k.C], t.F[2][r*k.C:(r+1)*k.C]
		sum, _ := rowDots(x, x, 0)
		mean := float32(sum / float64(k.C))
		simd.Affine(y, x, 1, -mean)
		_, squares := rowDots(y, y, 0)
		inv := float32(1 / math.Sqrt(squares/float64(k.C)+float64(k.Eps)))
		t.F[1][2*r], t.F[1][2*r+1] = mean, inv
		simd.Scale(y, y, inv)
		if w != nil {
			simd.Mul(y, y, w)
		}
		if b != nil {
			simd.Add(y, y, b)
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *RowNorm) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// InPlace says that y may lie where x does.
func (k *RowNorm) InPlace() (dst, src int) { return 0, 2 }

// Operands describes the arguments of Run.
func (k *RowNorm) Operands() []plan.Operand {
	return []plan.Operand{
		write("y", k.Rows*k.C), write("moments", 2*k.Rows), read("x", k.Rows*k.C),
		optional(read("w", k.C)), optional(read("b", k.C)),
	}
}

// RowNormBackward is the gradient of RowNorm.
//
// Shapes: dx, dy, x Rows,C, dx may be dy; dw, db, w C; moments as RowNorm leaves
// them; work of WorkLen. dx, dw and db are nil where not wanted, w where the
// layer has none. Formula, with x̂ = (x - mean)·inv and g = w·dy: dw = Σ dy·x̂ and
// db = Σ dy over the rows; dx = inv·(g - Σg/C - x̂·Σ(g·x̂)/C). Order: rows in
// float32, 256 at a time, these in float64; inside a row by rowDots.
// Error: 256 roundings of the sum of magnitudes for dw and db; dx as RowNorm.
type RowNormBackward struct{ Rows, C int }

const (
	rowNormRows    = 256  // rows of a tile of dw and db
	rowNormColumns = 1024 // and columns
)

func (k *RowNormBackward) rowBlocks() int { return (k.Rows + rowNormRows - 1) / rowNormRows }

func (k *RowNormBackward) columnBlocks() int { return (k.C + rowNormColumns - 1) / rowNormColumns }

// WorkLen is the number of elements of work.
func (k *RowNormBackward) WorkLen() int { return 2 * k.rowBlocks() * k.C }

// Scratch is the room for two rows.
func (k *RowNormBackward) Scratch() int { return 2 * k.C }

// Run sets those of dx, dw and db that are not nil.
func (k *RowNormBackward) Run(p *par.Pool, dx, dw, db, dy, x, moments, w, work []float32) {
	if dx != nil {
		checkLen("row norm backward", "dx", len(dx), k.Rows*k.C)
	}
	checkChannels("row norm backward", "dw", dw, k.C)
	checkChannels("row norm backward", "db", db, k.C)
	checkLen("row norm backward", "dy", len(dy), k.Rows*k.C)
	checkLen("row norm backward", "x", len(x), k.Rows*k.C)
	checkLen("row norm backward", "moments", len(moments), 2*k.Rows)
	checkChannels("row norm backward", "w", w, k.C)
	checkLen("row norm backward", "work", len(work), k.WorkLen())
	t := par.Task{Kernel: k, F: [par.MaxOperands][]float32{dx, dw, db, dy, x, moments, w, work}}
	if dw != nil || db != nil {
		p.Run(k.rowBlocks()*k.columnBlocks(), rowNormSums, t)
		p.Run(k.columnBlocks(), rowNormWeights, t)
	}
	if dx != nil {
		p.Run(rowTiles(k.Rows, k.C), rowNormData, t)
	}
}

// columns is the range of columns of block i.
func (k *RowNormBackward) columns(i int) (lo, hi int) {
	return i * rowNormColumns, min((i+1)*rowNormColumns, k.C)
}

// rowNormSums leaves Σdy and Σdy·x̂ of a block of rows and columns.
func rowNormSums(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*RowNormBackward)
	block := i / k.columnBlocks()
	lo, hi := k.columns(i % k.columnBlocks())
	work := t.F[7][2*block*k.C : 2*(block+1)*k.C]
	sum, dot := work[lo:hi], work[k.C+lo:k.C+hi]
	clear(sum)
	clear(dot)
	hat := p.Scratch(worker)[:hi-lo]
	for r := block * rowNormRows; r < min((block+1)*rowNormRows, k.Rows); r++ {
		dy, x := t.F[3][r*k.C+lo:r*k.C+hi], t.F[4][r*k.C+lo:r*k.C+hi]
		simd.Affine(hat, x, 1, -t.F[5][2*r])
		simd.Scale(hat, hat, t.F[5][2*r+1])
		simd.Mul(hat, hat, dy)
		simd.Add(sum, sum, dy)
		simd.Add(dot, dot, hat)
	}
}

// rowNormWeights adds the blocks of rows for some columns.
func rowNormWeights(_ *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*RowNormBackward)
	dw, db, work := t.F[1], t.F[2], t.F[7]
	lo, hi := k.columns(i)
	for c := lo; c < hi; c++ {
		s, d := 0.0, 0.0
		for j := range k.rowBlocks() {
			s += float64(work[2*j*k.C+c])
			d += float64(work[(2*j+1)*k.C+c])
		}
		if dw != nil {
			dw[c] = float32(d)
		}
		if db != nil {
			db[c] = float32(s)
		}
	}
}

func rowNormData(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*RowNormBackward)
	lo, hi := rowSpan(i, k.Rows, k.C)
	w, scratch := t.F[6], p.Scratch(worker)
	shifted := scratch[k.C : 2*k.C]
	for r := lo; r < hi; r++ {
		dx, g, x := t.F[0][r*k.C:(r+1)*k.C], t.F[3][r*k.C:(r+1)*k.C], t.F[4][r*k.C:(r+1)*k.C]
		mean, inv := t.F[5][2*r], t.F[5][2*r+1]
		if w != nil {
			scaled := scratch[:k.C]
			simd.Mul(scaled, g, w)
			g = scaled
		}
		simd.Affine(shifted, x, 1, -mean)
		sum, dot := rowDots(g, shifted, 0)
		scale, n := float64(inv), float64(k.C)
		simd.Affine(dx, g, inv, -float32(scale*sum/n))
		simd.AddScaled(dx, shifted, -float32(scale*scale*scale*dot/n))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *RowNormBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].F32, a[6].F32, a[7].F32)
}

// InPlace says that dx may lie where dy does.
func (k *RowNormBackward) InPlace() (dst, src int) { return 0, 3 }

// Operands describes the arguments of Run.
func (k *RowNormBackward) Operands() []plan.Operand {
	n := k.Rows * k.C
	return []plan.Operand{
		optional(write("dx", n)), optional(write("dw", k.C)), optional(write("db", k.C)),
		read("dy", n), read("x", n), read("moments", 2*k.Rows), optional(read("w", k.C)), write("work", k.WorkLen()),
	}
}
