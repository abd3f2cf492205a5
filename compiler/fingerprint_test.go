package compiler

import "testing"

// TestFingerprint tells models apart that take the same weights.
func TestFingerprint(t *testing.T) {
	print := func(body string) string {
		m, list, err := Parse("m.net", []byte("net 1\nmodel M {\n  input image: 1x8x8\n  "+body+"\n  flatten -> dense(4)\n  output y\n}\n")).Model("M", nil)
		if err != nil || list.HasErrors() {
			t.Fatal(body, err, list.Err())
		}
		return m.Graph.Fingerprint()
	}
	same := print("conv(4, 3x3, same) -> relu\n  pool(max, 2x2)")
	if got := print("// a comment\n\n  conv(4, 3x3, same)\n  relu\n  pool(max, 2x2, stride=2)"); got != same {
		t.Error("layout changes the fingerprint")
	}
	for _, body := range []string{
		"conv(4, 3x3, same) -> tanh\n  pool(max, 2x2)",
		"conv(4, 3x3, same) -> relu\n  pool(avg, 2x2)",
		"conv(4, 3x3, same) -> relu\n  pool(max, 3x3, stride=2, pad=1)",
	} {
		if print(body) == same {
			t.Errorf("%q has the fingerprint of another model", body)
		}
	}
}
