package evidence

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file reads the patch orders of Systems Manager: associations, tasks of maintenance windows and patch policies of
// Quick Setup. In go the resources of the inventory, out come orders, each with the machines that it takes in; a
// workload asks which of them take in its own.

const (
	// maxOrders bounds the orders that are compared with each workload.
	maxOrders = 500
	// maxPerTag bounds the orders that are kept of one tag and value.
	maxPerTag = 16
)

// order is one instruction to install patches.
type order struct {
	from *inventory.Resource
	// name is for people; property is what shows it.
	name, property string
	// installs is no longer no: orders that only scan are left out.
	installs answer
	// targets must all take a machine in; everything is set when there is nothing to choose by.
	targets    []orderTarget
	everything bool
}

// orderTarget chooses machines.
type orderTarget struct {
	// key is InstanceIds, tag:NAME, tag-key, or empty for one that is not known.
	key    string
	values inventory.Value
	from   *inventory.Resource
}

// patchDocuments are the documents of AWS that install patches.
var patchDocuments = []string{
	"AWS-RunPatchBaseline", "AWS-RunPatchBaselineWithHooks", "AWS-RunPatchBaselineAssociation", "AWS-PatchInstanceWithRollback",
	"AWS-PatchAsgInstance", "AWS-InstallWindowsUpdates", "AWSEC2-PatchLoadBalancerInstance", "AWS-ApplyPatchBaseline",
}

// patchOrders holds every order, read once: those at one machine by the machine, those that choose by a tag by its name
// and value, the rest as a list. byKey has some of each name of a tag, for tags whose values are not known.
type patchOrders struct {
	direct  map[*inventory.Resource][]order
	byTag   map[tagValue][]order
	byKey   map[string][]order
	general []order
	// more is set when there are more orders than the bound.
	more bool
}

// tagValue is a tag with its value.
type tagValue struct{ name, value string }

func (g *Gatherer) patchOrders() *patchOrders {
	if g.orders != nil {
		return g.orders
	}
	out := &patchOrders{direct: map[*inventory.Resource][]order{}, byTag: map[tagValue][]order{}, byKey: map[string][]order{}}
	g.orders = out
	for _, r := range g.ix.OfType("AWS::SSM::Association") {
		if !r.Lookup {
			out.add(g, g.association(r))
		}
	}
	for _, r := range g.ix.OfType("AWS::SSM::MaintenanceWindowTask") {
		if !r.Lookup {
			out.add(g, g.windowTask(r))
		}
	}
	for _, r := range g.ix.OfType("AWS::SSMQuickSetup::ConfigurationManager") {
		if !r.Lookup {
			out.add(g, quickSetup(r))
		}
	}
	return out
}

func (p *patchOrders) add(g *Gatherer, o order) {
	if o.installs == no {
		return
	}
	if len(o.targets) == 1 && o.targets[0].key == "InstanceIds" {
		if found := g.ix.Follow(o.targets[0].from, o.targets[0].values); len(found) > 0 {
			for _, r := range found {
				p.direct[r] = append(p.direct[r], o)
			}
			return
		}
	}
	if len(o.targets) > 0 && p.addTagged(o) {
		return
	}
	if len(p.general) == maxOrders {
		p.more = true
		return
	}
	p.general = append(p.general, o)
}

// addTagged takes an order that chooses by a tag with known values; ok is false for any other.
func (p *patchOrders) addTagged(o order) (ok bool) {
	name, isTag := strings.CutPrefix(o.targets[0].key, "tag:")
	values := flat(o.targets[0].values, 0)
	if !isTag || slices.ContainsFunc(values, func(v inventory.Value) bool { text, known := v.Text(); return !known || text == "*" }) {
		return false
	}
	for _, v := range values {
		text, _ := v.Text()
		key := tagValue{name, text}
		if len(p.byTag[key]) < maxPerTag {
			p.byTag[key] = append(p.byTag[key], o)
		}
	}
	if len(p.byKey[name]) < maxPerTag {
		p.byKey[name] = append(p.byKey[name], o)
	}
	return true
}

