package evidence_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

// fact reads a file and derives a fact of its first workload, or of its first resource of a kind.
func factOf(t *testing.T, file, text, kind, role, typ string) inventory.Value {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	inv := source.Read([]string{dir}, source.Options{Types: vocabulary.Load()})
	for _, d := range inv.Diags {
		if d.Incomplete {
			t.Fatal(d)
		}
	}
	ix := inventory.NewIndex(inv)
	g := evidence.New(inv, ix, evidence.Options{})
	if kind != "" {
		return g.OfResource(ix.OfType(kind)[0], "").Part(role, typ).Value
	}
	found := workload.Find(ix, inv, workload.Options{Diags: &inv.Diags})
	if len(found) == 0 {
		t.Fatal("no workload")
	}
	return g.Of(&found[0]).Part(role, typ).Value
}

// short writes a value on one line: "?" is unknown, "-" not set.
func short(v inventory.Value) string {
	switch v.Kind() {
	case inventory.Unknown:
		return "?"
	case inventory.Null:
		return "-"
	case inventory.List:
		var out []string
		for _, item := range v.List() {
			out = append(out, short(item))
		}
		return "[" + strings.Join(out, " ") + "]"
	case inventory.Map:
		var out []string
		for _, p := range v.Properties() {
			out = append(out, p.Name+"="+short(p.Value))
		}
		return "{" + strings.Join(out, " ") + "}"
	}
	text, _ := v.Text()
	return text
}

// fields are the named fields of a fact, each as "name=value".
func fields(v inventory.Value, names ...string) string {
	var out []string
	for _, n := range names {
		out = append(out, n+"="+short(v.Get(n)))
	}
	return strings.Join(out, " ")
}

// deployment is a Deployment with settings of the pod and of its container, each indented by the caller's own lines.
func deployment(pod, container, more string) string {
	indent := func(text, by string) string {
		if text == "" {
			return ""
		}
		return by + strings.ReplaceAll(text, "\n", "\n"+by) + "\n"
	}
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n" +
		"    metadata: {labels: {app: web, tier: front}}\n    spec:\n" + indent(pod, "      ") +
		"      containers:\n        - name: web\n" + indent(container, "          ") + more
}

