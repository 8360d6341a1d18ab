package inventory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
)

// Resource is one thing declared or observed, in CloudFormation's vocabulary whatever its source.
type Resource struct {
	// Type is the CloudFormation type ("AWS::Lambda::Function"), a Kubernetes kind, or an onus type for lookups that
	// CloudFormation has no name for ("onus::ImageLookup"). It is the source's own name when no mapping is known.
	Type string
	// SourceType is the type as written: "aws_lambda_function", "AWS::Serverless::Function".
	SourceType string
	// Address is the source's own name for the resource, unique within Scope: "module.api.aws_lambda_function.this[0]",
	// "Stack/LogicalId".
	Address string
	// Name is the short human name: the Name, FunctionName or similar property when known, else the last label.
	Name string
	// Scope is the root or template that the address and the refs are relative to: a slash path.
	Scope string
	// Properties is a Map of CloudFormation property names; Tags is always a Map from key to value.
	Properties Value
	// Origin is where the resource is declared.
	Origin diag.Range
	// Lookup marks what the source only looks up (a Terraform data source): it is never a workload, never counted.
	Lookup bool
	// Mapped is false when the source type has no known CloudFormation type.
	Mapped bool
	// ManyUnknown marks a resource whose number of instances (count, for_each) is unknown; Address is unindexed.
	ManyUnknown bool
	// MaybeAbsent holds what would decide whether the resource exists at all; empty when it certainly does.
	MaybeAbsent []Step
	// Action is what a plan would do to it: "create", "update", "replace", "no-op"; empty for every other source.
	Action string
	// Assets are the local files and directories that the resource is made from.
	Assets []Asset
}

// Asset is a local file or directory that a resource is made from: a function's code, a layer's content, the build
// context of a container image.
type Asset struct {
	// Kind is "code" or "image".
	Kind string
	// Path is a slash path as the files of the run are named; it may not exist.
	Path string
	// At is where the path is written.
	At diag.Range
}

// Get returns a property by path; see Value.Get.
func (r *Resource) Get(path string) Value { return r.Properties.Get(path) }

// Unread is a part of the input that could not be read: a registry module, a nested template, a chart.
type Unread struct {
	// Scope and Address say which call: "module.vpc", "NetworkStack".
	Scope, Address string
	// Source is what the call points at, as written.
	Source string
	Origin diag.Range
}

// Move says that what had one address has another now (Terraform's moved blocks): a resource, or a module with all in it.
type Move struct{ Scope, From, To string }

// Root is one root that was read.
type Root struct {
	// Path is the directory or file, slash-separated, relative to the working directory when below it.
	Path string
	// Form is "terraform", "plan", "state", "terragrunt", "cloudformation", "cdk", "serverless", "kubernetes", "kustomize",
	// "helm", "ecs", "config", "cloudcontrol".
	Form string
}

// Text is the whole text of a file that was read.
type Text struct {
	// Path is the display path, as in the origins of what the file declares.
	Path string
	Data []byte
}

// Inventory is everything that was found. Readers build one each and Merge joins them.
type Inventory struct {
	Resources []*Resource
	Unread    []Unread
	Roots     []Root
	Moves     []Move
	// Annotated are the files in which exceptions may be written beside what they declare, in path order; see package
	// exception. They are the few that hold its words.
	Annotated []Text
	Diags     diag.List
}

// Merge appends what other holds.
func (inv *Inventory) Merge(other *Inventory) {
	inv.Resources = append(inv.Resources, other.Resources...)
	inv.Unread = append(inv.Unread, other.Unread...)
	inv.Roots = append(inv.Roots, other.Roots...)
	inv.Moves = append(inv.Moves, other.Moves...)
	inv.Annotated = append(inv.Annotated, other.Annotated...)
	inv.Diags = append(inv.Diags, other.Diags...)
}

// Sort puts resources, unread parts and roots in a stable order: by scope, then address.
func (inv *Inventory) Sort() {
	slices.SortStableFunc(inv.Resources, func(a, b *Resource) int {
		return cmp.Or(strings.Compare(a.Scope, b.Scope), strings.Compare(a.Address, b.Address))
	})
	slices.SortStableFunc(inv.Unread, func(a, b Unread) int {
		return cmp.Or(strings.Compare(a.Scope, b.Scope), strings.Compare(a.Address, b.Address))
	})
	slices.SortStableFunc(inv.Roots, func(a, b Root) int { return strings.Compare(a.Path, b.Path) })
}

// Index finds resources by address and by type. Build it once, after Sort.
type Index struct {
	byAddress map[string]map[string][]*Resource
	byType    map[string][]*Resource
}

// NewIndex indexes the inventory. An address without an instance key finds every instance.
func NewIndex(inv *Inventory) *Index {
	ix := &Index{byAddress: map[string]map[string][]*Resource{}, byType: map[string][]*Resource{}}
	for _, r := range inv.Resources {
		scope := ix.byAddress[r.Scope]
		if scope == nil {
			scope = map[string][]*Resource{}
			ix.byAddress[r.Scope] = scope
		}
		scope[r.Address] = append(scope[r.Address], r)
		if bare := WithoutKey(r.Address); bare != r.Address {
			scope[bare] = append(scope[bare], r)
		}
		ix.byType[r.Type] = append(ix.byType[r.Type], r)
	}
	return ix
}

// OfType returns the resources of a type in inventory order, lookups included.
func (ix *Index) OfType(typ string) []*Resource { return ix.byType[typ] }

// At returns the resources at an address of a scope: one, or every instance when the key is left out.
func (ix *Index) At(scope, address string) []*Resource { return ix.byAddress[scope][address] }

// Follow returns the resources that v refers to (v itself and everything inside it), each once, in ref order.
// from gives the scope.
func (ix *Index) Follow(from *Resource, v Value) []*Resource {
	var out []*Resource
	for _, ref := range v.AllRefs() {
		for _, r := range ix.At(from.Scope, ref.Address) {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// FollowType is Follow restricted to one type.
func (ix *Index) FollowType(from *Resource, v Value, typ string) []*Resource {
	return slices.DeleteFunc(ix.Follow(from, v), func(r *Resource) bool { return r.Type != typ })
}

// WithoutKey strips the instance key at the end of an address: `a.b["x"]` and `a.b[0]` become `a.b`.
func WithoutKey(address string) string {
	if !strings.HasSuffix(address, "]") {
		return address
	}
	if i := strings.LastIndex(address, "["); i > 0 {
		return address[:i]
	}
	return address
}
