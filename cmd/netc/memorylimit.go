package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// memoryLimit is the bytes that a training plan may take, 0 for as many as it
// does by itself. As a flag's value it is the text that was given.
type memoryLimit struct {
	text  string
	bytes int64
}

func (m *memoryLimit) register(flags *pflag.FlagSet) {
	flags.Var(m, "memory-limit", "most `bytes` that training may take; it computes activations again rather than keep them where it would take more")
}

// String, Set and Type make a limit a flag.
func (m *memoryLimit) String() string { return m.text }

// Type names the value in --help and, in front of it, in a refusal.
func (m *memoryLimit) Type() string { return "bytes" }

// Set reads the flag's value.
func (m *memoryLimit) Set(text string) error {
	n, ok := quantity(text, true)
	if !ok || n == 0 {
		return errors.New("no number of bytes")
	}
	m.text, m.bytes = text, n
	return nil
}

// training refuses a limit where nothing is trained.
func (m *memoryLimit) training(trains bool) error {
	if m.bytes > 0 && !trains {
		return usagef("--memory-limit bounds the memory of training, and this is for inference").
			withHint("leave it out, or train: --mode train, with a recipe")
	}
	return nil
}
