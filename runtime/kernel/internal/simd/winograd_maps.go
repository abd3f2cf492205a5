package simd

// The points at which F(4×4, 3×3) and F(2×2, 5×5) evaluate are 0, ±α, ±β and infinity. Powers
// of two as 1 and 2 save nothing where multiplications are fused; these points,
// near α·β = 1, give about half the error, and products of a few bits. F(2×2,
// 3×3) takes 0, ±1 and infinity. The factors of a filter's polynomials are in
// Filter and Taps.
//
// Source: Lavin and Gray, arXiv:1509.09308, of the maps; Barabasz et al.,
// arXiv:1803.10986, of the choice of points.
const (
	alpha  = 5. / 8
	beta   = 3. / 2
	alpha2 = alpha * alpha
	beta2  = beta * beta
	scaleA = 1 / (2 * alpha2 * (alpha2 - beta2)) // scales of the filters at ±α, ±β and 0
	scaleB = 1 / (2 * beta2 * (beta2 - alpha2))
	scale0 = 1 / (alpha2 * beta2)
)

// scaled is c·x, and madd is c·x + y rounded once. The factor is rounded to
// float32.
func scaled(c float64, x float32) float32  { return float32(float32(c) * x) }
func madd(c float64, x, y float32) float32 { return fma(float32(c), x, y) }

func input4(d [6]float32) (y [6]float32) {
	e, o := madd(-beta2, d[2], d[4]), madd(-beta2, d[1], d[3])
	f, p := madd(-alpha2, d[2], d[4]), madd(-alpha2, d[1], d[3])
	y[0] = madd(alpha2*beta2, d[0], madd(-(alpha2+beta2), d[2], d[4]))
	y[1], y[2] = madd(alpha, o, e), madd(-alpha, o, e)
	y[3], y[4] = madd(beta, p, f), madd(-beta, p, f)
	y[5] = madd(alpha2*beta2, d[1], madd(-(alpha2+beta2), d[3], d[5]))
	return y
}

func output4(m [6]float32) (y [6]float32) {
	e, o, f, p := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	y[0] = m[0] + e + f
	y[1] = madd(beta, p, scaled(alpha, o))
	y[2] = madd(beta2, f, scaled(alpha2, e))
	y[3] = madd(beta2*beta, p, madd(alpha2*alpha, o, m[5]))
	return y
}

func filter4(g [6]float32) (y [6]float32) {
	e, f := madd(scaleA*alpha2, g[2], scaled(scaleA, g[0])), madd(scaleB*beta2, g[2], scaled(scaleB, g[0]))
	y[0] = scaled(scale0, g[0])
	y[1], y[2] = madd(scaleA*alpha, g[1], e), madd(-scaleA*alpha, g[1], e)
	y[3], y[4] = madd(scaleB*beta, g[1], f), madd(-scaleB*beta, g[1], f)
	y[5] = g[2]
	return y
}

func gradient4(d [6]float32) (y [6]float32) {
	e, o := madd(alpha2, d[2], d[0]), madd(alpha2, d[3], d[1])
	f, p := madd(beta2, d[2], d[0]), madd(beta2, d[3], d[1])
	y[0], y[5] = d[0], d[3]
	y[1], y[2] = madd(alpha, o, e), madd(-alpha, o, e)
	y[3], y[4] = madd(beta, p, f), madd(-beta, p, f)
	return y
}

func taps4(m [6]float32) (y [6]float32) {
	e, o, f, p := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	y[0] = madd(scaleB, f, madd(scaleA, e, scaled(scale0, m[0])))
	y[1] = madd(scaleB*beta, p, scaled(scaleA*alpha, o))
	y[2] = madd(scaleB*beta2, f, madd(scaleA*alpha2, e, m[5]))
	return y
}

func input2(d [6]float32) (y [6]float32) {
	y[0], y[1], y[2], y[3] = d[0]-d[2], d[1]+d[2], d[2]-d[1], d[3]-d[1]
	return y
}

func output2(m [6]float32) (y [6]float32) {
	y[0], y[1] = m[0]+m[1]+m[2], m[1]-m[2]+m[3]
	return y
}

func filter2(g [6]float32) (y [6]float32) {
	e := scaled(0.5, g[0]+g[2])
	y[0], y[1], y[2], y[3] = g[0], madd(0.5, g[1], e), madd(-0.5, g[1], e), g[2]
	return y
}

func gradient2(d [6]float32) (y [6]float32) {
	y[0], y[1], y[2], y[3] = d[0], d[0]+d[1], d[0]-d[1], d[1]
	return y
}

func taps2(m [6]float32) (y [6]float32) {
	e := m[1] + m[2]
	y[0], y[1], y[2] = madd(0.5, e, m[0]), scaled(0.5, m[1]-m[2]), madd(0.5, e, m[3])
	return y
}

func output25(m [6]float32) (y [6]float32) {
	e, o, f, p := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	y[0] = m[0] + e + f
	y[1] = madd(beta, p, madd(alpha, o, m[5]))
	return y
}

func filter25(g [6]float32) (y [6]float32) {
	e := madd(scaleA*alpha2*alpha2, g[4], madd(scaleA*alpha2, g[2], scaled(scaleA, g[0])))
	f := madd(scaleB*beta2*beta2, g[4], madd(scaleB*beta2, g[2], scaled(scaleB, g[0])))
	o := madd(scaleA*alpha2*alpha, g[3], scaled(scaleA*alpha, g[1]))
	p := madd(scaleB*beta2*beta, g[3], scaled(scaleB*beta, g[1]))
	y[0] = scaled(scale0, g[0])
	y[1], y[2] = e+o, e-o
	y[3], y[4] = f+p, f-p
	y[5] = g[4]
	return y
}

func gradient25(d [6]float32) (y [6]float32) {
	y[0], y[5] = d[0], d[1]
	y[1], y[2] = madd(alpha, d[1], d[0]), madd(-alpha, d[1], d[0])
	y[3], y[4] = madd(beta, d[1], d[0]), madd(-beta, d[1], d[0])
	return y
}

func taps25(m [6]float32) (y [6]float32) {
	e, o, f, p := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	y[0] = madd(scaleB, f, madd(scaleA, e, scaled(scale0, m[0])))
	y[1] = madd(scaleB*beta, p, scaled(scaleA*alpha, o))
	y[2] = madd(scaleB*beta2, f, scaled(scaleA*alpha2, e))
	y[3] = madd(scaleB*beta2*beta, p, scaled(scaleA*alpha2*alpha, o))
	y[4] = madd(scaleB*beta2*beta2, f, madd(scaleA*alpha2*alpha2, e, m[5]))
	return y
}
