package manual

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// word is something that a file calls by its name, with or without settings.
type word struct {
	name, doc, source string
	prototype         any
}

// summary is a row for each word: how it is called, and what it does.
func summary(b *bytes.Buffer, words []word) {
	b.WriteString("| word | what it does | after |\n|---|---|---|\n")
	for _, w := range words {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", cell(signature(w)), cell(sentence(w.doc)), cell(w.source))
	}
}

// signature shows how a word is called, with its settings in the order of their
// declaration: those in front stand without a key.
func signature(w word) string {
	var args []string
	for _, a := range ir.Attributes(w.prototype) {
		switch {
		case a.Form == ir.Padding:
			args = append(args, a.Key+"|"+a.Key+"(tf)")
		case a.Flag:
			args = append(args, a.Key)
		case !a.Pos:
			args = append(args, a.Key+"=")
		case len(a.OneOf) > 0:
			args = append(args, strings.Join(a.OneOf, "|"))
		case a.Form == ir.Pair:
			args = append(args, "RxC")
		default:
			args = append(args, strings.ToUpper(a.Key))
		}
	}
	if len(args) == 0 {
		return w.name
	}
	return w.name + "(" + strings.Join(args, ", ") + ")"
}

var whenAbsent = regexp.MustCompile(`; [^ ]+ when absent`)

// settings is a row for each setting of each word.
func settings(b *bytes.Buffer, words []word) {
	b.WriteString("| word | setting | form | when absent | meaning |\n|---|---|---|---|---|\n")
	for _, w := range words {
		name := "`" + w.name + "`"
		for _, a := range ir.Attributes(w.prototype) {
			value, doc := absent(a, w.prototype), a.Doc
			if value != "" {
				doc = whenAbsent.ReplaceAllString(doc, "") // the column says it
			}
			fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s |\n", name, a.Key, cell(form(a)), value, cell(doc))
			name = ""
		}
	}
}

// form is how a setting is written, with its bounds.
func form(a ir.Attribute) string {
	text := string(a.Form)
	switch {
	case a.Form == ir.Links:
		return "`" + strings.Join(a.OneOf, "` or `") + "`, or a list of lists"
	case len(a.OneOf) > 0:
		text = "`" + strings.Join(a.OneOf, "` or `") + "`"
	case a.Form == ir.Padding:
		return "`same` or `same(tf)`"
	case a.Flag:
		return "the bare word"
	case a.Form == ir.Pair:
		text = "rows x columns"
	}
	switch {
	case a.Min != nil && a.Max != nil:
		text += fmt.Sprintf(", %v to %v", *a.Min, *a.Max)
	case a.Min != nil:
		text += fmt.Sprintf(", at least %v", *a.Min)
	case a.Max != nil:
		text += fmt.Sprintf(", at most %v", *a.Max)
	}
	return text
}

// absent is the value of a setting that is not written. What is 0 in the
// prototype follows from the rest, or is off, as the meaning says.
func absent(a ir.Attribute, prototype any) string {
	field := reflect.ValueOf(prototype).Elem().Field(a.Index)
	switch {
	case a.Required:
		return "required"
	case field.IsZero() || a.Form == ir.Padding:
		return ""
	}
	return "`" + a.Text(field) + "`"
}

// library is a row for each block that comes with netc.
func library(b *bytes.Buffer) {
	b.WriteString("| file | block | what it is |\n|---|---|---|\n")
	for _, path := range source.Library() {
		file := "`" + path + "`"
		for _, d := range source.LibraryFile(path).Decls {
			block, ok := d.(*dsl.Block)
			if !ok {
				continue
			}
			fmt.Fprintf(b, "| %s | `%s` | %s |\n", file, cell(declaration(block)), cell(block.Doc))
			file = ""
		}
	}
}

// declaration is a block's name with its parameters as they are declared.
func declaration(block *dsl.Block) string {
	var params []string
	for _, p := range block.Params {
		text := p.Name.Text
		if p.Default != nil {
			text += "=" + p.Default.At().Text()
		}
		params = append(params, text)
	}
	if len(params) == 0 {
		return block.Name.Text
	}
	return block.Name.Text + "(" + strings.Join(params, ", ") + ")"
}

// functions is a row for each function of expressions.
func functions(b *bytes.Buffer) {
	b.WriteString("| function | what it is |\n|---|---|\n")
	for _, f := range check.Functions() {
		fmt.Fprintf(b, "| `%s` | %s |\n", cell(f.Written), cell(sentence(f.Doc)))
	}
}

// diagnostics is a row for each code.
func diagnostics(b *bytes.Buffer) {
	b.WriteString("| code | name | what is wrong |\n|---|---|---|\n")
	for _, p := range diag.Pages() {
		first, _, _ := strings.Cut(p.Explain, ". ")
		fmt.Fprintf(b, "| %s | %s | %s |\n", p.Code, p.Slug, cell(sentence(first)))
	}
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// cell is a text as a cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
