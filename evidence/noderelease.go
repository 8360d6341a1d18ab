package evidence

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// nodeRelease derives onus::NodeRelease: which release of the machine image the nodes of a managed node group, or of a
// Karpenter node class, boot from. Tracking is true when the newest is taken by itself: from a lookup at each deployment, or by
// an alias that ends in latest. Released is the day in the name of a release that is fixed, in RFC 3339; it is not set
// when none is named, or the name holds no day.
func (d *Dossier) nodeRelease() Part {
	r, values := d.releases()
	if r == nil {
		return Part{}
	}
	tracking, released := inventory.BoolValue(false, r.Origin), inventory.Value{}
	for _, e := range values {
		v := e.Value
		text, known := v.Text()
		day, dated := dayIn(text)
		switch {
		case v.IsNull():
		case d.lookedUp(r, v) || known && floats(e.Property, text):
			raise(&tracking, inventory.BoolValue(true, v.Origin()))
		case !known:
			unknown := inventory.UnknownValue(v.Origin(), unresolved(v, e.Property)...)
			raise(&tracking, unknown)
			released = unknown
		case dated:
			released = inventory.StringValue(day, v.Origin())
		default:
			released = inventory.UnknownValue(v.Origin(), inventory.Step{Name: e.Property, Note: "names no day", At: v.Origin()})
		}
	}
	return Part{Resources: []*inventory.Resource{r}, Because: values, Value: fact(
		property("Tracking", tracking), property("Released", released),
	)}
}

// releases are the values that name a release, with the resource that holds them.
func (d *Dossier) releases() (*inventory.Resource, []workload.Evidence) {
	if r := d.ofType("AWS::EKS::Nodegroup"); r != nil {
		return r, []workload.Evidence{{Property: r.Type + ".ReleaseVersion", Value: r.Get("ReleaseVersion")}}
	}
	r := d.ofType("EC2NodeClass")
	if r == nil {
		return nil, nil
	}
	terms := r.Get("spec.amiSelectorTerms")
	if terms.IsUnknown() {
		return r, []workload.Evidence{{Property: r.Type + ".spec.amiSelectorTerms", Value: terms}}
	}
	if len(terms.List()) == 0 { // v1beta1: the newest of the family
		return r, []workload.Evidence{{Property: r.Type + ".spec.amiFamily", Value: r.Get("spec.amiFamily")}}
	}
	var out []workload.Evidence
	for _, t := range terms.List() {
		for _, name := range []string{"alias", "id", "name", "ssmParameter", "tags"} {
			if v := t.Get(name); !v.IsNull() {
				out = append(out, workload.Evidence{Property: r.Type + ".spec.amiSelectorTerms." + name, Value: selector(v)})
			}
		}
	}
	return r, out
}

// selector is a term of an AMI selector as text: tags select whatever bears them.
func selector(v inventory.Value) inventory.Value {
	if v.Kind() == inventory.Map {
		return inventory.StringValue("*", v.Origin())
	}
	return v
}

// floats reports a term that Karpenter resolves to the newest image anew and anew: an alias of latest, a parameter of
// Systems Manager without a version, a name with a wildcard, tags, a family.
func floats(property, text string) bool {
	switch property[strings.LastIndexByte(property, '.')+1:] {
	case "alias":
		return strings.HasSuffix(text, "@latest")
	case "amiFamily", "tags":
		return true
	case "ssmParameter":
		return strings.Contains(text, "/recommended/") || strings.Contains(text, "/latest/")
	case "name":
		return strings.Contains(text, "*")
	}
	return false
}

// lookedUp reports whether a value comes from a lookup, which is made anew at each deployment.
func (d *Dossier) lookedUp(from *inventory.Resource, v inventory.Value) bool {
	return slices.ContainsFunc(d.g.ix.Follow(from, v), func(r *inventory.Resource) bool { return r.Lookup })
}

// dayForm is the day in the name of a release: 1.34.2-20261105, 1.34-2026.11.05, al2023@v20261105.
var dayForm = regexp.MustCompile(`(?:[-v@]|^)(20\d{2})[.-]?(\d{2})[.-]?(\d{2})(?:$|[^0-9])`)

func dayIn(text string) (string, bool) {
	m := dayForm.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	day, err := time.Parse(time.DateOnly, m[1]+"-"+m[2]+"-"+m[3])
	if err != nil {
		return "", false
	}
	return day.Format(time.RFC3339), true
}

// kubeServer derives onus::KubeServer from the boot scripts of a node of self-managed Kubernetes. Server is true when a
// script starts a control plane; AuditLog and SecretsEncrypted are true when a script turns them on, unknown when a part of
// it is not known.
func (d *Dossier) kubeServer() Part {
	var texts []string
	var because []workload.Evidence
	whole, at := true, (*inventory.Resource)(nil)
	for _, from := range []struct{ role, typ, path string }{
		{"instance", "AWS::EC2::Instance", "UserData"},
		{"launchTemplate", "AWS::EC2::LaunchTemplate", "LaunchTemplateData.UserData"},
		{"launchConfiguration", "AWS::AutoScaling::LaunchConfiguration", "UserData"},
	} {
		r := d.Own(from.role, from.typ)
		if r == nil || r.Get(from.path).IsNull() {
			continue
		}
		v := r.Get(from.path)
		text, known := v.Text()
		if !known {
			text = v.Partial()
		}
		at, whole = r, whole && known
		because = append(because, workload.Evidence{Property: r.Type + "." + from.path, Value: v})
		workload.Unpack(text, func(plain string) { texts = append(texts, plain) })
	}
	if at == nil {
		return Part{}
	}
	tell := func(form *regexp.Regexp) inventory.Value {
		switch {
		case slices.ContainsFunc(texts, form.MatchString):
			return inventory.BoolValue(true, at.Origin)
		case whole:
			return inventory.BoolValue(false, at.Origin)
		}
		return inventory.UnknownValue(at.Origin, because[len(because)-1].Value.Unresolved()...)
	}
	return Part{Resources: []*inventory.Resource{at}, Because: because, Value: fact(
		property("Server", tell(serverForm)), property("AuditLog", tell(auditForm)), property("SecretsEncrypted", tell(encryptForm)),
	)}
}

// What boot scripts say about a control plane: the commands and units of kubeadm, k3s, RKE2 and plain Kubernetes, and the
// flags of the API server, as flags or as keys of a configuration file.
var (
	serverForm  = regexp.MustCompile(`kubeadm init|kube-apiserver|k3s server|rke2-server|\bserver --cluster-init\b|INSTALL_K3S_EXEC=["']?server`)
	auditForm   = regexp.MustCompile(`audit-(policy-file|log-path)`)
	encryptForm = regexp.MustCompile(`encryption-provider-config|secrets-encryption`)
)
