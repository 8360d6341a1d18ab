package cloudformation

import (
	"github.com/onus-dev/onus/document"

	"strconv"
	"strings"
)

// passedOn are the properties of AWS::Serverless::Function that AWS::Lambda::Function has under the same name.
var passedOn = []string{
	"Architectures", "CodeSigningConfigArn", "Description", "DurableConfig", "Environment", "EphemeralStorage",
	"FileSystemConfigs", "FunctionName", "FunctionScalingConfig", "Handler", "ImageConfig", "KmsKeyArn", "Layers",
	"LoggingConfig", "MemorySize", "PackageType", "PublishToLatestPublished", "RecursiveLoop",
	"ReservedConcurrentExecutions", "Runtime", "RuntimeManagementConfig", "SnapStart", "Tags", "TenancyConfig",
	"Timeout", "VpcConfig",
}

// target is what events of a function or state machine invoke.
type target struct {
	owner *declaration
	// ref and arn are what SAM writes for the name and the ARN: those of the alias when there is one.
	ref, arn *node
	// role is the generated execution role, nil when the template gives one.
	role *role
	// events are the events of a function, loops unrolled; defaults the HTTP APIs it is the default route of, nil
	// until asked for.
	events   []field
	defaults map[string]bool
}

// role collects the policies of a generated execution role while events are expanded.
type role struct {
	decl     *declaration
	managed  []*node
	policies []*node
	seen     map[string]bool
}

func (r *role) manage(from *node, name string) {
	if r == nil || r.seen[name] {
		return
	}
	r.seen[name] = true
	r.managed = append(r.managed, awsPolicy(from, name))
}

func (r *role) allow(from *node, name, action string, resource *node) {
	if r == nil {
		return
	}
	r.policies = append(r.policies, document.MapAt(from,
		field{Name: "PolicyName", Value: document.TextAt(from, name)},
		field{Name: "PolicyDocument", Value: policyDocument(from, action, resource)}))
}

