// The peer: k8s.io/apimachinery's own selectors. Each line of input is a task, each line of output
// its answer: nanoseconds for one operation, and something to check the work by.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

type task struct {
	Kind   string            `json:"kind"`
	Text   string            `json:"text"`
	Labels map[string]string `json:"labels"`
	Count  int               `json:"count"`
}

type answer struct {
	Ns    float64 `json:"ns"`
	Check string  `json:"check"`
}

var pods []labels.Set

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<20)
	for in.Scan() {
		var t task
		if err := json.Unmarshal(in.Bytes(), &t); err != nil {
			panic(err)
		}
		out, _ := json.Marshal(run(t))
		fmt.Println(string(out))
	}
}

func run(t task) answer {
	selector, err := labels.Parse(t.Text)
	if err != nil {
		panic(err)
	}
	switch t.Kind {
	case "parse":
		start := time.Now()
		for i := 0; i < t.Count; i++ {
			selector, _ = labels.Parse(t.Text)
		}
		return answer{since(start, t.Count), selector.String()}
	case "match":
		set, matched := labels.Set(t.Labels), 0
		start := time.Now()
		for i := 0; i < t.Count; i++ {
			if selector.Matches(set) {
				matched++
			}
		}
		return answer{since(start, t.Count), fmt.Sprint(matched == t.Count)}
	case "scan":
		if len(pods) != t.Count {
			pods = makePods(t.Count)
		}
		found := 0
		start := time.Now()
		for _, pod := range pods {
			if selector.Matches(pod) {
				found++
			}
		}
		return answer{since(start, 1), fmt.Sprint(found)}
	}
	panic("unknown task " + t.Kind)
}

func since(start time.Time, count int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(count)
}

// The same pods as in pods.mjs.
func makePods(count int) []labels.Set {
	envs := []string{"prod", "dev", "test"}
	made := make([]labels.Set, count)
	for i := range made {
		made[i] = labels.Set{
			"app":  fmt.Sprintf("app-%d", i%100),
			"env":  envs[i%3],
			"tier": fmt.Sprintf("tier-%d", i%5),
			"team": fmt.Sprintf("team-%d", i%11),
			"pod":  fmt.Sprintf("pod-%d", i),
		}
	}
	return made
}
