package kernel

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
)

// convBench is a pass of a layer, bound to memory.
type convBench struct {
	name string
	macs int
	run  func(p *par.Pool)
}

// convBenches is every pass of one layer; the first of a net needs no dx.
func convBenches(s ConvShape, first bool) []convBench {
	c, f := newConvCase(s), s.forward()
	pack, packT := &ConvPack{s}, &ConvPackTransposed{s}
	fwd, bwd, grad := &ConvForward{ConvShape: s}, &ConvBackwardData{s}, &ConvBackwardWeights{s}
	packed, packedT := make([]float32, pack.PackedLen()), make([]float32, packT.PackedLen())
	y, dx, dw, db := make([]float32, s.yLen()), make([]float32, s.xLen()), make([]float32, s.wLen()), make([]float32, s.K)
	work := make([]float32, grad.WorkLen())
	all := []convBench{
		{"pack", s.wLen(), func(p *par.Pool) { pack.Run(p, packed, c.w, nil) }},
		{"forward", f.macs(), func(p *par.Pool) { fwd.Run(p, y, c.x, packed, c.b, nil) }},
		{"weights", f.macs(), func(p *par.Pool) { grad.Run(p, dw, db, c.x, c.dy, work) }},
	}
	if !first {
		all = append(all,
			convBench{"packT", s.wLen(), func(p *par.Pool) { packT.Run(p, packedT, c.w) }},
			convBench{"data", f.macs(), func(p *par.Pool) { bwd.Run(p, dx, c.dy, packedT) }})
	}
	for _, tile := range s.Tiles()[1:] {
		all = append(all, winogradBenches(c, tile)...)
	}
	return all
}

// winogradBenches is every pass by minimal filtering; the rate is that of the
// direct convolution's work.
func winogradBenches(c *convCase, tile int) []convBench {
	s, f := c.ConvShape, c.forward()
	pack, packT := &WinogradPack{s, tile}, &WinogradPackTransposed{s, tile}
	fwd, bwd, grad := &WinogradForward{ConvShape: s, Tile: tile}, &WinogradBackwardData{s, tile}, &WinogradBackwardWeights{s, tile}
	packed, packedT := make([]float32, pack.PackedLen()), make([]float32, packT.PackedLen())
	y, dx, dw, db := make([]float32, s.yLen()), make([]float32, s.xLen()), make([]float32, s.wLen()), make([]float32, s.K)
	work := make([]float32, grad.WorkLen())
	name := func(pass string) string { return fmt.Sprintf("%s-F%d", pass, tile) }
	return []convBench{
		{name("pack"), s.wLen(), func(p *par.Pool) { pack.Run(p, packed, c.w, nil) }},
		{name("forward"), f.macs(), func(p *par.Pool) { fwd.Run(p, y, c.x, packed, c.b, nil) }},
		{name("weights"), f.macs(), func(p *par.Pool) { grad.Run(p, dw, db, c.x, c.dy, work) }},
		{name("packT"), s.wLen(), func(p *par.Pool) { packT.Run(p, packedT, c.w) }},
		{name("data"), f.macs(), func(p *par.Pool) { bwd.Run(p, dx, c.dy, packedT) }},
	}
}

func benchPool(b *testing.B, threads int) *par.Pool {
	p := par.New(threads)
	p.Reserve(1 << 20)
	b.Cleanup(p.Close)
	return p
}

