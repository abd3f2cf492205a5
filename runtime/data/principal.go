package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// axes are the principal axes of the colours of a data set, each as long as the
// standard deviation along it.
type axes [3][3]float64 // axis, channel

// The part of the data that the axes are computed from.
const (
	pcaImages = 256  // spread over the data
	pcaPixels = 1024 // of each, spread over the image
)

// principal computes the axes of the data's colours. Source: A. Krizhevsky,
// I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional
// neural networks", NIPS 2012, section 4.1.
func principal(set Dataset) (*axes, error) {
	var sum [3]float64
	var square [3][3]float64
	n := 0.0
	var m Image
	images := min(set.Len(), pcaImages)
	for k := range images {
		i := k * set.Len() / images
		if _, err := set.Sample(i, &m); err != nil {
			return nil, err
		}
		if m.C != 3 {
			return nil, fmt.Errorf("%s: image is %v, expected 3 channels", placeOf(set, i), m.Shape)
		}
		pixels := min(m.H*m.W, pcaPixels)
		for q := range pixels {
			p := m.Pix[q*m.H*m.W/pixels*3:][:3]
			for a := range 3 {
				sum[a] += float64(p[a])
				for b := range 3 {
					square[a][b] += float64(p[a]) * float64(p[b])
				}
			}
		}
		n += float64(pixels)
	}
	covariance := mat.NewSymDense(3, nil)
	for a := range 3 {
		for b := a; b < 3; b++ {
			covariance.SetSym(a, b, square[a][b]/n-sum[a]/n*(sum[b]/n))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, errors.New("the principal axes of the data's colours cannot be computed")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var found axes
	for i, variance := range eigen.Values(nil) {
		for c := range 3 {
			found[i][c] = math.Sqrt(max(variance, 0)) * vectors.At(c, i)
		}
	}
	return &found, nil
}

// draw is a random colour: each axis times a normal number of the deviation
// given. The paper multiplies unit vectors by the eigenvalues of the covariance,
// which are variances, so that the result would depend on the unit of the
// pixels; their square roots do not.
func (a *axes) draw(deviation float64, r *rand.Rand) (by [3]int32) {
	var colour [3]float64
	for i := range a {
		amount := deviation * r.NormFloat64()
		for c := range colour {
			colour[c] += float64(amount * a[i][c])
		}
	}
	for c, v := range colour {
		by[c] = int32(math.RoundToEven(v))
	}
	return by
}
