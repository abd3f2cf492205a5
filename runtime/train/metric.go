package train

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

// rank is the number of elements in front of that of the label, in order of
// size; among equals the first is in front.
func rank(row []float32, label int) int {
	n := 0
	for i, v := range row {
		if v > row[label] || v == row[label] && i < label {
			n++
		}
	}
	return n
}

// predicted is the class that a row of scores tells: the one with the largest,
// or class 1 where a single logit is above 0.
func predicted(row []float32) int {
	if len(row) == 1 {
		if row[0] > 0 {
			return 1
		}
		return 0
	}
	return argmax(row)
}

// top1 counts the rows of logits that tell the class of their label, and the
// rows that count: those whose label the loss does not leave out. The width of a
// row is the number of logits by the number of labels.
func (l *Loss) top1(logits []float32, labels []int32) (correct, rows int) {
	if len(labels) == 0 {
		return 0, 0
	}
	k := len(logits) / len(labels)
	for i, label := range labels {
		if l.ignores(label) {
			continue
		}
		rows++
		if predicted(logits[i*k:(i+1)*k]) == int(label) {
			correct++
		}
	}
	return correct, rows
}

// IoU is the share that a class as labelled and as predicted have in common, of
// the rows that are one or the other, and whether there are any.
func (c *Confusion) IoU(class int) (share float64, any bool) {
	union := -c.Count(class, class)
	for i := range c.K {
		union += c.Count(class, i) + c.Count(i, class)
	}
	if union == 0 {
		return 0, false
	}
	return float64(c.Count(class, class)) / float64(union), true
}

// MeanIoU is the mean of IoU over the classes that were labelled or predicted.
func (c *Confusion) MeanIoU() float64 {
	sum, n := 0.0, 0
	for class := range c.K {
		if share, any := c.IoU(class); any {
			sum += share
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
