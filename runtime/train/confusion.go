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
	Rows   string // what is counted, for people: "images" when empty
	counts []int  // [label][prediction]
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
// maxPairs how many pairs it prints beyond, and maxMarked how many it marks in
// the matrix.
const (
	maxTable  = 12
	maxPairs  = 10
	maxMarked = 5
)

// What a terminal takes for colours: of what was recognised, of the most
// frequent confusions, of nothing, and the end of each.
const (
	green = "\x1b[32m"
	red   = "\x1b[1;31m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// Write prints the matrix for a person, at most width columns wide: the whole
// of it where it fits, otherwise the most confused pairs. A class without a
// name is printed as its number. In colour the diagonal and the most frequent
// confusions stand out.
func (c *Confusion) Write(w io.Writer, names []string, width int, colour bool) error {
	label := func(i int) string {
		if i < len(names) {
			return names[i]
		}
		return strconv.Itoa(i)
	}
	var b bytes.Buffer
	if !c.writeTable(&b, label, width, colour) {
		c.writePairs(&b, label)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeTable prints a caption and one line a class: its name, its counts by prediction, its
// recall. It prints nothing and is false if that does not fit.
func (c *Confusion) writeTable(b *bytes.Buffer, label func(int) string, width int, colour bool) bool {
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
	confused := c.pairs()
	marked := confused[:min(len(confused), maxMarked)]
	fmt.Fprintf(b, "each row: %s of one class, by the class predicted\n", cmp.Or(c.Rows, "images"))
	b.WriteString(pad("", name))
	for i := range c.K {
		fmt.Fprintf(b, " %s", padLeft(cut(label(i), cell), cell))
	}
	b.WriteString("  recall\n")
	for i := range c.K {
		b.WriteString(pad(cut(label(i), name), name))
		for j := range c.K {
			text, paint := ".", faint
			n := c.Count(i, j)
			if n > 0 {
				text, paint = strconv.Itoa(n), ""
			}
			switch {
			case i == j:
				paint = green
			case slices.Contains(marked, pair{i, j, n}):
				paint = red
			}
			text = padLeft(text, cell+1)
			if colour && paint != "" {
				text = paint + text + plain
			}
			b.WriteString(text)
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

// pair is how often one class was taken for another.
type pair struct{ label, prediction, n int }

// pairs are those that were confused, the most frequent first.
func (c *Confusion) pairs() []pair {
	var pairs []pair
	for i := range c.K {
		for j := range c.K {
			if n := c.Count(i, j); i != j && n > 0 {
				pairs = append(pairs, pair{i, j, n})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.n, x.n) })
	return pairs
}

// writePairs prints the pairs of classes that are most often confused.
func (c *Confusion) writePairs(b *bytes.Buffer, label func(int) string) {
	pairs := c.pairs()
	if len(pairs) == 0 {
		b.WriteString("no class was taken for another\n")
		return
	}
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
