package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-client/pkg/logs"
)

// logFile is a container's log in the format of container runtimes, which the kubelet's own reader reads.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	// What has no end of line yet, by stream.
	rest map[string][]byte
}

func logPath(folder string, restarts int32) string {
	return filepath.Join(folder, fmt.Sprintf("%d.log", restarts))
}

func openLog(folder string, restarts int32) (*logFile, error) {
	file, err := os.Create(logPath(folder, restarts))
	if err != nil {
		return nil, err
	}
	return &logFile{file: file, rest: map[string][]byte{}}, nil
}

func (l *logFile) as(stream string) io.Writer {
	return writes(func(data []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		rest := append(l.rest[stream], data...)
		for {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				break
			}
			l.line(stream, "F", rest[:end])
			rest = rest[end+1:]
		}
		l.rest[stream] = append([]byte(nil), rest...)
	})
}

func (l *logFile) line(stream, tag string, text []byte) {
	fmt.Fprintf(l.file, "%s %s %s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z07:00"), stream, tag, text)
}

func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for stream, rest := range l.rest {
		if len(rest) > 0 {
			l.line(stream, "P", rest)
		}
	}
	l.file.Close()
}

// readLogs writes what the options ask for of the container's log.
func (c *container) readLogs(ctx context.Context, options *v1.PodLogOptions, to io.Writer) error {
	c.mu.Lock()
	state, last, restarts, id := c.state, c.last, c.restarts, c.id
	c.mu.Unlock()
	switch {
	case options.Previous && last.Terminated == nil:
		return fmt.Errorf("previous terminated container %q in pod %q not found", c.spec.Name, c.pod.name)
	case options.Previous:
		restarts, id = restarts-1, last.Terminated.ContainerID
	case state.Waiting != nil:
		return fmt.Errorf("container %q in pod %q is waiting to start: %v", c.spec.Name, c.pod.name, state.Waiting.Reason)
	}
	stdout, stderr := to, to
	if options.Stream != nil {
		switch *options.Stream {
		case v1.LogStreamStdout:
			stderr = nil
		case v1.LogStreamStderr:
			stdout = nil
		}
	}
	read := &logs.LogOptions{
		TailLines: options.TailLines, LimitBytes: options.LimitBytes, Follow: options.Follow, Timestamp: options.Timestamps,
	}
	if options.SinceSeconds != nil {
		read.Since = time.Now().Add(-time.Duration(*options.SinceSeconds) * time.Second)
	}
	if options.SinceTime != nil {
		read.Since = options.SinceTime.Time
	}
	return logs.ReadLogs(ctx, logPath(c.folder(), restarts), id, read, runtime{container: c}, stdout, stderr)
}

// runtime answers the one question that the reader of logs has: whether more may come.
type runtime struct {
	internalapi.RuntimeService
	container *container
}

func (r runtime) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	r.container.mu.Lock()
	defer r.container.mu.Unlock()
	state := runtimeapi.ContainerState_CONTAINER_EXITED
	if r.container.id == id && r.container.state.Running != nil {
		state = runtimeapi.ContainerState_CONTAINER_RUNNING
	}
	return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{State: state}}, nil
}
