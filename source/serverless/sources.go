package serverless

import (
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// What the framework takes when nobody says otherwise.
const (
	defaultStage  = "dev"
	defaultRegion = "us-east-1"
)

// source evaluates one source: self:custom.x, file(./x.yml):a, opt:stage.
func (r *resolver) source(n *node, part string) found {
	name, params, address := source(part)
	switch name {
	case "self":
		return r.self(n, address)
	case "opt":
		return r.option(n, address)
	case "env":
		return r.missing(n, "env:"+address, "an environment variable")
	case "file":
		return r.file(n, params, address)
	case "sls":
		if address == "stage" {
			return r.stage(n)
		}
		return open(part, "known when deployed", r, n)
	case "aws":
		if address == "region" {
			return r.region(n)
		}
		return open(part, "known when deployed", r, n)
	case "param":
		return r.param(n, address)
	case "strToBool":
		return r.strToBool(n, params)
	case "cf", "ssm", "s3", "git", "vault", "doppler", "output":
		return open(part, "looked up when deployed", r, n)
	}
	if params == "" && address == "" {
		return open(part, "is neither a source nor a quoted default", r, n)
	}
	return open(part, "a source that a plugin or the dashboard gives", r, n)
}

// missing is a value that is not given here, so that a default is used where there is one.
func (r *resolver) missing(n *node, name, why string) found {
	return found{note: note{Unresolved: []inventory.Step{{Name: diag.Clip(name, maxClip), Note: why + " that is not set here", At: r.at(n)}}}}
}

// self looks into the service itself.
func (r *resolver) self(n *node, address string) found {
	switch address {
	case "service", "service.name":
		if name := r.doc.Get("service"); name != nil && name.Kind != document.Map {
			return r.taken(r.node(name))
		}
		return r.walk(n, r.doc, "service.name", "self:"+address)
	case "provider.stage":
		return r.stage(n)
	case "provider.region":
		return r.region(n)
	case "":
		return open("self:", "stands for the whole service", r, n)
	}
	return r.walk(n, r.doc, address, "self:"+address)
}

// taken is a resolved node as what a variable came to.
func (r *resolver) taken(n *node) found {
	if !n.IsSet() {
		return found{}
	}
	v := found{node: n}
	if m := r.notes[n]; m != nil {
		v.note = *m
	}
	return v
}

// walk goes down an address, resolving what lies on the way. What is not there has no value.
func (r *resolver) walk(n, from *node, address, name string) found {
	at := from
	passed := note{}
	for seg := range strings.SplitSeq(address, ".") {
		if at != nil && at.Kind == document.Text {
			at = r.node(at)
		}
		if m := r.notes[at]; m != nil {
			add(&passed, m)
			if m.Unknown {
				return found{note: passed}
			}
		}
		switch {
		case at == nil:
		case at.Kind == document.List:
			i, err := strconv.Atoi(seg)
			if err != nil || i < 0 || i >= len(at.Items) {
				at = nil
				break
			}
			at = at.Items[i]
		default:
			at = at.Get(seg)
		}
		if at == nil {
			return found{note: note{Assumed: passed.Assumed}}
		}
	}
	v := r.taken(r.node(at))
	v.Assumed = steps(passed.Assumed, v.Assumed)
	return v
}

// given reports whether an option was given on the command line.
func (r *resolver) given(name string) bool { _, ok := r.opts.Params[name]; return ok }

// option is ${opt:…}: what was given.
func (r *resolver) option(n *node, name string) found {
	if text, ok := r.opts.Params[name]; ok {
		return found{node: document.TextAt(n, text), note: note{Trail: []inventory.Step{{Name: "--" + name, Note: "given on the command line"}}}}
	}
	return r.missing(n, "opt:"+name, "an option")
}

func (r *resolver) stage(n *node) found {
	return r.framework(n, "stage", defaultStage)
}

func (r *resolver) region(n *node) found {
	return r.framework(n, "region", defaultRegion)
}

// framework is the stage or region: the option, else what the provider says, else the framework's default, assumed.
func (r *resolver) framework(n *node, name, fallback string) found {
	if r.given(name) {
		return r.option(n, name)
	}
	provider := r.doc.Get("provider")
	if provider != nil && provider.Kind == document.Text {
		provider = r.node(provider)
	}
	if own := provider.Get(name); own.IsSet() && !strings.Contains(own.Text, "${opt:"+name+"}") {
		return r.taken(r.node(own))
	}
	step := inventory.Step{Name: "--" + name, Note: "the framework's default " + fallback, At: r.at(n)}
	if r.opts.DefaultsUnknown {
		step.Note = "default not used"
		return found{note: note{Unknown: true, Unresolved: []inventory.Step{step}}}
	}
	return found{node: document.TextAt(n, fallback), note: note{Assumed: []inventory.Step{step}}}
}

// file is ${file(path):address}.
func (r *resolver) file(n *node, name, address string) found {
	in := r.files.open(r.path, strings.Trim(name, `'"`), n, &r.diags)
	step := inventory.Step{Name: "file " + diag.Clip(name, maxClip), Note: in.why, At: r.at(n)}
	switch {
	case in.doc == nil && in.missing:
		return found{note: note{Unresolved: []inventory.Step{step}}}
	case in.doc == nil:
		return found{note: note{Unknown: true, Unresolved: []inventory.Step{step}}}
	case address == "":
		return r.taken(r.node(in.doc))
	}
	return r.walk(n, in.doc, address, name)
}

// param is ${param:…}: of the stage, else of every stage. --param and the dashboard come before both.
func (r *resolver) param(n *node, name string) found {
	stage := r.stage(n)
	text, known := stage.node.Scalar()
	for _, at := range []string{text, "default"} {
		for _, address := range []string{"params." + at + "." + name, "stages." + at + ".params." + name} {
			if at == text && (!known || stage.Unknown) || strings.Count(text, ".") > 0 {
				continue
			}
			if v := r.walk(n, r.doc, address, "param:"+name); v.node != nil || v.Unknown {
				v.Assumed = steps(stage.Assumed, v.Assumed)
				return v
			}
		}
	}
	if !known || stage.Unknown {
		return open("param:"+name, "depends on the stage", r, n)
	}
	return r.missing(n, "param:"+name, "a parameter")
}

func (r *resolver) strToBool(n *node, text string) found {
	switch strings.ToLower(strings.Trim(text, `'"`)) {
	case "true", "1":
		return found{node: document.BoolAt(n, true)}
	case "false", "0", "":
		return found{node: document.BoolAt(n, false)}
	}
	return r.missing(n, "strToBool("+text+")", "a text")
}
