package main

import (
	"io"
	"sync"
)

// fanout copies a container's output to those attached to it. It never makes the container wait: one who falls too
// far behind is let go.
type fanout struct {
	mutex       sync.Mutex
	subscribers map[*subscriber]struct{}
	closed      bool
}

const subscriberBacklog = 256 // chunks

type subscriber struct {
	chunks chan []byte
	slow   bool
}

func (f *fanout) subscribe() *subscriber {
	one := &subscriber{chunks: make(chan []byte, subscriberBacklog)}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.closed {
		close(one.chunks)
		return one
	}
	if f.subscribers == nil {
		f.subscribers = map[*subscriber]struct{}{}
	}
	f.subscribers[one] = struct{}{}
	return one
}

func (f *fanout) unsubscribe(one *subscriber) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.drop(one)
}

func (f *fanout) drop(one *subscriber) {
	if _, listed := f.subscribers[one]; listed {
		delete(f.subscribers, one)
		close(one.chunks)
	}
}

func (f *fanout) Write(output []byte) (int, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.subscribers) == 0 {
		return len(output), nil
	}
	chunk := append([]byte{}, output...)
	for one := range f.subscribers {
		select {
		case one.chunks <- chunk:
		default:
			one.slow = true
			f.drop(one)
		}
	}
	return len(output), nil
}

func (f *fanout) Close() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.closed = true
	for one := range f.subscribers {
		f.drop(one)
	}
	return nil
}

// copyTo hands chunks on until the output ends or the reader is gone.
func (s *subscriber) copyTo(out io.Writer) error {
	for chunk := range s.chunks {
		if _, err := out.Write(chunk); err != nil {
			return err
		}
	}
	if s.slow {
		return io.ErrShortWrite
	}
	return nil
}
