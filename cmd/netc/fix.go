package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

func fixCommand(s *session) *cobra.Command {
	var l layout
	cmd := &cobra.Command{
		Use:   "fix FILE…",
		Short: "Put right what has one safe remedy",
		Long: `fix makes the edits that netc check offers and that are safe: they leave what the
network computes as it is, or give a faulty text the only meaning it can have
had, such as a misspelt word. It goes on until there are none, and lays the
result out as netc fmt does where the file was laid out so.

What was put right is listed on standard error. The result goes to standard
output; the flags are gofmt's. The exit status is 1 when errors are left, which
are printed, and with -d when a file differs.`,
		Example: "  netc fix -d lenet.net\n  netc fix -w models/*.net",
		Args:    needFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, s.fix(path, l))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&l.write, "write", "w", false, "write the result to the file instead of standard output")
	cmd.Flags().BoolVarP(&l.list, "list", "l", false, "list the files in which there is something to put right")
	cmd.Flags().BoolVarP(&l.diff, "diff", "d", false, "print what differs instead of the result")
	return cmd
}

func (s *session) fix(path string, l layout) error {
	src, mode, err := readText(path)
	if err != nil {
		return err
	}
	fixed := compiler.Fix(path, src)
	differs := !bytes.Equal(src, fixed.Text)
	for _, d := range fixed.Settled {
		p := d.Primary.Position()
		fmt.Fprintf(s.err, "%s:%d:%d: fixed %v: %s\n", path, p.Line, p.Column, d.Code, d.Message)
	}
	var failed error
	if fixed.Left.HasErrors() {
		failed = s.diagnostics(fixed.Left)
	} else if n := numberOf(fixed.Left, diag.Warning); n > 0 {
		fmt.Fprintf(s.err, "%s: %s left, which `netc check` shows\n", path, plural(n, "warning"))
	}
	if len(src) > dsl.MaxFileSize || !isText(fixed.Left) {
		return failed // the rest was not read, or is nothing to print
	}
	switch {
	case l.list && differs:
		fmt.Fprintln(s.out, path)
	case !l.list && !l.diff && !l.write:
		_, err := s.out.Write(fixed.Text)
		return errors.Join(failed, err)
	}
	if l.diff && differs {
		if _, err := s.out.Write(diff.Diff(path+".orig", src, path, fixed.Text)); err != nil {
			return err
		}
		failed = errReported
	}
	if l.write && differs {
		return errors.Join(failed, replaceText(path, fixed.Text, mode))
	}
	return failed
}

// isText reports whether a list does not say that the file is no text.
func isText(list diag.List) bool {
	for _, d := range list {
		if d.Code == diag.NotText {
			return false
		}
	}
	return true
}
