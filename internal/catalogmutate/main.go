// Catalogmutate checks the catalog's examples: it flips the party of every row to every other party and prints the
// flips that no example notices. `make catalog-mutate` runs it; the exit status is 1 when one survives.
package main

import (
	"fmt"
	"os"

	"github.com/onus-dev/onus/catalog"
)

func main() {
	cat, diags := catalog.Load(catalog.Options{})
	if diags = append(diags, cat.Lint()...); diags.HasErrors() {
		for _, d := range diags {
			fmt.Fprintln(os.Stderr, d)
		}
		fmt.Fprintln(os.Stderr, "the catalog must be clean before it is mutated")
		os.Exit(2)
	}
	m := cat.Mutate()
	for _, s := range m.Survivors {
		fmt.Printf("%s: %s of %q: %s could be %s\n", s.Row.At, s.Row.Duty, s.Row.Owner, s.Row.Party, s.To)
	}
	fmt.Printf("rows: %d, flips: %d, expectations: %d\nsurvivors: %d\n", m.Rows, m.Flips, m.Examples, len(m.Survivors))
	if len(m.Survivors) > 0 {
		os.Exit(1)
	}
}
