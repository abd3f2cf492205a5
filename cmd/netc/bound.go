package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netc-lang/netc/compiler/stats"
)

// bounds are what a model may have at most, by the flags that say so.
type bounds []*bound

// bound is one of them. As a flag's value it is the text that was given.
type bound struct {
	flag, usage string
	what        string // "parameters"
	bytes       bool
	of          func(*stats.Report) stats.Amount

	text string // empty for no bound
	most int64
}

func newBounds() bounds {
	return bounds{
		{flag: "max-params", usage: "fail when a model has more parameters in inference", what: "parameters",
			of: func(r *stats.Report) stats.Amount { return stats.Amount(r.Params) }},
		{flag: "max-macs", usage: "fail when a model takes more MACs an image in inference", what: "MACs",
			of: func(r *stats.Report) stats.Amount { return r.MACs }},
		{flag: "max-memory", usage: "fail when inference takes more bytes", what: "bytes of memory for inference", bytes: true,
			of: func(r *stats.Report) stats.Amount { return r.Inference }},
		{flag: "max-training-memory", usage: "fail when training takes more bytes", what: "bytes of memory for training", bytes: true,
			of: func(r *stats.Report) stats.Amount { return r.Training }},
	}
}

func (l bounds) register(flags *pflag.FlagSet) {
	for _, x := range l {
		flags.Var(x, x.flag, x.usage)
	}
}

// String, Set and Type make a limit a flag.
func (x *bound) String() string { return x.text }

// Type names the value in --help and, in front of it, in a refusal.
func (x *bound) Type() string { return "number" }

// Set reads the flag's value.
func (x *bound) Set(text string) error {
	n, ok := quantity(text, x.bytes)
	if !ok {
		return fmt.Errorf("no number")
	}
	x.text, x.most = text, n
	return nil
}

// quantity reads a number from 0 up that may end in K, M, G or T, powers of
// 1000, or Ki, Mi, Gi or Ti, powers of 1024; bytes may have a B behind it.
func quantity(text string, bytes bool) (n int64, ok bool) {
	digits := text
	if bytes {
		digits = strings.TrimSuffix(digits, "B")
	}
	base, unit := 1000.0, ""
	if d, found := strings.CutSuffix(digits, "i"); found {
		base, digits = 1024, d
	}
	for i, u := range []string{"K", "M", "G", "T"} {
		if d, found := strings.CutSuffix(strings.ToUpper(digits), u); found {
			digits, unit, base = d, u, math.Pow(base, float64(i+1))
			break
		}
	}
	if unit == "" {
		if base != 1000 {
			return 0, false
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		return n, err == nil && n >= 0
	}
	if strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(digits, 64)
	x = math.Round(x * base)
	if err != nil || x >= 1<<63 {
		return 0, false
	}
	return int64(x), true
}

// exceeded is the error of the models that have more than the flags allow.
func (l bounds) exceeded(reports []*stats.Report) error {
	failed := &boundError{}
	for _, r := range reports {
		for _, x := range l {
			n := x.of(r)
			switch {
			case x.text == "":
			case n == stats.Unknown && r.Open():
				failed.add("model %s leaves the size of its input open, so --%s cannot be checked: give the size with --input CxHxW", r.Model, x.flag)
			case n == stats.Unknown:
				failed.add("model %s cannot be trained, so --%s cannot be checked", r.Model, x.flag)
			case int64(n) > x.most:
				over := int64(n) - x.most
				share := ""
				if x.most > 0 {
					share = fmt.Sprintf(" (%s%%)", percent(100*float64(over)/float64(x.most)))
				}
				failed.add("model %s has %v %s, %s%s more than the %s allowed by --%s",
					r.Model, n, x.what, stats.Thousands(over), share, stats.Thousands(x.most), x.flag)
			}
		}
	}
	if len(failed.lines) == 0 {
		return nil
	}
	return failed
}

// percent writes a share so that a small one is not nothing.
func percent(p float64) string {
	if p < 0.1 {
		return strconv.FormatFloat(p, 'g', 2, 64)
	}
	return strconv.FormatFloat(p, 'f', 1, 64)
}

// boundError lists the bounds that were passed.
type boundError struct{ lines []string }

func (e *boundError) Error() string { return strings.Join(e.lines, "\nnetc: ") }

func (e *boundError) add(format string, args ...any) {
	e.lines = append(e.lines, fmt.Sprintf(format, args...))
}
