package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// What is waited for before a container that has ended is started again.
const backOff = time.Second

// container is one process after the other.
type container struct {
	pod  *pod
	spec v1.Container

	mu       sync.Mutex
	id       string
	process  *exec.Cmd
	terminal *os.File
	stdin    io.WriteCloser
	output   *output
	log      *logFile
	state    v1.ContainerState
	last     v1.ContainerState
	restarts int32
	stopping bool
	done     chan struct{}
}

func newContainer(p *pod, spec v1.Container) *container {
	done := make(chan struct{})
	close(done)
	return &container{
		pod: p, spec: spec, done: done,
		state: v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: "ContainerCreating"}},
	}
}

func (c *container) folder() string { return filepath.Join(c.pod.folder(), c.spec.Name) }

func (c *container) environment() []string {
	set := []string{
		"PATH=" + os.Getenv("PATH"), "HOSTNAME=" + c.pod.name, "POD_IP=" + c.pod.podIP, "POD_ADDRESS=" + c.pod.address,
	}
	for _, each := range c.spec.Env {
		set = append(set, each.Name+"="+each.Value)
	}
	return set
}

// startOrRestart starts what does not run. A container that has ended waits its back-off first.
func (c *container) startOrRestart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping || c.state.Running != nil {
		return
	}
	if ended := c.state.Terminated; ended != nil {
		if wait := time.Until(ended.FinishedAt.Add(backOff)); wait > 0 {
			time.AfterFunc(wait, c.pod.tell)
			return
		}
		c.last = c.state
		c.restarts++
	}
	c.start()
}

func (c *container) start() {
	command := append(append([]string{}, c.spec.Command...), c.spec.Args...)
	if len(command) == 0 {
		// There are no images here; what one would run is idle.
		command = []string{"sleep", "infinity"}
	}
	c.id = "test://" + string(uuid.NewUUID())
	started := metav1.Now()
	failed := func(err error) {
		c.state = v1.ContainerState{Terminated: &v1.ContainerStateTerminated{
			ExitCode: 128, Reason: "StartError", Message: err.Error(), StartedAt: started, FinishedAt: metav1.Now(), ContainerID: c.id,
		}}
	}
	directory := filepath.Join(c.folder(), "root")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		failed(err)
		return
	}
	if c.spec.WorkingDir != "" {
		directory = c.spec.WorkingDir
	}
	log, err := openLog(c.folder(), c.restarts)
	if err != nil {
		failed(err)
		return
	}
	process := exec.Command(command[0], command[1:]...)
	process.Dir, process.Env = directory, c.environment()
	c.output = &output{}
	streams := map[string]io.Reader{}
	c.terminal, c.stdin = nil, nil
	if c.spec.TTY {
		if c.terminal, err = pty.Start(process); err == nil {
			c.stdin, streams["stdout"] = c.terminal, c.terminal
		}
	} else {
		process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		streams["stdout"], _ = process.StdoutPipe()
		streams["stderr"], _ = process.StderrPipe()
		if c.spec.Stdin {
			c.stdin, _ = process.StdinPipe()
		}
		err = process.Start()
	}
	if err != nil {
		failed(err)
		return
	}
	c.process, c.log, c.done = process, log, make(chan struct{})
	c.state = v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: started}}

	var reading sync.WaitGroup
	for name, stream := range streams {
		reading.Add(1)
		go func() {
			defer reading.Done()
			io.Copy(io.MultiWriter(c.output.as(name), log.as(name)), stream)
		}()
	}
	done := c.done
	go func() {
		reading.Wait()
		err := process.Wait()
		log.close()
		c.mu.Lock()
		c.state = v1.ContainerState{Terminated: terminated(process, err, started, c.id)}
		c.mu.Unlock()
		close(done)
		c.pod.tell()
	}()
}

func terminated(process *exec.Cmd, err error, started metav1.Time, id string) *v1.ContainerStateTerminated {
	code, reason := int32(process.ProcessState.ExitCode()), "Completed"
	if status, ok := process.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int32(status.Signal())
	}
	if code != 0 || err != nil && code == 0 {
		reason = "Error"
	}
	return &v1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: started, FinishedAt: metav1.Now(), ContainerID: id,
	}
}

