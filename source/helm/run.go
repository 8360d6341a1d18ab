package helm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
)

// template runs helm template on a copy of the chart and returns what it prints.
func template(tree *rootfs.Tree, dir string, opts Options) ([]byte, error) {
	work, err := os.MkdirTemp("", "onus-helm-")
	if err != nil {
		return nil, fmt.Errorf("no temporary directory could be made: %w", err)
	}
	defer os.RemoveAll(work)
	chart := filepath.Join(work, "chart")
	c := &copier{tree: tree}
	if err := c.directory(dir, chart, 0); err != nil {
		return nil, err
	}
	args := []string{"template", opts.Release, chart, "--namespace", opts.Namespace}
	for i, name := range opts.Values {
		// A copy, because helm would fetch a name that is a URL.
		data, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return nil, fmt.Errorf("the values file %s cannot be read", name)
		}
		values := filepath.Join(work, fmt.Sprintf("values-%d.yaml", i))
		if err := os.WriteFile(values, data, 0o600); err != nil {
			return nil, fmt.Errorf("the values file %s cannot be copied: %w", name, err)
		}
		args = append(args, "--values", values)
	}
	return run(work, chart, dir, args, opts)
}

// run starts helm and waits for it, at most for the timeout.
func run(work, chart, dir string, args []string, opts Options) ([]byte, error) {
	timeout := opts.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	out := &limited{limit: MaxOutput, full: cancel}
	problems := &limited{limit: 64 << 10}
	cmd := exec.CommandContext(ctx, opts.Binary, args...)
	cmd.Dir, cmd.Env = work, environment(work)
	cmd.Stdout, cmd.Stderr = out, problems
	cmd.WaitDelay = time.Second // what helm started may keep its output open
	inGroup(cmd)
	err := cmd.Run()
	switch {
	case out.over:
		return nil, fmt.Errorf("helm printed more than %d MB", MaxOutput>>20)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("helm took longer than %s", timeout)
	case err != nil:
		text := strings.ReplaceAll(strings.Join(strings.Fields(problems.kept.String()), " "), chart, dir)
		if text == "" {
			text = err.Error()
		}
		return nil, fmt.Errorf("helm failed: %s", diag.Clip(strings.ReplaceAll(text, work, ""), maxClip))
	}
	return out.kept.Bytes(), nil
}

// environment lets helm see nothing of the user's: no repositories, plugins, credentials or cluster, and no network
// behind the proxy.
func environment(work string) []string {
	env := []string{"PATH=" + work, "HOME=" + work, "TMPDIR=" + work, "KUBECONFIG=" + filepath.Join(work, "kubeconfig"), "NO_PROXY=", "no_proxy="}
	for _, name := range []string{"HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS", "HELM_REPOSITORY_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} {
		env = append(env, name+"="+filepath.Join(work, "empty", strings.ToLower(name)))
	}
	for _, name := range []string{"HELM_REPOSITORY_CONFIG", "HELM_REGISTRY_CONFIG"} {
		env = append(env, name+"="+filepath.Join(work, "empty", strings.ToLower(name)+".json"))
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		env = append(env, name+"=http://127.0.0.1:9") // the discard port
	}
	return env
}

// limited is a buffer that takes so much and no more. It is no bytes.Buffer by embedding: that has ReadFrom, which would
// go around the limit.
type limited struct {
	kept  bytes.Buffer
	limit int
	over  bool
	// full is called when more comes.
	full func()
}

// Write implements io.Writer; it takes everything and keeps what fits.
func (l *limited) Write(p []byte) (int, error) {
	keep := p[:max(0, min(len(p), l.limit-l.kept.Len()))]
	if len(keep) < len(p) && !l.over {
		l.over = true
		if l.full != nil {
			l.full()
		}
	}
	if _, err := l.kept.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

// copier copies a chart through the tree's boundary.
type copier struct {
	tree         *rootfs.Tree
	files, bytes int
}

const maxDepth = 40

func (c *copier) directory(from, to string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the chart's directories are nested more than %d deep", maxDepth)
	}
	entries, err := c.tree.ReadDir(from)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", from, err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("the chart cannot be copied: %w", err)
	}
	for _, e := range entries {
		if e.Name() == ".git" || e.Name() == "node_modules" {
			continue
		}
		if c.files++; c.files > MaxFiles {
			return fmt.Errorf("the chart has more than %d files", MaxFiles)
		}
		if err := c.entry(c.tree.Join(from, e.Name()), filepath.Join(to, e.Name()), depth); err != nil {
			return err
		}
	}
	return nil
}

// entry copies a file or directory. A link that leads out of the boundary, or to nothing, is left out.
func (c *copier) entry(from, to string, depth int) error {
	info, err := c.tree.Stat(from)
	switch {
	case err != nil:
		return nil
	case info.IsDir():
		return c.directory(from, to, depth+1)
	case !info.Mode().IsRegular():
		return nil
	case c.bytes+int(info.Size()) > MaxBytes:
		return fmt.Errorf("the chart has more than %d MB", MaxBytes>>20)
	}
	data, err := c.tree.ReadFile(from)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", from, err)
	}
	if c.bytes += len(data); c.bytes > MaxBytes {
		return fmt.Errorf("the chart has more than %d MB", MaxBytes>>20)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		return fmt.Errorf("the chart cannot be copied: %w", err)
	}
	return nil
}
