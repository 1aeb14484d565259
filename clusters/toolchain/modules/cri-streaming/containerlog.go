package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxLogLine is the length from which a line is written in parts, as containerd and the kubelet have it.
const maxLogLine = 16 * 1024

// containerLog is a log file in the kubelet's format: time, stream, F (a whole line) or P (a part of one), text.
type containerLog struct {
	path  string
	mutex sync.Mutex
	file  *os.File
}

func openContainerLog(path string) (*containerLog, error) {
	log := &containerLog{path: path}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return log, log.reopen()
}

// reopen goes on in a new file after the kubelet has moved the old one away.
func (l *containerLog) reopen() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file = file
	return nil
}

func (l *containerLog) close() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_ = l.file.Close()
}

func (l *containerLog) write(entries []byte) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if _, err := l.file.Write(entries); err != nil {
		fmt.Fprintf(os.Stderr, "cri-streaming: log %s: %v\n", l.path, err)
	}
}

// logStream turns one stream of output into entries.
type logStream struct {
	log     *containerLog
	name    string // stdout or stderr
	pending []byte // a line without its end yet
	now     func() time.Time
}

func newLogStream(log *containerLog, name string) *logStream {
	return &logStream{log: log, name: name, now: time.Now}
}

// Write takes output as it comes; a line without its end waits for it.
func (s *logStream) Write(output []byte) (int, error) {
	if entries := s.entries(output); len(entries) > 0 {
		s.log.write(entries)
	}
	return len(output), nil
}

// Close writes what waits: the program ended without a last newline.
func (s *logStream) Close() error {
	if len(s.pending) > 0 {
		s.log.write(s.entry(nil, s.pending, 'F'))
		s.pending = nil
	}
	return nil
}

func (s *logStream) entries(output []byte) []byte {
	var entries []byte
	s.pending = append(s.pending, output...)
	rest := s.pending
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		switch {
		case end >= 0 && end <= maxLogLine:
			entries = s.entry(entries, rest[:end], 'F')
			rest = rest[end+1:]
		case len(rest) > maxLogLine:
			entries = s.entry(entries, rest[:maxLogLine], 'P')
			rest = rest[maxLogLine:]
		default:
			s.pending = append(s.pending[:0], rest...)
			return entries
		}
	}
	s.pending = s.pending[:0]
	return entries
}

func (s *logStream) entry(to, text []byte, tag byte) []byte {
	to = s.now().UTC().AppendFormat(to, "2006-01-02T15:04:05.000000000Z07:00")
	to = append(to, ' ')
	to = append(to, s.name...)
	to = append(to, ' ', tag, ' ')
	to = append(to, text...)
	return append(to, '\n')
}
