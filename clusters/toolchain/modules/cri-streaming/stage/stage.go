package stage

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Argument is argv[0] of a stage; PauseArgument that of the first process of a pod-wide pid namespace.
const (
	Argument      = "cri-stage"
	PauseArgument = "cri-pause"
)

// Replies on ReplyFD: nothing at all means that the program has been started.
const (
	ReplyTerminal = 'T' // carries the terminal's master side
	ReplyFailure  = 'E' // followed by the reason
)

// Run reads the Spec, becomes its program and never returns. A failure goes to ReplyFD.
func Run() {
	runtime.LockOSThread() // namespaces and credentials belong to the thread that execs
	err := become()
	_, _ = syscall.Write(ReplyFD, append([]byte{ReplyFailure}, err.Error()...))
	os.Exit(127)
}

func become() error {
	kinds := strings.FieldsFunc(os.Getenv(NamespacesVariable), func(r rune) bool { return r == ',' })
	for fd := SpecFD; fd < FirstSpaceFD+len(kinds); fd++ {
		unix.CloseOnExec(fd)
	}
	var spec Spec
	text, err := io.ReadAll(os.NewFile(SpecFD, "spec"))
	if err != nil {
		return fmt.Errorf("read the container's description: %w", err)
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("read the container's description: %w", err)
	}
	if err := enterNamespaces(kinds); err != nil {
		return err
	}
	if spec.RootFS != nil {
		if err := spec.RootFS.build(); err != nil {
			return err
		}
	}
	return spec.Process.exec(spec.RootFS != nil)
}

var namespaceTypes = map[string]int{
	"net": unix.CLONE_NEWNET, "ipc": unix.CLONE_NEWIPC, "uts": unix.CLONE_NEWUTS, "mnt": unix.CLONE_NEWNS,
}

func enterNamespaces(kinds []string) error {
	for i, kind := range kinds {
		if kind == "mnt" { // the kernel wants this thread to have a root and working directory of its own
			if err := unix.Unshare(unix.CLONE_FS); err != nil {
				return fmt.Errorf("unshare: %w", err)
			}
		}
		if err := unix.Setns(FirstSpaceFD+i, namespaceTypes[kind]); err != nil {
			return fmt.Errorf("enter the %s namespace: %w", kind, err)
		}
	}
	return nil
}

func (p Process) exec(first bool) error {
	if _, err := unix.Setsid(); err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	if p.Terminal {
		if err := openTerminal(); err != nil {
			return fmt.Errorf("open a terminal: %w", err)
		}
	}
	giveStreams(p)
	if first {
		if err := os.MkdirAll(p.Cwd, 0o755); err != nil && !os.IsExist(err) {
			if _, missing := os.Stat(p.Cwd); missing != nil {
				return fmt.Errorf("make the working directory: %w", err)
			}
		}
	}
	unix.Umask(0o022)
	if err := p.Credentials.take(); err != nil {
		return err
	}
	// After the change of user, as a real runtime does: the program's own user must be able to enter it.
	if err := os.Chdir(p.Cwd); err != nil {
		return fmt.Errorf("enter the working directory: %w", err)
	}
	program, err := find(p.Argv[0], p.Env)
	if err != nil {
		return err
	}
	if err := syscall.Exec(program, p.Argv, p.Env); err != nil {
		return fmt.Errorf("exec %s: %w", program, err)
	}
	return nil
}

// find looks a program up in the container's own PATH.
func find(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, entry := range env {
		path, found := strings.CutPrefix(entry, "PATH=")
		if !found {
			continue
		}
		for _, directory := range filepath.SplitList(path) {
			candidate := filepath.Join(directory, name)
			if info, err := os.Stat(candidate); err == nil && !info.IsDir() && unix.Access(candidate, unix.X_OK) == nil {
				return candidate, nil
			}
		}
	}
	return "", fmt.Errorf("exec %q: %w in the container's PATH", name, exec.ErrNotFound)
}

// openTerminal opens a terminal of the container's own devpts, sends its master side to the parent and makes it
// the controlling terminal and the three streams.
func openTerminal() error {
	master, terminal, err := pty.Open()
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(ReplyFD, []byte{ReplyTerminal}, unix.UnixRights(int(master.Fd())), nil, 0); err != nil {
		return err
	}
	if err := unix.IoctlSetInt(int(terminal.Fd()), unix.TIOCSCTTY, 0); err != nil {
		return err
	}
	for fd := range 3 {
		if err := unix.Dup3(int(terminal.Fd()), fd, 0); err != nil {
			return err
		}
	}
	return nil // both are close-on-exec
}

// giveStreams lets a program of another user open /dev/stdout, /dev/stderr and its terminal by name. Only pipes and
// the terminal are its own; anything else that is open belongs to the host.
func giveStreams(p Process) {
	for fd := range 3 {
		var stat unix.Stat_t
		if unix.Fstat(fd, &stat) != nil || !p.Terminal && stat.Mode&unix.S_IFMT != unix.S_IFIFO {
			continue
		}
		_ = unix.Fchown(fd, p.Credentials.UID, int(stat.Gid)) // an unmapped id: the open stream can still be written
	}
}

// Pause holds a pod-wide pid namespace and reaps its orphans until it is killed.
func Pause() {
	children := make(chan os.Signal, 16)
	signal.Notify(children, unix.SIGCHLD)
	for range children {
		for {
			if pid, err := syscall.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}
