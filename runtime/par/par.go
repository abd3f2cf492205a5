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
	lanes   []lane
	task    Task
	body    Body
	fault   atomic.Pointer[fault]
	crew    crew
}

// lane is the tiles of one worker, next … end-1, and what it keeps from one to
// the next, in cache lines of its own.
type lane struct {
	next atomic.Int64
	end  int64
	kept int
	_    [104]byte
}

// fault is what the first failing body panicked with.
type fault struct{ value any }

// New returns a pool of the given number of threads, at least one.
func New(threads int) *Pool {
	if threads < 1 {
		threads = 1
	}
	p := &Pool{threads: threads, scratch: make([][]float32, threads), lanes: make([]lane, threads)}
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

// Kept names what the last tile that the worker computed in this Run left in its
// scratch memory, as its body chose; -1 before the first.
func (p *Pool) Kept(worker int) *int { return &p.lanes[worker].kept }

// Run computes tiles 0 … n-1 of the task and returns when all are done. Each worker
// begins with a run of neighbouring tiles, the same in every Run of as many, so
// that it finds in its caches what it made of them before; then it helps others.
// A panic in a body is raised again in the caller, after every worker has left
// its tile; tiles not yet begun are then dropped.
func (p *Pool) Run(n int, body Body, t Task) {
	p.task = t
	if p.threads == 1 || n <= 1 {
		p.lanes[0].kept = -1
		for i := range n {
			body(p, &p.task, 0, i)
		}
		return
	}
	p.body = body
	for i := range p.lanes {
		l := &p.lanes[i]
		l.next.Store(int64(i * n / p.threads))
		l.end, l.kept = int64((i+1)*n/p.threads), -1
	}
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

// work computes the tiles of a worker and then what is left of those of others.
func (p *Pool) work(worker int) {
	defer func() {
		if v := recover(); v != nil {
			p.fault.CompareAndSwap(nil, &fault{v})
			for i := range p.lanes {
				p.lanes[i].next.Store(p.lanes[i].end)
			}
		}
	}()
	for i := range p.lanes {
		l := &p.lanes[(worker+i)%p.threads]
		for {
			i := l.next.Add(1) - 1
			if i >= l.end {
				break
			}
			p.body(p, &p.task, worker, int(i))
		}
	}
}

// Close stops the workers and waits until they are gone. The pool must not be
// used afterwards, but may be closed again.
func (p *Pool) Close() { p.crew.stop() }
