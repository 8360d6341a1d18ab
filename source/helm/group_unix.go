//go:build unix

package helm

import (
	"os/exec"
	"syscall"
)

// inGroup starts the program in a process group of its own, and ends the whole group when its time is over.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
