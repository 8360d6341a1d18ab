// Package updateinfo reads the security advisories of Amazon Linux, as its package repositories publish them.
//
// What goes in is the updateinfo.xml of a repository; what comes out is one osv.Record an advisory, about the packages
// "Amazon Linux:2" or "Amazon Linux:2023", fixed in the version-release named. The release is told from the packages
// themselves (".amzn2023." in their release tag), else from the collection's name or the advisory's id, for one folder
// may hold the files of several releases. Bottlerocket publishes its advisories in this form too.
//
// Advisories come out one at a time. Bounds: MaxFile bytes, MaxPackages packages an advisory, maxDepth nested elements.
package updateinfo

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/vulndb/ecosystem"
	"github.com/onus-dev/onus/vulndb/osv"
)

// Bounds of one file.
const (
	MaxFile     = 1 << 30 // bytes of XML
	MaxUpdate   = 8 << 20 // bytes of one advisory
	MaxPackages = 20_000  // packages of one advisory, all architectures
	maxText     = 1024    // bytes kept of a text
)

type wireUpdate struct {
	Type     string `xml:"type,attr"`
	ID       string `xml:"id"`
	Title    string `xml:"title"`
	Severity string `xml:"severity"`
	Issued   struct {
		Date string `xml:"date,attr"`
	} `xml:"issued"`
	Updated struct {
		Date string `xml:"date,attr"`
	} `xml:"updated"`
	References []struct {
		Href string `xml:"href,attr"`
		ID   string `xml:"id,attr"`
		Type string `xml:"type,attr"`
	} `xml:"references>reference"`
	Collections []wireCollection `xml:"pkglist>collection"`
}

type wireCollection struct {
	Short    string        `xml:"short,attr"`
	Name     string        `xml:"name"`
	Packages []wirePackage `xml:"package"`
}

type wirePackage struct {
	Name    string `xml:"name,attr"`
	Epoch   string `xml:"epoch,attr"`
	Version string `xml:"version,attr"`
	Release string `xml:"release,attr"`
}

// Read calls record for each security advisory, and may be stopped by its error, which comes back. skipped counts
// security advisories without an id, a release or a package; updates of other kinds are passed over.
func Read(in io.Reader, record func(*osv.Record) error) (skipped int, err error) {
	bound := &updateReader{in: in, total: MaxFile, left: MaxUpdate}
	dec := xml.NewDecoder(bound)
	root := ""
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if root == "" {
				return skipped, errors.New("not a file of advisories: it has no element")
			}
			return skipped, nil
		}
		if err != nil {
			return skipped, fmt.Errorf("not readable XML: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root == "" {
			if root = start.Name.Local; root != "updates" {
				return skipped, fmt.Errorf("not a file of advisories: the root element is %q, expected updates", cut(root))
			}
			continue
		}
		bound.left = MaxUpdate
		if start.Name.Local != "update" {
			if err := dec.Skip(); err != nil {
				return skipped, fmt.Errorf("not readable XML: %w", err)
			}
			continue
		}
		if err := readUpdate(dec, &start, record, &skipped); err != nil {
			return skipped, err
		}
	}
}

func readUpdate(dec *xml.Decoder, start *xml.StartElement, record func(*osv.Record) error, skipped *int) error {
	var w wireUpdate
	if err := dec.DecodeElement(&w, start); err != nil {
		return fmt.Errorf("not readable XML: %w", err)
	}
	if w.Type != "" && w.Type != "security" {
		return nil
	}
	r, err := w.record()
	if err != nil {
		return err
	}
	if r == nil {
		*skipped++
		return nil
	}
	return record(r)
}

func (w *wireUpdate) record() (*osv.Record, error) {
	r := &osv.Record{
		ID: cut(strings.TrimSpace(w.ID)), Summary: cut(strings.TrimSpace(w.Title)), Rating: strings.ToLower(cut(strings.TrimSpace(w.Severity))),
		Published: instant(w.Issued.Date), Modified: instant(w.Updated.Date),
	}
	if r.Modified == "" {
		r.Modified = r.Published
	}
	for _, ref := range w.References {
		switch {
		case osv.IsCVE(ref.ID) && len(r.Upstream) < osv.MaxAliases:
			r.Upstream = append(r.Upstream, ref.ID)
		case ref.Type == "self" && strings.HasPrefix(ref.Href, "https://"):
			r.URL = cut(ref.Href)
		}
	}
	slices.Sort(r.Upstream)
	r.Upstream = slices.Compact(r.Upstream)
	packages := 0
	for _, c := range w.Collections {
		if packages += len(c.Packages); packages > MaxPackages {
			return nil, fmt.Errorf("%s names more than the limit of %d packages", r.ID, MaxPackages)
		}
		r.Affected = append(r.Affected, c.affected(r.ID)...)
	}
	if r.ID == "" || len(r.Affected) == 0 {
		return nil, nil
	}
	return r, nil
}

