package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Normalize shifts and scales each channel by its moments and then by learned
// numbers, adds another value and applies a function.
//
// Shapes: y, x N,Rows,C, y may be x; moments as Moments leaves them; w, b C, or
// nil for 1 and 0; z as y or nil, y may be z. Formula: y = f((x - mean)·(inv·w) + b
// + z), f the function Fn. Error: five roundings, before f.
// Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.
type Normalize struct {
	NormShape
	Fn Fn
}

// Scratch is the room for the scale and the shift of each channel.
func (k *Normalize) Scratch() int { return 2 * k.C }

// Run sets y from x.
func (k *Normalize) Run(p *par.Pool, y, x, moments, w, b, z []float32) {
	checkLen("normalize", "y", len(y), k.len())
	checkLen("normalize", "x", len(x), k.len())
	checkLen("normalize", "moments", len(moments), k.momentsLen())
	checkChannels("normalize", "w", w, k.C)
	checkChannels("normalize", "b", b, k.C)
	checkChannels("normalize", "z", z, k.len())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4], t.F[5] = y, x, moments, w, b, z
	p.Run(k.N*k.chunks(), normalizeTile, t)
}

// checkChannels checks an operand that may be absent.
func checkChannels(kernel, operand string, v []float32, c int) {
	if v != nil {
		checkLen(kernel, operand, len(v), c)
	}
}

func normalizeTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Normalize)
	n, _, lo, hi := k.chunk(i)
	mean, a, _ := k.moments(t.F[2], n)
	a, b := affine(a, t.F[3], t.F[4], p.Scratch(worker))
	y, x, z := t.F[0][lo:hi], t.F[1][lo:hi], t.F[5]
	if z != nil {
		z = z[lo:hi]
	}
	if z == nil && k.Fn == Linear {
		simd.ColumnAffine(y, x, mean, a, b)
		return
	}
	simd.ColumnNorm(y, x, mean, a, b, z, k.Fn.clamp())
	if k.Fn.late() {
		k.Fn.apply(y, len(y), 1, len(y))
	}
}

// affine is the factor and the shift of each channel, from the inverse of its
// deviation and learned numbers; scratch has room for both.
func affine(inv, w, b, scratch []float32) (scale, shift []float32) {
	c := len(inv)
	if w != nil {
		simd.Mul(scratch[:c], inv, w)
		inv = scratch[:c]
	}
	if b == nil {
		b = scratch[c : 2*c]
		clear(b)
	}
	return inv, b
}

// Call runs the kernel on views in the order of Operands.
func (k *Normalize) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].F32)
}

// InPlace says that y may lie where x does.
func (k *Normalize) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *Normalize) Operands() []plan.Operand {
	return []plan.Operand{
		write("y", k.len()), read("x", k.len()), read("moments", k.momentsLen()),
		optional(read("w", k.C)), optional(read("b", k.C)), optional(read("z", k.len())),
	}
}

// NormalizeBackward is the gradient of Normalize and of the Moments of its
// input, in two passes over dy and x. With Fixed the moments are no function of
// the input, and one pass over dy gives dx. With Gate it is that of Normalize with
// the function ReLU, whose output it computes again; Fixed has no Gate.
//
// Shapes: dx, dy, x N,Rows,C, dx may be dy; dw, db, w, b C; moments as
// Moments leaves them; work of WorkLen. dx, dw and db are nil where not wanted, w
// and b where the layer has none; b is read for Gate only. Formula, with sums over the m elements of a group,
// x̂ = (x - mean)·inv and g = w·dy, dy being 0 for Gate where the output is: dw = Σ dy·x̂ and db = Σ dy per channel;
// dx = inv·(g - Σg/m - x̂·Σ(g·x̂)/m), or inv·g with Fixed.
// Order and error: the sums as in Moments; dx four roundings beyond them.
type NormalizeBackward struct {
	NormShape
	Fixed bool
	Gate  bool
}

// WorkLen is the number of elements of work: two sums a chunk and five numbers
// a channel of each part.
func (k *NormalizeBackward) WorkLen() int { return k.N * k.C * (2*k.chunks() + 5) }

// Scratch is the room for a vector of zeros and the scale of each channel.
func (k *NormalizeBackward) Scratch() int { return 2 * k.C }

// Run sets those of dx, dw and db that are not nil.
func (k *NormalizeBackward) Run(p *par.Pool, dx, dw, db, dy, x, moments, w, b, work []float32) {
	if dx != nil {
		checkLen("normalize backward", "dx", len(dx), k.len())
	}
	checkChannels("normalize backward", "dw", dw, k.C)
	checkChannels("normalize backward", "db", db, k.C)
	checkLen("normalize backward", "dy", len(dy), k.len())
	checkLen("normalize backward", "x", len(x), k.len())
	checkLen("normalize backward", "moments", len(moments), k.momentsLen())
	checkChannels("normalize backward", "w", w, k.C)
	checkChannels("normalize backward", "b", b, k.C)
	checkLen("normalize backward", "work", len(work), k.WorkLen())
	t := par.Task{Kernel: k, F: [par.MaxOperands][]float32{dx, dw, db, dy, x, moments, w, work, b}}
	if dw != nil || db != nil || !k.Fixed {
		p.Run(k.N*k.chunks(), normalizeSums, t)
		p.Run(k.N*k.groupBlocks(), normalizeMerge, t)
		if dw != nil || db != nil {
			p.Run((k.C+mergeChannels-1)/mergeChannels, normalizeWeights, t)
		}
	}
	if dx != nil {
		p.Run(k.N*k.chunks(), normalizeData, t)
	}
}

