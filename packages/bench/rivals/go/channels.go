// The workloads that are channels and little else.
package main

import (
	"fmt"
	"sync"
)

func pingpong(n int, capacity int) result {
	a, b := make(chan int, capacity), make(chan int, capacity)
	go func() {
		for v := range a {
			b <- v
		}
		close(b)
	}()
	r := timed(n, func() {
		for i := 0; i < n; i++ {
			a <- i
			if <-b != i {
				panic("pingpong")
			}
		}
	})
	close(a)
	return r
}

func ring(n int) result {
	const M = 503
	done := make(chan int)
	first := make(chan int)
	in := first
	for i := 0; i < M; i++ {
		out := make(chan int)
		if i == M-1 {
			out = first
		}
		go func(in, out chan int) {
			for v := range in {
				if v == 0 {
					done <- 1
					return
				}
				out <- v - 1
			}
		}(in, out)
		in = out
	}
	return timed(n, func() {
		first <- n
		<-done
	})
}

func skynetNode(c chan int, num, size, div int) {
	if size == 1 {
		c <- num
		return
	}
	rc := make(chan int)
	sum := 0
	for i := 0; i < div; i++ {
		sub := num + i*(size/div)
		go skynetNode(rc, sub, size/div, div)
	}
	for i := 0; i < div; i++ {
		sum += <-rc
	}
	c <- sum
}

func skynet(n int) result {
	c := make(chan int)
	return timed(n, func() {
		go skynetNode(c, 0, n, 10)
		if got := <-c; got != n/2*(n-1) {
			panic(fmt.Sprint("skynet ", got))
		}
	})
}

func fanin(n int, capacity int) result {
	const S = 10
	per := n / S
	c := make(chan int, capacity)
	var wg sync.WaitGroup
	wg.Add(S)
	return timed(S*per, func() {
		for s := 0; s < S; s++ {
			go func() {
				for i := 0; i < per; i++ {
					c <- i
				}
				wg.Done()
			}()
		}
		go func() { wg.Wait(); close(c) }()
		sum := 0
		for v := range c {
			sum += v
		}
		if sum != S*per*(per-1)/2 {
			panic("fanin")
		}
	})
}

type call struct {
	v     int
	reply chan int
}

// One reply channel for the client, as in the other programs.
func ask(n int) result {
	srv := make(chan call)
	go func() {
		for c := range srv {
			c.reply <- c.v + 1
		}
	}()
	reply := make(chan int)
	return timed(n, func() {
		for i := 0; i < n; i++ {
			srv <- call{i, reply}
			if <-reply != i+1 {
				panic("ask")
			}
		}
	})
}

func sieve(n int) result {
	return timed(n, func() {
		ch := make(chan int)
		go func(out chan int) {
			for i := 2; ; i++ {
				out <- i
			}
		}(ch)
		last := 0
		for i := 0; i < n; i++ {
			p := <-ch
			last = p
			next := make(chan int)
			go func(in, out chan int, p int) {
				for {
					if v := <-in; v%p != 0 {
						out <- v
					}
				}
			}(ch, next, p)
			ch = next
		}
		if n == 2000 && last != 17389 {
			panic(last)
		}
	})
}

func selectTwo(n int) result {
	even, odd := make(chan int), make(chan int)
	return timed(n, func() {
		go func() {
			for i := 0; i < n; i++ {
				if i%2 == 0 {
					even <- i
				} else {
					odd <- i
				}
			}
		}()
		sum := 0
		for i := 0; i < n; i++ {
			select {
			case v := <-even:
				sum += v
			case v := <-odd:
				sum += v
			}
		}
		if sum != n*(n-1)/2 {
			panic("select")
		}
	})
}
