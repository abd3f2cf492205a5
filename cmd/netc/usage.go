package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netc-lang/netc/dsl/diag"
)

// unknownCommand reports a word that is no command.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	e := usagef("%s has no command %q", cmd.CommandPath(), args[0])
	if near, ok := diag.Nearest(args[0], known); ok {
		return e.withHint("did you mean `%s %s`?", cmd.CommandPath(), near)
	}
	return e.withHint("`%s --help` lists the commands", cmd.CommandPath())
}

// flagError says what is wrong with a flag, in netc's words.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	help := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		e := usagef("%s has no flag %s", cmd.CommandPath(), dashed(name))
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near, ok := diag.Nearest(name, known); ok {
			return e.withHint("did you mean --%s?", near)
		}
		return e.withHint("%s", help)
	case errors.As(err, &missing):
		return usagef("%s needs a value", dashed(missing.GetSpecifiedName())).withHint("%s", help)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return usagef("--%s is %q, expected %s", f.Name, invalid.GetValue(), kindOf(f)).withHint("%s", help)
	}
	return usagef("%v", err).withHint("%s", help)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// kindOf says what a flag takes.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int", "int64":
		return "a whole number"
	case "float64":
		return "a number"
	case "bytes":
		return "a number of bytes from 1, such as 500M or 2Gi"
	case "bool":
		return "true or false"
	}
	return "a " + f.Value.Type()
}

// needFile asks for exactly one FILE.
func needFile(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usagef("%s takes one FILE, found %s", cmd.CommandPath(), counted(args)).withHint("usage: %s", cmd.UseLine())
}

// needFiles asks for at least one FILE.
func needFiles(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	return usagef("%s takes at least one FILE, found none", cmd.CommandPath()).withHint("usage: %s", cmd.UseLine())
}

// needNothing asks for no arguments.
func needNothing(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s takes no arguments, found %s", cmd.CommandPath(), counted(args)).withHint("usage: %s", cmd.UseLine())
}

func counted(args []string) string {
	if len(args) == 0 {
		return "none"
	}
	return strings.Join(args, " ")
}

// oneOf checks the value of a flag that takes one of a few words.
func oneOf(flag, value string, known ...string) error {
	for _, k := range known {
		if k == value {
			return nil
		}
	}
	e := usagef("--%s is %q, expected %s", flag, value, strings.Join(known, ", "))
	if near, ok := diag.Nearest(value, known); ok {
		return e.withHint("did you mean %s?", near)
	}
	return e
}

// maxThreads bounds --threads: far more than any machine has CPUs, and few
// enough for the system to grant.
const maxThreads = 1024

// threadsAllowed checks the value of --threads.
func threadsAllowed(n int) error {
	if n > maxThreads {
		return usagef("--threads is %d, expected at most %d", n, maxThreads).withHint("0, or no --threads, takes one a CPU")
	}
	return atLeast("threads", n, 0)
}

// atLeast checks the value of a flag that counts.
func atLeast(flag string, value, least int) error {
	if value >= least {
		return nil
	}
	return usagef("--%s is %d, expected at least %d", flag, value, least)
}
