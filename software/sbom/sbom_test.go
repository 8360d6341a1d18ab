package sbom

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/software"
)

const cyclone = `{
  "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
  "bomFormat": "CycloneDX", "specVersion": "1.5",
  "metadata": {"component": {"bom-ref": "root", "type": "container", "name": "repo/app:1.2", "version": "sha256:abc"}},
  "components": [
    {"bom-ref": "os", "type": "operating-system", "name": "alpine", "version": "3.19.1"},
    {"bom-ref": "musl", "type": "library", "name": "musl", "version": "1.2.4-r2", "purl": "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.19.1",
     "properties": [{"name": "aquasecurity:trivy:SrcName", "value": "musl-src"}, {"name": "aquasecurity:trivy:SrcVersion", "value": "1.2.4-r2"},
                    {"name": "aquasecurity:trivy:LayerDiffID", "value": "sha256:layer"}]},
    {"bom-ref": "core", "type": "library", "group": "org.yaml", "name": "snakeyaml", "version": "1.33", "purl": "pkg:maven/org.yaml/snakeyaml@1.33", "scope": "required",
     "properties": [{"name": "syft:location:0:path", "value": "/app/lib/snakeyaml-1.33.jar"}],
     "components": [{"bom-ref": "in", "type": "library", "name": "inner", "version": "1", "purl": "pkg:npm/inner@1", "scope": "excluded"}]},
    {"type": "library", "name": "no-purl", "version": "7", "cpe": "cpe:2.3:a:x:no-purl:7:*:*:*:*:*:*:*"},
    {"type": "library", "name": "bad", "version": "1", "purl": "not a purl"},
    {"type": "application", "name": "package-lock.json"},
    {"type": "file", "name": "/etc/x"}
  ],
  "dependencies": [{"ref": "root", "dependsOn": ["core"]}, {"ref": "core", "dependsOn": ["in"]}]
}`

const spdx = `{
  "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "name": "doc",
  "packages": [
    {"SPDXID": "SPDXRef-root", "name": "app", "versionInfo": "1.0"},
    {"SPDXID": "SPDXRef-os", "name": "debian", "versionInfo": "12", "primaryPackagePurpose": "OPERATING-SYSTEM"},
    {"SPDXID": "SPDXRef-a", "name": "openssl", "versionInfo": "3.0.11-1", "externalRefs": [
      {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*"},
      {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:deb/debian/openssl@3.0.11-1?arch=amd64"}]},
    {"SPDXID": "SPDXRef-b", "name": "left-pad", "versionInfo": "1.3.0", "externalRefs": [
      {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/left-pad@1.3.0"}]},
    {"SPDXID": "SPDXRef-c", "name": "unversioned", "versionInfo": "NOASSERTION"}
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-root"},
    {"spdxElementId": "SPDXRef-root", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-b"}
  ]
}`

func dump(b *Bill) []string {
	out := []string{"subject " + b.Subject}
	if b.Distro != nil {
		out = append(out, "distro "+b.Distro.ID+" "+b.Distro.Version)
	}
	for _, p := range b.Packages {
		layer := ""
		if p.Location.Layer != nil {
			layer = p.Location.Layer.Digest
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s|%s|%s|%s|%s|%s %s|%s %s|%s", p.At.Line, p.Name, p.Version, p.Ecosystem, p.Kind, p.PURL, p.Relation, p.Scope, p.Location.Path, layer, p.Origin.Name)))
	}
	return out
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, data string
		want       []string
		diags      int
	}{
		{"CycloneDX", cyclone, []string{
			"subject repo/app:1.2@sha256:abc", "distro alpine 3.19.1",
			"7 musl|1.2.4-r2|Alpine:v3.19|os|pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.19.1|transitive | sha256:layer|musl-src",
			"10 org.yaml:snakeyaml|1.33|Maven|library|pkg:maven/org.yaml/snakeyaml@1.33|direct production|/app/lib/snakeyaml-1.33.jar |",
			"12 inner|1|npm|library|pkg:npm/inner@1|transitive development| |",
			"13 no-purl|7||library||transitive | |", "14 bad|1||library||transitive | |",
		}, 1},
		{"SPDX", spdx, []string{
			"subject app@1.0", "distro debian 12",
			"6 openssl|3.0.11-1|Debian:12|os|pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12|transitive | |",
			"9 left-pad|1.3.0|npm|library|pkg:npm/left-pad@1.3.0|direct | |",
			"11 unversioned|||library||transitive | |",
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, diags := Read("bom.json", []byte(c.data))
			if diff := cmp.Diff(c.want, dump(got)); diff != "" {
				t.Error(diff)
			}
			if len(diags) != c.diags || diags.Incomplete() {
				t.Errorf("diagnostics %v", diags)
			}
		})
	}
	got, _ := Read("bom.json", []byte(cyclone))
	if cpe := got.Packages[3].Property(software.PropCPE); !strings.HasPrefix(cpe, "cpe:2.3:a:x") {
		t.Errorf("CPE %q", cpe)
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]Format{
		cyclone: CycloneDX, spdx: SPDX, `{"a": 1}`: None, "": None, "SPDXVersion: SPDX-2.3\n": SPDXTagValue,
		`<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4">`:                                       CycloneDXXML,
		`{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}`:                                 SPDX3,
		`{"components": [{"name": "` + strings.Repeat("x", headBytes) + `"}], "bomFormat": "CycloneDX"}`:               CycloneDX,
		`{"packages": [{"name": "` + strings.Repeat("x", headBytes) + `"}], "spdxVersion": "SPDX-2.2", "SPDXID": "x"}`: SPDX,
	} {
		if got := FormatOf([]byte(data)); got != want {
			t.Errorf("%.40s: %d, want %d", data, got, want)
		}
	}
}

// TestRefused: a form that is not read is told with what to do, and makes the answer incomplete.
func TestRefused(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}`: "SPDX 3", "SPDXVersion: SPDX-2.3\n": "tag-value",
		`<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>`: "XML", `{}`: "none that is known", `{"bomFormat": "CycloneDX", `: "",
	} {
		bill, diags := Read("x", []byte(data))
		if len(bill.Packages) != 0 || !diags.Incomplete() || !strings.Contains(fmt.Sprint(diags), want) {
			t.Errorf("%s: %v", data, diags)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(cyclone))
	f.Add([]byte(spdx))
	f.Fuzz(func(t *testing.T, data []byte) { Read("x", data) })
}
