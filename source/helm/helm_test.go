//go:build unix

package helm_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/helm"
)

// folder writes files below a directory of the test's and returns the directory.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// fakeHelm writes a script that stands for helm. The tests see to it that it gets what helm would get.
func fakeHelm(t *testing.T, script string) string {
	t.Helper()
	return filepath.Join(folder(t, map[string]string{"helm": "#!/bin/sh\n" + script}), "helm")
}

func open(t *testing.T, dir string) *rootfs.Tree {
	t.Helper()
	tree, err := rootfs.Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// dump writes an inventory with places relative to dir.
func dump(inv *inventory.Inventory, dir string) string {
	var b strings.Builder
	for _, r := range inv.Roots {
		fmt.Fprintf(&b, "root %s %s\n", r.Form, r.Path)
	}
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s in %s at %s\n", r.Address, r.Scope, r.Origin)
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s %s at %s\n", u.Address, u.Source, u.Origin)
	}
	for _, d := range inv.Diags {
		fmt.Fprintf(&b, "%s (incomplete=%t)\n", d, d.Incomplete)
	}
	return strings.ReplaceAll(b.String(), filepath.ToSlash(dir), "DIR")
}

const chartYAML = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"

func chart() map[string]string {
	return map[string]string{
		"Chart.yaml":                            chartYAML,
		"values.yaml":                           "replicas: 1\n",
		"templates/web.yaml":                    "{{ if .Values.on }}\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n{{ end }}\n",
		"charts/cache/Chart.yaml":               "name: cache\n",
		"charts/cache/templates/set.yaml":       "apiVersion: apps/v1\nkind: \"StatefulSet\"\n",
		"charts/cache/templates/notes/read.txt": "text",
	}
}

const rendered = `---
# Source: shop/charts/cache/templates/set.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache}
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {note: "{{ kept }}"}
---
# Source: shop/templates/web.yaml
apiVersion: v1
kind: Service
metadata: {name: web, namespace: other}
---
# Source: shop/templates/tests/test.yaml
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: "test-success, test-failure"}}
---
# Source: shop/templates/job.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: "pre-install,test"}}
`

