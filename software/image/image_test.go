package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/detect"
)

func scanTar(t testing.TB, data []byte, l software.Limits) ([]*software.Artifact, diag.List, error) {
	t.Helper()
	var diags diag.List
	r := &detect.Reader{Budget: software.NewBudget(l), Diags: &diags}
	manifests, done, err := Tar(bytes.NewReader(data), int64(len(data)), "app.tar", r.Budget, &diags)
	if err != nil {
		return nil, diags, errors.Join(err, done())
	}
	var out []*software.Artifact
	for _, m := range manifests {
		a, failed := Scan(context.Background(), m, r)
		out = append(out, a)
		err = errors.Join(err, failed)
	}
	MarkBases(out)
	for _, a := range out {
		a.Sort()
	}
	return out, diags, errors.Join(err, done())
}

// dump shows an image: what it is, its layers, and its packages with the layer and whether that is the base's.
func dump(a *software.Artifact) []string {
	out := []string{fmt.Sprintf("%s %s %s", strings.Join(a.Names, ","), a.Platform, a.BaseHow)}
	if a.Distro != nil {
		out = append(out, a.Distro.ID+" "+a.Distro.Version)
	}
	for _, p := range a.Packages {
		at := "config"
		if l := p.Location.Layer; l != nil {
			at = fmt.Sprintf("layer %d base %s", l.Index, l.Base)
		}
		out = append(out, fmt.Sprintf("%s %s@%s %s", p.Location.Path, p.Name, p.Version, at))
	}
	return out
}

const release = "ID=debian\nVERSION_ID=12\n"

func status(packages ...string) string {
	var b strings.Builder
	for _, p := range packages {
		name, version, _ := strings.Cut(p, "@")
		fmt.Fprintf(&b, "Package: %s\nStatus: install ok installed\nVersion: %s\n\n", name, version)
	}
	return b.String()
}

func npm(name, version string) softwaretest.File {
	return softwaretest.Text("app/node_modules/"+name+"/package.json", fmt.Sprintf(`{"name": %q, "version": %q}`, name, version))
}

// base and own are the layers of an image with a base.
func base(t testing.TB) []byte {
	return softwaretest.Tar(t, softwaretest.Text("etc/os-release", release), softwaretest.Text("var/lib/dpkg/status", status("bash@5.2", "openssl@3.0.1")),
		npm("old", "1.0.0"), npm("kept", "1.0.0"), npm("replaced", "1.0.0"), npm("file", "1.0.0"), softwaretest.Text("opt/x/requirements.txt", "a==1\n"))
}

func own(t testing.TB) []byte {
	return softwaretest.Tar(t,
		softwaretest.Text("var/lib/dpkg/status", status("bash@5.2", "openssl@3.0.2", "curl@8")),
		softwaretest.Text("app/node_modules/.wh.old", ""), npm("replaced", "2.0.0"),
		softwaretest.File{Name: "app/node_modules/file", Data: []byte("a file in place of a directory")},
		softwaretest.Text("opt/x/.wh..wh..opq", ""), softwaretest.Text("opt/x/b/requirements.txt", "b==2\n"),
		softwaretest.File{Name: "usr/lib/twin/requirements.txt", Link: "opt/x/b/requirements.txt", Hard: true},
		softwaretest.File{Name: "usr/lib/os-release", Link: "../../etc/os-release"},
	)
}

var history = []softwaretest.Step{
	{CreatedBy: "/bin/sh -c #(nop) ADD file:x in / "}, {CreatedBy: `/bin/sh -c #(nop)  CMD ["bash"]`, Empty: true},
	{CreatedBy: "COPY app /app # buildkit", Comment: "buildkit.dockerfile.v0"}, {CreatedBy: `CMD ["node" "app"]`, Comment: "buildkit.dockerfile.v0", Empty: true},
}

func layered(t testing.TB) softwaretest.Image {
	return softwaretest.Image{Tags: []string{"repo/app:1.2"}, Layers: [][]byte{base(t), own(t)}, History: history, Env: []string{"PATH=/bin", "NODE_VERSION=18.1.0"}}
}

var layeredWant = []string{
	`repo/app:1.2 linux/arm64 history: layers up to CMD ["bash"]`, "debian 12",
	" node@18.1.0 config",
	"app/node_modules/kept/package.json kept@1.0.0 layer 0 base true",
	"app/node_modules/replaced/package.json replaced@2.0.0 layer 1 base false",
	"opt/x/b/requirements.txt b@2 layer 1 base false",
	"usr/lib/twin/requirements.txt b@2 layer 1 base false",
	"var/lib/dpkg/status bash@5.2 layer 0 base true",
	"var/lib/dpkg/status curl@8 layer 1 base false",
	"var/lib/dpkg/status openssl@3.0.2 layer 1 base false",
}

