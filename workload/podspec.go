package workload

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// podKind is a kind of Kubernetes object that makes pods: its API groups and the path of its pod template, "" for the
// object itself.
type podKind struct {
	groups   []string
	template string
}

const cronTemplate = "spec.jobTemplate.spec.template"

// podKinds are the kinds that are workloads. Knative's Service shares its kind with the core one, so groups count.
var podKinds = map[string]podKind{
	"Deployment":            {[]string{"apps", "extensions"}, "spec.template"},
	"StatefulSet":           {[]string{"apps"}, "spec.template"},
	"DaemonSet":             {[]string{"apps", "extensions"}, "spec.template"},
	"ReplicaSet":            {[]string{"apps", "extensions"}, "spec.template"},
	"ReplicationController": {[]string{""}, "spec.template"},
	"Job":                   {[]string{"batch"}, "spec.template"},
	"CronJob":               {[]string{"batch"}, cronTemplate},
	"Pod":                   {[]string{""}, ""},
	"Rollout":               {[]string{"argoproj.io"}, "spec.template"},
	"Service":               {[]string{"serving.knative.dev"}, "spec.template"},
}

// groupOf is the API group of a Kubernetes object: "apps" of apps/v1, "" of v1. The source type stands in for an
// apiVersion that is a template.
func groupOf(r *inventory.Resource) string {
	version, ok := r.Get("apiVersion").Text()
	if !ok {
		version = strings.TrimSuffix(r.SourceType, "/"+r.Type)
	}
	group, _, found := strings.Cut(version, "/")
	if !found {
		return ""
	}
	return group
}

// pod is what discovery reads of a pod controller or a bare pod.
type pod struct {
	r *inventory.Resource
	// path leads to the pod spec, for evidence.
	path string
	spec inventory.Value
	// namespace and labels are the pod's own; namespaceText is "default" when none is written, "" when unknown.
	namespaceText string
	labels        inventory.Value

	selector    []need
	terms       [][]need
	hasTerms    bool
	tolerations []toleration
	daemon      bool
	// asked keeps the text of asks.
	asked string
}

// podOf reads the pod template of a resource; ok is false when it is no pod controller, or has no template.
func podOf(r *inventory.Resource) (p *pod, ok bool) {
	kind, ok := podKinds[r.Type]
	if !ok || strings.HasPrefix(r.SourceType, "AWS::") || !slices.Contains(kind.groups, groupOf(r)) {
		return nil, false
	}
	template, path := r.Properties, "spec"
	if kind.template != "" {
		template, path = r.Get(kind.template), kind.template+".spec"
	}
	p = &pod{r: r, path: r.Type + "." + path, spec: template.Get("spec"), labels: template.Get("metadata.labels"), daemon: r.Type == "DaemonSet"}
	if p.spec.IsNull() {
		return nil, false
	}
	p.namespaceText = namespaceOf(r)
	p.readSelector()
	p.readAffinity()
	p.readTolerations()
	return p, true
}

// namespaceOf is the namespace of an object: "default" when none is written, "" when it is unknown.
func namespaceOf(r *inventory.Resource) string {
	v := r.Get("metadata.namespace")
	if v.IsNull() {
		return "default"
	}
	text, _ := v.Text()
	return text
}

// nameOf is metadata.name, "" when it is unknown.
func nameOf(r *inventory.Resource) string {
	text, _ := r.Get("metadata.name").Text()
	return text
}

func (p *pod) readSelector() {
	v := p.spec.Get("nodeSelector")
	if v.IsUnknown() {
		p.selector = append(p.selector, need{key: "nodeSelector", unknown: true})
	}
	for _, prop := range v.Properties() {
		text, ok := prop.Value.Text()
		p.selector = append(p.selector, need{key: prop.Name, op: "In", values: []string{text}, unknown: !ok})
	}
}

