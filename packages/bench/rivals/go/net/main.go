// Servers on Go's own net and net/http: `GOMAXPROCS=1 server http|tcp`.
// What it tells the harness on stdout, and is asked on stdin, stands in src/net/control.ts.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	if os.Args[1] == "http" {
		go serveHTTP(listener)
	} else {
		go serveEcho(listener)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == "collect" {
			debug.FreeOSMemory()
			fmt.Println("collected")
		} else {
			fmt.Printf("usage cpu-us=%d rss=%d peak=%.1f\n", cpuMicros(), statusKB("VmRSS:")*1024, float64(statusKB("VmHWM:"))/1024)
		}
	}
}

func serveHTTP(listener net.Listener) {
	body := []byte("Hello, world!")
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Write(body)
	})
	panic(http.Serve(listener, nil))
}

func serveEcho(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go echo(connection)
	}
}

func echo(connection net.Conn) {
	defer connection.Close()
	// As large as a line of this workload needs, since ten thousand of them are what is measured.
	buffer := make([]byte, 1024)
	for {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func cpuMicros() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return (usage.Utime.Sec+usage.Stime.Sec)*1_000_000 + usage.Utime.Usec + usage.Stime.Usec
}

func statusKB(key string) int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range bytes.Split(status, []byte("\n")) {
		if bytes.HasPrefix(line, []byte(key)) {
			value, _ := strconv.ParseInt(string(bytes.Fields(line)[1]), 10, 64)
			return value
		}
	}
	return 0
}
