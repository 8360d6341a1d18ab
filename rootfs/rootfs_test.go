package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func put(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBoundary opens names below a path whose repository is one level up.
func TestBoundary(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	put(t, filepath.Join(base, "outside.txt"))
	put(t, filepath.Join(base, "repo", ".git", "HEAD"))
	put(t, filepath.Join(base, "repo", "shared", "a.txt"))
	put(t, filepath.Join(base, "repo", "root", "main.txt"))
	put(t, filepath.Join(base, "vendor", "v.txt"))
	for link, to := range map[string]string{"out.txt": "../../outside.txt", "in.txt": "../shared/a.txt", "gone.txt": "nothing"} {
		if err := os.Symlink(to, filepath.Join(base, "repo", "root", link)); err != nil {
			t.Fatal(err)
		}
	}
	given := filepath.Join(base, "repo", "root")
	tree, err := Open(given, "")
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if err := tree.Allow(filepath.Join(base, "vendor")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"main.txt": nil, "../shared/a.txt": nil, "in.txt": nil, "../../vendor/v.txt": nil,
		"../../outside.txt": ErrOutside, "out.txt": ErrOutside, "gone.txt": fs.ErrNotExist, "none.txt": fs.ErrNotExist,
		"/etc/hostname": ErrOutside,
	} {
		if _, err := tree.ReadFile(tree.Join(given, name)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

// TestWithoutRepository bounds a path by itself, or by what the user says.
func TestWithoutRepository(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	put(t, filepath.Join(base, "a", "main.txt"))
	put(t, filepath.Join(base, "b.txt"))
	given := filepath.Join(base, "a")
	for boundary, want := range map[string]error{given: ErrOutside, base: nil} {
		tree, err := Open(given, boundary)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tree.ReadFile(tree.Join(given, "../b.txt")); !errors.Is(err, want) {
			t.Errorf("boundary %s: got %v, want %v", boundary, err, want)
		}
		_ = tree.Close()
	}
	if _, err := Open(given, filepath.Join(base, "c")); !errors.Is(err, ErrOutside) {
		t.Errorf("a path outside its boundary: %v", err)
	}
}
