package evidence

import (
	"slices"

	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// policiesBy are the resource policies of the input by what they are for, and by what holds them.
type policiesBy struct {
	of map[resourceKey][]identity.ResourceAccess
	// stray are policies whose target is unknown, by scope and type of the holder.
	stray map[[2]string][]identity.ResourceAccess
}

type resourceKey struct{ scope, address string }

func keyOf(r *inventory.Resource) resourceKey { return resourceKey{r.Scope, r.Address} }

// policyTargets says by which property a policy names what it is for, and the type of that.
var policyTargets = map[string]struct{ property, typ string }{
	"AWS::S3::BucketPolicy": {"Bucket", "AWS::S3::Bucket"}, "AWS::SQS::QueuePolicy": {"Queues", "AWS::SQS::Queue"},
	"AWS::SQS::QueueInlinePolicy": {"Queue", "AWS::SQS::Queue"}, "AWS::SNS::TopicPolicy": {"Topics", "AWS::SNS::Topic"},
	"AWS::SNS::TopicInlinePolicy": {"TopicArn", "AWS::SNS::Topic"}, "AWS::KMS::KeyPolicy": {"KeyId", "AWS::KMS::Key"},
	"AWS::Lambda::Permission": {"FunctionName", "AWS::Lambda::Function"}, "AWS::Events::EventBusPolicy": {"EventBusName", "AWS::Events::EventBus"},
	"AWS::SecretsManager::ResourcePolicy": {"SecretId", "AWS::SecretsManager::Secret"}, "AWS::ECR::RepositoryPolicy": {"Repository", "AWS::ECR::Repository"},
	"AWS::EFS::FileSystemPolicy": {"FileSystemId", "AWS::EFS::FileSystem"}, "AWS::OpenSearchService::DomainPolicy": {"DomainName", "AWS::OpenSearchService::Domain"},
	"AWS::ApiGateway::RestApiPolicy": {"RestApiId", "AWS::ApiGateway::RestApi"}, "AWS::Backup::VaultPolicy": {"BackupVaultName", "AWS::Backup::BackupVault"},
	"AWS::DynamoDB::ResourcePolicy": {"ResourceArn", "AWS::DynamoDB::Table"}, "AWS::Lambda::LayerVersionPermission": {"LayerVersionArn", "AWS::Lambda::LayerVersion"},
}

func (g *Gatherer) resourcePolicies() *policiesBy {
	if g.policies != nil {
		return g.policies
	}
	g.policies = &policiesBy{of: map[resourceKey][]identity.ResourceAccess{}, stray: map[[2]string][]identity.ResourceAccess{}}
	names := map[string]map[string][]*inventory.Resource{}
	for _, one := range g.identity.ResourcePolicies() {
		targets := one.Targets
		if to, beside := policyTargets[one.Holder.Type]; beside {
			targets = g.targetsOf(one, to.property, to.typ, names)
		}
		g.policies.add(one, targets)
	}
	return g.policies
}

// targetsOf are the resources that a policy beside them is for: those that it refers to, or calls by name.
func (g *Gatherer) targetsOf(one identity.ResourceAccess, property, typ string, names map[string]map[string][]*inventory.Resource) []*inventory.Resource {
	out := slices.DeleteFunc(slices.Clone(one.Targets), func(t *inventory.Resource) bool { return t.Type != typ })
	if len(out) > 0 {
		return out
	}
	if names[typ] == nil {
		names[typ] = map[string][]*inventory.Resource{}
		for _, r := range g.ix.OfType(typ) {
			for _, name := range namesOf(r) {
				names[typ][name] = append(names[typ][name], r)
			}
		}
	}
	for _, v := range flat(one.Holder.Get(property), 0) {
		text, _ := v.Text()
		for _, r := range names[typ][text] {
			if r.Scope == one.Holder.Scope && !r.Lookup {
				out = append(out, r)
			}
		}
	}
	return out
}

func (p *policiesBy) add(one identity.ResourceAccess, targets []*inventory.Resource) {
	for _, t := range targets {
		p.of[keyOf(t)] = append(p.of[keyOf(t)], one)
	}
	to, beside := policyTargets[one.Holder.Type]
	if !beside || len(targets) > 0 {
		return
	}
	p.of[keyOf(one.Holder)] = append(p.of[keyOf(one.Holder)], one)
	if slices.ContainsFunc(flat(one.Holder.Get(to.property), 0), func(v inventory.Value) bool { return v.IsUnknown() && len(v.AllRefs()) == 0 }) {
		key := [2]string{one.Holder.Scope, to.typ}
		p.stray[key] = append(p.stray[key], one)
	}
}

// resourceAccess derives onus::ResourceAccess: whom the resource policies of a resource let in. A policy that names what it
// is for is judged there; one whose target is not in the input is judged where it stands.
func (g *Gatherer) resourceAccess(r *inventory.Resource) Part {
	if g.identity == nil || r.Lookup {
		return Part{Value: inventory.UnknownValue(r.Origin, inventory.Step{Name: r.Address, Note: "is not declared in the input", At: r.Origin})}
	}
	all := g.resourcePolicies()
	own := all.of[keyOf(r)]
	a := newAnswers(r.Origin, "Public", "CrossAccount", "UnguardedService")
	for _, policy := range own {
		a.policy(policy)
	}
	for _, policy := range all.stray[[2]string{r.Scope, r.Type}] {
		v := policy.Holder.Origin
		why := inventory.Step{Name: policy.Holder.Address, Note: "may be for it", At: v}
		if len(policy.Access) > 0 && policy.Access[0].Verdict >= identity.CrossAccount {
			a.openAll(workload.Evidence{Property: policy.Holder.Type, Value: inventory.UnknownValue(v, why)})
		}
	}
	return a.part(r, inventory.Property{Name: "Policies", Value: inventory.NumberValue(float64(len(own)), r.Origin)})
}

// policy judges one policy.
func (a *answers) policy(p identity.ResourceAccess) {
	property := p.Holder.Type
	if p.Property != "" {
		property += "." + p.Property + ".Statement"
	}
	for _, one := range p.Access {
		if ofURL(one.Statement) {
			continue
		}
		e := accessEvidence(property, one)
		a.add("Public", lets(one, identity.Public), e)
		a.add("CrossAccount", max(lets(one, identity.CrossAccount), lets(one, identity.UnguardedFederation)), e)
		a.add("UnguardedService", lets(one, identity.UnguardedService), e)
	}
	for _, v := range p.Document.Open {
		a.openAll(workload.Evidence{Property: property, Value: inventory.UnknownValue(v.Origin(), openSteps(v)...)})
	}
}

// ofURL reports whether a statement is about a function's URL alone: whether that asks for a caller's signature is judged
// at the URL.
func ofURL(s *identity.Statement) bool {
	return slices.ContainsFunc(s.Conditions, func(c identity.Condition) bool {
		return c.Key == "lambda:functionurlauthtype" || c.Key == "lambda:invokedviafunctionurl"
	})
}
