// Package awsconfig reads what AWS Config hands out: configuration snapshots and history files as they lie in S3 (plain
// or gzip), and the output of batch-get-resource-config, get-resource-config-history and select-resource-config.
//
//	bytes ── observed.Walk ──▶ configuration items, one at a time
//	items ── item.go ──▶ observed.Item: nested JSON texts opened, the latest of each resource, deleted ones dropped
//	observed.Item ── package observed ──▶ resources in CloudFormation's names, with references
//
// AWS Config writes the older types as their describe call does (camelCase) and the newer ones as CloudFormation does;
// package observed holds the differences. What Config is known not to record, such as a function's runtime update mode or
// an instance's user data, is unknown.
//
// Memory follows the resources that are kept, not the file. Bounds: see package observed.
package awsconfig

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/observed"
	"github.com/onus-dev/onus/vocabulary"
)

// Options tells Read what the file does not hold.
type Options struct {
	// Types is the vocabulary to use; nil loads one.
	Types *vocabulary.Types
}

// headBytes is how much of a file Is looks at.
const headBytes = 64 << 10

// Is reports whether a file is of AWS Config, by its first bytes; 64 KB are enough. A gzip file is looked into.
func Is(head []byte) bool {
	head = head[:min(len(head), headBytes)]
	if len(head) > 2 && head[0] == 0x1f && head[1] == 0x8b {
		u := unzippers.Get().(*unzipper)
		defer unzippers.Put(u)
		if u.gz.Reset(bytes.NewReader(head)) != nil {
			return false
		}
		n, _ := io.ReadFull(&u.gz, u.text[:firstBytes]) // the end of head cuts the stream off
		if !slices.ContainsFunc(telling, func(name []byte) bool { return bytes.Contains(u.text[:n], name) }) {
			return false
		}
		more, _ := io.ReadFull(&u.gz, u.text[n:])
		head = u.text[:n+more]
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	for _, list := range []string{`"configurationItems"`, `"baseConfigurationItems"`, `"BaseConfigurationItems"`} {
		if !bytes.Contains(head, []byte(`onfigurationItems"`)) {
			break
		}
		if i := bytes.Index(head, []byte(list)); i >= 0 {
			rest := bytes.TrimLeft(head[i+len(list):], " \t\r\n:")
			if len(rest) > 0 && rest[0] == '[' {
				return bytes.Contains(head, []byte(`"configSnapshotId"`)) || bytes.Contains(head, []byte(`"fileVersion"`)) || isItem(rest)
			}
		}
	}
	return isSelect(head)
}

// unzipper is what a packed head is unpacked with. There may be thousands of packed files, most of them something else.
type unzipper struct {
	gz   gzip.Reader
	text [headBytes]byte
}

var unzippers = sync.Pool{New: func() any { return &unzipper{} }}

// firstBytes are unpacked at first: all that Config and its command line write names in them what it is, by one of telling.
const firstBytes = 4 << 10

var telling = [][]byte{[]byte(`onfigurationItems"`), []byte(`fileVersion"`), []byte(`configSnapshotId"`), []byte(`Results"`)}

// isItem reports whether the beginning of a list is that of configuration items, or the list is empty.
func isItem(list []byte) bool {
	inner := bytes.TrimLeft(list[1:], " \t\r\n")
	return len(inner) > 0 && inner[0] == ']' || bytes.Contains(list, []byte(`"resourceType"`))
}

// isSelect reports whether a file is the output of select-resource-config: texts of JSON, and what was selected.
func isSelect(head []byte) bool {
	i := bytes.Index(head, []byte(`"Results"`))
	if i < 0 {
		return false
	}
	rest := bytes.TrimLeft(head[i+len(`"Results"`):], " \t\r\n:")
	inner := bytes.TrimLeft(bytes.TrimPrefix(rest, []byte("[")), " \t\r\n")
	return len(inner) < len(rest) && bytes.HasPrefix(inner, []byte(`"{`)) && (bytes.Contains(inner, []byte(`\"resourceType\"`)) || bytes.Contains(inner, []byte(`\"arn\"`)))
}

// Read reads one file. path is its slash path as it is to be displayed; the file is read once, from the beginning to the
// end, packed or not. What was found is in the inventory with the diagnostics, in the order of the file.
func Read(path string, r io.Reader, opts Options) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: path, Form: "config"}}}
	f := &file{path: path, inv: inv, latest: map[string]kept{}, related: observed.Relations{}}
	f.convert = observed.NewConverter(path, opts.Types, &inv.Diags)
	observed.Walk(path, r, isList, &inv.Diags, f.element)
	for _, k := range f.order {
		if r := f.latest[k].resource; r != nil {
			inv.Resources = append(inv.Resources, r)
		}
	}
	if f.untyped > 0 {
		inv.Diags.Skipf(f.untypedAt, "Items without a type", "%d items name no resourceType and are left out. A query has to select resourceType, arn, resourceId, accountId, awsRegion and configuration.", f.untyped)
	}
	observed.Link(inv, f.related)
	return inv
}

func isList(name string) bool {
	switch strings.ToLower(name) {
	case "configurationitems", "baseconfigurationitems", "results":
		return true
	}
	return false
}

// file is one file being read.
type file struct {
	path    string
	inv     *inventory.Inventory
	convert *observed.Converter
	// latest holds what is kept of each resource; order is the order of first sight.
	latest    map[string]kept
	order     []string
	related   observed.Relations
	untyped   int
	untypedAt diag.Range
}

type kept struct {
	captured string
	resource *inventory.Resource
}

// element takes one value of the file: an item, a text that holds one, or the object around a single item.
func (f *file) element(e observed.Element) bool {
	n := observed.Inner(e.Node)
	if one := field(n, "configurationItem"); e.List == "" && one != nil {
		n = one
	}
	if n == nil || n.Kind != document.Map || e.List == "" && field(n, "resourceType") == nil {
		return true
	}
	f.item(n)
	return true
}
