package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestExit(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		text   string
	}{
		{nil, 0, ""},
		{errReported, 1, ""},
		{errors.New("weights do not fit"), 1, "netc: weights do not fit\n"},
		{usagef("no such flag").withHint("try %s", "another"), 2, "netc: no such flag\nhint: try another\n"},
		{fmt.Errorf("reading: %w", &fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}), 2, "netc: reading: open a: file does not exist\n"},
		{fmt.Errorf("saving: %w", &fs.PathError{Op: "write", Path: "a", Err: errors.New("no space left")}), 1, "netc: saving: write a: no space left\n"},
		{&interruptedError{errors.New("interrupted after step 3")}, 130, "netc: interrupted after step 3\n"},
		{&interruptedError{&fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}}, 130, "netc: open a: file does not exist\n"},
	} {
		var text strings.Builder
		s := &session{err: &text}
		if status := s.exit(tt.err); status != tt.status || text.String() != tt.text {
			t.Errorf("%v: status %d, %q; want %d, %q", tt.err, status, text.String(), tt.status, tt.text)
		}
	}
}

func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot interrupt itself on Windows")
	}
	s := &session{out: io.Discard, err: io.Discard}
	err := s.interruptible(context.Background(), func(ctx context.Context) error {
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Signal(os.Interrupt); err != nil {
			return err
		}
		<-ctx.Done()
		return errors.New("saved")
	})
	var interrupted *interruptedError
	if !errors.As(err, &interrupted) || err.Error() != "saved" {
		t.Errorf("got %v, want the work's error as an interruption", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	err = s.interruptible(cancelled, func(ctx context.Context) error { return ctx.Err() })
	if !errors.As(err, &interrupted) || err.Error() != "interrupted" {
		t.Errorf("got %q of work that says no more than that its context ended, want %q", err, "interrupted")
	}
	if err := s.interruptible(context.Background(), func(context.Context) error { return errReported }); err != errReported {
		t.Errorf("without an interrupt: %v", err)
	}
}

// TestPanic makes a command panic: a writer that fails in a way nobody expects.
func TestPanic(t *testing.T) {
	var text strings.Builder
	status := Main([]string{"version"}, nil, bomb{}, &text)
	for _, want := range []string{"internal error: boom", "Please report", "netc version", "go1."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, text.String())
		}
	}
	if status != exitUsage {
		t.Errorf("status %d, want %d", status, exitUsage)
	}
}

type bomb struct{}

func (bomb) Write([]byte) (int, error) { panic("boom") }
