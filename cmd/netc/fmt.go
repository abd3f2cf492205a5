package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/dsl"
)

// layout is what to do with files that are not laid out canonically.
type layout struct{ write, list, diff bool }

func fmtCommand(s *session) *cobra.Command {
	var l layout
	cmd := &cobra.Command{
		Use:   "fmt [FILE…]",
		Short: "Lay files out in the canonical way",
		Long: `fmt prints the files in canonical layout. Without files it reads standard input.

Its flags are gofmt's. With -d the exit status is 1 when a file differs.`,
		Example: "  netc fmt -w lenet.net\n  netc fmt -l models/*.net\n  netc fmt < lenet.net",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return s.fmtInput(l)
			}
			var errs []error
			for _, path := range args {
				errs = append(errs, s.fmtFile(path, l))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&l.write, "write", "w", false, "write the result to the file instead of standard output")
	cmd.Flags().BoolVarP(&l.list, "list", "l", false, "list the files whose layout differs")
	cmd.Flags().BoolVarP(&l.diff, "diff", "d", false, "print what differs instead of the result")
	return cmd
}

func (s *session) fmtInput(l layout) error {
	if l.write {
		return usagef("-w needs files: standard input cannot be written")
	}
	src, err := io.ReadAll(io.LimitReader(s.in, dsl.MaxFileSize+1))
	if err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	_, err = s.format("standard input", src, l)
	return err
}

func (s *session) fmtFile(path string, l layout) error {
	src, mode, err := readText(path)
	if err != nil {
		return err
	}
	text, err := s.format(path, src, l)
	if text == nil || !l.write || bytes.Equal(src, text) {
		return err
	}
	return errors.Join(err, replaceText(path, text, mode))
}

// format lays out a text and prints what the flags ask for. The result is nil
// where the text cannot be read.
func (s *session) format(name string, src []byte, l layout) ([]byte, error) {
	text, list := dsl.Format(name, src)
	if err := s.diagnostics(list); err != nil {
		return nil, err
	}
	differs := !bytes.Equal(src, text)
	if l.list && differs {
		fmt.Fprintln(s.out, name)
	}
	if l.diff && differs {
		if _, err := s.out.Write(diff.Diff(name+".orig", src, name, text)); err != nil {
			return text, err
		}
		return text, errReported
	}
	if l.write || l.list || l.diff {
		return text, nil
	}
	_, err := s.out.Write(text)
	return text, err
}
