package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const linkPrefix = "cpv"

// linkName fits the 15 characters of a device name.
func linkName(id string) string { return linkPrefix + id[:min(len(id), 12)] }

func writeSysctl(name, value string) error {
	return os.WriteFile("/proc/sys/"+strings.ReplaceAll(name, ".", "/"), []byte(value), 0)
}

// layCable connects the calling thread's network namespace to the node's by a pair of devices.
func layCable(name string, node int, address, gateway string) error {
	local, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(local); err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	ip, err := netlink.ParseAddr(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = "eth0"
	// A device address derived from the IP address: one that is used again later needs no new ARP.
	attributes.HardwareAddr = append(net.HardwareAddr{0x0a, 0x58}, ip.IP.To4()...)
	cable := &netlink.Veth{LinkAttrs: attributes, PeerName: name, PeerNamespace: netlink.NsFd(node)}
	if err := netlink.LinkAdd(cable); err != nil {
		return fmt.Errorf("make the pod's network devices: %w", err)
	}
	if err := netlink.AddrAdd(cable, ip); err != nil {
		return fmt.Errorf("set address %s: %w", address, err)
	}
	if err := netlink.LinkSetUp(cable); err != nil {
		return fmt.Errorf("set eth0 up: %w", err)
	}
	route := &netlink.Route{LinkIndex: cable.Attrs().Index, Gw: net.ParseIP(gateway)}
	if err := netlink.RouteAdd(route); err != nil {
		return fmt.Errorf("set the default route by %s: %w", gateway, err)
	}
	return nil
}

// connect plugs the node's end into the bridge; hairpin lets a pod reach itself through a Service.
func connect(name, bridge string) error {
	master, err := netlink.LinkByName(bridge)
	if err != nil {
		return fmt.Errorf("bridge %s: %w", bridge, err)
	}
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("device %s: %w", name, err)
	}
	if err := netlink.LinkSetMaster(link, master); err != nil {
		return fmt.Errorf("connect %s to %s: %w", name, bridge, err)
	}
	if err := netlink.LinkSetHairpin(link, true); err != nil {
		return fmt.Errorf("set hairpin on %s: %w", name, err)
	}
	return netlink.LinkSetUp(link)
}

func sweepLinks(bridge string) error {
	master, err := netlink.LinkByName(bridge)
	if err != nil {
		return fmt.Errorf("bridge %s: %w", bridge, err)
	}
	links, err := netlink.LinkList()
	if err != nil {
		return err
	}
	for _, link := range links {
		attributes := link.Attrs()
		if strings.HasPrefix(attributes.Name, linkPrefix) && attributes.MasterIndex == master.Attrs().Index {
			// One whose pod is just ending goes by itself.
			if err := netlink.LinkDel(link); err != nil && !errors.Is(err, unix.ENODEV) {
				return fmt.Errorf("remove %s: %w", attributes.Name, err)
			}
		}
	}
	return nil
}