func TestScan(t *testing.T) {
	t.Parallel()
	saved := softwaretest.Save(t, layered(t))
	for name, data := range map[string][]byte{
		"saved": saved, "saved, gzip": softwaretest.Gzip(t, saved), "saved, zstd": softwaretest.Zstd(t, saved),
		"layout, plain": softwaretest.Tar(t, softwaretest.Layout(t, layered(t), func(_ testing.TB, d []byte) []byte { return d })...),
		"layout, gzip":  softwaretest.Tar(t, softwaretest.Layout(t, layered(t), softwaretest.Gzip)...),
		"layout, zstd":  softwaretest.Tar(t, softwaretest.Layout(t, layered(t), softwaretest.Zstd)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, diags, err := scanTar(t, data, software.Limits{})
			if err != nil || len(diags) > 0 || len(got) != 1 {
				t.Fatalf("%v %v %d images", err, diags, len(got))
			}
			if diff := cmp.Diff(layeredWant, dump(got[0])); diff != "" {
				t.Error(diff)
			}
			if !got[0].Complete || got[0].Packages[3].Ecosystem != "PyPI" || got[0].Packages[5].Ecosystem != "Debian:12" {
				t.Errorf("complete %v, ecosystems %s %s", got[0].Complete, got[0].Packages[3].Ecosystem, got[0].Packages[5].Ecosystem)
			}
		})
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	three := [][]byte{base(t), own(t), softwaretest.Tar(t, npm("third", "3.0.0"))}
	for _, c := range []struct {
		about string
		im    softwaretest.Image
		want  string
	}{
		{"no history", softwaretest.Image{Layers: three}, "unknown unknown unknown |"},
		{"a history of other layers", softwaretest.Image{Layers: three, History: history}, "unknown unknown unknown |"},
		{"a base's CMD, two layers on top", softwaretest.Image{Layers: three, History: append(append([]softwaretest.Step{}, history[:3]...), softwaretest.Step{CreatedBy: "RUN x"})},
			`true false false | history: layers up to CMD ["bash"]`},
		{"the last of two bases", softwaretest.Image{Layers: three, History: append(append([]softwaretest.Step{}, history[:4]...), softwaretest.Step{CreatedBy: "COPY x"})},
			`true true false | history: layers up to CMD ["node" "app"]`},
		{"a CMD at the end tells nothing", softwaretest.Image{Layers: three, History: []softwaretest.Step{{CreatedBy: "a"}, {CreatedBy: "b"}, {CreatedBy: "c"}, {CreatedBy: "CMD [x]", Empty: true}}},
			"unknown unknown unknown |"},
		{"BuildKit on something else", softwaretest.Image{Layers: three, History: []softwaretest.Step{{CreatedBy: "debuerreotype"}, {CreatedBy: "RUN x", Comment: "buildkit.dockerfile.v0"}, {CreatedBy: "RUN y", Comment: "buildkit.dockerfile.v0"}},
			Labels: map[string]string{"org.opencontainers.image.base.name": "debian:12"}},
			"true unknown unknown | history: steps before the first one of BuildKit; the base is labelled debian:12"},
	} {
		got, _, err := scanTar(t, softwaretest.Save(t, c.im), software.Limits{})
		if err != nil {
			t.Fatal(c.about, err)
		}
		var marks []string
		for _, l := range got[0].Layers {
			marks = append(marks, string(l.Base))
		}
		if s := strings.TrimSpace(strings.Join(marks, " ") + " | " + got[0].BaseHow); s != c.want {
			t.Errorf("%s: %s, want %s", c.about, s, c.want)
		}
	}
}

