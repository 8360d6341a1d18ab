package cloudformation

import (
	_ "embed" // the names of managed policies
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/document"
)

// role collects the policies of a generated execution role while events are expanded.
type role struct {
	decl     *declaration
	managed  []*node
	policies []*node
	seen     map[string]bool
	// documents are the inline policies by the hash of what they allow.
	documents map[string]bool
}

func (r *role) manage(from *node, name string) {
	if r == nil || r.seen[name] {
		return
	}
	r.seen[name] = true
	r.managed = append(r.managed, awsPolicy(from, name))
}

// inline adds a policy of its own to the role, unless one with the same document is there.
func (r *role) inline(from *node, name string, doc *node) {
	if r == nil {
		return
	}
	hash := hashOf(doc)
	if r.documents[hash] {
		return
	}
	if r.documents == nil {
		r.documents = map[string]bool{}
	}
	r.documents[hash] = true
	r.policies = append(r.policies, document.MapAt(from, field{Name: "PolicyName", Value: document.TextAt(from, name)}, field{Name: "PolicyDocument", Value: doc}))
}

func (r *role) allow(from *node, name, action string, resource *node) {
	r.inline(from, name, policyDocument(from, action, resource))
}

//go:embed sam_managed.txt
var managedTable string

// awsPolicy is the ARN of a policy that AWS manages. name may lack the path that is part of the ARN.
func awsPolicy(from *node, name string) *node {
	if !strings.Contains(name, "/") {
		for _, path := range []string{"service-role", "job-function"} {
			_, lines, _ := entry(managedTable, path)
			for _, line := range lines {
				if slices.Contains(strings.Fields(line), name) {
					name = path + "/" + name
				}
			}
		}
	}
	return subAt(from, "arn:${AWS::Partition}:iam::aws:policy/"+name)
}

// xrayPolicy is the policy that lets a function or state machine send traces; it differs outside the partition aws.
func (s *sam) xrayPolicy(from *node) string {
	if partition, known := s.eval(refAt(from, "AWS::Partition")).Text(); known && partition != "aws" {
		return "AWSXRayDaemonWriteAccess"
	}
	return "AWSXrayWriteOnlyAccess"
}

// policyDocument is an IAM policy of one statement.
func policyDocument(from *node, action string, resource *node) *node {
	return document.MapAt(from,
		field{Name: "Version", Value: document.TextAt(from, "2012-10-17")},
		field{Name: "Statement", Value: document.ListAt(from, document.MapAt(from,
			field{Name: "Effect", Value: document.TextAt(from, "Allow")},
			field{Name: "Action", Value: document.TextAt(from, action)},
			field{Name: "Resource", Value: resource}))})
}

// trust is the policy that lets a service assume a role.
func trust(from *node, service string) *node {
	return document.MapAt(from,
		field{Name: "Version", Value: document.TextAt(from, "2012-10-17")},
		field{Name: "Statement", Value: document.ListAt(from, document.MapAt(from,
			field{Name: "Effect", Value: document.TextAt(from, "Allow")},
			field{Name: "Action", Value: document.ListAt(from, document.TextAt(from, "sts:AssumeRole"))},
			field{Name: "Principal", Value: document.MapAt(from, field{Name: "Service", Value: document.ListAt(from, document.TextAt(from, service))})}))})
}

// functionRole returns the Role of a function. Without one, or where one branch of an Fn::If gives none, SAM generates
// <Function>Role.
func (s *sam) functionRole(d *declaration, tg *target) *node {
	given := d.props.Get("Role")
	generated := getAttAt(d.from, d.id+"Role", "Arn")
	if !given.IsSet() {
		tg.role = s.newRole(d, d.from, "lambda.amazonaws.com")
		return generated
	}
	value, condition, made := s.whereNone(d, given, generated)
	if made {
		tg.role = s.newRole(d, d.from, "lambda.amazonaws.com")
		tg.role.decl.condition = condition
	}
	return value
}

// whereNone puts generated in place of AWS::NoValue in a branch of an Fn::If, and names the condition under which it
// is used. made is false when no branch is AWS::NoValue.
func (s *sam) whereNone(d *declaration, given, generated *node) (value *node, condition string, made bool) {
	name, arg, _ := callOf(given)
	args := arg.List()
	if name != "Fn::If" || len(args) != 3 {
		return given, "", false
	}
	first, second := refTarget(args[1]) == "AWS::NoValue", refTarget(args[2]) == "AWS::NoValue"
	condition = args[0].Str()
	switch {
	case first && second:
		return generated, d.condition, true
	case first:
		args = []*node{args[0], generated, args[2]}
	case second:
		args = []*node{args[0], args[1], generated}
		negated := "NOT" + condition
		s.conditions[negated] = document.MapAt(given, field{Name: "Fn::Not", Value: document.ListAt(given, document.MapAt(given, field{Name: "Condition", Value: document.TextAt(given, condition)}))})
		condition = negated
	default:
		return given, "", false
	}
	return document.MapAt(given, field{Name: "Fn::If", Value: document.ListAt(given, args...)}), s.both(d.condition, condition, given), true
}

