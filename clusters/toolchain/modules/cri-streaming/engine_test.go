package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"canaryproof.dev/cri-streaming/stage"
)

func TestUnreadableListsWhatOthersMayNotRead(t *testing.T) {
	root := t.TempDir()
	for name, mode := range map[string]os.FileMode{"open": 0o755, "closed": 0o750} {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		for file, permissions := range map[string]os.FileMode{"public": 0o644, "secret": 0o640} {
			if err := os.WriteFile(filepath.Join(root, name, file), nil, permissions); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("secret", filepath.Join(root, "open", "link")); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(root, "closed"), filepath.Join(root, "open", "secret")}
	if got := unreadable(root); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestLinkNameFits(t *testing.T) {
	if name := linkName("0123456789abcdef0123"); name != "cpv0123456789ab" {
		t.Fatal(name)
	}
}

func TestSourcesAreResolvedAndMade(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	mounts := []stage.Mount{{HostPath: filepath.Join(root, "link")}, {HostPath: filepath.Join(root, "new", "one")}}
	if err := resolveSources(mounts); err != nil {
		t.Fatal(err)
	}
	if mounts[0].HostPath != filepath.Join(root, "real") {
		t.Fatal(mounts[0].HostPath)
	}
	if info, err := os.Stat(filepath.Join(root, "new", "one")); err != nil || !info.IsDir() {
		t.Fatal(info, err)
	}
}
