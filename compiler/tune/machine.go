package tune

import (
	"os"
	"runtime"
	"strings"
)

// Machine is how the processor names itself, or else what kind it is.
func Machine() string {
	text, err := os.ReadFile("/proc/cpuinfo") // absent but on Linux
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(name) == "model name" {
			return strings.ToValidUTF8(strings.TrimSpace(value)[:min(len(strings.TrimSpace(value)), maxText)], "")
		}
	}
	return runtime.GOARCH
}
