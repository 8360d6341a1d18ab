package evidence

import "github.com/onus-dev/onus/inventory"

// This file gathers the tags that machines get from what launches them: an instance, its template, its group.

// machineTags are the tags that machines bear.
type machineTags struct {
	values map[string][]inventory.Value
	// open is set when there may be tags that are not known.
	open bool
}

// launchTags gathers the tags that machines get from what launches them.
func launchTags(from []*inventory.Resource) machineTags {
	tags := machineTags{values: map[string][]inventory.Value{}}
	for _, r := range from {
		switch r.Type {
		case typeLaunchTemplate:
			for _, spec := range flat(r.Get("LaunchTemplateData.TagSpecifications"), 0) {
				if kind, ok := spec.Get("ResourceType").Text(); ok && kind == "instance" {
					tags.add(spec.Get("Tags"))
				}
			}
		case typeScalingGroup:
			tags.addGroup(r.Get("Tags"))
		case typeInstance:
			tags.add(r.Get("Tags"))
		}
	}
	return tags
}

func (t *machineTags) add(v inventory.Value) {
	t.open = t.open || v.IsUnknown()
	for _, p := range v.Properties() {
		t.values[p.Name] = append(t.values[p.Name], p.Value)
	}
	for _, item := range v.List() {
		if key, ok := item.Get("Key").Text(); ok {
			t.values[key] = append(t.values[key], item.Get("Value"))
		}
	}
}

// addGroup takes the tags that a group hands on to its machines.
func (t *machineTags) addGroup(v inventory.Value) {
	t.open = t.open || v.IsUnknown()
	for _, item := range v.List() {
		key, ok := item.Get("Key").Text()
		if on, set := item.Get("PropagateAtLaunch").Bool(); set && !on {
			continue
		}
		t.open = t.open || !ok
		t.values[key] = append(t.values[key], item.Get("Value"))
	}
	for _, p := range v.Properties() {
		t.values[p.Name] = append(t.values[p.Name], p.Value)
	}
}

// has tells whether the tag is there with one of the values; any value will do when values is Null.
func (t *machineTags) has(name string, values inventory.Value) answer {
	own, ok := t.values[name]
	if !ok {
		if t.open {
			return maybe
		}
		return no
	}
	if values.IsNull() {
		return yes
	}
	out := no
	for _, mine := range own {
		text, known := mine.Text()
		for _, want := range flat(values, 0) {
			wanted, wantKnown := want.Text()
			switch {
			case !known || !wantKnown:
				out = max(out, maybe)
			case text == wanted || wanted == "*":
				return yes
			}
		}
	}
	return out
}
