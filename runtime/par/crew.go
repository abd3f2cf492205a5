package par

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spins bounds how long a goroutine polls before it parks: some 300 µs, about the
// longest tile of a kernel. Waking a parked one takes 60 µs on a virtual machine
// whose CPU went to sleep, a good part of many a layer.
const spins = 1 << 18

// crew is the workers other than the caller, and the gate before them.
//
// The gate is one word: how many workers are inside, whether it is open, and a
// generation. Each worker passes once a generation. The caller closes the gate
// when no tile is left and waits only for those inside, so that a worker which
// wakes late delays nobody.
type crew struct {
	gate    atomic.Uint64
	waiting atomic.Bool   // the caller is parked on idle, or about to be
	idle    chan struct{} // the last worker left
	workers []*worker
	spins   int // none where the one polled for may have to wait for this CPU
	gone    sync.WaitGroup
	once    sync.Once
}

const (
	inside     = 1<<32 - 1
	opened     = 1 << 32
	retired    = 1 << 33
	generation = 1 << 34
)

// worker is one goroutine, parked on wake while there is nothing to do.
type worker struct {
	parked atomic.Bool
	wake   chan struct{}
	_      [64]byte
}

// start starts n workers that do the work of p.
func (c *crew) start(p *Pool, n int) {
	c.idle = make(chan struct{}, 1)
	for range n {
		c.workers = append(c.workers, &worker{wake: make(chan struct{}, 1)})
	}
	if n < runtime.GOMAXPROCS(0) {
		c.spins = spins
	}
	c.gone.Add(n)
	for i, w := range c.workers {
		go c.serve(p, w, i+1)
	}
}

// serve is the life of a worker.
func (c *crew) serve(p *Pool, w *worker, id int) {
	defer c.gone.Done()
	var last uint64
	for {
		g := c.await(w, last)
		if g&retired != 0 {
			return
		}
		if c.gate.CompareAndSwap(g, g+1) {
			last = g / generation
			c.visit(p, id)
		}
	}
}

// visit works inside the gate, and leaves it whatever the body does.
func (c *crew) visit(p *Pool, id int) {
	defer c.leave()
	p.work(id)
}

// await returns the state of the gate once it is open for a generation other
// than last, or the crew retired.
func (c *crew) await(w *worker, last uint64) uint64 {
	ready := func() (uint64, bool) {
		g := c.gate.Load()
		return g, g&retired != 0 || g&opened != 0 && g/generation != last
	}
	for {
		for range c.spins {
			if g, ok := ready(); ok {
				return g
			}
		}
		w.parked.Store(true)
		if g, ok := ready(); ok && w.parked.CompareAndSwap(true, false) {
			return g
		}
		<-w.wake
	}
}

// open lets workers in and wakes n of them.
func (c *crew) open(n int) {
	c.gate.Store((c.gate.Load()/generation+1)*generation | opened)
	for _, w := range c.workers[:n] {
		w.rouse()
	}
}

// rouse wakes a parked worker.
func (w *worker) rouse() {
	if w.parked.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

// leave counts a worker out, and wakes the caller after the last one.
func (c *crew) leave() {
	g := c.gate.Add(^uint64(0))
	if g&(inside|opened) == 0 && c.waiting.CompareAndSwap(true, false) {
		c.idle <- struct{}{}
	}
}

// join closes the gate and returns when nobody is inside.
func (c *crew) join() {
	for g := c.gate.Load(); !c.gate.CompareAndSwap(g, g&^opened); {
		g = c.gate.Load()
	}
	empty := func() bool { return c.gate.Load()&inside == 0 }
	for range c.spins {
		if empty() {
			return
		}
	}
	c.waiting.Store(true)
	if empty() && c.waiting.CompareAndSwap(true, false) {
		return
	}
	<-c.idle
}

// stop retires the crew and waits until it is gone.
func (c *crew) stop() {
	c.once.Do(func() {
		c.gate.Store((c.gate.Load()/generation+1)*generation | retired)
		for _, w := range c.workers {
			w.rouse()
		}
		c.gone.Wait()
	})
}
