package cloudformation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// connectors expands AWS::Serverless::Connector, and Connectors inside a resource, to the policies and permissions
// that connect the two ends. They come last, because what is made depends on what the ends are.
func (s *sam) connectors() {
	all := s.out
	s.out = nil
	ends := make(map[string]*declaration, len(all))
	for _, d := range all {
		if d.typ != serverless+"Connector" {
			s.out = append(s.out, d)
			ends[d.id] = d
		}
	}
	for _, d := range all {
		if d.typ == serverless+"Connector" {
			s.connector(d, ends, d.id, d.props.Get("Source"), d.props)
			continue
		}
		for _, f := range fieldsOf(d.raw.Get("Connectors")) {
			owner := *d
			owner.source = serverless + "Connector"
			source := document.MapAt(d.from, field{Name: "Id", Value: document.TextAt(d.from, d.id)})
			if reference := f.Value.Get("SourceReference"); reference != nil && reference.Kind == document.Map {
				source = source.With(d.from, reference.Fields...)
			}
			s.connector(&owner, ends, d.id+f.Name, source, f.Value.Get("Properties"))
		}
	}
}

func (s *sam) connector(d *declaration, ends map[string]*declaration, id string, source, p *node) {
	destinations := p.Get("Destination")
	for i, destination := range destinations.List() {
		suffix := ""
		if destinations.Kind == document.List {
			suffix = "Destination" + strconv.Itoa(i)
		}
		c := connection{owner: d, at: d.from, id: id, suffix: suffix, from: endOf(source, destination, ends, d.from), to: endOf(destination, source, ends, d.from)}
		for _, permission := range p.Get("Permissions").List() {
			c.permissions = append(c.permissions, permission.Str())
		}
		s.connect(c)
	}
}

// connection is one source connected with one destination.
type connection struct {
	owner      *declaration
	at         *node
	id, suffix string
	from, to   end
	// permissions are Read and Write.
	permissions []string
}

// end is the source or destination of a connector: what the tables name as Source.Arn, Destination.Name and so on.
type end struct {
	typ                                                  string
	arn, roleName, queueURL, resourceID, name, qualifier *node
}

// endOf tells what one end of a connector is: the resource that its Id names, or what it says itself. other is the end
// that it is connected with.
func endOf(n, other *node, ends map[string]*declaration, at *node) end {
	id := n.Get("Id").Str()
	if id == "" {
		return end{typ: plainType(n.Get("Type").Str()), arn: n.Get("Arn"), roleName: n.Get("RoleName"), queueURL: n.Get("QueueUrl"),
			resourceID: n.Get("ResourceId"), name: n.Get("Name"), qualifier: n.Get("Qualifier")}
	}
	e := end{arn: getAttAt(at, id, "Arn")}
	d := ends[id]
	if d != nil {
		e.typ = d.typ
		e.roleName = roleNameOf(d, other, at)
	}
	switch e.typ {
	case "AWS::StepFunctions::StateMachine":
		e.arn, e.name = refAt(at, id), getAttAt(at, id, "Name")
	case "AWS::SNS::Topic", "AWS::AppSync::DataSource":
		e.arn = refAt(at, id)
	case "AWS::AppSync::GraphQLApi":
		e.arn, e.resourceID = refAt(at, id), getAttAt(at, id, "ApiId")
	case "AWS::SQS::Queue":
		e.queueURL = refAt(at, id)
	case "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api":
		e.resourceID, e.qualifier = refAt(at, id), document.TextAt(at, "*")
	}
	if own := n.Get("Qualifier"); own.IsSet() {
		e.qualifier = own
	}
	return e
}

// plainType is the CloudFormation type of what a SAM type becomes.
func plainType(typ string) string {
	switch typ {
	case serverless + "Function":
		return "AWS::Lambda::Function"
	case serverless + "Api":
		return "AWS::ApiGateway::RestApi"
	case serverless + "HttpApi":
		return "AWS::ApiGatewayV2::Api"
	case serverless + "SimpleTable":
		return "AWS::DynamoDB::Table"
	case serverless + "StateMachine":
		return "AWS::StepFunctions::StateMachine"
	}
	return typ
}

// roleNameOf returns a Ref to the role that a resource acts in, nil when no role of the template is named.
func roleNameOf(d *declaration, other, at *node) *node {
	var role *node
	switch d.typ {
	case "AWS::Lambda::Function":
		role = d.props.Get("Role")
	case "AWS::StepFunctions::StateMachine":
		role = d.props.Get("RoleArn")
	case "AWS::AppSync::DataSource":
		role = d.props.Get("ServiceRoleArn")
	case "AWS::Events::Rule":
		for _, target := range d.props.Get("Targets").List() {
			arn := target.Get("Arn")
			if id := other.Get("Id").Str(); id != "" && resourceIn(arn) == id || other.Get("Arn").IsSet() && hashOf(arn) == hashOf(other.Get("Arn")) {
				role = target.Get("RoleArn")
				break
			}
		}
	}
	if id := resourceIn(role); id != "" {
		return refAt(at, id)
	}
	return nil
}

