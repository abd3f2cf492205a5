package compiler_test

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
)

// tensor is a value as the reference computes it: N,C,H,W or N,F, in float64.
type tensor struct {
	shape []int
	v     []float64
}

func newTensor(shape ...int) *tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return &tensor{append([]int(nil), shape...), make([]float64, n)}
}

// at is an element of a map; 0 outside of it.
func (t *tensor) at(n, c, h, w int) float64 {
	if h < 0 || w < 0 || h >= t.shape[2] || w >= t.shape[3] {
		return 0
	}
	return *t.el(n, c, h, w)
}

func (t *tensor) el(n, c, h, w int) *float64 {
	return &t.v[((n*t.shape[1]+c)*t.shape[2]+h)*t.shape[3]+w]
}

// plane is the number of elements of an image's channel.
func (t *tensor) plane() int { return len(t.v) / (t.shape[0] * t.shape[1]) }

// apply returns f of every element.
func (t *tensor) apply(f func(float64) float64) *tensor {
	y := newTensor(t.shape...)
	for i, x := range t.v {
		y.v[i] = f(x)
	}
	return y
}

// reference computes a graph in float64 as its operators are defined: naively,
// and apart from what the compiler makes of it.
type reference struct {
	g        *ir.Graph
	batch    int
	training bool
	params   map[string][]float64 // by name; statistics are brought up to date in training
	given    map[*ir.Node]*tensor // what chance made of a node: the kept elements are not 0
	values   map[*ir.Value]*tensor
	gain     float64 // the largest factor by which a normalisation scales
}

// run computes every value from the input.
func (r *reference) run(x *tensor) {
	r.gain = 1
	r.values = map[*ir.Value]*tensor{r.g.Inputs[0]: x}
	for _, n := range r.g.Nodes {
		f, ok := references[n.Op.Name]
		if !ok {
			panic("no reference of operator " + n.Op.Name)
		}
		c := call{r, n, nil}
		for _, v := range n.In {
			c.in = append(c.in, r.values[v])
		}
		shape, _ := n.Out.Shape.Ints()
		y := newTensor(append([]int{r.batch}, shape...)...)
		f(c, y)
		r.values[n.Out] = y
	}
}

// call is one use of an operator.
type call struct {
	*reference
	n  *ir.Node
	in []*tensor
}

// param is a parameter of the node by its last name; nil when it has none.
func (c call) param(name string) []float64 { return c.params[c.n.Name+"."+name] }

// bias is one element of a parameter, or what it is without.
func element(p []float64, i int, absent float64) float64 {
	if p == nil {
		return absent
	}
	return p[i]
}

