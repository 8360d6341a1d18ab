package triage

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vuln"
)

// topic is a kind of rule: what it is about, by the rule's id and title and by the type of resource.
type topic struct {
	duty stack.Duty
	// layer is set when the rule looks at a layer that AWS may keep, rather than at a setting that its owner can change.
	layer bool
	// typ has to match the resource's type, words the id and title; an empty one matches all.
	typ, words *regexp.Regexp
}

// topics are ordered: the first that matches tells the duty. Rules about a setting come last, in the order of how telling
// their words are.
func topics() []topic {
	re := func(s string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + s) }
	return []topic{
		{duty: "control-plane/operate", layer: true, typ: re(`^(node|nodecomponents|controlplane.*|apiserver|etcd)$`), words: re(`api.?server|controller.?manager|scheduler|\betcd\b|admission (control )?plugin`)},
		{duty: "operating-system/configure", layer: true, typ: re(`^(node|nodecomponents)$`), words: re(`kubelet|kube-?proxy|worker|cni`)},
		{duty: "operating-system/apply", layer: true, typ: re(`instance|host|node|machine`), words: re(`patch (compliance|baseline)|patch.?compliant|missing (security )?(patch|update)|patch requirements|\bSSM\.2\b`)},
		{duty: "operating-system/configure", layer: true, typ: re(`instance|host|node|machine`), words: re(`xccdf_|cis[- ](amazon|red ?hat|ubuntu|debian|windows|suse|alma|rocky|oracle)`)},
		{duty: "image/build", typ: re(`dockerfile`)},
		{duty: "identity/configure", words: re(`access.?block|block public|public (acl|bucket)|\bacls?\b`)},
		{duty: "network/configure", words: re(`network.?reachability|security.?group|ingress|egress|0\.0\.0\.0|::/0|cidr|\bvpc\b|subnet|\bport\b|public(ly)? (access|ip|accessible)|publicly|internet.?facing|nacl|hostnetwork|network.?polic`)},
		{duty: "logging/watch", words: re(`logg|\blogs?\b|audit|cloudtrail|trail|monitor|alarm|insights|tracing|x-?ray|metric`)},
		{duty: "backup/recover", words: re(`backup|point.?in.?time|snapshot|retention|version(ing|ed)\b|deletion.?protection|multi.?az|recover|replicat`)},
		{duty: "data/protect", words: re(`encrypt|\bkms\b|\bcmk\b|\btls\b|\bssl\b|https|certificate|mfa.?delete|secure.?transport|secret|password|plain.?text|sensitive|object.?lock`)},
		{duty: "identity/configure", words: re(`\biam\b|polic(y|ies)|privilege|\broles?\b|wildcard|assume|\bmfa\b|access.?key|token|imds|metadata.?service|credential|service.?account|root user|run.?as|capabilit|rbac`)},
		{duty: "configuration/resource"},
	}
}

// topicOf tells what a misconfiguration is about.
func (t *triager) topicOf(f *Finding) *topic {
	words := strings.Join([]string{f.ID, f.Title, f.Tool}, " ")
	for i := range t.topics {
		x := &t.topics[i]
		if (x.typ == nil || x.typ.MatchString(f.Target.Type)) && (x.words == nil || x.words.MatchString(words)) {
			return x
		}
	}
	return &t.topics[len(t.topics)-1]
}

// setting is the answer about something that stands in the customer's own files, or that its owner can set.
func (t *triager) setting(f *Finding, duty stack.Duty, to *joint) Answer {
	out := Answer{Label: Yours, Residual: ChangeSetting, Layer: layerOf(duty), Duty: duty}
	switch f.Kind {
	case Secret:
		out.Residual = RotateKeys
		out.Reason = "A secret lies open in what you ship. Whoever can read it has it: replacing it is yours."
		out.Action = "Replace the secret, then take it out of the file or image."
	case Weakness:
		out.Residual = ChangeCode
		out.Reason = "The code is yours."
		out.Action = first(f.Remedy, "Change the code.")
	default:
		out.Reason = "The rule looks at a setting that you make: AWS offers it and leaves it to you."
		out.Action = first(f.Remedy, "Change the setting where it is made.")
	}
	if to == nil {
		if hostings, _ := t.hostings(f); len(hostings) == 1 && f.Target.Kind != Code {
			out.Hosting = hostings[0]
		}
		return out
	}
	out.JoinedBy = to.how
	if to.workload < 0 {
		out.Team = t.team(nil, to.resource, duty)
		return out
	}
	w := &t.Estate.Allocated[to.workload]
	out.Hosting, out.Workload = w.Hosting, subjectOf(w)
	if d := dutyIn(w, duty); d != nil && (d.Party == stack.Customer || d.Party == stack.Shared) {
		out.Reason += " " + d.Reason
		out.Citation, out.DecidedBy = d.Citation, d.DecidedBy
	}
	out.Team = t.team(&t.Estate.Found[to.workload], to.resource, duty)
	return out
}

