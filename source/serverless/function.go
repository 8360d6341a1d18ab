package serverless

import (
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// function adds the resources of a function that its events do not decide: the function, its log group, versions, alias,
// URL. It reports whether the function has the role that the framework makes.
func (s *service) function(f *function) (shared bool) {
	d, p, from := f.def, s.provider, f.from
	name := choose(d.Get("name"), s.text(from, "${self:service}-${sls:stage}-"+f.name))
	if s.unknown(d) {
		s.whole(f, name)
		return false
	}
	role, shared := s.roleOf(f)
	props := mapAt(from,
		"FunctionName", name, "Description", d.Get("description"), "Role", role,
		"MemorySize", choose(d.Get("memorySize"), p.Get("memorySize"), document.NumberAt(from, "1024")),
		"Timeout", choose(d.Get("timeout"), p.Get("timeout"), document.NumberAt(from, "6")),
		"ReservedConcurrentExecutions", d.Get("reservedConcurrency"),
		"Architectures", listed(choose(d.Get("architecture"), p.Get("architecture"))),
		"Environment", variables(from, merged(from, p.Get("environment"), d.Get("environment"))),
		"Layers", choose(d.Get("layers"), p.Get("layers")),
		"VpcConfig", vpcOf(d, p), "KmsKeyArn", choose(d.Get("kmsKeyArn"), d.Get("awsKmsKeyArn"), p.Get("kmsKeyArn")),
		"Tags", tagsOf(from, merged(from, p.Get("tags"), d.Get("tags"))),
		"TracingConfig", tracingOf(choose(d.Get("tracing"), p.At("tracing", "lambda"))),
		"LoggingConfig", loggingOf(choose(d.Get("logs"), p.At("logs", "lambda"))),
		"RuntimeManagementConfig", s.runtimeManagement(choose(d.Get("runtimeManagement"), p.Get("runtimeManagement"))),
	)
	props = props.With(from,
		field{Name: "EphemeralStorage", Value: wrap("Size", choose(d.Get("ephemeralStorageSize"), p.Get("ephemeralStorageSize")))},
		field{Name: "DeadLetterConfig", Value: wrap("TargetArn", d.Get("onError"))},
		field{Name: "FileSystemConfigs", Value: fileSystems(d.Get("fileSystemConfig"))})
	if snap := choose(d.Get("snapStart"), p.Get("snapStart")); snap.IsSet() && !no(snap) {
		props = props.With(from, field{Name: "SnapStart", Value: mapAt(snap, "ApplyOn", textAt(snap, "PublishedVersions"))})
	}
	if image := d.Get("image"); image.IsSet() {
		props = s.image(f, props, image)
	} else {
		props = s.archive(f, props)
	}
	r := s.add(f.logical, "AWS::Lambda::Function", from, props)
	r.condition = d.Get("condition")
	s.beside(f, name)
	return shared
}

// whole adds a function of which nothing is known but the name of its entry.
func (s *service) whole(f *function, name *node) {
	props := mapAt(f.from, "FunctionName", name)
	s.notes[props] = s.notes[f.def]
	s.add(f.logical, "AWS::Lambda::Function", f.from, props)
}

// archive is the code of a function that is uploaded as an archive.
func (s *service) archive(f *function, props *node) *node {
	d := f.def
	runtime := choose(d.Get("runtime"), s.provider.Get("runtime"))
	if runtime == nil {
		runtime = s.unknownAt(f.from, "", inventory.Step{Name: "provider.runtime", Note: "not set; the default of the framework's version is used", At: s.at(s.provider)})
	}
	file := "service.zip"
	if s.isTrue(d.At("package", "individually")) || s.isTrue(s.pack.Get("individually")) {
		file = f.name + ".zip"
	}
	if artifact := choose(d.At("package", "artifact"), s.pack.Get("artifact")); artifact.Str() != "" && !s.unknown(artifact) {
		file = path.Base(artifact.Str())
		s.asset(f.logical, "code", artifact.Str(), artifact)
	} else {
		s.asset(f.logical, "code", ".", f.from)
	}
	return props.With(f.from, field{Name: "Handler", Value: d.Get("handler")}, field{Name: "Runtime", Value: runtime},
		field{Name: "Code", Value: s.uploaded(f.from, file)})
}

func (s *service) isTrue(n *node) bool {
	return n != nil && n.Kind == document.Bool && n.Text == "true" && !s.unknown(n)
}

// asset notes a local file that a resource is made from; rel is relative to the service.
func (s *service) asset(id, kind, rel string, from *node) {
	if path.IsAbs(rel) || strings.Contains(rel, "://") || strings.Contains(rel, "${") {
		return
	}
	s.assets[id] = append(s.assets[id], inventory.Asset{Kind: kind, Path: path.Join(path.Dir(s.path), rel), At: s.at(from)})
}

// image is the code of a function that is a container image: a URI, or the name of an image under provider.ecr.images,
// which is a URI itself or a directory that the framework builds and pushes.
func (s *service) image(f *function, props, image *node) *node {
	uri := image
	config := (*node)(nil)
	if image.Kind == document.Map && !isCall(image) {
		uri = choose(image.Get("uri"), image.Get("name"))
		config = mapAt(image, "Command", image.Get("command"), "EntryPoint", image.Get("entryPoint"), "WorkingDirectory", image.Get("workingDirectory"))
	}
	if named := s.provider.At("ecr", "images").Get(uri.Str()); named.IsSet() && !s.unknown(uri) {
		uri = named
		if named.Kind == document.Map {
			uri = named.Get("uri")
			if dir := named.Get("path"); dir.Str() != "" && !s.unknown(dir) {
				s.asset(f.logical, "image", dir.Str(), dir)
			}
		}
		if !uri.IsSet() {
			uri = s.unknownAt(named, "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/serverless", inventory.Step{
				Name: "provider.ecr.images." + diag.Clip(image.Str(), maxClip), Note: "built and pushed when deployed", At: s.at(named)})
		}
	}
	if config != nil && len(config.Fields) == 0 {
		config = nil
	}
	return props.With(f.from, field{Name: "PackageType", Value: textAt(image, "Image")},
		field{Name: "Code", Value: wrap("ImageUri", uri)}, field{Name: "ImageConfig", Value: config})
}

// runtimeManagement is the runtime update mode: auto, onFunctionUpdate, or manual with the version.
func (s *service) runtimeManagement(n *node) *node {
	if !n.IsSet() {
		return nil
	}
	mode, version := n, (*node)(nil)
	if n.Kind == document.Map {
		mode, version = n.Get("mode"), n.Get("arn")
	}
	modes := map[string]string{"auto": "Auto", "onFunctionUpdate": "FunctionUpdate", "manual": "Manual"}
	if to := modes[mode.Str()]; to != "" && !s.unknown(mode) {
		mode = s.textLike(mode, to)
	}
	return mapAt(n, "UpdateRuntimeOn", mode, "RuntimeVersionArn", version)
}

// beside adds what stands beside a function: log group, version, alias, URL, settings of asynchronous calls.
func (s *service) beside(f *function, name *node) {
	d, from := f.def, f.from
	if !s.isTrue(d.Get("disableLogs")) {
		group := mapAt(from, "Fn::Join", document.ListAt(from, textAt(from, ""), document.ListAt(from, textAt(from, "/aws/lambda/"), name)))
		if text, ok := name.Scalar(); ok && s.notes[name] == nil {
			group = textAt(from, "/aws/lambda/"+text)
		}
		s.add(f.id+"LogGroup", "AWS::Logs::LogGroup", from, mapAt(from, "LogGroupName", group,
			"RetentionInDays", choose(d.Get("logRetentionInDays"), s.provider.Get("logRetentionInDays"))))
	}
	concurrency, snap := d.Get("provisionedConcurrency"), choose(d.Get("snapStart"), s.provider.Get("snapStart"))
	versioned := !no(choose(d.Get("versionFunction"), s.provider.Get("versionFunctions")))
	if versioned || concurrency.IsSet() {
		s.add(f.id+"LambdaVersion", "AWS::Lambda::Version", from, mapAt(from, "FunctionName", ref(from, f.logical), "Description", d.Get("description")))
	}
	switch {
	case concurrency.IsSet():
		s.alias(f, "ProvConcLambdaAlias", "provisioned", mapAt(concurrency, "ProvisionedConcurrentExecutions", concurrency))
	case snap.IsSet() && !no(snap):
		s.alias(f, "SnapStartLambdaAlias", "snapstart", nil)
	}
	s.url(f)
	s.asynchronous(f)
}

func (s *service) alias(f *function, suffix, name string, concurrency *node) {
	f.alias = name
	s.add(f.id+suffix, "AWS::Lambda::Alias", f.from, mapAt(f.from, "FunctionName", ref(f.from, f.logical),
		"FunctionVersion", getAtt(f.from, f.id+"LambdaVersion", "Version"), "Name", textAt(f.from, name), "ProvisionedConcurrencyConfig", concurrency))
}

// url adds the URL of a function.
func (s *service) url(f *function) {
	n := f.def.Get("url")
	if !n.IsSet() || no(n) {
		return
	}
	auth := textAt(n, "NONE")
	if own := n.Get("authorizer"); own.IsSet() {
		auth = own
		if own.Str() == "aws_iam" {
			auth = textAt(own, "AWS_IAM")
		}
	}
	s.add(f.id+"LambdaFunctionUrl", "AWS::Lambda::Url", n, mapAt(n, "AuthType", auth, "TargetFunctionArn", s.target(f),
		"InvokeMode", n.Get("invokeMode")))
	if auth.Str() == "NONE" {
		s.add(f.id+"LambdaPermissionFnUrl", "AWS::Lambda::Permission", n, mapAt(n, "FunctionName", s.target(f),
			"Action", textAt(n, "lambda:InvokeFunctionUrl"), "Principal", textAt(n, "*"), "FunctionUrlAuthType", auth))
	}
}

// asynchronous adds the settings of asynchronous calls.
func (s *service) asynchronous(f *function) {
	d := f.def
	to := d.Get("destinations")
	if !to.IsSet() && !d.Get("maximumEventAge").IsSet() && !d.Get("maximumRetryAttempts").IsSet() {
		return
	}
	destination := func(n *node) *node {
		if isCall(n) || strings.HasPrefix(n.Str(), "arn:") || n.Str() == "" || s.unknown(n) {
			return wrap("Destination", n)
		}
		return wrap("Destination", getAtt(n, functionID(n.Str())+"LambdaFunction", "Arn"))
	}
	from := f.from
	var config *node
	if to.IsSet() {
		config = mapAt(to, "OnSuccess", destination(to.Get("onSuccess")), "OnFailure", destination(to.Get("onFailure")))
	}
	qualifier := f.alias
	if qualifier == "" {
		qualifier = "$LATEST"
	}
	s.add(f.id+"LambdaEvConf", "AWS::Lambda::EventInvokeConfig", from, mapAt(from, "FunctionName", ref(from, f.logical),
		"DestinationConfig", config, "Qualifier", textAt(from, qualifier),
		"MaximumEventAgeInSeconds", d.Get("maximumEventAge"), "MaximumRetryAttempts", d.Get("maximumRetryAttempts")))
}

// target is what events invoke: the function, or its alias.
func (s *service) target(f *function) *node {
	arn := getAtt(f.from, f.logical, "Arn")
	if f.alias == "" {
		return arn
	}
	return mapAt(f.from, "Fn::Join", document.ListAt(f.from, textAt(f.from, ":"), document.ListAt(f.from, arn, textAt(f.from, f.alias))))
}

// merged joins the maps of provider and function; the function's entries win.
func merged(from, general, own *node) *node {
	switch {
	case !own.IsSet():
		return general
	case !general.IsSet(), general.Kind != document.Map, own.Kind != document.Map:
		return own
	}
	return general.With(from, own.Fields...)
}

func variables(from, n *node) *node {
	if !n.IsSet() {
		return nil
	}
	return mapAt(from, "Variables", n)
}

// wrap makes {name: n} where n is, nil without n.
func wrap(name string, n *node) *node {
	if !n.IsSet() {
		return nil
	}
	return mapAt(n, name, n)
}

func listed(n *node) *node {
	if !n.IsSet() {
		return nil
	}
	return document.ListAt(n, n)
}

func tagsOf(from, n *node) *node {
	if !n.IsSet() || n.Kind != document.Map || isCall(n) {
		return n
	}
	list := document.ListAt(from)
	for _, f := range n.Fields {
		list.Items = append(list.Items, mapAt(from, "Key", textAt(from, f.Name), "Value", f.Value))
	}
	return list
}

// vpcOf is the VPC configuration; `vpc: ~` on a function takes it out of the provider's.
func vpcOf(d, p *node) *node {
	for _, f := range d.Fields {
		if f.Name == "vpc" && !f.Value.IsSet() {
			return nil
		}
	}
	own, general := d.Get("vpc"), p.Get("vpc")
	n := choose(own, general)
	if n == nil || n.Kind != document.Map || isCall(n) {
		return n
	}
	groups, subnets := choose(own.Get("securityGroupIds"), general.Get("securityGroupIds")), choose(own.Get("subnetIds"), general.Get("subnetIds"))
	if !groups.IsSet() && !subnets.IsSet() {
		return nil
	}
	return mapAt(n, "SecurityGroupIds", groups, "SubnetIds", subnets, "Ipv6AllowedForDualStack", choose(own.Get("ipv6AllowedForDualStack"), general.Get("ipv6AllowedForDualStack")))
}

func tracingOf(n *node) *node {
	if !n.IsSet() || no(n) {
		return nil
	}
	if n.Kind == document.Bool {
		n = textAt(n, "Active")
	}
	return mapAt(n, "Mode", n)
}

func loggingOf(n *node) *node {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	return mapAt(n, "LogFormat", n.Get("logFormat"), "ApplicationLogLevel", n.Get("applicationLogLevel"),
		"SystemLogLevel", n.Get("systemLogLevel"), "LogGroup", n.Get("logGroup"))
}

func fileSystems(n *node) *node {
	if n == nil || n.Kind != document.Map {
		return nil
	}
	return document.ListAt(n, mapAt(n, "Arn", n.Get("arn"), "LocalMountPath", n.Get("localMountPath")))
}
