package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// The exit statuses.
const (
	exitFailed      = 1   // the input has errors, or a check failed
	exitUsage       = 2   // wrong usage, or an unreadable file
	exitInterrupted = 130 // after saving what can be saved
)

// usageError says that netc was called wrongly.
type usageError struct {
	message string
	hint    string // what to do, in a line; empty for none
}

func (e *usageError) Error() string { return e.message }

// usagef is a usage error without a hint.
func usagef(format string, args ...any) *usageError {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// withHint adds what to do and returns e.
func (e *usageError) withHint(format string, args ...any) *usageError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

// errReported stands for errors that have been printed as diagnostics.
var errReported = errors.New("the input has errors")

// interruptedError is what a command returned after it was interrupted.
type interruptedError struct{ error }

// exit prints an error and returns the exit status that it means.
func (s *session) exit(err error) int {
	var usage *usageError
	var interrupted *interruptedError
	var path *fs.PathError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported):
		return exitFailed
	}
	fmt.Fprintf(s.err, "netc: %v\n", err)
	switch {
	case errors.As(err, &interrupted):
		return exitInterrupted
	case errors.As(err, &usage):
		if usage.hint != "" {
			fmt.Fprintf(s.err, "hint: %s\n", usage.hint)
		}
		return exitUsage
	case errors.As(err, &path) && path.Op == "write": // a full disk is no wrong usage
	case errors.As(err, &path), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return exitUsage
	}
	return exitFailed
}

// interruptible does work under a context that ends at the first interrupt. A
// second one ends netc at once.
func (s *session) interruptible(ctx context.Context, work func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop()
		if isTerminal(s.out) {
			// The terminal has shown ^C: what is printed next replaces it.
			fmt.Fprint(s.out, "\r")
		}
	})
	err := work(ctx)
	if err != nil && ctx.Err() != nil {
		if err == context.Canceled {
			err = errors.New("interrupted")
		}
		return &interruptedError{err}
	}
	return err
}
