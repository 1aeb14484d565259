package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
	"k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/kubelet/pkg/cri/streaming"
	"k8s.io/utils/exec"
)

// newStreamingServer serves exec, attach and port-forward under URLs that are handed out once each.
func newStreamingServer(address string, e *engine) (streaming.Server, error) {
	config := streaming.DefaultConfig
	config.Addr = address
	config.BaseURL = &url.URL{Scheme: "http", Host: address, Path: "/"}
	return streaming.NewServer(config, e)
}

type urlResult struct {
	URL string `json:"url"`
}

type streamParams struct {
	ContainerID string   `json:"containerId"`
	Argv        []string `json:"argv"`
	Terminal    bool     `json:"terminal"`
	Stdin       bool     `json:"stdin"`
	Stdout      bool     `json:"stdout"`
	Stderr      bool     `json:"stderr"`
}

func (e *engine) execURL(params streamParams) (urlResult, error) {
	if _, err := e.container(params.ContainerID); err != nil {
		return urlResult{}, err
	}
	answer, err := e.streams.GetExec(&runtimeapi.ExecRequest{
		ContainerId: params.ContainerID, Cmd: params.Argv, Tty: params.Terminal,
		Stdin: params.Stdin, Stdout: params.Stdout, Stderr: params.Stderr,
	})
	if err != nil {
		return urlResult{}, err
	}
	return urlResult{answer.Url}, nil
}

func (e *engine) attachURL(params streamParams) (urlResult, error) {
	c, err := e.container(params.ContainerID)
	if err != nil {
		return urlResult{}, err
	}
	answer, err := e.streams.GetAttach(&runtimeapi.AttachRequest{
		ContainerId: params.ContainerID, Tty: c.process.Terminal,
		Stdin: params.Stdin, Stdout: params.Stdout, Stderr: params.Stderr && !c.process.Terminal,
	})
	if err != nil {
		return urlResult{}, err
	}
	return urlResult{answer.Url}, nil
}

type portForwardParams struct {
	SandboxID string  `json:"sandboxId"`
	Ports     []int32 `json:"ports"`
}

func (e *engine) portForwardURL(params portForwardParams) (urlResult, error) {
	if _, err := e.sandbox(params.SandboxID); err != nil {
		return urlResult{}, err
	}
	answer, err := e.streams.GetPortForward(&runtimeapi.PortForwardRequest{PodSandboxId: params.SandboxID, Port: params.Ports})
	if err != nil {
		return urlResult{}, err
	}
	return urlResult{answer.Url}, nil
}

// Exec implements streaming.Runtime.
func (e *engine) Exec(ctx context.Context, containerID string, argv []string, in io.Reader, out, err io.WriteCloser, tty bool, sizes <-chan remotecommand.TerminalSize) error {
	what := execution{containerID: containerID, argv: argv, in: in, terminal: tty, sizes: sizes}
	if out != nil { // a nil *writer in an interface would not be nil
		what.out = out
	}
	if err != nil {
		what.err = err
	}
	code, failed := e.execute(ctx, what)
	if failed != nil {
		return failed
	}
	if code != 0 {
		return exec.CodeExitError{Err: fmt.Errorf("exit code %d", code), Code: code}
	}
	return nil
}

// Attach implements streaming.Runtime: it joins a running container's streams and leaves with either side's end.
func (e *engine) Attach(ctx context.Context, containerID string, in io.Reader, out, err io.WriteCloser, _ bool, sizes <-chan remotecommand.TerminalSize) error {
	c, missing := e.container(containerID)
	if missing != nil {
		return missing
	}
	if c.child.terminal != nil {
		go resize(c.child.terminal, sizes)
	}
	left := make(chan error, 2)
	var copies sync.WaitGroup
	for i, sink := range []io.Writer{out, err} {
		if sink == nil {
			continue
		}
		one := c.output[i].subscribe()
		defer c.output[i].unsubscribe(one)
		copies.Add(1)
		go func() {
			defer copies.Done()
			if refused := one.copyTo(sink); refused != nil {
				left <- refused
			}
		}()
	}
	if in != nil && c.input != nil {
		go c.readInput(in)
	}
	done := make(chan struct{})
	go func() { copies.Wait(); close(done) }()
	select {
	case <-c.ended:
		<-done
		return nil
	case refused := <-left:
		return refused
	case <-ctx.Done():
		return nil
	}
}

func (c *container) readInput(in io.Reader) {
	_, _ = io.Copy(c.input, in)
	if c.inputOnce && c.child.terminal == nil {
		_ = c.input.Close()
	}
}

// PortForward implements streaming.Runtime: it dials inside the pod's network namespace.
func (e *engine) PortForward(_ context.Context, sandboxID string, port int32, stream io.ReadWriteCloser) error {
	s, err := e.sandbox(sandboxID)
	if err != nil {
		return err
	}
	connection, err := dialIn(s.namespaces["net"], port)
	if err != nil {
		return err
	}
	defer connection.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(connection, stream)
		_ = connection.CloseWrite()
	}()
	_, err = io.Copy(stream, connection)
	_ = stream.Close()
	<-sent
	return err
}

// dialIn connects to a port on the loopback of a network namespace; nil is the node's.
func dialIn(network *os.File, port int32) (*net.TCPConn, error) {
	var connection net.Conn
	dial := func() error {
		var err error
		for _, host := range []string{"127.0.0.1", "::1"} {
			if connection, err = net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(int(port)))); err == nil {
				return nil
			}
		}
		return err
	}
	work := dial
	if network != nil {
		work = func() error {
			if err := unix.Setns(int(network.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the pod's network: %w", err)
			}
			return dial()
		}
	}
	if err := inThrowawayThread(work); err != nil {
		return nil, err
	}
	return connection.(*net.TCPConn), nil
}
