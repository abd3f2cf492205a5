package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// MultiplyAdds keeps every worker busy with that many rounds of multiply-adds on
// registers alone, and returns how many floating-point operations they were
// together: what the machine's arithmetic can do at most.
func MultiplyAdds(p *par.Pool, rounds int) int64 {
	t := par.Task{Kernel: rounds}
	p.Run(p.Threads(), multiplyAddTile, t)
	return int64(p.Threads()) * simd.Peak(1) * int64(rounds)
}

func multiplyAddTile(_ *par.Pool, t *par.Task, _, _ int) { simd.Peak(t.Kernel.(int)) }

// Stream adds two tensors as long as y, in tiles, and returns how many bytes
// were read and written: what the memory that they lie in can carry.
func Stream(p *par.Pool, y, a, b []float32) int64 {
	(&Add{Len: len(y)}).Run(p, y, a, b)
	return 12 * int64(len(y))
}
