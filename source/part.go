package source

import (
	"io"
	"path"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/awsconfig"
	"github.com/onus-dev/onus/source/cdk"
	"github.com/onus-dev/onus/source/cloudcontrol"
	"github.com/onus-dev/onus/source/cloudformation"
	"github.com/onus-dev/onus/source/ecstask"
	"github.com/onus-dev/onus/source/helm"
	"github.com/onus-dev/onus/source/kubernetes"
	"github.com/onus-dev/onus/source/kustomize"
	"github.com/onus-dev/onus/source/serverless"
	"github.com/onus-dev/onus/source/tfplan"
)

// headBytes are read of a file to tell the forms that are read as streams.
const headBytes = 64 << 10

// part is what one root gave.
type part struct {
	// name is the display name of the file or directory, key its absolute name.
	name, key string
	inv       *inventory.Inventory
	// uses are the display names of what was read with it and does not stand on its own.
	uses []string
	tree *rootfs.Tree
	// evaluated is set for a plan or state, explicit when the user named the file.
	evaluated, explicit bool
}

// guarded keeps a fault of a reader to the root that it happened in, and tells it.
func guarded(tree *rootfs.Tree, name string, read func() (*inventory.Inventory, []string)) (p part) {
	p = part{name: name, key: tree.Absolute(name), tree: tree}
	defer func() {
		if fault := recover(); fault != nil {
			p.inv = &inventory.Inventory{}
			p.inv.Diags.Errorf(diag.Range{Path: name}, "Root not read", "The reader failed on it: %v. This is a fault of onus; please report it.", fault)
		}
	}()
	p.inv, p.uses = read()
	if p.inv == nil {
		p.inv = &inventory.Inventory{}
	}
	return p
}

// readParts reads everything that was found. Terraform comes first: what it has parsed is let go before the rest is read.
func (r *reading) readParts(places []*place) []part {
	var out []part
	for _, read := range []func(*place) []func() part{r.configTasks, r.otherTasks} {
		var tasks []func() part
		for _, p := range places {
			tasks = append(tasks, read(p)...)
		}
		out = append(out, parallel(r, tasks)...)
		for _, p := range places {
			p.loader = nil
		}
	}
	for _, p := range places {
		out = append(out, p.unitParts...)
	}
	return out
}

// whole makes the tasks of roots that are read as a whole.
func (p *place) whole(names []string, read func(name string) (*inventory.Inventory, []string)) []func() part {
	var tasks []func() part
	for _, n := range names {
		tasks = append(tasks, func() part {
			return guarded(p.tree, n, func() (*inventory.Inventory, []string) { return read(n) })
		})
	}
	return tasks
}

func (r *reading) configTasks(p *place) []func() part {
	loader := p.loader
	return p.whole(r.rootsOf(p.tree, p.configs, p.calls, p.inner), func(dir string) (*inventory.Inventory, []string) {
		return loader.Read(dir, p.cfg.terraform(p.tree, dir, r.opts)), nil
	})
}

func (r *reading) otherTasks(p *place) []func() part {
	files := finder{p.tree, p.files}
	tasks := p.whole(r.rootsOf(p.tree, p.kustomizations, p.bases, p.inner), func(dir string) (*inventory.Inventory, []string) {
		return kustomize.Render(p.tree, dir, kustomize.Options{}), nil
	})
	tasks = append(tasks, p.whole(r.rootsOf(p.tree, p.charts, nil, p.inner), func(dir string) (*inventory.Inventory, []string) {
		return helm.Render(p.tree, dir, r.opts.Helm), nil
	})...)
	tasks = append(tasks, p.whole(r.rootsOf(p.tree, p.assemblies, nil, nil), func(dir string) (*inventory.Inventory, []string) {
		return cdk.Read(files, dir, r.template())
	})...)
	for _, name := range r.rootsOf(p.tree, p.files, nil, p.inner) {
		tasks = append(tasks, func() part { return r.readFile(p, name, files) })
	}
	return tasks
}

func (r *reading) template() cloudformation.Options {
	return cloudformation.Options{Params: r.opts.Params, DefaultsUnknown: r.opts.DefaultsUnknown, Types: r.opts.Types}
}

