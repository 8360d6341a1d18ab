package cloudformation

import (
	"github.com/onus-dev/onus/document"

	"regexp"
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
	// boundary is the permissions boundary of every role that is generated for the owner.
	boundary *node
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
	s.eventInvoke(d, p, tg)
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
			field{Name: "ManagedPolicyArns", Value: document.ListAt(n, awsPolicy(n, "service-role/AWSCodeDeployRoleForLambda"))}))
	}
	s.add(d, d.id+"DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup", n, document.MapAt(n,
		field{Name: "ApplicationName", Value: refAt(n, "ServerlessDeploymentApplication")},
		field{Name: "ServiceRoleArn", Value: roleArn},
		field{Name: "DeploymentConfigName", Value: deploymentConfig(n.Get("Type"))},
		field{Name: "DeploymentStyle", Value: document.MapAt(n, field{Name: "DeploymentType", Value: document.TextAt(n, "BLUE_GREEN")}, field{Name: "DeploymentOption", Value: document.TextAt(n, "WITH_TRAFFIC_CONTROL")})},
		field{Name: "AutoRollbackConfiguration", Value: document.MapAt(n, field{Name: "Enabled", Value: document.BoolAt(n, true)}, field{Name: "Events", Value: document.ListAt(n,
			document.TextAt(n, "DEPLOYMENT_FAILURE"), document.TextAt(n, "DEPLOYMENT_STOP_ON_ALARM"), document.TextAt(n, "DEPLOYMENT_STOP_ON_REQUEST"))})},
		field{Name: "AlarmConfiguration", Value: alarms(n.Get("Alarms"), 0)},
		field{Name: "TriggerConfigurations", Value: n.Get("TriggerConfigurations")}))
}

// ownConfig tells the short names of CodeDeploy's own configurations ("Canary10Percent5Minutes") from names of others.
var ownConfig = regexp.MustCompile(`^(Canary10Percent(5|10|15|30)Minutes|Linear10PercentEvery(1Minute|2Minutes|3Minutes|10Minutes)|AllAtOnce)$`)

// deploymentConfig names how traffic is shifted.
func deploymentConfig(n *node) *node {
	if ownConfig.MatchString(n.Str()) {
		return document.TextAt(n, "CodeDeployDefault.Lambda"+n.Str())
	}
	return n
}

// alarms turns a list of alarms into a configuration, in both branches of an Fn::If.
func alarms(n *node, depth int) *node {
	name, arg, call := callOf(n)
	if args := arg.List(); name == "Fn::If" && len(args) == 3 && depth < maxDepth {
		return either(n, args[0], alarms(args[1], depth+1), alarms(args[2], depth+1))
	}
	if !n.IsSet() || call || len(n.List()) == 0 {
		return nil
	}
	var list []*node
	for _, item := range n.List() {
		list = append(list, document.MapAt(item, field{Name: "Name", Value: item}))
	}
	return document.MapAt(n, field{Name: "Enabled", Value: document.BoolAt(n, true)}, field{Name: "Alarms", Value: document.ListAt(n, list...)})
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
func (s *sam) eventInvoke(d *declaration, p *node, tg *target) {
	n := p.Get("EventInvokeConfig")
	if !n.IsSet() || n.Kind != document.Map {
		return
	}
	id := d.id + "EventInvokeConfig"
	qualifier := document.TextAt(n, "$LATEST")
	if alias := p.Get("AutoPublishAlias"); alias.IsSet() {
		qualifier = alias
	}
	config := document.MapAt(n)
	for _, f := range fieldsOf(n.At("DestinationConfig")) {
		destination := f.Value.Get("Destination")
		kind := f.Value.Get("Type").Str()
		if made := map[string]string{"SQS": "Queue", "SNS": "Topic"}[kind]; made != "" {
			destination = s.destination(d, id+f.Name+made, "AWS::"+kind+"::"+made, f.Value)
		}
		if destination.IsSet() {
			tg.role.deliver(f.Value, id+f.Name, "", destination)
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