// candidates are the orders that may take in machines with tags.
func (p *patchOrders) candidates(tags *machineTags) []order {
	out := slices.Clone(p.general)
	for _, name := range slices.Sorted(maps.Keys(tags.values)) {
		for _, v := range tags.values[name] {
			if text, known := v.Text(); known {
				out = append(out, p.byTag[tagValue{name, text}]...)
			} else {
				out = append(out, p.byKey[name]...)
			}
		}
	}
	if tags.open {
		for _, name := range slices.Sorted(maps.Keys(p.byKey)) {
			out = append(out, p.byKey[name]...)
		}
	}
	return out
}

func (g *Gatherer) association(r *inventory.Resource) order {
	o := order{from: r, name: "a patch association", property: r.Type + ".Name"}
	o.installs = g.installs(r, r.Get("Name"), r.Get("Parameters"))
	if id := r.Get("InstanceId"); !id.IsNull() {
		o.targets = []orderTarget{{"InstanceIds", id, r}}
		return o
	}
	o.setTargets(g, r, r.Get("Targets"))
	return o
}

func (g *Gatherer) windowTask(r *inventory.Resource) order {
	o := order{from: r, name: "a task of a maintenance window", property: r.Type + ".TaskArn"}
	o.installs = g.installs(r, r.Get("TaskArn"), inventory.ListValue([]inventory.Value{r.Get("TaskInvocationParameters"), r.Get("TaskParameters")}, r.Origin))
	o.setTargets(g, r, r.Get("Targets"))
	return o
}

// quickSetup reads the patch policies of a configuration manager of Quick Setup.
func quickSetup(r *inventory.Resource) order {
	o := order{from: r, name: "a patch policy of Quick Setup", property: r.Type + ".ConfigurationDefinitions"}
	for _, def := range flat(r.Get("ConfigurationDefinitions"), 0) {
		kind := def.Get("Type")
		text, known := kind.Text()
		switch {
		case !known && kind.IsUnknown():
			o.installs = max(o.installs, maybe)
			continue
		case text != "AWSQuickSetupType-PatchPolicy":
			continue
		}
		parameters := def.Get("Parameters")
		operation := parameters.Get("ConfigurationOptionsPatchOperation")
		switch text, known := operation.Text(); {
		case known && text == "ScanAndInstall":
			o.installs = yes
		case operation.IsUnknown():
			o.installs = max(o.installs, maybe)
		}
		o.everything = true
		if tag, ok := parameters.Get("TargetTagKey").Text(); ok {
			o.everything = false
			o.targets = []orderTarget{{"tag:" + tag, parameters.Get("TargetTagValue"), r}}
		}
	}
	return o
}

// installs tells whether a document, run with parameters, installs patches.
func (g *Gatherer) installs(r *inventory.Resource, document, parameters inventory.Value) answer {
	text, known := document.Text()
	if known {
		text = text[strings.LastIndexAny(text, "/")+1:]
	}
	switch {
	case known && slices.Contains(patchDocuments, text):
		return operation(parameters, text)
	case known && strings.HasPrefix(text, "AWS-Run") && strings.HasSuffix(text, "Script"):
		return runsUpdate(parameters)
	}
	for _, doc := range g.ix.FollowType(r, document, "AWS::SSM::Document") {
		return documentInstalls(doc.Get("Content"))
	}
	if known {
		if doc := g.byName("AWS::SSM::Document", r.Scope, text); doc != nil {
			return documentInstalls(doc.Get("Content"))
		}
		if strings.Contains(strings.ToLower(text), "patch") && !strings.HasPrefix(text, "AWS") {
			return maybe
		}
		return no
	}
	if document.IsUnknown() {
		return maybe
	}
	return no
}

// documentInstalls tells whether a document of the input runs one of AWS's that installs.
func documentInstalls(content inventory.Value) answer {
	if content.IsUnknown() && content.Partial() == "" {
		return maybe
	}
	text := strings.Join(textsOf(content), "\n")
	for _, doc := range patchDocuments {
		if strings.Contains(text, doc) || strings.Contains(text, "aws:runPatchBaseline") {
			return yes
		}
	}
	if bootUpdates.MatchString(text) {
		return yes
	}
	return no
}

