package identity

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// The types that hold policies.
const (
	typeRole          = "AWS::IAM::Role"
	typeUser          = "AWS::IAM::User"
	typeGroup         = "AWS::IAM::Group"
	typeManagedPolicy = "AWS::IAM::ManagedPolicy"
	typeProfile       = "AWS::IAM::InstanceProfile"
	typeLookup        = "onus::PolicyDocument"
)

// nameOf is the property that names a principal or policy to others.
var nameOf = map[string]string{
	typeRole: "RoleName", typeUser: "UserName", typeGroup: "GroupName", typeManagedPolicy: "ManagedPolicyName", typeProfile: "InstanceProfileName",
}

// attachment says how a type attaches policies: the properties that name the principals and the one that holds the
// document, or the ARNs of managed policies.
type attachment struct {
	principals map[string]string // principal type to property
	document   string
	arns       string
}

// attachments are the types that attach policies. Those that CloudFormation lacks are Terraform's.
var attachments = map[string]attachment{
	"AWS::IAM::RolePolicy":                      {principals: map[string]string{typeRole: "RoleName"}, document: "PolicyDocument"},
	"AWS::IAM::UserPolicy":                      {principals: map[string]string{typeUser: "UserName"}, document: "PolicyDocument"},
	"AWS::IAM::GroupPolicy":                     {principals: map[string]string{typeGroup: "GroupName"}, document: "PolicyDocument"},
	"AWS::IAM::Policy":                          {principals: map[string]string{typeRole: "Roles", typeUser: "Users", typeGroup: "Groups"}, document: "PolicyDocument"},
	typeManagedPolicy:                           {principals: map[string]string{typeRole: "Roles", typeUser: "Users", typeGroup: "Groups"}, document: "PolicyDocument"},
	"AWS::IAM::PolicyAttachment":                {principals: map[string]string{typeRole: "Roles", typeUser: "Users", typeGroup: "Groups"}, arns: "PolicyArn"},
	"AWS::IAM::RolePolicyAttachment":            {principals: map[string]string{typeRole: "Role"}, arns: "PolicyArn"},
	"AWS::IAM::UserPolicyAttachment":            {principals: map[string]string{typeUser: "User"}, arns: "PolicyArn"},
	"AWS::IAM::GroupPolicyAttachment":           {principals: map[string]string{typeGroup: "Group"}, arns: "PolicyArn"},
	"AWS::IAM::RolePolicyAttachmentsExclusive":  {principals: map[string]string{typeRole: "RoleName"}, arns: "PolicyArns"},
	"AWS::IAM::UserPolicyAttachmentsExclusive":  {principals: map[string]string{typeUser: "UserName"}, arns: "PolicyArns"},
	"AWS::IAM::GroupPolicyAttachmentsExclusive": {principals: map[string]string{typeGroup: "GroupName"}, arns: "PolicyArns"},
}

// PolicyKind says how a policy came to a principal.
type PolicyKind string

// The kinds.
const (
	Inline          PolicyKind = "inline"
	CustomerManaged PolicyKind = "customer managed"
	AWSManaged      PolicyKind = "AWS managed"
)

// Policy is one policy of a principal.
type Policy struct {
	Kind PolicyKind
	// Name is its name or ARN as far as it is known.
	Name     string
	Document *Document
	// Resource holds the document; nil for a policy that is not in the input.
	Resource *inventory.Resource
	// Attached is the value that attaches it: an entry of ManagedPolicyArns, the role of an attachment.
	Attached inventory.Value
	// Group is the group that a user has it by; nil for a policy of its own.
	Group *inventory.Resource
}

