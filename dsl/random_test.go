package dsl

import (
	"math/rand/v2"
	"strings"
)

// writer writes correct files in careless layout.
type writer struct {
	strings.Builder
	r *rand.Rand
}

// randomFile is a correct file with blanks, line ends and comments in odd places.
func randomFile(seed uint64) []byte {
	w := &writer{r: rand.New(rand.NewPCG(seed, 1))}
	w.gap()
	for range 1 + w.r.IntN(3) {
		if w.r.IntN(3) == 0 {
			w.put("train", " ", "t", " ", "of", " ", "A", " ", "{")
			w.statements(2, w.entry)
		} else {
			w.put("model", " ", "A", "(", "n", ":", "int", "=", "1", ")", "{")
			w.statements(3, w.statement)
		}
		w.put("}", "\n")
		w.gap()
	}
	return []byte(w.String())
}

func (w *writer) pick(choices ...string) string { return choices[w.r.IntN(len(choices))] }

// put writes tokens with random blanks between them.
func (w *writer) put(tokens ...string) {
	for _, t := range tokens {
		w.WriteString(t)
		w.WriteString(w.pick("", "", " ", "  ", "\t"))
	}
}

// gap writes blanks, line ends and comments where lines may end.
func (w *writer) gap() {
	w.WriteString(w.pick("\n", "\n", "\n\n", "\n\n\n", " // c\n", "// d\n\n", "\n/// e\n", "\n\n  // f\n  // g\n", " /// h\n\n/// i\n", "\n/// j\n\n"))
}

func (w *writer) statements(depth int, one func(depth int)) {
	w.WriteString(w.pick("", " ", "\n"))
	for range w.r.IntN(4) {
		one(depth)
		if w.r.IntN(4) == 0 {
			w.put(";")
		} else {
			w.gap()
		}
	}
}

func (w *writer) entry(depth int) {
	w.put(w.pick("epochs", "optimizer", "loss"))
	switch w.r.IntN(5) {
	case 0:
		w.put("(", "a", "=", "1", ")")
	case 1:
		w.put(" ", w.value(2), ",", w.pick("", "\n"), w.value(1))
	case 2:
		if depth > 0 {
			w.put(" ", "warm", " ", "{")
			w.statements(depth-1, w.entry)
			w.put("}")
			return
		}
		fallthrough
	default:
		w.put(" ", w.value(2))
	}
}

func (w *writer) statement(depth int) {
	switch w.r.IntN(8) {
	case 0:
		w.put("input", " ", "x", ":", w.pick("3xHxW", "CxHxW", "(n)x3"))
	case 1:
		w.put("output", " ", "a", ",", "b", " ", "from", " ", "c", ".", "d")
	case 2:
		if depth > 0 {
			w.put("repeat", " ", w.pick("", "i in "), w.value(1), " ", "{")
			w.statements(depth-1, w.statement)
			w.put("}")
			return
		}
		fallthrough
	default:
		w.link(depth)
		for range w.r.IntN(4) {
			w.WriteString(w.pick(" ", "\n", "// c\n", "\n// d\n"))
			w.put("->")
			w.WriteString(w.pick("", " ", "\n", "// e\n", "\n/// f\n"))
			w.link(depth)
		}
		if w.r.IntN(4) == 0 {
			w.put(" ", "as", " ", "name")
		}
	}
}

func (w *writer) link(depth int) {
	w.put(w.pick("conv", "relu", "residual"))
	switch {
	case w.r.IntN(2) == 0:
		w.put("(", w.value(2), w.pick(",", ",\n", ", // c\n"), "k", "=", w.value(1), w.pick("", ",", "\n", "// d\n"), ")")
	case depth > 0 && w.r.IntN(2) == 0:
		w.WriteString(w.pick("", "\n", " // c\n"))
		w.put("{")
		w.statements(depth-1, w.statement)
		w.put("}")
	}
}

func (w *writer) value(depth int) string {
	if depth > 0 {
		switch w.r.IntN(6) {
		case 0:
			return w.value(depth-1) + w.pick("+", " - ", "*", "/ ", "%") + w.value(depth-1)
		case 1:
			return "[" + w.value(depth-1) + ", " + w.value(depth-1) + "]"
		case 2:
			return "(" + w.value(depth-1) + ")"
		case 3:
			return "f(" + w.value(depth-1) + ")"
		}
	}
	return w.pick("1", "-1", "0.5", "3x3", "n", "n[0]", "a.b", "1e-3", `"a b"`, "true", "3x(n)")
}
