package stage

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/moby/sys/capability"
	"golang.org/x/sys/unix"
)

// take drops everything that the credentials do not grant. It works on the calling thread only, which must be the
// one that later execs.
func (c Credentials) take() error {
	if err := c.limitBoundingSet(); err != nil {
		return err
	}
	if err := setGroups(c.Groups); err != nil {
		return err
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(c.GID), uintptr(c.GID), uintptr(c.GID)); errno != 0 {
		return fmt.Errorf("set group %d: %w%s", c.GID, errno, unmappedHint(errno))
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(c.UID), uintptr(c.UID), uintptr(c.UID)); errno != 0 {
		return fmt.Errorf("set user %d: %w%s", c.UID, errno, unmappedHint(errno))
	}
	if c.NoNewPrivileges {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("set no_new_privs: %w", err)
		}
	}
	// A change of credentials clears the death signal.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("set the parent death signal: %w", err)
	}
	return nil
}

// limitBoundingSet leaves the named capabilities in the bounding set: root gains exactly them by exec, others none.
func (c Credentials) limitBoundingSet() error {
	granted := make(map[string]bool, len(c.Capabilities))
	for _, name := range c.Capabilities {
		granted[name] = true
	}
	known, err := capability.ListSupported()
	if err != nil {
		return fmt.Errorf("read the kernel's capabilities: %w", err)
	}
	for _, one := range known {
		if granted[CapabilityName(one)] {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(one), 0, 0, 0); err != nil {
			return fmt.Errorf("drop %s: %w", CapabilityName(one), err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	return clearInheritable()
}

// clearInheritable keeps root's inherited set from adding to what the bounding set grants.
func clearInheritable() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	data[0].Inheritable, data[1].Inheritable = 0, 0
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("clear inheritable capabilities: %w", err)
	}
	return nil
}

func setGroups(groups []int) error {
	list := make([]uint32, len(groups)+1) // one more, so that taking its address is always allowed
	for i, group := range groups {
		list[i] = uint32(group)
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), pointer(list), 0)
	if errno == unix.EPERM && len(groups) == 0 {
		return nil // a user namespace of a single id may not change groups, and none were asked for
	}
	if errno != 0 {
		return fmt.Errorf("set groups %v: %w%s", groups, errno, unmappedHint(errno))
	}
	return nil
}

func unmappedHint(err error) string {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EPERM) {
		return " (in a user namespace the id must lie in the range of /etc/subuid and /etc/subgid)"
	}
	return ""
}

// CapabilityName is the kernel's name of a capability, such as CAP_NET_ADMIN.
func CapabilityName(c capability.Cap) string {
	return "CAP_" + upper(c.String())
}

// BoundingSet lists what the calling process may hand on at most.
func BoundingSet() ([]string, error) {
	known, err := capability.ListSupported()
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(known))
	for _, one := range known {
		if held, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(one), 0, 0, 0); err == nil && held == 1 {
			names = append(names, CapabilityName(one))
		}
	}
	return names, nil
}
