// Package ecstask reads what Amazon ECS takes and gives as JSON: a task definition as `register-task-definition` takes it
// or `describe-task-definition` prints it, and the output of `describe-services`, `describe-clusters` and
// `describe-capacity-providers`.
//
//	bytes ── package document ──▶ nodes ── placeholders ──▶ the same, texts such as <IMAGE1_NAME> made unknown
//	a task definition ──▶ one AWS::ECS::TaskDefinition, its address the family
//	an answer of ECS ── package observed ──▶ resources with their ARN as address, and references
//
// Bounds: document.MaxBytes, document.MaxDepth and a budget of values.
package ecstask

import (
	"bytes"
	"path"
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/observed"
	"github.com/onus-dev/onus/vocabulary"
)

// Options tells Read what the file does not hold.
type Options struct {
	// Types is the vocabulary to use; nil loads one.
	Types *vocabulary.Types
}

const taskType = "AWS::ECS::TaskDefinition"

// maxValues is the number of values of a task definition.
const maxValues = 200_000

// answers are the lists that describe calls of ECS print, with the type and the member that every entry has.
var answers = []struct{ list, typ, arn, name string }{
	{"services", "AWS::ECS::Service", "serviceArn", "serviceName"},
	{"clusters", "AWS::ECS::Cluster", "clusterArn", "clusterName"},
	{"capacityProviders", "AWS::ECS::CapacityProvider", "capacityProviderArn", "name"},
}

// Is reports whether data is a file of ECS: a task definition in JSON or YAML's JSON-like form, or one of the answers.
// It scans for the member that each of them has and looks no further when that is missing.
func Is(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(data) == 0 || data[0] != '{' {
		return false
	}
	if i := bytes.Index(data, []byte(`"containerDefinitions"`)); i >= 0 {
		return depthAt(data, i) == 1 || depthAt(data, i) == 2 && topHas(data, "taskDefinition")
	}
	for _, a := range answers {
		if bytes.Contains(data, []byte(`:ecs:`)) && bytes.Contains(data, []byte(`arn:aws`)) && bytes.Contains(data, []byte(`"`+a.arn+`"`)) && topHas(data, a.list) {
			return true
		}
	}
	return false
}

// depthAt counts the braces and brackets that are open at an offset, strings left out.
func depthAt(data []byte, offset int) int {
	depth := 0
	for i := 0; i < offset; i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			for i++; i < offset && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		}
	}
	return depth
}

// topHas reports whether an object has a member of the given name at its top.
func topHas(data []byte, name string) bool {
	quoted := []byte(`"` + name + `"`)
	for at := 0; ; {
		i := bytes.Index(data[at:], quoted)
		if i < 0 {
			return false
		}
		at += i
		if rest := bytes.TrimLeft(data[at+len(quoted):], " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
			return depthAt(data, at) == 1
		}
		at += len(quoted)
	}
}

// Read reads one file. name is its slash path as it is to be displayed. What was found is in the inventory with the
// diagnostics.
func Read(name string, data []byte, opts Options) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: name, Form: "ecs"}}}
	docs, problems := document.Parse(name, data, document.Options{Noun: "task definition", Expected: "an object with containerDefinitions"})
	inv.Diags = problems
	if len(docs) != 1 {
		return inv
	}
	if opts.Types == nil {
		opts.Types = vocabulary.Load()
	}
	doc := docs[0]
	if task := taskOf(doc); task != nil {
		inv.Resources = []*inventory.Resource{readTask(name, doc, task, inv, opts.Types)}
		return inv
	}
	convert := observed.NewConverter(name, opts.Types, &inv.Diags)
	for _, a := range answers {
		for _, n := range doc.Get(a.list).List() {
			if status := n.Get("status").Str(); n.Get(a.arn) == nil || status == "INACTIVE" {
				continue
			}
			it := observed.Item{API: "Amazon ECS", Type: a.typ, ARN: n.Get(a.arn).Str(), ID: n.Get(a.name).Str(), Name: n.Get(a.name).Str(), Properties: n, At: n.In(name)}
			inv.Resources = append(inv.Resources, convert.Resource(it))
		}
	}
	if len(inv.Resources) == 0 {
		inv.Diags.Skipf(doc.In(name), "Nothing of ECS found", "The file holds neither a task definition nor an active service, cluster or capacity provider.")
	}
	observed.Link(inv, nil)
	return inv
}

// taskOf returns the task definition of a file: the whole, or what describe-task-definition wraps.
func taskOf(doc *document.Node) *document.Node {
	for _, n := range []*document.Node{doc, doc.Get("taskDefinition")} {
		if list := n.Get("containerDefinitions"); list != nil && list.Kind == document.List {
			return n
		}
	}
	return nil
}

// readTask makes the resource of a task definition.
func readTask(name string, doc, task *document.Node, inv *inventory.Inventory, types *vocabulary.Types) *inventory.Resource {
	shape := types.Shape(taskType)
	budget := document.NewBudget(maxValues)
	v := task.Value(name, shape, budget)
	props := make([]inventory.Property, 0, len(v.Properties()))
	for _, p := range v.Properties() {
		if _, ok := shape.Field(p.Name); ok {
			props = append(props, inventory.Property{Name: p.Name, Value: unfilled(p.Value)})
		}
	}
	if tags := doc.Get("tags"); task != doc && tags.IsSet() {
		tagged := document.MapAt(tags, document.Field{Name: "tags", Value: tags}).Value(name, shape, budget)
		props = append(props, tagged.Properties()...)
	}
	if at, over := budget.Exceeded(); over {
		inv.Diags.Errorf(at, "Task definition too large", "The task definition has more than %d values; the rest of it is left out.", maxValues)
	}
	r := &inventory.Resource{Type: taskType, SourceType: taskType, Scope: name, Origin: task.In(name), Mapped: true}
	r.Properties = inventory.MapValue(props, task.In(name))
	r.Name, _ = r.Get("Family").Text()
	if r.Name == "" {
		r.Name = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	r.Address = r.Name
	return r
}

// unfilled makes values unknown that a pipeline has yet to fill in.
func unfilled(v inventory.Value) inventory.Value {
	switch v.Kind() {
	case inventory.String:
		text, _ := v.Text()
		if holes := placeholders(text); len(holes) > 0 {
			m := inventory.Meta{Partial: text}
			for _, h := range holes {
				m.Unresolved = append(m.Unresolved, inventory.Step{Name: h, Note: "a placeholder that is filled in before the task definition is registered", At: v.Origin()})
			}
			return inventory.UnknownValue(v.Origin()).WithMeta(&m)
		}
	case inventory.List:
		items := make([]inventory.Value, 0, len(v.List()))
		for _, item := range v.List() {
			items = append(items, unfilled(item))
		}
		return inventory.ListValue(items, v.Origin())
	case inventory.Map:
		props := make([]inventory.Property, 0, len(v.Properties()))
		for _, p := range v.Properties() {
			props = append(props, inventory.Property{Name: p.Name, Value: unfilled(p.Value)})
		}
		return inventory.MapValue(props, v.Origin())
	}
	return v
}
