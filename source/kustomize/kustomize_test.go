package kustomize_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/kustomize"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

// TestGolden renders testdata/<case>/<root.txt> and compares a dump of the inventory with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/root.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			root, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			folder := filepath.ToSlash(filepath.Dir(file))
			tree, err := rootfs.Open(folder, folder)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			dir := tree.Join(folder, strings.TrimSpace(string(root)))
			got := dump(kustomize.Render(tree, dir, kustomize.Options{}))
			refs, ok := kustomize.Scan(tree, dir)
			got += fmt.Sprintf("scan ok=%t component=%t\n dirs %q\n files %q\n remote %q\n", ok, refs.Component, refs.Dirs, refs.Files, refs.Remote)
			got = strings.ReplaceAll(got, folder, "DIR")
			if strings.Contains(got, "hunter2") || strings.Contains(got, "aHVudGVyMg") || strings.Contains(got, "onus.invalid") {
				t.Error("a secret or a mark is printed")
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
		fmt.Fprintf(&b, "%s %s scope=%s at %s\n", r.SourceType, r.Address, r.Scope, r.Origin)
		dumpValue(&b, "  ", r.Properties, filepath.Base(r.Origin.Path))
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s %s at %s\n", u.Address, u.Source, u.Origin)
	}
	for _, d := range inv.Diags {
		fmt.Fprintf(&b, "%s (incomplete=%t)\n", d, d.Incomplete)
	}
	return b.String()
}

// dumpValue names the file of a value when it is another than its object's.
func dumpValue(b *strings.Builder, indent string, v inventory.Value, file string) {
	one := func(v inventory.Value) {
		at := fmt.Sprintf("%d:%d", v.Origin().Line, v.Origin().Column)
		if name := filepath.Base(v.Origin().Path); name != file {
			at = name + ":" + at
		}
		switch v.Kind() {
		case inventory.Map, inventory.List:
			fmt.Fprintf(b, "@%s\n", at)
			dumpValue(b, indent+"  ", v, file)
			return
		}
		fmt.Fprintf(b, "%s @%s", v.Display(), at)
		for _, s := range v.Unresolved() {
			fmt.Fprintf(b, " needs %s (%s)", s.Name, s.At)
		}
		if m := v.Meta(); m != nil {
			for _, s := range m.Trail {
				fmt.Fprintf(b, " <- %s", s.Note)
			}
		}
		b.WriteString("\n")
	}
	for _, p := range v.Properties() {
		fmt.Fprintf(b, "%s%s: ", indent, p.Name)
		one(p.Value)
	}
	for _, it := range v.List() {
		b.WriteString(indent + "- ")
		one(it)
	}
}

// folder writes files below a directory of the test's and opens it.
func folder(t testing.TB, files map[string]string) (*rootfs.Tree, string) {
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
	tree, err := rootfs.Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree, filepath.ToSlash(dir)
}

