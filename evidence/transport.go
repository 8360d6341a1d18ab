package evidence

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// transportPolicy derives onus::TransportPolicy of a bucket, queue, topic or file system: TLSOnly is true when its policy
// denies what comes without TLS, which its endpoint takes otherwise. A policy that is not known leaves it open.
func (d *Dossier) transportPolicy() Part {
	root := d.root()
	if root == nil {
		return Part{}
	}
	var because []workload.Evidence
	result, why := triFalse, []inventory.Step(nil)
	look := func(property string, v inventory.Value) {
		if v.IsNull() {
			return
		}
		got := deniesPlain(root.Type, v)
		if got == triUnknown {
			why = append(why, v.Unresolved()...)
		}
		result = result.or(got)
		because = append(because, workload.Evidence{Property: property, Value: got.value(v.Origin(), why)})
	}
	if p, ok := d.Workload.Parts["policy"]; ok {
		switch {
		case p.Unknown:
			result, why = triUnknown, p.Why
		case p.Resource != nil:
			look(p.Resource.Type+".PolicyDocument", p.Resource.Get("PolicyDocument"))
		}
	}
	for _, property := range []string{"Policy", "FileSystemPolicy"} {
		look(root.Type+"."+property, root.Get(property))
	}
	value := fact(inventory.Property{Name: "TLSOnly", Value: result.value(root.Origin, why)})
	return Part{Value: value, Because: because, Resources: []*inventory.Resource{root}}
}

// deniesPlain tells whether a policy document of a type's resource has a statement that denies every request without TLS:
// to anyone, whatever else holds, for all that reads or writes data.
func deniesPlain(typ string, v inventory.Value) tri {
	if v.IsUnknown() && v.Partial() == "" {
		return triUnknown
	}
	var ignored diag.List // the checks of identity tell what is wrong with a policy
	doc := identity.ParseDocument(v, &ignored)
	result := triFalse
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect == identity.Deny && len(s.Conditions) == 1 && plainRequest(s.Conditions[0]) {
			result = result.or(toAnyone(s).and(forData(typ, s)).and(onData(typ, s)))
		}
	}
	if len(doc.Open) > 0 {
		return result.or(triUnknown)
	}
	return result
}

// toAnyone tells whether a statement is about every principal.
func toAnyone(s *identity.Statement) tri {
	result := triFalse
	for _, p := range s.Principals {
		switch {
		case s.NotPrincipal:
			return triFalse
		case p.Kind == identity.Anyone:
			return triTrue
		case p.Kind == identity.UnknownPrincipal:
			result = triUnknown
		}
	}
	return result
}

// dataActions are what clients of a type do with its data.
func dataActions(typ string) []string {
	switch typ {
	case "AWS::S3::Bucket":
		return []string{"s3:getobject", "s3:putobject"}
	case "AWS::SQS::Queue":
		return []string{"sqs:sendmessage", "sqs:receivemessage"}
	case "AWS::SNS::Topic":
		return []string{"sns:publish"}
	case "AWS::EFS::FileSystem":
		return []string{"elasticfilesystem:clientmount"}
	}
	return nil
}

// forData tells whether a statement is about the data actions of a type.
func forData(typ string, s *identity.Statement) tri {
	result := triTrue
	for _, action := range dataActions(typ) {
		named := triFalse
		for _, p := range s.Actions {
			named = named.or(textMatches(strings.ToLower(p.Text), action))
		}
		if s.NotAction {
			named = named.not()
		}
		result = result.and(named)
	}
	return result
}

// onData tells whether a statement about a bucket is about its objects: the ARN of the bucket alone is not.
func onData(typ string, s *identity.Statement) tri {
	if typ != "AWS::S3::Bucket" || len(s.Resources) == 0 {
		return triTrue
	}
	result := triFalse
	for _, p := range s.Resources {
		switch {
		case strings.HasSuffix(p.Text, "*"):
			result = triTrue
		case strings.HasSuffix(p.Text, "}"):
			result = result.or(triUnknown)
		}
	}
	if s.NotResource {
		return result.not()
	}
	return result
}

// textMatches holds a pattern that may have unknown parts against a text.
func textMatches(pattern, text string) tri {
	switch {
	case strings.Contains(pattern, "${"):
		return triUnknown
	case wild(pattern, text):
		return triTrue
	}
	return triFalse
}

// plainRequest reports a condition that holds for every request without TLS. Such a request has no version of TLS, so that
// a comparison of versions holds for it only with IfExists.
func plainRequest(c identity.Condition) bool {
	if c.Operator == "NumericLessThan" {
		return c.IfExists && c.Key == "s3:tlsversion"
	}
	if c.Operator != "Bool" || c.Key != "aws:securetransport" {
		return false
	}
	return slices.ContainsFunc(flat(c.Value, 0), func(v inventory.Value) bool {
		b, ok := v.Bool()
		return ok && !b
	})
}

// target derives onus::Target of a bucket or queue: whether others send their logs or their failed messages to it.
func (d *Dossier) target() Part {
	root := d.root()
	if root == nil {
		return Part{}
	}
	logs := d.referredTo(root, []parameterGroup{
		{"LoggingConfiguration.DestinationBucketName", "AWS::S3::Bucket"}, {"LoggingConfiguration.DestinationBucketName", "AWS::S3::BucketLogging"},
		{"S3BucketName", "AWS::CloudTrail::Trail"}, {"AccessLogs", "AWS::ElasticLoadBalancingV2::LoadBalancer"},
		{"LoadBalancerAttributes", "AWS::ElasticLoadBalancingV2::LoadBalancer"}, {"AccessLoggingPolicy", "AWS::ElasticLoadBalancing::LoadBalancer"},
		{"DistributionConfig.Logging", "AWS::CloudFront::Distribution"}, {"LogDestination", "AWS::EC2::FlowLog"},
	})
	failed := d.referredTo(root, []parameterGroup{
		{"RedrivePolicy", "AWS::SQS::Queue"}, {"RedrivePolicy", "AWS::SQS::QueueRedrivePolicy"}, {"RedrivePolicy", "AWS::SNS::Subscription"},
		{"DeadLetterConfig", "AWS::Lambda::Function"}, {"DestinationConfig", "AWS::Lambda::EventInvokeConfig"},
		{"DestinationConfig", "AWS::Lambda::EventSourceMapping"}, {"Targets", "AWS::Events::Rule"}, {"Target", "AWS::Scheduler::Schedule"},
		{"DeadLetterConfig", "AWS::Events::Rule"},
	})
	value := fact(
		inventory.Property{Name: "DeadLetters", Value: inventory.BoolValue(failed, root.Origin)},
		inventory.Property{Name: "Logs", Value: inventory.BoolValue(logs, root.Origin)},
	)
	return Part{Value: value, Resources: []*inventory.Resource{root}}
}

// referredTo reports whether any resource of the types refers to the root by the property, or names it.
func (d *Dossier) referredTo(root *inventory.Resource, by []parameterGroup) bool {
	for _, b := range by {
		refs := d.g.referrersOf(b.typ, b.property)
		if len(refs.to[d.declared(root)]) > 0 {
			return true
		}
		for _, name := range namesOf(root) {
			if slices.ContainsFunc(refs.texts[name], func(r *inventory.Resource) bool { return r.Scope == root.Scope }) {
				return true
			}
		}
	}
	return false
}

// declared is the resource as the inventory has it, without what is laid over it: references lead there.
func (d *Dossier) declared(view *inventory.Resource) *inventory.Resource {
	for _, r := range d.g.ix.At(view.Scope, view.Address) {
		if r.Type == view.Type {
			return r
		}
	}
	return view
}