// resourceIn returns X of a Ref to X or a GetAtt of one of its attributes.
func resourceIn(n *node) string {
	name, arg, _ := callOf(n)
	if name != "Fn::GetAtt" {
		return refTarget(n)
	}
	if list := arg.List(); len(list) == 2 {
		return list[0].Str()
	}
	id, _, _ := strings.Cut(arg.Str(), ".")
	return id
}

// value gives what a name of the table stands for.
func (s *sam) endValue(c connection, name string) *node {
	which, part, _ := strings.Cut(name, ".")
	e := c.from
	if which == "Destination" {
		e = c.to
	}
	var v *node
	switch part {
	case "Arn":
		v = e.arn
	case "Name":
		v = e.name
	case "ResourceId":
		v = e.resourceID
	case "Qualifier":
		v = e.qualifier
	}
	if v.IsSet() {
		return v
	}
	return s.missing(c.at, "connector "+name)
}

// missing is a reference to something that the template should say and does not; it is unknown.
func (s *sam) missing(at *node, what string) *node {
	s.loops[what] = []inventory.Step{{Name: what, Note: "not given", At: s.template.at(at)}}
	return refAt(at, what)
}

// connect adds what one source and destination need, by SAM's table.
func (s *sam) connect(c connection) {
	rest, lines, ok := entry(connectorTable, c.from.typ+" "+c.to.typ)
	if !ok || c.from.typ == "" || c.to.typ == "" {
		s.warnf(s.template.at(c.at), "Connector not known", "%s connects %q with %q, which SAM (1.110) has no permissions for. What it would add is left out.", diag.Clip(c.id, maxClip), diag.Clip(c.from.typ, maxClip), diag.Clip(c.to.typ, maxClip))
		return
	}
	kind, side, _ := strings.Cut(rest, " ")
	holder := c.to
	if side == "source" {
		holder = c.from
	}
	value := func(name string) *node { return s.endValue(c, name) }
	if kind == "permission" {
		s.lambdaPermissions(c, holder, lines, value)
		return
	}
	var list []*node
	for _, g := range grants(permitted(lines, c.permissions)) {
		list = append(list, g.statement(c.at, value))
	}
	doc := field{Name: "PolicyDocument", Value: statements(c.at, list...)}
	switch kind {
	case "queue":
		s.add(c.owner, c.id+"QueuePolicy"+c.suffix, "AWS::SQS::QueuePolicy", c.at, document.MapAt(c.at, doc, field{Name: "Queues", Value: document.ListAt(c.at, s.or(holder.queueURL, c.at, "connector QueueUrl"))}))
	case "topic":
		s.add(c.owner, c.id+"TopicPolicy"+c.suffix, "AWS::SNS::TopicPolicy", c.at, document.MapAt(c.at, doc, field{Name: "Topics", Value: document.ListAt(c.at, s.or(holder.arn, c.at, "connector Arn"))}))
	default:
		s.add(c.owner, c.id+"Policy"+c.suffix, "AWS::IAM::ManagedPolicy", c.at, document.MapAt(c.at, doc, field{Name: "Roles", Value: document.ListAt(c.at, s.or(holder.roleName, c.at, "connector RoleName"))}))
	}
}

func (s *sam) or(n, at *node, what string) *node {
	if n.IsSet() {
		return n
	}
	return s.missing(at, what)
}

// lambdaPermissions adds one permission for each kind that the connector asks for.
func (s *sam) lambdaPermissions(c connection, holder end, lines []string, value func(string) *node) {
	for _, kind := range []string{"Read", "Write"} {
		if !slices.Contains(c.permissions, kind) {
			continue
		}
		for _, g := range grants(permitted(lines, []string{kind})) {
			props := document.MapAt(c.at,
				field{Name: "Action", Value: document.TextAt(c.at, g.actions[0])},
				field{Name: "FunctionName", Value: s.or(holder.arn, c.at, "connector Arn")},
				field{Name: "Principal", Value: document.TextAt(c.at, g.principal)},
				field{Name: "SourceArn", Value: fill(c.at, g.source, value)})
			if g.account != "" {
				props = props.With(c.at, field{Name: "SourceAccount", Value: fill(c.at, g.account, value)})
			}
			s.add(c.owner, c.id+kind+"LambdaPermission"+c.suffix, "AWS::Lambda::Permission", c.at, props)
		}
	}
}

// permitted returns the lines of the kinds asked for; a kind is a line of its own before them.
func permitted(lines, kinds []string) []string {
	var out []string
	taken := false
	for _, line := range lines {
		if line == "Read" || line == "Write" {
			taken = slices.Contains(kinds, line)
		} else if taken {
			out = append(out, line)
		}
	}
	return out
}
