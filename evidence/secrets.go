package evidence

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// typeSecrets is the type of the facts of this file: the names under which secrets are written out in a configuration.
const typeSecrets = "onus::Secrets"

// maxSecrets bounds the names of one resource.
const maxSecrets = 50

// settingForm says how a property holds settings.
type settingForm uint8

const (
	// variables is a map from name to value.
	variables settingForm = iota
	// entries is a list of objects with Name and Value.
	entries
	// options is a list of objects with OptionName and Value.
	options
	// script is a text that runs: user data, a build specification.
	script
	// secretItself is a property that holds nothing but a secret.
	secretItself
	// named is a property whose resource's name tells what it holds.
	named
)

// settings is a property that may hold secrets.
type settings struct {
	path string
	form settingForm
}

// secretSettings are the properties of each type that may hold secrets.
var secretSettings = map[string][]settings{
	"AWS::Lambda::Function":           {{"Environment.Variables", variables}},
	"AWS::ECS::TaskDefinition":        {{"ContainerDefinitions.Environment", entries}, {"ContainerDefinitions.Command", script}},
	"AWS::ECS::ExpressGatewayService": {{"PrimaryContainer.Environment", entries}},
	"AWS::Batch::JobDefinition": {
		{"ContainerProperties.Environment", entries},
		{"ContainerProperties.Command", script},
		{"NodeProperties.NodeRangeProperties.Container.Environment", entries},
		{"EcsProperties.TaskProperties.Containers.Environment", entries},
		{"EksProperties.PodProperties.Containers.Env", entries},
		{"EksProperties.PodProperties.InitContainers.Env", entries},
	},
	"AWS::EC2::Instance":                    {{"UserData", script}},
	"AWS::EC2::LaunchTemplate":              {{"LaunchTemplateData.UserData", script}},
	"AWS::AutoScaling::LaunchConfiguration": {{"UserData", script}},
	"AWS::EC2::SpotFleet":                   {{"SpotFleetRequestConfigData.LaunchSpecifications.UserData", script}},
	"AWS::Lightsail::Instance":              {{"UserData", script}},
	"AWS::Lightsail::Container":             {{"ContainerServiceDeployment.Containers.Environment", entries}},
	"AWS::CodeBuild::Project":               {{"Environment.EnvironmentVariables", entries}, {"Source.BuildSpec", script}},
	"AWS::AppRunner::Service": {
		{"SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables", entries},
		{"SourceConfiguration.CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentVariables", entries},
	},
	"AWS::ElasticBeanstalk::Environment":           {{"OptionSettings", options}},
	"AWS::ElasticBeanstalk::ConfigurationTemplate": {{"OptionSettings", options}},
	"AWS::Glue::Job":                                  {{"DefaultArguments", variables}, {"NonOverridableArguments", variables}},
	"AWS::Glue::Connection":                           {{"ConnectionInput.ConnectionProperties", variables}},
	"AWS::SageMaker::Model":                           {{"PrimaryContainer.Environment", variables}, {"Containers.Environment", variables}},
	"AWS::SageMaker::NotebookInstanceLifecycleConfig": {{"OnCreate.Content", script}, {"OnStart.Content", script}},
	"AWS::MWAA::Environment":                          {{"AirflowConfigurationOptions", variables}},
	"AWS::EMR::Cluster": {
		{"KerberosAttributes.KdcAdminPassword", secretItself},
		{"KerberosAttributes.ADDomainJoinPassword", secretItself},
		{"KerberosAttributes.CrossRealmTrustPrincipalPassword", secretItself},
		{"BootstrapActions.ScriptBootstrapAction.Args", script},
		{"Configurations.ConfigurationProperties", variables},
	},
	"AWS::EMRServerless::Application": {{"RuntimeConfiguration.Properties", variables}},
	"AWS::Amplify::App": {
		{"EnvironmentVariables", entries},
		{"AccessToken", secretItself},
		{"OauthToken", secretItself},
	},
	"AWS::CodeBuild::SourceCredential":       {{"Token", secretItself}},
	"AWS::Lightsail::Database":               {{"MasterUserPassword", secretItself}},
	"AWS::DirectoryService::MicrosoftAD":     {{"Password", secretItself}},
	"AWS::DirectoryService::SimpleAD":        {{"Password", secretItself}},
	"AWS::Synthetics::Canary":                {{"RunConfig.EnvironmentVariables", variables}},
	"AWS::BedrockAgentCore::Runtime":         {{"EnvironmentVariables", variables}},
	"AWS::KafkaConnect::Connector":           {{"ConnectorConfiguration", variables}},
	"AWS::RDS::DBInstance":                   {{"MasterUserPassword", secretItself}},
	"AWS::RDS::DBCluster":                    {{"MasterUserPassword", secretItself}},
	"AWS::DocDB::DBCluster":                  {{"MasterUserPassword", secretItself}},
	"AWS::Redshift::Cluster":                 {{"MasterUserPassword", secretItself}},
	"AWS::RedshiftServerless::Namespace":     {{"AdminUserPassword", secretItself}},
	"AWS::ElastiCache::ReplicationGroup":     {{"AuthToken", secretItself}},
	"AWS::OpenSearchService::Domain":         {{"AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword", secretItself}},
	"AWS::Elasticsearch::Domain":             {{"AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword", secretItself}},
	"AWS::AmazonMQ::Broker":                  {{"Users.Password", secretItself}},
	"AWS::DMS::Endpoint":                     {{"Password", secretItself}},
	"AWS::SSM::Parameter":                    {{"Value", named}},
	typeSecret:                               {}, // see secretValue
	"AWS::IAM::User":                         {{"LoginProfile.Password", secretItself}},
	"AWS::Cognito::UserPoolIdentityProvider": {{"ProviderDetails", variables}},
}