// affected returns the packages of a collection, those of several architectures once.
func (c wireCollection) affected(id string) []osv.Affected {
	seen := map[wirePackage]bool{}
	var out []osv.Affected
	for _, p := range c.Packages {
		eco := c.ecosystem(id, p)
		if seen[p] || eco == "" || p.Name == "" || p.Version == "" || len(p.Name) > 256 {
			continue
		}
		seen[p] = true
		out = append(out, osv.Affected{
			Ecosystem: eco, Name: p.Name, Repository: c.repository(id),
			Ranges: []osv.Range{{Type: "ECOSYSTEM", Events: []osv.Event{{Kind: osv.Introduced, Version: "0"}, {Kind: osv.Fixed, Version: p.version()}}}},
		})
	}
	return out
}

func (p wirePackage) version() string {
	v := p.Version
	if p.Release != "" {
		v += "-" + p.Release
	}
	if p.Epoch != "" && p.Epoch != "0" {
		v = p.Epoch + ":" + v
	}
	return v
}

// ecosystem tells the distribution's release, "" when nothing does.
func (c wireCollection) ecosystem(id string, p wirePackage) string {
	if strings.HasPrefix(id, "BRSA-") {
		return ecosystem.Bottlerocket
	}
	text := strings.ToLower(c.Short + " " + c.Name)
	for _, release := range []string{"2023", "2022", "2", "1"} {
		if hasTag(p.Release, "amzn"+release) {
			return ecosystem.AmazonLinux + ":" + release
		}
	}
	for _, release := range []string{"2023", "2022", "2"} {
		if strings.Contains(text, "amazon linux "+release) || strings.Contains(text, "amazon-linux-"+release) || strings.HasPrefix(id, "ALAS"+release) {
			return ecosystem.AmazonLinux + ":" + release
		}
	}
	return ""
}

// hasTag reports whether a dotted release ("8.amzn2.0.1") has a part.
func hasTag(release, tag string) bool {
	return slices.Contains(strings.FieldsFunc(release, func(r rune) bool { return r == '.' || r == '_' || r == '+' }), tag)
}

// repository returns the name of an extras repository, "" for the release's core. The advisories of Amazon Linux 2's
// extras carry the repository's name in the collection ("amazon-linux-2-extras-docker") or the id ("ALASDOCKER-2021-006",
// "ALAS2KERNEL-5.10-2022-002").
func (c wireCollection) repository(id string) string {
	for _, mark := range []string{"amazon-linux-2-extras-", "amazon-linux-2---", "amazon-linux-extras-"} {
		if rest, ok := strings.CutPrefix(strings.ToLower(c.Short), mark); ok && rest != "" {
			return cut(rest)
		}
	}
	rest, ok := strings.CutPrefix(id, "ALAS")
	if !ok {
		return ""
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "2023"), "2")
	// What is left before the year names the repository: "-2018-939" has none, "KERNEL-5.10-2022-002" has.
	parts := strings.Split(rest, "-")
	if len(parts) < 3 || parts[0] == "" {
		return ""
	}
	return strings.ToLower(strings.Join(parts[:len(parts)-2], "-"))
}

// instant turns "2024-07-01 20:41:00", "2024-07-01 20:41" or "2024-07-01T20:41:00Z" into RFC 3339.
func instant(date string) string {
	date = strings.TrimSpace(date)
	if len(date) > 32 || len(date) < len("2006-01-02") {
		return ""
	}
	day, clock, _ := strings.Cut(strings.Replace(date, "T", " ", 1), " ")
	clock = strings.TrimSuffix(clock, "Z")
	switch strings.Count(clock, ":") {
	case 1:
		clock += ":00"
	case 2:
	default:
		clock = "00:00:00"
	}
	return day + "T" + clock + "Z"
}

func cut(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }

// updateReader gives at most total bytes, and at most left until the caller sets it anew for the next advisory.
type updateReader struct {
	in          io.Reader
	total, left int64
}

func (r *updateReader) Read(p []byte) (int, error) {
	if r.total <= 0 {
		return 0, fmt.Errorf("the file unpacks to more than the limit of %d MiB", MaxFile>>20)
	}
	if r.left <= 0 {
		return 0, fmt.Errorf("an advisory is larger than the limit of %d MiB", MaxUpdate>>20)
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.left, r.total)])
	r.left -= int64(n)
	r.total -= int64(n)
	return n, err
}
