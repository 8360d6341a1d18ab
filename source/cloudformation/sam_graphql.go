package cloudformation

import (
	"strconv"
	"strings"

	"github.com/onus-dev/onus/document"
)

// graphQL expands AWS::Serverless::GraphQLApi: API, schema, keys, data sources, functions and resolvers.
func (s *sam) graphQL(d *declaration) {
	p, from := d.props, d.from
	name := p.Get("Name")
	if !name.IsSet() {
		name = document.TextAt(from, d.id)
	}
	auth := p.Get("Auth")
	props := p.Pick(from, "EnvironmentVariables", "IntrospectionConfig", "OwnerContact", "QueryDepthLimit", "ResolverCountLimit", "Tags", "Visibility", "XrayEnabled").With(from,
		field{Name: "Name", Value: name},
		field{Name: "LogConfig", Value: s.graphQLLogging(d, p.Get("Logging"))})
	if auth != nil && auth.Kind == document.Map && !isCall(auth) {
		props = props.With(from, graphQLAuth(auth).Fields...)
	}
	var additional []*node
	for _, a := range auth.Get("Additional").List() {
		additional = append(additional, graphQLAuth(a))
	}
	if len(additional) > 0 {
		props = props.With(from, field{Name: "AdditionalAuthenticationProviders", Value: document.ListAt(from, additional...)})
	}
	s.become(d, "AWS::AppSync::GraphQLApi", props)
	g := graphQLAPI{sam: s, d: d, from: from, id: getAttAt(from, d.id, "ApiId"), sources: map[string]string{}}
	g.authorizers(append([]*node{auth}, auth.Get("Additional").List()...))
	g.parts(p)
}

// graphQLAuth turns one way to sign in from SAM's form into AppSync's.
func graphQLAuth(n *node) *node {
	return document.MapAt(n,
		field{Name: "AuthenticationType", Value: n.Get("Type")},
		field{Name: "LambdaAuthorizerConfig", Value: n.Get("LambdaAuthorizer")},
		field{Name: "OpenIDConnectConfig", Value: n.Get("OpenIDConnect")},
		field{Name: "UserPoolConfig", Value: n.Get("UserPool")})
}

// graphQLLogging returns the log configuration of a GraphQL API; SAM makes the role unless one is given, and logs unless
// Logging is false.
func (s *sam) graphQLLogging(d *declaration, logging *node) *node {
	from := d.from
	if logging.Str() == "false" {
		return nil
	}
	if logging == nil || logging.Kind != document.Map {
		logging = document.MapAt(from)
	}
	log := logging.Pick(from, "CloudWatchLogsRoleArn", "ExcludeVerboseContent", "FieldLogLevel")
	if !log.Get("FieldLogLevel").IsSet() {
		log = log.With(from, field{Name: "FieldLogLevel", Value: document.TextAt(from, "ALL")})
	}
	if id := d.id + "CloudWatchRole"; !log.Get("CloudWatchLogsRoleArn").IsSet() {
		s.add(d, id, "AWS::IAM::Role", from, document.MapAt(from,
			field{Name: "AssumeRolePolicyDocument", Value: trust(from, "appsync.amazonaws.com")},
			field{Name: "ManagedPolicyArns", Value: document.ListAt(from, awsPolicy(from, "service-role/AWSAppSyncPushToCloudWatchLogs"))}))
		log = log.With(from, field{Name: "CloudWatchLogsRoleArn", Value: getAttAt(from, id, "Arn")})
	}
	return log
}

// graphQLAPI expands what belongs to one GraphQL API.
type graphQLAPI struct {
	*sam
	d        *declaration
	from, id *node
	// sources are the logical ids of the data sources by the name they have in SAM.
	sources map[string]string
}

// authorizers lets the API invoke the functions that authorize requests.
func (g *graphQLAPI) authorizers(auths []*node) {
	count := 0
	for _, auth := range auths {
		arn := auth.At("LambdaAuthorizer", "AuthorizerUri")
		if !arn.IsSet() {
			continue
		}
		count++
		g.connect(connection{owner: g.d, at: g.from, id: g.d.id + "ToLambdaAuthConnector" + strconv.Itoa(count), permissions: []string{"Write"},
			from: end{typ: "AWS::AppSync::GraphQLApi", arn: refAt(g.from, g.d.id), resourceID: g.id},
			to:   end{typ: "AWS::Lambda::Function", arn: arn}})
	}
}

