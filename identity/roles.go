package identity

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// RoleKind says what a workload has a role for.
type RoleKind string

// The kinds of use.
const (
	// WorkloadRole is the role that the customer's code runs with: a function's role, a task role, a pod's role.
	WorkloadRole RoleKind = "workload"
	// ExecutionRole starts the workload: pulls the image, fetches secrets, writes logs. Code does not see its credentials.
	ExecutionRole RoleKind = "execution"
	// InstanceRole is the role of the machine, which everything on the machine can use.
	InstanceRole RoleKind = "instance"
	// ServiceRole is what an AWS service manages the workload with.
	ServiceRole RoleKind = "service"
)

// RoleUse is one role of a workload.
type RoleUse struct {
	Kind RoleKind
	// Role is nil when the role is unknown, or not in the input.
	Role *inventory.Resource
	// From and Property are what names the role, Value what it says.
	From     *inventory.Resource
	Property string
	Value    inventory.Value
}

// roleProperty is a property that names a role, or with profile an instance profile.
type roleProperty struct {
	path    string
	kind    RoleKind
	profile bool
}

// roleProperties are the properties that name the roles of the types that workloads are made of.
var roleProperties = map[string][]roleProperty{
	"AWS::Lambda::Function":                 {{path: "Role", kind: WorkloadRole}},
	"AWS::Lambda::CapacityProvider":         {{path: "PermissionsConfig.CapacityProviderOperatorRoleArn", kind: ServiceRole}},
	"AWS::ECS::TaskDefinition":              {{path: "TaskRoleArn", kind: WorkloadRole}, {path: "ExecutionRoleArn", kind: ExecutionRole}},
	"AWS::ECS::ExpressGatewayService":       {{path: "TaskRoleArn", kind: WorkloadRole}, {path: "ExecutionRoleArn", kind: ExecutionRole}, {path: "InfrastructureRoleArn", kind: ServiceRole}},
	"AWS::ECS::Service":                     {{path: "Role", kind: ServiceRole}},
	"AWS::ECS::CapacityProvider":            {{path: "ManagedInstancesProvider.InfrastructureRoleArn", kind: ServiceRole}, {path: "ManagedInstancesProvider.InstanceLaunchTemplate.Ec2InstanceProfileArn", kind: InstanceRole, profile: true}},
	"AWS::EC2::Instance":                    {{path: "IamInstanceProfile", kind: InstanceRole, profile: true}},
	"AWS::EC2::LaunchTemplate":              {{path: "LaunchTemplateData.IamInstanceProfile", kind: InstanceRole, profile: true}},
	"AWS::AutoScaling::LaunchConfiguration": {{path: "IamInstanceProfile", kind: InstanceRole, profile: true}},
	"AWS::EC2::SpotFleet":                   {{path: "SpotFleetRequestConfigData.LaunchSpecifications.IamInstanceProfile", kind: InstanceRole, profile: true}, {path: "SpotFleetRequestConfigData.IamFleetRole", kind: ServiceRole}},
	"AWS::EKS::Nodegroup":                   {{path: "NodeRole", kind: InstanceRole}},
	"AWS::EKS::FargateProfile":              {{path: "PodExecutionRoleArn", kind: ExecutionRole}},
	"AWS::EKS::Cluster":                     {{path: "RoleArn", kind: ServiceRole}, {path: "ComputeConfig.NodeRoleArn", kind: InstanceRole}},
	"AWS::Batch::JobDefinition": {
		{path: "ContainerProperties.JobRoleArn", kind: WorkloadRole}, {path: "ContainerProperties.ExecutionRoleArn", kind: ExecutionRole},
		{path: "EcsProperties.TaskProperties.TaskRoleArn", kind: WorkloadRole}, {path: "EcsProperties.TaskProperties.ExecutionRoleArn", kind: ExecutionRole},
		{path: "NodeProperties.NodeRangeProperties.Container.JobRoleArn", kind: WorkloadRole},
	},
	"AWS::Batch::ComputeEnvironment":       {{path: "ServiceRole", kind: ServiceRole}, {path: "ComputeResources.InstanceRole", kind: InstanceRole, profile: true}, {path: "ComputeResources.SpotIamFleetRole", kind: ServiceRole}},
	"AWS::StepFunctions::StateMachine":     {{path: "RoleArn", kind: WorkloadRole}},
	"AWS::Glue::Job":                       {{path: "Role", kind: WorkloadRole}},
	"AWS::Glue::Crawler":                   {{path: "Role", kind: WorkloadRole}},
	"AWS::Glue::DevEndpoint":               {{path: "RoleArn", kind: WorkloadRole}},
	"AWS::CodeBuild::Project":              {{path: "ServiceRole", kind: WorkloadRole}},
	"AWS::CodePipeline::Pipeline":          {{path: "RoleArn", kind: ServiceRole}},
	"AWS::SageMaker::NotebookInstance":     {{path: "RoleArn", kind: WorkloadRole}},
	"AWS::SageMaker::Model":                {{path: "ExecutionRoleArn", kind: WorkloadRole}},
	"AWS::AppRunner::Service":              {{path: "InstanceConfiguration.InstanceRoleArn", kind: WorkloadRole}, {path: "SourceConfiguration.AuthenticationConfiguration.AccessRoleArn", kind: ExecutionRole}},
	"AWS::EMR::Cluster":                    {{path: "JobFlowRole", kind: InstanceRole, profile: true}, {path: "ServiceRole", kind: ServiceRole}, {path: "AutoScalingRole", kind: ServiceRole}},
	"AWS::MWAA::Environment":               {{path: "ExecutionRoleArn", kind: WorkloadRole}},
	"AWS::KinesisAnalyticsV2::Application": {{path: "ServiceExecutionRole", kind: WorkloadRole}},
	"AWS::Pipes::Pipe":                     {{path: "RoleArn", kind: WorkloadRole}},
	"AWS::Scheduler::Schedule":             {{path: "Target.RoleArn", kind: ServiceRole}},
	"AWS::Events::Rule":                    {{path: "RoleArn", kind: ServiceRole}, {path: "Targets.RoleArn", kind: ServiceRole}},
	"AWS::Bedrock::Agent":                  {{path: "AgentResourceRoleArn", kind: WorkloadRole}},
	"AWS::BedrockAgentCore::Runtime":       {{path: "RoleArn", kind: WorkloadRole}},
	"AWS::GameLift::Fleet":                 {{path: "InstanceRoleARN", kind: WorkloadRole}},
	"AWS::RDS::DBInstance":                 {{path: "CustomIAMInstanceProfile", kind: InstanceRole, profile: true}, {path: "MonitoringRoleArn", kind: ServiceRole}, {path: "AssociatedRoles.RoleArn", kind: ServiceRole}},
	"AWS::RDS::DBCluster":                  {{path: "MonitoringRoleArn", kind: ServiceRole}, {path: "AssociatedRoles.RoleArn", kind: ServiceRole}},
	"AWS::ElasticBeanstalk::Environment":   {{path: "OperationsRole", kind: ServiceRole}},
}

