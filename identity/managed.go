package identity

import (
	_ "embed"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// managedText has one AWS managed policy a line: its path and name, then its statements as JSON. An action may stand
// for several of one service: "s3:Get*,List*".
//
//go:embed managed.txt
var managedText string

// managedPolicy returns the document of an AWS managed policy by the part of its ARN after "policy/"
// ("service-role/AWSLambdaBasicExecutionRole"); false when the table does not hold it. at is where it is named.
func managedPolicy(path string, at diag.Range) (*Document, bool) {
	_, after, found := strings.Cut(managedText, "\n"+path+" ")
	if !found || path == "" || strings.ContainsAny(path, " \n") {
		return nil, false
	}
	text, _, _ := strings.Cut(after, "\n")
	doc, err := managedDocument(text, at, nil)
	if err != nil {
		return nil, false
	}
	doc.Managed = path
	return doc, true
}

// managedDocument reads the statements of one line of the table.
func managedDocument(text string, at diag.Range, diags *diag.List) (*Document, error) {
	value, err := parseJSON(text, at)
	if err != nil {
		return nil, err
	}
	var statements []inventory.Value
	for _, s := range value.List() {
		var props []inventory.Property
		for _, p := range s.Properties() {
			if strings.HasSuffix(p.Name, "Action") {
				p.Value = spread(p.Value)
			}
			props = append(props, p)
		}
		statements = append(statements, inventory.MapValue(props, at))
	}
	return parseDocument(inventory.MapValue([]inventory.Property{
		{Name: "Version", Value: inventory.StringValue("2012-10-17", at)}, {Name: "Statement", Value: inventory.ListValue(statements, at)},
	}, at), diags), nil
}

// spread takes the joined actions of the table apart.
func spread(v inventory.Value) inventory.Value {
	var out []inventory.Value
	for _, item := range items(v) {
		text, _ := item.Text()
		service, names, ok := strings.Cut(text, ":")
		if !ok {
			out = append(out, item)
			continue
		}
		for name := range strings.SplitSeq(names, ",") {
			out = append(out, inventory.StringValue(service+":"+name, item.Origin()))
		}
	}
	return inventory.ListValue(out, v.Origin())
}

// managedPath returns what follows "policy/" in the ARN of a policy that AWS manages; false for any other ARN. In a text
// that is known in part the partition may be missing.
func managedPath(arn string) (string, bool) {
	rest, ok := strings.CutPrefix(arn, "arn:")
	if !ok {
		return "", false
	}
	p := newPattern(rest, true)
	if !p.known() && !strings.HasPrefix(rest, "${") {
		return "", false
	}
	_, after, ok := strings.Cut(rest, ":iam::aws:policy/")
	if !ok || strings.Contains(after, "${") {
		return "", false
	}
	return after, true
}
