package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// spawner starts every child from one thread that lives as long as the process: a child's death signal fires when
// the *thread* that started it ends, and joining a pid namespace is a property of the thread too.
type spawner struct {
	orders chan spawnOrder
}

type spawnOrder struct {
	command      *exec.Cmd
	pidNamespace *os.File // nil: the command's own Cloneflags decide
	done         chan error
}

func newSpawner() (*spawner, error) {
	own, err := os.Open("/proc/self/ns/pid")
	if err != nil {
		return nil, err
	}
	s := &spawner{orders: make(chan spawnOrder)}
	go func() {
		runtime.LockOSThread()
		for order := range s.orders {
			order.done <- startIn(order, own)
		}
	}()
	return s, nil
}

// start starts a command, in a pid namespace if one is given.
func (s *spawner) start(command *exec.Cmd, pidNamespace *os.File) error {
	order := spawnOrder{command: command, pidNamespace: pidNamespace, done: make(chan error, 1)}
	s.orders <- order
	return <-order.done
}

func startIn(order spawnOrder, own *os.File) error {
	if order.pidNamespace == nil {
		return order.command.Start()
	}
	if err := unix.Setns(int(order.pidNamespace.Fd()), unix.CLONE_NEWPID); err != nil {
		return fmt.Errorf("enter the pid namespace: %w", err)
	}
	started := order.command.Start()
	if err := unix.Setns(int(own.Fd()), unix.CLONE_NEWPID); err != nil {
		fmt.Fprintln(os.Stderr, "cri-streaming: cannot return to its own pid namespace:", err)
		os.Exit(1) // every later container would land in the wrong one
	}
	return started
}

// inThrowawayThread runs work that changes its thread's namespaces; the thread ends with it. Nothing may be started
// from such a thread (see spawner).
func inThrowawayThread(work func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the runtime then ends the thread
		done <- work()
	}()
	return <-done
}
