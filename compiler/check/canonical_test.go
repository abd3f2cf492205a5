package check

import (
	"fmt"
	"strings"
	"testing"
)

// TestCanonical checks the text of settings, that other ways of writing them
// give the same, and that the text read again gives itself.
func TestCanonical(t *testing.T) {
	tests := []struct{ optimizer, augment, wantOptimizer, wantAugment string }{
		{"sgd(lr=0.05, momentum=0.9)", "", "sgd(lr=0.05, momentum=0.9, decay_on=all)", ""},
		{"sgd(momentum=0.90, lr=5e-2, nesterov=false, decay=0)", "", "sgd(lr=0.05, momentum=0.9, decay_on=all)", ""},
		{"sgd(nesterov, momentum=0.9, lr=1)", "", "sgd(lr=1, momentum=0.9, nesterov, decay_on=all)", ""},
		{"sgd(lr=0.1)\n clip norm(1.0)", "", "sgd(lr=0.1, decay_on=all); clip norm(max=1)", ""},
		{"sgd(lr=0, decay=0.00001)", "", "sgd(lr=0, decay=1e-05, decay_on=all)", ""},
		{"sgd(lr=0.1)", "shift(2)\n rotate(10)\n zoom(0.8..1.25)", "sgd(lr=0.1, decay_on=all)", "shift(by=2); rotate(degrees=10); zoom(factor=0.8..1.25)"},
		{"sgd(lr=0.1)", "flip(horizontal)\n crop(random, 24x20, pad=4)", "sgd(lr=0.1, decay_on=all)", "flip(horizontal); crop(random, size=24x20, pad=4)"},
		{"sgd(lr=0.1)", "normalize(std=[0.25], mean=[0.50])", "sgd(lr=0.1, decay_on=all)", "normalize(mean=[0.5], std=[0.25])"},
		{"sgd(lr=0.1)", "normalize(mnist)", "sgd(lr=0.1, decay_on=all)", "normalize(mnist)"},
	}
	for _, tt := range tests {
		optimizer, augment := settingsOf(t, tt.optimizer, tt.augment)
		if optimizer != tt.wantOptimizer || augment != tt.wantAugment {
			t.Errorf("%s {%s}: %q and %q, expected %q and %q", tt.optimizer, tt.augment, optimizer, augment, tt.wantOptimizer, tt.wantAugment)
		}
		if o, a := settingsOf(t, optimizer, augment); o != optimizer || a != augment {
			t.Errorf("read again: %q and %q, expected %q and %q", o, a, optimizer, augment)
		}
	}
}

// TestCanonicalDefault checks that a setting turned to zero is told from one
// left at a default that is not.
func TestCanonicalDefault(t *testing.T) {
	type settings struct {
		Gamma float64 `net:"gamma"`
	}
	if got := canonical("step", &settings{}, &settings{Gamma: 0.1}); got != "step(gamma=0)" {
		t.Errorf("%s, expected step(gamma=0)", got)
	}
}

// settingsOf is the canonical text of a recipe's optimizer and transforms.
func settingsOf(t *testing.T, optimizer, augment string) (string, string) {
	t.Helper()
	if augment != "" {
		augment = "augment { " + augment + " }"
	}
	diags, u := check("recipe.net", fmt.Appendf(nil, `net 1
model M {
  input image: 1x28x28
  flatten -> dense(10)
  output logits
}
train r of M {
  data glyphs
  batch 8
  epochs 1
  loss cross_entropy on logits
  optimizer %s
  %s
}
`, strings.ReplaceAll(optimizer, ";", "\n"), augment))
	if len(diags) > 0 {
		t.Fatalf("%s %s: %v", optimizer, augment, diags)
	}
	r, _ := u.Recipe(u.Recipes()[0], nil)
	return r.Run.Optimizer, r.Run.Augment
}