// TestBaseInTheRun: an image whose layers another one begins with is its base, whatever the history says.
func TestBaseInTheRun(t *testing.T) {
	t.Parallel()
	small := softwaretest.Image{Tags: []string{"base:1"}, Layers: [][]byte{base(t)}}
	large := softwaretest.Image{Tags: []string{"app:1"}, Layers: [][]byte{base(t), own(t)}}
	got, _, err := scanTar(t, softwaretest.Save(t, large, small), software.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if how := got[0].BaseHow; how != "its first layers are those of base:1" {
		t.Errorf("the larger: %q", how)
	}
	for _, p := range got[0].Packages {
		if want := map[int]software.Base{0: software.FromBase, 1: software.Own}[p.Location.Layer.Index]; p.Location.Layer.Base != want {
			t.Errorf("%s: %s, want %s", p.Name, p.Location.Layer.Base, want)
		}
	}
	if got[1].BaseHow != "" || got[1].Layers[0].Base != software.BaseUnknown {
		t.Errorf("the base itself: %q", got[1].BaseHow)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	im := softwaretest.Image{Layers: [][]byte{softwaretest.Tar(t, npm("a", "1.0.0"), softwaretest.Text("../../etc/cron.d/x", "x"), npm("b", "1.0.0"))}}
	climbing := softwaretest.Save(t, im)
	truncated := softwaretest.Image{Layers: [][]byte{im.Layers[0][:2000], softwaretest.Tar(t, npm("later", "1.0.0"))}}
	bomb := softwaretest.Image{Layers: [][]byte{softwaretest.Tar(t, npm("a", "1.0.0"), softwaretest.File{Name: "zeros", Data: make([]byte, 40<<20)})}}
	missing := softwaretest.Layout(t, im, softwaretest.Gzip)
	traversal := softwaretest.Text("manifest.json", `[{"Config": "../../../etc/passwd", "Layers": ["/../../etc/shadow"]}]`)
	saved := softwaretest.Save(t, im)
	for _, c := range []struct {
		about, want string
		data        []byte
		limits      software.Limits
		packages    int
	}{
		{"a name that climbs out", "Path leaves the archive", climbing, software.Limits{}, 2},
		{"a truncated layer", "unexpected EOF", softwaretest.Save(t, truncated), software.Limits{}, 2},
		{"a layer that is a bomb", "MaxRatio", softwaretest.Tar(t, softwaretest.Layout(t, bomb, softwaretest.Gzip)...), software.Limits{}, 1},
		{"too much in all", "MaxExpanded", softwaretest.Tar(t, softwaretest.Layout(t, bomb, softwaretest.Gzip)...), software.Limits{MaxExpanded: 4 << 20}, 1},
		{"too many entries", "MaxEntries", saved, software.Limits{MaxEntries: 4}, 1},
		{"a layer that is not there", "Layer not read", softwaretest.Tar(t, append(missing[:1:1], missing[2:]...)...), software.Limits{}, 0},
		{"paths out of the tar", "Image configuration not read", softwaretest.Tar(t, traversal), software.Limits{}, 0},
		{"a tar cut in a layer", "breaks off", saved[:2500], software.Limits{}, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			got, diags, err := scanTar(t, c.data, c.limits)
			n := 0
			for _, a := range got {
				n += len(a.Packages)
				if a.Complete {
					t.Error("it is said to be complete")
				}
			}
			if err != nil {
				software.Report(&diags, diag.Range{}, "image", err)
			}
			if text := fmt.Sprint(diags); !strings.Contains(text, c.want) || !diags.Incomplete() || n != c.packages {
				t.Errorf("%d packages, want %d; %s", n, c.packages, text)
			}
		})
	}
}

func TestNoImage(t *testing.T) {
	t.Parallel()
	if _, _, err := scanTar(t, softwaretest.Tar(t, softwaretest.Text("README", "x")), software.Limits{}); !errors.Is(err, ErrNoImage) {
		t.Errorf("%v", err)
	}
	if _, _, err := scanTar(t, []byte("no tar at all"), software.Limits{}); err == nil {
		t.Error("text was taken for a tar")
	}
}

func TestLayoutIndexes(t *testing.T) {
	t.Parallel()
	blobs := map[string]string{
		"index.json":             `{"manifests": [{"digest": "sha256:idx", "annotations": {"org.opencontainers.image.ref.name": "1.0"}}, {"digest": "sha256:../../x"}]}`,
		"blobs/sha256/idx":       `{"manifests": [{"digest": "sha256:arm"}, {"digest": "sha256:att", "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}, {"digest": "sha256:chart"}]}`,
		"blobs/sha256/arm":       `{"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:cfg"}, "layers": [], "annotations": {"org.opencontainers.image.base.name": "debian:12"}}`,
		"blobs/sha256/cfg":       `{"os": "linux", "architecture": "arm64", "variant": "v8"}`,
		"blobs/sha256/chart":     `{"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "sha256:cfg"}, "layers": []}`,
		"blobs/sha256/../../x":   `{"config": {}}`,
		"blobs/sha256/unrelated": `{}`,
	}
	var diags diag.List
	got, err := Layout(func(name string) (io.ReadCloser, int64, error) {
		text, ok := blobs[name]
		if !ok {
			return nil, 0, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(text)), int64(len(text)), nil
	}, "layout", &diags)
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %d images", err, len(got))
	}
	m := got[0]
	want := []string{"1.0", "sha256:idx", "sha256:arm", softwaretest.Digest([]byte(blobs["blobs/sha256/cfg"])), "debian:12"}
	if diff := cmp.Diff(want, append(append(m.Names, m.Digests...), m.BaseName)); diff != "" {
		t.Error(diff)
	}
	if len(diags) != 1 || !strings.Contains(diags[0].Summary, "manifest not read") {
		t.Errorf("the digest that is a path: %v", diags)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	data := softwaretest.Save(t, layered(t))
	var diags diag.List
	r := &detect.Reader{Budget: software.NewBudget(software.Limits{}), Diags: &diags}
	manifests, _, err := Tar(bytes.NewReader(data), int64(len(data)), "app.tar", r.Budget, &diags)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Scan(ctx, manifests[0], r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzTar(f *testing.F) {
	f.Add(softwaretest.Save(f, layered(f)))
	f.Add(softwaretest.Tar(f, softwaretest.Layout(f, softwaretest.Image{Layers: [][]byte{softwaretest.Tar(f, npm("a", "1"))}}, softwaretest.Gzip)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = scanTar(t, data, software.Limits{MaxExpanded: 4 << 20, MaxEntries: 10_000})
	})
}
