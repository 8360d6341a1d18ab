// Package bottlerocket reads the security advisories of Bottlerocket from its source repository.
//
// What goes in is one TOML file an advisory: an id, one CVE, and the packages with the version that has the fix. What
// comes out is an osv.Record about packages of "Bottlerocket". The version of a kernel is written with the name of
// the source package before it ("kernel-6.1.112-122.189.amzn2023"), which is taken off. The file is bounded by MaxFile.
package bottlerocket

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/onus-dev/onus/vulndb/ecosystem"
	"github.com/onus-dev/onus/vulndb/osv"
)

// Bounds of one advisory.
const (
	MaxFile     = 64 << 10 // bytes; published ones have about a thousand
	MaxProducts = 1000
	maxNesting  = 16  // brackets and braces that are open at once; the parser is slow on deep nesting
	maxDots     = 200 // dots of a key
	maxText     = 1024
)

type wireFile struct {
	Advisory struct {
		ID          string        `toml:"id"`
		Title       string        `toml:"title"`
		CVE         string        `toml:"cve"`
		GHSA        string        `toml:"ghsa"`
		Severity    string        `toml:"severity"`
		Description string        `toml:"description"`
		Products    []wireProduct `toml:"products"`
	} `toml:"advisory"`
	UpdateInfo struct {
		IssueDate time.Time `toml:"issue-date"`
		Version   string    `toml:"version"`
	} `toml:"updateinfo"`
}

type wireProduct struct {
	Name    string `toml:"package-name"`
	Version string `toml:"patched-version"`
	Release string `toml:"patched-release"`
	Epoch   string `toml:"patched-epoch"`
}

// Read reads one advisory.
func Read(in io.Reader) (*osv.Record, error) {
	data, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the advisory is larger than the limit of %d KiB", MaxFile>>10)
	}
	if tooDeep(data) {
		return nil, fmt.Errorf("the advisory nests deeper than the limit of %d, or has a key of more than %d parts", maxNesting, maxDots)
	}
	var w wireFile
	if _, err := toml.Decode(string(data), &w); err != nil {
		return nil, fmt.Errorf("not readable TOML: %w", err)
	}
	a := w.Advisory
	switch {
	case a.ID == "" || len(a.ID) > 256:
		return nil, errors.New("not a Bottlerocket advisory: [advisory] has no id")
	case len(a.Products) == 0:
		return nil, fmt.Errorf("%s names no product ([[advisory.products]])", a.ID)
	case len(a.Products) > MaxProducts:
		return nil, fmt.Errorf("%s names more than the limit of %d products", a.ID, MaxProducts)
	}
	return w.record(), nil
}

// tooDeep reports whether more brackets and braces are open at once, or more dots follow one another without a "=", a
// comma or the end of a line between them, than the limits. Those in texts count too.
func tooDeep(data []byte) bool {
	open, dots := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '.':
			dots++
		case '=', ',', '\n':
			dots = 0
		}
		if open > maxNesting || dots > maxDots {
			return true
		}
	}
	return false
}

func (w *wireFile) record() *osv.Record {
	a := w.Advisory
	r := &osv.Record{ID: a.ID, Summary: cut(a.Title), Rating: strings.ToLower(cut(a.Severity))}
	if a.CVE != "" {
		r.Upstream = append(r.Upstream, cut(a.CVE))
	}
	if a.GHSA != "" {
		r.Upstream = append(r.Upstream, cut(a.GHSA))
	}
	if !w.UpdateInfo.IssueDate.IsZero() {
		r.Published = w.UpdateInfo.IssueDate.UTC().Format(time.RFC3339)
		r.Modified = r.Published
	}
	for _, p := range a.Products {
		version := p.version()
		if p.Name == "" || version == "" {
			continue
		}
		r.Affected = append(r.Affected, osv.Affected{
			Ecosystem: ecosystem.Bottlerocket, Name: cut(p.Name),
			Ranges: []osv.Range{{Type: "ECOSYSTEM", Events: []osv.Event{{Kind: osv.Introduced, Version: "0"}, {Kind: osv.Fixed, Version: version}}}},
		})
	}
	return r
}

// version returns [epoch:]version[-release]. A release of 0 stands for none: Bottlerocket's own packages are built anew
// for each of its releases, and their inventories name no release either.
func (p wireProduct) version() string {
	v := cut(p.Version)
	if base, rest, found := strings.Cut(v, "-"); found && base != "" && (base[0] < '0' || base[0] > '9') {
		v = rest
	}
	if p.Release != "" && p.Release != "0" && !strings.Contains(v, "-") {
		v += "-" + cut(p.Release)
	}
	if p.Epoch != "" && p.Epoch != "0" {
		v = cut(p.Epoch) + ":" + v
	}
	return v
}

func cut(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }
