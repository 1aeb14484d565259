package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"canaryproof.dev/cri-streaming/stage"
)

type serverOptions struct {
	state    string // directory on a tmpfs of its own
	bridge   string
	listen   string // for the kubelet's streaming requests
	overlay  bool   // use overlay mounts where they work
	networks string // directory where network namespaces are bound
}

// request is one order: {"id":1,"method":"startContainer","params":{…}}.
type request struct {
	ID     int64           `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// response answers the order of the same id, with a result or an error.
type response struct {
	ID     int64    `json:"id"`
	Result any      `json:"result,omitempty"`
	Error  *failure `json:"error,omitempty"`
}

// failure carries one of the codes that the caller maps to gRPC's.
type failure struct {
	Code    string `json:"code"` // notFound, notRunning, deadlineExceeded, failed
	Message string `json:"message"`
}

func (f *failure) Error() string { return f.Message }

func fail(code, format string, arguments ...any) error {
	return &failure{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// readyEvent is the first line of all; exitedEvent follows the end of every container.
type readyEvent struct {
	Event        string   `json:"event"`
	Overlay      bool     `json:"overlay"`
	Capabilities []string `json:"capabilities"`
}

type exitedEvent struct {
	Event       string `json:"event"`
	ContainerID string `json:"containerId"`
	ExitCode    int    `json:"exitCode"` // 128 + the signal's number when a signal ended it
	FinishedAt  string `json:"finishedAt"`
}

// control writes lines to the one who gives the orders.
type control struct {
	mutex sync.Mutex
	out   io.Writer
}

func (c *control) send(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		text = []byte(fmt.Sprintf(`{"event":"broken","message":%q}`, err))
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, err := c.out.Write(append(text, '\n')); err != nil {
		os.Exit(1) // nobody gives orders any more: the containers end with this process
	}
}

// serve works until standard input ends.
func serve(options serverOptions) error {
	out := &control{out: os.Stdout}
	listener, err := net.Listen("tcp", options.listen)
	if err != nil {
		return err
	}
	engine, err := newEngine(options, out)
	if err != nil {
		return err
	}
	streams, err := newStreamingServer(listener.Addr().String(), engine)
	if err != nil {
		return err
	}
	engine.streams = streams
	go func() {
		err := http.Serve(listener, streams)
		fmt.Fprintln(os.Stderr, "cri-streaming: the streaming server ended:", err)
		os.Exit(1)
	}()
	bounding, err := stage.BoundingSet()
	if err != nil {
		return err
	}
	out.send(readyEvent{Event: "ready", Overlay: engine.overlay, Capabilities: bounding})
	return engine.obey(os.Stdin)
}

// obey carries out orders, each in a goroutine of its own; whoever gives them keeps dependent ones in order.
func (e *engine) obey(orders io.Reader) error {
	lines := bufio.NewScanner(orders)
	lines.Buffer(make([]byte, 64*1024), 16*1024*1024)
	for lines.Scan() {
		var order request
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			return fmt.Errorf("an order that is not JSON: %w", err)
		}
		go func() {
			result, err := e.dispatch(order)
			answer := response{ID: order.ID, Result: result}
			if err != nil {
				known, ok := err.(*failure)
				if !ok {
					known = &failure{Code: "failed", Message: err.Error()}
				}
				answer = response{ID: order.ID, Error: known}
			}
			e.control.send(answer)
		}()
	}
	return lines.Err()
}

func (e *engine) dispatch(order request) (any, error) {
	switch order.Method {
	case "createSandbox":
		return call(order, e.createSandbox)
	case "removeSandbox":
		return call(order, e.removeSandbox)
	case "startContainer":
		return call(order, e.startContainer)
	case "signalContainer":
		return call(order, e.signalContainer)
	case "reopenLog":
		return call(order, e.reopenLog)
	case "execSync":
		return call(order, e.execSync)
	case "execUrl":
		return call(order, e.execURL)
	case "attachUrl":
		return call(order, e.attachURL)
	case "portForwardUrl":
		return call(order, e.portForwardURL)
	}
	return nil, fail("failed", "unknown method %q", order.Method)
}

func call[P, R any](order request, method func(P) (R, error)) (any, error) {
	var params P
	if err := json.Unmarshal(order.Params, &params); err != nil {
		return nil, fmt.Errorf("%s: %w", order.Method, err)
	}
	return method(params)
}

type nothing struct{}

func timestamp() string { return fmt.Sprint(time.Now().UnixNano()) }
