package check

import (
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// TestPages proves that the example of every page of the checker's codes
// triggers that code and nothing else, and that the example put right is clean.
func TestPages(t *testing.T) {
	explained := 0
	for _, p := range diag.Pages() {
		if p.Code < 2000 || p.Code >= 4000 {
			continue
		}
		explained++
		if p.Bad == "" {
			continue // a failing example would be too large to show
		}
		list := diagnose("bad.net", []byte(p.Bad))
		if len(list) != 1 || list[0].Code != p.Code {
			t.Errorf("%v %s: the failing example gives\n%v", p.Code, p.Slug, list.Err())
		}
		if list := diagnose("good.net", []byte(p.Good)); len(list) > 0 {
			t.Errorf("%v %s: the example put right gives\n%v", p.Code, p.Slug, list.Err())
		}
	}
	if explained < 39 {
		t.Errorf("%d pages of the checker's codes; there were 39", explained)
	}
}
