package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// Draft says what a new catalog file is to begin with.
type Draft struct {
	// Service is the id of the service, of its file and of its first hosting; Title its name for people.
	Service, Title string
	// Inherits is the stack that the hosting builds on; empty means DefaultStack.
	Inherits string
	// Type is the CloudFormation type that makes a workload of the hosting; it may be empty.
	Type string
	// Class is the hosting's class; empty means managed.
	Class stack.Class
}

// DefaultStack is what a new hosting builds on when nothing else is said.
const DefaultStack = "managed-service"

// Scaffold writes a catalog file that loads and compiles, with a row for each duty that the stack leaves open. What has
// to be filled in is empty, so that Lint names it. The error says what does not fit in the draft, for its author.
func (c *Catalog) Scaffold(d Draft) (string, error) {
	if d.Inherits == "" {
		d.Inherits = DefaultStack
	}
	if d.Class == "" {
		d.Class = stack.Managed
	}
	parent, err := c.checkDraft(d)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, scaffoldHead, d.Service, quoted(d.Title), d.Service, d.Service, d.Service, quoted(d.Title), d.Class, d.Inherits)
	if d.Type != "" {
		role := roleOf(d.Type)
		fmt.Fprintf(&b, "    roots: [%q]\n    uses: {%s: %q}\n", d.Type, role, d.Type)
	}
	b.WriteString(scaffoldWorks)
	writeInherited(&b, parent)
	writeOpen(&b, parent)
	fmt.Fprintf(&b, scaffoldExamples, givenOf(d.Type))
	return b.String(), nil
}

func (c *Catalog) checkDraft(d Draft) (*Hosting, error) {
	if !validID(d.Service) {
		return nil, fmt.Errorf("%q is no id: lower-case letters, digits and dashes, at most 60, and never %q", rulefile.Clip(d.Service), unknownHosting)
	}
	if f, ok := c.files[d.Service]; ok {
		return nil, fmt.Errorf("the service %q is there already, in %s", d.Service, f.path)
	}
	if f, ok := c.owners[d.Service]; ok {
		return nil, fmt.Errorf("%q is a stack or hosting of %s already", d.Service, f.path)
	}
	if !d.Class.Valid() {
		return nil, fmt.Errorf("%q is no class; there are non-managed, managed, serverless", rulefile.Clip(string(d.Class)))
	}
	if d.Type != "" && !c.vocab.Known(d.Type) {
		return nil, fmt.Errorf("%q is no type of the vocabulary. %s", rulefile.Clip(d.Type), expr.Suggest(d.Type, c.vocab.Names()))
	}
	if other, ok := c.roots[d.Type]; ok {
		return nil, fmt.Errorf("%s makes a workload of the hosting %q already", d.Type, other)
	}
	parent, ok := c.Stack(d.Inherits)
	if !ok {
		return nil, fmt.Errorf("there is no stack %q. %s", rulefile.Clip(d.Inherits), expr.Suggest(d.Inherits, c.stackIDs()))
	}
	return parent, nil
}

// quoted writes a text for YAML in double quotes; what cannot stand there is dropped.
func quoted(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}

// roleOf names the part after its type: "AWS::SQS::Queue" is queue.
func roleOf(typ string) string {
	name := typ[strings.LastIndexByte(typ, ':')+1:]
	return strings.ToLower(name[:1]) + name[1:]
}

func givenOf(typ string) string {
	if typ == "" {
		return "{}"
	}
	return "{" + roleOf(typ) + ": {}}"
}

// writeInherited lists, as a comment, what the stack answers.
func writeInherited(b *strings.Builder, parent *Hosting) {
	fmt.Fprintf(b, "    duties:\n      # %s answers these; write rows of your own for a duty where this hosting differs:\n", parent.ID)
	for _, d := range stack.Duties() {
		var parties []string
		for _, row := range parent.rows[d] {
			if !slices.Contains(parties, string(row.Party)) {
				parties = append(parties, string(row.Party))
			}
		}
		if len(parties) > 0 {
			fmt.Fprintf(b, "      #   %s: %s\n", d, strings.Join(parties, " or "))
		}
	}
}

// writeOpen writes an empty row for each duty that the stack does not answer, or one as a pattern.
func writeOpen(b *strings.Builder, parent *Hosting) {
	open := 0
	for _, d := range stack.Duties() {
		if len(parent.rows[d]) == 0 {
			fmt.Fprintf(b, scaffoldRow, d)
			open++
		}
	}
	if open == 0 {
		fmt.Fprintf(b, scaffoldRow, stack.Duty("data/protect"))
	}
}

const scaffoldHead = `# Say here in a sentence or two what the service is and what decides about its duties.
# "onus catalog lint --catalog DIR" names what is missing; docs/catalog-format.md tells the format.
service: %s
title: "%s"
citations:
  %s-security: {title: "", url: "https://docs.aws.amazon.com/", seen: ""}   # one for each page that a row rests on
operations:
  control-plane:
    about: ""      # what the management API does, in one sentence
    party: aws
    customer: ""   # what stays the customer's
    actions: []
    cite: %s-security
    basis: documented   # or general, or inferred where no page was found
  data-plane:
    about: ""
    party: aws
    customer: ""
    actions: []
    basis: inferred

hostings:
  - id: %s
    title: "%s"
    class: %s
    inherits: %s
`

const scaffoldWorks = `    works:         # how it works under the hood, from the control plane to the settings
      - part: Control plane
        party: aws
        text: ""
`

const scaffoldRow = `      %s:
        # Conditional rows come first: when, means, party, reason, basis, cite. The last row has no condition.
        - party: undetermined
          reason: ""
          basis: inferred
`

const scaffoldExamples = `    examples:      # each row needs one that expects its duty and lands on it
      - name: plain
        given: %s
        expect: {}
`