// references are the operators. One that is not here fails TestOperators.
var references = map[string]func(call, *tensor){
	"conv": referenceConv, "up": referenceUp, "dense": referenceDense, "pool": referencePool,
	"adaptive": referenceAdaptive, "gap": referenceGap,
	"flatten": func(c call, y *tensor) { copy(y.v, c.in[0].v) },
	"rbf": func(c call, y *tensor) {
		x, centres := c.in[0], c.param("weight")
		for i := range y.v {
			n, k := i/y.shape[1], i%y.shape[1]
			for j := range x.shape[1] {
				y.v[i] -= math.Pow(x.v[n*x.shape[1]+j]-centres[k*x.shape[1]+j], 2)
			}
		}
	},
	"add": func(c call, y *tensor) {
		for _, x := range c.in {
			for i := range y.v {
				y.v[i] += x.v[i]
			}
		}
	},
	"concat": func(c call, y *tensor) {
		at, plane := 0, y.plane()
		for _, x := range c.in {
			for n := range y.shape[0] {
				row := x.shape[1] * plane
				copy(y.v[(n*y.shape[1]+at)*plane:], x.v[n*row:(n+1)*row])
			}
			at += x.shape[1]
		}
	},
	"mul": func(c call, y *tensor) {
		for i := range y.v {
			y.v[i] = 1
			for _, x := range c.in {
				if len(x.v) == len(y.v) {
					y.v[i] *= x.v[i]
				} else { // one number for each channel
					y.v[i] *= x.v[i/y.plane()]
				}
			}
		}
	},
	"dropout": func(c call, y *tensor) { referenceChance(c, y, c.n.Attrs.(*op.Dropout).Rate) },
	"drop_path": func(c call, y *tensor) {
		referenceChance(c, y, c.n.Attrs.(*op.DropPath).Rate)
	},
	"bn": referenceBN,
	"layer_norm": func(c call, y *tensor) {
		a := c.n.Attrs.(*op.LayerNorm)
		x, w, b := c.in[0], c.param("weight"), c.param("bias")
		if a.Channels {
			c.normalise(x, y, a.Eps, func(i int) int { return i/(x.shape[1]*x.plane())*x.plane() + i%x.plane() })
		} else {
			c.normalise(x, y, a.Eps, func(i int) int { return i / (x.shape[1] * x.plane()) })
		}
		for i := range y.v {
			j := i % (x.shape[1] * x.plane())
			if a.Channels {
				j /= x.plane()
			}
			y.v[i] = y.v[i]*element(w, j, 1) + element(b, j, 0)
		}
	},
	"group_norm": func(c call, y *tensor) {
		a := c.n.Attrs.(*op.GroupNorm)
		size := c.in[0].shape[1] / a.Groups * c.in[0].plane()
		c.normalise(c.in[0], y, a.Eps, func(i int) int { return i / size })
		referenceAffine(c, y)
	},
	"instance_norm": func(c call, y *tensor) {
		c.normalise(c.in[0], y, c.n.Attrs.(*op.InstanceNorm).Eps, func(i int) int { return i / y.plane() })
		referenceAffine(c, y)
	},
	"lrn": referenceLRN,
	"softmax": func(c call, y *tensor) {
		referenceSoftmax(c.in[0], y, func(x, sum float64) float64 { return math.Exp(x) / sum })
	},
	"log_softmax": func(c call, y *tensor) {
		referenceSoftmax(c.in[0], y, func(x, sum float64) float64 { return x - math.Log(sum) })
	},
	"prelu": func(c call, y *tensor) {
		a := c.param("weight")
		for i, x := range c.in[0].v {
			slope := a[0]
			if len(a) > 1 {
				slope = a[i/y.plane()%y.shape[1]]
			}
			y.v[i] = x
			if x < 0 {
				y.v[i] = slope * x
			}
		}
	},
	"scale": func(c call, y *tensor) {
		copy(y.v, c.in[0].v)
		referenceAffine(c, y)
	},
	"upsample": referenceUpsample, "crop": referenceCrop, "pad": referencePad, "subsample": referenceSubsample,
	"slice": func(c call, y *tensor) {
		first, x := c.n.Attrs.(*op.Slice).First, c.in[0]
		for i := range y.v {
			image, channel, pixel := i/(y.shape[1]*y.plane()), i/y.plane()%y.shape[1], i%y.plane()
			y.v[i] = x.v[(image*x.shape[1]+channel+first)*y.plane()+pixel]
		}
	},
	"shuffle": func(c call, y *tensor) {
		g, channels := c.n.Attrs.(*op.Shuffle).Groups, y.shape[1]
		for i := range y.v {
			image, channel, pixel := i/(channels*y.plane()), i/y.plane()%channels, i%y.plane()
			from := channel%g*(channels/g) + channel/g
			y.v[i] = c.in[0].v[(image*channels+from)*y.plane()+pixel]
		}
	},
	"pixel_shuffle": func(c call, y *tensor) {
		f := c.n.Attrs.(*op.PixelShuffle).Factor
		each(y, func(n, k, p, q int) float64 { return c.in[0].at(n, k*f*f+p%f*f+q%f, p/f, q/f) })
	},

	"relu":       elementwise(func(x float64) float64 { return maximum(x, 0) }),
	"relu6":      elementwise(func(x float64) float64 { return clamp(x, 0, 6) }),
	"hard_tanh":  elementwise(func(x float64) float64 { return clamp(x, -1, 1) }),
	"selu":       elementwise(func(x float64) float64 { return 1.0507009873554805 * elu(x, 1.6732632423543772) }),
	"elu":        elementwise(func(x float64) float64 { return elu(x, 1) }),
	"tanh":       elementwise(math.Tanh),
	"sigmoid":    elementwise(logistic),
	"softplus":   elementwise(softplus),
	"silu":       elementwise(func(x float64) float64 { return x * logistic(x) }),
	"mish":       elementwise(func(x float64) float64 { return x * math.Tanh(softplus(x)) }),
	"hard_swish": elementwise(func(x float64) float64 { return x * clamp(x+3, 0, 6) / 6 }),
	"hard_sigmoid": elementwise(func(x float64) float64 {
		return clamp(x+3, 0, 6) / 6
	}),
	"scaled_tanh": elementwise(func(x float64) float64 { return 1.7159 * math.Tanh(2*x/3) }),
	"leaky_relu": func(c call, y *tensor) {
		slope := c.n.Attrs.(*op.LeakyReLU).Slope
		elementwise(func(x float64) float64 {
			if x < 0 {
				return slope * x
			}
			return x
		})(c, y)
	},
	"gelu": func(c call, y *tensor) {
		f := func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }
		if c.n.Attrs.(*op.GELU).Tanh {
			f = func(x float64) float64 { return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) }
		}
		elementwise(f)(c, y)
	},
}

