package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// keepNamespaces holds the container's namespaces open for exec: a pid could be someone else's by then.
func (c *container) keepNamespaces(pid int) {
	for _, kind := range []string{"net", "ipc", "uts", "mnt"} {
		file, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
		if err != nil {
			return // it has ended already
		}
		c.namespaces = append(c.namespaces, namespace{kind, file})
	}
	c.pid, _ = os.Open(fmt.Sprintf("/proc/%d/ns/pid", pid))
}

// drainLimit is how long output is still read after a container's first process has ended: a process that left the
// container's process group may hold the pipe for ever.
const drainLimit = time.Second

// attend copies output until the end, then reports it.
func (e *engine) attend(c *container, readers [2]*os.File, directory string) {
	var copies sync.WaitGroup
	for i, reader := range readers {
		if reader == nil {
			continue
		}
		sinks := []io.Writer{&c.output[i]}
		var stream *logStream
		if c.log != nil {
			stream = newLogStream(c.log, [2]string{"stdout", "stderr"}[i])
			sinks = append(sinks, stream)
		}
		copies.Add(1)
		go func() {
			defer copies.Done()
			_, _ = io.Copy(io.MultiWriter(sinks...), reader) // a terminal ends with EIO
			if stream != nil {
				_ = stream.Close()
			}
			_ = c.output[i].Close()
		}()
	}
	_ = c.child.command.Wait()
	finished := timestamp()
	if !c.ownPID {
		c.killStrays()
	}
	waitOrClose(&copies, readers[:])
	e.mutex.Lock()
	delete(e.containers, c.id)
	e.mutex.Unlock()
	close(c.ended)
	closeAll(append(readers[:], c.input, c.pid))
	for _, one := range c.namespaces {
		_ = one.file.Close()
	}
	c.closeLog()
	_ = os.RemoveAll(directory)
	e.control.send(exitedEvent{
		Event: "exited", ContainerID: c.id, ExitCode: exitCode(c.child.command.ProcessState), FinishedAt: finished,
	})
}

func waitOrClose(copies *sync.WaitGroup, readers []*os.File) {
	done := make(chan struct{})
	go func() { copies.Wait(); close(done) }()
	limit := time.NewTimer(drainLimit)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		closeAll(readers)
		<-done
	}
}