// readAffinity reads the required node affinity; the preferred one only weighs, and decides nothing.
func (p *pod) readAffinity() {
	required := p.spec.Get("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")
	if required.IsNull() {
		return
	}
	p.hasTerms = true
	terms := required.Get("nodeSelectorTerms")
	if terms.IsUnknown() {
		p.terms = [][]need{{{key: "nodeAffinity", unknown: true}}}
	}
	for _, term := range terms.List() {
		needs := needsIn(term.Get("matchExpressions"))
		if fields := term.Get("matchFields"); !fields.IsNull() {
			needs = append(needs, need{key: "metadata.name", unknown: true})
		}
		if term.IsUnknown() {
			needs = []need{{key: "nodeAffinity", unknown: true}}
		}
		// A term without expressions selects no node.
		if len(needs) > 0 {
			p.terms = append(p.terms, needs)
		}
	}
}

// needsIn reads match expressions or the requirements of a NodePool.
func needsIn(v inventory.Value) []need {
	if v.IsUnknown() {
		return []need{{key: "expressions", unknown: true}}
	}
	var out []need
	for _, e := range v.List() {
		key, okKey := e.Get("key").Text()
		op, okOp := e.Get("operator").Text()
		n := need{key: key, op: op, unknown: !okKey || !okOp || e.Get("values").IsUnknown()}
		for _, item := range members(e.Get("values")) {
			text, ok := item.Text()
			if ok {
				n.values = append(n.values, text)
			}
			n.unknown = n.unknown || item.IsUnknown()
		}
		out = append(out, n)
	}
	return out
}

func (p *pod) readTolerations() {
	v := p.spec.Get("tolerations")
	if v.IsUnknown() {
		p.tolerations = []toleration{{unknown: true}}
	}
	for _, item := range v.List() {
		var o toleration
		for _, field := range []struct {
			name string
			to   *string
		}{{"key", &o.key}, {"operator", &o.op}, {"value", &o.value}, {"effect", &o.effect}} {
			f := item.Get(field.name)
			*field.to, _ = f.Text()
			o.unknown = o.unknown || f.IsUnknown()
		}
		o.effect = effectOf(o.effect)
		p.tolerations = append(p.tolerations, o)
	}
}

// fits reports whether the scheduler may put the pod on nodes with these labels and taints.
func (p *pod) fits(labels nodeLabels, taints []taint) tri {
	if p.spec.IsUnknown() {
		return triMaybe
	}
	out := tolerated(taints, p.tolerations)
	if out == triNo {
		return out
	}
	if !p.hasTerms {
		return min(out, labels.satisfy(p.selector))
	}
	best := triNo
	for _, term := range p.terms {
		best = max(best, labels.satisfy(slices.Concat(p.selector, term)))
	}
	return min(out, best)
}

// wants words what the pod asks of its node: "nodeSelector disktype=ssd, node affinity zone In [a, b]".
func (p *pod) wants() string {
	var out []string
	for _, n := range p.selector {
		out = append(out, n.String())
	}
	var terms []string
	for _, term := range p.terms {
		var words []string
		for _, n := range term {
			words = append(words, n.String())
		}
		terms = append(terms, strings.Join(words, " and "))
	}
	if len(terms) > 0 {
		out = append(out, strings.Join(terms, " or "))
	}
	return strings.Join(out, ", ")
}

// asks tells pods apart by all that the scheduler looks at: pods with equal text fit the same hosts.
func (p *pod) asks() string {
	if p.asked != "" {
		return p.asked
	}
	b := []byte("pod")
	for _, flag := range []bool{p.daemon, p.spec.IsUnknown(), p.hasTerms} {
		b = strconv.AppendBool(append(b, ' '), flag)
	}
	for _, term := range append([][]need{p.selector}, p.terms...) {
		b = append(b, '/')
		for _, n := range term {
			b = appendQuoted(b, n.unknown, append([]string{n.key, n.op}, n.values...)...)
		}
	}
	for _, o := range p.tolerations {
		b = appendQuoted(append(b, '~'), o.unknown, o.key, o.op, o.value, o.effect)
	}
	p.asked = string(b)
	return p.asked
}