// both names a condition that holds when two do; either may be empty.
func (s *sam) both(a, b string, from *node) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	name := a + "AND" + b
	s.conditions[name] = document.MapAt(from, field{Name: "Fn::And", Value: document.ListAt(from,
		document.MapAt(from, field{Name: "Condition", Value: document.TextAt(from, a)}),
		document.MapAt(from, field{Name: "Condition", Value: document.TextAt(from, b)}))})
	return name
}

// newRole begins a generated execution role.
func (s *sam) newRole(d *declaration, from *node, service string) *role {
	r := &role{seen: map[string]bool{}}
	p := d.props
	r.decl = &declaration{id: d.id + "Role", typ: "AWS::IAM::Role", source: d.source, from: from, condition: d.condition, many: d.many}
	assume := p.Get("AssumeRolePolicyDocument")
	if !assume.IsSet() {
		assume = trust(from, service)
	}
	r.decl.props = document.MapAt(from,
		field{Name: "AssumeRolePolicyDocument", Value: assume},
		field{Name: "Path", Value: p.Get("RolePath")},
		field{Name: "PermissionsBoundary", Value: p.Get("PermissionsBoundary")},
		field{Name: "Tags", Value: p.Get("Tags")})
	return r
}

// finishRole adds a generated role with the policies of the function and of its events.
func (s *sam) finishRole(r *role, p *node) {
	if r == nil {
		return
	}
	from := r.decl.from
	basic := &role{seen: map[string]bool{}}
	if r.decl.source == serverless+"Function" {
		basic.manage(from, map[bool]string{true: "service-role/AWSLambdaBasicDurableExecutionRolePolicy", false: "service-role/AWSLambdaBasicExecutionRole"}[p.Get("DurableConfig").IsSet()])
		if mode := p.Get("Tracing"); mode.IsSet() && s.eval(mode).Display() != "Disabled" {
			basic.manage(from, s.xrayPolicy(from))
		}
		if p.Get("VpcConfig").IsSet() {
			basic.manage(from, "service-role/AWSLambdaVPCAccessExecutionRole")
		}
	}
	managed, inline := basic.managed, r.policies
	if dead := p.Get("DeadLetterQueue"); dead.IsSet() && dead.Kind == document.Map {
		action := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}[dead.Get("Type").Str()]
		q := &role{}
		q.allow(dead, "DeadLetterQueuePolicy", action, dead.Get("TargetArn"))
		inline = append(q.policies, inline...)
	}
	for i, policy := range p.Get("Policies").List() {
		m, doc := s.samPolicy(policy, r.decl.id+"Policy"+strconv.Itoa(i), 0)
		if m != nil {
			managed = append(managed, m)
		}
		if doc != nil {
			inline = append(inline, doc)
		}
	}
	managed = append(managed, r.managed...)
	if len(managed) > 0 {
		r.decl.props = r.decl.props.With(from, field{Name: "ManagedPolicyArns", Value: document.ListAt(from, managed...)})
	}
	if len(inline) > 0 {
		r.decl.props = r.decl.props.With(from, field{Name: "Policies", Value: document.ListAt(from, inline...)})
	}
	if !s.ids[r.decl.id] {
		s.ids[r.decl.id] = true
		s.out = append(s.out, r.decl)
	}
}

// samPolicy tells the kinds of entries of Policies apart: the ARN or name of a managed policy, a reference to one, an
// inline document, and a SAM policy template, which is expanded. An Fn::If is expanded in both branches.
func (s *sam) samPolicy(n *node, name string, depth int) (managed, inline *node) {
	if text, ok := n.Scalar(); ok {
		if strings.HasPrefix(text, "arn:") || strings.Contains(text, "{{resolve:") {
			return n, nil
		}
		return awsPolicy(n, text), nil
	}
	call, arg, _ := callOf(n)
	args := arg.List()
	switch {
	case call == "Fn::If" && len(args) == 3 && depth < maxDepth:
		m1, i1 := s.samPolicy(args[1], name, depth+1)
		m2, i2 := s.samPolicy(args[2], name, depth+1)
		return either(n, args[0], m1, m2), either(n, args[0], i1, i2)
	case refTarget(n) == "AWS::NoValue", n == nil:
		return nil, nil
	case call != "":
		return n, nil
	}
	doc := n
	if expanded := s.policyTemplate(n); expanded != nil {
		doc = expanded
	}
	return nil, document.MapAt(n, field{Name: "PolicyName", Value: document.TextAt(n, name)}, field{Name: "PolicyDocument", Value: doc})
}

// either is an Fn::If of two policies, of which one may be missing; nil when both are.
func either(at, condition, first, second *node) *node {
	if first == nil && second == nil {
		return nil
	}
	if first == nil {
		first = refAt(at, "AWS::NoValue")
	}
	if second == nil {
		second = refAt(at, "AWS::NoValue")
	}
	return document.MapAt(at, field{Name: "Fn::If", Value: document.ListAt(at, condition, first, second)})
}