// WorkloadAnalysis is what a workload can do by its roles.
type WorkloadAnalysis struct {
	Uses []RoleUse
	// Roles are the analyses of the uses, in the same order; nil where the role is unknown or not in the input.
	Roles []*PrincipalAnalysis
}

// Workload analyses the roles of a workload.
func (a *Analyzer) Workload(w *workload.Workload) WorkloadAnalysis {
	out := WorkloadAnalysis{Uses: a.RolesOf(w)}
	for _, use := range out.Uses {
		var role *PrincipalAnalysis
		if use.Role != nil {
			role = a.Principal(use.Role)
		}
		out.Roles = append(out.Roles, role)
	}
	return out
}

// RolesOf lists the roles of a workload, each use once: those that its parts name, and the role that a pod has by its
// service account. A use whose role is unknown, or not in the input, has no Role.
func (a *Analyzer) RolesOf(w *workload.Workload) []RoleUse {
	var out []RoleUse
	for _, name := range partNames(w) {
		part := w.Parts[name]
		if name == "role" { // found by discovery: the function's, which its property says too, or the pod's
			out = append(out, a.partRole(w, part)...)
			continue
		}
		if part.Resource != nil && name != "cluster" { // a cluster's role is the cluster's, not that of what runs on it
			out = append(out, a.usesOf(part.Resource)...)
		}
	}
	if w.Root != nil {
		out = append(out, a.usesOf(w.Root)...)
	}
	return unique(out)
}

