package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler/expand"
)

func expandCommand(s *session) *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:   "expand FILE",
		Short: "Write a model out without blocks, repeats and combinators",
		Long: `expand prints a .net file with a line for each layer of the model: blocks and
repeats are written out, and what netc worked out is there in full, such as the
projections of residuals. It gives the same network; the names of layers are
joined by _ where blocks numbered them: c2[1].conv2 is c2_1_conv2.`,
		Example: "  netc expand resnet.net:ResNet18\n  netc expand resnet.net:ResNet18 --set project=pad > plain.net",
		Args:    needFile,
		RunE:    func(_ *cobra.Command, args []string) error { return s.expand(parseSource(args[0]), set) },
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	return cmd
}

func (s *session) expand(src source, pairs []string) error {
	f, set, err := src.load(pairs)
	if err != nil {
		return err
	}
	name, err := s.one(src, f)
	if err != nil {
		return err
	}
	m, err := s.model(f, name, set)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.out, "net 1\n\n"); err != nil {
		return err
	}
	return expand.Model(s.out, m.Graph)
}
