//go:build unix

package rootfs

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNamedPipe refuses a pipe at once: opening one would wait for its writer.
func TestNamedPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	done := make(chan error, 1)
	go func() {
		_, err := tree.ReadFile(pipe)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for a writer")
	}
}
