package cloudformation

import (
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
	r.policies = append(r.policies, mapAt(from,
		field{name: "PolicyName", value: textAt(from, name)},
		field{name: "PolicyDocument", value: document(from, action, resource)}))
}

// awsPolicy is the ARN of a policy that AWS manages.
func awsPolicy(from *node, name string) *node {
	return subAt(from, "arn:${AWS::Partition}:iam::aws:policy/"+name)
}

// document is an IAM policy of one statement.
func document(from *node, action string, resource *node) *node {
	return mapAt(from,
		field{name: "Version", value: textAt(from, "2012-10-17")},
		field{name: "Statement", value: listAt(from, mapAt(from,
			field{name: "Effect", value: textAt(from, "Allow")},
			field{name: "Action", value: textAt(from, action)},
			field{name: "Resource", value: resource}))})
}

// trust is the policy that lets a service assume a role.
func trust(from *node, service string) *node {
	return mapAt(from,
		field{name: "Version", value: textAt(from, "2012-10-17")},
		field{name: "Statement", value: listAt(from, mapAt(from,
			field{name: "Effect", value: textAt(from, "Allow")},
			field{name: "Action", value: listAt(from, textAt(from, "sts:AssumeRole"))},
			field{name: "Principal", value: mapAt(from, field{name: "Service", value: listAt(from, textAt(from, service))})}))})
}

// function expands AWS::Serverless::Function.
func (s *sam) function(d *declaration) {
	p := d.props
	tg := &target{owner: d, ref: refAt(d.from, d.id), arn: getAttAt(d.from, d.id, "Arn")}
	props := p.pick(d.from, passedOn...).with(d.from,
		field{name: "Code", value: codeOf(p)},
		field{name: "DeadLetterConfig", value: p.get("DeadLetterQueue").pickInto(d.from, "TargetArn")},
		field{name: "CapacityProviderConfig", value: capacityProviderConfig(p.get("CapacityProviderConfig"))},
	)
	if mode := p.get("Tracing"); mode.isSet() && s.eval(mode).Display() != "Disabled" {
		props = props.with(d.from, field{name: "TracingConfig", value: mapAt(mode, field{name: "Mode", value: mode})})
	}
	events := p.get("Events")
	props = props.with(d.from, field{name: "Role", value: s.functionRole(d, tg)})
	s.become(d, "AWS::Lambda::Function", props)
	s.alias(d, p, tg)
	s.functionURL(d, p.get("FunctionUrlConfig"), tg)
	s.eventInvoke(d, p.get("EventInvokeConfig"), tg)
	if events != nil && events.kind == mapNode {
		tg.events = s.expand(events)
		for _, f := range tg.events {
			s.functionEvent(tg, f)
		}
	}
	s.finishRole(tg.role, p)
}

// pickInto is pick for a map that may be missing.
func (n *node) pickInto(from *node, names ...string) *node {
	if n == nil || n.kind != mapNode || n.isCall() {
		return n
	}
	return n.pick(from, names...)
}

// codeOf makes Code of InlineCode, CodeUri and ImageUri.
func codeOf(p *node) *node {
	if image := p.get("ImageUri"); image.isSet() && (p.get("PackageType").str() == "Image" || !p.get("CodeUri").isSet()) {
		return mapAt(image, field{name: "ImageUri", value: image})
	}
	if inline := p.get("InlineCode"); inline.isSet() {
		return mapAt(inline, field{name: "ZipFile", value: inline})
	}
	if p.get("PackageType").str() == "Image" {
		return nil
	}
	code := s3Location(p.get("CodeUri"), "S3Bucket", "S3Key", "S3ObjectVersion")
	if key := p.get("SourceKMSKeyArn"); key.isSet() && code.isSet() && !code.isCall() {
		code = code.with(code, field{name: "SourceKMSKeyArn", value: key})
	}
	return code
}