func elementwise(f func(float64) float64) func(call, *tensor) {
	return func(c call, y *tensor) {
		for i, x := range c.in[0].v {
			y.v[i] = f(x)
		}
	}
}

// maximum is the larger of two numbers, and what is not a number when one is not.
func maximum(a, b float64) float64 { return math.Max(a, b) }

func clamp(x, lo, hi float64) float64 { return math.Min(math.Max(x, lo), hi) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softplus(x float64) float64 { return maximum(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func elu(x, alpha float64) float64 {
	if x < 0 {
		return alpha * math.Expm1(x)
	}
	return x
}

// each sets every element of a map.
func each(y *tensor, f func(n, k, p, q int) float64) {
	for n := range y.shape[0] {
		for k := range y.shape[1] {
			for p := range y.shape[2] {
				for q := range y.shape[3] {
					*y.el(n, k, p, q) = f(n, k, p, q)
				}
			}
		}
	}
}

// border is the rows above and the columns to the left of a window's map, by
// the rules of the language.
func border(same ir.Same, pad [4]int, in, kernel, stride, dilation [2]int) (top, left int) {
	switch same {
	case ir.Valid:
		return pad[0], pad[2]
	case ir.SameBoth:
		return (kernel[0] - 1) / 2 * dilation[0], (kernel[1] - 1) / 2 * dilation[1]
	case ir.SameTF:
		var before [2]int
		for i := range before {
			out := (in[i] + stride[i] - 1) / stride[i]
			before[i] = max((out-1)*stride[i]+(kernel[i]-1)*dilation[i]+1-in[i], 0) / 2
		}
		return before[0], before[1]
	}
	panic(fmt.Sprint("no such rule of padding: ", same))
}

func referenceConv(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.Conv), c.in[0]
	w, b := c.param("weight"), c.param("bias")
	top, left := border(a.Same, a.Pad, [2]int{x.shape[2], x.shape[3]}, a.Kernel, a.Stride, a.Dilation)
	from, to := x.shape[1]/a.Groups, y.shape[1]/a.Groups
	if a.Table.Rule != "" || a.Table.Lists != nil {
		w = fullWeights(a, w, from, to)
	}
	each(y, func(n, k, p, q int) float64 {
		sum := element(b, k, 0)
		for ch := range from {
			for r := range a.Kernel[0] {
				for s := range a.Kernel[1] {
					h, wd := p*a.Stride[0]+r*a.Dilation[0]-top, q*a.Stride[1]+s*a.Dilation[1]-left
					sum += w[((k*from+ch)*a.Kernel[0]+r)*a.Kernel[1]+s] * x.at(n, k/to*from+ch, h, wd)
				}
			}
		}
		return sum
	})
}

// fullWeights puts the weights of a table's connections where they are among those
// of a convolution that has them all; the others are 0.
func fullWeights(a *op.Conv, w []float64, from, to int) []float64 {
	taps := a.Kernel[0] * a.Kernel[1]
	full := make([]float64, to*from*taps)
	for k := range to {
		for ch := range from {
			if connected(a.Table, k, ch, from, to) {
				copy(full[(k*from+ch)*taps:][:taps], w)
				w = w[taps:]
			}
		}
	}
	return full
}

// connected reports whether a table lets output k read input ch.
func connected(t ir.Table, k, ch, from, to int) bool {
	switch t.Rule {
	case "torus": // the digits of the places, the last one first
		place := k * from / to
		for d := len(t.Lists[0]) - 1; d >= 0; d-- {
			size, window := t.Lists[0][d], t.Lists[1][d]
			ahead := (ch%size - place%size + (window-1)/2 + size) % size
			if ahead >= window {
				return false
			}
			place, ch = place/size, ch/size
		}
		return true
	case "lenet": // rows of the paper's table I, a column for each map of C3
		return []string{
			"X   XXX  XXXX XX", "XX   XXX  XXXX X", "XXX   XXX  X XXX",
			" XXX  XXXX  X XX", "  XXX  XXXX XX X", "   XXX  XXXX XXX",
		}[ch][k] == 'X'
	}
	return slices.Contains(t.Lists[k], ch)
}

// referenceUp adds each input's filter to its window of the output.
func referenceUp(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.Up), c.in[0]
	w, b := c.param("weight"), c.param("bias")
	from, to := x.shape[1]/a.Groups, y.shape[1]/a.Groups
	each(y, func(_, k, _, _ int) float64 { return element(b, k, 0) })
	each(x, func(n, ch, h, wd int) float64 {
		v := x.at(n, ch, h, wd)
		for k := range to {
			for r := range a.Kernel[0] {
				for s := range a.Kernel[1] {
					p, q := h*a.Stride[0]+r*a.Dilation[0]-a.Pad[0], wd*a.Stride[1]+s*a.Dilation[1]-a.Pad[2]
					if p >= 0 && q >= 0 && p < y.shape[2] && q < y.shape[3] {
						*y.el(n, ch/from*to+k, p, q) += v * w[((ch*to+k)*a.Kernel[0]+r)*a.Kernel[1]+s]
					}
				}
			}
		}
		return v
	})
}

func referenceDense(c call, y *tensor) {
	x, w, b := c.in[0], c.param("weight"), c.param("bias")
	features := x.shape[1]
	for i := range y.v {
		n, k := i/y.shape[1], i%y.shape[1]
		y.v[i] = element(b, k, 0)
		for j := range features {
			y.v[i] += w[k*features+j] * x.v[n*features+j]
		}
	}
}

func referencePool(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.Pool), c.in[0]
	h, w := x.shape[2], x.shape[3]
	top, left := border(a.Same, a.Pad, [2]int{h, w}, a.Kernel, a.Stride, a.Dilation)
	bottom, right := a.Pad[1], a.Pad[3]
	if a.Same != ir.Valid { // the padding behind the map reaches as far as the last window
		bottom = max((y.shape[2]-1)*a.Stride[0]+(a.Kernel[0]-1)*a.Dilation[0]+1-h-top, 0)
		right = max((y.shape[3]-1)*a.Stride[1]+(a.Kernel[1]-1)*a.Dilation[1]+1-w-left, 0)
	}
	each(y, func(n, k, p, q int) float64 {
		sum, largest, inside, counted := 0.0, math.Inf(-1), 0, 0
		for r := range a.Kernel[0] {
			for s := range a.Kernel[1] {
				row, column := p*a.Stride[0]+r*a.Dilation[0]-top, q*a.Stride[1]+s*a.Dilation[1]-left
				if row < h+bottom && column < w+right {
					counted++
				}
				if row >= 0 && column >= 0 && row < h && column < w {
					inside++
					sum += x.at(n, k, row, column)
					largest = maximum(largest, x.at(n, k, row, column))
				}
			}
		}
		switch {
		case a.Kind == "max":
			return largest
		case a.CountPad:
			return sum / float64(counted)
		}
		return sum / float64(inside)
	})
}

