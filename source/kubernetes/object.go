package kubernetes

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// generatedMark ends the name of an object whose name the cluster completes (generateName).
const generatedMark = "*"

// lastApplied is the annotation in which kubectl keeps a copy of the whole object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Object makes the resource of one Kubernetes object, given with its own field names. ok is false when v is no object:
// no apiVersion, kind or name. The name may be generateName's text followed by "*". namespace is where an object goes that
// names none, empty for "default". Secret values become sensitive.
func Object(v inventory.Value, scope, namespace string) (r *inventory.Resource, ok bool) {
	kind, _ := v.Get("kind").Text()
	version, _ := v.Get("apiVersion").Text()
	name, _ := v.Get("metadata.name").Text()
	if generate, _ := v.Get("metadata.generateName").Text(); name == "" && generate != "" {
		name = generate + generatedMark
	}
	if name == "" && v.Get("metadata.name").IsUnknown() {
		name = v.Get("metadata.name").Partial()
	}
	if kind == "" || version == "" || name == "" {
		return nil, false
	}
	if own, _ := v.Get("metadata.namespace").Text(); own != "" {
		namespace = own
	}
	if kind == "Secret" {
		v = sealed(v)
	}
	return &inventory.Resource{
		Type:       kind,
		SourceType: version + "/" + kind,
		Address:    Address(version, kind, namespace, name),
		Name:       name,
		Scope:      scope,
		Properties: v,
		Origin:     v.Origin(),
		Mapped:     true,
	}, true
}

// Address returns how an object is named: "Kind/namespace/name", or "Kind/name" for a kind without namespaces. An empty
// namespace is "default".
func Address(apiVersion, kind, namespace, name string) string {
	if ClusterScoped(apiVersion, kind) {
		return kind + "/" + name
	}
	if namespace == "" {
		namespace = "default"
	}
	return kind + "/" + namespace + "/" + name
}

// sealed marks the values of a Secret sensitive, and the copy of them that kubectl leaves in an annotation.
func sealed(v inventory.Value) inventory.Value {
	return mapProperties(v, func(name string, p inventory.Value) inventory.Value {
		switch {
		case name == "data" || name == "stringData":
			return sensitive(p)
		case name == "metadata":
			return mapNamed(p, "annotations", func(a inventory.Value) inventory.Value {
				return mapNamed(a, lastApplied, sensitive)
			})
		}
		return p
	})
}

func sensitive(v inventory.Value) inventory.Value {
	switch v.Kind() {
	case inventory.Map:
		return mapProperties(v, func(_ string, p inventory.Value) inventory.Value { return sensitive(p) })
	case inventory.List:
		return mapList(v, sensitive)
	}
	return v.AsSensitive()
}

func mapNamed(v inventory.Value, name string, change func(inventory.Value) inventory.Value) inventory.Value {
	if v.Kind() != inventory.Map {
		return v
	}
	return mapProperties(v, func(n string, p inventory.Value) inventory.Value {
		if n == name {
			return change(p)
		}
		return p
	})
}

// runsPods are the built-in kinds that run pods. A template directive in one of them may decide anything about it.
var runsPods = map[string]bool{
	"Pod": true, "Deployment": true, "StatefulSet": true, "DaemonSet": true, "ReplicaSet": true,
	"ReplicationController": true, "Job": true, "CronJob": true, "PodTemplate": true,
}

// ClusterScoped reports whether objects of a kind stand outside every namespace: Kubernetes' own kinds, and those of
// widely used extensions. Any other kind is taken to have namespaces.
func ClusterScoped(apiVersion, kind string) bool {
	group, _, found := strings.Cut(apiVersion, "/")
	if !found {
		group = ""
	}
	return clusterScoped[kind] || clusterScoped[group+"/"+kind]
}

