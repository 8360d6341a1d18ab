package shipped

import (
	"fmt"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/workload"
)

// reference is an image reference taken apart; host is "" when none is written, tag and digest likewise.
type reference struct{ host, repository, tag, digest string }

// anyHost is the host of a reference whose registry is an unknown value.
const anyHost = "?"

// parseReference takes "registry/repository:tag@digest" apart. A first segment with a dot or a colon is a registry.
func parseReference(text string) reference {
	var r reference
	text, r.digest, _ = strings.Cut(text, "@")
	if i := strings.LastIndexByte(text, ':'); i > strings.LastIndexByte(text, '/') {
		text, r.tag = text[:i], text[i+1:]
	}
	if host, rest, ok := strings.Cut(text, "/"); ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		r.host, text = strings.ToLower(host), rest
	}
	switch r.host {
	case "docker.io", "index.docker.io", "registry-1.docker.io":
		r.host = ""
	}
	r.repository = strings.TrimPrefix(text, "library/")
	if r.tag == "" && r.digest == "" {
		r.tag = "latest"
	}
	return r
}

// referencesOf are the references that an artifact answers to: the names and digests of an image, the subject of a bill of
// materials, or none.
func referencesOf(a *software.Artifact) []reference {
	var out []reference
	switch a.Kind {
	case software.Image:
		for _, n := range a.Names {
			r := parseReference(n)
			if strings.ContainsAny(n, ":/@") {
				out = append(out, r)
				continue
			}
			// An annotation that holds a tag alone: the layout's own name is the repository.
			base := a.Path[strings.LastIndexByte(a.Path, '/')+1:]
			base, _, _ = strings.Cut(base, ".")
			out = append(out, reference{repository: base, tag: n})
		}
		for _, d := range a.Digests {
			out = append(out, reference{digest: d})
		}
	case software.Bill:
		out = append(out, subjectReferences(a.Subject)...)
	}
	return out
}

func subjectReferences(subject string) []reference {
	if u, err := packageurl.FromString(subject); err == nil {
		if u.Type != packageurl.TypeOCI && u.Type != packageurl.TypeDocker {
			return nil
		}
		q := u.Qualifiers.Map()
		name := strings.TrimPrefix(u.Namespace+"/"+u.Name, "/")
		if q["repository_url"] != "" {
			name = q["repository_url"]
			if !strings.HasSuffix(name, "/"+u.Name) && name != u.Name {
				name += "/" + u.Name
			}
		}
		r := parseReference(name)
		r.tag, r.digest = q["tag"], ""
		if strings.HasPrefix(u.Version, "sha256:") {
			r.digest = u.Version
		} else if r.tag == "" {
			r.tag = u.Version
		}
		return []reference{r}
	}
	if subject == "" {
		return nil
	}
	return []reference{parseReference(subject)}
}

// match tells how a wanted reference agrees with one that an artifact answers to; "" when it does not.
func match(want, have reference) How {
	switch {
	case want.digest != "" && have.digest != "":
		if want.digest == have.digest {
			return ByDigest
		}
		return ""
	case want.digest != "" && want.tag == "", have.repository == "" || want.repository != have.repository:
		return ""
	case want.tag == "": // unknown
		return ByRepository
	case want.tag != have.tag:
		return ""
	case want.host == have.host:
		return ByName
	case want.host == "" || have.host == "" || want.host == anyHost:
		return ByRepository
	}
	return ""
}

// imageTypes are the types whose properties name container images; Kubernetes objects have types without "::".
var imageTypes = map[string]bool{
	typeFunction: true, "AWS::ECS::TaskDefinition": true, "AWS::ECS::ExpressGatewayService": true, "AWS::AppRunner::Service": true,
	"AWS::Batch::JobDefinition": true, "AWS::SageMaker::Model": true, "AWS::CodeBuild::Project": true, "AWS::Lightsail::Container": true,
}

// imageProperties are the names of properties that hold a reference.
var imageProperties = map[string]bool{"Image": true, "ImageUri": true, "ImageIdentifier": true, "image": true}

// named is an image that a resource names, with the container that runs it.
type named struct {
	container, property string
	value               inventory.Value
}