// readFile recognises one file and reads it.
func (r *reading) readFile(p *place, name string, files finder) part {
	evaluated := false
	out := guarded(p.tree, name, func() (*inventory.Inventory, []string) {
		f, err := p.tree.Open(name)
		if err != nil {
			return unreadable(name, err), nil
		}
		defer f.Close()
		head, err := f.Head(headBytes)
		if err != nil {
			return unreadable(name, err), nil
		}
		inv, ok, err := r.readStream(f, name, head)
		if err != nil {
			return unreadable(name, err), nil
		}
		if ok {
			evaluated = len(inv.Roots) > 0 && (inv.Roots[0].Form == "plan" || inv.Roots[0].Form == "state")
			return inv, nil
		}
		data, err := f.Rest(head)
		if err != nil {
			return unreadable(name, err), nil
		}
		return r.readDocument(p, name, data, files)
	})
	out.evaluated, out.explicit = evaluated, p.explicit
	return out
}

// readStream reads the forms that may be larger than memory should hold; ok is false when the file is none of them.
func (r *reading) readStream(f io.ReadSeeker, name string, head []byte) (inv *inventory.Inventory, ok bool, err error) {
	form, config, control := tfplan.Recognise(head), awsconfig.Is(head), cloudcontrol.Is(head)
	if form == tfplan.None && !config && !control {
		return nil, false, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, false, err
	}
	switch {
	case form != tfplan.None:
		return tfplan.Read(name, f, form, tfplan.Options{Types: r.opts.Types}), true, nil
	case config:
		return awsconfig.Read(name, f, awsconfig.Options{Types: r.opts.Types}), true, nil
	}
	return cloudcontrol.Read(name, f, cloudcontrol.Options{Types: r.opts.Types}), true, nil
}

// readDocument reads the forms of which a file is one document or a few.
func (r *reading) readDocument(p *place, name string, data []byte, files finder) (*inventory.Inventory, []string) {
	switch {
	case path.Base(name) == cdk.App && cdk.IsApp(data):
		return cdk.ReadApp(files, name, data), nil
	case serverless.IsCode(name, data):
		return serverless.Code(name), nil
	case cloudformation.Is(data):
		return cloudformation.Read(name, data, files, r.template())
	case serverless.Is(data):
		opened := &recorder{finder: files}
		inv, _ := serverless.Read(name, data, opened, serverless.Options{
			Params: r.opts.Params, DefaultsUnknown: r.opts.DefaultsUnknown, Types: r.opts.Types,
		})
		return inv, opened.names
	case kubernetes.Is(data):
		return kubernetes.Read(name, data, kubernetes.Options{}), nil
	case ecstask.Is(data):
		return ecstask.Read(name, data, ecstask.Options{Types: r.opts.Types}), nil
	}
	inv := &inventory.Inventory{}
	if p.explicit {
		inv.Diags.Errorf(diag.Range{Path: name, Line: 1, Column: 1}, "Input not recognised",
			"The file is none of the forms that are read: a CloudFormation or SAM template, a Terraform plan or state as JSON, a Kubernetes manifest, an ECS task definition, a serverless.yml, an AWS Config snapshot or a Cloud Control document. Give one of them, or a directory.")
	}
	return inv, nil
}

func unreadable(name string, err error) *inventory.Inventory {
	inv := &inventory.Inventory{}
	inv.Diags.Skipf(diag.Range{Path: name}, "File not read", "%v", err)
	return inv
}

// finder offers the walked files to readers that look for one by the end of its path.
type finder struct {
	*rootfs.Tree
	files []string
}

// FindSuffix implements cloudformation.Finder.
func (f finder) FindSuffix(suffix string) []string {
	var out []string
	for _, name := range f.files {
		if n := len(name) - len(suffix); n == 0 && name == suffix || n > 0 && name[n-1] == '/' && name[n:] == suffix {
			out = append(out, name)
		}
	}
	return out
}

// recorder remembers which files a reader opens: they are part of what it read.
type recorder struct {
	finder
	names []string
}

// ReadFile implements cloudformation.Files.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	data, err := r.finder.ReadFile(name)
	if err == nil {
		r.names = append(r.names, name)
	}
	return data, err
}
