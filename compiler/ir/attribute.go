package ir

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Attribute is one setting of an operator, loss, optimizer, schedule or
// transform, as the tags of its Go struct declare it:
//
//	Stride [2]int `net:"stride,min=1" doc:"step between windows"`
//
// The first word is the key. Options after it: pos (may stand without its key,
// told apart by its form), flag (the bare word turns it on), required,
// oneof=a|b (the words allowed), min= and max=.
type Attribute struct {
	Key      string
	Doc      string
	Index    int // of the field
	Form     Form
	Pos      bool
	Flag     bool
	Required bool
	OneOf    []string
	Min, Max *float64
}

// Form is how the value of an attribute is written.
type Form string

// The forms.
const (
	Integer Form = "integer"  // 64
	Number  Form = "number"   // 0.5, 1e-3
	Boolean Form = "boolean"  // true, false
	Word    Form = "word"     // max
	Pair    Form = "size"     // 5x5, or one number for both
	Sides   Form = "padding"  // 2, 2x3, or [top, bottom, left, right]
	List    Form = "integers" // [30, 60]
	Numbers Form = "numbers"  // [0.5, 0.5]
	Span    Form = "range"    // 0.8..1.2
	Padding Form = "same"     // same, same(tf)
	Links   Form = "table"    // lenet, torus([8, 16], [3, 5]), [[0, 1], [1, 2]]
)

// Same is the rule by which a window's padding follows from its size.
type Same uint8

// The rules: no padding, the same on both sides, TensorFlow's.
const (
	Valid Same = iota
	SameBoth
	SameTF
)

// Table says which inputs each output reads: by a rule, with what the rule needs
// to know, or without one as a list of inputs for each output.
type Table struct {
	Rule  string
	Lists [][]int
}

// Attributes lists the attributes that a prototype's tags declare, in field
// order. It panics on a malformed tag: prototypes are part of the program.
func Attributes(prototype any) []Attribute {
	t := reflect.TypeOf(prototype).Elem()
	var all []Attribute
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("net")
		if !ok {
			continue
		}
		words := strings.Split(tag, ",")
		a := Attribute{Key: words[0], Doc: f.Tag.Get("doc"), Index: i, Form: formOf(f.Type)}
		for _, w := range words[1:] {
			key, value, _ := strings.Cut(w, "=")
			switch key {
			case "pos":
				a.Pos = true
			case "flag":
				a.Flag = true
			case "required":
				a.Required = true
			case "oneof":
				a.OneOf = strings.Split(value, "|")
			case "min":
				a.Min = bound(t, value)
			case "max":
				a.Max = bound(t, value)
			default:
				panic(fmt.Sprintf("ir: %v.%s: unknown option %q in tag", t, f.Name, w))
			}
		}
		all = append(all, a)
	}
	return all
}

func bound(t reflect.Type, s string) *float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("ir: %v: bound %q in tag is no number", t, s))
	}
	return &v
}

func formOf(t reflect.Type) Form {
	switch {
	case t == reflect.TypeFor[Same]():
		return Padding
	case t == reflect.TypeFor[Table]():
		return Links
	case t == reflect.TypeFor[[2]int]():
		return Pair
	case t == reflect.TypeFor[[4]int]():
		return Sides
	case t == reflect.TypeFor[[]int]():
		return List
	case t == reflect.TypeFor[[]float64]():
		return Numbers
	}
	switch t.Kind() {
	case reflect.Int:
		return Integer
	case reflect.Float64:
		return Number
	case reflect.Bool:
		return Boolean
	case reflect.String:
		return Word
	case reflect.Struct:
		if t.Name() == "Range" && t.NumField() == 2 {
			return Span
		}
	}
	panic(fmt.Sprintf("ir: attributes cannot be of type %v", t))
}

// With is a copy of attributes with a number set. It panics where there is no
// attribute of this key: every optimizer has the ones it is asked for.
func With(attrs any, key string, value float64) any {
	copied := reflect.New(reflect.TypeOf(attrs).Elem())
	copied.Elem().Set(reflect.ValueOf(attrs).Elem())
	for _, a := range Attributes(attrs) {
		if a.Key == key {
			copied.Elem().Field(a.Index).SetFloat(value)
			return copied.Interface()
		}
	}
	panic(fmt.Sprintf("ir: %T has no %s", attrs, key))
}
