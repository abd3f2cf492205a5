package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/kernel"
)

// release is the version of netc. It stands in generated files and manifests,
// so it does not change from commit to commit.
const release = "0.1.0"

func versionCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which netc this is and what it runs on",
		Example: "  netc version",
		Args:    needNothing,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.out, "%s\nkernels  %s\nbf16     %s\n", versionLine(), kernel.ISA(), bf16Kernels())
			return err
		},
	}
}

// bf16Kernels says what multiplies bf16.
func bf16Kernels() string {
	if kernel.HasBF16() {
		return "avx512_bf16"
	}
	return "portable: the same bits, slowly"
}

// versionLine is release, commit, Go version and platform.
func versionLine() string {
	line := "netc " + release
	if info, ok := debug.ReadBuildInfo(); ok {
		commit, changed := "", ""
		for _, kv := range info.Settings {
			switch {
			case kv.Key == "vcs.revision":
				commit = kv.Value[:min(12, len(kv.Value))]
			case kv.Key == "vcs.modified" && kv.Value == "true":
				changed = " with changes"
			}
		}
		switch {
		case commit != "":
			line += " (" + commit + changed + ")"
		case info.Main.Version != "" && info.Main.Version != "(devel)":
			line += " (" + info.Main.Version + ")"
		}
	}
	return fmt.Sprintf("%s, %s, %s/%s", line, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