// awsPolicy is the ARN of a policy that AWS manages.
func awsPolicy(from *node, name string) *node {
	return subAt(from, "arn:${AWS::Partition}:iam::aws:policy/"+name)
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

// function expands AWS::Serverless::Function.
func (s *sam) function(d *declaration) {
	p := d.props
	tg := &target{owner: d, ref: refAt(d.from, d.id), arn: getAttAt(d.from, d.id, "Arn")}
	props := p.Pick(d.from, passedOn...).With(d.from,
		field{Name: "Code", Value: codeOf(p)},
		field{Name: "DeadLetterConfig", Value: pickInto(p.Get("DeadLetterQueue"), d.from, "TargetArn")},
		field{Name: "CapacityProviderConfig", Value: capacityProviderConfig(p.Get("CapacityProviderConfig"))},
	)
	if mode := p.Get("Tracing"); mode.IsSet() && s.eval(mode).Display() != "Disabled" {
		props = props.With(d.from, field{Name: "TracingConfig", Value: document.MapAt(mode, field{Name: "Mode", Value: mode})})
	}
	events := p.Get("Events")
	props = props.With(d.from, field{Name: "Role", Value: s.functionRole(d, tg)})
	s.become(d, "AWS::Lambda::Function", props)
	s.alias(d, p, tg)
	s.functionURL(d, p.Get("FunctionUrlConfig"), tg)
	s.eventInvoke(d, p.Get("EventInvokeConfig"), tg)
	if events != nil && events.Kind == document.Map {
		tg.events = s.expand(events)
		for _, f := range tg.events {
			s.functionEvent(tg, f)
		}
	}
	s.finishRole(tg.role, p)
}

// codeOf makes Code of InlineCode, CodeUri and ImageUri.
func codeOf(p *node) *node {
	if image := p.Get("ImageUri"); image.IsSet() && (p.Get("PackageType").Str() == "Image" || !p.Get("CodeUri").IsSet()) {
		return document.MapAt(image, field{Name: "ImageUri", Value: image})
	}
	if inline := p.Get("InlineCode"); inline.IsSet() {
		return document.MapAt(inline, field{Name: "ZipFile", Value: inline})
	}
	if p.Get("PackageType").Str() == "Image" {
		return nil
	}
	code := s3Location(p.Get("CodeUri"), "S3Bucket", "S3Key", "S3ObjectVersion")
	if key := p.Get("SourceKMSKeyArn"); key.IsSet() && code.IsSet() && !isCall(code) {
		code = code.With(code, field{Name: "SourceKMSKeyArn", Value: key})
	}
	return code
}

// capacityProviderConfig nests the short form of SAM as AWS::Lambda::Function has it.
func capacityProviderConfig(n *node) *node {
	if n == nil || n.Kind != document.Map || isCall(n) {
		return n
	}
	return document.MapAt(n, field{Name: "LambdaManagedInstancesCapacityProviderConfig", Value: document.MapAt(n,
		field{Name: "CapacityProviderArn", Value: n.Get("Arn")},
		field{Name: "PerExecutionEnvironmentMaxConcurrency", Value: n.Get("PerExecutionEnvironmentMaxConcurrency")},
		field{Name: "ExecutionEnvironmentMemoryGiBPerVCpu", Value: n.Get("ExecutionEnvironmentMemoryGiBPerVCpu")})})
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
			basic.manage(from, "AWSXRayDaemonWriteAccess")
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
		m, doc := samPolicy(policy)
		if m != nil {
			managed = append(managed, m)
		}
		if doc != nil {
			inline = append(inline, document.MapAt(policy,
				field{Name: "PolicyName", Value: document.TextAt(policy, r.decl.id+"Policy"+strconv.Itoa(i))},
				field{Name: "PolicyDocument", Value: doc}))
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
// inline document, and a SAM policy template, which is kept as written ({"S3ReadPolicy": {"BucketName": …}}).
func samPolicy(n *node) (managed, doc *node) {
	if name, ok := n.Scalar(); ok {
		if strings.HasPrefix(name, "arn:") || strings.Contains(name, "{{resolve:") {
			return n, nil
		}
		return awsPolicy(n, name), nil
	}
	if isCall(n) {
		return n, nil
	}
	return nil, n
}

// alias expands AutoPublishAlias to a version and an alias, which events invoke from then on. SAM sets no runtime
// policy on the version; it is given the function's here, since a function that asks for less than automatic updates
// must not look better through its alias.
func (s *sam) alias(d *declaration, p *node, tg *target) {
	name := p.Get("AutoPublishAlias")
	if !name.IsSet() {
		return
	}
	text, _ := s.eval(name).Text()
	id := d.id + "Alias" + strings.NewReplacer("-", "D", "_", "U").Replace(text)
	version := s.add(d, d.id+"Version", "AWS::Lambda::Version", name, document.MapAt(name,
		field{Name: "FunctionName", Value: tg.ref},
		field{Name: "Description", Value: p.Get("VersionDescription")},
		field{Name: "RuntimePolicy", Value: p.Get("RuntimeManagementConfig")}))
	if p.Get("CapacityProviderConfig").IsSet() {
		version.props = version.props.With(name, field{Name: "FunctionScalingConfig", Value: p.Get("FunctionScalingConfig")})
	}
	s.add(d, id, "AWS::Lambda::Alias", name, document.MapAt(name,
		field{Name: "Name", Value: name},
		field{Name: "FunctionName", Value: tg.ref},
		field{Name: "FunctionVersion", Value: getAttAt(name, version.id, "Version")},
		field{Name: "ProvisionedConcurrencyConfig", Value: p.Get("ProvisionedConcurrencyConfig")}))
	s.template.alias[d.id+".Version"], s.template.alias[d.id+".Alias"] = version.id, id
	tg.ref, tg.arn = refAt(name, id), refAt(name, id)
	s.deployment(d, p.Get("DeploymentPreference"))
}

// deployment expands DeploymentPreference to CodeDeploy.
func (s *sam) deployment(d *declaration, n *node) {
	if n == nil || n.Kind != document.Map || isCall(n) || n.Get("Enabled").Str() == "false" {
		return
	}
	shared := &declaration{source: d.source}
	if !s.deployed {
		s.deployed = true
		s.add(shared, "ServerlessDeploymentApplication", "AWS::CodeDeploy::Application", n, document.MapAt(n, field{Name: "ComputePlatform", Value: document.TextAt(n, "Lambda")}))
	}
	roleArn := n.Get("Role")
	if !roleArn.IsSet() {
		roleArn = getAttAt(n, "CodeDeployServiceRole", "Arn")
		s.add(shared, "CodeDeployServiceRole", "AWS::IAM::Role", n, document.MapAt(n,
			field{Name: "AssumeRolePolicyDocument", Value: trust(n, "codedeploy.amazonaws.com")},
			field{Name: "ManagedPolicyArns", Value: document.ListAt(n, awsPolicy(n, "service-role/AWSCodeDeployRoleForLambdaLimited"))}))
	}
	s.add(d, d.id+"DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup", n, document.MapAt(n,
		field{Name: "ApplicationName", Value: refAt(n, "ServerlessDeploymentApplication")},
		field{Name: "ServiceRoleArn", Value: roleArn}))
}

// functionURL expands FunctionUrlConfig; a URL without authentication is opened to everyone by two permissions.
func (s *sam) functionURL(d *declaration, n *node, tg *target) {
	if !n.IsSet() || n.Kind != document.Map {
		return
	}
	s.add(d, d.id+"Url", "AWS::Lambda::Url", n, n.Pick(n, "AuthType", "Cors", "InvokeMode").With(n, field{Name: "TargetFunctionArn", Value: tg.ref}))
	if n.Get("AuthType").Str() != "NONE" {
		return
	}
	s.add(d, d.id+"UrlPublicPermissions", "AWS::Lambda::Permission", n, document.MapAt(n,
		field{Name: "Action", Value: document.TextAt(n, "lambda:InvokeFunctionUrl")},
		field{Name: "FunctionName", Value: tg.ref},
		field{Name: "Principal", Value: document.TextAt(n, "*")},
		field{Name: "FunctionUrlAuthType", Value: n.Get("AuthType")}))
	s.add(d, d.id+"URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", n, document.MapAt(n,
		field{Name: "Action", Value: document.TextAt(n, "lambda:InvokeFunction")},
		field{Name: "FunctionName", Value: tg.ref},
		field{Name: "Principal", Value: document.TextAt(n, "*")},
		field{Name: "InvokedViaFunctionUrl", Value: document.BoolAt(n, true)}))
}

// eventInvoke expands EventInvokeConfig, with the queue or topic that a destination without an ARN makes.
func (s *sam) eventInvoke(d *declaration, n *node, tg *target) {
	if !n.IsSet() || n.Kind != document.Map {
		return
	}
	id := d.id + "EventInvokeConfig"
	qualifier := document.TextAt(n, "$LATEST")
	if alias := d.raw.At("Properties", "AutoPublishAlias"); alias.IsSet() {
		qualifier = alias
	}
	config := document.MapAt(n)
	for _, f := range fieldsOf(n.At("DestinationConfig")) {
		destination := f.Value.Get("Destination")
		kind := f.Value.Get("Type").Str()
		if made := map[string]string{"SQS": "Queue", "SNS": "Topic"}[kind]; made != "" {
			destination = s.destination(d, id+f.Name+made, "AWS::"+kind+"::"+made, f.Value)
		}
		action := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "EventBridge": "events:PutEvents", "Lambda": "lambda:InvokeFunction", "S3Bucket": "s3:PutObject"}[kind]
		if destination.IsSet() {
			tg.role.allow(f.Value, id+f.Name+"Policy", action, destination)
			config = config.With(n, field{Name: f.Name, Value: document.MapAt(f.Value, field{Name: "Destination", Value: destination})})
		}
	}
	if len(config.Fields) == 0 {
		config = nil
	}
	s.add(d, id, "AWS::Lambda::EventInvokeConfig", n, n.Pick(n, "MaximumEventAgeInSeconds", "MaximumRetryAttempts").With(n,
		field{Name: "FunctionName", Value: refAt(n, d.id)},
		field{Name: "Qualifier", Value: qualifier},
		field{Name: "DestinationConfig", Value: config}))
}

// destination returns the ARN that a destination names, or makes a queue or topic where it names none.
func (s *sam) destination(d *declaration, id, typ string, n *node) *node {
	given := n.Get("Destination")
	generated := getAttAt(n, id, "Arn")
	if typ == "AWS::SNS::Topic" {
		generated = refAt(n, id)
	}
	if !given.IsSet() {
		s.add(d, id, typ, n, document.MapAt(n))
		return generated
	}
	value, condition, made := s.whereNone(d, given, generated)
	if made {
		owner := *d
		owner.condition = condition
		s.add(&owner, id, typ, n, document.MapAt(n))
	}
	return value
}