// Analyzer answers for one inventory. It is not safe for concurrent use.
type Analyzer struct {
	inv     *inventory.Inventory
	ix      *inventory.Index
	opts    Options
	actions *Actions
	paths   []escalation
	// places are where actions stand in the table.
	places map[string]int
	diags  diag.List
	// names finds declared principals and policies by type and name.
	names map[string]map[string][]*inventory.Resource
	// attached are the attachments of a principal; stray those whose principal is unknown, by scope.
	attached map[*inventory.Resource][]attached
	stray    map[string][]attached
	roles    map[*inventory.Resource]*PrincipalAnalysis
	docs     map[*inventory.Resource]*Document
	aws      map[string]*Document
	trusts   map[*inventory.Resource]*Document
	// users are what refers to a role or instance profile; nil until first asked.
	users    map[*inventory.Resource][]*inventory.Resource
	accounts map[string]bool
	// groups are the groups of a user, reached the policies that some principal has; nil until first asked.
	groups  map[*inventory.Resource][]*inventory.Resource
	reached map[*inventory.Resource]bool
}

// attached is a resource that attaches policies, and the value that names the principal.
type attached struct {
	by     *inventory.Resource
	kind   attachment
	typ    string
	value  inventory.Value
	unsure bool
}

// Options tells New what the inventory does not.
type Options struct {
	// Accounts are the account ids that are the user's own, when they are known.
	Accounts []string
}

// New indexes the policies of an inventory. It evaluates nothing yet.
func New(inv *inventory.Inventory, ix *inventory.Index, opts Options) *Analyzer {
	return newAnalyzer(inv, ix, opts, loadActions())
}

// Fork returns an analyzer for the same inventory that may be used at the same time as a.
func (a *Analyzer) Fork() *Analyzer {
	return newAnalyzer(a.inv, a.ix, a.opts, a.actions)
}

func newAnalyzer(inv *inventory.Inventory, ix *inventory.Index, opts Options, actions *Actions) *Analyzer {
	a := &Analyzer{
		inv: inv, ix: ix, opts: opts, actions: actions, paths: readEscalations(escalationsText), places: map[string]int{}, names: map[string]map[string][]*inventory.Resource{},
		attached: map[*inventory.Resource][]attached{}, stray: map[string][]attached{},
		roles: map[*inventory.Resource]*PrincipalAnalysis{}, docs: map[*inventory.Resource]*Document{}, aws: map[string]*Document{}, trusts: map[*inventory.Resource]*Document{}, accounts: map[string]bool{},
	}
	for _, id := range opts.Accounts {
		a.accounts[id] = true
	}
	for typ, property := range nameOf {
		a.names[typ] = map[string][]*inventory.Resource{}
		for _, r := range ix.OfType(typ) {
			if name, ok := r.Get(property).Text(); ok && name != "" && !r.Lookup {
				a.names[typ][name] = append(a.names[typ][name], r)
			}
		}
	}
	for typ, kind := range attachments {
		for _, r := range ix.OfType(typ) {
			if !r.Lookup {
				a.index(r, kind)
			}
		}
	}
	return a
}

// Diags are the problems of the documents that were read so far.
func (a *Analyzer) Diags() diag.List { return a.diags.Sorted() }

// Actions is the table of every action.
func (a *Analyzer) Actions() *Actions { return a.actions }

func (a *Analyzer) index(r *inventory.Resource, kind attachment) {
	for typ, property := range kind.principals {
		v := r.Get(property)
		values := v.List()
		if v.Kind() != inventory.List && !v.IsNull() {
			values = []inventory.Value{v}
		}
		for _, one := range values {
			at := attached{by: r, kind: kind, typ: typ, value: one, unsure: len(r.MaybeAbsent) > 0}
			found := a.follow(r, one, typ)
			at.unsure = at.unsure || len(found) > 1
			for _, principal := range found {
				a.attached[principal] = append(a.attached[principal], at)
			}
			if len(found) == 0 && one.IsUnknown() {
				at.unsure = true
				a.stray[r.Scope] = append(a.stray[r.Scope], at)
			}
		}
	}
}

// follow finds the declared resources of a type that a value means: by reference, through a lookup, by name or by ARN.
func (a *Analyzer) follow(from *inventory.Resource, v inventory.Value, typ string) []*inventory.Resource {
	var out []*inventory.Resource
	for _, r := range a.ix.FollowType(from, v, typ) {
		if r.Lookup {
			out = append(out, a.follow(r, r.Get(nameOf[typ]), typ)...)
			continue
		}
		out = append(out, r)
	}
	if text, ok := v.Text(); ok && len(out) == 0 {
		out = a.named(from.Scope, typ, text)
	}
	slices.SortFunc(out, func(x, y *inventory.Resource) int { return strings.Compare(x.Address, y.Address) })
	return slices.Compact(out)
}

