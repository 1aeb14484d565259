package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"canaryproof.dev/cri-streaming/stage"
	"golang.org/x/sys/unix"
	"k8s.io/client-go/tools/remotecommand"
)

// execLimit is the most that an ExecSync returns of each stream: the kubelet takes answers of 16 MiB.
const execLimit = 8*1024*1024 - 64*1024

type execSyncParams struct {
	ContainerID string   `json:"containerId"`
	Argv        []string `json:"argv"`
	TimeoutMs   int64    `json:"timeoutMs"` // 0: none
}

type execSyncResult struct {
	Stdout   []byte `json:"stdout"`
	Stderr   []byte `json:"stderr"`
	ExitCode int    `json:"exitCode"`
}

func (e *engine) execSync(params execSyncParams) (execSyncResult, error) {
	ctx := context.Background()
	if params.TimeoutMs > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(params.TimeoutMs)*time.Millisecond)
		defer cancel()
		ctx = limited
	}
	var stdout, stderr limitedBuffer
	code, err := e.execute(ctx, execution{containerID: params.ContainerID, argv: params.Argv, out: &stdout, err: &stderr})
	if ctx.Err() != nil {
		return execSyncResult{}, fail("deadlineExceeded", "command %q timed out after %d ms", params.Argv, params.TimeoutMs)
	}
	if err != nil {
		return execSyncResult{}, err
	}
	return execSyncResult{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), ExitCode: code}, nil
}

// limitedBuffer swallows what goes beyond the limit, so that the program never blocks.
type limitedBuffer struct{ bytes.Buffer }

func (b *limitedBuffer) Write(output []byte) (int, error) {
	room := max(0, execLimit-b.Len())
	_, _ = b.Buffer.Write(output[:min(room, len(output))])
	return len(output), nil
}

// execution is a program to run in a running container, with its streams.
type execution struct {
	containerID string
	argv        []string
	in          io.Reader // nil: /dev/null
	out, err    io.Writer // nil: /dev/null
	terminal    bool      // out carries both
	sizes       <-chan remotecommand.TerminalSize
}

// execute returns the program's exit code. When ctx ends, or nobody reads its output any more, it is killed.
func (e *engine) execute(ctx context.Context, what execution) (int, error) {
	c, err := e.container(what.containerID)
	if err != nil {
		return 0, err
	}
	if c.pid == nil || len(what.argv) == 0 {
		return 0, fail("notRunning", "container %s has ended", what.containerID)
	}
	process := c.process
	process.Argv, process.Terminal = what.argv, what.terminal
	if what.terminal && !slices.ContainsFunc(process.Env, func(v string) bool { return strings.HasPrefix(v, "TERM=") }) {
		process.Env = append(slices.Clone(process.Env), "TERM=xterm")
	}
	order := childOrder{spec: stage.Spec{Process: process}, namespaces: c.namespaces, pidNamespace: c.pid}
	ours, err := connectStreams(&order, what)
	defer closeAll(ours[:])
	if err != nil {
		closeAll(order.streams[:])
		return 0, err
	}
	program, err := e.spawner.startChild(order)
	closeAll(order.streams[:])
	if err != nil {
		return 0, err
	}
	if program.terminal != nil {
		defer program.terminal.Close()
		ours[0], ours[1] = nil, nil
		go resize(program.terminal, what.sizes)
	}
	return attendExecution(ctx, program, ours, what)
}

// connectStreams makes pipes for the streams that are wanted; our ends are returned: to stdin, from stdout, from stderr.
func connectStreams(order *childOrder, what execution) (ours [3]*os.File, err error) {
	if what.terminal {
		return ours, nil
	}
	if what.in != nil {
		if order.streams[0], ours[0], err = os.Pipe(); err != nil {
			return ours, err
		}
	}
	for i, sink := range []io.Writer{what.out, what.err} {
		if sink == nil {
			continue
		}
		if ours[i+1], order.streams[i+1], err = os.Pipe(); err != nil {
			return ours, err
		}
	}
	return ours, nil
}

func attendExecution(ctx context.Context, program *child, ours [3]*os.File, what execution) (int, error) {
	kill := func() { _ = syscall.Kill(-program.command.Process.Pid, syscall.SIGKILL) }
	stop := context.AfterFunc(ctx, kill)
	defer stop()
	input, outputs := ours[0], []*os.File{ours[1], ours[2]}
	if program.terminal != nil {
		input, outputs = program.terminal, []*os.File{program.terminal, nil}
	}
	if what.in != nil {
		go func() {
			_, _ = io.Copy(input, what.in)
			if program.terminal == nil {
				_ = input.Close() // the program sees the end of its input
			}
		}()
	}
	var copies sync.WaitGroup
	for i, sink := range []io.Writer{what.out, what.err} {
		if outputs[i] == nil || sink == nil {
			continue
		}
		copies.Add(1)
		go func() {
			defer copies.Done()
			if err := copyOutput(sink, outputs[i]); err != nil {
				kill() // nobody is listening any more
			}
		}()
	}
	_ = program.command.Wait()
	waitOrClose(&copies, outputs)
	return exitCode(program.command.ProcessState), nil
}

// copyOutput returns an error only when the sink refuses: the source's end, even a terminal's EIO, is a normal end.
func copyOutput(sink io.Writer, source io.Reader) error {
	buffer := make([]byte, 32*1024)
	for {
		n, err := source.Read(buffer)
		if n > 0 {
			if _, refused := sink.Write(buffer[:n]); refused != nil {
				return refused
			}
		}
		if err != nil {
			return nil
		}
	}
}

// resize passes window sizes on until the channel closes.
func resize(terminal *os.File, sizes <-chan remotecommand.TerminalSize) {
	for size := range sizes {
		connection, err := terminal.SyscallConn()
		if err != nil {
			return
		}
		_ = connection.Control(func(fd uintptr) {
			_ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Height, Col: size.Width})
		})
	}
}
