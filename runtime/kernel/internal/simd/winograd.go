package simd

// Winograd names a linear map of minimal filtering, F(m×m, r×r), which is
// applied to the columns and then to the rows of a square. A convolution of m×m
// outputs is the Output of the products, element by element, of the Input of
// t×t pixels, t = m+r-1, and the Filter of r×r taps; its gradient by the taps is
// the Taps of the products of Input and Gradient.
type Winograd int

// The maps. The number is m where r is 3; of F(2×2, 5×5), which shares Input4
// with F(4×4, 3×3), it is 25.
const (
	Input4    Winograd = iota // 6×6 inputs to 6×6
	Output4                   // 6×6 to 4×4 outputs
	Filter4                   // 3×3 taps to 6×6
	Gradient4                 // 4×4 derivatives by outputs to 6×6
	Taps4                     // 6×6 to 3×3 derivatives by taps
	Input2                    // 4×4 inputs to 4×4
	Output2                   // 4×4 to 2×2 outputs
	Filter2                   // 3×3 taps to 4×4
	Gradient2                 // 2×2 derivatives by outputs to 4×4
	Taps2                     // 4×4 to 3×3 derivatives by taps

	Output25   // 6×6 to 2×2 outputs
	Filter25   // 5×5 taps to 6×6
	Gradient25 // 2×2 derivatives by outputs to 6×6
	Taps25     // 6×6 to 5×5 derivatives by taps
)

// Transform is a map applied to N squares of C channels. All strides count
// elements. Square n has the channels of row i and column j at n·XN + i·XRow +
// j·XCol of X, and those of its image likewise in Y. What an Output gives
// gets B and then Z, which lies as Y does, and is clamped where that is asked for.
type Transform struct {
	X, Y           []float32
	B              []float32 // C values, or nil
	N, C           int
	XN, XRow, XCol int
	YN, YRow, YCol int
	Z              []float32 // or nil
	Clamp
}

// Run applies the map; N and C are at least 1.
func (t *Transform) Run(m Winograd) {
	if !transformVec(t, m) {
		t.run(&maps[m])
	}
}

// square has room for the largest of a map's inputs and results, one channel.
type square [6][6]float32

// linear is a map in plain Go.
type linear struct {
	in, out int
	apply   func(x [6]float32) (y [6]float32)
	output  bool
}

var maps = [...]linear{
	Input4:     {in: 6, out: 6, apply: input4},
	Output4:    {in: 6, out: 4, apply: output4, output: true},
	Filter4:    {in: 3, out: 6, apply: filter4},
	Gradient4:  {in: 4, out: 6, apply: gradient4},
	Taps4:      {in: 6, out: 3, apply: taps4},
	Input2:     {in: 4, out: 4, apply: input2},
	Output2:    {in: 4, out: 2, apply: output2, output: true},
	Filter2:    {in: 3, out: 4, apply: filter2},
	Gradient2:  {in: 2, out: 4, apply: gradient2},
	Taps2:      {in: 4, out: 3, apply: taps2},
	Output25:   {in: 6, out: 2, apply: output25, output: true},
	Filter25:   {in: 5, out: 6, apply: filter25},
	Gradient25: {in: 2, out: 6, apply: gradient25},
	Taps25:     {in: 6, out: 5, apply: taps25},
}

// run is Run in plain Go.
func (t *Transform) run(l *linear) {
	for n := range t.N {
		for c := range t.C {
			var cols square // by columns
			for j := range l.in {
				var x [6]float32
				for i := range l.in {
					x[i] = t.X[n*t.XN+i*t.XRow+j*t.XCol+c]
				}
				cols[j] = l.apply(x)
			}
			for i := range l.out {
				var x [6]float32
				for j := range l.in {
					x[j] = cols[j][i]
				}
				y := l.apply(x)
				for j := range l.out {
					v := y[j]
					if l.output {
						var b float32
						if len(t.B) > 0 {
							b = t.B[c]
						}
						v += b
						if len(t.Z) > 0 {
							v += t.Z[n*t.YN+i*t.YRow+j*t.YCol+c]
						}
						v = t.limit(v)
					}
					t.Y[n*t.YN+i*t.YRow+j*t.YCol+c] = v
				}
			}
		}
	}
}
