package gogen

import (
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scope is the names already taken in one block of Go.
type scope map[string]bool

func newScope(taken ...string) scope {
	s := scope{}
	for _, name := range taken {
		s[name] = true
	}
	return s
}

// add takes the wanted name, or the first free one that continues it.
func (s scope) add(want string) string {
	name := want
	for i := 2; s[name] || token.IsKeyword(name); i++ {
		name = joinWord(want, strconv.Itoa(i))
	}
	s[name] = true
	return name
}

// ident makes an unexported identifier of a layer's, tensor's or port's name.
// Words are joined in camel case; an x keeps two numbers apart:
// "c2[1].conv2.weight" becomes c2x1Conv2Weight.
func ident(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	out := ""
	for _, w := range words {
		if out == "" {
			out = lowerFirst(w)
		} else {
			out = joinWord(out, upperFirst(w))
		}
	}
	if first, _ := utf8.DecodeRuneInString(out); !unicode.IsLetter(first) {
		out = "x" + out
	}
	return out
}

// joinWord appends a word to an identifier so that the seam stays visible.
func joinWord(id, word string) string {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(id)
	if unicode.IsDigit(first) && unicode.IsDigit(last) {
		return id + "x" + word
	}
	return id + word
}

// exported is an identifier with its first letter in upper case; one whose
// first letter has no case gets an X in front.
func exported(id string) string {
	if id = upperFirst(id); token.IsExported(id) {
		return id
	}
	return "X" + id
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// lowerFirst puts a word in lower case up to its first small letter's capital:
// "Loss" becomes loss, "BN" bn, "ReLU" reLU.
func lowerFirst(s string) string {
	if strings.ToUpper(s) == s {
		return strings.ToLower(s)
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// plural is the name of several of a port's things: images, labels, masks.
func plural(id string) string {
	if strings.HasSuffix(id, "s") {
		return id
	}
	return id + "s"
}

// kernelIdent names a kernel after its layer and its type, without saying a
// word twice: layer "c2[1].conv2" and type ConvGrad give C2x1Conv2Grad.
func kernelIdent(layer, typ string) string {
	if layer == "" {
		return typ
	}
	last := strings.ToLower(ident(layer[strings.LastIndexByte(layer, '.')+1:]))
	rest := typ
	for words := camelWords(typ); len(words) > 0; words = words[:len(words)-1] {
		if said := strings.Join(words, ""); strings.HasPrefix(last, strings.ToLower(said)) {
			rest = typ[len(said):]
			break
		}
	}
	return joinWord(upperFirst(ident(layer)), rest)
}

// camelWords splits an identifier before its capitals: ConvGrad is Conv, Grad.
func camelWords(id string) []string {
	var words []string
	start, low := 0, false
	for i, r := range id {
		if unicode.IsUpper(r) && low {
			words = append(words, id[start:i])
			start = i
		}
		low = !unicode.IsUpper(r)
	}
	return append(words, id[start:])
}
