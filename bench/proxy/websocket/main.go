// Load and backend for the WebSocket rows: `websocket echo ADDRESS`, `websocket load ADDRESS SECONDS`.
// The load has 64 connections with one message of 100 bytes under way each, and prints
// [answers, failed, p99 in ms] as JSON. Both know no more of RFC 6455 than that takes.
package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	connections = 64
	size        = 100
	key         = "dGhlIHNhbXBsZSBub25jZQ=="
	guid        = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
)

func main() {
	runtime.GOMAXPROCS(1)
	if os.Args[1] == "echo" {
		echo(os.Args[2])
		return
	}
	seconds, err := strconv.ParseFloat(os.Args[3], 64)
	check(err)
	load(os.Args[2], time.Duration(seconds*float64(time.Second)))
}

func echo(address string) {
	listener, err := net.Listen("tcp", address)
	check(err)
	for {
		conn, err := listener.Accept()
		check(err)
		go serve(conn)
	}
}

func serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + guid))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	frame := make([]byte, 6+size)
	answer := make([]byte, 2+size)
	answer[0], answer[1] = 0x81, size
	for {
		if _, err := io.ReadFull(reader, frame); err != nil {
			return
		}
		for i, b := range frame[6:] {
			answer[2+i] = b ^ frame[2+i%4]
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func load(address string, duration time.Duration) {
	end := time.Now().Add(duration)
	var mutex sync.Mutex
	var wait sync.WaitGroup
	all := []time.Duration{}
	failed := 0
	for i := 0; i < connections; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			times, err := client(address, end)
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, times...)
			if err != nil {
				failed++
			}
		}()
	}
	wait.Wait()
	sort.Slice(all, func(a, b int) bool { return all[a] < all[b] })
	p99 := 0.0
	if len(all) > 0 {
		p99 = float64(all[len(all)*99/100].Microseconds()) / 1000
	}
	check(json.NewEncoder(os.Stdout).Encode([]any{len(all), failed, p99}))
}

func client(address string, end time.Time) ([]time.Duration, error) {
	times := []time.Duration{}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return times, err
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: ws.shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", key)
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		return times, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return times, fmt.Errorf("status %d", answer.StatusCode)
	}
	frame := make([]byte, 6+size)
	frame[0], frame[1] = 0x81, 0x80|size
	back := make([]byte, 2+size)
	for began := time.Now(); began.Before(end); began = time.Now() {
		if _, err := conn.Write(frame); err != nil {
			return times, err
		}
		if _, err := io.ReadFull(reader, back); err != nil {
			return times, err
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
