package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

func explainCommand(s *session) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain a diagnostic, with an example and its remedy",
		Long: `explain shows what a code stands for: what is wrong, a program that has the
fault, what netc check says about it, and the program put right. A code may be
given by its name, such as kernel-too-large. Without one all codes are listed.`,
		Example: "  netc explain N2101\n  netc explain kernel-too-large\n  netc explain --format json",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) <= 1 {
				return nil
			}
			return usagef("%s takes one CODE, found %s", cmd.CommandPath(), counted(args)).withHint("usage: %s", cmd.UseLine())
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			if len(args) == 0 {
				return listCodes(s.out, format)
			}
			page, ok := diag.Lookup(args[0])
			if !ok {
				return unknownCode(args[0])
			}
			if format == "json" {
				return writeJSON(s.out, explained(page, true))
			}
			return explainPage(s.out, page, diag.TextStyle{Color: inColour(s.out)})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

// unknownCode says which code a word that is none may have meant.
func unknownCode(word string) error {
	var codes, slugs []string
	for _, p := range diag.Pages() {
		codes, slugs = append(codes, p.Code.String()), append(slugs, p.Slug)
	}
	e := usagef("there is no diagnostic %q", word)
	if near, ok := diag.Nearest(word, slugs); ok {
		return e.withHint("did you mean %s?", near)
	}
	if near, ok := diag.Nearest(strings.ToUpper(word), codes); ok {
		return e.withHint("did you mean %s? `netc explain` lists all codes", near)
	}
	return e.withHint("`netc explain` lists all codes")
}

// pageJSON is a page as programs read it.
type pageJSON struct {
	Code        string    `json:"code"`
	Slug        string    `json:"slug"`
	Family      string    `json:"family"`
	Explain     string    `json:"explain"`
	Bad         string    `json:"bad,omitempty"`
	Diagnostics diag.List `json:"diagnostics,omitempty"` // of the bad example
	Good        string    `json:"good,omitempty"`
}

// explained is a page, with what the checker says about its example if asked for.
func explained(p diag.Page, check bool) pageJSON {
	j := pageJSON{Code: p.Code.String(), Slug: p.Slug, Family: p.Code.Family(), Explain: p.Explain, Bad: p.Bad, Good: p.Good}
	if check && p.Bad != "" {
		j.Diagnostics = exampleOf(p)
	}
	return j
}

// exampleOf is what the checker says about the failing example of a page. It has
// no files to import beside the library.
func exampleOf(p diag.Page) diag.List {
	return compiler.ParseIn(embed.FS{}, "bad.net", []byte(p.Bad)).Check()
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func listCodes(w io.Writer, format string) error {
	if format == "json" {
		var all []pageJSON
		for _, p := range diag.Pages() {
			all = append(all, explained(p, false))
		}
		return writeJSON(w, all)
	}
	family := ""
	var b strings.Builder
	for _, p := range diag.Pages() {
		if f := p.Code.Family(); f != family {
			if family != "" {
				b.WriteString("\n")
			}
			family = f
			fmt.Fprintf(&b, "%s\n", family)
		}
		fmt.Fprintf(&b, "  %v  %s\n", p.Code, p.Slug)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// explainPage prints a page for people.
func explainPage(w io.Writer, p diag.Page, style diag.TextStyle) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s (%s)\n\n%s\n", p.Code, p.Slug, p.Code.Family(), wrapped(p.Explain, 80))
	if p.Bad == "" {
		b.WriteString("\nA program that shows it would be too large to print.\n")
	} else {
		fmt.Fprintf(&b, "\nThis program has the fault:\n\n%s\n", indented(p.Bad))
		b.WriteString("netc check says:\n\n")
		for _, d := range exampleOf(p) {
			b.WriteString(indented(d.Text(style)) + "\n")
		}
		fmt.Fprintf(&b, "Put right:\n\n%s", indented(p.Good))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// indented sets the lines of a text in; what a terminal should not get is shown
// as a question mark, and long lines are cut.
func indented(text string) string {
	const longest = 160
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line = strings.ToValidUTF8(line, "?")
		if r := []rune(line); len(r) > longest {
			line = string(r[:longest]) + "…"
		}
		b.WriteString(strings.TrimRight("    "+line, " ") + "\n")
	}
	return b.String()
}

// wrapped breaks a paragraph into lines of at most so many characters.
func wrapped(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteString("\n")
			column = 0
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