func referenceAdaptive(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.AdaptivePool), c.in[0]
	h, w := x.shape[2], x.shape[3]
	each(y, func(n, k, p, q int) float64 {
		sum, largest, count := 0.0, math.Inf(-1), 0.0
		for row := p * h / y.shape[2]; row*y.shape[2] < (p+1)*h; row++ {
			for column := q * w / y.shape[3]; column*y.shape[3] < (q+1)*w; column++ {
				sum, count = sum+x.at(n, k, row, column), count+1
				largest = maximum(largest, x.at(n, k, row, column))
			}
		}
		if a.Kind == "max" {
			return largest
		}
		return sum / count
	})
}

func referenceGap(c call, y *tensor) {
	x := c.in[0]
	for i, v := range x.v {
		y.v[i/x.plane()] += v / float64(x.plane())
	}
}

// referenceChance keeps what was kept, scaled so that its expectation stays.
func referenceChance(c call, y *tensor, rate float64) {
	mask := c.given[c.n]
	for i, x := range c.in[0].v {
		switch {
		case !c.training:
			y.v[i] = x
		case mask.v[i] != 0:
			y.v[i] = x / (1 - rate)
		}
	}
}

// referenceAffine scales and shifts each channel.
func referenceAffine(c call, y *tensor) {
	w, b := c.param("weight"), c.param("bias")
	for i := range y.v {
		k := i / y.plane() % y.shape[1]
		y.v[i] = y.v[i]*element(w, k, 1) + element(b, k, 0)
	}
}

