package kubernetes_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/kubernetes"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

// TestGolden reads testdata/<case>/manifest.* and compares a dump of the inventory with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/manifest.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !kubernetes.Is(data) {
				t.Error("not recognised")
			}
			got := dump(kubernetes.Read(filepath.Base(file), data, kubernetes.Options{}))
			if strings.Contains(got, "hunter2") || strings.Contains(got, "aHVudGVyMg") {
				t.Error("a secret is printed")
			}
			golden := filepath.Join(filepath.Dir(file), "expected.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// dump writes an inventory with every value and place.
func dump(inv *inventory.Inventory) string {
	var b strings.Builder
	for _, r := range inv.Roots {
		fmt.Fprintf(&b, "root %s %s\n", r.Form, r.Path)
	}
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s %s name=%q type=%s scope=%s at %s mapped=%t\n", r.SourceType, r.Address, r.Name, r.Type, r.Scope, r.Origin, r.Mapped)
		dumpValue(&b, "  ", r.Properties)
	}
	for _, d := range inv.Diags {
		fmt.Fprintf(&b, "%s (incomplete=%t)\n", d, d.Incomplete)
	}
	return b.String()
}

func dumpValue(b *strings.Builder, indent string, v inventory.Value) {
	for _, p := range v.Properties() {
		fmt.Fprintf(b, "%s%s: ", indent, p.Name)
		dumpOne(b, indent, p.Value)
	}
	for _, it := range v.List() {
		b.WriteString(indent + "- ")
		dumpOne(b, indent, it)
	}
}

func dumpOne(b *strings.Builder, indent string, v inventory.Value) {
	at := fmt.Sprintf("%d:%d", v.Origin().Line, v.Origin().Column)
	switch v.Kind() {
	case inventory.Map, inventory.List:
		fmt.Fprintf(b, "@%s\n", at)
		dumpValue(b, indent+"  ", v)
	default:
		fmt.Fprintf(b, "%s @%s", v.Display(), at)
		if v.Partial() != "" {
			fmt.Fprintf(b, " partial=%q", v.Partial())
		}
		for _, ref := range v.Refs() {
			fmt.Fprintf(b, " ref=%s", ref.Address)
		}
		b.WriteString("\n")
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want bool
	}{
		"object":                   {"apiVersion: v1\nkind: Pod\n", true},
		"kind first, windows":      {"\xef\xbb\xbfkind: Pod\r\napiVersion: v1\r\n", true},
		"quoted":                   {"\"apiVersion\": \"apps/v1\"\n'kind': 'Deployment'\n", true},
		"comments and empty first": {"# apiVersion: v1\n---\n# nothing\n---\n\napiVersion: v1 # stable\nkind: Pod\n", true},
		"directives at the top":    {"{{ if .x }}\napiVersion: {{ .v }}\nkind: Pod\n{{ end }}\n", true},
		"flux":                     {"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n", true},
		"json":                     {"{\"kind\":\"List\",\n \"items\":[{}], \"apiVersion\" : \"v1\"}", true},
		"eksctl":                   {"apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n", true},

		"empty":                    {"", false},
		"two documents' halves":    {"apiVersion: v1\n---\nkind: Pod\n", false},
		"nested":                   {"x:\n  apiVersion: v1\n  kind: Pod\n", false},
		"nested json":              {`{"x": {"apiVersion": "v1", "kind": "Pod"}, "apiVersion": "v1"}`, false},
		"json list":                {`[{"apiVersion": "v1", "kind": "Pod"}]`, false},
		"json as a text":           {`{"apiVersion": "kind", "x": "kind: Pod"}`, false},
		"cut off json":             {`{"apiVersion": "v1", "kind`, false},
		"kustomization":            {"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", false},
		"old kustomization":        {"apiVersion: v1\nkind: Kustomization\n", false},
		"component":                {"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n", false},
		"chart":                    {"apiVersion: v2\nname: kind\ntype: application\n", false},
		"compose":                  {"services:\n  kind: {image: apiVersion}\n", false},
		"workflow":                 {"name: apiVersion\non: push\njobs: {kind: {}}\n", false},
		"version is no version":    {"apiVersion: 1.0\nkind: Pod\n", false},
		"kind is no kind":          {"apiVersion: v1\nkind: pod\n", false},
		"binary":                   {"\x00apiVersion: v1\nkind: Pod\n", false},
		"in a block text":          {"x: |\n  apiVersion: v1\n  kind: Pod\n", false},
		"apiVersion without colon": {"apiVersion v1\nkind: Pod\n", false},
	} {
		if got := kubernetes.Is([]byte(tc.text)); got != tc.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ version, kind, namespace, want string }{
		{"apps/v1", "Deployment", "", "Deployment/default/x"},
		{"apps/v1", "Deployment", "shop", "Deployment/shop/x"},
		{"rbac.authorization.k8s.io/v1", "ClusterRole", "ignored", "ClusterRole/x"},
		{"karpenter.k8s.aws/v1", "EC2NodeClass", "", "EC2NodeClass/x"},
		{"karpenter.sh/v1alpha5", "Provisioner", "", "Provisioner/x"},
		{"example.com/v1", "Provisioner", "", "Provisioner/default/x"},
		{"notification.toolkit.fluxcd.io/v1", "Provider", "flux", "Provider/flux/x"},
		{"pkg.crossplane.io/v1", "Provider", "", "Provider/x"},
		{"cert-manager.io/v1", "ClusterIssuer", "", "ClusterIssuer/x"},
		{"cert-manager.io/v1", "Issuer", "", "Issuer/default/x"},
	} {
		if got := kubernetes.Address(tc.version, tc.kind, tc.namespace, "x"); got != tc.want {
			t.Errorf("%s %s: got %s, want %s", tc.version, tc.kind, got, tc.want)
		}
	}
}

