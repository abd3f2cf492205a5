// Package par runs the tiles of a kernel on a fixed set of workers.
//
// Input: a number of tiles and a body that computes one of them. Output: every
// tile has been computed once when Run returns.
//
// Invariants: which tiles exist never depends on the number of threads, so a
// kernel that computes each tile from its index alone gives the same bits at
// any thread count. Run does not allocate. One Run is in progress at a time.
package par

import (
	"runtime"
	"sync/atomic"
)

// MaxOperands is the most slices of one type that a Task carries.
const MaxOperands = 10

// Task is the work that Run hands to its workers: a kernel and its operands.
// Bodies are top-level functions that read what they need from the Task, so
// that starting one needs no closure and no allocation.
type Task struct {
	Kernel any // the kernel, by pointer
	F      [MaxOperands][]float32
	I      [2][]int32
	H      [4][]uint16
	L      [2]int64
	X      float32
}

// Body computes tile i on the given worker (0 ≤ worker < Threads).
type Body func(p *Pool, t *Task, worker, i int)

// Available is the number of threads worth starting: the CPUs this process may
// run on, or fewer where GOMAXPROCS says so.
func Available() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }

// Pool is a set of persistent workers. The goroutine that calls Run is worker 0.
type Pool struct {
	threads int
	scratch [][]float32
	task    Task
	body    Body
	tiles   int64
	fault   atomic.Pointer[fault]
	crew    crew

	_    [64]byte // the counter has a cache line to itself
	next atomic.Int64
	_    [64]byte
}

// fault is what the first failing body panicked with.
type fault struct{ value any }

// New returns a pool of the given number of threads, at least one.
func New(threads int) *Pool {
	if threads < 1 {
		threads = 1
	}
	p := &Pool{threads: threads, scratch: make([][]float32, threads)}
	p.crew.start(p, threads-1)
	return p
}

// Threads is the number of workers.
func (p *Pool) Threads() int { return p.threads }

// Reserve makes at least n float32 of scratch memory available to each worker.
// It is called when a plan is bound, never inside a step.
func (p *Pool) Reserve(n int) {
	for i := range p.scratch {
		if len(p.scratch[i]) < n {
			p.scratch[i] = make([]float32, n)
		}
	}
}

// Scratch is the private memory of a worker: at least as long as was reserved.
// Its contents are whatever the last tile left there.
func (p *Pool) Scratch(worker int) []float32 { return p.scratch[worker] }

// Run computes tiles 0 … n-1 of the task and returns when all are done.
// A panic in a body is raised again in the caller, after every worker has left
// its tile; tiles not yet begun are then dropped.
func (p *Pool) Run(n int, body Body, t Task) {
	p.task = t
	if p.threads == 1 || n <= 1 {
		for i := range n {
			body(p, &p.task, 0, i)
		}
		return
	}
	p.body, p.tiles = body, int64(n)
	p.next.Store(0)
	p.crew.open(min(n, p.threads) - 1)
	defer p.finish()
	p.work(0)
}

// finish waits for the workers and raises what a body panicked with.
func (p *Pool) finish() {
	p.crew.join()
	if f := p.fault.Swap(nil); f != nil {
		panic(f.value)
	}
}

// work computes tiles until none is left.
func (p *Pool) work(worker int) {
	defer func() {
		if v := recover(); v != nil {
			p.fault.CompareAndSwap(nil, &fault{v})
			p.next.Store(p.tiles)
		}
	}()
	for {
		i := p.next.Add(1) - 1
		if i >= p.tiles {
			return
		}
		p.body(p, &p.task, worker, int(i))
	}
}

// Close stops the workers and waits until they are gone. The pool must not be
// used afterwards, but may be closed again.
func (p *Pool) Close() { p.crew.stop() }
