package awsconfig

import (
	"strconv"
	"strings"
	"time"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/source/observed"
)

// item converts one configuration item, unless a later one of the same resource is there already.
func (f *file) item(n *document.Node) {
	it := observed.Item{
		API: observed.ConfigAPI, Type: field(n, "resourceType").Str(), ARN: field(n, "arn").Str(), ID: field(n, "resourceId").Str(),
		Name: field(n, "resourceName").Str(), Region: field(n, "awsRegion").Str(), Captured: captured(field(n, "configurationItemCaptureTime").Str()),
		Properties: observed.Inner(field(n, "configuration")), At: n.In(f.path),
	}
	it.Account = field(n, "awsAccountId").Str()
	if it.Account == "" {
		it.Account = field(n, "accountId").Str()
	}
	if it.Type == "" {
		if f.untyped++; f.untyped == 1 {
			f.untypedAt = it.At
		}
		return
	}
	id := strings.Join([]string{it.Account, it.Region, it.Type, it.ID}, "\x00")
	before, seen := f.latest[id]
	if !seen {
		f.order = append(f.order, id)
	}
	if seen && it.Captured < before.captured {
		return
	}
	if before.resource != nil {
		delete(f.related, before.resource)
	}
	f.latest[id] = kept{captured: it.Captured}
	if gone(field(n, "configurationItemStatus").Str()) {
		return
	}
	it.Extra = opened(field(n, "supplementaryConfiguration"))
	it.Tags = field(n, "tags")
	// A query selects what it likes: what it left out is unknown, as is what a continuous recorder could not read.
	it.Subset = it.Properties == nil || field(n, "configurationItemCaptureTime") == nil
	r := f.convert.Resource(it)
	f.latest[id] = kept{captured: it.Captured, resource: r}
	if rel := relations(n); len(rel) > 0 {
		f.related[r] = rel
	}
}

// gone reports whether an item says that the resource no longer exists or is not recorded.
func gone(status string) bool {
	return strings.HasPrefix(status, "ResourceDeleted") || status == "ResourceNotRecorded"
}

// field returns a member of an item; the S3 files, the API and the aggregator differ in case.
func field(n *document.Node, name string) *document.Node {
	if v := n.Get(name); v != nil || n == nil {
		return v
	}
	for _, f := range n.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return nil
}

// opened opens the members of a supplementary configuration, which are texts of JSON.
func opened(n *document.Node) *document.Node {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	for i := range n.Fields {
		n.Fields[i].Value = observed.Inner(n.Fields[i].Value)
	}
	return n
}

// captured brings a time into RFC 3339 in UTC, so that texts compare as times: Config writes that, or seconds since 1970.
func captured(s string) string {
	if s == "" {
		return ""
	}
	const layout = "2006-01-02T15:04:05.000Z"
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC().Format(layout)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e11 {
		return time.UnixMilli(int64(f * 1000)).UTC().Format(layout)
	}
	return ""
}

// relations are what an item says it is related to.
func relations(n *document.Node) []observed.Relation {
	list := field(n, "relationships")
	if list == nil || list.Kind != document.List {
		return nil
	}
	var out []observed.Relation
	for _, r := range list.Items {
		rel := observed.Relation{Type: field(r, "resourceType").Str(), ID: field(r, "resourceId").Str(), Name: field(r, "resourceName").Str()}
		if rel.Type != "" && (rel.ID != "" || rel.Name != "") && len(out) < maxRelations {
			out = append(out, rel)
		}
	}
	return out
}

// maxRelations bounds what is kept of one item.
const maxRelations = 1_000
