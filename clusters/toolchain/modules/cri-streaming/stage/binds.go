package stage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func (r *RootFS) bindAll() error {
	for _, mount := range r.Mounts {
		if err := bind(mount); err != nil {
			return fmt.Errorf("mount %s on %s: %w", mount.HostPath, mount.ContainerPath, err)
		}
	}
	return nil
}

func bind(mount Mount) error {
	source := oldRoot + mount.HostPath
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	target := filepath.Clean("/" + mount.ContainerPath)
	if err := makeMountPoint(target, info.IsDir()); err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if mount.ReadOnly {
		return remount(target, unix.MS_RDONLY)
	}
	return nil
}

// makeMountPoint makes an empty file or directory where there is none. Links are followed inside the container's
// root (/var/run leads to /run); one that leads nowhere is replaced, as /etc/resolv.conf often is one.
func makeMountPoint(target string, directory bool) error {
	if _, err := os.Stat(target); err == nil {
		return nil
	}
	parent := filepath.Dir(target)
	if err := makeDirectory(parent); err != nil {
		return err
	}
	if _, err := os.Lstat(target); err == nil {
		if err := openForChange(parent, func() error { return os.Remove(target) }); err != nil {
			return err
		}
	}
	return openForChange(parent, func() error {
		if directory {
			return os.Mkdir(target, 0o755)
		}
		file, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		return file.Close()
	})
}

func makeDirectory(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := makeDirectory(filepath.Dir(path)); err != nil {
		return err
	}
	return openForChange(filepath.Dir(path), func() error { return os.Mkdir(path, 0o755) })
}

// openForChange tries a change in a directory; where the directory is bound read-only from the host, or belongs to a
// user that is not mapped into this user namespace, it is first replaced by a copy of its entries (a tmpfs with every
// entry bound into it).
func openForChange(directory string, change func() error) error {
	err := change()
	if err == nil || !(errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES)) {
		return err
	}
	if err := compose(directory); err != nil {
		return fmt.Errorf("compose %s: %w", directory, err)
	}
	return change()
}

func compose(directory string) error {
	directory, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return err
	}
	original, err := os.MkdirTemp(oldRootStash(), "entry")
	if err != nil {
		return err
	}
	if err := unix.Mount(directory, original, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", directory, "tmpfs", unix.MS_NODEV, "mode=0755"); err != nil {
		return err
	}
	entries, err := os.ReadDir(original)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := copyEntry(filepath.Join(original, entry.Name()), filepath.Join(directory, entry.Name()), entry); err != nil {
			return err
		}
	}
	if err := unix.Unmount(original, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(original)
}

func copyEntry(source, target string, entry os.DirEntry) error {
	switch {
	case entry.Type()&os.ModeSymlink != 0:
		link, err := os.Readlink(source)
		if err != nil {
			return err
		}
		return os.Symlink(link, target)
	case entry.IsDir():
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
	default:
		file, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
}

// oldRootStash is a writable directory of the container's root tmpfs.
func oldRootStash() string { return "/mnt" }
