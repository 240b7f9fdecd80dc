// Megabytes per second of CPU time at which Go reads a file: with positions (yaml.v3's nodes) and as
// kubectl does, without (sigs.k8s.io/yaml). go run . FILE ROUNDS
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"strconv"
	"syscall"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

func cpu() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

// The best of some rounds, each over all documents.
func measure(name string, size, rounds int, documents [][]byte, read func([]byte) error) {
	best := 0.0
	for range rounds {
		start := cpu()
		for _, document := range documents {
			if err := read(document); err != nil {
				log.Fatal(err)
			}
		}
		best = max(best, float64(size)/1e6/(cpu()-start))
	}
	fmt.Printf("%s %.1f MB/s\n", name, best)
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	rounds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	documents := bytes.Split(text, []byte("\n---\n"))
	measure("Go with positions", len(text), rounds, documents, func(document []byte) error {
		var node yamlv3.Node
		return yamlv3.Unmarshal(document, &node)
	})
	measure("Go as kubectl", len(text), rounds, documents, func(document []byte) error {
		_, err := yaml.YAMLToJSON(document)
		return err
	})
}
