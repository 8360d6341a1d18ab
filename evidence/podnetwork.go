package evidence

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// podNetwork derives onus::PodNetwork from the objects that discovery found to select a pod.
//
// isolated is true when a NetworkPolicy limits what may reach the pod. served is true when a Service leads to it.
// loadBalancers holds a Service of type LoadBalancer each: public when the Internet can reach it, open when it lets in
// every address, tls when it ends TLS, plainWeb when it has a port of the web's in the clear, otherPorts when it has a port
// that is none of the web's. ingresses holds an Ingress each: tls when it has a certificate, internal when its load balancer
// is not for the Internet.
func (d *Dossier) podNetwork() Part {
	root, _, ok := d.podOf()
	if !ok {
		return Part{}
	}
	exposure := inventory.Value{}
	if p := d.Workload.Parts["exposure"]; p.Resource != nil {
		exposure = p.Resource.Properties
	}
	services := exposure.Get("Services").List()
	var balancers, ingresses []inventory.Value
	for _, s := range services {
		kind := s.Get("Type")
		if text, known := kind.Text(); known && text == "LoadBalancer" {
			balancers = append(balancers, loadBalancer(s.Get("Object")))
		} else if kind.IsUnknown() {
			balancers = append(balancers, kind)
		}
	}
	for _, i := range exposure.Get("Ingresses").List() {
		ingresses = append(ingresses, ingressFacts(i.Get("Object")))
	}
	return Part{Resources: []*inventory.Resource{root}, Value: fact(
		property("isolated", isolated(exposure.Get("NetworkPolicies"), root)),
		property("served", inventory.BoolValue(len(services) > 0, root.Origin)),
		property("loadBalancers", inventory.ListValue(balancers, root.Origin)),
		property("ingresses", inventory.ListValue(ingresses, root.Origin)),
	)}
}

// isolated reports whether a policy limits ingress: each does whose policyTypes hold Ingress, or that names no types.
func isolated(policies inventory.Value, root *inventory.Resource) inventory.Value {
	out := inventory.BoolValue(false, root.Origin)
	for _, p := range policies.List() {
		types := p.Get("Object.spec.policyTypes")
		if types.IsNull() {
			types = inventory.ListValue([]inventory.Value{inventory.StringValue("Ingress", p.Origin())}, p.Origin())
		}
		raise(&out, covers(types, "Ingress"))
	}
	return out
}

const balancerAnnotation = "service.beta.kubernetes.io/aws-load-balancer-"

// webPorts are the ports that web servers answer on.
var webPorts = []float64{80, 443, 8080, 8443}

// loadBalancer is what the load balancer of a Service lets in. Without a scheme the AWS Load Balancer Controller and Auto
// Mode make an internal one, the controller built into Kubernetes one for the Internet.
func loadBalancer(s inventory.Value) inventory.Value {
	notes := s.Get("metadata.annotations")
	web, plain, other := inventory.BoolValue(false, s.Origin()), inventory.BoolValue(false, s.Origin()), inventory.BoolValue(false, s.Origin())
	certificate := labelled(notes, balancerAnnotation+"ssl-cert")
	for _, p := range s.Get("spec.ports").List() {
		port := p.Get("port")
		n, ok := port.Number()
		switch {
		case !ok:
			raise(&other, inventory.UnknownValue(port.Origin(), port.Unresolved()...))
		case !slices.Contains(webPorts, n):
			other = inventory.BoolValue(true, port.Origin())
		case n == 80 || n == 8080:
			plain = inventory.BoolValue(true, port.Origin())
		default:
			web = inventory.BoolValue(true, port.Origin())
		}
	}
	tls := web
	if !certificate.IsNull() {
		tls = inventory.BoolValue(true, certificate.Origin())
	}
	return inventory.MapValue([]inventory.Property{
		property("name", s.Get("metadata.name")),
		property("public", public(s, notes)),
		property("open", openTo(s.Get("spec.loadBalancerSourceRanges"), labelled(notes, "service.beta.kubernetes.io/load-balancer-source-ranges"), s)),
		property("tls", tls), property("plainWeb", plain), property("otherPorts", other),
	}, s.Origin())
}

func public(s, notes inventory.Value) inventory.Value {
	scheme, internal := labelled(notes, balancerAnnotation+"scheme"), labelled(notes, balancerAnnotation+"internal")
	kind, class := labelled(notes, balancerAnnotation+"type"), s.Get("spec.loadBalancerClass")
	if text, ok := scheme.Text(); ok {
		return inventory.BoolValue(text == "internet-facing", scheme.Origin())
	}
	if text, ok := internal.Text(); ok {
		return inventory.BoolValue(text == "false" || text == "", internal.Origin())
	}
	for _, v := range []inventory.Value{scheme, internal, kind, class} {
		if v.IsUnknown() {
			return v
		}
	}
	text, _ := kind.Text()
	if text == "external" || text == "nlb-ip" || !class.IsNull() {
		return inventory.BoolValue(false, s.Origin())
	}
	return inventory.BoolValue(true, s.Origin())
}

// openTo reports whether the source ranges let in every address: none are named, or one holds all.
func openTo(ranges, annotation, at inventory.Value) inventory.Value {
	if ranges.IsUnknown() || ranges.IsNull() && annotation.IsUnknown() {
		return inventory.UnknownValue(at.Origin(), ranges.Unresolved()...)
	}
	items := ranges.List()
	if text, ok := annotation.Text(); ok && len(items) == 0 {
		for _, r := range strings.Split(text, ",") {
			items = append(items, inventory.StringValue(r, annotation.Origin()))
		}
	}
	unknown := inventory.Value{}
	for _, r := range items {
		if text, ok := r.Text(); ok && everywhere(text) {
			return inventory.BoolValue(true, r.Origin())
		}
		if r.IsUnknown() {
			unknown = r
		}
	}
	if unknown.IsUnknown() {
		return unknown
	}
	return inventory.BoolValue(len(items) == 0, at.Origin())
}

const albAnnotation = "alb.ingress.kubernetes.io/"

// ingressFacts is whether an Ingress ends TLS. An ALB is internal unless its scheme says otherwise; any other controller's
// load balancer is another Service, so nothing is known of it here.
func ingressFacts(i inventory.Value) inventory.Value {
	notes := i.Get("metadata.annotations")
	tls := inventory.BoolValue(len(i.Get("spec.tls").List()) > 0, i.Origin())
	if i.Get("spec.tls").IsUnknown() {
		tls = i.Get("spec.tls")
	}
	for _, name := range []string{"certificate-arn", "listen-ports"} {
		v := labelled(notes, albAnnotation+name)
		text, ok := v.Text()
		if !v.IsNull() && (name == "certificate-arn" || !ok || strings.Contains(text, "HTTPS")) {
			raise(&tls, orUnknown(v))
		}
	}
	class, _ := i.Get("spec.ingressClassName").Text()
	if old, ok := labelled(notes, "kubernetes.io/ingress.class").Text(); ok && class == "" {
		class = old
	}
	scheme := labelled(notes, albAnnotation+"scheme")
	text, known := scheme.Text()
	internal := inventory.BoolValue(known && text == "internal" || scheme.IsNull() && class == "alb", i.Origin())
	if scheme.IsUnknown() {
		internal = scheme
	}
	return inventory.MapValue([]inventory.Property{
		property("name", i.Get("metadata.name")), property("tls", tls), property("internal", internal),
	}, i.Origin())
}
