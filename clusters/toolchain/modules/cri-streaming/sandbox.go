package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"canaryproof.dev/cri-streaming/stage"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// sandbox is a pod's set of namespaces, each held open by a file (and visible as a bind mount in the state directory).
type sandbox struct {
	id, directory string
	ownNetwork    bool
	link          string              // our end of the pod's cable
	networkPath   string              // where the network namespace is bound, as `ip netns` has it
	namespaces    map[string]*os.File // net, ipc, uts; absent where the pod uses the node's
	pause         *exec.Cmd           // holds the pid namespace, where the pod shares one
	pidNamespace  *os.File
}

type sandboxParams struct {
	ID           string            `json:"id"`
	OwnNetwork   bool              `json:"ownNetwork"`
	OwnIPC       bool              `json:"ownIpc"`
	SharedPID    bool              `json:"sharedPid"`
	Hostname     string            `json:"hostname"` // empty: the node's
	Address      string            `json:"address"`  // 10.244.0.5/24
	Gateway      string            `json:"gateway"`
	Sysctls      map[string]string `json:"sysctls"`
	ResolverConf string            `json:"resolverConf"` // content of /etc/resolv.conf
}

type sandboxResult struct {
	Directory    string `json:"directory"` // holds resolv.conf and hostname
	SharedMemory string `json:"sharedMemory"`
}

func (e *engine) createSandbox(params sandboxParams) (sandboxResult, error) {
	s := &sandbox{
		id: params.ID, directory: filepath.Join(e.options.state, "sandboxes", params.ID), ownNetwork: params.OwnNetwork,
		link: linkName(params.ID), networkPath: filepath.Join(e.options.networks, linkName(params.ID)),
		namespaces: map[string]*os.File{},
	}
	result := sandboxResult{Directory: s.directory, SharedMemory: "/dev/shm"}
	err := e.prepareSandbox(s, params, &result)
	if err != nil {
		s.destroy()
		return result, fmt.Errorf("sandbox %s: %w", params.ID, err)
	}
	e.mutex.Lock()
	e.sandboxes[s.id] = s
	e.mutex.Unlock()
	return result, nil
}

func (e *engine) prepareSandbox(s *sandbox, params sandboxParams, result *sandboxResult) error {
	if err := os.Mkdir(s.directory, 0o711); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.directory, "resolv.conf"), []byte(params.ResolverConf), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.directory, "hostname"), []byte(params.Hostname+"\n"), 0o644); err != nil {
		return err
	}
	if params.OwnIPC {
		result.SharedMemory = filepath.Join(s.directory, "shm")
		if err := os.Mkdir(result.SharedMemory, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(result.SharedMemory, os.ModeSticky|0o777); err != nil {
			return err
		}
	}
	if err := inThrowawayThread(func() error { return s.unshare(params) }); err != nil {
		return err
	}
	if params.OwnNetwork {
		if err := connect(s.link, e.options.bridge); err != nil {
			return err
		}
	}
	if params.SharedPID {
		return s.startPause(e.spawner)
	}
	return nil
}

// unshare makes the namespaces and sets them up from inside.
func (s *sandbox) unshare(params sandboxParams) error {
	node, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer node.Close()
	kinds := map[string]int{"uts": unix.CLONE_NEWUTS}
	if params.OwnNetwork {
		kinds["net"] = unix.CLONE_NEWNET
	}
	if params.OwnIPC {
		kinds["ipc"] = unix.CLONE_NEWIPC
	}
	for kind, flag := range kinds {
		if err := unix.Unshare(flag); err != nil {
			return fmt.Errorf("make a %s namespace: %w", kind, err)
		}
		if err := s.keep(kind); err != nil {
			return fmt.Errorf("keep the %s namespace: %w", kind, err)
		}
	}
	if params.Hostname != "" {
		if err := unix.Sethostname([]byte(params.Hostname)); err != nil {
			return fmt.Errorf("set the host name: %w", err)
		}
	}
	if params.OwnNetwork {
		if err := layCable(s.link, int(node.Fd()), params.Address, params.Gateway); err != nil {
			return err
		}
		// As containerd does: ports below 1024 and ping for everyone. An older kernel may not have them.
		_ = writeSysctl("net.ipv4.ip_unprivileged_port_start", "0")
		_ = writeSysctl("net.ipv4.ping_group_range", "0 2147483647")
		// A listener that fell behind finds at most so many connections that wait for it. With the kernel's 4096 all
		// of them can be older than their clients' time-outs: it would serve only clients that are gone.
		_ = writeSysctl("net.core.somaxconn", "512")
	}
	for name, value := range params.Sysctls {
		if err := writeSysctl(name, value); err != nil {
			return fmt.Errorf("set sysctl %s: %w", name, err)
		}
	}
	return nil
}

func (s *sandbox) keep(kind string) error {
	source, target := "/proc/thread-self/ns/"+kind, s.boundAt(kind)
	file, err := os.Open(source)
	if err != nil {
		return err
	}
	s.namespaces[kind] = file
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		return err
	}
	return unix.Mount(source, target, "", unix.MS_BIND, "")
}

// boundAt is where a namespace of the pod is bound.
func (s *sandbox) boundAt(kind string) string {
	if kind == "net" {
		return s.networkPath
	}
	return filepath.Join(s.directory, kind)
}

func (s *sandbox) startPause(starter *spawner) error {
	s.pause = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{stage.PauseArgument}, Env: []string{"GOMAXPROCS=1"}, Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL, Setsid: true},
	}
	if err := starter.start(s.pause, nil); err != nil {
		s.pause = nil
		return fmt.Errorf("start the pod's first process: %w", err)
	}
	var err error
	s.pidNamespace, err = os.Open(fmt.Sprintf("/proc/%d/ns/pid", s.pause.Process.Pid))
	return err
}

type idParams struct {
	ID string `json:"id"`
}

// removeSandbox may be called again, and for a sandbox that never was.
func (e *engine) removeSandbox(params idParams) (nothing, error) {
	e.mutex.Lock()
	s := e.sandboxes[params.ID]
	delete(e.sandboxes, params.ID)
	e.mutex.Unlock()
	if s != nil {
		s.destroy()
	}
	return nothing{}, nil
}

func (s *sandbox) destroy() {
	if s.pause != nil {
		_ = s.pause.Process.Kill()
		_ = s.pause.Wait()
	}
	if s.pidNamespace != nil {
		_ = s.pidNamespace.Close()
	}
	if s.ownNetwork {
		if link, err := netlink.LinkByName(s.link); err == nil {
			_ = netlink.LinkDel(link)
		}
	}
	for kind, file := range s.namespaces {
		_ = unix.Unmount(s.boundAt(kind), unix.MNT_DETACH)
		_ = os.Remove(s.boundAt(kind))
		_ = file.Close()
	}
	_ = os.RemoveAll(s.directory)
}
