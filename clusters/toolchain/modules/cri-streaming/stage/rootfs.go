package stage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// userland are the directories of the host that stand in for an image. Everything else of the host (home
// directories, /var, /srv, /boot, other disks) stays outside.
var userland = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "opt", "nix", "gnu"}

var skeleton = []struct {
	path string
	mode os.FileMode
}{
	{"dev", 0o755}, {"proc", 0o555}, {"sys", 0o555}, {"run", 0o755}, {"run/lock", 0o755 | os.ModeSticky | 0o777},
	{"tmp", os.ModeSticky | 0o777}, {"root", 0o700}, {"home", 0o755}, {"mnt", 0o755}, {"media", 0o755}, {"srv", 0o755},
	{"var", 0o755}, {"var/cache", 0o755}, {"var/lib", 0o755}, {"var/log", 0o755}, {"var/spool", 0o755},
	{"var/tmp", os.ModeSticky | 0o777},
}

const oldRoot = "/.old"

// build makes the root in the calling process's own mount namespace and moves into it.
func (r *RootFS) build() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	root, layers := filepath.Join(r.Directory, "root"), filepath.Join(r.Directory, "layers")
	for _, directory := range []string{root, layers} {
		if err := unix.Mount("tmpfs", directory, "tmpfs", unix.MS_NODEV, "mode=0755"); err != nil {
			return fmt.Errorf("mount tmpfs on %s: %w", directory, err)
		}
	}
	mounted, err := r.mountUserland(root, layers)
	if err != nil {
		return err
	}
	if err := makeSkeleton(root); err != nil {
		return err
	}
	if err := enterRoot(root); err != nil {
		return err
	}
	if err := mountKernelFiles(); err != nil {
		return err
	}
	if err := mountDevices(r.SharedMemory, r.HostDevices); err != nil {
		return err
	}
	if err := r.bindAll(); err != nil {
		return err
	}
	if err := r.protectKernelFiles(); err != nil {
		return err
	}
	if err := unix.Unmount(oldRoot, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's root: %w", err)
	}
	if err := os.Remove(oldRoot); err != nil {
		return err
	}
	if !r.ReadOnly {
		return nil
	}
	for _, path := range append(mounted, "/") {
		if err := remount(path, unix.MS_RDONLY); err != nil {
			return err
		}
	}
	return nil
}

// mountUserland returns the container paths that are mounts of their own.
func (r *RootFS) mountUserland(root, layers string) ([]string, error) {
	var mounted []string
	for _, name := range userland {
		source, target := "/"+name, filepath.Join(root, name)
		info, err := os.Lstat(source)
		if err != nil {
			continue // this host has none
		}
		if info.Mode()&os.ModeSymlink != 0 {
			link, err := os.Readlink(source)
			if err != nil {
				return nil, err
			}
			if err := os.Symlink(link, target); err != nil {
				return nil, err
			}
			continue
		}
		if err := os.Mkdir(target, 0o755); err != nil {
			return nil, err
		}
		if r.Overlay {
			err = mountOverlay(source, filepath.Join(layers, name), target)
		} else {
			err = bindReadOnly(source, target)
		}
		if err != nil {
			return nil, err
		}
		mounted = append(mounted, source)
	}
	return mounted, hide(root, r.Hidden)
}

func mountOverlay(lower, layer, target string) error {
	upper, work := filepath.Join(layer, "upper"), filepath.Join(layer, "work")
	for _, directory := range []string{layer, upper, work} {
		if err := os.Mkdir(directory, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work)
	if err := unix.Mount("overlay", target, "overlay", unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount overlay on %s (%s): %w", target, options, err)
	}
	return nil
}

func bindReadOnly(source, target string) error {
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s: %w", source, err)
	}
	return remount(target, unix.MS_RDONLY)
}

// hide covers what only the host's own root may read: files with an empty one, directories with an empty one.
func hide(root string, paths []string) error {
	for _, path := range paths {
		target := filepath.Join(root, path)
		info, err := os.Lstat(target)
		if err != nil || info.Mode()&os.ModeSymlink != 0 {
			continue
		}
		if info.IsDir() {
			err = unix.Mount("tmpfs", target, "tmpfs", unix.MS_RDONLY|unix.MS_NODEV, "mode=0755,size=0")
		} else {
			err = unix.Mount("/dev/null", target, "", unix.MS_BIND, "")
		}
		if err != nil {
			return fmt.Errorf("hide %s: %w", path, err)
		}
	}
	return nil
}

func makeSkeleton(root string) error {
	for _, directory := range skeleton {
		path := filepath.Join(root, directory.path)
		if err := os.Mkdir(path, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(path, directory.mode); err != nil { // past the umask
			return err
		}
	}
	for link, target := range map[string]string{"var/run": "/run", "var/lock": "/run/lock"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			return err
		}
	}
	return nil
}

// enterRoot makes root the root; the host's stays reachable below oldRoot until the binds are done.
func enterRoot(root string) error {
	old := filepath.Join(root, strings.TrimPrefix(oldRoot, "/"))
	if err := os.Mkdir(old, 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(root, old); err != nil {
		return fmt.Errorf("pivot_root to %s: %w", root, err)
	}
	return os.Chdir("/")
}

// remount adds (or, with 0, removes) the read-only flag of a mount and keeps its others: a user namespace may not
// drop them.
func remount(path string, readOnly uintptr) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return fmt.Errorf("statfs %s: %w", path, err)
	}
	kept := uintptr(stat.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
	if stat.Flags&unix.ST_RELATIME != 0 {
		kept |= unix.MS_RELATIME
	}
	if err := unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND|kept|readOnly, ""); err != nil {
		return fmt.Errorf("remount %s: %w", path, err)
	}
	return nil
}
