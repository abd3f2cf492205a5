package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/par"
)

// machineResult is what bench measures of the machine itself.
type machineResult struct {
	Kernels string         `json:"kernels"`
	Threads []machineLimit `json:"threads"`
}

// machineLimit is what so many threads do at most.
type machineLimit struct {
	Threads int     `json:"threads"`
	GFLOPs  float64 `json:"gflops"`           // a second, of float32 multiply-adds in registers
	Cache   float64 `json:"cache_gigabytes"`  // a second, y = a + b over 192 KiB a thread
	Memory  float64 `json:"memory_gigabytes"` // a second, over 384 MiB
}

// machine measures what the machine can do, with one thread and with all.
func (s *session) machine(ctx context.Context, fl benchFlags) error {
	most := threadCount(fl.threads)
	r := machineResult{Kernels: kernel.ISA()}
	counts := []int{1, most}
	for _, threads := range slices.Compact(counts) {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Threads = append(r.Threads, limits(threads, time.Duration(fl.seconds*float64(time.Second))/9))
	}
	if fl.format == "json" {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	fmt.Fprintf(s.out, "kernels  %s\n\n  %8s %14s %14s %14s\n", r.Kernels, "threads", "GFLOP/s", "cache, GB/s", "memory, GB/s")
	for _, l := range r.Threads {
		fmt.Fprintf(s.out, "  %8d %14.1f %14.1f %14.1f\n", l.Threads, l.GFLOPs, l.Cache, l.Memory)
	}
	return nil
}

// limits measures each limit for a time.
func limits(threads int, each time.Duration) machineLimit {
	pool := par.New(threads)
	defer pool.Close()
	stream := func(floats int) float64 {
		y, a, b := make([]float32, floats), make([]float32, floats), make([]float32, floats)
		for i := range a {
			y[i], a[i], b[i] = 0.5, 1, 2 // pages that are there
		}
		return best(each, func() int64 { return kernel.Stream(pool, y, a, b) }) / 1e9
	}
	return machineLimit{
		Threads: threads,
		GFLOPs:  peakOf(pool, each),
		Cache:   stream(threads * 16 << 10),
		Memory:  stream(32 << 20),
	}
}

// peakOf is the machine's GFLOP/s on the threads of a pool.
func peakOf(pool *par.Pool, each time.Duration) float64 {
	return best(each, func() int64 { return kernel.MultiplyAdds(pool, 50_000) }) / 1e9
}

// best calls f for a time and returns the most it did in a second: a limit is
// what a machine reaches undisturbed.
func best(each time.Duration, f func() int64) float64 {
	most := 0.0
	for end := time.Now().Add(each); most == 0 || time.Now().Before(end); {
		start := time.Now()
		done := f()
		if s := time.Since(start).Seconds(); s > 0 {
			most = max(most, float64(done)/s)
		}
	}
	return most
}
