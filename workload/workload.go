// Package workload finds the workloads in an inventory: the root resource of each, every part that decides about it,
// and how it is hosted.
//
// Compute roots (instances, services, functions, node groups, pods) are found by code, because their hosting follows
// from several resources; data and integration roots (queues, buckets, databases) follow from one resource type, by a
// table that the catalog extends (Options.Roots). Hosting is never guessed: when an unknown value decides, the workload
// gets the hosting Unknown and the candidates.
//
// Pods are joined with the hosts of the run's clusters as Kubernetes would schedule them, in three values: a label or
// taint that is unknown makes a host one that may take the pod. A host is left out only when it certainly does not.
//
// The roles of the parts, each of one type:
//
//	instance, group, spotFleet, fleet        what launches machines; launchTemplate, launchConfiguration, image, scaling
//	service, expressService, taskDefinition  ECS; cluster, capacityProvider and, for ecs-ec2, the machines' parts
//	nodegroup, fargateProfile, cluster       EKS; launchTemplate, image
//	function, role, updates, invokers, url   Lambda
//	computeEnvironment, jobDefinition        Batch; launchTemplate, image
//	pod, containers, serviceAccount, role    Kubernetes; podIdentity, exposure, nodePool, nodeClass, and the host's parts
//	template, endpointConfig, model, images, beside the roots of platforms: Beanstalk, SageMaker, EMR (image), CodeBuild,
//	fleet, engineVersion                     RDS Custom
//	queue, bucket, dbInstance, restApi, …    any other root, by the last segment of its type; policy, dbInstances
//
// image, images, scaling and updates are derived (onus::MachineImage, onus::ContainerImages, …). A part that is
// there but could not be read is Unknown; a part that is not there is left out. What Terraform keeps in resources of
// their own and CloudFormation in one (the versioning of a bucket) is laid over the part: see overlay.go.
//
// Data flow: inventory.Index in, []Workload out, sorted by scope and address. Nothing here knows who holds a duty.
package workload

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// UnknownHosting is the hosting of a workload that nothing tells the hosting of.
const UnknownHosting = "unknown"

// Workload is something the customer runs or stores data in.
type Workload struct {
	// ID is stable across runs and machines: derived from scope and address.
	ID string
	// Name is short and human; Address and Scope are the root resource's.
	Name, Address, Scope string
	// Root is the root resource.
	Root *inventory.Resource
	// Hosting is a hosting id of the catalog, or UnknownHosting.
	Hosting string
	// Candidates are the hostings that are possible when Hosting is UnknownHosting.
	Candidates []Candidate
	// Because is what decided the hosting, the nearest first.
	Because []Evidence
	// Why says in one sentence how the hosting was told.
	Why string
	// Parts are what decides about the workload, by role: "function", "taskDefinition", "launchTemplate", "image".
	// Each role has one type per hosting, named in the catalog's `uses`.
	Parts map[string]Part
}

// Candidate is one possible hosting.
type Candidate struct {
	Hosting string
	// When says in words what would make it this hosting: "launch_type is EC2".
	When string
}

// Evidence is a property that decided something.
type Evidence struct {
	// Property is "Type.Path": "AWS::Lambda::Function.PackageType".
	Property string
	// Value carries the place, the defaults it rests on and what is unresolved.
	Value inventory.Value
}

// Part is a resource in its role for a workload.
type Part struct {
	// Resource is nil when the part is absent, or when Unknown is set.
	Resource *inventory.Resource
	// Unknown is set when the part exists or may exist but could not be read: it lies in a module that is not on disk,
	// or an unknown value refers to it. Every property of it is unknown then, by the reason in Why.
	Unknown bool
	Why     []inventory.Step
	// Because replaces the part's own properties as evidence when the part is a derived fact (an onus:: type): the
	// properties it was derived from.
	Because []Evidence
}

// Options tells Find what it cannot read from the inventory.
type Options struct {
	// Roots maps the type of each data or integration root to its hosting: "AWS::SQS::Queue" to "sqs".
	Roots map[string]string
	// ClusterHosting is how the user says that pods are hosted where the inventory leaves it open: one of
	// ClusterHostings, or empty.
	ClusterHosting string
	// Diags receives what discovery could not follow.
	Diags *diag.List
}