// capacityProviderConfig nests the short form of SAM as AWS::Lambda::Function has it.
func capacityProviderConfig(n *node) *node {
	if n == nil || n.kind != mapNode || n.isCall() {
		return n
	}
	return mapAt(n, field{name: "LambdaManagedInstancesCapacityProviderConfig", value: mapAt(n,
		field{name: "CapacityProviderArn", value: n.get("Arn")},
		field{name: "PerExecutionEnvironmentMaxConcurrency", value: n.get("PerExecutionEnvironmentMaxConcurrency")},
		field{name: "ExecutionEnvironmentMemoryGiBPerVCpu", value: n.get("ExecutionEnvironmentMemoryGiBPerVCpu")})})
}

// functionRole returns the Role of a function. Without one, or where one branch of an Fn::If gives none, SAM generates
// <Function>Role.
func (s *sam) functionRole(d *declaration, tg *target) *node {
	given := d.props.get("Role")
	generated := getAttAt(d.from, d.id+"Role", "Arn")
	if !given.isSet() {
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
	name, arg, _ := given.call()
	args := arg.list()
	if name != "Fn::If" || len(args) != 3 {
		return given, "", false
	}
	first, second := args[1].refTarget() == "AWS::NoValue", args[2].refTarget() == "AWS::NoValue"
	condition = args[0].str()
	switch {
	case first && second:
		return generated, d.condition, true
	case first:
		args = []*node{args[0], generated, args[2]}
	case second:
		args = []*node{args[0], args[1], generated}
		negated := "NOT" + condition
		s.conditions[negated] = mapAt(given, field{name: "Fn::Not", value: listAt(given, mapAt(given, field{name: "Condition", value: textAt(given, condition)}))})
		condition = negated
	default:
		return given, "", false
	}
	return mapAt(given, field{name: "Fn::If", value: listAt(given, args...)}), s.both(d.condition, condition, given), true
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
	s.conditions[name] = mapAt(from, field{name: "Fn::And", value: listAt(from,
		mapAt(from, field{name: "Condition", value: textAt(from, a)}),
		mapAt(from, field{name: "Condition", value: textAt(from, b)}))})
	return name
}

// newRole begins a generated execution role.
func (s *sam) newRole(d *declaration, from *node, service string) *role {
	r := &role{seen: map[string]bool{}}
	p := d.props
	r.decl = &declaration{id: d.id + "Role", typ: "AWS::IAM::Role", source: d.source, from: from, condition: d.condition, many: d.many}
	assume := p.get("AssumeRolePolicyDocument")
	if !assume.isSet() {
		assume = trust(from, service)
	}
	r.decl.props = mapAt(from,
		field{name: "AssumeRolePolicyDocument", value: assume},
		field{name: "Path", value: p.get("RolePath")},
		field{name: "PermissionsBoundary", value: p.get("PermissionsBoundary")},
		field{name: "Tags", value: p.get("Tags")})
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
		basic.manage(from, map[bool]string{true: "service-role/AWSLambdaBasicDurableExecutionRolePolicy", false: "service-role/AWSLambdaBasicExecutionRole"}[p.get("DurableConfig").isSet()])
		if mode := p.get("Tracing"); mode.isSet() && s.eval(mode).Display() != "Disabled" {
			basic.manage(from, "AWSXRayDaemonWriteAccess")
		}
		if p.get("VpcConfig").isSet() {
			basic.manage(from, "service-role/AWSLambdaVPCAccessExecutionRole")
		}
	}
	managed, inline := basic.managed, r.policies
	if dead := p.get("DeadLetterQueue"); dead.isSet() && dead.kind == mapNode {
		action := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}[dead.get("Type").str()]
		q := &role{}
		q.allow(dead, "DeadLetterQueuePolicy", action, dead.get("TargetArn"))
		inline = append(q.policies, inline...)
	}
	for i, policy := range p.get("Policies").list() {
		m, doc := samPolicy(policy)
		if m != nil {
			managed = append(managed, m)
		}
		if doc != nil {
			inline = append(inline, mapAt(policy,
				field{name: "PolicyName", value: textAt(policy, r.decl.id+"Policy"+strconv.Itoa(i))},
				field{name: "PolicyDocument", value: doc}))
		}
	}
	managed = append(managed, r.managed...)
	if len(managed) > 0 {
		r.decl.props = r.decl.props.with(from, field{name: "ManagedPolicyArns", value: listAt(from, managed...)})
	}
	if len(inline) > 0 {
		r.decl.props = r.decl.props.with(from, field{name: "Policies", value: listAt(from, inline...)})
	}
	if !s.ids[r.decl.id] {
		s.ids[r.decl.id] = true
		s.out = append(s.out, r.decl)
	}
}

