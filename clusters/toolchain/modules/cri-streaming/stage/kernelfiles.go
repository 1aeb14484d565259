package stage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// alwaysReadOnly would reach the whole machine: containers here share its kernel settings.
var alwaysReadOnly = []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"}

const kernelFileFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

func mountKernelFiles() error {
	if err := unix.Mount("proc", "/proc", "proc", kernelFileFlags, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	err := unix.Mount("sysfs", "/sys", "sysfs", kernelFileFlags|unix.MS_RDONLY, "")
	if errors.Is(err, unix.EPERM) { // a user namespace that sees parts of /sys covered
		err = bindReadOnly(oldRoot+"/sys", "/sys")
	}
	if err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	return nil
}

var deviceNodes = []string{"null", "zero", "full", "random", "urandom", "tty"}

func mountDevices(sharedMemory string, hostDevices []Mount) error {
	if err := unix.Mount("tmpfs", "/dev", "tmpfs", unix.MS_NOSUID, "mode=0755,size=64k"); err != nil {
		return fmt.Errorf("mount /dev: %w", err)
	}
	for _, name := range deviceNodes {
		if err := bind(Mount{HostPath: "/dev/" + name, ContainerPath: "/dev/" + name}); err != nil {
			return fmt.Errorf("bind /dev/%s: %w", name, err)
		}
	}
	for _, device := range hostDevices {
		if err := bind(device); err != nil {
			return fmt.Errorf("bind device %s: %w", device.HostPath, err)
		}
	}
	for _, name := range []string{"pts", "shm", "mqueue"} {
		if err := os.Mkdir("/dev/"+name, 0o755); err != nil {
			return err
		}
	}
	if err := mountTerminals(); err != nil {
		return err
	}
	if err := bind(Mount{HostPath: sharedMemory, ContainerPath: "/dev/shm"}); err != nil {
		return fmt.Errorf("bind /dev/shm: %w", err)
	}
	if err := unix.Mount("mqueue", "/dev/mqueue", "mqueue", kernelFileFlags, ""); err != nil {
		_ = os.Remove("/dev/mqueue") // a kernel without POSIX message queues
	}
	for link, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
		"ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(target, filepath.Join("/dev", link)); err != nil {
			return err
		}
	}
	return nil
}

// mountTerminals gives the container terminals of its own; group 5 (tty) may not exist in a user namespace.
func mountTerminals() error {
	flags := uintptr(unix.MS_NOSUID | unix.MS_NOEXEC)
	err := unix.Mount("devpts", "/dev/pts", "devpts", flags, "newinstance,ptmxmode=0666,mode=0620,gid=5")
	if errors.Is(err, unix.EINVAL) {
		err = unix.Mount("devpts", "/dev/pts", "devpts", flags, "newinstance,ptmxmode=0666,mode=0620")
	}
	if err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	return nil
}

// protectKernelFiles applies masked and read-only paths, and those that are never writable here.
func (r *RootFS) protectKernelFiles() error {
	for _, path := range append(append([]string{}, alwaysReadOnly...), r.ReadOnlyPaths...) {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("bind %s: %w", path, err)
		}
		if err := remount(path, unix.MS_RDONLY); err != nil {
			return err
		}
	}
	for _, path := range r.MaskedPaths {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if info.IsDir() {
			err = unix.Mount("tmpfs", path, "tmpfs", unix.MS_RDONLY|kernelFileFlags, "size=0")
		} else {
			err = unix.Mount("/dev/null", path, "", unix.MS_BIND, "")
		}
		if err != nil {
			return fmt.Errorf("mask %s: %w", path, err)
		}
	}
	if !r.WritableNetSysctls {
		return nil
	}
	const net = "/proc/sys/net"
	if err := unix.Mount(net, net, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s: %w", net, err)
	}
	return remount(net, 0)
}
