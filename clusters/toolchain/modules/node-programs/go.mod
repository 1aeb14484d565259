module canaryproof.dev/node-programs

go 1.25.0

require github.com/vishvananda/netlink v1.3.1

require (
	github.com/vishvananda/netns v0.0.5 // indirect
	golang.org/x/sys v0.38.0 // indirect
)
