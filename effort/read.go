package effort

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
)

//go:embed tasks.yaml
var tasksText string

// Model is the tasks and the parameters. It does not change once made, and is safe for concurrent use.
type Model struct {
	parameters map[string]*Parameter
	tasks      []*Task
	// hosts are the hostings whose hosts several workloads share.
	hosts map[string]bool
}

// condition is when automation does part of a task.
type condition struct {
	program *expr.Program
	types   map[string]string
}

// Load reads the built-in tasks and parameters, typed by the vocabulary. An error is a fault of the program: its files
// are tested.
func Load(types *vocabulary.Types) (*Model, error) {
	m, diags := read(parametersText, tasksText, types)
	if len(diags) > 0 {
		return nil, fmt.Errorf("the built-in data of effort: %s", diags[0])
	}
	return m, nil
}

func read(parameters, tasks string, types *vocabulary.Types) (*Model, diag.List) {
	pr := newParameterReader("effort/parameters.yaml", parameters, nil)
	pr.read()
	m := &Model{parameters: map[string]*Parameter{}, hosts: map[string]bool{}}
	for _, p := range pr.out {
		m.parameters[p.Name] = p
	}
	tr := &taskReader{
		Reader:   rulefile.Reader{Path: "effort/tasks.yaml", Content: tasks, What: "tasks", Begins: "hosts or tasks"},
		compiler: expr.New(types), model: m,
	}
	tr.read()
	return m, slices.Concat(pr.Diags, tr.Diags)
}

// taskReader reads the tasks.
type taskReader struct {
	rulefile.Reader
	compiler *expr.Compiler
	model    *Model
}

func (r *taskReader) read() {
	root := r.Root()
	if root == nil {
		return
	}
	r.Fields(root, "A file of tasks", map[string]func(*yaml.Node){
		"hosts": func(n *yaml.Node) {
			var ids []string
			r.Strings(&ids, "hosts")(n)
			for _, id := range ids {
				r.model.hosts[id] = true
			}
		},
		"tasks": func(n *yaml.Node) {
			r.Items(n, "tasks", func(n *yaml.Node) { r.model.tasks = append(r.model.tasks, r.task(n)) })
		},
	})
}

func (r *taskReader) task(n *yaml.Node) *Task {
	t := &Task{At: r.At(n), Shared: PerWorkload}
	uses := map[string]string{}
	var src expr.Source
	var duty, shared string
	r.Fields(n, "A task", map[string]func(*yaml.Node){
		"id": r.Text(&t.ID, "id"), "duty": r.Text(&duty, "duty"), "what": r.Sentence(&t.What, "what"),
		"rate": r.Text(&t.Rate, "rate"), "hours": r.Text(&t.Hours, "hours"), "shared": r.Text(&shared, "shared"),
		"hostings": r.Strings(&t.Hostings, "hostings"), "except": r.Strings(&t.Except, "except"),
		"residual": func(n *yaml.Node) { t.Residual = n.Value == "true" },
		"uses": func(n *yaml.Node) {
			r.Each(n, "uses", func(key, value *yaml.Node) {
				var typ string
				r.Text(&typ, "A part of uses")(value)
				uses[key.Value] = typ
			})
		},
		"automated": func(n *yaml.Node) {
			r.Text(&t.Automated, "automated")(n)
			src = expr.FromYAML(r.Path, r.Content, n)
		},
		"means": r.Sentence(&t.Means, "means"), "left": r.Text(&t.Left, "left"),
	})
	t.Duty = stack.Duty(duty)
	if shared != "" {
		t.Shared = Shared(shared)
	}
	r.complete(n, t)
	if t.Automated != "" {
		program, diags := r.compiler.Env(expr.Declarations{Parts: uses}).Compile(src)
		r.Diags = append(r.Diags, diags...)
		t.condition = &condition{program, uses}
	}
	return t
}

// complete asks for what each task must have.
func (r *taskReader) complete(n *yaml.Node, t *Task) {
	if _, ok := stack.LookupDuty(string(t.Duty)); !ok && !t.Residual {
		r.Errorf(n, "Unknown duty", "%q is no duty.", rulefile.Clip(string(t.Duty)))
	}
	if t.ID == "" || t.What == "" {
		r.Errorf(n, "Task incomplete", "A task has an id and says what is done.")
	}
	if t.Shared != PerWorkload && t.Shared != PerHosts {
		r.Errorf(n, "Unknown way to share", "shared is %s or %s.", PerWorkload, PerHosts)
	}
	if (t.Automated == "") != (t.Left == "") || (t.Automated == "") != (t.Means == "") {
		r.Errorf(n, "Task incomplete", "automated, means and left come together.")
	}
	names := []string{t.Rate, t.Hours}
	if t.Left != "" {
		names = append(names, t.Left)
	}
	for _, name := range names {
		if r.model.parameters[name] == nil {
			r.Errorf(n, "Unknown parameter", "There is no parameter %q. %s", rulefile.Clip(name), suggest(name, r.model.parameters))
		}
	}
}

// Tasks returns every task in order.
func (m *Model) Tasks() []*Task { return slices.Clone(m.tasks) }

// Parameters returns every parameter by name.
func (m *Model) Parameters() []Parameter {
	out := make([]Parameter, 0, len(m.parameters))
	for _, name := range slices.Sorted(maps.Keys(m.parameters)) {
		out = append(out, *m.parameters[name])
	}
	return out
}