// runsUpdate tells whether the commands of a script update all packages.
func runsUpdate(parameters inventory.Value) answer {
	if parameters.IsUnknown() {
		return maybe
	}
	for _, text := range textsOf(parameters) {
		if bootUpdates.MatchString(text) {
			return yes
		}
	}
	return no
}

// operation reads the parameter Operation of a patch document: Install, or Scan, which changes nothing.
func operation(parameters inventory.Value, document string) answer {
	if document != "AWS-RunPatchBaseline" && document != "AWS-RunPatchBaselineWithHooks" && document != "AWS-RunPatchBaselineAssociation" {
		return yes
	}
	if parameters.IsUnknown() {
		return maybe
	}
	out := no
	for _, v := range valuesNamed(parameters, "Operation", 0) {
		for _, item := range flat(v, 0) {
			if text, ok := item.Text(); ok && strings.EqualFold(text, "Install") {
				return yes
			}
			if item.IsUnknown() {
				out = maybe
			}
		}
	}
	return out
}

// valuesNamed finds the values under a name, however deep: as a property, or as an object with Name and Values.
func valuesNamed(v inventory.Value, name string, depth int) []inventory.Value {
	if depth > maxHops*2 {
		return nil
	}
	var out []inventory.Value
	for _, item := range v.List() {
		out = append(out, valuesNamed(item, name, depth+1)...)
	}
	if text, ok := v.Get("Name").Text(); ok && text == name && v.Kind() == inventory.Map {
		out = append(out, v.Get("Values"))
	}
	for _, p := range v.Properties() {
		if p.Name == name {
			out = append(out, p.Value)
			continue
		}
		out = append(out, valuesNamed(p.Value, name, depth+1)...)
	}
	return out
}

// textsOf are the known texts inside a value, and the known part of unknown ones.
func textsOf(v inventory.Value) []string {
	switch v.Kind() {
	case inventory.List:
		var out []string
		for _, item := range v.List() {
			out = append(out, textsOf(item)...)
		}
		return out
	case inventory.Map:
		var out []string
		for _, p := range v.Properties() {
			out = append(out, textsOf(p.Value)...)
		}
		return out
	case inventory.Unknown:
		if p := v.Partial(); p != "" {
			return []string{p}
		}
		return nil
	}
	if text, ok := v.Text(); ok {
		return []string{text}
	}
	return nil
}

// setTargets reads a list of targets; those of a maintenance window are followed to where they are registered.
func (o *order) setTargets(g *Gatherer, from *inventory.Resource, targets inventory.Value) {
	if targets.IsUnknown() {
		o.targets = append(o.targets, orderTarget{values: targets, from: from})
		return
	}
	for _, t := range flat(targets, 0) {
		key, known := t.Get("Key").Text()
		switch {
		case t.IsNull():
		case !known:
			o.targets = append(o.targets, orderTarget{values: t, from: from})
		case key == "WindowTargetIds":
			found := g.ix.FollowType(from, t.Get("Values"), "AWS::SSM::MaintenanceWindowTarget")
			for _, r := range found {
				o.setTargets(g, r, r.Get("Targets"))
			}
			if len(found) == 0 {
				o.targets = append(o.targets, orderTarget{values: t.Get("Values"), from: from})
			}
		case key == "resource-groups:Name":
			o.targets = append(o.targets, g.groupTargets(from, t.Get("Values"))...)
		default:
			o.targets = append(o.targets, orderTarget{key, t.Get("Values"), from})
		}
	}
}

// groupTargets are the tags that a resource group gathers by; one target that is not known when they cannot be told.
func (g *Gatherer) groupTargets(from *inventory.Resource, names inventory.Value) []orderTarget {
	const typ = "AWS::ResourceGroups::Group"
	found := g.ix.FollowType(from, names, typ)
	for _, name := range textsOf(names) {
		if r := g.byName(typ, from.Scope, name); r != nil && len(found) == 0 {
			found = append(found, r)
		}
	}
	var out []orderTarget
	for _, r := range found {
		for _, filter := range flat(tagFilters(r), 0) {
			if key, ok := filter.Get("Key").Text(); ok {
				out = append(out, orderTarget{"tag:" + key, filter.Get("Values"), r})
			}
		}
	}
	if len(out) == 0 {
		return []orderTarget{{values: names, from: from}}
	}
	return out
}

