package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"canaryproof.dev/cri-streaming/stage"
	"golang.org/x/sys/unix"
)

// container is a running one; it leaves the engine's map when its first process ends.
type container struct {
	id         string
	process    stage.Process
	child      *child
	ownPID     bool // the end of its first process ends all others
	log        *containerLog
	output     [2]fanout // stdout and stderr; a terminal has stdout only
	namespaces []namespace
	pid        *os.File // its pid namespace
	network    *os.File // nil: the node's

	input     *os.File // what attached ones type goes here; nil without stdin
	inputOnce bool
	ended     chan struct{}
}

type containerParams struct {
	ID        string        `json:"id"`
	SandboxID string        `json:"sandboxId"`
	Process   stage.Process `json:"process"`
	RootFS    stage.RootFS  `json:"rootfs"`
	LogPath   string        `json:"logPath"` // empty: no log
	Stdin     bool          `json:"stdin"`
	StdinOnce bool          `json:"stdinOnce"`
	// PID is own, pod, node or the id of a container whose pid namespace is to be shared.
	PID         string `json:"pid"`
	OOMScoreAdj int    `json:"oomScoreAdj"`
}

type containerResult struct {
	PID       int    `json:"pid"`
	StartedAt string `json:"startedAt"`
}

func (e *engine) startContainer(params containerParams) (containerResult, error) {
	home, err := e.sandbox(params.SandboxID)
	if err != nil {
		return containerResult{}, err
	}
	directory := filepath.Join(e.options.state, "containers", params.ID)
	for _, name := range []string{"root", "layers"} {
		if err := os.MkdirAll(filepath.Join(directory, name), 0o700); err != nil {
			return containerResult{}, err
		}
	}
	c := &container{id: params.ID, process: params.Process, inputOnce: params.StdinOnce, ended: make(chan struct{})}
	result, err := e.launch(c, home, directory, params)
	if err != nil {
		_ = os.RemoveAll(directory)
	}
	return result, err
}

func (e *engine) launch(c *container, home *sandbox, directory string, params containerParams) (containerResult, error) {
	order := childOrder{cloneFlags: unix.CLONE_NEWNS}
	for _, kind := range []string{"net", "ipc", "uts"} {
		if file := home.namespaces[kind]; file != nil {
			order.namespaces = append(order.namespaces, namespace{kind, file})
		}
	}
	if err := e.choosePIDNamespace(&order, c, home, params.PID); err != nil {
		return containerResult{}, err
	}
	params.RootFS.Directory, params.RootFS.Hidden, params.RootFS.Overlay = directory, e.hidden, e.overlay
	if err := resolveSources(params.RootFS.Mounts); err != nil {
		return containerResult{}, err
	}
	order.spec = stage.Spec{Process: params.Process, RootFS: &params.RootFS}
	log, err := openLogOrNone(params.LogPath)
	if err != nil {
		return containerResult{}, err
	}
	c.log = log
	readers, err := c.openStreams(&order, params)
	if err != nil {
		return containerResult{}, err
	}
	c.child, err = e.spawner.startChild(order)
	closeAll(order.streams[:])
	if err != nil {
		closeAll(append(readers[:], c.input))
		c.closeLog()
		return containerResult{}, err
	}
	started := timestamp()
	if c.child.terminal != nil {
		readers[0] = c.child.terminal
		if params.Stdin {
			c.input = c.child.terminal
		}
	}
	process := c.child.command.Process
	// Lowering it needs a capability that the node may not have; then the container keeps the runtime's.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", process.Pid), []byte(strconv.Itoa(params.OOMScoreAdj)), 0)
	c.keepNamespaces(process.Pid)
	c.network = home.namespaces["net"]
	e.mutex.Lock()
	e.containers[c.id] = c
	e.mutex.Unlock()
	go e.attend(c, readers, directory)
	return containerResult{PID: process.Pid, StartedAt: started}, nil
}

func (e *engine) choosePIDNamespace(order *childOrder, c *container, home *sandbox, kind string) error {
	switch kind {
	case "own":
		c.ownPID = true
		order.cloneFlags |= unix.CLONE_NEWPID
	case "node":
	case "pod":
		order.pidNamespace = home.pidNamespace
	default:
		target, err := e.container(kind)
		if err != nil {
			return err
		}
		order.pidNamespace = target.pid
	}
	return nil
}

// resolveSources follows links on the host and makes directories that do not exist yet, as other runtimes do.
func resolveSources(mounts []stage.Mount) error {
	for i, mount := range mounts {
		if _, err := os.Stat(mount.HostPath); errors.Is(err, os.ErrNotExist) {
			if err := os.MkdirAll(mount.HostPath, 0o755); err != nil {
				return fmt.Errorf("make the host path %s: %w", mount.HostPath, err)
			}
		}
		real, err := filepath.EvalSymlinks(mount.HostPath)
		if err != nil {
			return fmt.Errorf("host path of %s: %w", mount.ContainerPath, err)
		}
		mounts[i].HostPath = real
	}
	return nil
}

func openLogOrNone(path string) (*containerLog, error) {
	if path == "" {
		return nil, nil
	}
	return openContainerLog(path)
}

func (c *container) closeLog() {
	if c.log != nil {
		c.log.close()
	}
}

// openStreams makes the pipes of a container without a terminal and returns the ends to read its output from.
func (c *container) openStreams(order *childOrder, params containerParams) ([2]*os.File, error) {
	var readers [2]*os.File
	if params.Process.Terminal {
		return readers, nil
	}
	var err error
	for i := range readers {
		if readers[i], order.streams[i+1], err = os.Pipe(); err != nil {
			return readers, err
		}
	}
	if params.Stdin {
		order.streams[0], c.input, err = os.Pipe()
	}
	return readers, err
}

type signalParams struct {
	ID     string `json:"id"`
	Signal int    `json:"signal"`
}

func (e *engine) signalContainer(params signalParams) (nothing, error) {
	c, err := e.container(params.ID)
	if err != nil {
		return nothing{}, err
	}
	process := c.child.command.Process
	if err := process.Signal(syscall.Signal(params.Signal)); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return nothing{}, err
	}
	return nothing{}, nil
}

func (e *engine) reopenLog(params idParams) (nothing, error) {
	c, err := e.container(params.ID)
	if err != nil || c.log == nil {
		return nothing{}, err
	}
	return nothing{}, c.log.reopen()
}
