// The workloads of this project's bench on Go.
// usage: GOMAXPROCS=1 bench NAME [SIZE]      (prints NAME seconds ops ns/op peak-rss-MB extra)
package main

import (
	"fmt"
	"os"
	"strconv"
)

type workload struct {
	defaultSize int
	run         func(size int) result
}

// The names and sizes are those of the project's own workloads.
var workloads = map[string]workload{
	"pingpong": {1_000_000, func(n int) result { return pingpong(n, 0) }},
	// One message is ever on its way, so capacity 1 does what a mailbox does.
	"pingpong-buffered": {1_000_000, func(n int) result { return pingpong(n, 1) }},
	"ring":              {2_000_000, ring},
	"spawn":             {1_000_000, spawn},
	"idle":              {200_000, idle},
	"skynet":            {1_000_000, skynet},
	"fanin":             {1_000_000, func(n int) result { return fanin(n, 0) }},
	"fanin-buffered":    {1_000_000, func(n int) result { return fanin(n, 100) }},
	"ask":               {500_000, ask},
	"sieve":             {2_000, sieve},
	"select":            {1_000_000, selectTwo},
	"timers":            {200_000, timers},
	"deep":              {1_000_000, deep},
	"big":               {400_000, func(n int) result { return big(n / 200) }},
	"selective":         {100_000, selective},
	"restart":           {20_000, restart},
}

func fail(message ...any) {
	fmt.Fprintln(os.Stderr, message...)
	os.Exit(2)
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: bench NAME [SIZE]")
	}
	name := os.Args[1]
	chosen, known := workloads[name]
	if !known {
		fail("unknown workload", name)
	}
	size := chosen.defaultSize
	if len(os.Args) > 2 {
		given, err := strconv.Atoi(os.Args[2])
		if err != nil || given < 1 {
			fail("bad size", os.Args[2])
		}
		size = given
	}
	r := chosen.run(size)
	each := r.nsOp
	if each == 0 {
		each = r.sec * 1e9 / float64(r.ops)
	}
	fmt.Printf("%s %.4f %d %.1f %.1f %s\n", name, r.sec, r.ops, each, statusKB("VmHWM:")/1024, r.extra)
}