func (g *graphQLAPI) parts(p *node) {
	from, apiID, id := g.from, g.id, g.d.id
	if cache := p.Get("Cache"); cache.IsSet() {
		g.add(g.d, id+"ApiCache", "AWS::AppSync::ApiCache", cache, cache.With(cache, field{Name: "ApiId", Value: apiID}))
	}
	if domain := p.Get("DomainName"); domain.IsSet() {
		g.add(g.d, id+"DomainName", "AWS::AppSync::DomainName", domain, domain)
		g.add(g.d, id+"DomainNameApiAssociation", "AWS::AppSync::DomainNameApiAssociation", domain, document.MapAt(domain,
			field{Name: "ApiId", Value: apiID}, field{Name: "DomainName", Value: getAttAt(domain, id+"DomainName", "DomainName")}))
	}
	g.add(g.d, id+"Schema", "AWS::AppSync::GraphQLSchema", from, document.MapAt(from,
		field{Name: "ApiId", Value: apiID}, field{Name: "Definition", Value: p.Get("SchemaInline")}, field{Name: "DefinitionS3Location", Value: p.Get("SchemaUri")}))
	for _, f := range fieldsOf(p.Get("ApiKeys")) {
		g.add(g.d, id+f.Name, "AWS::AppSync::ApiKey", f.Value, pickInto(f.Value, f.Value, "ApiKeyId", "Description").With(f.Value,
			field{Name: "ApiId", Value: apiID}, field{Name: "Expires", Value: f.Value.Get("ExpiresOn")}))
	}
	g.dataSources(p.Get("DataSources"))
	for _, f := range fieldsOf(p.Get("Functions")) {
		g.function(f)
	}
	for _, typ := range fieldsOf(p.Get("Resolvers")) {
		for _, f := range fieldsOf(typ.Value) {
			g.resolver(typ.Name, f, p.Get("Functions"))
		}
	}
}

func (g *graphQLAPI) dataSources(n *node) {
	for _, f := range fieldsOf(n.Get("DynamoDb")) {
		region := f.Value.Get("Region")
		if !region.IsSet() {
			region = refAt(f.Value, "AWS::Region")
		}
		table := f.Value.Get("TableArn")
		if !table.IsSet() {
			table = document.MapAt(f.Value, field{Name: "Fn::Sub", Value: document.ListAt(f.Value,
				document.TextAt(f.Value, "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__Table__}"),
				document.MapAt(f.Value, field{Name: "__Region__", Value: region}, field{Name: "__Table__", Value: f.Value.Get("TableName")}))})
		}
		permissions := []string{"Read", "Write"}
		if own := f.Value.Get("Permissions"); own.IsSet() {
			permissions = nil
			for _, p := range own.List() {
				permissions = append(permissions, p.Str())
			}
		}
		config := pickInto(f.Value, f.Value, "TableName", "UseCallerCredentials", "Versioned").With(f.Value,
			field{Name: "AwsRegion", Value: region}, field{Name: "DeltaSyncConfig", Value: f.Value.Get("DeltaSync")})
		g.dataSource(f, "DynamoDB", "AMAZON_DYNAMODB", field{Name: "DynamoDBConfig", Value: config},
			end{typ: "AWS::DynamoDB::Table", arn: table}, "ToTableConnector", permissions)
	}
	for _, f := range fieldsOf(n.Get("Lambda")) {
		arn := f.Value.Get("FunctionArn")
		g.dataSource(f, "Lambda", "AWS_LAMBDA", field{Name: "LambdaConfig", Value: document.MapAt(f.Value, field{Name: "LambdaFunctionArn", Value: arn})},
			end{typ: "AWS::Lambda::Function", arn: arn}, "ToLambdaConnector", []string{"Write"})
	}
}

// dataSource adds a data source, and unless it has one the role in which it reaches its table or function.
func (g *graphQLAPI) dataSource(f field, kind, typ string, config field, to end, connector string, permissions []string) {
	id := g.d.id + f.Name + kind + "DataSource"
	g.sources[f.Name] = id
	roleArn := f.Value.Get("ServiceRoleArn")
	if !roleArn.IsSet() {
		roleArn = getAttAt(f.Value, id+"Role", "Arn")
		g.add(g.d, id+"Role", "AWS::IAM::Role", f.Value, document.MapAt(f.Value, field{Name: "AssumeRolePolicyDocument", Value: trust(f.Value, "appsync.amazonaws.com")}))
		g.connect(connection{owner: g.d, at: f.Value, id: id + connector, permissions: permissions, to: to,
			from: end{typ: "AWS::AppSync::DataSource", arn: getAttAt(f.Value, id, "DataSourceArn"), roleName: refAt(f.Value, id+"Role")}})
	}
	g.add(g.d, id, "AWS::AppSync::DataSource", f.Value, document.MapAt(f.Value,
		field{Name: "ApiId", Value: g.id},
		field{Name: "Name", Value: nameOr(f)},
		field{Name: "Description", Value: f.Value.Get("Description")},
		field{Name: "Type", Value: document.TextAt(f.Value, typ)},
		field{Name: "ServiceRoleArn", Value: roleArn}, config))
}

