// Package kernel computes the layers: forward and backward, losses, updates of
// the weights and their first values.
//
// Input: slices that a plan placed, and a pool of workers. Output: other slices
// of the plan, overwritten or updated as Operands tells.
//
// Invariants: a kernel is a plain struct of geometry and holds no state; Run
// checks the lengths of its operands once, keeps none of them, and does not
// allocate. The order of every sum is part of a kernel's definition, and which
// tiles its work has depends on its geometry alone, so any number of threads
// and any width of vectors give the same bits. Feature maps are N,H,W,C.
package kernel
