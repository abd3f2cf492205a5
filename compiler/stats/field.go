package stats

import "github.com/netc-lang/netc/compiler/ir"

// field is the part of the model's input that the positions of a value depend
// on, on each axis: rows, columns.
type field [2]axis

// axis says, for every position p of a value on one axis, from where to where
// it sees the input, as if the input had no border: a position every further
// sees moves further, and else the same. The numbers of the first positions are
// those of one period, so every position has one, within the map or not. Of a
// value that does not depend on the position, as behind a global average, moves
// is 0.
type axis struct {
	size       int // positions, those of the map that a vector was made of
	moves      int
	first, end []int // of each position of a period; first ≥ end where it sees nothing
}

// maxPeriods bounds the periods of a model's values together. Resizing by
// factors without a common measure makes long ones; where there is no room for
// them a value counts as seeing all it can see.
const maxPeriods = 1 << 22

// fields is the field of every value made so far, and the sizes of the input.
type fields struct {
	of     map[*ir.Value]field
	height [2]int // of the model's input: rows, columns
	room   int    // for further periods
}

func newFields(in *ir.Value) *fields {
	f := &fields{of: map[*ir.Value]field{}, room: maxPeriods}
	var x field
	for i := range x {
		n, _ := in.Shape[1+i].Known()
		f.height[i] = n
		x[i] = axis{size: n, moves: 1, first: []int{0}, end: []int{1}}
	}
	f.of[in] = x
	return f
}

// add computes the field of a node's output and returns how much of the input
// the position that sees most of it sees: rows, columns.
func (f *fields) add(n *ir.Node) (extent [2]int) {
	var out field
	for i := range out {
		joined := f.of[n.In[0]][i]
		for _, v := range n.In[1:] {
			joined = meet(joined, f.of[v][i], f.height[i], f.room)
		}
		out[i] = f.through(n, joined, i)
		f.room -= len(out[i].first)
		for p := range out[i].first {
			extent[i] = max(extent[i], out[i].end[p]-out[i].first[p])
		}
	}
	f.of[n.Out] = out
	return extent
}

// through is the field of a node's output, given that of what it reads.
func (f *fields) through(n *ir.Node, in axis, i int) axis {
	out := in
	if n.Op.Window != nil {
		w := n.Op.Window(n)
		out = in.window(w.Stride[i], max(w.Rise[i], 1), w.Start[i], w.Extent[i], f.height[i], f.room)
	}
	if n.Out.Shape.IsMap() {
		out.size, _ = n.Out.Shape[1+i].Known()
	}
	return out
}

// at is what position p sees.
func (a axis) at(p int) (first, end int) {
	q := floorDiv(p, len(a.first))
	p -= q * len(a.first)
	return a.first[p] + q*a.moves, a.end[p] + q*a.moves
}

// over is what the positions from p to before q see together. A later position
// never sees from further in front, nor less far, than an earlier one: what the
// network does to one position it does to the next. So the first and the last
// that see anything decide, and those of a period are enough to find them.
func (a axis) over(p, q int) (first, end int) {
	for x := p; x < min(q, p+len(a.first)); x++ {
		if lo, hi := a.at(x); lo < hi {
			first = lo
			break
		}
	}
	for x := q - 1; x >= max(p, q-len(a.first)); x-- {
		if lo, hi := a.at(x); lo < hi {
			return first, hi
		}
	}
	return 0, 0
}

// window is the field of windows over a: position p of the result sees the
// positions x with stride·p + start ≤ rise·x < stride·p + start + extent.
func (a axis) window(stride, rise, start, extent, height, room int) axis {
	if stride == 0 {
		return a.whole(height)
	}
	d := gcd(stride, rise)
	// A period of the result is a whole number of periods of a.
	times := len(a.first) / gcd(len(a.first), stride/d)
	period := rise / d * times
	if period > max(room, 1) {
		return a.whole(height)
	}
	out := axis{size: a.size, moves: int(ir.Mul(int64(stride/d*times/len(a.first)), int64(a.moves)))}
	for p := range period {
		from := stride*p + start
		first, end := a.over(ceilDiv(from, rise), ceilDiv(from+extent, rise))
		out.first, out.end = append(out.first, first), append(out.end, end)
	}
	if out.wild() {
		return a.whole(height)
	}
	return out
}

// wild reports numbers that further windows could take out of int64: those of
// strides over maps that have no room for them.
func (a axis) wild() bool {
	const most = 1 << 32
	for p := range a.first {
		if a.first[p] < -most || a.end[p] > most {
			return true
		}
	}
	return a.moves > most
}

// whole is the field of something that depends on all positions of the value,
// within the input.
func (a axis) whole(height int) axis {
	first, end := a.over(0, a.size)
	return axis{size: 1, first: []int{max(first, 0)}, end: []int{min(end, height)}}
}

// meet is the field of what reads the same position of two values. Where their
// positions do not go along, as those of a map and of a vector of its means, it
// is all that both see.
func meet(a, b axis, height, room int) axis {
	period := len(a.first) / gcd(len(a.first), len(b.first)) * len(b.first)
	moves := period / len(a.first) * a.moves
	if moves != period/len(b.first)*b.moves || period > max(room, 1) {
		a, b = a.whole(height), b.whole(height)
		period, moves = 1, 0
	}
	out := axis{size: max(a.size, b.size), moves: moves}
	for p := range period {
		first, end := a.at(p)
		first, end = union(first, end, b, p)
		out.first, out.end = append(out.first, first), append(out.end, end)
	}
	return out
}

// union is what the position p of a sees beside what is seen already.
func union(first, end int, a axis, p int) (int, int) {
	lo, hi := a.at(p)
	switch {
	case lo >= hi:
		return first, end
	case first >= end:
		return lo, hi
	}
	return min(first, lo), max(end, hi)
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func ceilDiv(a, b int) int { return -floorDiv(-a, b) }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
