package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/data"
)

func dataCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "data",
		Short:   "List and fetch data sets",
		Example: "  netc data list\n  netc data get mnist",
		Args:    unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("netc data needs a command").withHint("`netc data list`, or `netc data get NAME`")
		},
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "list",
			Short:   "List the data sets that --data and recipes can name",
			Example: "  netc data list",
			Args:    needNothing,
			RunE:    func(*cobra.Command, []string) error { return s.listData() },
		},
		&cobra.Command{
			Use:     "get NAME",
			Short:   "Fetch a data set, check it and say what is in it",
			Long:    "get opens a data set, fetching it first where it is not cached. In place of\nNAME stands whatever --data takes: idx:DIR is read and checked.",
			Example: "  netc data get mnist\n  netc data get idx:digits",
			RunE: func(cmd *cobra.Command, args []string) error {
				if len(args) != 1 {
					return usagef("netc data get takes one NAME, found %s", counted(args)).withHint("`netc data list` shows them")
				}
				return s.interruptible(cmd.Context(), func(ctx context.Context) error { return s.getData(ctx, args[0]) })
			},
		},
	)
	return cmd
}

func (s *session) listData() error {
	indent := 0
	for i := range data.Sources {
		indent = max(indent, len(data.Sources[i].Spec())+2)
	}
	columns := max(min(width(s.out), 100)-indent, 40)
	for i := range data.Sources {
		name := data.Sources[i].Spec()
		for line := range strings.SplitSeq(text.WrapSoft(data.Sources[i].Doc, columns), "\n") {
			if _, err := fmt.Fprintf(s.out, "%-*s%s\n", indent, name, strings.TrimRight(line, " ")); err != nil {
				return err
			}
			name = ""
		}
	}
	return nil
}

func (s *session) getData(ctx context.Context, spec string) error {
	if err := data.CheckSpec(spec); err != nil {
		return usagef("%v", err).withHint("`netc data list` shows them")
	}
	set, err := s.open(ctx, spec, 0)
	if err != nil {
		return err
	}
	info := set.Train.Info()
	what := fmt.Sprintf("%d classes", len(info.Classes))
	if info.Masks {
		what += ", one for each pixel"
	}
	if info.Values != nil {
		what = fmt.Sprintf("values %s", strings.Join(info.Values, ", "))
	}
	fmt.Fprintf(s.out, "%s: images of %v, %s\n", spec, info.Shape, what)
	for _, part := range []struct {
		name string
		from data.Dataset
	}{{"train", set.Train}, {"val", set.Val}, {"test", set.Test}} {
		if part.from != nil {
			fmt.Fprintf(s.out, "  %-5s  %7s\n", part.name, stats.Thousands(int64(part.from.Len())))
		}
	}
	return nil
}