// TestNothingIsFetchedOrRun writes a URL, a git repository or a program at every place where kustomize would take one.
// A server counts requests, and stand-ins for git, helm and sh leave a mark when they are started.
func TestNothingIsFetchedOrRun(t *testing.T) {
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		fmt.Fprint(w, "apiVersion: v1\nkind: Pod\nmetadata: {name: fetched}\n")
	}))
	defer server.Close()
	bin := t.TempDir()
	mark := filepath.Join(bin, "started")
	for _, name := range []string{"git", "helm", "p.sh", "docker"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho "+name+" \"$@\" >> "+mark+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	host := strings.TrimPrefix(server.URL, "http://")
	url := server.URL + "/x.yaml"
	remote := []string{url, url + "?ref=main", server.URL + "/org/repo.git//base", "git::" + server.URL + "/org/repo", "git@" + host + ":org/repo.git",
		"ssh://git@" + host + "/org/repo", "file:///tmp/repo.git", "github.com/org/repo//base?ref=v1", "https://github.com/org/repo", "gh:org/repo",
		"HTTP://" + host + "/x.yaml", "org-1@vs-ssh.visualstudio.com:v3/org/repo", "_git/x/y", "//" + host + "/x"}
	// Local files whose names git or http could take for remote ones, and that are no YAML, so that kustomize would try.
	files := map[string]string{
		"pod.yaml":                       "apiVersion: v1\nkind: Pod\nmetadata: {name: local}\n",
		"github.com/org/repo/x.yaml":     "a: [b\n",
		"github.com/org/repo2/pod.yaml":  "apiVersion: v1\nkind: Service\nmetadata: {name: local}\n",
		"git@host:org/repo.git/pod.yaml": "text",
		"program.yaml":                   "apiVersion: example.com/v1\nkind: P\nmetadata: {name: p, annotations: {config.kubernetes.io/function: \"exec: {path: " + bin + "/p.sh}\"}}\n",
		"plugin.yaml":                    "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: h}\nname: c\nrepo: " + server.URL + "\n",
		"value.yaml":                     "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: h}\ntargetFilePath: " + url + "\n",
		"merge.yaml":                     "apiVersion: builtin\nkind: PatchStrategicMergeTransformer\nmetadata: {name: h}\npaths: [" + url + "]\n",
		"patcher.yaml":                   "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: h}\npath: " + url + "\nPath: " + url + "\ntarget: {kind: Pod}\n",
		"json.yaml":                      "apiVersion: builtin\nkind: PatchJson6902Transformer\nmetadata: {name: h}\npath: " + url + "\ntarget: {kind: Pod}\n",
		"replacer.yaml":                  "apiVersion: builtin\nkind: ReplacementTransformer\nmetadata: {name: h}\nreplacements: [{path: " + url + ", Path: " + url + "}]\n",
		"maps.yaml":                      "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: h}\nfiles: [" + url + "]\nFiles: [" + url + "]\nenvs: [" + url + "]\n",
		"configdir/kustomization.yaml":   "resources: [" + url + "]\n",
	}
	list := "[pod.yaml, github.com/org/repo/x.yaml, github.com/org/repo2/pod.yaml, 'git@host:org/repo.git/pod.yaml'"
	for _, r := range remote {
		list += ", " + fmt.Sprintf("%q", r)
	}
	list += "]"
	data := fmt.Sprintf("[{name: a, files: [%q, 'k=%s'], envs: [%q], env: %q, Files: [%q]}]", url, url, url, url, url)
	vectors := []string{
		fmt.Sprintf("patches: [{path: %q}]", url), fmt.Sprintf("patches: [{path: ../pod.yaml, Path: %q}]", url), fmt.Sprintf("patches: [{Path: %q, target: {kind: Pod}}]", url),
		fmt.Sprintf("patchesJson6902: [{path: %q, target: {kind: Pod}}]", url), fmt.Sprintf("replacements: [{path: %q}]", url), fmt.Sprintf("replacements: [{Path: %q}]", url),
		fmt.Sprintf("openapi: {path: %q}", url), fmt.Sprintf("openapi: {Path: %q}", url), "configMapGenerator: " + data, "secretGenerator: " + data,
		fmt.Sprintf("configMapGenerator: [{name: b, Files: [%q], Envs: [%q], Env: %q}]", url, url, url),
		fmt.Sprintf("helmCharts: [{name: c, repo: %q}]", url), fmt.Sprintf("HelmCharts: [{name: c, repo: %q}]", url),
		fmt.Sprintf("helmChartInflationGenerator: [{chartName: d, chartRepoUrl: %q}]\nhelmGlobals: {chartHome: %q}", url, url),
	}
	for _, field := range []string{"resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators", "patchesStrategicMerge", "Resources", "BASES"} {
		vectors = append(vectors, field+": "+strings.ReplaceAll(list, "pod.yaml", "../pod.yaml"))
		for _, r := range remote {
			vectors = append(vectors, fmt.Sprintf("%s: [%q]", field, r))
		}
	}
	for _, name := range []string{"plugin", "maps", "program", "value", "merge", "patcher", "json", "replacer"} {
		vectors = append(vectors, "generators: [../"+name+".yaml]", "transformers: [../"+name+".yaml]", "generators: [../configdir]",
			"generators:\n- |\n  "+strings.ReplaceAll(files[name+".yaml"], "\n", "\n  "), "transformers:\n- |\n  "+strings.ReplaceAll(files[name+".yaml"], "\n", "\n  "))
	}
	for i, v := range vectors {
		if !strings.HasPrefix(v, "resources:") {
			v += "\nresources: [../pod.yaml]"
		}
		files[fmt.Sprintf("v%d/kustomization.yaml", i)] = v + "\n"
	}
	tree, dir := folder(t, files)
	for i, v := range vectors {
		inv := kustomize.Render(tree, fmt.Sprintf("%s/v%d", dir, i), kustomize.Options{})
		if len(inv.Diags) == 0 && !strings.HasPrefix(v, "validators") && !strings.Contains(v, "Path: ") && !strings.Contains(v, "Files: ") {
			t.Errorf("%s: nothing was told", v)
		}
		for _, r := range inv.Resources {
			if r.Name == "fetched" {
				t.Errorf("%s: a fetched object is in the answer", v)
			}
		}
		if n := hits.Swap(0); n > 0 {
			t.Errorf("%s: %d requests were made", v, n)
		}
	}
	if started, err := os.ReadFile(mark); err == nil {
		t.Errorf("programs were started: %s", started)
	}
}

