package dsl

import (
	"bytes"
	"regexp"
	"testing"
)

// large is a file of the given number of copies of the examples.
func large(b *testing.B, copies int) []byte {
	edition := regexp.MustCompile(`(?m)^net +1`) // only one, at the top, is allowed
	var src []byte
	for name, text := range sources(b) {
		if _, list := Parse(name, text); len(list) == 0 {
			src = append(src, edition.ReplaceAll(text, nil)...)
		}
	}
	return bytes.Repeat(src, copies)
}

func BenchmarkParse(b *testing.B) {
	src := large(b, 20)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, list := Parse("a.net", src); len(list) > 0 {
			b.Fatal(list.Err())
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	src := large(b, 20)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, list := Format("a.net", src); len(list) > 0 {
			b.Fatal(list.Err())
		}
	}
}
