package catalog

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rulefile"
)

// maxFiles bounds the files of one --catalog directory.
const maxFiles = 500

// loadDir reads the *.yaml files that lie in a directory. No path leaves it: a link that leads out is skipped.
func (c *Catalog) loadDir(dir string, diags *diag.List) {
	at := diag.Range{Path: filepath.ToSlash(dir)}
	root, err := os.OpenRoot(dir)
	if err != nil {
		diags.Errorf(at, "Catalog directory not readable", "%v. Expected a directory with one YAML file for each service.", err)
		return
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.yaml")
	if err != nil {
		diags.Errorf(at, "Catalog directory not readable", "%v.", err)
		return
	}
	if len(names) == 0 {
		diags.Warnf(at, "Catalog directory without files", "No *.yaml file lies in it; the embedded catalog is used as it is.")
	}
	for i, name := range names {
		if i == maxFiles {
			diags.Skipf(at, "Too many catalog files", "Only the first %d are read.", maxFiles)
			return
		}
		c.loadUserFile(root, dir, name, diags)
	}
}

func (c *Catalog) loadUserFile(root *os.Root, dir, name string, diags *diag.List) {
	path := filepath.ToSlash(filepath.Join(dir, name))
	text, err := rulefile.ReadBounded(root, name)
	if err != nil {
		diags.Skipf(diag.Range{Path: path}, "Catalog file not read", "%v.", err)
		return
	}
	c.addFile(&file{path: path, text: text, user: true})
}
