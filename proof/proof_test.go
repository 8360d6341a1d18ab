package proof_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// good is the document of an instance that is up to date and hardened.
func good(change ...func(*host.Document)) *host.Document {
	yes, no := func(s string) host.Fact { return host.Fact{Answer: host.Yes, Because: s} }, func(s string) host.Fact { return host.Fact{Answer: host.No, Because: s} }
	d := &host.Document{
		SchemaVersion: "1.0", Kind: "onus-host", CollectedAt: "2026-11-20T08:00:00Z",
		Machine: host.Machine{ID: "i-0123456789abcdef0", Kind: host.Nitro},
		System:  host.System{ID: "ubuntu", Version: "24.04", SupportEnds: "2029-04-01"},
		Kernel:  host.Kernel{Current: yes("kernel is new")},
		Reboot:  no("no restart"),
		Updates: host.Updates{Pending: host.Pending{Fact: no("none pending")}},
		CPU:     []host.CPUFault{{Name: "mds", State: "mitigated", Guest: host.HalfDone, Host: host.HalfUnknown}},
		SSH:     host.SSH{Present: no("no sshd")}, Kubelet: host.Kubelet{Present: no("no kubelet")},
		Metadata: host.IMDS{Asked: true, Tokens: yes("tokens are required")},
		Software: []host.Component{{Name: "containerd", Package: "containerd", Version: "1.7.27", Newest: yes("newest"), Restart: no("runs")}},
	}
	for _, c := range change {
		c(d)
	}
	return d
}

func at(day string) func(*host.Document) {
	return func(d *host.Document) { d.CollectedAt = day + "T08:00:00Z" }
}
func id(s string) func(*host.Document) { return func(d *host.Document) { d.Machine.ID = s } }
func named(s string) func(*host.Document) {
	return func(d *host.Document) { d.Workloads = []string{s} }
}
func tag(k, v string) func(*host.Document) {
	return func(d *host.Document) { d.Machine.Tags = map[string]string{k: v, "eks:cluster-name": "c"} }
}
func behind(d *host.Document) {
	d.Updates.Pending.Fact = host.Fact{Answer: host.Yes, Because: "openssl is pending."}
}

type props map[string]string

// instance, group and nodes are workloads of one resource.
func instance(scope, name string, p props) workload.Workload {
	return of("AWS::EC2::Instance", "ec2", scope, name, p)
}
func group(name string, p props) workload.Workload {
	return of("AWS::AutoScaling::AutoScalingGroup", "ec2", "infra", name, p)
}
func nodes(name string, p props) workload.Workload {
	return of("AWS::EKS::Nodegroup", "eks-managed-nodes", "infra", name, p)
}

func of(typ, hosting, scope, name string, p props) workload.Workload {
	var list []inventory.Property
	nested := map[string][]inventory.Property{}
	for k, v := range p {
		if outer, inner, ok := strings.Cut(k, "."); ok {
			nested[outer] = append(nested[outer], inventory.Property{Name: inner, Value: inventory.StringValue(v, diag.Range{})})
			continue
		}
		list = append(list, inventory.Property{Name: k, Value: inventory.StringValue(v, diag.Range{})})
	}
	for k, v := range nested {
		list = append(list, inventory.Property{Name: k, Value: inventory.MapValue(v, diag.Range{})})
	}
	r := &inventory.Resource{Type: typ, Address: name, Scope: scope, Name: name, Properties: inventory.MapValue(list, diag.Range{})}
	return workload.Workload{ID: "id-" + scope + "-" + name, Name: name, Address: name, Scope: scope, Root: r, Hosting: hosting, Parts: map[string]workload.Part{}}
}