// samPolicy tells the kinds of entries of Policies apart: the ARN or name of a managed policy, a reference to one, an
// inline document, and a SAM policy template, which is kept as written ({"S3ReadPolicy": {"BucketName": …}}).
func samPolicy(n *node) (managed, doc *node) {
	if name, ok := n.scalar(); ok {
		if strings.HasPrefix(name, "arn:") || strings.Contains(name, "{{resolve:") {
			return n, nil
		}
		return awsPolicy(n, name), nil
	}
	if n.isCall() {
		return n, nil
	}
	return nil, n
}

// alias expands AutoPublishAlias to a version and an alias, which events invoke from then on. SAM sets no runtime
// policy on the version; it is given the function's here, since a function that asks for less than automatic updates
// must not look better through its alias.
func (s *sam) alias(d *declaration, p *node, tg *target) {
	name := p.get("AutoPublishAlias")
	if !name.isSet() {
		return
	}
	text, _ := s.eval(name).Text()
	id := d.id + "Alias" + strings.NewReplacer("-", "D", "_", "U").Replace(text)
	version := s.add(d, d.id+"Version", "AWS::Lambda::Version", name, mapAt(name,
		field{name: "FunctionName", value: tg.ref},
		field{name: "Description", value: p.get("VersionDescription")},
		field{name: "RuntimePolicy", value: p.get("RuntimeManagementConfig")}))
	if p.get("CapacityProviderConfig").isSet() {
		version.props = version.props.with(name, field{name: "FunctionScalingConfig", value: p.get("FunctionScalingConfig")})
	}
	s.add(d, id, "AWS::Lambda::Alias", name, mapAt(name,
		field{name: "Name", value: name},
		field{name: "FunctionName", value: tg.ref},
		field{name: "FunctionVersion", value: getAttAt(name, version.id, "Version")},
		field{name: "ProvisionedConcurrencyConfig", value: p.get("ProvisionedConcurrencyConfig")}))
	s.template.alias[d.id+".Version"], s.template.alias[d.id+".Alias"] = version.id, id
	tg.ref, tg.arn = refAt(name, id), refAt(name, id)
	s.deployment(d, p.get("DeploymentPreference"))
}

// deployment expands DeploymentPreference to CodeDeploy.
func (s *sam) deployment(d *declaration, n *node) {
	if n == nil || n.kind != mapNode || n.isCall() || n.get("Enabled").str() == "false" {
		return
	}
	shared := &declaration{source: d.source}
	if !s.deployed {
		s.deployed = true
		s.add(shared, "ServerlessDeploymentApplication", "AWS::CodeDeploy::Application", n, mapAt(n, field{name: "ComputePlatform", value: textAt(n, "Lambda")}))
	}
	roleArn := n.get("Role")
	if !roleArn.isSet() {
		roleArn = getAttAt(n, "CodeDeployServiceRole", "Arn")
		s.add(shared, "CodeDeployServiceRole", "AWS::IAM::Role", n, mapAt(n,
			field{name: "AssumeRolePolicyDocument", value: trust(n, "codedeploy.amazonaws.com")},
			field{name: "ManagedPolicyArns", value: listAt(n, awsPolicy(n, "service-role/AWSCodeDeployRoleForLambdaLimited"))}))
	}
	s.add(d, d.id+"DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup", n, mapAt(n,
		field{name: "ApplicationName", value: refAt(n, "ServerlessDeploymentApplication")},
		field{name: "ServiceRoleArn", value: roleArn}))
}

