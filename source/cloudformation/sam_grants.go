package cloudformation

import (
	_ "embed" // the tables below
	"regexp"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
)

// The tables of what SAM's policy templates and connectors allow. A head line begins at the margin; what belongs to it
// is indented. They are small and seldom used, so that an entry is looked for in the text when it is needed.
var (
	//go:embed sam_policies.txt
	policyTable string
	//go:embed sam_connectors.txt
	connectorTable string
)

// entry returns the rest of the head line that begins with the given words, and the lines below it.
func entry(table, words string) (rest string, lines []string, ok bool) {
	_, after, found := strings.Cut(table, "\n"+words)
	for found && after != "" && after[0] != ' ' && after[0] != '\n' { // the words are the beginning of a longer one
		_, after, found = strings.Cut(after, "\n"+words)
	}
	if !found {
		return "", nil, false
	}
	rest, after, _ = strings.Cut(after, "\n")
	for line := range strings.Lines(after) {
		if line[0] != ' ' {
			break
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.TrimSpace(rest), lines, true
}

// grant is one statement of a table.
type grant struct {
	actions, resources         []string
	principal, source, account string
	// conditions are operator, key and value.
	conditions [][]string
}

// grants parses lines such as "allow sqs:SendMessage", "on ${Destination.Arn}", "if ArnEquals aws:SourceArn ${Source.Arn}".
func grants(lines []string) []grant {
	var out []grant
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		if word == "allow" {
			out = append(out, grant{actions: strings.Fields(rest)})
			continue
		}
		g := &out[len(out)-1]
		switch word {
		case "on":
			g.resources = append(g.resources, rest)
		case "principal":
			g.principal = rest
		case "from":
			g.source = rest
		case "account":
			g.account = rest
		case "if":
			g.conditions = append(g.conditions, strings.SplitN(rest, " ", 3))
		}
	}
	return out
}

// statement makes an IAM statement of a grant. value gives what the names in ${} stand for.
func (g grant) statement(at *node, value func(name string) *node) *node {
	var principal, conditions *node
	if g.principal != "" {
		principal = document.MapAt(at, field{Name: "Service", Value: document.TextAt(at, g.principal)})
	}
	for _, c := range g.conditions {
		conditions = conditions.With(at, field{Name: c[0], Value: document.MapAt(at, field{Name: c[1], Value: fill(at, c[2], value)})})
	}
	resources := make([]*node, 0, len(g.resources))
	for _, r := range g.resources {
		resources = append(resources, fill(at, r, value))
	}
	resource := document.ListAt(at, resources...)
	if len(resources) == 1 {
		resource = resources[0]
	}
	actions := make([]*node, 0, len(g.actions))
	for _, a := range g.actions {
		actions = append(actions, document.TextAt(at, a))
	}
	return document.MapAt(at,
		field{Name: "Effect", Value: document.TextAt(at, "Allow")},
		field{Name: "Action", Value: document.ListAt(at, actions...)},
		field{Name: "Principal", Value: principal},
		field{Name: "Resource", Value: resource},
		field{Name: "Condition", Value: conditions})
}

var tableName = regexp.MustCompile(`\$\{([A-Za-z.]+)\}`)

// fill puts values in place of the names in a text of a table: the value itself where the name is all there is, else an
// Fn::Sub. A name without a value stays, and is unknown in the end.
func fill(at *node, text string, value func(name string) *node) *node {
	if m := tableName.FindStringSubmatch(text); m != nil && m[0] == text {
		if v := value(m[1]); v != nil {
			return v
		}
	}
	var variables []field
	text = tableName.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		plain := strings.ReplaceAll(name, ".", "")
		if v := value(name); v != nil {
			variables = append(variables, field{Name: plain, Value: v})
		}
		return "${" + plain + "}"
	})
	if len(variables) > 0 {
		return document.MapAt(at, field{Name: "Fn::Sub", Value: document.ListAt(at, document.TextAt(at, text), document.MapAt(at, variables...))})
	}
	if strings.Contains(text, "${") {
		return subAt(at, text)
	}
	return document.TextAt(at, text)
}

// statements is a policy document of several statements.
func statements(at *node, list ...*node) *node {
	return document.MapAt(at,
		field{Name: "Version", Value: document.TextAt(at, "2012-10-17")},
		field{Name: "Statement", Value: document.ListAt(at, list...)})
}

// policyTemplate expands {"S3ReadPolicy": {"BucketName": …}}; nil when n is none, or one that is not known.
func (s *sam) policyTemplate(n *node) *node {
	if n.Kind != document.Map || len(n.Fields) != 1 || n.Fields[0].Name == "Statement" {
		return nil
	}
	name, values := n.Fields[0].Name, n.Fields[0].Value
	parameters, lines, ok := entry(policyTable, name)
	if !ok {
		if strings.HasSuffix(name, "Policy") {
			s.warnf(s.template.at(n), "Policy template not known", "%s is not among the policy templates known here (those of SAM 1.110). The policy is kept as it is written.", diag.Clip(name, maxClip))
		}
		return nil
	}
	for _, p := range strings.Fields(parameters) {
		if !values.Get(p).IsSet() {
			s.warnf(s.template.at(n), "Policy template lacks a parameter", "%s takes the parameter %s, which is not given. What it allows on it is unknown.", name, p)
		}
	}
	var list []*node
	for _, g := range grants(lines) {
		list = append(list, g.statement(n, func(name string) *node {
			if v := values.Get(name); v.IsSet() {
				return v
			}
			return s.missing(n, "policy parameter "+name)
		}))
	}
	return statements(n, list...)
}
