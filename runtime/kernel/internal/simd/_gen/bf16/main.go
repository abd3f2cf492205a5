// Command bf16 writes the assembly of what works on bf16: the tile of a matrix
// product of pairs, conversions, and the packing of pairs. All of it asks for
// AVX-512 with AVX512_BF16.
//
// Run it from the package it writes for: go generate ./runtime/kernel/internal/simd
package main

import (
	"os"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	c := build.NewContext()
	c.ConstraintExpr("amd64,!noasm")
	tile(c, "pairTile32", 2)
	tile(c, "pairTile16", 1)
	convert(c)
	pack(c)
	norms(c)
	elements(c)
	out, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	config := printer.Config{Name: "avo", Argv: []string{"bf16"}, Pkg: "simd"}
	os.Exit(build.Main(&build.Config{ErrOut: os.Stderr, MaxErrors: 10, Passes: []pass.Interface{
		pass.Compile, encode, pass.FunctionPass(pass.RequiredISAExtensions),
		&pass.Output{Writer: out, Printer: printer.NewGoAsm(config)},
	}}, c))
}
