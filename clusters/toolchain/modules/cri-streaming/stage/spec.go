// Package stage is the code that runs inside a container between clone and exec: it builds the root file system,
// takes on the container's credentials and becomes the container's program. Keep its imports light, every
// container start and every exec pays for them.
package stage

// Mount binds a path of the host into the container.
type Mount struct {
	HostPath      string `json:"hostPath"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

// Credentials are what the program runs as.
type Credentials struct {
	UID    int   `json:"uid"`
	GID    int   `json:"gid"`
	Groups []int `json:"groups"`
	// Capabilities is the bounding set, names such as CAP_NET_ADMIN; nothing else can ever be gained.
	Capabilities    []string `json:"capabilities"`
	NoNewPrivileges bool     `json:"noNewPrivileges"`
}

// Process is a program to become.
type Process struct {
	Argv        []string    `json:"argv"`
	Env         []string    `json:"env"` // NAME=VALUE
	Cwd         string      `json:"cwd"`
	Terminal    bool        `json:"terminal"`
	Credentials Credentials `json:"credentials"`
}

// RootFS says how the container's root is put together.
type RootFS struct {
	// Directory holds the two empty directories "root" and "layers" that the mounts go on; they are seen
	// nowhere but in the container's own mount namespace.
	Directory string `json:"directory"`
	// Hidden are paths of the host's userland that are not shown (absolute, below /etc).
	Hidden []string `json:"hidden"`
	// Overlay is false where the kernel refuses overlay mounts; then the userland is bound read-only.
	Overlay       bool     `json:"overlay"`
	ReadOnly      bool     `json:"readOnly"`
	Mounts        []Mount  `json:"mounts"` // in the order in which they are made
	MaskedPaths   []string `json:"maskedPaths"`
	ReadOnlyPaths []string `json:"readOnlyPaths"`
	// WritableNetSysctls leaves /proc/sys/net writable: it is the pod's own.
	WritableNetSysctls bool `json:"writableNetSysctls"`
	// SharedMemory is the host path of the pod's /dev/shm.
	SharedMemory string  `json:"sharedMemory"`
	HostDevices  []Mount `json:"hostDevices"`
}

// Spec is the message to a stage: a container's first process has a RootFS, an exec into one has none.
type Spec struct {
	Process Process `json:"process"`
	RootFS  *RootFS `json:"rootfs,omitempty"`
}

// File descriptors a stage finds open. Namespaces to enter follow, named by the NamespacesVariable.
const (
	SpecFD       = 3
	ReplyFD      = 4
	FirstSpaceFD = 5
)

// NamespacesVariable names, in order and separated by commas, the kinds of the namespace descriptors from
// FirstSpaceFD on: net, ipc, uts, mnt.
const NamespacesVariable = "CRI_STAGE_NAMESPACES"
