package lower

import "math"

// he is the standard deviation √(2/fan-in) of He et al. 2015.
func he(fanIn int) float32 { return float32(math.Sqrt(2 / float64(fanIn))) }

// lecun is the standard deviation √(1/fan-in) of LeCun et al. 1998.
func lecun(fanIn int) float32 { return float32(math.Sqrt(1 / float64(fanIn))) }

// glorot is the bound √(6/(fan-in + fan-out)) of Glorot and Bengio 2010.
func glorot(fanIn, fanOut int) float32 {
	return float32(math.Sqrt(6 / float64(fanIn+fanOut)))
}