func partNames(w *workload.Workload) []string {
	out := make([]string, 0, len(w.Parts))
	for name := range w.Parts {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (a *Analyzer) partRole(w *workload.Workload, part workload.Part) []RoleUse {
	use := RoleUse{Kind: WorkloadRole, Role: part.Resource, From: w.Root, Property: "role"}
	switch {
	case part.Resource != nil && part.Resource.Lookup:
		use.Role = nil
		use.Value = inventory.UnknownValue(part.Resource.Origin)
	case part.Unknown:
		use.Value = inventory.UnknownValue(w.Root.Origin, part.Why...)
	case part.Resource == nil:
		return nil
	default:
		use.Value = inventory.StringValue(part.Resource.Address, part.Resource.Origin)
	}
	return []RoleUse{use}
}

// unique drops the second use of a role of one kind, and an unknown use that a known one explains.
func unique(uses []RoleUse) []RoleUse {
	slices.SortStableFunc(uses, func(x, y RoleUse) int {
		return cmp.Or(strings.Compare(string(x.Kind), string(y.Kind)), strings.Compare(address(x.Role), address(y.Role)),
			strings.Compare(y.Property, x.Property))
	})
	var out []RoleUse
	for _, u := range uses {
		same := func(o RoleUse) bool {
			if o.Kind != u.Kind || o.Role != u.Role {
				return false
			}
			return u.Role != nil || o.From == u.From && (o.Property == u.Property || u.Property == "role" || o.Property == "role")
		}
		if !slices.ContainsFunc(out, same) {
			out = append(out, u)
		}
	}
	return out
}

func address(r *inventory.Resource) string {
	if r == nil {
		return ""
	}
	return r.Scope + "\x00" + r.Address
}

// usesOf lists the roles that one resource names.
func (a *Analyzer) usesOf(r *inventory.Resource) []RoleUse {
	var out []RoleUse
	for _, p := range roleProperties[r.Type] {
		for _, v := range each(r.Properties, p.path) {
			if !blank(v) {
				out = append(out, a.use(r, p, v)...)
			}
		}
	}
	if strings.HasPrefix(r.Type, "AWS::ElasticBeanstalk::") {
		out = append(out, a.optionRoles(r)...)
	}
	return out
}

// each returns the values at a path, entering every member of the lists on the way.
func each(v inventory.Value, path string) []inventory.Value {
	name, rest, more := strings.Cut(path, ".")
	switch v.Kind() {
	case inventory.List:
		var out []inventory.Value
		for _, item := range v.List() {
			out = append(out, each(item, path)...)
		}
		return out
	case inventory.Unknown:
		return []inventory.Value{v}
	}
	if v = v.Get(name); !more {
		return []inventory.Value{v}
	}
	return each(v, rest)
}

func (a *Analyzer) use(r *inventory.Resource, p roleProperty, v inventory.Value) []RoleUse {
	use := RoleUse{Kind: p.kind, From: r, Property: p.path, Value: v}
	if !p.profile {
		return withRoles(use, a.follow(r, v, typeRole))
	}
	if v.Kind() == inventory.Map { // {Arn} or {Name}
		if v = v.Get("Arn"); v.IsNull() {
			v = use.Value.Get("Name")
		}
		if v.IsNull() {
			return nil
		}
	}
	use.Value = v
	var roles []*inventory.Resource
	for _, profile := range a.follow(r, v, typeProfile) {
		for _, role := range items(profile.Get("Roles")) {
			roles = append(roles, a.follow(profile, role, typeRole)...)
		}
	}
	return withRoles(use, roles)
}

// withRoles is a use for each role that a property may mean, or one without a role.
func withRoles(use RoleUse, roles []*inventory.Resource) []RoleUse {
	if len(roles) == 0 {
		return []RoleUse{use}
	}
	var out []RoleUse
	for _, role := range roles {
		use.Role = role
		out = append(out, use)
	}
	return out
}

// optionRoles finds the instance profile and service role in the option settings of Elastic Beanstalk.
func (a *Analyzer) optionRoles(r *inventory.Resource) []RoleUse {
	var out []RoleUse
	for _, o := range items(r.Get("OptionSettings")) {
		name, _ := o.Get("OptionName").Text()
		v := o.Get("Value")
		switch {
		case v.IsNull():
		case name == "IamInstanceProfile":
			out = append(out, a.use(r, roleProperty{path: "OptionSettings.IamInstanceProfile", kind: InstanceRole, profile: true}, v)...)
		case name == "ServiceRole":
			out = append(out, a.use(r, roleProperty{path: "OptionSettings.ServiceRole", kind: ServiceRole}, v)...)
		}
	}
	return out
}
