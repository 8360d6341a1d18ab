package terraform

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// This file finds the local files that resources are made from: what an argument names, and what stands behind a reference
// in it. A zip that archive_file makes is its source directory, an object in S3 is the file that it uploads, an image of the
// Docker provider is its build context.

const (
	codeAsset  = "code"
	imageAsset = "image"
	// maxAssetHops bounds how many references lead from an argument to a file.
	maxAssetHops = 4
	// maxAssets bounds the files of one resource.
	maxAssets = 50
)

// assetArguments are the arguments that name files, directly or by a reference, by resource type. local is false for those
// whose own text is no path: a key in S3, an image.
var assetArguments = map[string][]assetArgument{
	"aws_lambda_function":                       {{"filename", true}, {"s3_key", false}, {"image_uri", false}},
	"aws_lambda_layer_version":                  {{"filename", true}, {"s3_key", false}},
	"aws_synthetics_canary":                     {{"zip_file", true}, {"s3_key", false}},
	"aws_s3_object":                             {{"source", true}},
	"aws_s3_bucket_object":                      {{"source", true}},
	"aws_ecs_task_definition":                   {{"container_definitions", false}},
	"aws_batch_job_definition":                  {{"container_properties", false}},
	"aws_elastic_beanstalk_application_version": {{"key", false}},
	"aws_glue_job":                              {{"script_location", false}},
}

type assetArgument struct {
	name  string
	local bool
}

// behindArguments are the arguments of what a reference may lead to.
var behindArguments = map[string][]assetArgument{
	"data.archive_file":     {{"source_dir", true}, {"source_file", true}},
	"archive_file":          {{"source_dir", true}, {"source_file", true}},
	"aws_s3_object":         {{"source", true}},
	"aws_s3_bucket_object":  {{"source", true}},
	"docker_registry_image": {{"name", false}},
	"docker_tag":            {{"source_image", false}},
}

// assets returns the files of a resource, each once, what it is built from before what was built.
func (in *instance) assets(b *block, it item) []inventory.Asset {
	arguments := assetArguments[b.typ]
	if b.data || len(arguments) == 0 || in.run.root == nil { // a plan has values only; what it was made of is located later
		return nil
	}
	c := &assetSearch{seen: map[string]bool{}}
	for _, a := range arguments {
		c.argument(in, b.body, it.scope, a, maxAssetHops)
	}
	if len(c.out) == 0 && (b.typ == "aws_lambda_function" || b.typ == "aws_lambda_layer_version") {
		c.moduleSource(in)
	}
	return c.out
}

// assetSearch collects files.
type assetSearch struct {
	out  []inventory.Asset
	seen map[string]bool
}

func (c *assetSearch) add(in *instance, kind, path string, at diag.Range) {
	remote := strings.Contains(path, "://") || strings.HasPrefix(path, "git@") || strings.HasPrefix(path, "arn:")
	if path == "" || remote || len(c.out) >= maxAssets || strings.ContainsRune(path, 0) {
		return
	}
	a := inventory.Asset{Kind: kind, Path: in.run.loader.tree.Join(in.run.dir, path), At: at}
	if !slices.ContainsFunc(c.out, func(b inventory.Asset) bool { return b.Kind == a.Kind && b.Path == a.Path }) {
		c.out = append(c.out, a)
	}
}

// argument follows one argument: the references in it, then its own text.
func (c *assetSearch) argument(in *instance, body *body, sc scope, arg assetArgument, hops int) {
	a := body.attr(arg.name)
	if a == nil || hops == 0 {
		return
	}
	v, marks := in.eval(a, sc).UnmarkDeep()
	var refs []string
	for m := range marks {
		if ref, ok := m.(refMark); ok {
			refs = append(refs, ref.address)
		}
	}
	slices.Sort(refs)
	for _, address := range slices.Compact(refs) {
		c.behind(in.run, address, hops-1)
	}
	if _, hidden := marks[sensitiveMark{}]; hidden {
		return
	}
	if text, ok := pathText(v); ok && arg.local {
		c.add(in, codeAsset, text, a.at)
	}
}