func TestPodSecurityOfPods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, pod, want string }{
		{"nothing set", "", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[] runtimeSocket=false sysctls=- windows=false"},
		{"the node's namespaces", "hostNetwork: true\nhostPID: true\nhostIPC: true", "hostNetwork=true hostPID=true hostIPC=true hostPaths=[] runtimeSocket=false sysctls=- windows=false"},
		{"a directory", "volumes: [{name: a, hostPath: {path: /var/log}}, {name: b, emptyDir: {}}]", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[/var/log] runtimeSocket=false sysctls=- windows=false"},
		{"the socket", "volumes: [{name: a, hostPath: {path: /run/containerd/containerd.sock}}]", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[/run/containerd/containerd.sock] runtimeSocket=true sysctls=- windows=false"},
		{"a directory around the socket", "volumes: [{name: a, hostPath: {path: /var/run/}}]", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[/var/run/] runtimeSocket=true sysctls=- windows=false"},
		{"kernel settings", "securityContext: {sysctls: [{name: net.core.somaxconn, value: \"1\"}]}", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[] runtimeSocket=false sysctls=[net.core.somaxconn] windows=false"},
		{"Windows", "nodeSelector: {kubernetes.io/os: windows}", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[] runtimeSocket=false sysctls=- windows=true"},
		{"Windows by its field", "os: {name: windows}", "hostNetwork=false hostPID=false hostIPC=false hostPaths=[] runtimeSocket=false sysctls=- windows=true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "a.yaml", deployment(c.pod, "image: a", ""), "", "podSecurity", "onus::PodSecurity")
			if diff := cmp.Diff(c.want, fields(got, "hostNetwork", "hostPID", "hostIPC", "hostPaths", "runtimeSocket", "sysctls", "windows")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPodSecurityOfContainers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, pod, container, field, want string }{
		{"may be root", "", "image: a", "root", "true"},
		{"the pod keeps from root", "securityContext: {runAsNonRoot: true}", "image: a", "root", "false"},
		{"the container overrides the pod", "securityContext: {runAsNonRoot: true}", "securityContext: {runAsNonRoot: false}", "root", "true"},
		{"another user", "", "securityContext: {runAsUser: 1000}", "root", "false"},
		{"user 0", "securityContext: {runAsUser: 1000}", "securityContext: {runAsUser: 0}", "root", "true"},
		{"escalation by default", "", "image: a", "allowPrivilegeEscalation", "true"},
		{"no escalation", "", "securityContext: {allowPrivilegeEscalation: false}", "allowPrivilegeEscalation", "false"},
		{"privileged", "", "securityContext: {privileged: true}", "privileged", "true"},
		{"capabilities", "", "securityContext: {capabilities: {add: [CAP_SYS_ADMIN, net_admin]}}", "capabilitiesAdded", "[SYS_ADMIN NET_ADMIN]"},
		{"drops all", "", "securityContext: {capabilities: {drop: [all]}}", "dropsAll", "true"},
		{"drops one", "", "securityContext: {capabilities: {drop: [NET_RAW]}}", "dropsAll", "false"},
		{"seccomp of the pod", "securityContext: {seccompProfile: {type: RuntimeDefault}}", "image: a", "seccomp", "RuntimeDefault"},
		{"seccomp of the container", "securityContext: {seccompProfile: {type: RuntimeDefault}}", "securityContext: {seccompProfile: {type: Unconfined}}", "seccomp", "Unconfined"},
		{"read only", "", "securityContext: {readOnlyRootFilesystem: true}", "readOnlyRootFilesystem", "true"},
		{"a port of the node", "", "ports: [{containerPort: 80}, {containerPort: 81, hostPort: 81}]", "hostPort", "true"},
		{"no port of the node", "", "ports: [{containerPort: 80}]", "hostPort", "false"},
		{"limit", "", "resources: {limits: {memory: 1Gi}}", "memoryLimit", "true"},
		{"a limit stands for a request", "", "resources: {limits: {memory: 1Gi}}", "memoryRequest", "true"},
		{"a request is no limit", "", "resources: {requests: {memory: 1Gi}}", "memoryLimit", "false"},
		{"no CPU", "", "resources: {requests: {memory: 1Gi}}", "cpuRequest", "false"},
		{"probe", "", "readinessProbe: {tcpSocket: {port: 80}}", "readiness", "true"},
		{"no probe", "", "livenessProbe: {tcpSocket: {port: 80}}", "readiness", "false"},
		{"digest", "", "image: a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000", "pinned", "true"},
		{"tag", "", "image: registry.example.com:5000/a:1.2", "pinned", "true"},
		{"a port is no tag", "", "image: registry.example.com:5000/a", "pinned", "false"},
		{"latest", "", "image: a:latest", "pinned", "false"},
		{"no image", "", "command: [a]", "pinned", "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "a.yaml", deployment(c.pod, c.container, ""), "", "podSecurity", "onus::PodSecurity")
			if diff := cmp.Diff(c.want, short(got.Get("containers").List()[0].Get(c.field))); diff != "" {
				t.Errorf("%s: %s", c.field, diff)
			}
		})
	}
}

func TestPodSecurityTakesContainersThatStartThePod(t *testing.T) {
	t.Parallel()
	text := deployment("initContainers: [{name: init, image: a, securityContext: {privileged: true}}]", "image: a", "")
	got := factOf(t, "a.yaml", text, "", "podSecurity", "onus::PodSecurity")
	if want, have := "[web init]", short(inventory.ListValue(names(got.Get("containers")), got.Origin())); have != want {
		t.Errorf("containers are %s, want %s", have, want)
	}
	at := got.Get("containers").List()[1].Get("privileged").Origin()
	if at.Line != 8 {
		t.Errorf("privileged stands at line %d, want 8", at.Line)
	}
}

func names(list inventory.Value) []inventory.Value {
	var out []inventory.Value
	for _, item := range list.List() {
		out = append(out, item.Get("name"))
	}
	return out
}

// binding binds the account web to a ClusterRole in the whole cluster, and rules gives that role.
func binding(role string) string {
	return fmt.Sprintf("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: %q}\nsubjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n", role)
}

func rules(text string) string {
	return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: own}\nrules: [" + text + "]\n" + binding("own")
}

func TestPodAccess(t *testing.T) {
	t.Parallel()
	const account = "serviceAccountName: web"
	for _, c := range []struct{ name, pod, more, want string }{
		{"default account", "", "", "tokenMounted=true bound=false admin=false readsSecrets=false escalates=false"},
		{"no token", "automountServiceAccountToken: false", "", "tokenMounted=false bound=false admin=false readsSecrets=false escalates=false"},
		{"the account has no token", account, "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\nautomountServiceAccountToken: false\n", "tokenMounted=false bound=false admin=false readsSecrets=false escalates=false"},
		{"an account elsewhere", account, "", "tokenMounted=? bound=false admin=false readsSecrets=false escalates=false"},
		{"cluster-admin", account, binding("cluster-admin"), "tokenMounted=? bound=true admin=true readsSecrets=true escalates=true"},
		{"edit", account, binding("edit"), "tokenMounted=? bound=true admin=false readsSecrets=true escalates=true"},
		{"view", account, binding("view"), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=false"},
		{"a component's role", account, binding("system:auth-delegator"), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=false"},
		{"a role elsewhere", account, binding("other"), "tokenMounted=? bound=true admin=? readsSecrets=? escalates=?"},
		{"everything", account, rules(`{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}`), "tokenMounted=? bound=true admin=true readsSecrets=true escalates=true"},
		{"Secrets", account, rules(`{apiGroups: [""], resources: [secrets], verbs: [list]}`), "tokenMounted=? bound=true admin=false readsSecrets=true escalates=false"},
		{"named Secrets", account, rules(`{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}`), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=false"},
		{"making Secrets is no reading", account, rules(`{apiGroups: [""], resources: [secrets], verbs: [create]}`), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=false"},
		{"everything of another group", account, rules(`{apiGroups: [apps], resources: ["*"], verbs: ["*"]}`), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=false"},
		{"bind", account, rules(`{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}`), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=true"},
		{"impersonate", account, rules(`{apiGroups: [""], resources: [users], verbs: [impersonate]}`), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=true"},
		{"commands in pods", account, rules(`{apiGroups: [""], resources: [pods/exec], verbs: [create]}`), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=true"},
		{"in its namespace", account, strings.ReplaceAll(binding("cluster-admin"), "ClusterRoleBinding\nmetadata: {name: b}", "RoleBinding\nmetadata: {name: b, namespace: shop}"), "tokenMounted=? bound=true admin=false readsSecrets=false escalates=false"},
		{"all accounts", account, strings.ReplaceAll(binding("cluster-admin"), "{kind: ServiceAccount, name: web, namespace: shop}", `{kind: Group, name: "system:serviceaccounts:shop"}`), "tokenMounted=? bound=false admin=true readsSecrets=true escalates=true"},
		{"another namespace's account", account, strings.ReplaceAll(binding("cluster-admin"), "namespace: shop", "namespace: other"), "tokenMounted=? bound=false admin=false readsSecrets=false escalates=false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "a.yaml", deployment(c.pod, "image: a", c.more), "", "podAccess", "onus::PodAccess")
			if diff := cmp.Diff(c.want, fields(got, "tokenMounted", "bound", "admin", "readsSecrets", "escalates")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func service(notes, spec string) string {
	return "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, annotations: {" + notes + "}}\nspec: {type: LoadBalancer, selector: {app: web}, " + spec + "}\n"
}

func TestPodNetworkLoadBalancers(t *testing.T) {
	t.Parallel()
	const lb = "service.beta.kubernetes.io/aws-load-balancer-"
	for _, c := range []struct{ name, notes, spec, want string }{
		{"the controller built in", "", "ports: [{port: 80}]", "{name=web open=true otherPorts=false plainWeb=true public=true tls=false}"},
		{"the load balancer controller", lb + "type: external", "ports: [{port: 80}]", "{name=web open=true otherPorts=false plainWeb=true public=false tls=false}"},
		{"a class", "", "loadBalancerClass: eks.amazonaws.com/nlb, ports: [{port: 80}]", "{name=web open=true otherPorts=false plainWeb=true public=false tls=false}"},
		{"for the Internet", lb + "type: external, " + lb + "scheme: internet-facing", "ports: [{port: 443}]", "{name=web open=true otherPorts=false plainWeb=false public=true tls=true}"},
		{"internal", lb + "internal: \"true\"", "ports: [{port: 6379}]", "{name=web open=true otherPorts=true plainWeb=false public=false tls=false}"},
		{"named addresses", "", "loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 6379}]", "{name=web open=false otherPorts=true plainWeb=false public=true tls=false}"},
		{"every address by name", "", "loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0], ports: [{port: 80}]", "{name=web open=true otherPorts=false plainWeb=true public=true tls=false}"},
		{"addresses in the annotation", `service.beta.kubernetes.io/load-balancer-source-ranges: "10.0.0.0/8,192.168.0.0/16"`, "ports: [{port: 80}]", "{name=web open=false otherPorts=false plainWeb=true public=true tls=false}"},
		{"certificate", lb + "ssl-cert: c", "ports: [{port: 80}]", "{name=web open=true otherPorts=false plainWeb=true public=true tls=true}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "a.yaml", deployment("", "image: a", service(c.notes, c.spec)), "", "podNetwork", "onus::PodNetwork")
			if diff := cmp.Diff("["+c.want+"]", short(got.Get("loadBalancers"))); diff != "" {
				t.Error(diff)
			}
			if is, _ := got.Get("served").Bool(); !is {
				t.Error("not served")
			}
		})
	}
}

func TestPodNetworkIngresses(t *testing.T) {
	t.Parallel()
	const backend = "rules: [{http: {paths: [{backend: {service: {name: web, port: {number: 80}}}}]}}]"
	for _, c := range []struct{ name, notes, spec, want string }{
		{"plain", "", backend, "{internal=false name=web tls=false}"},
		{"TLS", "", "tls: [{secretName: t}], " + backend, "{internal=false name=web tls=true}"},
		{"an ALB is internal", "", "ingressClassName: alb, " + backend, "{internal=true name=web tls=false}"},
		{"an ALB for the Internet", "alb.ingress.kubernetes.io/scheme: internet-facing", "ingressClassName: alb, " + backend, "{internal=false name=web tls=false}"},
		{"certificate of ACM", "alb.ingress.kubernetes.io/certificate-arn: c", backend, "{internal=false name=web tls=true}"},
		{"listeners", `alb.ingress.kubernetes.io/listen-ports: '[{"HTTPS": 443}]'`, backend, "{internal=false name=web tls=true}"},
		{"plain listeners", `alb.ingress.kubernetes.io/listen-ports: '[{"HTTP": 80}]'`, backend, "{internal=false name=web tls=false}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			more := service("", "ports: [{port: 80}]") + "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop, annotations: {" + c.notes + "}}\nspec: {" + c.spec + "}\n"
			got := factOf(t, "a.yaml", deployment("", "image: a", more), "", "podNetwork", "onus::PodNetwork")
			if diff := cmp.Diff("["+c.want+"]", short(got.Get("ingresses"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPodNetworkIsolated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, spec, want string }{
		{"the namespace", "podSelector: {}, policyTypes: [Ingress]", "true"},
		{"the pod", "podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]", "true"},
		{"types by default", "podSelector: {}", "true"},
		{"what leaves only", "podSelector: {}, policyTypes: [Egress]", "false"},
		{"another pod", "podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]", "false"},
	} {
		more := "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {" + c.spec + "}\n"
		got := factOf(t, "a.yaml", deployment("", "image: a", more), "", "podNetwork", "onus::PodNetwork")
		if have := short(got.Get("isolated")); have != c.want {
			t.Errorf("%s: isolated is %s, want %s", c.name, have, c.want)
		}
	}
}

func TestPodAvailability(t *testing.T) {
	t.Parallel()
	object := func(version, kind, spec string) string {
		return "---\napiVersion: " + version + "\nkind: " + kind + "\nmetadata: {name: x, namespace: shop}\nspec: {" + spec + "}\n"
	}
	const target = "scaleTargetRef: {kind: Deployment, name: web}"
	for _, c := range []struct{ name, more, want string }{
		{"nothing", "", "replicas=1 budget=false limitRange=false"},
		{"autoscaler", object("autoscaling/v2", "HorizontalPodAutoscaler", target+", minReplicas: 3"), "replicas=3 budget=false limitRange=false"},
		{"autoscaler without a minimum", object("autoscaling/v2", "HorizontalPodAutoscaler", target), "replicas=1 budget=false limitRange=false"},
		{"KEDA", object("keda.sh/v1alpha1", "ScaledObject", "scaleTargetRef: {name: web}, minReplicaCount: 2"), "replicas=2 budget=false limitRange=false"},
		{"budget", object("policy/v1", "PodDisruptionBudget", "maxUnavailable: 1, selector: {matchLabels: {app: web}}"), "replicas=1 budget=true limitRange=false"},
		{"budget of the namespace", object("policy/v1", "PodDisruptionBudget", "maxUnavailable: 1, selector: {}"), "replicas=1 budget=true limitRange=false"},
		{"budget of none", object("policy/v1", "PodDisruptionBudget", "maxUnavailable: 1"), "replicas=1 budget=false limitRange=false"},
		{"KEDA without a minimum", object("keda.sh/v1alpha1", "ScaledObject", "scaleTargetRef: {name: web}"), "replicas=0 budget=false limitRange=false"},
		{"budget of others", object("policy/v1", "PodDisruptionBudget", "selector: {matchLabels: {app: web, tier: back}}"), "replicas=1 budget=false limitRange=false"},
		{"budget of a label that the pods lack", object("policy/v1", "PodDisruptionBudget", "selector: {matchLabels: {app: web, team: a}}"), "replicas=1 budget=false limitRange=false"},
		{"budget by expressions", object("policy/v1", "PodDisruptionBudget", "selector: {matchExpressions: [{key: app, operator: Exists}]}"), "replicas=1 budget=? limitRange=false"},
		{"limits of the namespace", object("v1", "LimitRange", "limits: [{type: Container, default: {memory: 1Gi}}]"), "replicas=1 budget=false limitRange=true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := factOf(t, "a.yaml", deployment("", "image: a", c.more), "", "podAvailability", "onus::PodAvailability")
			if diff := cmp.Diff(c.want, fields(got, "replicas", "budget", "limitRange")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPodSecrets(t *testing.T) {
	t.Parallel()
	text := deployment("initContainers: [{name: init, image: a, env: [{name: API_KEY, value: abcdefgh}]}]",
		"image: a\nenv: [{name: DB_PASSWORD, value: hunter2x}, {name: TOKEN_URL, value: \"https://a\"}, {name: SECRET, valueFrom: {secretKeyRef: {name: a, key: b}}}, {name: MODE, value: a}]", "")
	got := factOf(t, "a.yaml", text, "", "podSecrets", "onus::Secrets")
	if want, have := "[DB_PASSWORD API_KEY]", short(got.Get("Names")); have != want {
		t.Errorf("got %s, want %s", have, want)
	}
}

func TestObjectsBesideWinOverThoseElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, f := range []struct{ path, text string }{
		{"a/web.yaml", deployment("serviceAccountName: web", "image: a", "")},
		{"a/rbac.yaml", strings.TrimPrefix(binding("view"), "---\n")},
		{"b/rbac.yaml", strings.TrimPrefix(binding("cluster-admin"), "---\n")},
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f.path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.path), []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inv := source.Read([]string{dir}, source.Options{Types: vocabulary.Load()})
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Diags: &inv.Diags})
	i := slices.IndexFunc(found, func(w workload.Workload) bool { return w.Root.Type == "Deployment" })
	got := evidence.New(inv, ix, evidence.Options{}).Of(&found[i]).Part("podAccess", "onus::PodAccess").Value
	if have := fields(got, "bound", "admin"); have != "bound=true admin=false" {
		t.Error(have)
	}
}
