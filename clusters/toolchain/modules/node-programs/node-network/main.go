// Command node-network connects the pods of a kind node: it writes the CNI configuration for the node's own pod range,
// routes the ranges of the other nodes to them, and hides pod addresses from everything outside the cluster.
//
// It stands in for kindnetd and takes that DaemonSet's environment: HOST_IP (the node's address), POD_SUBNET (the
// range of all pods), CONTROL_PLANE_ENDPOINT (host:port of the API server, reachable before any service is).
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	version         = "0.1.0"
	retryInterval   = time.Second
	refreshInterval = 5 * time.Second
	configFile      = "/etc/cni/net.d/10-kindnet.conflist"
)

type settings struct {
	nodeAddress net.IP
	podRange    *net.IPNet
	endpoint    string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-version" {
		fmt.Println("node-network", version)
		return
	}
	given, err := readSettings(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "node-network:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	run(ctx, given)
}

func readSettings(env func(string) string) (settings, error) {
	nodeAddress := net.ParseIP(env("HOST_IP"))
	if nodeAddress == nil {
		return settings{}, fmt.Errorf("HOST_IP must be an address, not %q", env("HOST_IP"))
	}
	_, podRange, err := net.ParseCIDR(env("POD_SUBNET"))
	if err != nil {
		return settings{}, fmt.Errorf("POD_SUBNET must be one address range: %w", err)
	}
	if podRange.IP.To4() == nil {
		return settings{}, errors.New("POD_SUBNET must be an IPv4 range: this daemon does not know IPv6")
	}
	if env("CONTROL_PLANE_ENDPOINT") == "" {
		return settings{}, errors.New("CONTROL_PLANE_ENDPOINT is not set")
	}
	return settings{nodeAddress: nodeAddress, podRange: podRange, endpoint: env("CONTROL_PLANE_ENDPOINT")}, nil
}

// run brings the node in line with the cluster again and again until it is told to end.
func run(ctx context.Context, given settings) {
	node := &nodeState{settings: given}
	for {
		pause := refreshInterval
		if err := node.converge(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "node-network:", err)
			pause = retryInterval
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
