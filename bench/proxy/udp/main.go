// Load and backend for the UDP rows: `udp echo ADDRESS`, `udp load ADDRESS SECONDS`.
// The load keeps 64 datagrams of 64 bytes on their way, each on a socket of its own, and prints
// [answers, lost, p99 in ms] as JSON. A datagram without an answer for half a second is lost and sent again.
package main

import (
	"encoding/json"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	inFlight = 64
	size     = 64
)

func main() {
	runtime.GOMAXPROCS(1)
	address, err := net.ResolveUDPAddr("udp4", os.Args[2])
	check(err)
	if os.Args[1] == "echo" {
		echo(address)
		return
	}
	seconds, err := strconv.ParseFloat(os.Args[3], 64)
	check(err)
	load(address, time.Duration(seconds*float64(time.Second)))
}

func echo(address *net.UDPAddr) {
	conn, err := net.ListenUDP("udp4", address)
	check(err)
	buffer := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		check(err)
		conn.WriteToUDPAddrPort(buffer[:n], from)
	}
}

func load(address *net.UDPAddr, duration time.Duration) {
	end := time.Now().Add(duration)
	var mutex sync.Mutex
	var wait sync.WaitGroup
	var all []time.Duration
	lost := 0
	for i := 0; i < inFlight; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			times, misses := client(address, end)
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, times...)
			lost += misses
		}()
	}
	wait.Wait()
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	p99 := 0.0
	if len(all) > 0 {
		p99 = float64(all[len(all)*99/100].Microseconds()) / 1000
	}
	check(json.NewEncoder(os.Stdout).Encode([]any{len(all), lost, p99}))
}

func client(address *net.UDPAddr, end time.Time) (times []time.Duration, lost int) {
	conn, err := net.DialUDP("udp4", nil, address)
	check(err)
	defer conn.Close()
	message := make([]byte, size)
	answer := make([]byte, 2048)
	// Far enough away not to be set again for each datagram, which would cost more than sending it.
	conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	for n := uint64(0); ; n++ {
		now := time.Now()
		if now.After(end) {
			return
		}
		message[0], message[1] = byte(n), byte(n>>8)
		if n%32 == 0 {
			conn.SetReadDeadline(now.Add(500 * time.Millisecond))
		}
		conn.Write(message)
		for {
			got, err := conn.Read(answer)
			if err != nil {
				lost++
				conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
				break
			}
			if got == size && answer[0] == message[0] && answer[1] == message[1] {
				times = append(times, time.Since(now))
				break
			}
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