// load writes the documents and loads them.
func load(t *testing.T, found []workload.Workload, docs ...*host.Document) (*proof.Set, diag.List) {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, d := range docs {
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, string(rune('a'+i))+".json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return proof.Load(paths, proof.Options{AsOf: asOf, Workloads: found})
}

func verdict(s *proof.Set, w workload.Workload, d stack.Duty) string {
	p := s.Proves(&w, d)
	if p == nil {
		return "nothing"
	}
	return string(p.Verdict)
}

const apply = stack.Duty("operating-system/apply")

// TestMatch tells which workloads a document is about, and how far it reaches.
func TestMatch(t *testing.T) {
	t.Parallel()
	known := instance("infra", "acct/i-0123456789abcdef0", nil)
	pods := of("Deployment", "eks-managed-nodes", "infra", "Deployment/default/web", nil)
	ng := nodes("ng", props{"NodegroupName": "ng", "ClusterName": "c", "ScalingConfig.MaxSize": "1"})
	pods.Parts["nodegroup"] = workload.Part{Resource: ng.Root}
	task := of("AWS::ECS::Service", "ecs-ec2", "infra", "svc", nil)
	one := group("asg", props{"AutoScalingGroupName": "asg", "MaxSize": "1"})
	task.Parts["group"] = workload.Part{Resource: one.Root}
	many := instance("infra", "web", nil)
	many.Root.ManyUnknown = true
	for _, tt := range []struct {
		name  string
		found []workload.Workload
		docs  []*host.Document
		// want is the verdict of each workload in order; warn is a word of a diagnostic, empty for none.
		want, warn string
	}{
		{"by address", []workload.Workload{instance("infra", "web", nil), instance("infra", "db", nil)}, []*host.Document{good(named("web"))}, "met nothing", ""},
		{"by id", []workload.Workload{instance("infra", "web", nil), instance("stage", "web", nil)}, []*host.Document{good(named("id-stage-web"))}, "nothing met", ""},
		{"an address of two roots", []workload.Workload{instance("infra", "web", nil), instance("stage", "web", nil)}, []*host.Document{good(named("web"))}, "nothing nothing", "not told apart"},
		{"an address that is not there", []workload.Workload{instance("infra", "web", nil)}, []*host.Document{good(named("api"))}, "nothing", "not in the input"},
		{"by the instance id", []workload.Workload{known, instance("infra", "web", nil)}, []*host.Document{good()}, "met nothing", ""},
		{"another instance", []workload.Workload{known}, []*host.Document{good(id("i-0fedcba9876543210"))}, "nothing", "No workload"},
		{"named, but another instance", []workload.Workload{known}, []*host.Document{good(id("i-0fedcba9876543210"), named(known.Address))}, "nothing", "counts for nothing"},
		{"by Name", []workload.Workload{instance("infra", "web", props{"Tags.Name": "web-1"})}, []*host.Document{good(tag("Name", "web-1"))}, "met", ""},
		{"a Name of two", []workload.Workload{instance("infra", "a", props{"Tags.Name": "web"}), instance("infra", "b", props{"Tags.Name": "web"})}, []*host.Document{good(tag("Name", "web"))}, "nothing nothing", "could be of 2"},
		{"a group of one", []workload.Workload{one}, []*host.Document{good(tag("aws:autoscaling:groupName", "asg"))}, "met", ""},
		{"a group of two", []workload.Workload{group("asg", props{"MaxSize": "2"})}, []*host.Document{good(named("asg"))}, "undetermined", ""},
		{"both of a group of two", []workload.Workload{group("asg", props{"MaxSize": "2"})}, []*host.Document{good(named("asg")), good(named("asg"), id("i-0fedcba9876543210"))}, "met", ""},
		{"one of them twice", []workload.Workload{group("asg", props{"MaxSize": "2"})}, []*host.Document{good(named("asg")), good(named("asg"), at("2026-11-21"))}, "undetermined", ""},
		{"two without an id", []workload.Workload{group("asg", props{"MaxSize": "2"})}, []*host.Document{good(named("asg"), id("")), good(named("asg"), id(""))}, "undetermined", ""},
		{"one of them is behind", []workload.Workload{group("asg", props{"MaxSize": "9"})}, []*host.Document{good(named("asg")), good(named("asg"), id("i-0fedcba9876543210"), behind)}, "unmet", ""},
		{"the later of one machine counts", []workload.Workload{instance("infra", "web", nil)}, []*host.Document{good(named("web"), behind), good(named("web"), at("2026-11-21"))}, "met", ""},
		{"two machines for one instance", []workload.Workload{instance("infra", "web", nil)}, []*host.Document{good(named("web"), behind), good(named("web"), id("i-0fedcba9876543210"))}, "undetermined", ""},
		{"a group of unknown size", []workload.Workload{group("asg", nil)}, []*host.Document{good(named("asg"))}, "undetermined", ""},
		{"instances of unknown number", []workload.Workload{many}, []*host.Document{good(named("web"))}, "undetermined", ""},
		{"a node group and its pods", []workload.Workload{ng, pods}, []*host.Document{good(tag("eks:nodegroup-name", "ng"))}, "met met", ""},
		{"a node group of another cluster", []workload.Workload{nodes("ng", props{"NodegroupName": "ng", "ClusterName": "other"})}, []*host.Document{good(tag("eks:nodegroup-name", "ng"))}, "nothing", "No workload"},
		{"tasks may run on more than the group", []workload.Workload{one, task}, []*host.Document{good(named("asg"))}, "met undetermined", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, diags := load(t, tt.found, tt.docs...)
			var got []string
			for _, w := range tt.found {
				got = append(got, verdict(s, w, apply))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			var text []string
			for _, d := range diags {
				text = append(text, d.String())
			}
			if all := strings.Join(text, "\n"); tt.warn == "" && all != "" || !strings.Contains(all, tt.warn) {
				t.Errorf("diagnostics %q, want one with %q", all, tt.warn)
			}
		})
	}
}

// TestExtentIsTold: the reason says how many machines are covered.
func TestExtentIsTold(t *testing.T) {
	t.Parallel()
	w := group("asg", props{"MaxSize": "3"})
	s, _ := load(t, []workload.Workload{w}, good(named("asg")))
	p := s.Proves(&w, apply)
	if !strings.HasSuffix(p.Reason, "This covers 1 machine of the 3 machines that there may be.") || p.Covered != 1 || p.Of != 3 || p.Until != "2026-12-04" {
		t.Errorf("%+v", p)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	w := instance("infra", "web", nil)
	for day, want := range map[string]string{"2026-11-24": "met", "2026-11-10": "met", "2026-11-09": "nothing", "2026-11-25": "nothing"} {
		s, diags := load(t, []workload.Workload{w}, good(named("web"), at(day)))
		if got := verdict(s, w, apply); got != want {
			t.Errorf("%s: got %s, want %s", day, got, want)
		}
		if expired := len(s.Expired()) == 1; expired != (day == "2026-11-09") {
			t.Errorf("%s: expired: %+v", day, s.Expired())
		}
		if (len(diags) > 0) != (want == "nothing") || diags.Incomplete() != (day == "2026-11-25") {
			t.Errorf("%s: %v", day, diags)
		}
	}
}

// TestJudge changes one thing of a machine at a time.
func TestJudge(t *testing.T) {
	t.Parallel()
	const configure, runtime = stack.Duty("operating-system/configure"), stack.Duty("container-runtime/apply")
	unknown := host.Fact{Answer: host.Unknown, Because: "It is not known."}
	yes, no := host.Fact{Answer: host.Yes, Because: "Yes."}, host.Fact{Answer: host.No, Because: "No."}
	ssh := func(settings ...host.Setting) func(*host.Document) {
		return func(d *host.Document) {
			d.SSH = host.SSH{Present: yes, Enabled: yes, Settings: append(settings,
				host.Setting{Name: "PermitRootLogin", Value: "no"}, host.Setting{Name: "PasswordAuthentication", Value: "no"},
				host.Setting{Name: "PermitEmptyPasswords", Value: "no"}, host.Setting{Name: "UsePAM", Value: "yes"})}
		}
	}
	kubelet := func(anonymous, mode, port string) func(*host.Document) {
		return func(d *host.Document) {
			d.Kubelet = host.Kubelet{Present: yes, Settings: []host.Setting{{Name: "anonymousAuth", Value: anonymous}, {Name: "authorizationMode", Value: mode}, {Name: "readOnlyPort", Value: port}}}
		}
	}
	for _, tt := range []struct {
		name string
		duty stack.Duty
		doc  *host.Document
		want proof.Verdict
	}{
		{"up to date", apply, good(), proof.Met},
		{"a fix is pending", apply, good(behind), proof.Unmet},
		{"pending is not known", apply, good(func(d *host.Document) { d.Updates.Pending.Fact = unknown }), proof.Undetermined},
		{"pending is left out", apply, good(func(d *host.Document) { d.Updates.Pending.Fact = host.Fact{} }), proof.Undetermined},
		{"a restart is due", apply, good(func(d *host.Document) { d.Reboot = yes }), proof.Unmet},
		{"a restart is not known", apply, good(func(d *host.Document) { d.Reboot = unknown }), proof.Undetermined},
		{"an old kernel runs", apply, good(func(d *host.Document) { d.Kernel.Current = no }), proof.Unmet},
		{"support ended", apply, good(func(d *host.Document) { d.System.SupportEnds = "2026-06-30" }), proof.Undetermined},
		{"support is not known", apply, good(func(d *host.Document) { d.System.SupportEnds = "" }), proof.Undetermined},
		{"support ended and a fix is pending", apply, good(behind, func(d *host.Document) { d.System.SupportEnds = "" }), proof.Unmet},
		{"inside of a container", apply, good(behind, func(d *host.Document) { d.System.Inside = "container" }), proof.Undetermined},
		{"newest engine", runtime, good(), proof.Met},
		{"no engine", runtime, good(func(d *host.Document) { d.Software = nil }), proof.Undetermined},
		{"only an agent", runtime, good(func(d *host.Document) { d.Software[0].Name = "ssm-agent" }), proof.Undetermined},
		{"a fix of the engine", runtime, good(func(d *host.Document) {
			d.Software[0].Newest = no
			d.Updates.Pending.Packages = []host.Update{{Name: "containerd", Security: true}}
		}), proof.Unmet},
		{"a newer engine", runtime, good(func(d *host.Document) {
			d.Software[0].Newest = no
			d.Updates.Pending.Packages = []host.Update{{Name: "containerd"}}
		}), proof.Undetermined},
		{"an engine that nothing knows", runtime, good(func(d *host.Document) { d.Software[0].Newest = unknown }), proof.Undetermined},
		{"an engine that was not restarted", runtime, good(func(d *host.Document) { d.Software[0].Restart = yes }), proof.Unmet},
		{"nothing told of its restart", runtime, good(func(d *host.Document) { d.Software[0].Restart = unknown }), proof.Undetermined},
		{"hardened", configure, good(), proof.Met},
		{"hardened with sshd", configure, good(ssh()), proof.Met},
		{"passwords", configure, good(ssh(host.Setting{Name: "PasswordAuthentication", Value: "yes"})), proof.Unmet},
		{"root with a password", configure, good(ssh(host.Setting{Name: "PermitRootLogin", Value: "yes"})), proof.Unmet},
		{"empty passwords", configure, good(ssh(host.Setting{Name: "PermitEmptyPasswords", Value: "yes"})), proof.Unmet},
		{"passwords through PAM", configure, good(ssh(host.Setting{Name: "KbdInteractiveAuthentication", Value: "yes"})), proof.Unmet},
		{"sshd that does not start", configure, good(ssh(host.Setting{Name: "PasswordAuthentication", Value: "yes"}), func(d *host.Document) { d.SSH.Enabled = no }), proof.Met},
		{"Match blocks", configure, good(ssh(), func(d *host.Document) { d.SSH.Conditional = 1 }), proof.Undetermined},
		{"sshd without settings", configure, good(ssh(), func(d *host.Document) { d.SSH.Settings = nil }), proof.Undetermined},
		{"sshd not known", configure, good(func(d *host.Document) { d.SSH.Present = unknown }), proof.Undetermined},
		{"kubelet", configure, good(kubelet("false", "Webhook", "0")), proof.Met},
		{"anonymous kubelet", configure, good(kubelet("true", "Webhook", "0")), proof.Unmet},
		{"open port of kubelet", configure, good(kubelet("false", "Webhook", "10255")), proof.Unmet},
		{"kubelet allows everything", configure, good(kubelet("false", "AlwaysAllow", "0")), proof.Unmet},
		{"kubelet without settings", configure, good(func(d *host.Document) { d.Kubelet.Present = yes }), proof.Undetermined},
		{"IMDSv1", configure, good(func(d *host.Document) { d.Metadata.Tokens = no }), proof.Unmet},
		{"IMDS not asked", configure, good(func(d *host.Document) { d.Metadata.Tokens = unknown }), proof.Undetermined},
		{"IMDS not asked outside of EC2", configure, good(func(d *host.Document) { d.Metadata.Tokens = unknown; d.Machine.Kind = host.VirtualMachine }), proof.Met},
		{"no mitigation", configure, good(func(d *host.Document) { d.CPU[0].Guest = host.HalfMissing }), proof.Unmet},
		{"no microcode", configure, good(func(d *host.Document) { d.CPU[0].Host = host.HalfMissing }), proof.Met},
		{"mitigations not read", configure, good(func(d *host.Document) { d.CPU = nil }), proof.Undetermined},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := instance("infra", "web", nil)
			named("web")(tt.doc)
			s, _ := load(t, []workload.Workload{w}, tt.doc)
			p := s.Proves(&w, tt.duty)
			if p.Verdict != tt.want || len(p.Reason) < 30 || p.Whole != (tt.duty != configure) {
				t.Errorf("got %+v, want %s", p, tt.want)
			}
		})
	}
	w := instance("infra", "web", nil)
	s, _ := load(t, []workload.Workload{w}, good(named("web")))
	if got := verdict(s, w, "operating-system/publish"); got != "nothing" {
		t.Errorf("a machine cannot show who publishes: %s", got)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	whole, err := json.Marshal(good())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		string(whole): "", string(whole) + "{}": "more behind", "": "no JSON", "[]": "no JSON", "{}": "kind", `{"kind":"onus-host"}`: "schemaVersion",
		`{"kind":"onus-host","schemaVersion":"1.1"}`: "collectedAt", `{"kind":"onus-host","schemaVersion":"2.0","collectedAt":"2026-11-20T08:00:00Z"}`: "schemaVersion",
		string(whole[:len(whole)/2]): "no JSON",
	} {
		_, _, err := proof.Decode([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
}

// TestBounds: what is too large or not there is a diagnostic and counts for nothing.
func TestBounds(t *testing.T) {
	t.Parallel()
	large := filepath.Join(t.TempDir(), "large.json")
	if err := os.WriteFile(large, make([]byte, proof.MaxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, diags := proof.Load([]string{large, large + ".none"}, proof.Options{AsOf: asOf})
	if len(diags) != 2 || !diags.Incomplete() || !strings.Contains(diags[0].Detail, "MaxFile") {
		t.Error(diags)
	}
}

// TestUnknownWordsDecideNothing: a document with words of its own leaves the duty open.
func TestUnknownWordsDecideNothing(t *testing.T) {
	t.Parallel()
	w := instance("infra", "web", nil)
	s, _ := load(t, []workload.Workload{w}, good(named("web"), func(d *host.Document) { d.Reboot.Answer = "never" }))
	if got := verdict(s, w, apply); got != "undetermined" {
		t.Error(got)
	}
	if diff := cmp.Diff("nothing", verdict(s, instance("infra", "api", nil), apply)); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecode(f *testing.F) {
	whole, err := json.Marshal(good())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"kind":"onus-host","schemaVersion":"1.0","collectedAt":"2026-11-20T08:00:00Z","cpu":[{}],"software":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, _, err := proof.Decode(data)
		if (doc == nil) != (err != nil) {
			t.Error("neither a document nor an error, or both")
		}
	})
}
