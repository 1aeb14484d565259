package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"

	"github.com/vishvananda/netlink"
)

// routeProtocol marks the routes that are ours (an unassigned number of rtnetlink's), so that those of nodes that left
// can be told from everybody else's.
const routeProtocol = netlink.RouteProtocol(199)

type nodeState struct {
	settings
	masqueraded bool
	configured  string
}

// converge makes the node's masquerading, its CNI configuration and its routes what the cluster's nodes ask for.
func (state *nodeState) converge(ctx context.Context) error {
	if !state.masqueraded {
		if err := masquerade(ctx, state.podRange); err != nil {
			return err
		}
		state.masqueraded = true
	}
	nodes, err := listNodes(ctx, state.endpoint)
	if err != nil {
		return err
	}
	own, others := split(nodes, state.nodeAddress)
	if own == nil {
		return fmt.Errorf("no node has the address %s and a pod range yet", state.nodeAddress)
	}
	if err := syncRoutes(others); err != nil {
		return err
	}
	// Last, because the kubelet calls the node ready as soon as this file is there.
	if state.configured == own.pods.String() {
		return nil
	}
	if err := writeConfig(configFile, own.pods); err != nil {
		return err
	}
	state.configured = own.pods.String()
	fmt.Println("pods of this node are connected in", state.configured)
	return nil
}

func split(nodes []node, address net.IP) (own *node, others []node) {
	for index, each := range nodes {
		if each.address.Equal(address) {
			own = &nodes[index]
		} else {
			others = append(others, each)
		}
	}
	return own, others
}

// syncRoutes sends each other node's pod range there, and takes away the routes of nodes that left.
func syncRoutes(others []node) error {
	wanted := map[string]bool{}
	for _, other := range others {
		wanted[other.pods.String()] = true
		route := &netlink.Route{Dst: other.pods, Gw: other.address, Protocol: routeProtocol}
		if err := netlink.RouteReplace(route); err != nil {
			return fmt.Errorf("route to the pods of %s (%s): %w", other.name, other.pods, err)
		}
	}
	filter := &netlink.Route{Protocol: routeProtocol}
	present, err := netlink.RouteListFiltered(netlink.FAMILY_V4, filter, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return fmt.Errorf("list of routes: %w", err)
	}
	for index := range present {
		if present[index].Dst == nil || wanted[present[index].Dst.String()] {
			continue
		}
		if err := netlink.RouteDel(&present[index]); err != nil {
			return fmt.Errorf("old route %s: %w", present[index].Dst, err)
		}
	}
	return nil
}

// ruleset is replaced as a whole: declared, emptied, filled.
func ruleset(podRange *net.IPNet) string {
	return fmt.Sprintf(`table ip node-network
delete table ip node-network
table ip node-network {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr %[1]s ip daddr != %[1]s masquerade
	}
}
`, podRange)
}

func masquerade(ctx context.Context, podRange *net.IPNet) error {
	command := exec.CommandContext(ctx, "nft", "-f", "-")
	command.Stdin = bytes.NewBufferString(ruleset(podRange))
	if output, err := command.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("masquerading of %s: %s", podRange, bytes.TrimSpace(output)), err)
	}
	return nil
}

// writeConfig gives each pod a point-to-point link to the node and an address of the node's pod range.
func writeConfig(file string, pods *net.IPNet) error {
	list := map[string]any{
		"cniVersion": "0.3.1",
		"name":       "kindnet",
		"plugins": []any{
			map[string]any{
				"type": "ptp",
				"ipam": map[string]any{
					"type": "host-local",
					// on a tmpfs: no pod survives a restart of the node, so its address must not either
					"dataDir": "/run/cni-ipam-state",
					"routes":  []any{map[string]any{"dst": "0.0.0.0/0"}},
					"ranges":  []any{[]any{map[string]any{"subnet": pods.String()}}},
				},
			},
			map[string]any{"type": "portmap", "capabilities": map[string]any{"portMappings": true}},
		},
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".tmp", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".tmp", file)
}