func pathText(v cty.Value) (string, bool) {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// behind follows a reference to the block that it names.
func (c *assetSearch) behind(r *run, address string, hops int) {
	if c.seen[address] || hops == 0 {
		return
	}
	c.seen[address] = true
	in, b, items := r.find(address)
	if b == nil {
		return
	}
	for _, it := range items {
		for _, a := range behindArguments[typeKey(b.typ, b.data)] {
			c.argument(in, b.body, it.scope, a, hops)
		}
		if b.typ == "docker_image" || b.typ == "docker_registry_image" {
			c.builds(in, b, it)
		}
	}
}

// builds notes the context of `build` blocks of the Docker provider.
func (c *assetSearch) builds(in *instance, b *block, it item) {
	for _, n := range in.nestedOf(b.body, "build", it.scope) {
		for _, name := range []string{"context", "path"} {
			if a := n.body.attr(name); a != nil {
				v, _ := in.eval(a, n.scope).UnmarkDeep()
				if text, ok := pathText(v); ok {
					c.add(in, imageAsset, text, a.at)
				}
			}
		}
	}
}

// moduleSource reads the input source_path of a module that packages the code by a program of its own, as
// terraform-aws-modules/lambda does: a path, or a list of paths and of objects with `path`.
func (c *assetSearch) moduleSource(in *instance) {
	for ; in != nil && in.parent != nil; in = in.parent {
		if a := in.inputs["source_path"]; a != nil && in.mod.variables["source_path"] != nil {
			v, _ := in.parent.eval(a, in.parentScope).UnmarkDeep()
			c.sources(in, v, a.at, maxAssetHops)
			return
		}
	}
}

func (c *assetSearch) sources(in *instance, v cty.Value, at diag.Range, depth int) {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || depth == 0 {
		return
	}
	if text, ok := pathText(v); ok {
		c.add(in, codeAsset, text, at)
		return
	}
	switch typ := v.Type(); {
	case typ.IsObjectType() && typ.HasAttribute("path"):
		c.sources(in, v.GetAttr("path"), at, depth-1)
	case typ.IsTupleType() || typ.IsListType() || typ.IsSetType():
		for it := v.ElementIterator(); it.Next(); {
			_, x := it.Element()
			c.sources(in, x, at, depth-1)
		}
	}
}

// find returns the block at an address, with its instances: one, or all when the address has no key. b is nil when there is
// none.
func (r *run) find(address string) (in *instance, b *block, items []item) {
	in = r.root
	for strings.HasPrefix(address, "module.") && in != nil {
		name, key, rest := cutStep(address[len("module."):])
		call := in.mod.callAt[name]
		if call == nil {
			return nil, nil, nil
		}
		f := in.childrenOf(call)
		in = nil
		for i, it := range f.expansion.items {
			if i < len(f.members) && (it.key == key || key == "") {
				in = f.members[i]
				break
			}
		}
		address = rest
	}
	if in == nil {
		return nil, nil, nil
	}
	bare := inventory.WithoutKey(address)
	b = in.mod.blockAt[bare]
	if b == nil {
		return nil, nil, nil
	}
	for _, it := range in.expand(&b.repeat, bare, b.at).items {
		if key := address[len(bare):]; key == "" || key == it.key {
			items = append(items, it)
		}
	}
	return in, b, items
}

// cutStep takes `name["key"].rest` apart. A key may hold dots and brackets inside its quotes.
func cutStep(s string) (name, key, rest string) {
	i := strings.IndexAny(s, ".[")
	if i < 0 {
		return s, "", ""
	}
	name = s[:i]
	if s[i] == '.' {
		return name, "", s[i+1:]
	}
	end, quoted := i+1, false
	for ; end < len(s) && (quoted || s[end] != ']'); end++ {
		switch {
		case s[end] == '\\' && quoted:
			end++
		case s[end] == '"':
			quoted = !quoted
		}
	}
	if end >= len(s) {
		return name, "", ""
	}
	return name, s[i : end+1], strings.TrimPrefix(s[end+1:], ".")
}
