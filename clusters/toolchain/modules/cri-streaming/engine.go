package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
	"k8s.io/kubelet/pkg/cri/streaming"
)

// engine holds the pods' namespaces and the running containers.
type engine struct {
	options serverOptions
	control *control
	spawner *spawner
	streams streaming.Server
	// overlay says whether the kernel lets us mount overlays here.
	overlay bool
	// hidden are the paths of /etc that other users of the host may not read.
	hidden []string

	mutex      sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
}

func newEngine(options serverOptions, out *control) (*engine, error) {
	for _, directory := range []string{options.networks, filepath.Join(options.state, "sandboxes"), filepath.Join(options.state, "containers")} {
		if err := os.MkdirAll(directory, 0o711); err != nil {
			return nil, err
		}
	}
	starter, err := newSpawner()
	if err != nil {
		return nil, err
	}
	e := &engine{
		options: options, control: out, spawner: starter, hidden: unreadable("/etc"),
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{},
	}
	if err := e.sweep(); err != nil {
		return nil, err
	}
	e.overlay = options.overlay && overlayWorks(options.state)
	return e, nil
}

// unreadable lists what only the host's root or special groups may read: the containers' root shall not either.
func unreadable(directory string) []string {
	var paths []string
	_ = filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&os.ModeSymlink != 0 {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return nil
		}
		if entry.IsDir() && info.Mode().Perm()&0o005 != 0o005 {
			paths = append(paths, path)
			return filepath.SkipDir
		}
		if !entry.IsDir() && info.Mode().Perm()&0o004 == 0 {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// overlayWorks tries one: user namespaces of older kernels, and hosts whose root is an overlay, refuse them.
func overlayWorks(state string) bool {
	directory, err := os.MkdirTemp(state, "overlay-test")
	if err != nil {
		return false
	}
	defer os.RemoveAll(directory)
	for _, name := range []string{"upper", "work", "root"} {
		if os.Mkdir(filepath.Join(directory, name), 0o700) != nil {
			return false
		}
	}
	root := filepath.Join(directory, "root")
	options := "lowerdir=/usr,upperdir=" + filepath.Join(directory, "upper") + ",workdir=" + filepath.Join(directory, "work")
	if unix.Mount("overlay", root, "overlay", unix.MS_NODEV, options) != nil {
		return false
	}
	return unix.Unmount(root, unix.MNT_DETACH) == nil
}

// sweep removes what an earlier runtime left in the state directory and on the bridge.
func (e *engine) sweep() error {
	mounts, err := filepath.Glob(filepath.Join(e.options.state, "sandboxes", "*", "*"))
	if err != nil {
		return err
	}
	networks, err := filepath.Glob(filepath.Join(e.options.networks, linkPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range append(mounts, networks...) {
		_ = unix.Unmount(path, unix.MNT_DETACH) // most are no mounts
	}
	for _, path := range networks {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for _, directory := range []string{"sandboxes", "containers"} {
		entries, err := os.ReadDir(filepath.Join(e.options.state, directory))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := os.RemoveAll(filepath.Join(e.options.state, directory, entry.Name())); err != nil {
				return err
			}
		}
	}
	return sweepLinks(e.options.bridge)
}

func (e *engine) sandbox(id string) (*sandbox, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if found := e.sandboxes[id]; found != nil {
		return found, nil
	}
	return nil, fail("notFound", "no sandbox %s", id)
}

func (e *engine) container(id string) (*container, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if found := e.containers[id]; found != nil {
		return found, nil
	}
	return nil, fail("notRunning", "container %s is not running", id)
}

func closeAll(files []*os.File) {
	for _, file := range files {
		if file != nil {
			_ = file.Close()
		}
	}
}