func subjectOf(w *allocation.Workload) *vuln.Subject {
	return &vuln.Subject{ID: w.ID, Name: w.Name, Address: w.Address, Source: w.Source}
}

func layerOf(d stack.Duty) stack.Layer {
	l, _, _ := strings.Cut(string(d), "/")
	return stack.Layer(l)
}

func dutyIn(w *allocation.Workload, d stack.Duty) *allocation.Duty {
	layer, name, _ := strings.Cut(string(d), "/")
	for i := range w.Layers {
		for j := range w.Layers[i].Duties {
			if string(w.Layers[i].Layer) == layer && w.Layers[i].Duties[j].Duty == name {
				return &w.Layers[i].Duties[j]
			}
		}
	}
	return nil
}

// layered is the answer about a layer in a workload or hosting: whoever holds the duty acts.
func (t *triager) layered(duty stack.Duty, w *allocation.Workload) Answer {
	out := Answer{Label: Undetermined, Residual: UnknownResidual, Layer: layerOf(duty), Duty: duty, Hosting: w.Hosting}
	d := dutyIn(w, duty)
	if d == nil {
		out.Reason = "The catalog does not have this hosting."
		return out
	}
	out.Reason, out.Citation, out.DecidedBy = d.Reason, d.Citation, d.DecidedBy
	switch d.Party {
	case stack.Customer, stack.Shared:
		out.Label, out.Residual = Yours, ChangeSetting
		if duty == "operating-system/apply" {
			out.Residual = PatchOS
		}
		if d.Shared != nil {
			out.Action = d.Shared.Customer
		}
	case stack.ThirdParty:
		out.Label, out.Residual = ThirdParty, None
	case stack.AWS:
		out.Label, out.Residual, out.Action = Nothing, None, d.Residual
		if d.Residual != "" {
			out.Label, out.Residual = Redeploy, RedeployTasks
		}
	case stack.NotApplicable:
		out.Reason = "The tool looked at a layer that this hosting should not have. " + d.Reason
	}
	return out
}

// misconfigured answers for a misconfiguration, a secret or a weakness.
func (t *triager) misconfigured(f *Finding, joints []joint) []Answer {
	var topic topic
	switch f.Kind {
	case Secret:
		topic.duty = "data/protect"
	case Weakness:
		topic.duty = "application/code"
	default:
		topic = *t.topicOf(f)
	}
	if len(joints) == 0 {
		if topic.layer && f.Location.Path == "" {
			return []Answer{t.layerOfHostings(f, topic.duty)}
		}
		return []Answer{t.setting(f, topic.duty, nil)}
	}
	var out []Answer
	for i := range joints {
		to := &joints[i]
		if !topic.layer || f.Location.Path != "" || to.workload < 0 {
			out = append(out, t.setting(f, topic.duty, to))
			continue
		}
		a := t.layered(topic.duty, &t.Estate.Allocated[to.workload])
		a.Workload, a.JoinedBy = subjectOf(&t.Estate.Allocated[to.workload]), to.how
		a.Team = t.team(&t.Estate.Found[to.workload], to.resource, topic.duty)
		out = append(out, a)
	}
	return out
}

// layerOfHostings answers about a layer of a target whose workload is not known, from the catalog alone.
func (t *triager) layerOfHostings(f *Finding, duty stack.Duty) Answer {
	hostings, why := t.hostings(f)
	var list []Answer
	for _, id := range hostings {
		h, ok := t.Catalog.Hosting(id)
		if !ok {
			continue
		}
		w := allocation.OfHosting(h)
		a := t.layered(duty, &w)
		a.Hosting = id
		list = append(list, a)
	}
	return agree(list, fmt.Sprintf("%s is about %s", why, duty))
}
