package main

import (
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/gogen"
)

// TestAvailable reads what Linux and its control groups say of memory.
func TestAvailable(t *testing.T) {
	const meminfo = "MemTotal:       9000 kB\nMemAvailable:   2000 kB\nSwapFree:        500 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no such files", nil, math.MaxInt64},
		{"free and swap", map[string]string{"/proc/meminfo": meminfo}, 2500 << 10},
		{"group, version 2", map[string]string{
			"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/a/b\n",
			"/sys/fs/cgroup/a/memory.max": "1024000\n", "/sys/fs/cgroup/a/b/memory.max": "max\n",
		}, 1024000},
		{"container, version 2", map[string]string{
			"/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "77\n",
		}, 77},
		{"group, version 1", map[string]string{
			"/proc/meminfo": meminfo, "/proc/self/cgroup": "9:cpu:/x\n4:memory:/y\nbroken\n",
			"/sys/fs/cgroup/memory/y/memory.limit_in_bytes": "4096\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 4096},
	} {
		got := available(func(path string) ([]byte, error) {
			text, ok := c.files[path]
			if !ok {
				return nil, fs.ErrNotExist
			}
			return []byte(text), nil
		})
		if got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.want)
		}
	}
}

// TestEnough gives figures and advice where memory does not suffice.
func TestEnough(t *testing.T) {
	f := compiler.Parse("m.net", []byte("net 1\nmodel M {\n  input image: 1x32x32\n  flatten -> dense(1000)\n  output y\n}\n"))
	m, list, err := f.Model("M", nil)
	if err != nil || list.HasErrors() {
		t.Fatal(err, list.Err())
	}
	p, err := lower(m, compiler.Options{Batch: 100}, gogen.InferOnly)
	if err != nil {
		t.Fatal(err)
	}
	one, two := needed(p.Program, 1), needed(p.Program, 2)
	weights := int64(4 * 1025 * 1000)
	if one < weights+4*100*2024 || two < one {
		t.Errorf("needs %d bytes, %d at two threads; the weights, a batch and its scores alone take %d", one, two, weights+4*100*2024)
	}
	if err := enough(p, one, one); err != nil {
		t.Errorf("exactly enough: %v", err)
	}
	s, text := &session{}, &strings.Builder{}
	s.err = text
	for _, c := range []struct {
		have int64
		want string
	}{{one - 1, "smaller --batch"}, {weights, "layers smaller"}} {
		text.Reset()
		if status := s.exit(enough(p, one, c.have)); status != exitUsage {
			t.Errorf("exit status %d, want %d", status, exitUsage)
		}
		for _, want := range []string{"model M needs ", " at batch 100", c.want} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("no %q in %q", want, text)
			}
		}
	}
}