// secrets derives onus::Secrets of one resource.
func (g *Gatherer) secrets(r *inventory.Resource) Part {
	fields, ok := secretSettings[r.Type]
	if !ok {
		return Part{}
	}
	s := secretSearch{at: r, ix: g.ix}
	for _, field := range fields {
		s.property = r.Type + "." + field.path
		for _, v := range below(r.Properties, field.path) {
			s.search(field.form, v)
		}
	}
	if r.Type == typeSecret {
		s.values(g)
	}
	value := fact(inventory.Property{Name: "Names", Value: certainOr(s.names, r.Origin, s.why)})
	return Part{Value: value, Because: s.because, Resources: []*inventory.Resource{r}, Why: s.why}
}

// certainOr is the list of the known among members, or unknown when there are members and none is known: how many there
// are can then not be told, nor whether there are any.
func certainOr(members []inventory.Value, at diag.Range, why []inventory.Step) inventory.Value {
	known := slices.DeleteFunc(slices.Clone(members), inventory.Value.IsUnknown)
	if len(known) == 0 && len(members) > 0 {
		return inventory.UnknownValue(at, why...)
	}
	return inventory.ListValue(known, at)
}

// secretSearch collects what one resource shows. Values are read and never kept: only names leave it.
type secretSearch struct {
	at       *inventory.Resource
	ix       *inventory.Index
	property string
	names    []inventory.Value
	because  []workload.Evidence
	why      []inventory.Step
}

// found adds a name. The evidence has the place of the value, and not the value.
func (s *secretSearch) found(property, name string, v inventory.Value) {
	if len(s.names) >= maxSecrets {
		return
	}
	s.names = append(s.names, inventory.StringValue(name, v.Origin()))
	var meta *inventory.Meta
	if assumed := v.Assumed(); len(assumed) > 0 {
		meta = &inventory.Meta{Assumed: assumed}
	}
	s.because = append(s.because, workload.Evidence{
		Property: property, Value: inventory.StringValue("written out", v.Origin()).WithMeta(meta),
	})
}

// open adds something that may be a secret and is not known.
func (s *secretSearch) open(property string, v inventory.Value) {
	if len(s.names) >= maxSecrets {
		return
	}
	why := unresolved(v, property)
	unknown := inventory.UnknownValue(v.Origin(), why...)
	s.names = append(s.names, unknown)
	s.because = append(s.because, workload.Evidence{Property: property, Value: unknown})
	s.why = append(s.why, why...)
}

