package diag

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"conv", "dense", "pool", "residual", "cross_entropy", "bn", "lr", "flatten"}
	for word, want := range map[string]string{
		"covn": "conv", "cnov": "conv", "con": "conv", "Conv": "conv", "convv": "conv", "denze": "dense", "dnese": "dense",
		"residaul": "residual", "residul": "residual", "crossentropy": "cross_entropy", "cross_entrpoi": "cross_entropy",
		"flaten": "flatten", "rl": "lr", "bm": "bn",
		"": "", "xyz": "", "p": "", "resd": "", "embedding": "", "po": "",
	} {
		got, ok := Nearest(word, words)
		if got != want || ok != (want != "") {
			t.Errorf("nearest of %q is %q, want %q", word, got, want)
		}
	}
	if got, _ := Nearest("cat", []string{"bat", "cut", "hat"}); got != "bat" {
		t.Errorf("of equals %q, want the first", got)
	}
	if got, _ := Nearest("relu6", []string{"relu", "relu6"}); got != "relu6" {
		t.Errorf("%q wins over the word itself", got)
	}
	// Small letters of some scripts take more bytes than capital ones.
	if got, ok := Nearest(strings.Repeat("Ⱥ", 32), []string{strings.Repeat("a", 64)}); ok {
		t.Errorf("%q is taken for a slip", got)
	}
}

func TestPages(t *testing.T) {
	last := Code(0)
	slugs := map[string]bool{}
	for _, p := range Pages() {
		if p.Code <= last {
			t.Errorf("%s comes after %s", p.Code, last)
		}
		last = p.Code
		if slugs[p.Slug] || p.Slug == "" || p.Explain == "" {
			t.Errorf("%s: slug %q taken or empty, or no explanation", p.Code, p.Slug)
		}
		slugs[p.Slug] = true
		if got, ok := ParseCode(p.Code.String()); !ok || got != p.Code {
			t.Errorf("%s reads back as %s", p.Code, got)
		}
		if got, ok := p.Code.Explain(); !ok || got.Slug != p.Slug {
			t.Errorf("%s has no page", p.Code)
		}
	}
	for _, bad := range []string{"", "N10", "N10a0", "X1001", "N10010"} {
		if _, ok := ParseCode(bad); ok {
			t.Errorf("%q is a code", bad)
		}
	}
}
