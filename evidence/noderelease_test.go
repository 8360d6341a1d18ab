package evidence_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func nodeClass(spec string) string {
	return "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: default}\nspec: {" + spec + "}\n"
}

func TestNodeReleaseOfNodeClasses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, spec, want string }{
		{"alias of the newest", "amiSelectorTerms: [{alias: al2023@latest}]", "Tracking=true Released=-"},
		{"alias of a day", "amiSelectorTerms: [{alias: al2023@v20240807}]", "Tracking=false Released=2024-08-07T00:00:00Z"},
		{"alias without a day", "amiSelectorTerms: [{alias: bottlerocket@v1.20.4}]", "Tracking=false Released=?"},
		{"a day that is none", "amiSelectorTerms: [{alias: al2023@v20241307}]", "Tracking=false Released=?"},
		{"an image", "amiSelectorTerms: [{id: ami-0abc}]", "Tracking=false Released=?"},
		{"tags", "amiSelectorTerms: [{tags: {team: a}}]", "Tracking=true Released=-"},
		{"a name with a wildcard", "amiSelectorTerms: [{name: amazon-eks-node-al2023-*}]", "Tracking=true Released=-"},
		{"a name with a day", "amiSelectorTerms: [{name: amazon-eks-node-al2023-x86_64-standard-1.34-v20261105}]", "Tracking=false Released=2026-11-05T00:00:00Z"},
		{"the recommended parameter", "amiSelectorTerms: [{ssmParameter: /aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/image_id}]", "Tracking=true Released=-"},
		{"the family alone", "amiFamily: AL2023", "Tracking=true Released=-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "a.yaml", nodeClass(c.spec), "EC2NodeClass", "nodeRelease", "onus::NodeRelease")
			if diff := cmp.Diff(c.want, fields(got, "Tracking", "Released")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func nodeGroup(more string) string {
	return "resource \"aws_eks_node_group\" \"apps\" {\n  cluster_name = \"main\"\n  subnet_ids = [\"subnet-0a\"]\n" + more + "\n}\n"
}

func TestNodeReleaseOfNodeGroups(t *testing.T) {
	t.Parallel()
	const lookup = "data \"aws_ssm_parameter\" \"r\" {\n  name = \"/a\"\n}\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", nodeGroup(""), "Tracking=false Released=-"},
		{"of Amazon Linux", nodeGroup(`  release_version = "1.34.2-20261105"`), "Tracking=false Released=2026-11-05T00:00:00Z"},
		{"of Windows", nodeGroup(`  release_version = "1.34-2026.11.05"`), "Tracking=false Released=2026-11-05T00:00:00Z"},
		{"of Bottlerocket", nodeGroup(`  release_version = "1.19.2-29cc92cc"`), "Tracking=false Released=?"},
		{"looked up", nodeGroup("  release_version = data.aws_ssm_parameter.r.value") + lookup, "Tracking=true Released=-"},
		{"looked up and cleaned", nodeGroup("  release_version = nonsensitive(data.aws_ssm_parameter.r.value)") + lookup, "Tracking=true Released=-"},
		{"a variable", nodeGroup("  release_version = var.release") + "variable \"release\" {}\n", "Tracking=? Released=?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "main.tf", c.text, "AWS::EKS::Nodegroup", "nodeRelease", "onus::NodeRelease")
			if diff := cmp.Diff(c.want, fields(got, "Tracking", "Released")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKubeServer(t *testing.T) {
	t.Parallel()
	instance := func(script string) string {
		return "resource \"aws_instance\" \"a\" {\n  ami = \"ami-0abc\"\n  user_data = " + script + "\n}\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"kubeadm", instance(`"kubeadm init"`), "Server=true AuditLog=false SecretsEncrypted=false"},
		{"a worker", instance(`"kubeadm join 10.0.0.1:6443"`), "Server=false AuditLog=false SecretsEncrypted=false"},
		{"k3s", instance(`"curl -sfL https://get.k3s.io | sh -s - server --cluster-init --secrets-encryption"`), "Server=true AuditLog=false SecretsEncrypted=true"},
		{"flags", instance(`"kube-apiserver --audit-log-path=/a --encryption-provider-config=/b"`), "Server=true AuditLog=true SecretsEncrypted=true"},
		{"encoded", instance(`base64encode("kube-apiserver --audit-policy-file=/a")`), "Server=true AuditLog=true SecretsEncrypted=false"},
		{"a part is not known", instance(`"kubeadm init --token ${var.token}"`) + "variable \"token\" {}\n", "Server=true AuditLog=? SecretsEncrypted=?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "main.tf", c.text, "", "kubeServer", "onus::KubeServer")
			if diff := cmp.Diff(c.want, fields(got, "Server", "AuditLog", "SecretsEncrypted")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFargateLogging(t *testing.T) {
	t.Parallel()
	config := "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-logging, namespace: %s}\n"
	for namespace, want := range map[string]string{"aws-observability": "configured=true", "default": "configured=false"} {
		text := deployment("", "image: a", config[:len(config)-4]+namespace+"}\n")
		got := factOf(t, "a.yaml", text, "", "fargateLogging", "onus::FargateLogging")
		if have := fields(got, "configured"); have != want {
			t.Errorf("in %s: %s, want %s", namespace, have, want)
		}
	}
}
