package main

import (
	"bytes"
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/plan"
)

// needed is the memory, in bytes, that a program takes when it is bound: the
// regions its plans share once, each plan's inputs, and the workers' scratch.
func needed(prog *plan.Program, threads int) int64 {
	words, arena, scratch := int64(0), int64(0), int64(0)
	for _, r := range []plan.Region{plan.Weights, plan.State, plan.Packed} {
		words = ir.Sum(words, int64(prog.Words(r)))
	}
	for _, p := range []*plan.Plan{prog.Init, prog.Train, prog.Infer} {
		if p != nil {
			words = ir.Sum(words, int64(p.Words[plan.Input]))
			arena = max(arena, int64(p.Words[plan.Arena]))
			scratch = max(scratch, int64(p.Scratch))
		}
	}
	words = ir.Sum(words, arena, ir.Mul(scratch, int64(threads)))
	return ir.Mul(words, wordBytes)
}

// enough refuses a program that takes more memory than this process can have:
// on Linux it would otherwise be killed without a word.
func enough(p *program, need, have int64) error {
	if need <= have {
		return nil
	}
	e := usagef("model %s needs %s of memory at batch %d, this machine has %s to give",
		p.Model, stats.Bytes(need), p.batch, stats.Bytes(have))
	weights := ir.Mul(int64(p.Words(plan.Weights))+int64(p.Words(plan.State)), wordBytes)
	if weights > have/2 {
		return e.withHint("its weights and what the optimizer keeps take %s at any batch: make the layers smaller; `netc stats` shows where they are",
			stats.Bytes(weights))
	}
	return e.withHint("try a smaller --batch, or a smaller input; `netc stats --batch N` shows what a batch takes")
}

// available is the memory, in bytes, that this process can still have: what
// Linux says is free or can be freed, within the limit of the control group.
// It is the largest number where nothing says so, as on other systems.
func available(read func(path string) ([]byte, error)) int64 {
	have := int64(math.MaxInt64)
	if text, err := read("/proc/meminfo"); err == nil {
		if free, ok := meminfo(text, "MemAvailable"); ok {
			swap, _ := meminfo(text, "SwapFree")
			have = free + swap
		}
	}
	groups, err := read("/proc/self/cgroup")
	if err != nil {
		return have
	}
	for line := range strings.Lines(string(groups)) {
		// number:controllers:folder; version 2 has no controllers.
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		switch f[1] {
		case "":
			have = min(have, limit(read, "/sys/fs/cgroup", f[2], "memory.max"))
		case "memory":
			have = min(have, limit(read, "/sys/fs/cgroup/memory", f[2], "memory.limit_in_bytes"))
		}
	}
	return have
}

// limit is the least number in the files of a name in a folder below root and
// in the folders above it. In a container the folder itself is out of sight.
func limit(read func(path string) ([]byte, error), root, dir, name string) int64 {
	least := int64(math.MaxInt64)
	for dir = path.Clean("/" + dir); ; dir = path.Dir(dir) {
		if text, err := read(path.Join(root, dir, name)); err == nil {
			if n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil {
				least = min(least, n)
			}
		}
		if dir == "/" {
			return least
		}
	}
}

// meminfo is a line of /proc/meminfo, "MemAvailable:   123 kB", in bytes.
func meminfo(text []byte, key string) (int64, bool) {
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == key+":" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}

// fits is enough for this process.
func fits(p *program, threads int) error {
	return enough(p, needed(p.Program, threads), available(os.ReadFile))
}
