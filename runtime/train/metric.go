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

// top1 counts the rows of logits whose largest element is at their label, and
// the rows that count: those whose label the loss does not leave out. The width
// of a row is the number of logits by the number of labels.
func (l *Loss) top1(logits []float32, labels []int32) (correct, rows int) {
	k := len(logits) / len(labels)
	for i, label := range labels {
		if l.ignores(label) {
			continue
		}
		rows++
		if argmax(logits[i*k:(i+1)*k]) == int(label) {
			correct++
		}
	}
	return correct, rows
}
