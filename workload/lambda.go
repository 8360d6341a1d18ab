package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

const (
	hostZip       = "lambda-zip"
	hostContainer = "lambda-image"
	hostEdge      = "lambda-edge"
	hostLambdaMI  = "lambda-managed-instances"
	edgePrincipal = "edgelambda.amazonaws.com"
)

// indexLambda builds the reverse joins of Lambda: function to aliases, runtime management and CloudFront.
func (f *finder) indexLambda() {
	f.edge = map[*inventory.Resource]Evidence{}
	f.aliasesOf = map[*inventory.Resource][]*inventory.Resource{}
	f.runtimesOf = map[*inventory.Resource][]*inventory.Resource{}
	f.strayRuntimes = map[string][]*inventory.Resource{}
	for typ, index := range map[string]map[*inventory.Resource][]*inventory.Resource{
		typeAlias: f.aliasesOf, typeRuntimeConfig: f.runtimesOf,
	} {
		for _, r := range f.ix.OfType(typ) {
			if r.Lookup {
				continue
			}
			name := r.Get("FunctionName")
			found := f.follow(r, name, typeFunction).all
			for _, fn := range found {
				index[fn] = append(index[fn], r)
			}
			if typ == typeRuntimeConfig && couldNameAny(name, found) {
				f.strayRuntimes[r.Scope] = append(f.strayRuntimes[r.Scope], r)
			}
		}
	}
	for _, d := range f.ix.OfType(typeDistribution) {
		if !d.Lookup {
			f.indexEdge(d)
		}
	}
}

// couldNameAny reports whether a name may be that of any function beside it: it is unknown (an unset variable, a
// generated name, a module that was not read) or computed, and leads to no function of the input and to no lookup of one
// by a known name.
func couldNameAny(name inventory.Value, found []*inventory.Resource) bool {
	return (name.IsUnknown() || name.IsNull()) && !slices.ContainsFunc(found, func(r *inventory.Resource) bool {
		_, known := r.Get("FunctionName").Text()
		return !r.Lookup || known
	})
}

// indexEdge notes the functions that a distribution runs at the edge.
func (f *finder) indexEdge(d *inventory.Resource) {
	for _, path := range []string{"DistributionConfig.DefaultCacheBehavior", "DistributionConfig.CacheBehaviors"} {
		for _, behaviour := range members(d.Get(path)) {
			for _, a := range members(behaviour.Get("LambdaFunctionAssociations")) {
				arn := a.Get("LambdaFunctionARN")
				e := Evidence{d.Type + "." + path + ".LambdaFunctionAssociations.LambdaFunctionARN", arn}
				for _, fn := range f.follow(d, arn, typeFunction).all {
					if _, ok := f.edge[fn]; !ok {
						f.edge[fn] = e
					}
				}
			}
		}
	}
}

// lambdaFunction is the workload of a function.
func (f *finder) lambdaFunction(r *inventory.Resource) Workload {
	v := f.lambdaHosting(r)
	parts := map[string]Part{
		"function": {Resource: r}, "role": f.follow(r, r.Get("Role"), typeRole).part(), "invokers": f.invokers(r),
	}
	if v.hosting != hostContainer {
		parts["updates"], parts["layers"] = f.runtimeUpdates(r), functionLayers(r)
	}
	return v.workload(parts)
}

// lambdaHosting decides: CloudFront runs it at the edge, a capacity provider runs it on managed instances, else the
// package type tells.
func (f *finder) lambdaHosting(r *inventory.Resource) verdict {
	if e, ok := f.edge[r]; ok {
		return decided(hostEdge, "A CloudFront distribution runs the function at its edge.", e)
	}
	v := f.packageType(r)
	provider := at(r, "CapacityProviderConfig")
	switch is, maybe := f.given(r, provider.Value); {
	case is:
		return decided(hostLambdaMI, "The function runs on a Lambda capacity provider.",
			Evidence{provider.Property, derivedString("is set", provider.Value)})
	case maybe:
		all := []Candidate{{hostLambdaMI, "CapacityProviderConfig is set"}}
		all = append(all, otherwise(v, "CapacityProviderConfig is not set")...)
		return open("CapacityProviderConfig decides, and it is unknown.", all, append([]Evidence{provider}, v.because...)...)
	}
	if v.hosting == hostZip && f.trustsEdge(r) {
		v.why += " Its role trusts Lambda@Edge, but no CloudFront distribution of the input runs it."
		v.because = append(v.because, at(r, "Role"))
	}
	return v
}

// otherwise turns a verdict into candidates that hold under one more condition.
func otherwise(v verdict, when string) []Candidate {
	if v.hosting != UnknownHosting {
		return []Candidate{{v.hosting, when}}
	}
	out := slices.Clone(v.candidates)
	for i := range out {
		out[i].When = when + " and " + out[i].When
	}
	return out
}

func (f *finder) packageType(r *inventory.Resource) verdict {
	pkg, uri := at(r, "PackageType"), at(r, "Code.ImageUri")
	text, known := pkg.Value.Text()
	switch {
	case text == "Image":
		return decided(hostContainer, "The function is packaged as a container image.", pkg)
	case text == "Zip":
		return decided(hostZip, "The function is packaged as a .zip archive.", pkg)
	case known:
		return open("PackageType has a value that Lambda does not document.", nil, pkg)
	case pkg.Value.IsUnknown():
		return open("PackageType decides, and it is unknown.",
			[]Candidate{{hostZip, "PackageType is Zip"}, {hostContainer, "PackageType is Image"}}, pkg)
	}
	is, maybe := f.given(r, uri.Value)
	switch {
	case r.Get("Code").IsUnknown(), !is && !maybe:
		return decided(hostZip, "PackageType is not set, and Zip is Lambda's default.", pkg)
	case is:
		return decided(hostContainer, "The function's code is a container image.", uri)
	}
	for _, path := range []string{"Runtime", "Handler", "Code.S3Key", "Code.ZipFile"} {
		if e := at(r, path); has(f, r, path) {
			if path == "Code.ZipFile" {
				e.Value = derivedString("is set", e.Value)
			}
			return decided(hostZip, "The function has what only a .zip package has.", pkg, e)
		}
	}
	return open("Code.ImageUri decides, and it is unknown.",
		[]Candidate{{hostZip, "Code.ImageUri is not set"}, {hostContainer, "Code.ImageUri is set"}}, uri, pkg)
}

// trustsEdge reports whether the role of a function may be assumed by Lambda@Edge.
func (f *finder) trustsEdge(r *inventory.Resource) bool {
	for _, role := range f.ix.FollowType(r, r.Get("Role"), typeRole) {
		trust := role.Get("AssumeRolePolicyDocument")
		if mentions(trust, edgePrincipal, maxTextDepth) {
			return true
		}
		for _, doc := range f.ix.Follow(role, trust) {
			if strings.HasPrefix(doc.Type, "onus::") && mentions(doc.Properties, edgePrincipal, maxTextDepth) {
				return true
			}
		}
	}
	return false
}

// mentions reports whether a text stands anywhere inside v.
func mentions(v inventory.Value, text string, depth int) bool {
	if depth == 0 {
		return false
	}
	if s, ok := v.Text(); ok {
		return strings.Contains(s, text)
	}
	if strings.Contains(v.Partial(), text) {
		return true
	}
	for _, item := range v.List() {
		if mentions(item, text, depth-1) {
			return true
		}
	}
	for _, p := range v.Properties() {
		if mentions(p.Value, text, depth-1) {
			return true
		}
	}
	return false
}
