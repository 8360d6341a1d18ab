// Package registry finds an image in a registry, when the user asked for it by its reference.
//
// This is the only place below software that uses the network. Credentials are those that docker and podman keep. Manifests
// and configurations are fetched when an image is found, layers when they are read, each as one stream that is not kept.
package registry

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/onus-dev/onus/software/image"
)

// Find finds the image that a reference names: "public.ecr.aws/lambda/python:3.12", "repo@sha256:…". Of an image for several
// platforms it takes the given one, "linux/arm64", or linux/amd64 when platform is empty.
func Find(ctx context.Context, reference, platform string) (*image.Manifest, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, fmt.Errorf("%q is no reference of an image: %w", reference, err)
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
	if platform != "" {
		p, err := v1.ParsePlatform(platform)
		if err != nil {
			return nil, err
		}
		options = append(options, remote.WithPlatform(*p))
	}
	desc, err := remote.Get(ref, options...)
	if err != nil {
		return nil, err
	}
	img, err := desc.Image()
	if err != nil {
		return nil, err
	}
	m := &image.Manifest{Name: reference, Names: []string{reference}, Digests: []string{desc.Digest.String()}}
	return m, fill(m, img)
}

// fill notes the configuration and layers of an image.
func fill(m *image.Manifest, img v1.Image) error {
	var err error
	if m.Config, err = img.RawConfigFile(); err != nil {
		return err
	}
	if digest, err := img.Digest(); err == nil && digest.String() != m.Digests[0] {
		m.Digests = append(m.Digests, digest.String())
	}
	if manifest, err := img.Manifest(); err == nil {
		m.Digests = append(m.Digests, manifest.Config.Digest.String())
		m.BaseName = manifest.Annotations["org.opencontainers.image.base.name"]
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return err
		}
		m.Layers = append(m.Layers, image.Blob{Name: digest.String(), Open: func() (io.ReadCloser, int64, error) {
			size, err := l.Size()
			if err != nil {
				return nil, 0, err
			}
			rc, err := l.Compressed()
			return rc, size, err
		}})
	}
	return nil
}