// normalise gives the elements of each part mean 0 and variance 1, and
// returns the moments and sizes of the parts.
func (r *reference) normalise(x, y *tensor, eps float64, part func(i int) int) (mean, variance, count map[int]float64) {
	mean, variance, count = map[int]float64{}, map[int]float64{}, map[int]float64{}
	for i := range x.v {
		count[part(i)]++
	}
	for i, v := range x.v {
		mean[part(i)] += v / count[part(i)]
	}
	for i, v := range x.v {
		d := v - mean[part(i)]
		variance[part(i)] += d * d / count[part(i)]
	}
	for i, v := range x.v {
		deviation := math.Sqrt(variance[part(i)] + eps)
		y.v[i] = (v - mean[part(i)]) / deviation
		r.gain = math.Max(r.gain, 1/deviation)
	}
	return mean, variance, count
}

func referenceBN(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.BatchNorm), c.in[0]
	mean, variance := c.param("running_mean"), c.param("running_var")
	channel := func(i int) int { return i / x.plane() % x.shape[1] }
	if c.training && !c.n.Param("running_mean").Frozen {
		m, v, count := c.normalise(x, y, a.Eps, channel)
		share := a.Momentum
		if a.Cumulative {
			share = 1 // of the first batch
		}
		for k := range mean {
			mean[k] += share * (m[k] - mean[k])
			variance[k] += share * (v[k]*count[k]/math.Max(count[k]-1, 1) - variance[k])
		}
	} else {
		for i, v := range x.v {
			y.v[i] = (v - mean[channel(i)]) / math.Sqrt(variance[channel(i)]+a.Eps)
		}
	}
	referenceAffine(c, y)
}

