package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// ISA names the instructions that the kernels use on this machine: "avx512",
// "avx2" or "portable".
func ISA() string { return simd.ISA() }