// clusterScoped holds kinds, with their group where another group has a namespaced kind of the same name.
var clusterScoped = map[string]bool{
	// Kubernetes
	"Namespace": true, "Node": true, "PersistentVolume": true, "ComponentStatus": true,
	"ClusterRole": true, "ClusterRoleBinding": true, "CustomResourceDefinition": true, "APIService": true,
	"MutatingWebhookConfiguration": true, "ValidatingWebhookConfiguration": true,
	"MutatingAdmissionPolicy": true, "MutatingAdmissionPolicyBinding": true,
	"ValidatingAdmissionPolicy": true, "ValidatingAdmissionPolicyBinding": true,
	"CertificateSigningRequest": true, "ClusterTrustBundle": true,
	"StorageClass": true, "VolumeAttachment": true, "VolumeAttributesClass": true, "CSIDriver": true, "CSINode": true,
	"PriorityClass": true, "RuntimeClass": true, "IngressClass": true, "PodSecurityPolicy": true,
	"FlowSchema": true, "PriorityLevelConfiguration": true, "IPAddress": true, "ServiceCIDR": true,
	"DeviceClass": true, "ResourceSlice": true, "StorageVersion": true, "StorageVersionMigration": true,
	"TokenReview": true, "SelfSubjectReview": true, "SubjectAccessReview": true, "SelfSubjectAccessReview": true,
	"SelfSubjectRulesReview": true,
	// Karpenter, EKS Auto Mode and other node provisioning
	"NodePool": true, "NodeClaim": true, "NodeClass": true, "EC2NodeClass": true, "NodeOverlay": true,
	"karpenter.sh/Provisioner": true, "karpenter.sh/Machine": true, "AWSNodeTemplate": true,
	"eks.amazonaws.com/IngressClassParams": true, "elbv2.k8s.aws/IngressClassParams": true,
	"crd.k8s.amazonaws.com/ENIConfig": true, "vpcresources.k8s.aws/CNINode": true,
	// storage, certificates, secrets
	"VolumeSnapshotClass": true, "VolumeSnapshotContent": true, "VolumeGroupSnapshotClass": true,
	"VolumeGroupSnapshotContent": true, "ClusterIssuer": true, "trust.cert-manager.io/Bundle": true,
	"ClusterSecretStore": true, "ClusterExternalSecret": true, "ClusterPushSecret": true, "ClusterGenerator": true,
	// networking
	"GatewayClass": true, "IPPool": true, "BGPConfiguration": true, "BGPPeer": true, "FelixConfiguration": true,
	"GlobalNetworkPolicy": true, "GlobalNetworkSet": true, "HostEndpoint": true, "ClusterInformation": true,
	"KubeControllersConfiguration": true, "IPAMBlock": true, "IPAMConfig": true, "IPAMHandle": true, "BlockAffinity": true,
	"CiliumNode": true, "CiliumClusterwideNetworkPolicy": true, "CiliumIdentity": true, "CiliumExternalWorkload": true,
	"CiliumLoadBalancerIPPool": true, "AdminNetworkPolicy": true, "BaselineAdminNetworkPolicy": true,
	// policy and tenancy
	"kyverno.io/ClusterPolicy": true, "ClusterCleanupPolicy": true, "ClusterPolicyReport": true,
	"ConstraintTemplate": true, "config.gatekeeper.sh/Config": false, "capsule.clastix.io/Tenant": true,
	"operator.tigera.io/Installation": true, "operator.tigera.io/APIServer": true,
	// Crossplane, autoscaling, workflows, queues
	"CompositeResourceDefinition": true, "Composition": true, "pkg.crossplane.io/Provider": true,
	"pkg.crossplane.io/Configuration": true, "pkg.crossplane.io/Function": true, "ClusterTriggerAuthentication": true,
	"ClusterWorkflowTemplate": true, "ClusterTask": true, "ClusterInterceptor": true, "ClusterAnalysisTemplate": true,
	"ClusterQueue": true, "ResourceFlavor": true, "WorkloadPriorityClass": true, "ClusterServingRuntime": true,
	"nvidia.com/ClusterPolicy": true,
}
