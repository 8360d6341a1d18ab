package move

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/rulefile"
)

//go:embed families.yaml
var familiesText string

// family is hostings that can take each other's workloads.
type family struct {
	id, title string
	hostings  []string
	// usual are those that `onus effort` shows as alternatives when none is named.
	usual []string
}

// families reads families.yaml: the families, and named sets of hostings for the preconditions.
type families struct {
	rulefile.Reader
	list []family
	sets map[string][]string
	// pages are what says what a hosting takes, by hosting.
	pages map[string]*allocation.Citation
}

func readFamilies(text string) *families {
	f := &families{
		Reader: rulefile.Reader{Path: "move/families.yaml", Content: text, What: "families", Begins: "families or sets"},
		sets:   map[string][]string{}, pages: map[string]*allocation.Citation{},
	}
	root := f.Root()
	if root == nil {
		return f
	}
	f.Fields(root, "A file of families", map[string]func(*yaml.Node){
		"families": func(n *yaml.Node) { f.Items(n, "families", f.family) },
		"sets": func(n *yaml.Node) {
			f.Each(n, "sets", func(name, members *yaml.Node) {
				var ids []string
				f.Strings(&ids, "A set")(members)
				f.sets[name.Value] = f.resolve(ids)
			})
		},
		"pages": func(n *yaml.Node) {
			f.Each(n, "pages", func(name, page *yaml.Node) {
				c := readCitation(&f.Reader, page)
				for _, id := range f.resolve([]string{name.Value}) {
					f.pages[id] = c
				}
			})
		},
	})
	return f
}

func (f *families) family(n *yaml.Node) {
	var x family
	f.Fields(n, "A family", map[string]func(*yaml.Node){
		"id": f.Text(&x.id, "id"), "title": f.Sentence(&x.title, "title"),
		"hostings": f.Strings(&x.hostings, "hostings"), "usual": f.Strings(&x.usual, "usual"),
	})
	f.list = append(f.list, x)
}

// resolve replaces the names of sets, which are declared before they are used, by their members.
func (f *families) resolve(names []string) []string {
	var out []string
	for _, name := range names {
		members, ok := f.sets[name]
		if !ok {
			members = []string{name}
		}
		for _, id := range members {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// Targets returns the hostings that can take a workload of a hosting; none when there is no other way to host it.
func (s *Set) Targets(hosting string) []string {
	return s.others(hosting, func(f *family) []string { return f.hostings })
}

// Usual returns the few targets that come to mind first for a workload of a hosting.
func (s *Set) Usual(hosting string) []string {
	return s.others(hosting, func(f *family) []string { return f.usual })
}

func (s *Set) others(hosting string, of func(*family) []string) []string {
	var out []string
	for i := range s.families.list {
		f := &s.families.list[i]
		if !slices.Contains(f.hostings, hosting) {
			continue
		}
		for _, id := range of(f) {
			if id != hosting && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// Allowed returns an error for the user when a workload of one of the hostings cannot become one of the target: the
// hosting of the workload or, when that is not known, its candidates.
func (s *Set) Allowed(hostings []string, target string) error {
	if len(hostings) == 1 && hostings[0] == target {
		return fmt.Errorf("it is hosted as %s already", target)
	}
	var targets []string
	for _, h := range hostings {
		if h == target {
			return nil // one of several candidates
		}
		for _, id := range s.Targets(h) {
			if !slices.Contains(targets, id) {
				targets = append(targets, id)
			}
		}
	}
	switch {
	case slices.Contains(targets, target):
		return nil
	case len(targets) == 0:
		return fmt.Errorf("nothing else hosts what %s hosts, so there is no move to %s or to anything", strings.Join(hostings, " or "), target)
	}
	return fmt.Errorf("%s cannot take what %s hosts. Targets that can: %s", target, strings.Join(hostings, " or "), strings.Join(targets, ", "))
}
