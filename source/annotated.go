package source

import (
	"bytes"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// isAnnotated reports whether a file may hold exceptions: comments `onus:accept=…`, or a Metadata entry onus.accept. Package
// exception tells whether it does.
func isAnnotated(data []byte) bool {
	at := bytes.Index(data, []byte("onus"))
	return at >= 0 && bytes.Contains(data[at:], []byte("accept"))
}

// annotated adds the files that may hold exceptions, each once.
func (r *reading) annotated(places []*place) {
	seen := map[string]bool{}
	for _, p := range places {
		texts, complete := p.tree.Kept()
		for _, t := range texts {
			if abs := p.tree.Absolute(t.Name); !seen[abs] {
				seen[abs] = true
				r.all.Annotated = append(r.all.Annotated, inventory.Text{Path: t.Name, Data: t.Data})
			}
		}
		if !complete {
			r.all.Diags.Skipf(diag.Range{Path: p.tree.Given()}, "Exceptions not read in full",
				"The files that may hold exceptions have more than %d MB together; those of the rest were left out. Give narrower paths.", rootfs.MaxKept>>20)
		}
	}
}