// TestScope reads with a scope and a place of the caller's.
func TestScope(t *testing.T) {
	t.Parallel()
	at := diag.Range{Path: "chart/templates/pod.yaml", Line: 2}
	inv := kubernetes.Read("rendered.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {x: '{{ y }}'}}\n"), kubernetes.Options{
		Scope: "chart", Rendered: true, Place: func(*document.Node) diag.Range { return at },
	})
	if len(inv.Resources) != 1 {
		t.Fatalf("%d objects", len(inv.Resources))
	}
	r := inv.Resources[0]
	if r.Scope != "chart" || r.Origin != at || r.Get("metadata.name").Origin() != at {
		t.Errorf("scope %s, origin %s, name at %s", r.Scope, r.Origin, r.Get("metadata.name").Origin())
	}
	if text, _ := r.Get("metadata.annotations.x").Text(); text != "{{ y }}" {
		t.Errorf("rendered text became %s", r.Get("metadata.annotations.x").Display())
	}
}

// TestEksctlImage asks for the AMI type that a family and an instance type come to.
func TestEksctlImage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ group, want string }{
		{"{name: a, amiFamily: AmazonLinux2023}", "AL2023_x86_64_STANDARD"},
		{"{name: a, amiFamily: AmazonLinux2023, instanceType: m7i.large}", "AL2023_x86_64_STANDARD"},
		{"{name: a, amiFamily: AmazonLinux2023, instanceTypes: [c6gn.large, m5.large]}", "AL2023_ARM_64_STANDARD"},
		{"{name: a, amiFamily: AmazonLinux2, instanceType: g4dn.xlarge}", "AL2_x86_64_GPU"},
		{"{name: a, amiFamily: AmazonLinux2023, instanceType: trn1.2xlarge}", "AL2023_x86_64_NEURON"},
		{"{name: a, amiFamily: Bottlerocket, instanceType: a1.large}", "BOTTLEROCKET_ARM_64"},
		{"{name: a, amiFamily: WindowsServer2022FullContainer}", "WINDOWS_FULL_2022_x86_64"},
		{"{name: a, amiFamily: AmazonLinux2023, ami: ami-1}", "CUSTOM"},
		{"{name: a, amiFamily: AmazonLinux2023, ami: auto-ssm}", "AL2023_x86_64_STANDARD"},
		{"{name: a, amiFamily: Ubuntu2404}", "CUSTOM"},
		{"{name: a, amiFamily: Flatcar}", "(unknown)"},
		{"{name: a}", "(not set)"},
	} {
		text := "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: c}\nmanagedNodeGroups:\n- " + tc.group + "\n"
		inv := kubernetes.Read("c.yaml", []byte(text), kubernetes.Options{})
		got := inv.Resources[len(inv.Resources)-1].Get("AmiType").Display()
		if got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.group, got, tc.want)
		}
	}
}