func appendQuoted(b []byte, unknown bool, texts ...string) []byte {
	b = strconv.AppendBool(append(b, '('), unknown)
	for _, t := range texts {
		b = strconv.AppendQuote(b, t)
	}
	return append(b, ')')
}

// asksFor reports whether the pod asks for a node label.
func (p *pod) asksFor(key string) bool {
	for _, term := range append([][]need{p.selector}, p.terms...) {
		if slices.ContainsFunc(term, func(n need) bool { return canonical(n.key) == canonical(key) }) {
			return true
		}
	}
	return false
}

// because is the pod's own evidence: what it asks of its node, or that it asks for nothing.
func (p *pod) because() []Evidence {
	var out []Evidence
	selector := p.spec.Get("nodeSelector")
	for _, l := range selector.Properties() {
		out = append(out, Evidence{Property: p.path + ".nodeSelector." + l.Name, Value: l.Value})
	}
	for _, path := range []string{"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", "tolerations", "nodeName"} {
		if v := p.spec.Get(path); !v.IsNull() {
			out = append(out, evidence(p.r, p.path+"."+path, v))
		}
	}
	if len(out) == 0 || selector.IsUnknown() {
		out = append(out, evidence(p.r, p.path+".nodeSelector", selector))
	}
	return out
}

// containers are the containers of the pod, those that only start it included.
func (p *pod) containers() []inventory.Value {
	return slices.Concat(p.spec.Get("containers").List(), p.spec.Get("initContainers").List())
}

// images are the container images of the pod, for evidence: each once, in order.
func (p *pod) images() []inventory.Value {
	var out []inventory.Value
	for _, c := range p.containers() {
		v := c.Get("image")
		seen := slices.ContainsFunc(out, func(o inventory.Value) bool { return !v.IsUnknown() && o.Display() == v.Display() })
		if !v.IsNull() && !seen {
			out = append(out, v)
		}
	}
	return out
}

// notOnFargate finds what Fargate cannot run: DaemonSets, privileged containers, the host's network or ports, GPUs
// (Amazon EKS User Guide, "AWS Fargate considerations"). It is empty for a pod that Fargate may run.
func (p *pod) notOnFargate() (what string, because Evidence) {
	if p.daemon {
		return "a DaemonSet", Evidence{Property: p.r.Type + ".kind", Value: inventory.StringValue(p.r.Type, p.r.Origin)}
	}
	if v := p.spec.Get("hostNetwork"); isTrue(v) {
		return "the host's network", evidence(p.r, p.path+".hostNetwork", v)
	}
	for _, c := range p.containers() {
		if v := c.Get("securityContext.privileged"); isTrue(v) {
			return "a privileged container", evidence(p.r, p.path+".containers.securityContext.privileged", v)
		}
		for _, port := range c.Get("ports").List() {
			if v := port.Get("hostPort"); hasNumber(v) {
				return "a port of the host", evidence(p.r, p.path+".containers.ports.hostPort", v)
			}
		}
		for _, l := range c.Get("resources.limits").Properties() {
			if slices.Contains(acceleratorResources, l.Name) {
				return "a GPU or accelerator", evidence(p.r, p.path+".containers.resources.limits."+l.Name, l.Value)
			}
		}
	}
	return "", Evidence{}
}

// acceleratorResources are the extended resources of device plug-ins.
var acceleratorResources = []string{"nvidia.com/gpu", "amd.com/gpu", "aws.amazon.com/neuron", "aws.amazon.com/neuroncore"}

func isTrue(v inventory.Value) bool { b, ok := v.Bool(); return ok && b }

func hasNumber(v inventory.Value) bool { n, ok := v.Number(); return ok && n > 0 }
