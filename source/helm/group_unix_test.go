//go:build unix

package helm_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onus-dev/onus/source/helm"
)

// TestTimeoutEndsTheGroup starts a helm that starts another program: both are ended.
func TestTimeoutEndsTheGroup(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	dir := folder(t, chart())
	binary := fakeHelm(t, "/bin/sleep 60 &\necho $! > "+file+"\nwait\n")
	helm.Render(open(t, dir), dir, helm.Options{Binary: binary, Timeout: 2 * time.Second})
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid < 2 {
		t.Fatalf("no process: %q", data)
	}
	for range 50 {
		// An ended process whose parent is gone may wait to be reaped; it then has no command line.
		line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		if syscall.Kill(pid, 0) != nil || err == nil && len(line) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Log(err)
	}
}
