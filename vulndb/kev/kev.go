// Package kev reads CISA's catalog of vulnerabilities that are known to be exploited.
//
// What goes in is the JSON file that CISA publishes; what comes out is one entry a CVE, with the day it was added and
// the day by which United States agencies must have acted. The file is bounded by MaxFile.
package kev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxFile bounds the catalog in bytes; the published one has about 1.5 MB.
const MaxFile = 64 << 20

// maxText bounds the text kept of a field, in bytes.
const maxText = 1024

// Catalog is what the file says of itself and its entries.
type Catalog struct {
	// Version is "2025.08.25"; Released a time of RFC 3339.
	Version, Released string
	Entries           []Entry
}

// Entry is one vulnerability that is exploited.
type Entry struct {
	CVE string
	// Added and Due are days, YYYY-MM-DD: when CISA listed it, and when agencies must have acted.
	Added, Due string
	// Name is CISA's short name, Action what it asks for.
	Name, Action string
	// Ransomware is set when ransomware campaigns are known to use it.
	Ransomware bool
}

type wireCatalog struct {
	Version  string      `json:"catalogVersion"`
	Released string      `json:"dateReleased"`
	Entries  []wireEntry `json:"vulnerabilities"`
}

type wireEntry struct {
	CVE        string `json:"cveID"`
	Added      string `json:"dateAdded"`
	Due        string `json:"dueDate"`
	Name       string `json:"vulnerabilityName"`
	Action     string `json:"requiredAction"`
	Ransomware string `json:"knownRansomwareCampaignUse"`
}

// Read reads the catalog. Entries without a CVE id are left out and counted in skipped.
func Read(in io.Reader) (c Catalog, skipped int, err error) {
	data, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return c, 0, err
	}
	if len(data) > MaxFile {
		return c, 0, fmt.Errorf("the catalog is larger than the limit of %d MiB", MaxFile>>20)
	}
	var w wireCatalog
	if err := json.Unmarshal(data, &w); err != nil {
		return c, 0, fmt.Errorf("not CISA's catalog: %w", err)
	}
	if w.Version == "" && w.Entries == nil {
		return c, 0, errors.New("not CISA's catalog: it has neither catalogVersion nor vulnerabilities")
	}
	c.Version, c.Released = w.Version, w.Released
	for _, e := range w.Entries {
		if !strings.HasPrefix(e.CVE, "CVE-") || len(e.CVE) > 64 {
			skipped++
			continue
		}
		c.Entries = append(c.Entries, Entry{
			CVE: e.CVE, Added: day(e.Added), Due: day(e.Due), Name: cut(e.Name), Action: cut(e.Action),
			Ransomware: strings.EqualFold(e.Ransomware, "known"),
		})
	}
	return c, skipped, nil
}

func day(s string) string { return s[:min(len(s), len("2006-01-02"))] }

func cut(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxText)], "")
}
