package main

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestFanoutReachesEveryoneUntilTheEnd(t *testing.T) {
	var f fanout
	write := func(text string) {
		if n, err := f.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	write("before anyone listens")
	first, second := f.subscribe(), f.subscribe()
	write("one")
	f.unsubscribe(second)
	write("two")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for one, want := range map[*subscriber]string{first: "onetwo", second: "one", f.subscribe(): ""} {
		var got bytes.Buffer
		if err := one.copyTo(&got); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("got %q, want %q", got.String(), want)
		}
	}
}

func TestFanoutLetsASlowOneGo(t *testing.T) {
	var f fanout
	slow := f.subscribe()
	for range subscriberBacklog + 1 {
		_, _ = f.Write([]byte("x"))
	}
	var got bytes.Buffer
	if err := slow.copyTo(&got); !errors.Is(err, io.ErrShortWrite) {
		t.Fatalf("got %v", err)
	}
	if got.Len() != subscriberBacklog {
		t.Fatalf("got %d chunks", got.Len())
	}
}

func TestAChunkIsNotTheCallersBuffer(t *testing.T) {
	var f fanout
	one := f.subscribe()
	buffer := []byte("kept")
	_, _ = f.Write(buffer)
	copy(buffer, "gone")
	_ = f.Close()
	var got bytes.Buffer
	if err := one.copyTo(&got); err != nil || got.String() != "kept" {
		t.Fatalf("got %q, %v", got.String(), err)
	}
}
