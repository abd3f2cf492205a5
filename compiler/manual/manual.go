// Package manual writes the tables of the language reference.
//
// Input: the tables of operators, combinators, functions, losses, optimizers, schedules,
// transforms and diagnostics that the compiler itself works by, and the
// library. Output: Markdown, between marks in a page.
//
// Invariants: what a table says of a word is what the compiler knows of it; the
// same tables give the same text.
package manual

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// Marks around a table in a page.
const (
	openMark  = "<!-- table: "
	closeMark = "<!-- end of table -->"
)

// tables are the tables by the name that stands in their mark.
func tables() map[string]func(*bytes.Buffer) {
	t := op.New()
	var layers, combinators, losses, optimizers, schedules, transforms []word
	for _, o := range t.Ops {
		layers = append(layers, word{o.Name, o.Doc, o.Source, o.New()})
	}
	for _, c := range check.Combinators() {
		combinators = append(combinators, word{c.Name, c.Doc, c.Source, c.Settings})
	}
	for _, l := range t.Losses {
		losses = append(losses, word{l.Name, l.Doc, l.Source, l.New()})
	}
	for _, o := range t.Optimizers {
		optimizers = append(optimizers, word{o.Name, o.Doc, o.Source, o.New()})
	}
	for _, s := range train.Schedules {
		schedules = append(schedules, word{s.Name, s.Doc, "", s.New()})
	}
	for _, s := range data.Transforms {
		transforms = append(transforms, word{s.Name, s.Doc, "", s.New()})
	}
	all := map[string]func(*bytes.Buffer){"library": library, "diagnostics": diagnostics, "functions": functions}
	for name, words := range map[string][]word{
		"layers": layers, "combinators": combinators, "losses": losses,
		"optimizers": optimizers, "schedules": schedules, "transforms": transforms,
	} {
		all[name] = func(b *bytes.Buffer) { summary(b, words) }
		all[name+" settings"] = func(b *bytes.Buffer) { settings(b, words) }
	}
	return all
}

// Fill returns a page with its tables written anew. It fails at a mark that
// names no table or has no end.
func Fill(page []byte) ([]byte, error) {
	known := tables()
	var out bytes.Buffer
	for {
		at := bytes.Index(page, []byte(openMark))
		if at < 0 {
			out.Write(page)
			return out.Bytes(), nil
		}
		name, _, ok := strings.Cut(string(page[at+len(openMark):]), " -->")
		end := bytes.Index(page[at:], []byte(closeMark))
		write := known[name]
		switch {
		case !ok || write == nil:
			return nil, fmt.Errorf("there is no table %q", name)
		case end < 0:
			return nil, fmt.Errorf("table %q has no mark %q after it", name, closeMark)
		}
		fmt.Fprintf(&out, "%s%s%s -->\n\n", page[:at], openMark, name)
		write(&out)
		fmt.Fprintf(&out, "\n%s", closeMark)
		page = page[at+end+len(closeMark):]
	}
}
