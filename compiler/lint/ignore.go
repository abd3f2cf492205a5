package lint

import (
	"bytes"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// ignore is a comment that silences warnings of one line:
//
//	conv(64, bias=true) -> bn // netc:ignore N4001 as published
type ignore struct {
	at     diag.Span
	line   int // that it speaks of
	codes  []diag.Code
	reason bool
	wrong  string // what is wrong with it; empty for nothing
	hit    bool   // it silenced something
}

const ignoreMark = "netc:ignore"

// silence drops the diagnostics that comments of the file silence; useless are
// warnings about comments that do not.
func silence(f *dsl.File, list diag.List) (left, useless diag.List) {
	ignores := ignoresOf(f)
	if len(ignores) == 0 {
		return list, nil
	}
	byLine := map[int][]*ignore{}
	for _, g := range ignores {
		byLine[g.line] = append(byLine[g.line], g)
	}
	for _, d := range list {
		if d.Severity == diag.Error || d.Primary.File != f.Source || !silenced(d, byLine[d.Primary.Position().Line]) {
			left.Add(d)
		}
	}
	for _, g := range ignores {
		message, help := g.wrong, "write for instance `// netc:ignore N4001 as published`"
		switch {
		case g.at.End == len(f.Source.Text):
			continue // it is still being written
		case message != "":
		case !g.reason:
			message = "this comment does not say why"
		case !g.hit && !list.HasErrors():
			message, help = "this comment silences nothing", "remove it"
		default:
			continue
		}
		useless.Add(diag.Warnf(diag.UselessIgnore, g.at, "%s", message).WithHelp(help))
	}
	return left, useless
}

// silenced reports whether comments of its line silence a diagnostic.
func silenced(d *diag.Diagnostic, ignores []*ignore) (quiet bool) {
	for _, g := range ignores {
		if slices.Contains(g.codes, d.Code) {
			quiet, g.hit = true, true
		}
	}
	return quiet
}

// ignoresOf reads the comments of a file that silence warnings.
func ignoresOf(f *dsl.File) (all []*ignore) {
	for _, c := range f.Comments {
		rest, ok := strings.CutPrefix(strings.TrimLeft(strings.TrimPrefix(c.Text, "//"), " \t"), ignoreMark)
		if c.Doc || !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			continue
		}
		g := &ignore{at: c.Span, line: spokenOf(f.Source, c)}
		words := strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
		for len(words) > 0 {
			code, ok := diag.ParseCode(words[0])
			if !ok {
				break
			}
			words = words[1:]
			if _, known := code.Explain(); !known {
				g.wrong = "there is no code " + code.String()
			}
			g.codes = append(g.codes, code)
		}
		if len(g.codes) == 0 {
			g.wrong = "this comment does not say which codes it silences"
		}
		g.reason = len(words) > 0
		all = append(all, g)
	}
	return all
}

// spokenOf is the line that a comment speaks of: its own, or the next one that
// holds more than a comment where it stands alone.
func spokenOf(f *diag.File, c *dsl.Comment) int {
	line := f.Position(c.Start).Line
	if len(bytes.TrimSpace(f.Text[f.LineStart(line):c.Start])) > 0 {
		return line
	}
	for line++; line < f.Lines(); line++ {
		text := bytes.TrimSpace(f.Line(line))
		if len(text) > 0 && !bytes.HasPrefix(text, []byte("//")) {
			break
		}
	}
	return line
}
