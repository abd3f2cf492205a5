package check

import (
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// plain writes a number without an exponent where it is whole.
func plain(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// written says how an attribute is written: "a size such as 3x3".
func written(attr ir.Attribute) string {
	switch attr.Form {
	case ir.Integer:
		return "a whole number"
	case ir.Number:
		return "a number"
	case ir.Boolean:
		return "true or false"
	case ir.Word:
		if attr.OneOf != nil {
			return "one of " + strings.Join(attr.OneOf, ", ")
		}
		return "a word"
	case ir.Pair:
		return "a size of rows x columns, or one number for both"
	case ir.Sides:
		return "a number, a size of rows x columns, or [top, bottom, left, right]"
	case ir.List:
		return "a list of whole numbers"
	case ir.Numbers:
		return "a list of numbers"
	case ir.Span:
		return "a range"
	case ir.Links:
		return "one of " + strings.Join(attr.OneOf, ", ") + ", or a list of lists"
	}
	return "`same`, or `same(tf)`"
}

// sample is an attribute as it may be written.
func sample(attr ir.Attribute) string {
	if attr.Flag {
		return attr.Key
	}
	values := map[ir.Form]string{
		ir.Integer: "8", ir.Number: "0.1", ir.Boolean: "true", ir.Pair: "3x3", ir.Sides: "1",
		ir.List: "[2, 4]", ir.Numbers: "[0.5, 0.5]", ir.Span: "0.9..1.1", ir.Word: "word",
	}
	v := values[attr.Form]
	if attr.OneOf != nil {
		v = attr.OneOf[0]
	}
	if attr.Pos {
		return v
	}
	return attr.Key + "=" + v
}

// example is a call with its positional and required arguments: "pool(max, 3x3)".
func example(name string, attrs []ir.Attribute) string {
	var parts []string
	for _, attr := range attrs {
		if attr.Pos || attr.Required {
			parts = append(parts, sample(attr))
		}
	}
	if len(parts) == 0 {
		return "`" + name + "`"
	}
	return "`" + name + "(" + strings.Join(parts, ", ") + ")`"
}
