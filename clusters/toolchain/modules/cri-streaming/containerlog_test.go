package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const at = "2026-11-21T08:05:39.000000007Z"

func testStream(t *testing.T) (*logStream, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pod", "app", "0.log")
	log, err := openContainerLog(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.close)
	stream := newLogStream(log, "stdout")
	stream.now = func() time.Time {
		return time.Date(2026, 11, 21, 9, 5, 39, 7, time.FixedZone("somewhere", 3600))
	}
	return stream, path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, stream *logStream, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if n, err := stream.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("wrote %d of %d: %v", n, len(part), err)
		}
	}
}

func TestLogJoinsWhatArrivesInPieces(t *testing.T) {
	stream, path := testStream(t)
	write(t, stream, "fir", "st\nsecond\n\nlast")
	want := at + " stdout F first\n" + at + " stdout F second\n" + at + " stdout F \n"
	if got := read(t, path); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != want+at+" stdout F last\n" {
		t.Fatalf("after the end: %q", got)
	}
}

func TestLogSplitsLongLines(t *testing.T) {
	for _, extra := range []int{0, 1, maxLogLine} {
		stream, path := testStream(t)
		line := strings.Repeat("x", maxLogLine+extra)
		write(t, stream, line[:100], line[100:], "\n", "next\n")
		var joined strings.Builder
		entries := strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n")
		for i, entry := range entries {
			_, rest, _ := strings.Cut(entry, " stdout ")
			whole := i == len(entries)-2 || i == len(entries)-1
			if strings.HasPrefix(rest, "F ") != whole {
				t.Fatalf("extra %d: entry %d is %.20q", extra, i, rest)
			}
			if len(rest) > maxLogLine+2 {
				t.Fatalf("extra %d: entry %d has %d bytes", extra, i, len(rest))
			}
			joined.WriteString(rest[2:])
		}
		if joined.String() != line+"next" {
			t.Fatalf("extra %d: the parts do not make the line", extra)
		}
	}
}

func TestLogGoesOnInANewFile(t *testing.T) {
	stream, path := testStream(t)
	write(t, stream, "before\nhalf")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := stream.log.reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, stream, " a line\n")
	if got := read(t, path); got != at+" stdout F half a line\n" {
		t.Fatalf("new file: %q", got)
	}
	if got := read(t, path+".1"); got != at+" stdout F before\n" {
		t.Fatalf("old file: %q", got)
	}
}

func TestLimitedBufferSwallowsTheRest(t *testing.T) {
	var buffer limitedBuffer
	chunk := bytes.Repeat([]byte("y"), execLimit-1)
	for range 2 {
		if n, err := buffer.Write(chunk); n != len(chunk) || err != nil {
			t.Fatal(n, err)
		}
	}
	if buffer.Len() != execLimit {
		t.Fatalf("kept %d bytes", buffer.Len())
	}
}
