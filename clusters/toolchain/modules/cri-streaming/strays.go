package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// killStrays ends what a container without a pid namespace of its own has left: every process in its mount
// namespace. One that forks meanwhile is met by the next round.
func (c *container) killStrays() {
	const rounds = 20
	home, ok := c.mountNamespace()
	if !ok {
		return
	}
	for range rounds {
		found := 0
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil {
				continue
			}
			var stat unix.Stat_t
			if unix.Stat(fmt.Sprintf("/proc/%d/ns/mnt", pid), &stat) == nil && stat.Ino == home && syscall.Kill(pid, syscall.SIGKILL) == nil {
				found++
			}
		}
		if found == 0 {
			return
		}
	}
}

func (c *container) mountNamespace() (uint64, bool) {
	for _, one := range c.namespaces {
		var stat unix.Stat_t
		if one.kind == "mnt" && unix.Fstat(int(one.file.Fd()), &stat) == nil {
			return stat.Ino, true
		}
	}
	return 0, false
}
