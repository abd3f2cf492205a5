package par

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// tally counts how often each tile was computed.
type tally struct{ hits [1000]atomic.Int32 }

func count(p *Pool, t *Task, worker, i int) {
	t.Kernel.(*tally).hits[i].Add(1)
	p.Scratch(worker)[0]++
}

func TestRunComputesEveryTileOnce(t *testing.T) {
	for _, threads := range []int{-1, 1, 2, 3, 8} {
		p := New(threads)
		p.Reserve(4)
		for _, n := range []int{0, 1, 2, 3, 7, 100, 1000} {
			for range 20 {
				k := &tally{}
				p.Run(n, count, Task{Kernel: k})
				for i := range k.hits {
					want := int32(0)
					if i < n {
						want = 1
					}
					if got := k.hits[i].Load(); got != want {
						t.Fatalf("%d threads, %d tiles: tile %d computed %d times", threads, n, i, got)
					}
				}
			}
		}
		p.Close()
	}
}

// Operands of each Run reach the workers of that Run, however soon they follow.
func TestRunPassesItsTask(t *testing.T) {
	p := New(4)
	defer p.Close()
	out := make([]float32, 64)
	for run := range 5000 {
		p.Run(len(out), func(_ *Pool, t *Task, _, i int) { t.F[0][i] = t.X }, Task{F: [MaxOperands][]float32{out}, X: float32(run)})
		for i, v := range out {
			if v != float32(run) {
				t.Fatalf("run %d: tile %d got %v", run, i, v)
			}
		}
	}
}

// Workers that parked between two runs are woken for the second: the tiles of
// this one wait for each other.
func TestParkedWorkersWake(t *testing.T) {
	const threads = 3
	p := New(threads)
	defer p.Close()
	for range 20 {
		for _, w := range p.crew.workers {
			for !w.parked.Load() {
				runtime.Gosched()
			}
		}
		k := &tally{}
		p.Run(threads, func(_ *Pool, t *Task, _, _ int) {
			n := &t.Kernel.(*tally).hits[0]
			for n.Add(1); n.Load() < threads; {
				runtime.Gosched()
			}
		}, Task{Kernel: k})
	}
}

// Each worker begins with the same run of tiles in every Run: its first one, which
// here waits for those of the others, is that of the run.
func TestWorkersKeepTheirTiles(t *testing.T) {
	const threads, each = 3, 4
	p := New(threads)
	defer p.Close()
	for range 200 {
		first := make([]int32, threads)
		k := &tally{}
		p.Run(threads*each, func(p *Pool, t *Task, worker, i int) {
			if *p.Kept(worker) >= 0 {
				return
			}
			*p.Kept(worker) = i
			t.I[0][worker] = int32(i)
			n := &t.Kernel.(*tally).hits[0]
			for n.Add(1); n.Load() < threads; {
				runtime.Gosched()
			}
		}, Task{Kernel: k, I: [2][]int32{first}})
		for worker, i := range first {
			if int(i) != worker*each {
				t.Fatalf("worker %d began with tile %d, want %d", worker, i, worker*each)
			}
		}
	}
}

// What a worker kept is there for its next tile and gone with the Run.
func TestKeptLastsForARun(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		p := New(threads)
		for run := range 100 {
			last := make([]int32, threads)
			for i := range last {
				last[i] = -1
			}
			p.Run(10*run%37, func(p *Pool, t *Task, worker, i int) {
				if kept := p.Kept(worker); *kept == int(t.I[0][worker]) {
					*kept, t.I[0][worker] = i, int32(i)
				} else {
					panic("lost")
				}
			}, Task{I: [2][]int32{last}})
		}
		p.Close()
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	for _, threads := range []int{1, 2, 3} {
		p := New(threads)
		p.Reserve(1)
		task := Task{Kernel: &tally{}}
		if n := testing.AllocsPerRun(100, func() { p.Run(50, count, task) }); n != 0 {
			t.Errorf("%d threads: %v allocations a run", threads, n)
		}
		p.Close()
	}
}

// A panic on any worker reaches the caller with its value, and leaves a pool
// that works.
func TestPanicReachesCaller(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		p := New(threads)
		p.Reserve(1)
		for bad := range 30 {
			got := func() (v any) {
				defer func() { v = recover() }()
				p.Run(30, func(_ *Pool, t *Task, _, i int) {
					if i == int(t.L[0]) {
						panic(i)
					}
				}, Task{L: [2]int64{int64(bad)}})
				return nil
			}()
			if got != bad {
				t.Fatalf("%d threads: recovered %v, want %d", threads, got, bad)
			}
		}
		k := &tally{}
		p.Run(10, count, Task{Kernel: k})
		if k.hits[9].Load() != 1 {
			t.Errorf("%d threads: no work after a panic", threads)
		}
		p.Close()
	}
}

// A body that ends its goroutine, as a failing test does, does not hang Run.
func TestGoexitLeavesTheGate(t *testing.T) {
	p := New(2)
	defer p.Close()
	done := make(chan bool)
	go func() {
		defer close(done)
		p.Run(50, func(_ *Pool, _ *Task, worker, _ int) { runtime.Goexit() }, Task{})
	}()
	<-done
}

func TestCloseStopsTheWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		p := New(5)
		p.Run(10, func(*Pool, *Task, int, int) {}, Task{})
		p.Close()
		p.Close()
	}
	after := runtime.NumGoroutine()
	for i := 0; after > before && i < 10_000; i++ { // the last ones have yet to return, which a busy machine delays
		time.Sleep(time.Millisecond)
		after = runtime.NumGoroutine()
	}
	if after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func TestReserveKeepsTheGreatest(t *testing.T) {
	p := New(2)
	defer p.Close()
	p.Reserve(10)
	p.Reserve(5)
	for i := range p.Threads() {
		if n := len(p.Scratch(i)); n != 10 {
			t.Errorf("worker %d has %d elements", i, n)
		}
	}
}

func TestAvailable(t *testing.T) {
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	if n := Available(); n != 1 {
		t.Errorf("%d threads available with GOMAXPROCS 1", n)
	}
}

func BenchmarkForkJoin(b *testing.B) {
	p := New(Available())
	defer p.Close()
	for b.Loop() {
		p.Run(p.Threads(), func(*Pool, *Task, int, int) {}, Task{})
	}
}
