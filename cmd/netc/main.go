// Command netc checks, counts, trains, runs and compiles convolutional networks
// written as .net files.
//
// Input: arguments, .net files, data sets. Output: results on standard output,
// diagnostics and errors on standard error, an exit status.
//
// Invariants: only this command prints and exits, everything below it returns
// values; the exit statuses are those of exit.go; colour, progress bars and
// cursor movement appear on terminals only.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func main() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// Main runs netc with the given arguments, without the program's name, and
// returns the exit status.
func Main(args []string, in io.Reader, out, errw io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(errw, "netc: internal error: %v\n\nThis is a defect of netc, not of your file. Please report it with the file and these lines:\n\n  netc %s\n  %s\n\n%s",
				r, strings.Join(args, " "), versionLine(), debug.Stack())
			status = exitUsage
		}
	}()
	s := &session{in: in, out: out, err: errw}
	kept := &recorder{to: out}
	if !isTerminal(out) {
		s.out = kept
	}
	root := rootCommand(s)
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		err = kept.lost
	}
	return s.exit(err)
}

// recorder passes on what is written and keeps the first error, so that results
// that a full disk has lost are a failure, whoever printed them.
type recorder struct {
	to   io.Writer
	lost error
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.to.Write(p)
	if r.lost == nil {
		r.lost = err
	}
	return n, err
}

// session is where one run of netc reads and writes.
type session struct {
	in       io.Reader
	out, err io.Writer
}

// rootCommand is the tree of commands.
func rootCommand(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:   "netc",
		Short: "Convolutional networks as text: check, count, train, run, compile",
		Long: `netc reads .net files: descriptions of convolutional networks and of how to train them.

FILE stands for a .net file, or for one model of it, written FILE:Model.

Exit status: 0 fine; 1 the input has errors or a check failed; 2 wrong usage or
an unreadable file; 130 interrupted.`,
		Example: `  netc check lenet.net
  netc stats lenet.net
  netc train lenet.net
  netc predict lenet.net --weights runs/mnist digit.png`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(s.err)
			if err := cmd.Help(); err != nil {
				return err
			}
			return &usageError{message: "no command given"}
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		checkCommand(s), fmtCommand(s), fixCommand(s), explainCommand(s), statsCommand(s), diffCommand(s), expandCommand(s), compileCommand(s),
		trainCommand(s), evalCommand(s), predictCommand(s), benchCommand(s),
		dataCommand(s), versionCommand(s),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	exampleEverywhere(root)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", width(s.out))))
	return root
}

// exampleEverywhere gives the commands that cobra adds an example of their own.
func exampleEverywhere(c *cobra.Command) {
	switch {
	case c.Example != "":
	case c.Name() == "help":
		c.Example = "  netc help train"
	default:
		c.Example = "  " + c.CommandPath()
		if c.HasSubCommands() {
			c.Example += " " + c.Commands()[0].Name()
		}
	}
	for _, sub := range c.Commands() {
		exampleEverywhere(sub)
	}
}
