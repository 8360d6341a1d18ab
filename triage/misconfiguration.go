package triage

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

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
	examples   []topicExample
}

//go:embed topics.yaml
var topicsYAML []byte

// topicFile is the shape of topics.yaml.
type topicFile struct {
	Topics []struct {
		Duty     stack.Duty     `yaml:"duty"`
		Layer    bool           `yaml:"layer"`
		Type     string         `yaml:"type"`
		Words    string         `yaml:"words"`
		Examples []topicExample `yaml:"examples"`
	} `yaml:"topics"`
}

// topicExample is a rule that a topic is about.
type topicExample struct {
	Type  string `yaml:"type"`
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
}

// topics are the topics of topics.yaml in its order. A mistake in the file is one in this program, and its test names it.
var topics = sync.OnceValue(func() []topic {
	list, err := parseTopics(topicsYAML)
	if err != nil {
		return []topic{{duty: "configuration/resource"}}
	}
	return list
})

func parseTopics(data []byte) ([]topic, error) {
	var file topicFile
	if err := yaml.Load(data, &file, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("read the topics: %w", err)
	}
	var out []topic
	for i, f := range file.Topics {
		x := topic{duty: f.Duty, layer: f.Layer, examples: f.Examples}
		for _, p := range []struct {
			text string
			into **regexp.Regexp
		}{{f.Type, &x.typ}, {f.Words, &x.words}} {
			if p.text == "" {
				continue
			}
			re, err := regexp.Compile("(?i)" + p.text)
			if err != nil {
				return nil, fmt.Errorf("read the topics: number %d: %w", i+1, err)
			}
			*p.into = re
		}
		out = append(out, x)
	}
	return out, nil
}

// topicOf tells what a misconfiguration is about.
func topicOf(list []topic, f *Finding) *topic {
	words := strings.Join([]string{f.ID, f.Title, f.Tool}, " ")
	for i := range list {
		x := &list[i]
		if (x.typ == nil || x.typ.MatchString(f.Target.Type)) && (x.words == nil || x.words.MatchString(words)) {
			return x
		}
	}
	return &list[len(list)-1]
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
		topic = *topicOf(topics(), f)
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
