// Command cri-streaming is the part of canaryproof's container runtime that has to sit close to the kernel: it
// makes pod namespaces, starts container processes in private mount, pid, uts and ipc namespaces, writes their logs,
// and serves exec, attach and port-forward to the kubelet with Kubernetes' own streaming library.
//
// It takes its orders as JSON lines on standard input and answers on standard output (see control.go). Its containers
// die with it, and it dies with whoever holds its standard input.
package main

import (
	"flag"
	"fmt"
	"os"

	"canaryproof.dev/cri-streaming/stage"
)

const version = "0.1.0"

func main() {
	switch os.Args[0] {
	case stage.Argument:
		stage.Run()
	case stage.PauseArgument:
		stage.Pause()
	}
	var options serverOptions
	flag.StringVar(&options.state, "state", "", "directory for the runtime's state, on a tmpfs of its own")
	flag.StringVar(&options.bridge, "bridge", "br0", "bridge that pods are connected to")
	flag.StringVar(&options.networks, "networks", "/run/netns", "directory where the pods' network namespaces are bound")
	flag.StringVar(&options.listen, "listen", "127.0.0.1:0", "address for the kubelet's streaming requests")
	flag.BoolVar(&options.overlay, "overlay", true, "use overlay mounts where the kernel allows them; else bind the host's userland read-only")
	showVersion := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *showVersion {
		fmt.Println("cri-streaming", version)
		return
	}
	if options.state == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: cri-streaming -state DIRECTORY [-bridge NAME] [-networks DIRECTORY] [-overlay=false] [-listen ADDRESS]")
		os.Exit(2)
	}
	if err := serve(options); err != nil {
		fmt.Fprintln(os.Stderr, "cri-streaming:", err)
		os.Exit(1)
	}
}
