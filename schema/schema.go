// Package schema holds the JSON Schemas (draft 2020-12) of the files that onus reads and of the documents that it
// writes, one file each, embedded for `onus schema NAME` and published as they lie here for editors and validators.
//
// catalog.json, configuration.json, exceptions.json and attestations.json are written by hand and close every object, so
// that an editor finds a misspelt key. The others are made from the Go types of the output by the tests (-update) and
// leave every object open, since fields may be added to an output without a new version.
package schema

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.json
var files embed.FS

// Names returns the name of each schema in order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // cannot happen: the directory is embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	slices.Sort(names)
	return names
}

// Get returns the text of a schema.
func Get(name string) (text string, ok bool) {
	if !slices.Contains(Names(), name) {
		return "", false
	}
	b, err := files.ReadFile(name + ".json")
	return string(b), err == nil
}
