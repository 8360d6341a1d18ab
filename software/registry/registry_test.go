package registry

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	server "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/detect"
	"github.com/onus-dev/onus/software/image"
)

// serve starts a registry on this machine with one image, and returns its reference.
func serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(server.New(server.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(softwaretest.Tar(t, softwaretest.Text("srv/requirements.txt", "flask==1.0\n")))), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimPrefix(s.URL, "http://") + "/team/app:1"
	ref, err := name.ParseReference(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFind(t *testing.T) {
	t.Parallel()
	ref := serve(t)
	m, err := Find(context.Background(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Names) != 1 || m.Names[0] != ref || len(m.Digests) != 2 || len(m.Layers) != 1 {
		t.Errorf("%v %v %d layers", m.Names, m.Digests, len(m.Layers))
	}
	var diags diag.List
	a, err := image.Scan(context.Background(), m, &detect.Reader{Budget: software.NewBudget(software.Limits{}), Diags: &diags})
	if err != nil || len(diags) > 0 || len(a.Packages) != 1 || a.Packages[0].PURL != "pkg:pypi/flask@1.0" {
		t.Errorf("%v %v %v", err, diags, a.Packages)
	}
}

func TestFindFails(t *testing.T) {
	t.Parallel()
	ref := serve(t)
	for _, c := range []struct{ ref, platform string }{{ref[:len(ref)-1] + "2", ""}, {"not a reference", ""}, {ref, "linux/arm64/v8/x/y"}} {
		if _, err := Find(context.Background(), c.ref, c.platform); err == nil {
			t.Errorf("%s %s: no error", c.ref, c.platform)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ctx, ref, ""); err == nil {
		t.Error("a cancelled context fetched")
	}
}