func TestRender(t *testing.T) {
	t.Parallel()
	dir := folder(t, chart())
	values := filepath.Join(folder(t, map[string]string{"v.yaml": "secret: hunter2\n"}), "v.yaml")
	seen := filepath.Join(t.TempDir(), "seen")
	binary := fakeHelm(t, `
{ echo "args: $1 $2 $4 $5"; /bin/cat "$3/templates/web.yaml" "$7"; /usr/bin/env; echo "stdin:"; /bin/cat; } > `+seen+`
/bin/cat <<'END'
`+rendered+`END
`)
	inv := helm.Render(open(t, dir), dir, helm.Options{Binary: binary, Release: "prod", Namespace: "shop", Values: []string{values}})
	want := `root helm DIR
StatefulSet/shop/cache in DIR at DIR/charts/cache/templates/set.yaml:2:1
Deployment/shop/web in DIR at DIR/templates/web.yaml:3:1
Service/other/web in DIR at DIR/templates/web.yaml:1:1
Job/shop/migrate in DIR at DIR/Chart.yaml:2:7
`
	if diff := cmp.Diff(want, dump(inv, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if text, _ := inv.Resources[1].Get("metadata.annotations.note").Text(); text != "{{ kept }}" {
		t.Errorf("a rendered text became %q", text)
	}
	data, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	got := string(data)
	for _, part := range []string{"args: template prod --namespace shop", "kind: Deployment", "secret: hunter2", "HELM_PLUGINS=", "HTTPS_PROXY=http://127.0.0.1:9"} {
		if !strings.Contains(got, part) {
			t.Errorf("helm did not get %q:\n%s", part, got)
		}
	}
	home, _ := os.UserHomeDir()
	if strings.Contains(got, "HOME="+home+"\n") || strings.Contains(got, os.Getenv("PATH")) || !strings.HasSuffix(got, "stdin:\n") {
		t.Errorf("helm sees the user's environment or input:\n%s", got)
	}
}

// TestUnread gives charts that cannot be rendered here: each is told with the command that renders it.
func TestUnread(t *testing.T) {
	t.Parallel()
	with := func(name, text string) map[string]string {
		files := chart()
		files[name] = text
		return files
	}
	fails := "echo 'Error: values do not fit' >&2; exit 1\n"
	for name, tc := range map[string]struct {
		files  map[string]string
		script string
		want   []string
	}{
		"no helm":                 {chart(), "", []string{"unread chart shop", "helm template shop DIR > manifests.yaml", "incomplete=true", "Chart.yaml:2:7"}},
		"helm fails":              {chart(), fails, []string{"values do not fit", "helm template shop DIR", "incomplete=true"}},
		"helm hangs":              {chart(), "/bin/sleep 60 & /bin/sleep 60\n", []string{"longer than 500ms", "incomplete=true"}},
		"helm prints no end":      {chart(), "exec /usr/bin/yes 'a: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'\n", []string{"more than 25 MB"}},
		"helm prints no YAML":     {chart(), "echo 'a: [b'\n", []string{"Invalid YAML", "Chart.yaml:2:7", "incomplete=true"}},
		"dependency missing":      {with("Chart.yaml", chartYAML+"dependencies:\n- {name: cache}\n- {name: db, repository: 'https://charts.example.com'}\n"), fails, []string{"dependencies db are", "helm dependency build DIR"}},
		"old dependency missing":  {with("requirements.yaml", "dependencies:\n- name: db\n"), fails, []string{"dependencies db are"}},
		"chart is no map":         {with("Chart.yaml", "- x\n"), fails, []string{"no YAML map", "incomplete=true"}},
		"library":                 {with("Chart.yaml", chartYAML+"type: library\n"), fails, []string{"note: Library chart", "incomplete=false"}},
		"archive of another name": {map[string]string{"Chart.yaml": chartYAML + "dependencies: [{name: db}]\n", "charts/db-proxy-1.0.0.tgz": ""}, fails, []string{"dependencies db are"}},
		"archive":                 {map[string]string{"Chart.yaml": chartYAML + "dependencies: [{name: db}]\n", "charts/db-1.0.0.tgz": ""}, fails, []string{"values do not fit"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, tc.files)
			opts := helm.Options{Timeout: 20 * time.Second}
			if tc.script != "" {
				opts.Binary = fakeHelm(t, tc.script)
			}
			if name == "helm hangs" {
				opts.Timeout = 500 * time.Millisecond
			}
			start := time.Now()
			inv := helm.Render(open(t, dir), dir, opts)
			got := dump(inv, dir)
			for _, part := range tc.want {
				if !strings.Contains(got, part) {
					t.Errorf("%q is missing in:\n%s", part, got)
				}
			}
			if len(inv.Resources) > 0 {
				t.Errorf("%d resources", len(inv.Resources))
			}
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestBoundary links a template to a file outside the repository: helm must not see it.
func TestBoundary(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(folder(t, map[string]string{"secret": "kind: Outside\n"}), "secret")
	dir := folder(t, chart())
	if err := os.Symlink(outside, filepath.Join(dir, "templates", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	seen := filepath.Join(t.TempDir(), "seen")
	helm.Render(open(t, dir), dir, helm.Options{Binary: fakeHelm(t, "/bin/ls $3/templates > "+seen+"\n")})
	data, err := os.ReadFile(seen)
	if err != nil || !strings.Contains(string(data), "web.yaml") {
		t.Fatalf("helm did not run: %v", err)
	}
	if strings.Contains(string(data), "link.yaml") {
		t.Error("the link was copied")
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	dir := folder(t, chart())
	tree := open(t, dir)
	if c, ok := helm.Scan(tree, dir); !ok || c.Name != "shop" || c.Library || len(c.Missing) != 0 {
		t.Errorf("got %+v, %t", c, ok)
	}
	if _, ok := helm.Scan(tree, dir+"/templates"); ok {
		t.Error("a directory without Chart.yaml is a chart")
	}
	if !helm.IsChart("Chart.yaml") || helm.IsChart("chart.yaml") || helm.IsChart("Chart.yml") {
		t.Error("IsChart")
	}
}
