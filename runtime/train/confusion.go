package train

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Confusion counts how often rows of one class were taken for another.
type Confusion struct {
	K      int
	counts []int // [label][prediction]
}

// NewConfusion is an empty matrix of k classes.
func NewConfusion(k int) *Confusion { return &Confusion{K: k, counts: make([]int, k*k)} }

// Add counts one row.
func (c *Confusion) Add(label, prediction int) { c.counts[label*c.K+prediction]++ }

// Count is how often rows of class label were taken for class prediction.
func (c *Confusion) Count(label, prediction int) int { return c.counts[label*c.K+prediction] }

// Recall is the share of a class that was recognised, and the rows it had.
func (c *Confusion) Recall(label int) (share float64, rows int) {
	for _, n := range c.counts[label*c.K : (label+1)*c.K] {
		rows += n
	}
	if rows > 0 {
		share = float64(c.Count(label, label)) / float64(rows)
	}
	return share, rows
}

// maxTable is the number of classes up to which Write prints the whole matrix,
// and maxPairs how many pairs it prints beyond.
const (
	maxTable = 12
	maxPairs = 10
)

// Write prints the matrix for a person, at most width columns wide: the whole
// of it where it fits, otherwise the most confused pairs. A class without a
// name is printed as its number.
func (c *Confusion) Write(w io.Writer, names []string, width int) error {
	label := func(i int) string {
		if i < len(names) {
			return names[i]
		}
		return strconv.Itoa(i)
	}
	var b bytes.Buffer
	if !c.writeTable(&b, label, width) {
		c.writePairs(&b, label)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeTable prints one line a class: its name, its counts by prediction, its
// recall. It prints nothing and is false if that does not fit.
func (c *Confusion) writeTable(b *bytes.Buffer, label func(int) string, width int) bool {
	cell, name := 2, 0
	for _, n := range c.counts {
		cell = max(cell, len(strconv.Itoa(n)))
	}
	for i := range c.K {
		name = max(name, utf8.RuneCountInString(label(i)))
	}
	const recall = len("  recall")
	room := width - c.K*(cell+1) - recall
	if c.K > maxTable || room < min(name, 4) {
		return false
	}
	longest := name
	name = min(name, room)
	cell = max(cell, min(longest, (width-name-recall)/c.K-1)) // the heads of columns use what is left
	b.WriteString(pad("", name))
	for i := range c.K {
		fmt.Fprintf(b, " %s", padLeft(cut(label(i), cell), cell))
	}
	b.WriteString("  recall\n")
	for i := range c.K {
		b.WriteString(pad(cut(label(i), name), name))
		for j := range c.K {
			if n := c.Count(i, j); n > 0 {
				fmt.Fprintf(b, " %*d", cell, n)
			} else {
				b.WriteString(padLeft(".", cell+1))
			}
		}
		b.WriteString("  " + c.recallText(i) + "\n")
	}
	return true
}

func (c *Confusion) recallText(label int) string {
	share, rows := c.Recall(label)
	if rows == 0 {
		return "     –"
	}
	return fmt.Sprintf("%5.1f%%", 100*share)
}

// writePairs prints the pairs of classes that are most often confused.
func (c *Confusion) writePairs(b *bytes.Buffer, label func(int) string) {
	type pair struct{ label, prediction, n int }
	var pairs []pair
	for i := range c.K {
		for j := range c.K {
			if n := c.Count(i, j); i != j && n > 0 {
				pairs = append(pairs, pair{i, j, n})
			}
		}
	}
	if len(pairs) == 0 {
		b.WriteString("no class was taken for another\n")
		return
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.n, x.n) })
	shown := pairs[:min(len(pairs), maxPairs)]
	fmt.Fprintf(b, "most confused of %d classes:\n", c.K)
	for _, p := range shown {
		_, rows := c.Recall(p.label)
		fmt.Fprintf(b, "  %s taken for %s: %d of %d\n", label(p.label), label(p.prediction), p.n, rows)
	}
}

// cut is the first n characters of s.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s)))
}

func padLeft(s string, n int) string {
	return strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s))) + s
}
