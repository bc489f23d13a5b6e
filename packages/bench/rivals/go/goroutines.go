// The workloads about goroutines as such: their number, their timers, their depth.
package main

import (
	"fmt"
	"math/rand"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// At most 1,000 alive at a time, as in the other programs; a million at once would measure the heap.
func spawn(n int) result {
	const batch = 1000
	return timed(n, func() {
		var wg sync.WaitGroup
		for left := n; left > 0; {
			k := batch
			if left < k {
				k = left
			}
			wg.Add(k)
			for i := 0; i < k; i++ {
				go func() { wg.Done() }()
			}
			wg.Wait()
			left -= k
		}
	})
}

func idle(n int) result {
	debug.FreeOSMemory()
	c0 := cpu()
	before := statusKB("VmRSS:")
	chans := make([]chan int, n)
	var started sync.WaitGroup
	started.Add(n)
	t := time.Now()
	for i := range chans {
		c := make(chan int)
		chans[i] = c
		go func() {
			started.Done()
			<-c
		}()
	}
	started.Wait()
	for i := 0; i < 10; i++ {
		runtime.Gosched()
	}
	time.Sleep(100 * time.Millisecond)
	el := time.Since(t).Seconds() - 0.1
	grown := (statusKB("VmRSS:") - before) * 1024
	for _, c := range chans {
		close(c)
	}
	return result{sec: el, ops: n, nsOp: grown / float64(n), extra: fmt.Sprintf("cpu-ns=%.1f", (cpu()-c0)*1e9/float64(n))}
}

func timers(n int) result {
	rng := rand.New(rand.NewSource(1))
	var wg sync.WaitGroup
	wg.Add(n)
	return timed(n, func() {
		for i := 0; i < n; i++ {
			d := time.Duration(1+rng.Intn(1000)) * time.Millisecond
			go func() { time.Sleep(d); wg.Done() }()
		}
		wg.Wait()
	})
}

//go:noinline
func rec(d int, f func()) int {
	if d == 0 {
		f()
		return 0
	}
	return rec(d-1, f) + 1
}

func deep(d int) result {
	c := make(chan int)
	return timed(d, func() {
		go func() {
			c <- rec(d, func() { c <- -1; runtime.Gosched() })
		}()
		if <-c != -1 {
			panic("deep")
		}
		if <-c != d {
			panic("deep")
		}
	})
}
