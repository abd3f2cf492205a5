package compiler_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/netc-lang/netc/"

// rooms lists which packages of the module each package may import, as
// docs/architecture.md has it. A name ending in "/..." stands for all below.
var rooms = map[string][]string{
	"dsl/diag":                     {},
	"dsl":                          {"dsl/diag"},
	"compiler/ir":                  {"dsl/diag", "runtime/plan"},
	"compiler/op":                  {"compiler/ir", "dsl/diag", "runtime/plan", "runtime/kernel", "runtime/rng"},
	"compiler/source":              {"dsl", "dsl/diag"},
	"compiler/check":               {"dsl", "dsl/diag", "compiler/source", "compiler/ir", "compiler/op", "runtime/data", "runtime/train"},
	"compiler/lint":                {"dsl", "dsl/diag", "compiler/source", "compiler/ir", "compiler/op", "compiler/check"},
	"compiler/pass":                {"compiler/ir", "compiler/op"},
	"compiler/tune":                {"compiler/ir", "compiler/op", "runtime/plan", "runtime/kernel", "runtime/par"},
	"compiler/lower":               {"compiler/ir", "runtime/plan", "runtime/kernel", "runtime/rng"},
	"compiler/gogen":               {"runtime/plan", "runtime/par"},
	"compiler/stats":               {"compiler/ir"},
	"compiler/expand":              {"compiler/ir"},
	"compiler/manual":              {"dsl", "dsl/diag", "compiler/ir", "compiler/op", "compiler/check", "compiler/source", "runtime/data", "runtime/train"},
	"compiler/diff":                {"compiler/ir", "compiler/stats", "runtime/weights"},
	"compiler":                     {"dsl/...", "compiler/...", "runtime/plan"},
	"runtime/par":                  {},
	"runtime/plan":                 {"runtime/par"},
	"runtime/rng":                  {},
	"runtime/kernel":               {"runtime/plan", "runtime/par", "runtime/rng", "runtime/kernel/internal/simd"},
	"runtime/kernel/internal/simd": {},
	"runtime/interp":               {"runtime/plan", "runtime/par"},
	"runtime/weights":              {"runtime/plan"},
	"runtime/checkpoint":           {"runtime/plan", "runtime/weights"},
	"runtime/data":                 {"runtime/rng"},
	"runtime/train":                {"runtime/interp", "runtime/plan", "runtime/data", "runtime/checkpoint", "runtime/weights"},
	"models/...":                   {"runtime/..."},
	"cmd/netc/internal/curve":      {"runtime/checkpoint", "runtime/train"},
	"cmd/...":                      {"cmd/...", "dsl/...", "compiler/...", "runtime/..."},
}

// TestRooms compares what packages import with what they may.
func TestRooms(t *testing.T) {
	for pkg, imports := range list(t, "{{.ImportPath}} {{join .Imports \" \"}}") {
		name := strings.TrimPrefix(pkg, module)
		if strings.HasPrefix(name, "testdata/") {
			continue
		}
		allowed, ok := find(name)
		if !ok {
			t.Errorf("%s is no room of the house: give it a row here and in docs/architecture.md", name)
			continue
		}
		for _, i := range imports {
			if i, ours := strings.CutPrefix(i, module); ours && i != name && !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, i) }) {
				t.Errorf("%s imports %s, which its room does not allow", name, i)
			}
		}
	}
}

// TestGeneratedReachesRuntimeOnly proves that a program using a generated model
// links neither the compiler nor what draws.
func TestGeneratedReachesRuntimeOnly(t *testing.T) {
	for pkg, deps := range list(t, "{{.ImportPath}} {{join .Deps \" \"}}") {
		if !strings.HasPrefix(pkg, module+"models/") {
			continue
		}
		for _, d := range deps {
			if strings.HasPrefix(d, module+"dsl") || strings.HasPrefix(d, module+"compiler") || strings.HasPrefix(d, "gonum.org/") {
				t.Errorf("%s reaches %s", pkg, d)
			}
		}
	}
}

func find(name string) ([]string, bool) {
	if allowed, ok := rooms[name]; ok {
		return allowed, true
	}
	for room, allowed := range rooms {
		if strings.HasSuffix(room, "/...") && covers(room, name) {
			return allowed, true
		}
	}
	return nil, false
}

func covers(room, name string) bool {
	prefix, all := strings.CutSuffix(room, "/...")
	return name == prefix || all && strings.HasPrefix(name, prefix+"/")
}

// list runs go list over the module: the first word of each line, and the rest.
func list(t *testing.T, format string) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", format, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	pkgs := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		pkgs[words[0]] = words[1:]
	}
	if len(pkgs) < len(rooms)-2 {
		t.Fatalf("go list names only %d packages", len(pkgs))
	}
	return pkgs
}
