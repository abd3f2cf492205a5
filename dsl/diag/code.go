package diag

import (
	"fmt"
	"strings"
)

// Code identifies one kind of diagnostic for good. N1xxx: reading the text;
// N2xxx: names and arguments, of which N21xx shapes; N3xxx: training recipes;
// N4xxx: lints.
type Code uint16

func (c Code) String() string { return fmt.Sprintf("N%04d", uint16(c)) }

// Family says what the codes of a range are about.
func (c Code) Family() string {
	switch {
	case c < 2000:
		return "reading the text"
	case c < 2100:
		return "names and arguments"
	case c < 3000:
		return "shapes"
	case c < 4000:
		return "recipes"
	}
	return "lints"
}

// Page is what `netc explain` shows about a code.
type Page struct {
	Code    Code
	Slug    string // a stable name for links: "unclosed-bracket"
	Explain string // one paragraph: what is wrong, why it is an error, what to write
	Bad     string // a small program that triggers the code
	Good    string // the same program put right
}

// tables lists the pages of every family, each ordered by code.
var tables = [][]Page{syntaxPages, modelPages, shapePages, recipePages, lintPages}

// Pages returns the pages of all codes, ordered by code. The caller owns the slice.
func Pages() []Page {
	var all []Page
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

// Explain finds the page of a code.
func (c Code) Explain() (Page, bool) {
	for _, t := range tables {
		for _, p := range t {
			if p.Code == c {
				return p, true
			}
		}
	}
	return Page{}, false
}

// Lookup finds the page of a code or a slug, as people write them: "N1004",
// "n1004", "unknown-character".
func Lookup(word string) (Page, bool) {
	if c, ok := ParseCode(word); ok {
		return c.Explain()
	}
	for _, t := range tables {
		for _, p := range t {
			if strings.EqualFold(p.Slug, word) {
				return p, true
			}
		}
	}
	return Page{}, false
}

// ParseCode reads "N1004".
func ParseCode(s string) (Code, bool) {
	if len(s) != 5 || s[0] != 'N' && s[0] != 'n' {
		return 0, false
	}
	c := Code(0)
	for _, d := range []byte(s[1:]) {
		if d < '0' || d > '9' {
			return 0, false
		}
		c = 10*c + Code(d-'0')
	}
	return c, true
}