// TestBounds gives files that stand for far more than they are.
func TestBounds(t *testing.T) {
	t.Parallel()
	bomb := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	lists := strings.Repeat(`{"apiVersion":"v1","kind":"List","items":[`, 20) + strings.Repeat("]}", 20)
	var many bytes.Buffer
	many.WriteString("apiVersion: v1\nkind: List\nitems:\n- &p {apiVersion: v1, kind: Pod, metadata: {generateName: a}}\n")
	many.WriteString(strings.Repeat("- *p\n", kubernetes.MaxObjects+10))
	for summary, text := range map[string]string{
		"Manifest too large when expanded": bomb,
		"Lists nested too deeply":          lists,
		"Too many objects":                 many.String(),
	} {
		inv := kubernetes.Read("x.yaml", []byte(text), kubernetes.Options{})
		if n := len(inv.Diags); n != 1 || inv.Diags[0].Summary != summary || !inv.Diags.Incomplete() {
			t.Errorf("%s: %d diagnostics: %.300v", summary, n, inv.Diags)
		}
		if len(inv.Resources) > kubernetes.MaxObjects {
			t.Errorf("%s: %d objects", summary, len(inv.Resources))
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*/manifest.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("apiVersion: v1\nkind: Secret\ndata: [x]\nmetadata: {name: {a: b}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kubernetes.Is(data)
		inv := kubernetes.Read("x.yaml", data, kubernetes.Options{})
		seen := map[string]bool{}
		for _, r := range inv.Resources {
			if r.Type == "" || r.Name == "" && !strings.HasPrefix(r.Type, "AWS::") || r.Origin.Path != "x.yaml" {
				t.Errorf("incomplete resource %+v", r)
			}
			if seen[r.Address] {
				t.Errorf("address %q twice", r.Address)
			}
			seen[r.Address] = true
		}
	})
}

// BenchmarkIs dismisses 8 MB of JSON and of YAML that are no manifests.
func BenchmarkIs(b *testing.B) {
	for name, line := range map[string]string{
		"json": `{"kind": "x", "apiVersion": 1, "text": "` + strings.Repeat("y", 60) + `"},` + "\n",
		"yaml": "  - {kind: x, apiVersion: 1, text: " + strings.Repeat("y", 60) + "}\n",
	} {
		data := []byte(strings.Repeat(line, (8<<20)/len(line)))
		if name == "json" {
			data = append([]byte(`{"a": [`), data...)
		} else {
			data = append([]byte("a:\n"), data...)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if kubernetes.Is(data) {
					b.Fatal("recognised")
				}
			}
		})
	}
}

// BenchmarkRead reads 1,000 deployments.
func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%d}\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: c\n        image: registry.example.com/c:1\n        ports:\n        - containerPort: 80\n", i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(kubernetes.Read("x.yaml", text.Bytes(), kubernetes.Options{}).Resources); n != 1000 {
			b.Fatal(n)
		}
	}
}