// tagFilters are the tag filters of a resource group, which Terraform writes as JSON.
func tagFilters(r *inventory.Resource) inventory.Value {
	query := r.Get("ResourceQuery.Query")
	text, ok := query.Text()
	if !ok {
		return query.Get("TagFilters")
	}
	var parsed struct {
		TagFilters []struct {
			Key    string
			Values []string
		}
	}
	if len(text) > maxScript || json.Unmarshal([]byte(text), &parsed) != nil {
		return inventory.Value{}
	}
	var out []inventory.Value
	for _, f := range parsed.TagFilters {
		var values []inventory.Value
		for _, v := range f.Values {
			values = append(values, inventory.StringValue(v, query.Origin()))
		}
		out = append(out, inventory.MapValue([]inventory.Property{
			{Name: "Key", Value: inventory.StringValue(f.Key, query.Origin())}, {Name: "Values", Value: inventory.ListValue(values, query.Origin())},
		}, query.Origin()))
	}
	return inventory.ListValue(out, query.Origin())
}

// ordered takes the orders that take a workload's machines in: one that certainly does is enough.
func (d *Dossier) ordered(m *machines, w *ways) {
	orders := d.g.patchOrders()
	for _, r := range m.from {
		for _, o := range orders.direct[r] {
			if o.take(yes, w) {
				return
			}
		}
	}
	for _, o := range orders.candidates(&m.tags) {
		takes := m.taken(&o)
		if o.from.Scope != m.root.Scope {
			takes = min(takes, maybe) // another root may be another account
		}
		if o.take(takes, w) {
			return
		}
	}
	if orders.more {
		w.open(typePatching, inventory.NullValue(m.root.Origin), inventory.Step{Name: "AWS::SSM::Association", Note: "is there too often to look through"})
	}
	if m.root.Type != typeInstance {
		return
	}
	for _, a := range flat(m.root.Get("SsmAssociations"), 0) {
		if d.g.installs(m.root, a.Get("DocumentName"), a.Get("AssociationParameters")) != no {
			w.add("an association of the instance", typeInstance+".SsmAssociations.DocumentName", a.Get("DocumentName"))
		}
	}
}

// take adds an order that takes the machines in, or may; done is set when it certainly does.
func (o *order) take(takes answer, w *ways) (done bool) {
	document := o.from.Get(o.property[len(o.from.Type)+1:])
	switch min(takes, o.installs) {
	case yes:
		w.add(o.name, o.property, document)
		return true
	case maybe:
		why := inventory.Step{Name: o.from.Address, Note: "may patch it", At: o.from.Origin}
		w.open(o.property, inventory.NullValue(o.from.Origin), why)
	}
	return false
}

// taken tells whether an order takes machines in: each of its targets must.
func (m *machines) taken(o *order) answer {
	if o.everything {
		return yes
	}
	out := yes
	for _, t := range o.targets {
		out = min(out, m.matches(t))
	}
	if len(o.targets) == 0 {
		return no
	}
	return out
}

func (m *machines) matches(t orderTarget) answer {
	switch name, isTag := strings.CutPrefix(t.key, "tag:"); {
	case t.key == "":
		return maybe
	case isTag:
		return m.tags.has(name, t.values)
	case t.key == "tag-key":
		out := no
		for _, v := range flat(t.values, 0) {
			if text, ok := v.Text(); ok {
				out = max(out, m.tags.has(text, inventory.Value{}))
			}
		}
		return out
	case t.key == "InstanceIds" || t.key == "ParameterValues" || t.key == "AWS::EC2::Instance":
		return everyInstance(t.values)
	}
	return maybe
}

// everyInstance tells whether a list of instance ids is the star that stands for all. Ids that are not known, and refer
// to nothing of the input, may be the machine's.
func everyInstance(values inventory.Value) answer {
	out := no
	for _, v := range flat(values, 0) {
		if text, ok := v.Text(); ok && text == "*" {
			return yes
		}
		if v.IsUnknown() && len(v.Refs()) == 0 {
			out = maybe
		}
	}
	return out
}
