// Package affected tells which copies of a vulnerable component lie in what the customer ships: it joins the software of
// each workload (package shipped) with vulnerability data (package vulndb) and with what the rules know of the
// vulnerability (package vuln).
//
// With data, the version of each package decides, by the rules of its ecosystem. Without data only the name can be told:
// a copy is there, and whether its version is affected is unknown. A workload of which not everything was found keeps
// the answer of the model: what is not seen may be there.
//
// Data flow: workloads, shipments and a vulnerability in; Copies out, which become the Target of a question and stand in
// its answer.
package affected

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/shipped"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/vuln"
	"github.com/onus-dev/onus/vulndb"
	"github.com/onus-dev/onus/workload"
)

// Finder answers for workloads. It is not safe for concurrent use.
type Finder struct {
	// Linker knows what workloads ship.
	Linker *shipped.Linker
	// DB is vulnerability data; nil when none is loaded.
	DB *vulndb.DB

	asked map[string]*vulndb.Asked
}

// ask prepares a vulnerability once; nil when there is no data or no id to ask it by.
func (f *Finder) ask(id string) (*vulndb.Asked, error) {
	if f.DB == nil || id == "" {
		return nil, nil
	}
	if a, ok := f.asked[id]; ok {
		return a, nil
	}
	a, err := f.DB.Ask(id)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", id, err)
	}
	if f.asked == nil {
		f.asked = map[string]*vulndb.Asked{}
	}
	f.asked[id] = a
	return a, nil
}

// Of finds the copies of a vulnerability in what a workload ships.
func (f *Finder) Of(w *workload.Workload, v *vuln.Vulnerability) (vuln.Shipped, error) {
	s := f.Linker.Of(w)
	var out vuln.Shipped
	for _, m := range s.Missing {
		out.Unseen = append(out.Unseen, m.Why)
	}
	whole := len(s.Parts) > 0 && len(s.Missing) == 0
	for i := range s.Parts {
		part := &s.Parts[i]
		whole = whole && part.Artifact.Complete && part.How != shipped.ByLock && part.How != shipped.ByBuild
		for _, p := range part.Packages() {
			c, ok, err := f.copyOf(part, &p, v)
			if err != nil {
				return vuln.Shipped{}, err
			}
			if ok && c.State != string(vulndb.NotAffected) {
				out.Copies = append(out.Copies, c)
				out.Components = append(out.Components, component(&p))
			}
		}
	}
	if len(out.Copies) == 0 && whole {
		out.Components = []vuln.Component{}
	}
	slices.SortStableFunc(out.Copies, func(a, b vuln.Copy) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	out.Copies = slices.CompactFunc(out.Copies, func(a, b vuln.Copy) bool { return a == b })
	return out, nil
}

// copyOf judges one package; ok is false when the vulnerability is not about it.
func (f *Finder) copyOf(part *shipped.Part, p *software.Package, v *vuln.Vulnerability) (c vuln.Copy, ok bool, err error) {
	c = vuln.Copy{Name: p.Name, Version: p.Version, PURL: p.PURL, What: part.What, Path: location(part, p), How: string(p.Evidence.How)}
	if p.Location.Layer != nil {
		c.BaseLayer = string(p.Location.Layer.Base)
	}
	asked, err := f.ask(v.ID)
	if err != nil {
		return c, false, err
	}
	if asked != nil {
		m, found, err := f.DB.MatchAsked(query(p), asked)
		if err != nil {
			return c, false, fmt.Errorf("match %s %s with %s: %w", p.Name, p.Version, v.ID, err)
		}
		if found {
			c.State, c.Reason, c.Source, c.Fixed = string(m.State), m.Reason, m.Source, strings.Join(m.Fixed, ", ")
			return c, true, nil
		}
	}
	if !named(p, v.Components) {
		return c, false, nil
	}
	c.State = string(vulndb.Unknown)
	c.Reason = "vulnerability data that knows its versions is not loaded; --osv or --db gives it"
	if f.DB != nil {
		c.Reason = "the loaded data does not know which versions are affected"
	}
	return c, true, nil
}

// location is where a package lies, from the artifact inwards. Inside of an archive, paths begin with its own name.
func location(part *shipped.Part, p *software.Package) string {
	at, inside := part.Artifact.Path, p.Location.Path
	switch {
	case inside == "":
		return at
	case part.Artifact.Kind == software.Image:
		return at + "!/" + inside
	case inside == path.Base(at) || strings.HasPrefix(inside, path.Base(at)+"!/"):
		return path.Join(path.Dir(at), inside)
	case strings.HasPrefix(inside, at):
		return inside
	case part.Artifact.Kind == software.Archive:
		return at + "!/" + inside
	}
	return path.Join(at, inside)
}

func query(p *software.Package) vulndb.Query {
	q := vulndb.Query{
		Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version, PURL: p.PURL,
		SourceName: p.Origin.Name, SourceVersion: p.Origin.Version,
	}
	if p.Distro != nil {
		q.Distro = p.Distro.ID + "-" + p.Distro.Version
	}
	return q
}

// component is a package as the rules ask for it.
func component(p *software.Package) vuln.Component {
	c := vuln.Component{PURL: p.PURL, Ecosystem: p.Ecosystem, Name: p.Name}
	switch {
	case p.Location.Layer != nil && p.Location.Layer.Base == software.FromBase:
		c.Location = "base-layer"
	case p.Location.Layer != nil && p.Location.Layer.Base == software.Own:
		c.Location = "own-layer"
	case p.Evidence.How == software.BuildInfo:
		c.Location = "binary"
	}
	return c
}

// named reports whether a package is one of the components by name, whatever its version.
func named(p *software.Package, components []vuln.Component) bool {
	own := bare(p.PURL)
	return slices.ContainsFunc(components, func(c vuln.Component) bool {
		switch {
		case c.PURL != "" && own != "":
			return strings.EqualFold(bare(c.PURL), own)
		case c.Ecosystem != "":
			release, _, _ := strings.Cut(p.Ecosystem, ":")
			asked, _, _ := strings.Cut(c.Ecosystem, ":")
			return asked == release && strings.EqualFold(c.Name, p.Name)
		}
		return false
	})
}

// bare is a package URL without version, qualifiers and path.
func bare(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	if i := strings.LastIndex(purl, "@"); i > strings.LastIndex(purl, "/") {
		purl = purl[:i]
	}
	return purl
}

// Components are the packages that data names for a vulnerability, for one that the rules do not know. Distributions'
// packages are left out where a package of a language is named: they hold the same component.
func Components(db *vulndb.DB, id string) ([]vuln.Component, error) {
	packages, err := db.Affected(id)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", id, err)
	}
	var own, distributed []vuln.Component
	for _, p := range packages {
		if p.Withdrawn {
			continue
		}
		c := vuln.Component{Ecosystem: p.Ecosystem, Name: p.Name}
		if p.Distribution {
			distributed = append(distributed, c)
		} else {
			own = append(own, c)
		}
	}
	if len(own) > 0 {
		return own, nil
	}
	return distributed, nil
}