// imagesOf walks the properties of a resource for images.
func imagesOf(r *inventory.Resource) []named {
	if strings.Contains(r.Type, "::") && !imageTypes[r.Type] {
		return nil
	}
	var out []named
	var walk func(v inventory.Value, path, container string)
	walk = func(v inventory.Value, path, container string) {
		for _, item := range v.List() {
			walk(item, path, "")
		}
		for _, key := range []string{"Name", "name"} {
			if n, ok := v.Get(key).Text(); ok && v.Kind() == inventory.Map {
				container = n
			}
		}
		for _, p := range v.Properties() {
			full := path + "." + p.Name
			if _, isText := p.Value.Text(); imageProperties[p.Name] && (isText || p.Value.IsUnknown()) {
				out = append(out, named{container, full, p.Value})
				continue
			}
			walk(p.Value, full, "")
		}
	}
	walk(r.Properties, r.Type, "")
	return out
}

// images joins the images that a resource names; it reports whether it names any. built is the part of a build context, nil
// for none: it stands for what the customer adds to an image, never for what the base brings.
func (s *shipping) images(r *inventory.Resource, built *Part) bool {
	images := imagesOf(r)
	for _, n := range images {
		what := "image"
		if n.container != "" && len(images) > 1 || r.Type == "AWS::ECS::TaskDefinition" && n.container != "" {
			what = "container " + n.container
		}
		because := workload.Evidence{Property: n.property, Value: n.value}
		switch {
		case s.image(r, n.value, what, because):
		case built != nil && len(images) == 1:
			s.missing(what, onlyContext(r), because)
		default:
			s.missing(what, fmt.Sprintf("The image %s of %s is not in the input: save it with `docker save` or name it to be fetched.", shown(n.value), r.Address), because)
		}
	}
	if len(images) == 0 && built != nil {
		s.missing("image", onlyContext(r), built.Because)
	}
	return len(images) > 0 || built != nil
}

func onlyContext(r *inventory.Resource) string {
	return fmt.Sprintf("Of the image of %s only what it is built from is in the input; what its base image holds is not. Save the image with `docker save`.", r.Address)
}

func shown(v inventory.Value) string {
	if p := v.Partial(); p != "" && !v.Sensitive() {
		return diag.Clip(p, 120)
	}
	return v.Display()
}

// image joins the artifacts that answer to a reference, those with the strongest agreement only.
func (s *shipping) image(r *inventory.Resource, v inventory.Value, what string, because workload.Evidence) bool {
	wants := s.wanted(r, v)
	best := map[How][]*software.Artifact{}
	for _, a := range s.artifacts {
		for _, want := range wants {
			for _, have := range a.refs {
				if how := match(want, have); how != "" && !slices.Contains(best[how], a.Artifact) {
					best[how] = append(best[how], a.Artifact)
				}
			}
		}
	}
	for _, how := range []How{ByDigest, ByName, ByRepository} {
		for _, a := range best[how] {
			s.add(Part{What: what, How: how, Artifact: a, Because: because})
		}
		if len(best[how]) > 0 {
			return true
		}
	}
	return false
}

// wanted are the references that a value may stand for: its text, or the repositories of the input that it refers to with
// what is known of the tag.
func (s *shipping) wanted(r *inventory.Resource, v inventory.Value) []reference {
	if text, ok := v.Text(); ok {
		return []reference{parseReference(text)}
	}
	var out []reference
	partial := v.Partial()
	for _, repo := range s.ix.FollowType(r, v, typeECR) {
		if name, ok := repo.Get("RepositoryName").Text(); ok {
			out = append(out, reference{host: anyHost, repository: name}.withEnd(partial))
		}
	}
	if _, rest, ok := strings.Cut(partial, "/"); ok && len(out) == 0 {
		name := rest[:strings.IndexAny(rest+":", ":@")]
		if name != "" && !strings.Contains(name, "${") {
			out = append(out, reference{host: anyHost, repository: name}.withEnd(partial))
		}
	}
	return out
}

// withEnd adds the tag or digest that a text with unknown parts ends in, when that end is known.
func (r reference) withEnd(partial string) reference {
	end := partial[strings.LastIndexByte(partial, '}')+1:]
	if i := strings.Index(end, "@sha256:"); i >= 0 {
		r.digest = end[i+1:]
	} else if i := strings.LastIndexByte(end, ':'); i >= 0 && !strings.Contains(end[i:], "/") {
		r.tag = end[i+1:]
	}
	return r
}
