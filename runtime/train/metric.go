package train

import "math"

// argmax is the index of the largest element, the first among equals.
func argmax(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}

// top1 counts the rows of logits whose largest element is at their label. The
// width of a row is the number of logits by the number of labels.
func top1(logits []float32, labels []int32) int {
	k, correct := len(logits)/len(labels), 0
	for i, label := range labels {
		if argmax(logits[i*k:(i+1)*k]) == int(label) {
			correct++
		}
	}
	return correct
}

// crossEntropy is the loss of one row of logits z of width K, in float64:
// log Σexp(z) − (1−smooth)·z[label] − smooth·mean(z).
func crossEntropy(row []float32, label int, smooth float64) float64 {
	top := float64(row[argmax(row)])
	sum, total := 0.0, 0.0
	for _, v := range row {
		sum += math.Exp(float64(v) - top)
		total += float64(v)
	}
	target := float64(row[label])
	if smooth > 0 {
		target = (1-smooth)*target + smooth*total/float64(len(row))
	}
	return top + math.Log(sum) - target
}
