package triage

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vuln"
)

// fixtures are the reports of the script of the command, one of each format.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	archive, err := txtar.ParseFile("../cmd/onus/testdata/script/triage.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".json") || strings.HasSuffix(f.Name, ".jsonl") {
			out[f.Name] = f.Data
		}
	}
	return out
}

func sourceOf(name string, data []byte) Source {
	return Source{Path: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// options are a model and a catalog of one day.
func options(t testing.TB) Options {
	t.Helper()
	cat, diags := catalog.Load(catalog.Options{})
	rules, more := vuln.Load(vuln.Options{})
	if len(diags)+len(more) > 0 {
		t.Fatal(diags, more)
	}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	return Options{Model: vuln.New(rules, cat, day), Catalog: cat, AsOf: day}
}

// TestFormats: each report is known by its content, and its first finding is read in full.
func TestFormats(t *testing.T) {
	t.Parallel()
	type is struct {
		Format, Tool, ID string
		Kind             Kind
		Severity         Severity
		PURL, Where      string
		Target           TargetKind
		Count            int
	}
	want := map[string]is{
		"trivy-image.json":     {"trivy", "Trivy", "CVE-2024-6119", Vulnerability, High, "pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&distro=debian-12.5", "own-layer", Image, 5},
		"trivy-fs.json":        {"trivy", "Trivy", "CVE-2021-23337", Vulnerability, High, "pkg:npm/lodash@4.17.20", "own-layer", Code, 1},
		"trivy-config.json":    {"trivy", "Trivy", "AWS-0088", Misconfiguration, High, "", "", Code, 1},
		"trivy-k8s.json":       {"trivy", "Trivy", "CVE-2024-6119", Vulnerability, High, "pkg:deb/debian/openssl@3.0.11-1~deb12u2", "own-layer", Image, 3},
		"grype.json":           {"grype", "Grype", "GHSA-jfh8-c2jp-5v3q", Vulnerability, Critical, "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "own-layer", Image, 2},
		"osv.json":             {"osv-scanner", "osv-scanner", "CVE-2021-23337", Vulnerability, High, "", "own-layer", Code, 2},
		"inspector.json":       {"inspector", "Amazon Inspector", "CVE-2024-1086", Vulnerability, High, "pkg:rpm/amzn/kernel@6.1.70-99.amzn2023", "node", Instance, 6},
		"inspector-event.json": {"inspector", "Amazon Inspector", "CVE-2024-1086", Vulnerability, High, "pkg:rpm/amzn/kernel@6.1.70-99.amzn2023", "node", Instance, 1},
		"asff.json":            {"asff", "Security Hub", "S3.8", Misconfiguration, High, "", "", Resource, 4},
		"ocsf.json":            {"ocsf", "Prowler", "s3_bucket_server_access_logging_enabled", Misconfiguration, Medium, "", "", Resource, 3},
		"ocsf.jsonl":           {"ocsf", "Prowler", "s3_bucket_server_access_logging_enabled", Misconfiguration, Medium, "", "", Resource, 3},
		"sarif.json":           {"sarif", "Trivy", "CVE-2024-6119", Vulnerability, High, "", "own-layer", Image, 3},
		"cyclonedx.json":       {"cyclonedx", "trivy", "CVE-2021-44228", Vulnerability, Critical, "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "own-layer", Image, 2},
	}
	for name, data := range fixtures(t) {
		if _, ok := want[name]; !ok {
			continue
		}
		if !Sniff(bytes.NewReader(data)) {
			t.Errorf("%s is not known by its beginning", name)
		}
		reports, found, diags := Read([]Source{sourceOf(name, data)})
		if len(diags) > 0 || len(reports) != 1 || len(found) == 0 {
			t.Fatalf("%s: %v, %d reports, %d findings", name, diags, len(reports), len(found))
		}
		f := found[0]
		got := is{reports[0].Format, reports[0].Tool, f.ID, f.Kind, f.Severity, "", "", f.Target.Kind, len(found)}
		if f.Package != nil {
			got.PURL, got.Where = f.Package.PURL, f.Package.where
		}
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOrderOfMembers: jq -S and other tools sort members; the findings stay the same.
func TestOrderOfMembers(t *testing.T) {
	t.Parallel()
	for name, data := range fixtures(t) {
		var doc any
		if name == "cut.json" || json.Unmarshal(data, &doc) != nil {
			continue
		}
		sorted, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		_, before, _ := Read([]Source{sourceOf(name, data)})
		_, after, _ := Read([]Source{sourceOf(name, sorted)})
		ids := func(list []Finding) (out []string) {
			for _, f := range list {
				out = append(out, f.ID+" "+f.Target.Name+" "+string(f.Target.Kind)+" "+f.Tool)
			}
			return out
		}
		if diff := cmp.Diff(ids(before), ids(after)); diff != "" {
			t.Errorf("%s (-as written +sorted):\n%s", name, diff)
		}
	}
}

// TestSameKeepsTheReport: without labels the report is what it was, for every format.
func TestSameKeepsTheReport(t *testing.T) {
	t.Parallel()
	o := options(t)
	for name, data := range fixtures(t) {
		reports, found, diags := Read([]Source{sourceOf(name, data)})
		if len(diags) > 0 || len(reports) == 0 || strings.HasSuffix(name, "l") {
			continue
		}
		r := Run(reports, found, o)
		var b bytes.Buffer
		if err := Same(&b, r, &r.Reports[0], nil); err != nil {
			t.Fatal(err)
		}
		var before, after any
		if err := json.Unmarshal(data, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b.Bytes(), &after); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b.String())
		}
		if n := strings.Count(b.String(), "onus"); n < len(found) {
			t.Errorf("%s: %d labels for %d findings", name, n, len(found))
		}
		if diff := cmp.Diff(before, unlabelled(after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// unlabelled takes out what Same puts in.
func unlabelled(v any) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, x := range v {
			if m, ok := x.(map[string]any); ok && strings.HasPrefix(textOf(m["name"]), "onus:") {
				continue
			}
			out = append(out, unlabelled(x))
		}
		return out
	case map[string]any:
		for _, key := range slices.Collect(maps.Keys(v)) {
			if key == "onus" || strings.HasPrefix(key, "onus/") || key == "analysis" {
				delete(v, key)
				continue
			}
			v[key] = unlabelled(v[key])
			if m, ok := v[key].(map[string]any); ok && len(m) == 0 && slices.Contains([]string{"Custom", "unmapped", "properties", "UserDefinedFields"}, key) {
				delete(v, key)
			}
			if l, ok := v[key].([]any); ok && len(l) == 0 && key == "properties" {
				delete(v, key)
			}
		}
	}
	return v
}

func textOf(v any) string { s, _ := v.(string); return s }

// TestLabels reads a label from every kind of answer. What could be otherwise is never AWS's.
func TestLabels(t *testing.T) {
	t.Parallel()
	aws := func(steps ...vuln.Residual) vuln.Answer {
		return vuln.Answer{Triple: vuln.Triple{Who: vuln.AWS, AppliedBy: stack.AWS}, Steps: steps}
	}
	with := func(a vuln.Answer, c vuln.Who, r vuln.Residual) vuln.Answer {
		a.Conditions = append(a.Conditions, vuln.Condition{When: "x", Triple: vuln.Triple{Who: c, Residual: r}})
		return a
	}
	provided := aws(vuln.None)
	provided.Provided = "only where"
	for name, c := range map[string]struct {
		answer vuln.Answer
		want   Label
	}{
		"aws":                        {aws(vuln.None), Nothing},
		"aws, redeploy":              {aws(vuln.Redeploy), Redeploy},
		"aws, then rotate":           {aws(vuln.None, vuln.RotateKeys), Yours},
		"aws, or the customer's":     {with(aws(vuln.None), vuln.Customer, vuln.ChangeMode), Undetermined},
		"aws, or unknown":            {with(aws(vuln.Redeploy), vuln.Undetermined, vuln.UnknownResidual), Undetermined},
		"aws, or redeploy":           {with(aws(vuln.None), vuln.AWS, vuln.Redeploy), Redeploy},
		"aws, where it is there":     {provided, Undetermined},
		"customer":                   {vuln.Answer{Triple: vuln.Triple{Who: vuln.Customer}}, Yours},
		"both":                       {vuln.Answer{Triple: vuln.Triple{Who: vuln.Both}}, Yours},
		"not affected but found":     {vuln.Answer{Triple: vuln.Triple{Who: vuln.NotAffected}}, Undetermined},
		"undetermined":               {vuln.Answer{Triple: vuln.Triple{Who: vuln.Undetermined}}, Undetermined},
		"a third party's to install": {vuln.Answer{Triple: vuln.Triple{Who: vuln.Undetermined, AppliedBy: stack.ThirdParty}}, ThirdParty},
	} {
		if got, _ := labelOf(&c.answer); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNeverOnAGuess asks about every hosting with a package that was found in what the customer ships, and about targets of
// which nothing tells the hosting: none is AWS's.
func TestNeverOnAGuess(t *testing.T) {
	t.Parallel()
	o := options(t)
	purls := []string{"pkg:rpm/amzn/glibc", "pkg:rpm/amzn/kernel", "pkg:golang/github.com/opencontainers/runc", "pkg:npm/lodash", "pkg:generic/node", "pkg:nothing/known", ""}
	for _, hosting := range append(o.Model.Hostings(), "") {
		for _, purl := range purls {
			for _, target := range []Target{imageTarget("api:1", nil, nil), codeTarget("."), {Kind: Resource, Type: "Unheard"}, {}} {
				if target.Kind != Image && target.Kind != Code && hosting != "" {
					continue
				}
				p := packageIn(Package{Name: "x", PURL: purl}, target.Kind)
				oo := o
				oo.Hosting = hosting
				r := Run(nil, []Finding{{ID: "CVE-2099-1", Kind: Vulnerability, Target: target, Package: &p}}, oo)
				if f := r.Findings[0]; (f.Label == Nothing || f.Label == Redeploy) && f.Layer != "image" {
					t.Errorf("%q in %s %s is %q: %s", purl, target.Kind, hosting, f.Label, f.Reason)
				}
			}
		}
	}
}

// TestInstances: a machine is AWS's to patch only where a tag tells that a service of AWS's keeps it.
func TestInstances(t *testing.T) {
	t.Parallel()
	o := options(t)
	tags := func(list ...string) *node { return object(append(list, "Name", "x")...) }
	kernel := Package{Name: "kernel", PURL: "pkg:rpm/amzn/kernel@1"}
	library := Package{Name: "requests", PURL: "pkg:pypi/requests@1"}
	inPod := Package{Name: "kernel", PURL: "pkg:rpm/amzn/kernel@1", Path: "/var/lib/containerd/x/usr"}
	for name, c := range map[string]struct {
		tags *node
		pkg  Package
		want Label
	}{
		"own instance":               {tags("team", "a"), kernel, Yours},
		"managed node":               {tags("eks:nodegroup-name", "n"), kernel, Yours},
		"auto mode":                  {tags("eks:eks-cluster-name", "c", "karpenter.sh/nodepool", "p"), kernel, Redeploy},
		"karpenter of one's own":     {tags("karpenter.sh/nodepool", "p"), kernel, Yours},
		"no tags in the report":      {nil, kernel, Undetermined},
		"library, place not told":    {tags("eks:eks-cluster-name", "c"), library, Undetermined},
		"in a container on the node": {tags("eks:eks-cluster-name", "c"), inPod, Yours},
	} {
		p := packageIn(c.pkg, Instance)
		r := Run(nil, []Finding{{ID: "CVE-2099-1", Kind: Vulnerability, Target: instanceTarget("i-1", c.tags), Package: &p}}, o)
		if got := r.Findings[0]; got.Label != c.want {
			t.Errorf("%s: %q, want %q: %s", name, got.Label, c.want, got.Reason)
		}
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	r := &Result{Findings: []Finding{
		{Severity: Critical, Answer: Answer{Label: Yours}}, {Severity: Low, Answer: Answer{Label: Yours}},
		{Severity: UnknownSeverity, Answer: Answer{Label: Yours}}, {Severity: High, Known: true, Answer: Answer{Label: Yours}},
		{Severity: High, Answer: Answer{Label: Undetermined}}, {Severity: High, Answer: Answer{Label: Nothing}},
	}}
	for gate, want := range map[string]int{"yours": 3, "yours:critical": 1, "yours:low": 2, "yours:low,undetermined:high": 3, "undetermined:critical": 0, "redeploy": 0} {
		g, err := ParseGate([]string{gate})
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Failing(r); got != want {
			t.Errorf("%s: %d fail, want %d", gate, got, want)
		}
	}
	for _, bad := range []string{"nothing", "mine", "yours:grave", ""} {
		if _, err := ParseGate([]string{bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestBounds: what is too deep, too large or cut off is said, and what stood before it is kept.
func TestBounds(t *testing.T) {
	t.Parallel()
	match := `{"vulnerability":{"id":"CVE-2024-0001"},"artifact":{"name":"a"}}`
	for name, c := range map[string]struct {
		in, want string
		kept     int
	}{
		"deep":     {`{"matches":[` + match + `,` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]}`, "deeper than 100", 1},
		"cut":      {`{"matches":[` + match + `,{"vulnerability":`, "not read to its end", 1},
		"empty":    {"", "Report is empty", 0},
		"number":   {"7", "no known form", 0},
		"template": {`{"Resources":{"Q":{"Type":"AWS::SQS::Queue"}}}`, "no known form", 0},
		"rubbish":  {"<html>", "not read to its end", 0},
	} {
		_, found, diags := Read([]Source{sourceOf("r.json", []byte(c.in))})
		if len(found) != c.kept || len(diags) == 0 || !diags.Incomplete() || !strings.Contains(diags[0].String(), c.want) {
			t.Errorf("%s: %d findings, %v", name, len(found), diags)
		}
	}
}

// FuzzRead reads anything as a report, labels what is found, and writes it again: it never panics and ends with JSON.
func FuzzRead(f *testing.F) {
	for _, data := range fixtures(f) {
		f.Add(data)
	}
	f.Add([]byte(`[{"class_uid":2002,"vulnerabilities":[{}]},{"ProductArn":"","AwsAccountId":"","Vulnerabilities":[{"VulnerablePackages":[{}]}]}]`))
	o := options(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		reports, found, diags := Read([]Source{sourceOf("r", data)})
		r := Run(reports, found, o)
		if len(reports) == 0 {
			return
		}
		for i := range r.Findings {
			if !slices.Contains(Labels(), r.Findings[i].Label) {
				t.Fatalf("finding without a label: %+v", r.Findings[i])
			}
		}
		var b bytes.Buffer
		err := Same(&b, r, &r.Reports[0], []Label{Nothing})
		if len(diags) > 0 {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(&b)
		for {
			var v any
			if err := dec.Decode(&v); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// BenchmarkRun labels a report of 10,000 findings in 500 packages.
func BenchmarkRun(b *testing.B) {
	var doc strings.Builder
	doc.WriteString(`{"matches":[`)
	for i := range 10_000 {
		if i > 0 {
			doc.WriteByte(',')
		}
		doc.WriteString(`{"vulnerability":{"id":"CVE-2024-` + strings.Repeat("1", 4+i%3) + `","severity":"High"},"artifact":{"name":"p` + string(rune('a'+i%26)) + `","version":"1","type":"deb","purl":"pkg:deb/debian/p` + string(rune('a'+i%26)) + strings.Repeat("x", i%20) + `@1"}}`)
	}
	doc.WriteString(`],"source":{"type":"image","target":{"userInput":"api:1"}}}`)
	o := options(b)
	data := []byte(doc.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		reports, found, _ := Read([]Source{sourceOf("r", data)})
		Run(reports, found, o)
	}
}