// tell says that a container has changed.
func (p *pod) tell() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

func (c *container) currentState() v1.ContainerState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *container) ended() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

func (c *container) terminate() { c.signal(syscall.SIGTERM) }
func (c *container) kill()      { c.signal(syscall.SIGKILL) }

func (c *container) signal(signal syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	if c.state.Running != nil {
		// With all that it started.
		syscall.Kill(-c.process.Process.Pid, signal)
	}
}

func (c *container) status() v1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	started := c.state.Running != nil
	return v1.ContainerStatus{
		Name: c.spec.Name, Image: c.spec.Image, ImageID: "test://" + c.spec.Image, ContainerID: c.id,
		State: c.state, LastTerminationState: c.last, RestartCount: c.restarts, Ready: started, Started: &started,
	}
}

// exec runs a command beside the container's process, in its folder and with its environment.
func (c *container) exec(ctx context.Context, command []string, in io.Reader, out, errors io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Dir, process.Env = filepath.Join(c.folder(), "root"), c.environment()
	if c.spec.WorkingDir != "" {
		process.Dir = c.spec.WorkingDir
	}
	if tty {
		terminal, err := pty.Start(process)
		if err != nil {
			return err
		}
		defer terminal.Close()
		go follow(terminal, resize)
		if in != nil {
			go io.Copy(terminal, in)
		}
		io.Copy(out, terminal)
		return exitOf(process.Wait())
	}
	process.Stdout, process.Stderr = writer(out), writer(errors)
	if in != nil {
		// Not process.Stdin: its end would be waited for after the command's.
		stdin, err := process.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			io.Copy(stdin, in)
			stdin.Close()
		}()
	}
	return exitOf(process.Run())
}

// writer keeps a stream that is not there from being an interface that holds nil.
func writer(stream io.WriteCloser) io.Writer {
	if stream == nil {
		return io.Discard
	}
	return stream
}

func follow(terminal *os.File, resize <-chan remotecommand.TerminalSize) {
	for size := range resize {
		pty.Setsize(terminal, &pty.Winsize{Rows: size.Height, Cols: size.Width})
	}
}

func exitOf(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	code := exit.ExitCode()
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return utilexec.CodeExitError{Err: fmt.Errorf("exit status %d", code), Code: code}
}

// attach is beside the container's process from now to its end.
func (c *container) attach(ctx context.Context, in io.Reader, out, errors io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	c.mu.Lock()
	stdin, terminal, output, done := c.stdin, c.terminal, c.output, c.done
	c.mu.Unlock()
	if tty && terminal != nil {
		go follow(terminal, resize)
	}
	if in != nil && stdin != nil {
		go func() {
			io.Copy(stdin, in)
			if c.spec.StdinOnce && terminal == nil {
				stdin.Close()
			}
		}()
	}
	leave := output.join(writer(out), writer(errors))
	defer leave()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return nil
}

// output hands what a process writes to those who are attached.
type output struct {
	mu       sync.Mutex
	attached map[*listener]struct{}
}

type listener struct{ stdout, stderr io.Writer }

func (o *output) join(stdout, stderr io.Writer) func() {
	o.mu.Lock()
	defer o.mu.Unlock()
	joined := &listener{stdout, stderr}
	if o.attached == nil {
		o.attached = map[*listener]struct{}{}
	}
	o.attached[joined] = struct{}{}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.attached, joined)
	}
}

func (o *output) as(stream string) io.Writer {
	return writes(func(data []byte) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for each := range o.attached {
			to := each.stdout
			if stream == "stderr" {
				to = each.stderr
			}
			if _, err := to.Write(data); err != nil {
				delete(o.attached, each)
			}
		}
	})
}

type writes func([]byte)

func (w writes) Write(data []byte) (int, error) {
	w(data)
	return len(data), nil
}