// normalizeSums leaves Σdy and Σdy·(x-mean) of a chunk.
func normalizeSums(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, _, lo, hi := k.chunk(i)
	mean, inv, _ := k.moments(t.F[5], n)
	sum, dot := k.partials(t.F[7], i)
	dy, x := t.F[3][lo:hi], t.F[4][lo:hi]
	if !k.Gate {
		simd.ColumnDots(sum, dot, dy, x, mean)
		return
	}
	a, b := affine(inv, t.F[6], t.F[8], p.Scratch(worker))
	simd.ColumnDotsGate(sum, dot, dy, x, mean, a, b)
}

// coefficients returns what dx of part n is made of, dx = a·dy - (x-mean)·q - p,
// and its sums of dy and dy·x̂.
func (k *NormalizeBackward) coefficients(work []float32, n int) (a, q, p, sum, dot []float32) {
	c := k.C
	v := work[2*k.N*k.chunks()*c+5*n*c:]
	return v[:c], v[c : 2*c], v[2*c : 3*c], v[3*c : 4*c], v[4*c : 5*c]
}

// normalizeMerge joins the chunks of some groups.
func normalizeMerge(_ *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, lo, hi := k.groupRange(i)
	_, inv, _ := k.moments(t.F[5], n)
	w := t.F[6]
	a, q, p, sum, dot := k.coefficients(t.F[7], n)
	per, first := k.C/k.Groups, n*k.chunks()
	count := float64(k.Rows) * float64(per)
	for g := lo; g < hi; g++ {
		groupSum, groupDot := 0.0, 0.0
		for c := g * per; c < (g+1)*per; c++ {
			s, d := 0.0, 0.0
			for j := range k.chunks() {
				x, y := k.partials(t.F[7], first+j)
				s += float64(x[c])
				d += float64(y[c])
			}
			d = float64(d * float64(inv[c]))
			sum[c], dot[c] = float32(s), float32(d)
			scale := 1.0
			if w != nil {
				scale = float64(w[c])
			}
			groupSum += float64(scale * s)
			groupDot += float64(scale * d)
			a[c] = float32(scale * float64(inv[c]))
		}
		r := float64(inv[g*per])
		for c := g * per; c < (g+1)*per; c++ {
			p[c], q[c] = float32(r*groupSum/count), float32(r*r*groupDot/count)
		}
	}
}

// normalizeWeights adds the sums of the parts for some channels.
func normalizeWeights(_ *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	dw, db := t.F[1], t.F[2]
	for c := i * mergeChannels; c < min((i+1)*mergeChannels, k.C); c++ {
		s, d := 0.0, 0.0
		for n := range k.N {
			_, _, _, sum, dot := k.coefficients(t.F[7], n)
			s += float64(sum[c])
			d += float64(dot[c])
		}
		if dw != nil {
			dw[c] = float32(d)
		}
		if db != nil {
			db[c] = float32(s)
		}
	}
}

func normalizeData(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, _, lo, hi := k.chunk(i)
	mean, inv, _ := k.moments(t.F[5], n)
	dx, dy := t.F[0][lo:hi], t.F[3][lo:hi]
	c, q, s, _, _ := k.coefficients(t.F[7], n)
	switch {
	case k.Gate:
		a, b := affine(inv, t.F[6], t.F[8], p.Scratch(worker))
		simd.ColumnGradGate(dx, dy, t.F[4][lo:hi], mean, c, q, s, a, b)
		return
	case !k.Fixed:
		simd.ColumnGrad(dx, dy, t.F[4][lo:hi], mean, c, q, s)
		return
	}
	zero := p.Scratch(worker)[:k.C]
	clear(zero)
	if w := t.F[6]; w != nil {
		scale := p.Scratch(worker)[k.C : 2*k.C]
		simd.Mul(scale, inv, w)
		inv = scale
	}
	simd.ColumnAffine(dx, dy, zero, inv, zero)
}

// Call runs the kernel on views in the order of Operands.
func (k *NormalizeBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].F32, a[6].F32, a[7].F32, a[8].F32)
}

// InPlace says that dx may lie where dy does.
func (k *NormalizeBackward) InPlace() (dst, src int) { return 0, 3 }

// Operands describes the arguments of Run.
func (k *NormalizeBackward) Operands() []plan.Operand {
	return []plan.Operand{
		optional(write("dx", k.len())), optional(write("dw", k.C)), optional(write("db", k.C)),
		read("dy", k.len()), read("x", k.len()), read("moments", k.momentsLen()),
		optional(read("w", k.C)), optional(read("b", k.C)), write("work", k.WorkLen()),
	}
}
