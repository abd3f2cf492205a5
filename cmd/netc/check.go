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
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Report everything that is wrong with files",
		Long: `check reads the files, their models and recipes, and reports all that is wrong.

Text goes to standard error, as all diagnostics do. The other formats are for
programs and go to standard output: json, a list of diagnostics; github, commands
that GitHub Actions shows beside the lines; sarif, a log of SARIF 2.1.0.`,
		Example: "  netc check lenet.net\n  netc check --format sarif models/*/*.net > netc.sarif",
		Args:    needFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json", "github", "sarif"); err != nil {
				return err
			}
			return s.check(args, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, github or sarif")
	return cmd
}

func (s *session) check(args []string, format string) error {
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
		list := f.Check()
		if src.model != "" {
			if _, list, err = f.Model(src.model, nil); err != nil {
				unreadable = append(unreadable, usagef("%v", err))
				continue
			}
		}
		all.Add(list...)
		if !list.HasErrors() {
			fine = append(fine, fmt.Sprintf("%s: ok%s", arg, contents(f)))
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

// contents says what is in a file, after its name.
func contents(f *compiler.File) string {
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