// named finds resources by name or ARN, those of the same scope first.
func (a *Analyzer) named(scope, typ, text string) []*inventory.Resource {
	if strings.HasPrefix(text, "arn:") {
		text = text[strings.LastIndexAny(text, "/:")+1:]
	}
	hits := a.names[typ][text]
	var here []*inventory.Resource
	for _, r := range hits {
		if r.Scope == scope {
			here = append(here, r)
		}
	}
	if len(here) > 0 {
		return here
	}
	return slices.Clone(hits)
}

// policiesOf gathers every policy of a role, user or group.
func (a *Analyzer) policiesOf(r *inventory.Resource) []Policy {
	out := a.inline(r)
	out = append(out, a.byARN(r, r.Get("ManagedPolicyArns"), false)...)
	list := slices.Clone(a.attached[r])
	for _, at := range a.stray[r.Scope] {
		if at.typ == r.Type && a.mayMean(at.value, r) {
			list = append(list, at)
		}
	}
	slices.SortStableFunc(list, func(x, y attached) int { return strings.Compare(x.by.Address, y.by.Address) })
	for _, at := range list {
		out = append(out, a.viaAttachment(at)...)
	}
	for _, group := range a.groupsOf(r) {
		for _, p := range a.policiesOf(group) {
			p.Group = group
			out = append(out, p)
		}
	}
	return out
}

// mayMean reports whether an unknown value may name a principal: nothing says that it is another one.
func (a *Analyzer) mayMean(v inventory.Value, r *inventory.Resource) bool {
	if len(v.Refs()) > 0 { // it names something else of the input
		return false
	}
	return unknownText(v).Overlaps(a.nameText(r)) > No
}

// nameText is the name of a principal as a pattern.
func (a *Analyzer) nameText(r *inventory.Resource) Pattern {
	v := r.Get(nameOf[r.Type])
	if text, ok := v.Text(); ok {
		return exact(text)
	}
	if v.IsUnknown() {
		return unknownText(v)
	}
	return unknownPattern(v)
}

func (a *Analyzer) inline(r *inventory.Resource) []Policy {
	list := r.Get("Policies")
	if list.IsUnknown() {
		return []Policy{openPolicy(Inline, list)}
	}
	var out []Policy
	for _, one := range items(list) {
		if one.IsUnknown() {
			out = append(out, openPolicy(Inline, one))
			continue
		}
		doc := one.Get("PolicyDocument")
		if doc.IsNull() {
			continue
		}
		name, _ := one.Get("PolicyName").Text()
		out = append(out, Policy{Kind: Inline, Name: name, Document: a.parse(r, doc), Resource: r, Attached: one})
	}
	return out
}

// items are the members of a list, or the value itself when it is none.
func items(v inventory.Value) []inventory.Value {
	if v.Kind() == inventory.List {
		return v.List()
	}
	if v.IsNull() {
		return nil
	}
	return []inventory.Value{v}
}

func openPolicy(kind PolicyKind, v inventory.Value) Policy {
	name := v.Partial()
	if text, ok := v.Text(); ok {
		name = text
	}
	return Policy{Kind: kind, Name: name, Document: &Document{Value: v, Open: []inventory.Value{v}}, Attached: v}
}

func (a *Analyzer) viaAttachment(at attached) []Policy {
	if at.kind.arns != "" {
		return a.byARN(at.by, at.by.Get(at.kind.arns), at.unsure)
	}
	kind := Inline
	if at.by.Type == typeManagedPolicy {
		kind = CustomerManaged
	}
	return []Policy{a.declared(at.by, kind, at.value, at.unsure)}
}

