package vuln

import (
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
)

// Facts are what is known of a vulnerability beside the software it is in. None of them says whose duty anything is,
// but for what a cited source exempts.
type Facts struct {
	// ID is the vulnerability's own; Name what people call it.
	ID, Name string
	// Components are packages, CPEs or names, as ParseComponent reads them.
	Components []Component
	// Disclosed and Fixed are days, YYYY-MM-DD, empty when not known.
	Disclosed, Fixed string
	// Rotate says why keys have to be replaced; empty when they need not.
	Rotate     string
	Mitigation *Mitigation
	Exempt     []exemption
	// Note is worth knowing and changes no answer.
	Note string
	// URL is the page that says in which component it is.
	URL string
}

// exemption is a statement of a source that some hostings are not affected although the layer says so.
type exemption struct {
	Hosting []string             `yaml:"hosting"`
	Why     string               `yaml:"why"`
	Cite    *allocation.Citation `yaml:"cite"`
}

// indexFile is cves.yaml: groups of vulnerabilities in the same components, and single ones of which more is known.
type indexFile struct {
	Groups []indexGroup `yaml:"groups"`
	CVEs   []indexEntry `yaml:"cves"`
}

// indexGroup are vulnerabilities in the same components.
type indexGroup struct {
	In   []string `yaml:"in"`
	CVEs []string `yaml:"cves"`
	// URL is the page for each, in which {id} stands for the identifier; empty means the record of the CVE.
	URL string `yaml:"url"`
}

type indexEntry struct {
	IDs        []string    `yaml:"ids"`
	Name       string      `yaml:"name"`
	In         []string    `yaml:"in"`
	Disclosed  string      `yaml:"disclosed"`
	Fixed      string      `yaml:"fixed"`
	Rotate     string      `yaml:"rotate"`
	Mitigation *Mitigation `yaml:"mitigation"`
	Exempt     []exemption `yaml:"exempt"`
	Note       string      `yaml:"note"`
	URL        string      `yaml:"url"`
}

// recordURL is where the record of a CVE lies.
const recordURL = "https://www.cve.org/CVERecord?id="

func (r *Rules) fill(f indexFile, diags *diag.List) {
	for _, g := range f.Groups {
		url := g.URL
		if url == "" {
			url = recordURL + "{id}"
		}
		facts := Facts{Components: r.parse(g.In, g.CVEs, diags)}
		for _, id := range g.CVEs {
			facts.URL = strings.ReplaceAll(url, "{id}", id)
			r.put(id, facts, diags)
		}
	}
	for _, e := range f.CVEs {
		r.add(e, diags)
	}
}

// parse reads the components of an entry; each has to have a class.
func (r *Rules) parse(in, ids []string, diags *diag.List) []Component {
	var components []Component
	for _, s := range in {
		c, err := ParseComponent(s)
		if err != nil {
			fault(diags, "cves.yaml", "%v: %s: %v", ids, s, err)
			continue
		}
		if r.classOf(c.key()) == nil {
			fault(diags, "cves.yaml", "%v: no rule takes the component %s", ids, s)
		}
		components = append(components, c)
	}
	return components
}

func (r *Rules) put(id string, f Facts, diags *diag.List) {
	if _, twice := r.index[id]; twice {
		fault(diags, "cves.yaml", "%s stands there twice", id)
	}
	f.ID = id
	if f.URL == "" {
		f.URL = recordURL + id
	}
	r.index[id] = &f
}

func (r *Rules) add(e indexEntry, diags *diag.List) {
	for _, day := range []string{e.Disclosed, e.Fixed} {
		if _, err := time.Parse(time.DateOnly, day); err != nil && day != "" {
			fault(diags, "cves.yaml", "%v: %q is not a day", e.IDs, day)
		}
	}
	for _, x := range e.Exempt {
		if x.Cite == nil || x.Cite.URL == "" || x.Why == "" || len(x.Hosting) == 0 {
			fault(diags, "cves.yaml", "%v: an exemption names hostings, says why and cites a page", e.IDs)
		}
	}
	components := r.parse(e.In, e.IDs, diags)
	for _, id := range e.IDs {
		r.put(id, Facts{Name: e.Name, Components: components, Disclosed: e.Disclosed, Fixed: e.Fixed, Rotate: e.Rotate,
			Mitigation: e.Mitigation, Exempt: e.Exempt, Note: e.Note, URL: e.URL}, diags)
	}
}

// Lookup finds what the index knows of a vulnerability. Without anything, the vulnerability has no components and every
// answer about it is undetermined.
func (r *Rules) Lookup(id string) (Vulnerability, bool) {
	id = strings.ToUpper(strings.TrimSpace(id))
	f, ok := r.index[id]
	if !ok {
		return Vulnerability{ID: id}, false
	}
	return Vulnerability{ID: id, Components: slices.Clone(f.Components), Facts: f}, true
}

// Known returns the identifiers that the index has, in order.
func (r *Rules) Known() []string {
	out := make([]string, 0, len(r.index))
	for id := range r.index {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
