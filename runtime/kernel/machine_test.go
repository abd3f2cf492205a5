package kernel

import (
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
)

// TestMultiplyAdds counts operations at every level that the machine has: two
// for each lane of each sum, of each worker.
func TestMultiplyAdds(t *testing.T) {
	for level, perRound := range map[simd.Level]int64{simd.Portable: 8, simd.AVX2: 192, simd.AVX512: 768} {
		restore, ok := simd.Force(level)
		if !ok {
			continue
		}
		if got, want := MultiplyAdds(pool(t, 2), 1000), 2*1000*perRound; got != want {
			t.Errorf("%s: %d operations, want %d", level, got, want)
		}
		restore()
	}
}

func TestStream(t *testing.T) {
	y, a, b := random(1000, 1), random(1000, 2), random(1000, 3)
	if got := Stream(pool(t, 2), y, a, b); got != 12000 {
		t.Errorf("%d bytes, want 12000", got)
	}
	if y[999] != a[999]+b[999] {
		t.Errorf("y[999] = %v, want %v", y[999], a[999]+b[999])
	}
}
