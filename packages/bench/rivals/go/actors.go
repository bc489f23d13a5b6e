// The workloads of actors and supervisors, as Go programs write them by hand.
package main

import (
	"math/rand"
	"sync"
)

type bigMsg struct {
	pong bool
	from int
}

func big(rounds int) result {
	const P = 200
	box := make([]chan bigMsg, P)
	for i := range box {
		box[i] = make(chan bigMsg, 256) // at most 199 pings + 1 pong are under way to one process
	}
	var wg sync.WaitGroup
	quit := make(chan struct{})
	return timed(P*rounds, func() {
		wg.Add(P)
		for i := 0; i < P; i++ {
			go func(me int) {
				rng := rand.New(rand.NewSource(int64(me) + 1))
				my := box[me]
				for r := 0; r < rounds; r++ {
					to := rng.Intn(P - 1)
					if to >= me {
						to++
					}
					box[to] <- bigMsg{false, me}
					for {
						m := <-my
						if m.pong {
							break
						}
						box[m.from] <- bigMsg{true, me}
					}
				}
				wg.Done()
				for {
					select {
					case m := <-my:
						box[m.from] <- bigMsg{true, me}
					case <-quit:
						return
					}
				}
			}(i)
		}
		wg.Wait()
		close(quit)
	})
}

// Go has no mailbox: a mutex-guarded list with a condition variable and a scan, as libraries write it
type mailbox struct {
	mu   sync.Mutex
	cond *sync.Cond
	q    []int
}

func (m *mailbox) send(v int) { m.mu.Lock(); m.q = append(m.q, v); m.mu.Unlock(); m.cond.Signal() }
func (m *mailbox) recv(f func(int) bool) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 0; ; {
		for ; i < len(m.q); i++ {
			if v := m.q[i]; f(v) {
				m.q = append(m.q[:i], m.q[i+1:]...)
				return v
			}
		}
		m.cond.Wait()
	}
}

func selective(n int) result {
	m := &mailbox{}
	m.cond = sync.NewCond(&m.mu)
	for i := 0; i < n; i++ {
		m.send(i)
	}
	out := make(chan int)
	return timed(1, func() {
		go func() { out <- m.recv(func(v int) bool { return v < 0 }) }()
		m.send(-1)
		<-out
	})
}

func restart(n int) result {
	exits := make(chan any)
	child := func(in chan int) {
		defer func() { exits <- recover() }()
		<-in
		panic("boom")
	}
	return timed(n, func() {
		in := make(chan int)
		go child(in)
		for i := 0; i < n; i++ {
			in <- 1
			if e := <-exits; e != "boom" {
				panic("restart")
			}
			in = make(chan int)
			go child(in)
		}
	})
}