// gflops reports the rate of a loop of macs multiplications, two operations
// each.
func gflops(b *testing.B, macs int) {
	b.ReportMetric(2*float64(macs)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}

func BenchmarkConv(b *testing.B) {
	for _, l := range []struct {
		name string
		ConvShape
	}{
		{"56x256x256b1", square(1, 56, 256, 256, 3, 1, 1, 1, 1)},
		{"56x64x64b8", square(8, 56, 64, 64, 3, 1, 1, 1, 1)},
		{"28x128x128b8", square(8, 28, 128, 128, 3, 1, 1, 1, 1)},
		{"14x256x256b8", square(8, 14, 256, 256, 3, 1, 1, 1, 1)},
		{"7x512x512b8", square(8, 7, 512, 512, 3, 1, 1, 1, 1)},
		{"14x256x256b1", square(1, 14, 256, 256, 3, 1, 1, 1, 1)},
		{"7x512x512b1", square(1, 7, 512, 512, 3, 1, 1, 1, 1)},
		{"14x1024x256one", square(8, 14, 1024, 256, 1, 1, 0, 1, 1)},
		{"28x512x256one", square(8, 28, 512, 256, 1, 1, 0, 1, 1)},
		{"56x256x512stride2one", square(8, 56, 256, 512, 1, 2, 0, 1, 1)},
		{"56x64x256one", square(8, 56, 64, 256, 1, 1, 0, 1, 1)},
		{"56x64x128stride2", square(8, 56, 64, 128, 3, 2, 1, 1, 1)},
		{"224x3x64stem", square(4, 224, 3, 64, 7, 2, 3, 1, 1)},
		{"32x16x16b32", square(32, 32, 16, 16, 3, 1, 1, 1, 1)},
		{"112x32depthwise", square(1, 112, 32, 32, 3, 1, 1, 1, 32)},
		{"14x384depthwise", square(8, 14, 384, 384, 3, 1, 1, 1, 384)},
		{"27x64x192fives", square(1, 27, 64, 192, 5, 1, 2, 1, 1)},
		{"28x16x32fives", square(1, 28, 16, 32, 5, 1, 2, 1, 1)},
		{"32x3x64fives", square(1, 32, 3, 64, 5, 1, 2, 1, 1)},
		{"14x6x16fives", square(1, 14, 6, 16, 5, 1, 0, 1, 1)},
		{"28x64depthwise", square(8, 28, 64, 64, 3, 1, 1, 1, 64)},
	} {
		for _, c := range convBenches(l.ConvShape, false) {
			b.Run(l.name+"/"+c.name, func(b *testing.B) {
				p := benchPool(b, 1)
				for b.Loop() {
					c.run(p)
				}
				gflops(b, c.macs)
			})
		}
	}
}

// lenet is the layers of LeNet-5 with weights, at batch n.
func lenet(n int) []struct {
	name string
	ConvShape
} {
	d := func(c, k int) ConvShape {
		s := DenseShape{n, c, k}
		return s.conv()
	}
	return []struct {
		name string
		ConvShape
	}{
		{"conv1", square(n, 28, 1, 6, 5, 1, 2, 1, 1)},
		{"conv2", square(n, 14, 6, 16, 5, 1, 0, 1, 1)},
		{"fc1", d(400, 120)},
		{"fc2", d(120, 84)},
		{"fc3", d(84, 10)},
	}
}

// BenchmarkLeNet is a training step's convolutions and dense layers at batch
// 64: apart, and all together.
func BenchmarkLeNet(b *testing.B) {
	const n = 64
	var all []convBench
	for i, l := range lenet(n) {
		for _, c := range convBenches(l.ConvShape, i == 0) {
			all = append(all, c)
			b.Run(l.name+"/"+c.name, func(b *testing.B) {
				p := benchPool(b, 1)
				for b.Loop() {
					c.run(p)
				}
				gflops(b, c.macs)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/image")
			})
		}
	}
	for threads := 1; threads <= par.Available(); threads *= 2 {
		b.Run(fmt.Sprintf("step/%dthreads", threads), func(b *testing.B) {
			p := benchPool(b, threads)
			for b.Loop() {
				for _, c := range all {
					c.run(p)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/image")
		})
	}
}

// BenchmarkMatrix is products of M×K by K×N matrices as dense layers compute them,
// with the weights packed for it beforehand and each time.
func BenchmarkMatrix(b *testing.B) {
	for _, l := range []struct {
		name    string
		m, n, k int
	}{
		{"256", 256, 256, 256},
		{"512", 512, 512, 512},
		{"1024", 1024, 1024, 1024},
		{"2048", 2048, 2048, 2048},
		{"64channels3x3", 64, 3136, 576},
		{"128channels3x3", 128, 784, 1152},
		{"256channels3x3", 256, 196, 2304},
		{"512channels3x3", 512, 49, 4608},
		{"64to256", 256, 3136, 64},
		{"256to64", 64, 3136, 256},
		{"512to2048", 2048, 49, 512},
		{"stem7x7", 64, 12544, 147},
		{"vggConv4", 512, 784, 4608},
		{"vggConv1", 64, 50176, 27},
		{"largest", 512, 3136, 4608},
		{"lenetConv1", 6, 784, 25},
		{"lenetConv2", 16, 100, 150},
		{"dense32", 4096, 32, 4096},
		{"lenetDense", 120, 64, 400},
		{"vector", 4096, 1, 4096},
	} {
		s := DenseShape{N: l.n, C: l.k, K: l.m}
		c := newConvCase(s.conv())
		pack, fwd := &DensePack{s}, &DenseForward{DenseShape: s}
		packed, y := make([]float32, pack.PackedLen()), make([]float32, l.n*l.m)
		for _, each := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d/packing=%t", l.name, l.m, l.n, l.k, each), func(b *testing.B) {
				p := benchPool(b, 1)
				pack.Run(p, packed, c.w, nil)
				for b.Loop() {
					if each {
						pack.Run(p, packed, c.w, nil)
					}
					fwd.Run(p, y, c.x, packed, nil, nil)
				}
				gflops(b, l.m*l.n*l.k)
			})
		}
	}
}

// BenchmarkConvPool is convolutions of one image with the maximum of squares,
// directly and by minimal filtering.
func BenchmarkConvPool(b *testing.B) {
	for _, l := range []struct {
		name string
		ConvShape
	}{
		{"28x1x6", square(1, 28, 1, 6, 5, 1, 2, 1, 1)}, // LeNet-5's first
		{"64x1x16", square(1, 64, 1, 16, 5, 1, 2, 1, 1)},
		{"20x1x8", square(1, 20, 1, 8, 5, 1, 2, 1, 1)},
	} {
		c := newConvCase(l.ConvShape)
		direct, minimal := &ConvMaxPool{c.ConvShape, ReLU}, &WinogradMaxPool{c.ConvShape, 2, ReLU}
		y, f := make([]float32, minimal.outLen()), c.forward()
		for _, k := range []struct {
			name   string
			packed []float32
			run    func(p *par.Pool, y, x, packed, b []float32)
		}{
			{"direct", random((&ConvPack{c.ConvShape}).PackedLen(), 1), direct.Run},
			{"rows", random((&WinogradPack{c.ConvShape, 2}).PackedLen(), 1), minimal.Run},
		} {
			b.Run(l.name+"/"+k.name, func(b *testing.B) {
				p := benchPool(b, 1)
				p.Reserve(max(direct.Scratch(), minimal.Scratch()))
				for b.Loop() {
					k.run(p, y, c.x, k.packed, c.b)
				}
				gflops(b, f.macs())
			})
		}
	}
}
