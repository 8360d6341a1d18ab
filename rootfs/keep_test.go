package rootfs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"b.tf": "mark b", "a.tf": "mark a", "c.tf": "none", "d.tf": "mark, read by its head"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	at := func(name string) string { return tree.Join(dir, name) }
	if _, err := tree.ReadFile(at("b.tf")); err != nil {
		t.Fatal(err)
	}
	if texts, _ := tree.Kept(); len(texts) != 0 {
		t.Error("kept before it was asked to")
	}
	tree.Keep(func(data []byte) bool { return bytes.Contains(data, []byte("mark")) })
	for _, name := range []string{"b.tf", "a.tf", "c.tf", "b.tf"} {
		if _, err := tree.ReadFile(at(name)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := tree.Open(at("d.tf"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head, err := f.Head(3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Rest(head); err != nil {
		t.Fatal(err)
	}
	texts, complete := tree.Kept()
	var got []string
	for _, text := range texts {
		got = append(got, filepath.Base(text.Name)+": "+string(text.Data))
	}
	if diff := cmp.Diff([]string{"a.tf: mark a", "b.tf: mark b", "d.tf: mark, read by its head"}, got); diff != "" || !complete {
		t.Error(diff, complete)
	}
}

// TestKeptBound: what goes over the bound is not kept, and that is told.
func TestKeptBound(t *testing.T) {
	t.Parallel()
	k := &kept{match: func([]byte) bool { return true }, size: MaxKept - 1}
	k.see("a", []byte("x"))
	k.see("b", []byte("y"))
	if len(k.texts) != 1 || !k.over {
		t.Errorf("%+v", k.texts)
	}
}
