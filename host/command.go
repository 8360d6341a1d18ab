package host

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// Bounds of a command.
const (
	commandTime = 60 * time.Second
	versionTime = 5 * time.Second
	maxOutput   = 16 << 20
)

// commandDirs are where commands are looked for; the caller's PATH is not asked, since onus may run as root.
const commandDirs = "usr/bin usr/sbin bin sbin usr/local/bin usr/local/sbin"

// program finds a command on the running machine; false when commands are off or it is not there.
func (m *machine) program(name string) (string, bool) {
	if !m.commands {
		return "", false
	}
	for _, dir := range strings.Fields(commandDirs) {
		if real, err := m.resolve(dir + "/" + name); err == nil {
			if info, err := m.root.Lstat(real); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return "/" + dir + "/" + name, true
			}
		}
	}
	return "", false
}

// ask runs a command with a time limit.
func (m *machine) ask(limit time.Duration, command string, args ...string) ([]byte, int, error) {
	ctx, cancel := context.WithTimeout(m.ctx, limit)
	defer cancel()
	return m.opts.Run(ctx, command, args...)
}

// run runs a command without a shell, with nothing of the caller's environment and nothing to read from. The exit
// status is 0 or more when the command ran to its end.
func run(ctx context.Context, command string, args ...string) ([]byte, int, error) {
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "LANGUAGE=C", "HOME=/nonexistent"}
	cmd.Dir, cmd.WaitDelay = "/", time.Second
	out := &bounded{}
	cmd.Stdout = out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, -1, errors.New("it did not end within its time limit")
	case out.over:
		return nil, -1, errors.New("it printed more than the limit maxOutput (16 MB)")
	case errors.As(err, &exit) && exit.Exited():
		return out.Bytes(), exit.ExitCode(), nil
	}
	return out.Bytes(), 0, err
}

// bounded keeps the first maxOutput bytes.
type bounded struct {
	bytes.Buffer
	over bool
}

// Write implements io.Writer; what is over the bound is thrown away, so that the command does not hang.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		b.over = true
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
