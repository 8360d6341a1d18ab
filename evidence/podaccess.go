package evidence

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

// podAccess derives onus::PodAccess: what the service account of a pod may do in the cluster.
//
// serviceAccountName is the account's name, tokenMounted whether its token lies in the pod, bound whether any binding of
// the input names it. admin, readsSecrets and escalates speak of the whole cluster, so of ClusterRoleBindings: everything
// is allowed; every Secret can be read; the account can get more rights than it has (bind, escalate or impersonate, run
// commands in any pod, make tokens of any account). A role that is not in the input leaves them unknown.
func (d *Dossier) podAccess() Part {
	root, spec, ok := d.podOf()
	if !ok {
		return Part{}
	}
	if spec.IsUnknown() {
		return Part{Value: spec, Why: spec.Unresolved(), Resources: []*inventory.Resource{root}}
	}
	account := spec.Get("serviceAccountName")
	if account.IsNull() {
		account = spec.Get("serviceAccount")
	}
	if account.IsNull() {
		account = inventory.StringValue("default", spec.Origin())
	}
	a := accountAccess{
		admin: inventory.BoolValue(false, account.Origin()), secrets: inventory.BoolValue(false, account.Origin()),
		escalates: inventory.BoolValue(false, account.Origin()), bound: inventory.BoolValue(false, account.Origin()),
	}
	name, known := account.Text()
	namespace := namespaceOf(root)
	if !known || namespace == "" {
		step := inventory.Step{Name: "the service account of " + root.Address, Note: "is not known", At: root.Origin}
		a.admin = inventory.UnknownValue(root.Origin, step)
		a.secrets, a.escalates, a.bound = a.admin, a.admin, a.admin
	} else {
		a.gather(d.g.objects(), root.Scope, namespace, name)
	}
	return Part{Resources: []*inventory.Resource{root}, Value: fact(
		property("serviceAccountName", account),
		property("tokenMounted", d.tokenMounted(spec)),
		property("bound", a.bound), property("admin", a.admin),
		property("readsSecrets", a.secrets), property("escalates", a.escalates),
	)}
}

// tokenMounted is the pod's word, else the service account's, else yes. An account that is not in the input may say no.
func (d *Dossier) tokenMounted(spec inventory.Value) inventory.Value {
	v := spec.Get("automountServiceAccountToken")
	if !v.IsNull() {
		return v
	}
	p := d.Workload.Parts["serviceAccount"]
	if p.Unknown {
		return inventory.UnknownValue(spec.Origin(), p.Why...)
	}
	if p.Resource != nil {
		v = p.Resource.Get("automountServiceAccountToken")
	}
	return orBool(v, true, spec)
}

// accountAccess collects what bindings give to one service account.
type accountAccess struct{ bound, admin, secrets, escalates inventory.Value }

func (a *accountAccess) gather(o *kubeObjects, scope, namespace, name string) {
	subjects := [][]string{
		{"ServiceAccount", namespace, name}, {"Group", "system:serviceaccounts"},
		{"Group", "system:serviceaccounts:" + namespace}, {"Group", "system:authenticated"},
		{"User", "system:serviceaccount:" + namespace + ":" + name},
	}
	for i, s := range subjects {
		for _, b := range near(o.bound, scope, s...) {
			if i == 0 || i == len(subjects)-1 {
				raise(&a.bound, inventory.BoolValue(true, b.Origin))
			}
			if b.Type == "ClusterRoleBinding" {
				a.add(o, b)
			}
		}
	}
	for _, b := range o.unsure[directory(scope)] {
		step := inventory.Step{Name: b.Address, Note: "has subjects that are not known", At: b.Origin}
		raise(&a.bound, inventory.UnknownValue(b.Origin, step))
	}
}

// raise moves a truth up: no, unknown, yes.
func raise(to *inventory.Value, v inventory.Value) {
	if is, ok := to.Bool(); ok && is {
		return
	}
	if yes, ok := v.Bool(); (ok && yes) || v.IsUnknown() {
		*to = v
	}
}

// add judges the role of one ClusterRoleBinding.
func (a *accountAccess) add(o *kubeObjects, b *inventory.Resource) {
	name, known := b.Get("roleRef.name").Text()
	yes := inventory.BoolValue(true, b.Origin)
	hits := near(o.named, b.Scope, "ClusterRole", "", name)
	switch {
	case known && name == "cluster-admin":
		raise(&a.admin, yes)
		raise(&a.secrets, yes)
		raise(&a.escalates, yes)
	case known && (name == "admin" || name == "edit") && len(hits) == 0:
		raise(&a.secrets, yes)
		raise(&a.escalates, yes)
	case known && (name == "view" || len(name) > 7 && name[:7] == "system:") && len(hits) == 0:
		// Kubernetes' own roles for reading and for its components give none of it.
	case len(hits) == 0:
		step := inventory.Step{Name: "ClusterRole " + name, Note: "is not in the input", At: b.Origin}
		unknown := inventory.UnknownValue(b.Origin, step)
		raise(&a.admin, unknown)
		raise(&a.secrets, unknown)
		raise(&a.escalates, unknown)
	default:
		for _, role := range hits {
			a.addRules(role)
		}
	}
}

func (a *accountAccess) addRules(role *inventory.Resource) {
	rules := role.Get("rules")
	if rules.IsUnknown() {
		raise(&a.admin, rules)
		raise(&a.secrets, rules)
		raise(&a.escalates, rules)
		return
	}
	for _, r := range rules.List() {
		if len(r.Get("resourceNames").List()) > 0 || r.Get("resourceNames").IsUnknown() {
			continue
		}
		core := covers(r.Get("apiGroups"), "")
		raise(&a.admin, all(covers(r.Get("verbs"), "*"), covers(r.Get("resources"), "*"), covers(r.Get("apiGroups"), "*")))
		raise(&a.secrets, all(core, covers(r.Get("resources"), "secrets"), covers(r.Get("verbs"), "get", "list", "watch")))
		rbac := covers(r.Get("apiGroups"), "rbac.authorization.k8s.io")
		raise(&a.escalates, all(rbac, covers(r.Get("resources"), "clusterroles", "roles"), covers(r.Get("verbs"), "bind", "escalate")))
		raise(&a.escalates, all(core, covers(r.Get("resources"), "users", "groups", "serviceaccounts"), covers(r.Get("verbs"), "impersonate")))
		raise(&a.escalates, all(core, covers(r.Get("resources"), "pods/exec", "pods/attach", "serviceaccounts/token"), covers(r.Get("verbs"), "create")))
	}
}

// covers reports whether a list of a rule names one of the words, or has a wildcard; unknown when a member may.
func covers(list inventory.Value, words ...string) inventory.Value {
	if list.IsUnknown() {
		return list
	}
	unknown := inventory.Value{}
	for _, item := range list.List() {
		text, ok := item.Text()
		switch {
		case !ok && item.IsUnknown():
			unknown = item
		case text == "*" || slices.Contains(words, text):
			return inventory.BoolValue(true, item.Origin())
		}
	}
	if unknown.IsUnknown() {
		return unknown
	}
	return inventory.BoolValue(false, list.Origin())
}

// all is the conjunction of truths: a no wins over what is unknown. Its place is that of the last yes.
func all(of ...inventory.Value) inventory.Value {
	out := of[0]
	for _, v := range of {
		if is, ok := v.Bool(); ok && !is {
			return v
		}
		if !out.IsUnknown() {
			out = v
		}
	}
	return out
}
