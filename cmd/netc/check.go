package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

func checkCommand(s *session) *cobra.Command {
	var format string
	var strict bool
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Report everything that is wrong with files",
		Long: `check reads the files, their models and recipes, and reports all that is wrong.

Text goes to standard error, as all diagnostics do. The other formats are for
programs and go to standard output: json, a list of diagnostics; github, commands
that GitHub Actions shows beside the lines; sarif, a log of SARIF 2.1.0.

Warnings are about what is allowed and most likely not meant. They leave the
exit status at 0, unless --strict makes errors of them. A comment
` + "`// netc:ignore N4001 reason`" + ` at the end of a line, or above it, silences one;
netc fix removes the cause where that is safe; netc explain says more.`,
		Example: "  netc check lenet.net\n  netc check --strict models/*.net\n  netc check --format sarif models/*/*.net > netc.sarif",
		Args:    needFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json", "github", "sarif"); err != nil {
				return err
			}
			return s.check(args, format, strict)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, github or sarif")
	cmd.Flags().BoolVar(&strict, "strict", false, "make errors of warnings")
	return cmd
}

func (s *session) check(args []string, format string, strict bool) error {
	var all diag.List
	var unreadable []error
	var fine []string
	for _, arg := range args {
		src := parseSource(arg)
		f, err := compiler.Load(src.path)
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		var list diag.List
		if src.model == "" {
			list = f.Check()
		} else if list, err = f.CheckModel(src.model); err != nil {
			unreadable = append(unreadable, usagef("%v", err))
			continue
		}
		if strict {
			list = strictly(list)
		}
		all.Add(list...)
		if !list.HasErrors() {
			fine = append(fine, fmt.Sprintf("%s: ok%s", arg, contents(f, src.model)))
		}
	}
	var failed error
	if format == "text" {
		for _, line := range fine {
			fmt.Fprintln(s.out, line)
		}
		failed = s.diagnostics(all)
	} else {
		if err := writeList(s.out, all, format); err != nil {
			return err
		}
		if all.HasErrors() {
			failed = errReported
		}
	}
	if len(unreadable) > 0 {
		return errors.Join(unreadable...)
	}
	return failed
}

// strictly makes errors of warnings.
func strictly(list diag.List) diag.List {
	out := make(diag.List, len(list))
	for i, d := range list {
		e := *d
		if e.Severity == diag.Warning {
			e.Severity = diag.Error
		}
		out[i] = &e
	}
	return out
}

// writeList prints diagnostics in one of the forms for programs.
func writeList(w io.Writer, list diag.List, format string) error {
	switch format {
	case "github":
		return list.WriteGitHub(w)
	case "sarif":
		return list.WriteSARIF(w, release)
	}
	return list.WriteJSON(w)
}

// contents says what of a file was checked, after its name: all of it, or one model.
func contents(f *compiler.File, model string) string {
	if model != "" {
		return ", 1 model (" + model + ")"
	}
	text := ""
	for _, part := range []struct {
		what  string
		names []string
	}{{"model", f.Models()}, {"recipe", f.Recipes()}} {
		if len(part.names) > 0 {
			text += fmt.Sprintf(", %s (%s)", plural(len(part.names), part.what), strings.Join(part.names, ", "))
		}
	}
	return text
}