// search looks through a property.
func (s *secretSearch) search(form settingForm, v inventory.Value) {
	switch {
	case v.IsNull():
	case form == script:
		s.script(v)
	case form == secretItself:
		for _, item := range flat(v, 0) {
			if !item.IsUnknown() { // given when it is deployed
				s.setting(s.property, "password", item)
			}
		}
	case form == named:
		name, _ := s.at.Get("Name").Text()
		s.setting(s.property, name, v)
	case v.IsUnknown():
		s.open(s.property, v)
	case v.Kind() == inventory.Map && form == variables:
		for _, p := range v.Properties() {
			s.setting(s.property+"."+p.Name, p.Name, p.Value)
		}
	default:
		for _, entry := range flat(v, 0) {
			s.entry(form, entry)
		}
	}
}

// entry looks at one object with a name and a value. A name that refers to a secret store by its type is none.
func (s *secretSearch) entry(form settingForm, v inventory.Value) {
	if v.IsUnknown() {
		s.open(s.property, v)
		return
	}
	key := "Name"
	if form == options {
		key = "OptionName"
	}
	if form == entries && v.Get("Name").IsNull() {
		if key = "Variable"; v.Get(key).IsNull() && v.Kind() == inventory.Map { // a map where CloudFormation has entries
			s.search(variables, v)
			return
		}
	}
	name, _ := v.Get(key).Text()
	if kind, ok := v.Get("Type").Text(); ok && (kind == "PARAMETER_STORE" || kind == "SECRETS_MANAGER") {
		return
	}
	if space, ok := v.Get("Namespace").Text(); ok && space == "aws:elasticbeanstalk:application:environmentsecrets" {
		return
	}
	s.setting(s.property+"."+name, name, v.Get("Value"))
}

// setting judges one value by its name and by what it looks like.
func (s *secretSearch) setting(property, name string, v inventory.Value) {
	if v.IsNull() {
		return
	}
	if v.IsUnknown() {
		s.unknownSetting(property, name, v)
		return
	}
	text, ok := v.Text()
	if !ok || v.Kind() == inventory.Bool || s.stored(v) {
		return
	}
	if kind := secretShape(text); kind != "" {
		s.found(property, name, v)
		return
	}
	if secretName(name) && secretLiteral(text) && !(v.Kind() == inventory.Number && len(text) < 4) {
		s.found(property, name, v)
	}
}

// unknownSetting judges a value that is not known in full: what is known of it may show a secret.
func (s *secretSearch) unknownSetting(property, name string, v inventory.Value) {
	if secretShape(v.Partial()) != "" {
		s.found(property, name, v)
		return
	}
	if !secretName(name) || s.stored(v) {
		return
	}
	if p := v.Partial(); p != "" && !secretLiteral(p) {
		return // the known part says that it is the name or path of something
	}
	s.open(property, v)
}

// storeTypes are the types that keep secrets; a setting that is taken from one holds a reference to it, or what
// another property of the resource holds.
var storeTypes = []string{
	"AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "onus::ParameterLookup", "AWS::KMS::Key", "AWS::S3::Bucket",
	"AWS::SecretsManager::SecretTargetAttachment", "AWS::SecretsManager::SecretVersion", "AWS::DynamoDB::Table",
}

// stored reports a value that comes from a resource that keeps secrets.
func (s *secretSearch) stored(v inventory.Value) bool {
	for _, r := range s.ix.Follow(s.at, v) {
		if slices.Contains(storeTypes, r.Type) {
			return true
		}
	}
	return false
}

// script looks through a text that runs. Of a text that is not known in full the known part is looked through; what is
// left out comes from elsewhere.
func (s *secretSearch) script(v inventory.Value) {
	texts := workload.UserDataTexts(s.ix, s.at, v)
	if len(texts) == 0 && v.IsUnknown() {
		s.open(s.property, v)
	}
	for _, text := range texts {
		for _, name := range secretsInText(text, fillers(v)) {
			s.found(s.property+" ("+strconv.Quote(name)+")", name, v)
		}
	}
}

// fillers are the names of variables and parameters without a value that a text is filled in with, as the text has them:
// what is named like a secret stands in the script in plain text once it is deployed.
func fillers(v inventory.Value) []string {
	var out []string
	for _, step := range v.Unresolved() {
		name := step.Name[strings.LastIndexByte(step.Name, ' ')+1:]
		if secretName(name) {
			out = append(out, "${"+name+"}")
		}
	}
	return out
}
