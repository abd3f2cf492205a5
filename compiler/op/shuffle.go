package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Shuffle is the attributes of shuffle.
type Shuffle struct {
	Groups int `net:"groups,pos,required,min=1" doc:"groups that the channels come from"`
}

func shuffle() *ir.Op {
	return &ir.Op{
		Name:   "shuffle",
		Doc:    "Deals the channels of every group out to all groups: the first of each, then the second of each, and so on.",
		Source: "Zhang et al. 2018, ShuffleNet",
		New:    func() any { return &Shuffle{} },
		FLOPs:  perElement(0),
		Infer: func(c *ir.Context) ir.Shape {
			a, in := c.Node.Attrs.(*Shuffle), c.Node.In[0].Shape
			if !needMap(c, "shuffle") {
				return nil
			}
			n, ok := knownChannels(c, in)
			if ok && n%a.Groups != 0 {
				c.Errorf(diag.GroupsDivide, "groups", "%d groups do not divide %d channels", a.Groups, n).
					WithLabel("input is %s", in.Batched()).
					WithHelp("choose a number of groups that divides them")
				ok = false
			}
			if !ok {
				return nil
			}
			return in
		},
		Lower: func(e *ir.Emitter, n *ir.Node) {
			y, c := e.Value(n.Out), channels(n.Out)
			e.Step(&kernel.Shuffle{Rows: e.Len(y) / c, C: c, Groups: n.Attrs.(*Shuffle).Groups}, y, e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				c := channels(n.Out)
				e.Step(&kernel.Shuffle{Rows: e.Len(dx) / c, C: c, Groups: c / n.Attrs.(*Shuffle).Groups}, dx, e.Gradient(n.Out))
			}
		},
		Examples: []string{"shuffle(2)", "conv(12, 1x1) -> shuffle(3)", "shuffle(4)", "shuffle(1)"},
	}
}

// PixelShuffle is the attributes of pixel_shuffle.
type PixelShuffle struct {
	Factor int `net:"factor,pos,required,min=1,max=4096" doc:"by how much height and width grow"`
}

func pixelShuffle() *ir.Op {
	return &ir.Op{
		Name:   "pixel_shuffle",
		Doc:    "Makes a square of pixels of every pixel, out of its channels.",
		Source: "Shi et al. 2016, sub-pixel convolution",
		New:    func() any { return &PixelShuffle{} },
		FLOPs:  perElement(0),
		Infer: func(c *ir.Context) ir.Shape {
			f, in := c.Node.Attrs.(*PixelShuffle).Factor, c.Node.In[0].Shape
			if !needMap(c, "pixel_shuffle") {
				return nil
			}
			n, ok := knownChannels(c, in)
			if !ok {
				return nil
			}
			if n%(f*f) != 0 {
				c.Errorf(diag.GroupsDivide, "factor", "%d channels cannot be dealt out to %dx%d pixels", n, f, f).
					WithLabel("input is %s", in.Batched()).
					WithHelp("make the number of channels a multiple of the square of the factor")
				return nil
			}
			return ir.Map(ir.Int(n/f/f), in[1].Times(f), in[2].Times(f))
		},
		Window: func(n *ir.Node) ir.Window {
			f := n.Attrs.(*PixelShuffle).Factor
			return ir.Window{Extent: [2]int{f, f}, Stride: [2]int{1, 1}, Start: [2]int{1 - f, 1 - f}, Rise: [2]int{f, f}}
		},
		Lower: func(e *ir.Emitter, n *ir.Node) {
			k := pixelShuffleKernel(e.Batch, n)
			e.Step(&k, e.Value(n.Out), e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				k := kernel.PixelShuffleBackward(pixelShuffleKernel(e.Batch, n))
				e.Step(&k, dx, e.Gradient(n.Out))
			}
		},
		Examples: []string{"pixel_shuffle(2)", "conv(18, same) -> pixel_shuffle(3)", "pixel_shuffle(1)"},
	}
}

func pixelShuffleKernel(batch int, n *ir.Node) kernel.PixelShuffle {
	in, _ := n.In[0].Shape.Ints()
	f := n.Attrs.(*PixelShuffle).Factor
	return kernel.PixelShuffle{N: batch, H: in[1], W: in[2], C: in[0] / f / f, Factor: f}
}
