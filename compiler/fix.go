package compiler

import (
	"bytes"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// maxRounds bounds how often Fix starts again: each round lets the checker see
// what the one before brought to light.
const maxRounds = 50

// Fixed is a text with its safe edits made.
type Fixed struct {
	Text    []byte
	Settled diag.List // what was settled, in order; places are of the text as it was then
	Left    diag.List // what the checker still says
}

// Fix makes the edits of a text that are safe, round by round until there are
// none, and lays the result out anew if the text was laid out. The path is that
// of Parse. The result is never worse to read than the text: edits that would
// leave more errors of syntax, or the first errors at all, are not made.
func Fix(path string, src []byte) Fixed {
	f := Parse(path, src)
	out := Fixed{Text: src, Left: f.Check()}
	refused := map[string]bool{}
	for range maxRounds {
		var wanted diag.List
		for _, d := range out.Left {
			if !refused[d.Error()] {
				wanted.Add(d)
			}
		}
		_, settled := wanted.Fixes(f.AST.Source)
		if len(settled) == 0 {
			break
		}
		next, text, left := f.fixed(settled)
		if worse(out.Left, left) { // one by one, to tell which is to blame
			settled = settled[:1]
			if next, text, left = f.fixed(settled); worse(out.Left, left) {
				refused[settled[0].Error()] = true
				continue
			}
		}
		f, out.Text, out.Left = next, text, left
		out.Settled.Add(settled...)
	}
	if tidy, _ := dsl.Format(path, src); bytes.Equal(tidy, src) && !bytes.Equal(out.Text, src) {
		if text, list := dsl.Format(path, out.Text); !list.HasErrors() {
			out.Text = text
			out.Left = Parse(path, text).Check()
		}
	}
	return out
}

// fixed is the file after the edits of some diagnostics.
func (f *File) fixed(settled diag.List) (next *File, text []byte, left diag.List) {
	edits, _ := settled.Fixes(f.AST.Source)
	text = diag.Apply(f.AST.Source.Text, edits)
	next = Parse(f.Path, text)
	return next, text, next.Check()
}

// worse reports whether a text whose diagnostics are after is harder to read than
// one whose are before. A word put right may bring other errors to light, but not
// of syntax.
func worse(before, after diag.List) bool {
	return syntaxErrors(after) > syntaxErrors(before) || after.HasErrors() && !before.HasErrors()
}

func syntaxErrors(list diag.List) (n int) {
	for _, d := range list {
		if d.Severity == diag.Error && d.Code < diag.UnknownLayer {
			n++
		}
	}
	return n
}