// declared is a policy whose document a resource of the input holds.
func (a *Analyzer) declared(r *inventory.Resource, kind PolicyKind, by inventory.Value, unsure bool) Policy {
	doc := a.docs[r]
	if doc == nil {
		doc = a.parse(r, r.Get("PolicyDocument"))
		a.docs[r] = doc
	}
	if unsure || len(r.MaybeAbsent) > 0 {
		copied := *doc
		copied.Unsure = true
		doc = &copied
	}
	return Policy{Kind: kind, Name: r.Name, Document: doc, Resource: r, Attached: by}
}

// parse reads the document of a resource's property; one that only a lookup holds is read there.
func (a *Analyzer) parse(r *inventory.Resource, v inventory.Value) *Document {
	if v.IsUnknown() && v.Partial() == "" {
		if looked := a.ix.FollowType(r, v, typeLookup); len(looked) == 1 {
			if text := looked[0].Get("Json"); !text.IsNull() && !text.IsUnknown() {
				return parseDocument(text, &a.diags)
			}
			if !looked[0].Get("Statement").IsNull() {
				return parseDocument(looked[0].Properties, &a.diags)
			}
		}
	}
	return parseDocument(v, &a.diags)
}

// byARN resolves the ARNs of managed policies.
func (a *Analyzer) byARN(from *inventory.Resource, v inventory.Value, unsure bool) []Policy {
	var out []Policy
	for _, one := range items(v) {
		if !blank(one) {
			out = append(out, a.managed(from, one, unsure)...)
		}
	}
	return out
}

// blank reports whether nothing is set; Terraform's modules say so by an empty text as well.
func blank(v inventory.Value) bool {
	text, ok := v.Text()
	return v.IsNull() || ok && text == ""
}

func (a *Analyzer) managed(from *inventory.Resource, v inventory.Value, unsure bool) []Policy {
	var out []Policy
	found := a.follow(from, v, typeManagedPolicy)
	for _, r := range found {
		out = append(out, a.declared(r, CustomerManaged, v, unsure || len(found) > 1))
	}
	if len(out) > 0 {
		return out
	}
	arn, known := v.Text()
	if !known {
		arn = v.Partial()
	}
	if path, ok := a.managedPath(from, v, arn); ok {
		if doc := a.ofAWS(path); doc != nil {
			doc.Value, doc.Unsure = v, unsure
			return []Policy{{Kind: AWSManaged, Name: path, Document: doc, Attached: v}}
		}
		p := openPolicy(AWSManaged, v)
		p.Name = path
		return []Policy{p}
	}
	return []Policy{openPolicy(CustomerManaged, v)}
}

// ofAWS is a copy of the document of an AWS managed policy, whose statements are read once; nil when the table does not
// hold it. Its statements have no place: see Policy.Attached.
func (a *Analyzer) ofAWS(path string) *Document {
	doc, seen := a.aws[path]
	if !seen {
		doc, _ = managedPolicy(path, diag.Range{})
		a.aws[path] = doc
	}
	if doc == nil {
		return nil
	}
	copied := *doc
	return &copied
}

// managedPath is the path and name of an AWS managed policy that an ARN, or a lookup by name or ARN, gives.
func (a *Analyzer) managedPath(from *inventory.Resource, v inventory.Value, arn string) (string, bool) {
	if path, ok := managedPath(arn); ok {
		return path, true
	}
	for _, r := range a.ix.FollowType(from, v, typeManagedPolicy) {
		for _, property := range []string{"Arn", "PolicyArn"} {
			text, _ := r.Get(property).Text()
			if path, ok := managedPath(text); ok {
				return path, true
			}
		}
		if name, ok := r.Get("ManagedPolicyName").Text(); ok {
			for _, path := range []string{"", "service-role/", "job-function/"} {
				if strings.Contains(managedText, "\n"+path+name+" ") {
					return path + name, true
				}
			}
		}
	}
	return "", false
}

// boundary reads the permissions boundary of a principal; nil when it has none.
func (a *Analyzer) boundary(r *inventory.Resource) *Policy {
	v := r.Get("PermissionsBoundary")
	if blank(v) {
		return nil
	}
	list := a.managed(r, v, false)
	if len(list) != 1 { // one of several
		p := openPolicy(CustomerManaged, v)
		return &p
	}
	return &list[0]
}
