package stats

import "github.com/netc-lang/netc/compiler/ir"

// field is the part of the model's input that one position of a value depends
// on, as if the image had no border: by the recurrence of Araujo, Norris and
// Sim 2019, "Computing receptive fields of convolutional neural networks".
type field struct {
	Extent [2]int // rows, columns
	Step   [2]int // between the fields of neighbouring positions
	Grid   [2]int // positions: those of the map that a vector was made of
}

// fields is the field of every value made so far.
type fields map[*ir.Value]field

// of is the field of a node's output. Where paths of different depth meet it is
// the largest of them, which holds the others as long as windows are centred.
func (fs fields) of(n *ir.Node) field {
	f := field{Step: [2]int{1, 1}, Grid: [2]int{1, 1}}
	for _, v := range n.In {
		in := fs.at(v)
		for axis := range 2 {
			f.Extent[axis] = max(f.Extent[axis], in.Extent[axis])
			f.Step[axis] = max(f.Step[axis], in.Step[axis])
			f.Grid[axis] = max(f.Grid[axis], in.Grid[axis])
		}
	}
	w := ir.Window{Extent: [2]int{1, 1}, Stride: [2]int{1, 1}}
	switch {
	case n.Op.Window != nil:
		w = n.Op.Window(n)
	case readsAll(n):
		w.Extent = f.Grid
	}
	for axis := range 2 {
		f.Extent[axis] += (w.Extent[axis] - 1) * f.Step[axis]
		f.Step[axis] *= w.Stride[axis]
	}
	if readsAll(n) || n.Op.Window != nil && !n.Out.Shape.IsMap() {
		f.Grid = [2]int{1, 1}
	}
	if sizes, ok := n.Out.Shape.Ints(); ok && n.Out.Shape.IsMap() {
		f.Grid = [2]int{sizes[1], sizes[2]}
	}
	fs[n.Out] = f
	return f
}

// at is the field of a value: of the model's input, the position itself.
func (fs fields) at(v *ir.Value) field {
	if f, ok := fs[v]; ok {
		return f
	}
	f := field{Extent: [2]int{1, 1}, Step: [2]int{1, 1}, Grid: [2]int{1, 1}}
	if sizes, ok := v.Shape.Ints(); ok && v.Shape.IsMap() {
		f.Grid = [2]int{sizes[1], sizes[2]}
	}
	return f
}

// readsAll reports whether each output of a node is a sum over all elements of
// its input, as its cost says: a fully connected layer.
func readsAll(n *ir.Node) bool {
	if n.Op.MACs == nil || len(n.In) != 1 || n.Out.Shape.IsMap() {
		return false
	}
	in, ok := n.In[0].Shape.Elems()
	out, known := n.Out.Shape.Elems()
	return ok && known && n.Op.MACs(n) == ir.Mul(in, out)
}
