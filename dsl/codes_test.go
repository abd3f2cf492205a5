package dsl

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// TestCodePages runs the examples of the pages of this package's codes: the
// failing one gives its code and no other, the fixed one nothing.
func TestCodePages(t *testing.T) {
	long := map[diag.Code][2]string{ // examples too long for a page
		diag.FileTooLarge:    {strings.Repeat("// a line\n", MaxFileSize/10+1), "model A { relu }"},
		diag.TooManyMistakes: {"model A {\n" + strings.Repeat("conv(\n]\n", maxMistakes+1) + "}\n", "model A { relu }"},
	}
	for _, page := range diag.Pages() {
		if page.Code >= 2000 {
			continue
		}
		t.Run(page.Slug, func(t *testing.T) {
			bad, good := page.Bad, page.Good
			if bad == "" {
				bad, good = long[page.Code][0], long[page.Code][1]
			}
			_, list := Parse("bad.net", []byte(bad))
			if len(list) == 0 || list[len(list)-1].Code != page.Code || len(list) > 1 && page.Code != diag.TooManyMistakes {
				t.Errorf("the failing example gives %v", list.Err())
			}
			if _, list := Parse("good.net", []byte(good)); len(list) > 0 {
				t.Errorf("the fixed example gives %v", list.Err())
			}
		})
	}
}

// TestEditsFix applies the offered edits: the diagnostic must go away.
func TestEditsFix(t *testing.T) {
	for name, src := range sources(t) {
		_, list := Parse(name, src)
		for _, d := range list {
			if len(d.Edits) == 0 {
				continue
			}
			fixed := diag.Apply(src, d.Edits)
			_, after := Parse(name, fixed)
			for _, e := range after {
				if e.Code == d.Code && e.Message == d.Message && e.Primary.Start == d.Primary.Start && e.Code != diag.TwoStatements {
					t.Errorf("%s: the edit of %v changes nothing:\n%s", name, d, fixed)
				}
			}
			if len(after) > len(list) {
				t.Errorf("%s: the edit of %v leaves %d of %d mistakes:\n%v", name, d, len(after), len(list), after.Err())
			}
		}
	}
}
