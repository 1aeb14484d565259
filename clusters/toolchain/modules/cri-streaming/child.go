package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"canaryproof.dev/cri-streaming/stage"
	"golang.org/x/sys/unix"
)

// startLimit bounds the time from clone to exec: mounts and a few system calls.
const startLimit = 60 * time.Second

// namespace is one for a child to enter.
type namespace struct {
	kind string // net, ipc, uts, mnt
	file *os.File
}

// childOrder is a process to start by way of a stage.
type childOrder struct {
	spec         stage.Spec
	namespaces   []namespace
	pidNamespace *os.File // to be born into; nil: see cloneFlags
	cloneFlags   uintptr
	streams      [3]*os.File // nil: /dev/null, or the terminal
}

// child is a running process; terminal is the master side of its terminal, if it has one.
type child struct {
	command  *exec.Cmd
	terminal *os.File
}

// startChild returns when the child has become its program, or why it could not.
func (s *spawner) startChild(order childOrder) (*child, error) {
	text, err := json.Marshal(order.spec)
	if err != nil {
		return nil, err
	}
	specReader, specWriter, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer specReader.Close()
	defer specWriter.Close()
	reply, replyEnd, err := replyPair()
	if err != nil {
		return nil, err
	}
	defer reply.Close()
	defer replyEnd.Close()
	kinds := make([]string, len(order.namespaces))
	files := []*os.File{specReader, replyEnd}
	for i, one := range order.namespaces {
		kinds[i] = one.kind
		files = append(files, one.file)
	}
	command := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{stage.Argument}, Dir: "/", ExtraFiles: files,
		Env:         []string{stage.NamespacesVariable + "=" + strings.Join(kinds, ","), "GOMAXPROCS=1"},
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: order.cloneFlags},
	}
	if order.pidNamespace == nil {
		// One born into an older pid namespace sees no parent and would take that for the parent's death; it ends
		// with that namespace. All others get the signal again when their credentials are set.
		command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	if order.streams[0] != nil {
		command.Stdin = order.streams[0]
	}
	if order.streams[1] != nil {
		command.Stdout = order.streams[1]
	}
	if order.streams[2] != nil {
		command.Stderr = order.streams[2]
	}
	if err := s.start(command, order.pidNamespace); err != nil {
		return nil, err
	}
	started := &child{command: command}
	_ = replyEnd.Close()
	_ = specReader.Close()
	go func() { // a spec larger than the pipe must not block while the stage fails
		_, _ = specWriter.Write(text)
		_ = specWriter.Close()
	}()
	if err := started.await(reply); err != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
		if started.terminal != nil {
			_ = started.terminal.Close()
		}
		return nil, err
	}
	return started, nil
}

func replyPair() (*net.UnixConn, *os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours := os.NewFile(uintptr(ends[0]), "reply")
	defer ours.Close()
	theirs := os.NewFile(uintptr(ends[1]), "reply")
	connection, err := net.FileConn(ours)
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return connection.(*net.UnixConn), theirs, nil
}

// await reads replies until the stage's end closes by exec.
func (c *child) await(reply *net.UnixConn) error {
	if err := reply.SetReadDeadline(time.Now().Add(startLimit)); err != nil {
		return err
	}
	text, rights := make([]byte, 16*1024), make([]byte, unix.CmsgSpace(4))
	for {
		n, rightsLength, _, _, err := reply.ReadMsgUnix(text, rights)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wait for the start: %w", err)
		}
		if n > 0 && text[0] == stage.ReplyFailure {
			return errors.New(string(text[1:n]))
		}
		if rightsLength == 0 {
			continue
		}
		messages, err := unix.ParseSocketControlMessage(rights[:rightsLength])
		if err != nil {
			return err
		}
		for _, message := range messages {
			descriptors, err := unix.ParseUnixRights(&message)
			if err != nil {
				return err
			}
			for _, descriptor := range descriptors {
				unix.CloseOnExec(descriptor)
				if err := unix.SetNonblock(descriptor, true); err != nil {
					return err
				}
				c.terminal = os.NewFile(uintptr(descriptor), "terminal")
			}
		}
	}
}

// exitCode is the shell's: 128 + the number of the signal that ended it.
func exitCode(state *os.ProcessState) int {
	if state == nil {
		return 255
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