// functionURL expands FunctionUrlConfig; a URL without authentication is opened to everyone by two permissions.
func (s *sam) functionURL(d *declaration, n *node, tg *target) {
	if !n.isSet() || n.kind != mapNode {
		return
	}
	s.add(d, d.id+"Url", "AWS::Lambda::Url", n, n.pick(n, "AuthType", "Cors", "InvokeMode").with(n, field{name: "TargetFunctionArn", value: tg.ref}))
	if n.get("AuthType").str() != "NONE" {
		return
	}
	s.add(d, d.id+"UrlPublicPermissions", "AWS::Lambda::Permission", n, mapAt(n,
		field{name: "Action", value: textAt(n, "lambda:InvokeFunctionUrl")},
		field{name: "FunctionName", value: tg.ref},
		field{name: "Principal", value: textAt(n, "*")},
		field{name: "FunctionUrlAuthType", value: n.get("AuthType")}))
	s.add(d, d.id+"URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", n, mapAt(n,
		field{name: "Action", value: textAt(n, "lambda:InvokeFunction")},
		field{name: "FunctionName", value: tg.ref},
		field{name: "Principal", value: textAt(n, "*")},
		field{name: "InvokedViaFunctionUrl", value: boolAt(n, true)}))
}

// eventInvoke expands EventInvokeConfig, with the queue or topic that a destination without an ARN makes.
func (s *sam) eventInvoke(d *declaration, n *node, tg *target) {
	if !n.isSet() || n.kind != mapNode {
		return
	}
	id := d.id + "EventInvokeConfig"
	qualifier := textAt(n, "$LATEST")
	if alias := d.raw.at("Properties", "AutoPublishAlias"); alias.isSet() {
		qualifier = alias
	}
	config := mapAt(n)
	for _, f := range n.at("DestinationConfig").all() {
		destination := f.value.get("Destination")
		kind := f.value.get("Type").str()
		if made := map[string]string{"SQS": "Queue", "SNS": "Topic"}[kind]; made != "" {
			destination = s.destination(d, id+f.name+made, "AWS::"+kind+"::"+made, f.value)
		}
		action := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "EventBridge": "events:PutEvents", "Lambda": "lambda:InvokeFunction", "S3Bucket": "s3:PutObject"}[kind]
		if destination.isSet() {
			tg.role.allow(f.value, id+f.name+"Policy", action, destination)
			config = config.with(n, field{name: f.name, value: mapAt(f.value, field{name: "Destination", value: destination})})
		}
	}
	if len(config.fields) == 0 {
		config = nil
	}
	s.add(d, id, "AWS::Lambda::EventInvokeConfig", n, n.pick(n, "MaximumEventAgeInSeconds", "MaximumRetryAttempts").with(n,
		field{name: "FunctionName", value: refAt(n, d.id)},
		field{name: "Qualifier", value: qualifier},
		field{name: "DestinationConfig", value: config}))
}

// destination returns the ARN that a destination names, or makes a queue or topic where it names none.
func (s *sam) destination(d *declaration, id, typ string, n *node) *node {
	given := n.get("Destination")
	generated := getAttAt(n, id, "Arn")
	if typ == "AWS::SNS::Topic" {
		generated = refAt(n, id)
	}
	if !given.isSet() {
		s.add(d, id, typ, n, mapAt(n))
		return generated
	}
	value, condition, made := s.whereNone(d, given, generated)
	if made {
		owner := *d
		owner.condition = condition
		s.add(&owner, id, typ, n, mapAt(n))
	}
	return value
}

// all returns the fields of a map, nil for anything else.
func (n *node) all() []field {
	if n == nil || n.isCall() {
		return nil
	}
	return n.fields
}