func referenceLRN(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.LRN), c.in[0]
	channels, plane := x.shape[1], x.plane()
	for i := range y.v {
		image, k, pixel := i/(channels*plane), i/plane%channels, i%plane
		squares := 0.0
		for j := max(k-a.Size/2, 0); j <= min(k+(a.Size-1)/2, channels-1); j++ {
			v := x.v[(image*channels+j)*plane+pixel]
			squares += v * v
		}
		y.v[i] = x.v[i] / math.Pow(a.K+a.Alpha/float64(a.Size)*squares, a.Beta)
	}
}

func referenceSoftmax(x, y *tensor, f func(x, sum float64) float64) {
	channels, plane := x.shape[1], x.plane()
	for i := range x.v {
		image, pixel := i/(channels*plane), i%plane
		at := func(k int) float64 { return x.v[(image*channels+k)*plane+pixel] }
		largest, sum := math.Inf(-1), 0.0
		for k := range channels {
			largest = maximum(largest, at(k))
		}
		for k := range channels {
			sum += math.Exp(at(k) - largest)
		}
		y.v[i] = f(x.v[i]-largest, sum)
	}
}

func referenceUpsample(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.Upsample), c.in[0]
	// position is where an output pixel lies among the n input pixels.
	position := func(i, n, out int) float64 {
		switch {
		case a.Corners && out == 1:
			return 0
		case a.Corners:
			return float64(i) * float64(n-1) / float64(out-1)
		}
		return maximum((float64(i)+0.5)*float64(n)/float64(out)-0.5, 0)
	}
	each(y, func(n, k, p, q int) float64 {
		if a.Mode == "nearest" {
			return x.at(n, k, p*x.shape[2]/y.shape[2], q*x.shape[3]/y.shape[3])
		}
		h, w := position(p, x.shape[2], y.shape[2]), position(q, x.shape[3], y.shape[3])
		h0, w0 := min(int(h), x.shape[2]-1), min(int(w), x.shape[3]-1)
		h1, w1 := min(h0+1, x.shape[2]-1), min(w0+1, x.shape[3]-1)
		fh, fw := h-float64(h0), w-float64(w0)
		sum := 0.0
		for _, from := range []struct {
			weight float64
			h, w   int
		}{{(1 - fh) * (1 - fw), h0, w0}, {(1 - fh) * fw, h0, w1}, {fh * (1 - fw), h1, w0}, {fh * fw, h1, w1}} {
			if from.weight != 0 { // else it is not read
				sum += from.weight * x.at(n, k, from.h, from.w)
			}
		}
		return sum
	})
}

func referenceCrop(c call, y *tensor) {
	x := c.in[0]
	top, left := (x.shape[2]-y.shape[2])/2, (x.shape[3]-y.shape[3])/2
	each(y, func(n, k, p, q int) float64 { return x.at(n, k, p+top, q+left) })
}

func referencePad(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.Pad), c.in[0]
	inside := func(i, n int) int {
		if a.Mode != "reflect" {
			return i
		}
		if i < 0 {
			i = -i
		}
		if i >= n {
			i = 2*(n-1) - i
		}
		return i
	}
	each(y, func(n, k, p, q int) float64 {
		return x.at(n, k, inside(p-a.Amount[0], x.shape[2]), inside(q-a.Amount[2], x.shape[3]))
	})
}

func referenceSubsample(c call, y *tensor) {
	a, x := c.n.Attrs.(*op.Subsample), c.in[0]
	before := 0
	if a.Centered {
		before = (y.shape[1] - x.shape[1]) / 2
	}
	each(y, func(n, k, p, q int) float64 {
		if k < before || k-before >= x.shape[1] {
			return 0
		}
		return x.at(n, k-before, p*a.Stride[0], q*a.Stride[1])
	})
}
