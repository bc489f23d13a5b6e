// How a workload is timed, and what the process has used.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

func statusKB(key string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, l := range bytes.Split(b, []byte("\n")) {
		if bytes.HasPrefix(l, []byte(key)) {
			f := bytes.Fields(l)
			v, _ := strconv.ParseFloat(string(f[1]), 64)
			return v
		}
	}
	return 0
}

func cpu() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

type result struct {
	sec   float64
	ops   int
	nsOp  float64 // 0 = compute
	extra string
}

func timed(ops int, f func()) result {
	runtime.GC()
	c0 := cpu()
	t := time.Now()
	f()
	r := result{sec: time.Since(t).Seconds(), ops: ops}
	r.extra = fmt.Sprintf("cpu-ns=%.1f", (cpu()-c0)*1e9/float64(ops)) // cpu time per op: steadier than wall time on a shared machine
	return r
}