// TestRefused gives kustomizations that cannot be rendered, or not in full. Each is told, with its place.
func TestRefused(t *testing.T) {
	t.Parallel()
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {x: [1, 2, 3]}\n"
	doubling := "- op: copy\n  from: /spec\n  path: /spec/a\n"
	// Each level uses the next one twice, under two prefixes.
	levels := func(n int, last string) map[string]string {
		files := map[string]string{"kustomization.yaml": "resources: ['0']\n", fmt.Sprintf("%d/kustomization.yaml", n): last}
		for i := range n {
			files[fmt.Sprintf("%d/kustomization.yaml", i)] = "resources: [a, b]\n"
			for _, side := range []string{"a", "b"} {
				files[fmt.Sprintf("%d/%s/kustomization.yaml", i, side)] = fmt.Sprintf("namePrefix: %s-\nresources: [../../%d]\n", side, i+1)
			}
		}
		for i := range 20 {
			files[fmt.Sprintf("%d/pod%d.yaml", n, i)] = strings.Replace(pod, "name: a", fmt.Sprintf("name: a%d", i), 1)
		}
		return files
	}
	var pods strings.Builder
	for i := range 20 {
		fmt.Fprintf(&pods, "pod%d.yaml, ", i)
	}
	nested, empty := levels(11, "resources: ["+pods.String()+"]\n"), levels(18, "namePrefix: x\n")
	deep := map[string]string{"pod.yaml": pod}
	at := ""
	for range 60 {
		deep[at+"kustomization.yaml"] = "resources: [n]\n"
		at += "n/"
	}
	bomb := pod + "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	many := "kind: List\nitems:\n- &p {apiVersion: v1, kind: Pod, metadata: {name: a}}\n" + strings.Repeat("- *p\n", 2_001)
	for name, tc := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"no file":              {map[string]string{"x": ""}, []string{"File of a kustomization missing"}},
		"no map":               {map[string]string{"kustomization.yaml": "- a\n"}, []string{"kustomization.yaml:1", "a map with resources"}},
		"no YAML":              {map[string]string{"kustomization.yaml": "a: [\n"}, []string{"Invalid YAML"}},
		"empty":                {map[string]string{"kustomization.yaml": "# nothing\n"}, []string{"Empty kustomization"}},
		"same object twice":    {map[string]string{"kustomization.yaml": "resources: [pod.yaml, b.yaml]\n", "pod.yaml": pod, "b.yaml": pod}, []string{"kustomize refused it", "already registered id", "b.yaml", "kustomization.yaml:1:23"}},
		"patch without object": {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\npatches: [{path: p.yaml}]\n", "pod.yaml": pod, "p.yaml": "kind: Pod\nmetadata: {name: b}\n"}, []string{"no resource matches"}},
		"circle":               {map[string]string{"kustomization.yaml": "resources: [a, pod.yaml]\n", "pod.yaml": pod, "a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}, []string{"Kustomization uses itself", "b/kustomization.yaml:1:13"}},
		"doubling twice over":  {nested, []string{"more than 2000 objects"}},
		"doubling of nothing":  {empty, []string{"more than 10000 kustomizations"}},
		"nested too deep":      {deep, []string{"nested more than 40 deep"}},
		"aliases":              {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\n", "pod.yaml": bomb}, []string{"more than 64 MB, YAML aliases expanded"}},
		"aliases in place":     {map[string]string{"kustomization.yaml": strings.TrimPrefix(bomb, pod) + "commonAnnotations: *a11\n"}, []string{"more than 16 MB, YAML aliases expanded"}},
		"aliases in a patch":   {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\npatches: [{path: p.yaml}]\n", "pod.yaml": pod, "p.yaml": bomb}, []string{"more than 64 MB, YAML aliases expanded"}},
		"large at each level":  {map[string]string{"kustomization.yaml": "resources: [a]\n", "a/kustomization.yaml": "resources: [b]\n", "a/b/kustomization.yaml": "resources: [pod.yaml]\n", "a/b/pod.yaml": strings.TrimSuffix(many, strings.Repeat("- *p\n", 101))}, []string{"more than 8000000 pairs"}},
		"too many objects":     {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\n", "pod.yaml": many}, []string{"more than 2000 objects"}},
		"patch that doubles":   {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\npatches: [{path: p.yaml, target: {kind: Pod}}]\n", "pod.yaml": pod, "p.yaml": strings.Repeat(doubling, 40)}, []string{"more than 64 MB"}},
		"replacement that doubles": {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\nreplacements:\n" +
			strings.Repeat("- {source: {kind: Pod, fieldPath: spec}, targets: [{select: {kind: Pod}, fieldPaths: [spec.a], options: {create: true}}]}\n", 40), "pod.yaml": pod}, []string{"more than 64 MB"}},
		"schema that is none": {map[string]string{"kustomization.yaml": "resources: [pod.yaml]\nopenapi: {path: s.json}\npatches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {x: [4]}}'}]\n", "pod.yaml": pod, "s.json": "[1]"}, []string{"kustomize's library failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, dir := folder(t, tc.files)
			inv := kustomize.Render(tree, dir, kustomize.Options{})
			got := strings.ReplaceAll(dump(inv), dir, "DIR")
			for _, part := range tc.want {
				if !strings.Contains(got, part) {
					t.Errorf("%q is missing in:\n%.3000s", part, got)
				}
			}
			if !inv.Diags.Incomplete() {
				t.Error("not incomplete")
			}
		})
	}
}

// TestSecretsInRefusals has kustomize refuse what holds secrets.
func TestSecretsInRefusals(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"literal":  {"kustomization.yaml": "secretGenerator: [{name: a, literals: [hunter2]}]\n"},
		"twice":    {"kustomization.yaml": "secretGenerator: [{name: a, literals: [p=hunter2, p=hunter2]}]\n"},
		"env file": {"kustomization.yaml": "secretGenerator: [{name: a, envs: [e]}]\n", "e": "\xffhunter2=hunter2\n"},
		"patch": {"kustomization.yaml": "resources: [s.yaml]\npatches: [{target: {kind: Secret}, patch: '[{op: test, path: /data/p, value: hunter2x}]'}]\n",
			"s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {p: hunter2}\nstringData: {q: {r: hunter2}}\n"},
	} {
		tree, dir := folder(t, files)
		got := dump(kustomize.Render(tree, dir, kustomize.Options{}))
		if !strings.Contains(got, "incomplete=true") || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestSchemaStays renders a kustomization with a schema of its own before another one, many times at once: the second
// must not change.
func TestSchemaStays(t *testing.T) {
	t.Parallel()
	widget := "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {parts: [{id: a, n: 1}]}\n"
	patch := "patches: [{patch: '{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {parts: [{id: b, n: 2}]}}'}]\n"
	schema := `{"swagger": "2.0", "info": {"title": "x", "version": "1"}, "paths": {}, "definitions": {"v1.Widget": {"type": "object",
		"x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Widget"}], "properties": {"spec": {"type": "object", "properties":
		{"parts": {"type": "array", "x-kubernetes-patch-merge-key": "id", "x-kubernetes-patch-strategy": "merge", "items": {"type": "object"}}}}}}}}`
	tree, dir := folder(t, map[string]string{
		"with/kustomization.yaml": "resources: [w.yaml]\nopenapi: {path: s.json}\n" + patch, "with/w.yaml": widget, "with/s.json": schema,
		"without/kustomization.yaml": "resources: [w.yaml]\n" + patch, "without/w.yaml": widget,
	})
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			name, want := "without", 1
			if i%2 == 0 {
				name, want = "with", 2
			}
			inv := kustomize.Render(tree, dir+"/"+name, kustomize.Options{})
			if len(inv.Resources) != 1 || len(inv.Resources[0].Get("spec.parts").List()) != want {
				t.Errorf("%s: %s", name, dump(inv))
			}
		}()
	}
	wg.Wait()
}

func FuzzRender(f *testing.F) {
	f.Add("resources: [r.yaml]\nnamePrefix: x\n", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
	f.Add("resources: [r.yaml]\npatches: [{path: r.yaml}]\nimages: [{name: a, newTag: '1'}]\n", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: c, image: a}]}}}\n")
	f.Add("resources: [r.yaml, ., r]\nconfigMapGenerator: [{name: c, files: [r.yaml], envs: [r.yaml]}]\nvars: [{name: A}]\n", "a=b\n")
	f.Add("transformers: [r.yaml]\nreplacements: [{path: r.yaml}]\ncommonLabels: {a: b}\n", "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\n")
	f.Add("resources: [r.yaml]\npatchesJson6902: [{target: {kind: Secret}, path: r.yaml}]\nsecretGenerator: [{name: s, literals: [a=b]}]\n", "- {op: add, path: /a, value: 1}\n")
	f.Fuzz(func(t *testing.T, kustomization, resource string) {
		if len(kustomization)+len(resource) > 10_000 {
			return
		}
		tree, dir := folder(t, map[string]string{"kustomization.yaml": kustomization, "r.yaml": resource})
		kustomize.Scan(tree, dir)
		for _, r := range kustomize.Render(tree, dir, kustomize.Options{}).Resources {
			if r.Type == "" || r.Name == "" || r.Origin.Path == "" {
				t.Errorf("incomplete resource %+v", r)
			}
		}
	})
}

// BenchmarkRender renders an overlay of 20 deployments.
func BenchmarkRender(b *testing.B) {
	var base strings.Builder
	for i := range 20 {
		fmt.Fprintf(&base, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%d}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: c, image: registry.example.com/c:1}\n", i)
	}
	tree, dir := folder(b, map[string]string{
		"base/kustomization.yaml": "resources: [r.yaml]\n", "base/r.yaml": base.String(),
		"over/kustomization.yaml": "resources: [../base]\nnamespace: x\nnamePrefix: p-\ncommonLabels: {a: b}\nimages: [{name: registry.example.com/c, newTag: '2'}]\n",
	})
	b.ReportAllocs()
	for b.Loop() {
		if n := len(kustomize.Render(tree, dir+"/over", kustomize.Options{}).Resources); n != 20 {
			b.Fatal(n)
		}
	}
}