// nameOr is the Name of an entry, or the key that it stands under.
func nameOr(f field) *node {
	if name := f.Value.Get("Name"); name.IsSet() {
		return name
	}
	return document.TextAt(f.Value, f.Name)
}

// function adds one function of the pipeline; one with an Id is declared elsewhere.
func (g *graphQLAPI) function(f field) {
	if f.Value.Get("Id").IsSet() {
		return
	}
	source := f.Value.Get("DataSource")
	if name := source.Str(); name != "" {
		source = g.source(f.Value, name)
	}
	g.add(g.d, g.d.id+f.Name, "AWS::AppSync::FunctionConfiguration", f.Value, f.Value.Pick(f.Value, "Description", "MaxBatchSize").With(f.Value,
		field{Name: "ApiId", Value: g.id},
		field{Name: "Name", Value: nameOr(f)},
		field{Name: "DataSourceName", Value: source},
		field{Name: "Code", Value: f.Value.Get("InlineCode")},
		field{Name: "CodeS3Location", Value: f.Value.Get("CodeUri")},
		field{Name: "SyncConfig", Value: f.Value.Get("Sync")},
		field{Name: "Runtime", Value: graphQLRuntime(f.Value)}))
}

// source is the name of a data source that a function uses: one of the API's, one declared elsewhere, or "none", which
// stands for a source without data.
func (g *graphQLAPI) source(at *node, name string) *node {
	if id, ok := g.sources[name]; ok {
		return getAttAt(at, id, "Name")
	}
	if !strings.EqualFold(name, "none") {
		return document.TextAt(at, name)
	}
	id := g.d.id + "NoneDataSource"
	g.add(g.d, id, "AWS::AppSync::DataSource", at, document.MapAt(at,
		field{Name: "ApiId", Value: g.id},
		field{Name: "Name", Value: document.TextAt(at, id)},
		field{Name: "Type", Value: document.TextAt(at, "NONE")}))
	return getAttAt(at, id, "Name")
}

// graphQLRuntime turns {Name, Version} into AppSync's form.
func graphQLRuntime(n *node) *node {
	runtime := n.Get("Runtime")
	if runtime == nil || runtime.Kind != document.Map || isCall(runtime) {
		return runtime
	}
	return document.MapAt(runtime, field{Name: "Name", Value: runtime.Get("Name")}, field{Name: "RuntimeVersion", Value: runtime.Get("Version")})
}

// resolver adds one resolver, a pipeline of functions. The code that SAM gives one without any only hands on what the
// last function made; it is left out.
func (g *graphQLAPI) resolver(typ string, f field, functions *node) {
	name, code, runtime := f.Value.Get("FieldName"), f.Value.Get("InlineCode"), graphQLRuntime(f.Value)
	if !name.IsSet() {
		name = document.TextAt(f.Value, f.Name)
	}
	if !runtime.IsSet() {
		runtime = document.MapAt(f.Value, field{Name: "Name", Value: document.TextAt(f.Value, "APPSYNC_JS")}, field{Name: "RuntimeVersion", Value: document.TextAt(f.Value, "1.0.0")})
	}
	var pipeline []*node
	for _, step := range f.Value.Get("Pipeline").List() {
		switch id := functions.At(step.Str(), "Id"); {
		case id.IsSet():
			pipeline = append(pipeline, id)
		case functions.Get(step.Str()) != nil:
			pipeline = append(pipeline, getAttAt(step, g.d.id+step.Str(), "FunctionId"))
		default:
			pipeline = append(pipeline, step)
		}
	}
	g.add(g.d, g.d.id+typ+f.Name, "AWS::AppSync::Resolver", f.Value, f.Value.Pick(f.Value, "MaxBatchSize").With(f.Value,
		field{Name: "ApiId", Value: g.id},
		field{Name: "TypeName", Value: document.TextAt(f.Value, typ)},
		field{Name: "FieldName", Value: name},
		field{Name: "Kind", Value: document.TextAt(f.Value, "PIPELINE")},
		field{Name: "Code", Value: code},
		field{Name: "CodeS3Location", Value: f.Value.Get("CodeUri")},
		field{Name: "Runtime", Value: runtime},
		field{Name: "CachingConfig", Value: f.Value.Get("Caching")},
		field{Name: "SyncConfig", Value: f.Value.Get("Sync")},
		field{Name: "PipelineConfig", Value: document.MapAt(f.Value, field{Name: "Functions", Value: document.ListAt(f.Value, pipeline...)})}))
}
