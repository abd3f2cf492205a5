package compiler_test

import (
	"testing"
	"testing/fstest"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

// TestCodePages proves that the example of every page gives its code and nothing
// else, by the whole of what `netc check` says, and that the example put right
// gives nothing.
func TestCodePages(t *testing.T) {
	slugs := map[string]diag.Code{}
	last := diag.Code(0)
	for _, p := range diag.Pages() {
		if other, twice := slugs[p.Slug]; twice {
			t.Errorf("%v and %v are both called %s", p.Code, other, p.Slug)
		}
		slugs[p.Slug] = p.Code
		if p.Code <= last {
			t.Errorf("%v stands behind %v", p.Code, last)
		}
		last = p.Code
		if p.Bad == "" {
			continue
		}
		tree := fstest.MapFS{}
		if list := compiler.ParseIn(tree, "bad.net", []byte(p.Bad)).Check(); len(list) != 1 || list[0].Code != p.Code {
			t.Errorf("%v %s: the failing example gives\n%v", p.Code, p.Slug, text(list))
		} else if lint := p.Code >= 4000; lint != (list[0].Severity == diag.Warning) && p.Code != diag.OpenSize {
			t.Errorf("%v %s: a lint gives warnings, all else errors; this is one: %v", p.Code, p.Slug, list[0].Severity)
		}
		if list := compiler.ParseIn(tree, "good.net", []byte(p.Good)).Check(); len(list) > 0 {
			t.Errorf("%v %s: the example put right gives\n%v", p.Code, p.Slug, text(list))
		}
	}
}

func text(list diag.List) (s string) {
	for _, d := range list {
		s += d.Text(diag.TextStyle{})
	}
	return s
}
