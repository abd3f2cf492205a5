package train

import (
	"bytes"
	"testing"
)

// TestConsole checks that each drawing replaces the last from the left edge.
func TestConsole(t *testing.T) {
	var out bytes.Buffer
	c := &console{w: &out}
	for _, line := range []string{"one\n", "two\n"} {
		c.WriteString(line)
		if err := c.Flush(1); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(0); err != nil {
		t.Fatal(err)
	}
	const again = "\r\x1b[1A\x1b[J"
	if want := "one\n" + again + "two\n" + again; out.String() != want {
		t.Errorf("%q, expected %q", out.String(), want)
	}
	if width, height, err := c.GetTermSize(); width != 80 || height != 24 || err != nil {
		t.Errorf("size %dx%d, error %v, of what has none", width, height, err)
	}
	if usable(0, 24) != 24 || usable(50, 24) != 50 {
		t.Error("a terminal of no rows is not given the customary number")
	}
}
