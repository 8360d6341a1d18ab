package serverless

import (
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// resource is one resource of the template being made.
type resource struct {
	id, typ   string
	from      *node
	props     *node
	condition *node
}

// add adds a resource; one that is there already stays.
func (s *service) add(id, typ string, from, props *node) *resource {
	if r := s.resources[id]; r != nil {
		return r
	}
	r := &resource{id: id, typ: typ, from: from, props: props}
	s.resources[id] = r
	s.order = append(s.order, id)
	return r
}

// section resolves a top-level section.
func (s *service) section(name string) *node { return s.node(s.doc.Get(name)) }

// text makes a text with variables, resolved: "${self:service}-${sls:stage}".
func (s *service) text(from *node, text string) *node { return s.node(document.TextAt(from, text)) }

// expand makes the template of the service.
func (s *service) expand() *node {
	s.pack = s.section("package")
	s.plugins()
	s.deploymentBucket()
	s.layers()
	all := s.allFunctions()
	shared := false
	for _, f := range all {
		shared = s.function(f) || shared
	}
	for _, f := range all {
		s.events(f)
	}
	if shared {
		s.role(all)
	}
	s.finishAPIs()
	s.finishBuckets()
	return s.template()
}

// function is one entry of `functions`.
type function struct {
	name string
	// id begins every logical id; logical is the function's own.
	id, logical string
	from, def   *node
	// alias is the name of the alias that events invoke, empty for the function itself.
	alias string
	// counts numbers events of a kind.
	counts map[string]int
}

// allFunctions lists the functions: a map, or a list of maps.
func (s *service) allFunctions() []*function {
	n := s.section("functions")
	var out []*function
	for _, m := range n.List() {
		if s.unknown(m) || m.Kind != document.Map {
			s.diags.Skipf(s.at(m), "Functions not read", "Functions are a map from names; here they cannot be told (%s). They are not in the answer.", s.why(m))
			continue
		}
		for _, f := range m.Fields {
			from := &node{Line: f.Line, Col: f.Col}
			def := f.Value
			if !def.IsSet() || def.Kind != document.Map && !s.unknown(def) {
				s.diags.Errorf(s.at(from), "Function without content", "%s is to be a map with a handler or an image; this is %s. It is left out.", diag.Clip(f.Name, maxClip), kindOf(def))
				continue
			}
			if f.Name == "" {
				continue
			}
			id := functionID(f.Name)
			out = append(out, &function{name: f.Name, id: id, logical: id + "LambdaFunction", from: from, def: def, counts: map[string]int{}})
		}
	}
	return out
}

func kindOf(n *node) document.Kind {
	if n == nil {
		return document.Null
	}
	return n.Kind
}

// why says in words what keeps a node from being told.
func (s *service) why(n *node) string {
	if m := s.notes[n]; m != nil {
		var names []string
		for _, step := range m.Unresolved {
			names = append(names, step.Name+": "+step.Note)
		}
		if len(names) > 0 {
			return diag.Clip(strings.Join(names, "; "), maxClip)
		}
	}
	return n.Kind.String()
}

// generators are top-level sections that a plugin makes resources of, with the plugin.
var generators = []struct{ section, plugin string }{
	{"stepFunctions", "serverless-step-functions"}, {"appSync", "serverless-appsync-plugin"}, {"constructs", "serverless-lift"},
}

// plugins names the plugins, which are not run.
func (s *service) plugins() {
	n := s.section("plugins")
	var names []string
	list := n
	if n != nil && n.Kind == document.Map {
		list = n.Get("modules")
	}
	for _, p := range list.List() {
		if name := p.Str(); name != "" && len(names) < 20 {
			names = append(names, diag.Clip(name, maxClip))
		}
	}
	if len(names) > 0 {
		s.diags.Add(diag.Diagnostic{Severity: diag.Note, Summary: "Plugins not run", Range: s.at(n),
			Detail: "The service names " + strings.Join(names, ", ") + ". What a plugin adds or changes when the service is packaged is not in the answer; `serverless package` writes the whole template to .serverless/."})
	}
	for _, g := range generators {
		if n := s.doc.Get(g.section); n.IsSet() {
			s.diags.Skipf(s.at(n), "Section of a plugin not read", "%s makes resources of %s when the service is packaged; they are not in the answer. Run `serverless package` and give .serverless/cloudformation-template-update-stack.json.", g.plugin, g.section)
		}
	}
}

// unversioned is the condition of what only some versions of the framework make.
const unversioned = "ServerlessFrameworkBefore4"

// deploymentBucket adds the bucket that the framework uploads to, unless the service names one. Version 4 shares one
// bucket among all services of an account, which no service owns.
func (s *service) deploymentBucket() {
	if s.provider.Get("deploymentBucket").IsSet() {
		name := s.provider.Get("deploymentBucket")
		if name.Kind != document.Map || name.Get("name").IsSet() {
			return
		}
	}
	version := s.section("frameworkVersion")
	r := &resource{id: bucketID, typ: "AWS::S3::Bucket", from: s.provider}
	switch major := majorOf(version.Str()); {
	case s.unknown(version) || major == 0:
		r.condition = document.TextAt(s.provider, unversioned)
	case major >= 4:
		return
	}
	r.props = mapAt(s.provider, "BucketEncryption", mapAt(s.provider, "ServerSideEncryptionConfiguration",
		document.ListAt(s.provider, mapAt(s.provider, "ServerSideEncryptionByDefault", mapAt(s.provider, "SSEAlgorithm", document.TextAt(s.provider, "AES256"))))))
	s.resources[r.id] = r
	s.order = append(s.order, r.id)
}

const bucketID = "ServerlessDeploymentBucket"

// majorOf reads the highest major version that a range such as ">=2.0.0 <4.0.0" or "3" names the beginning of; 0 when it
// leaves open whether that is before 4.
func majorOf(version string) int {
	fields := strings.FieldsFunc(version, func(c rune) bool { return c == ' ' || c == '|' || c == ',' })
	major := 0
	for _, f := range fields {
		digits := strings.TrimLeft(f, "^~>=<v")
		if digits == "" || digits[0] < '1' || digits[0] > '9' {
			return 0
		}
		m := int(digits[0] - '0')
		if len(digits) > 1 && digits[1] != '.' && digits[1] != '-' {
			return 0
		}
		switch {
		case strings.HasPrefix(f, "<") && m <= 4:
			return min(m, 3)
		case strings.HasPrefix(f, ">"):
			major = 0
		default:
			major = max(major, m)
		}
	}
	return major
}

// layers adds the layers of the service.
func (s *service) layers() {
	n := s.section("layers")
	for _, f := range fieldsOf(n) {
		from := &node{Line: f.Line, Col: f.Col}
		if s.unknown(f.Value) || f.Value == nil || f.Value.Kind != document.Map {
			continue
		}
		id := functionID(f.Name) + "LambdaLayer"
		name := f.Value.Get("name")
		if !name.IsSet() {
			name = document.TextAt(from, f.Name)
		}
		s.add(id, "AWS::Lambda::LayerVersion", from, mapAt(from,
			"Content", s.uploaded(from, f.Name+".zip"), "LayerName", name, "Description", f.Value.Get("description"),
			"CompatibleRuntimes", f.Value.Get("compatibleRuntimes"), "CompatibleArchitectures", f.Value.Get("compatibleArchitectures"),
			"LicenseInfo", f.Value.Get("licenseInfo")))
		if dir := f.Value.Get("path"); dir.Str() != "" && !s.unknown(dir) {
			s.asset(id, "code", dir.Str(), dir)
		}
	}
}

// uploaded is where the framework puts a package.
func (s *service) uploaded(from *node, file string) *node {
	bucket := s.provider.Get("deploymentBucket")
	if bucket != nil && bucket.Kind == document.Map && !isCall(bucket) {
		bucket = bucket.Get("name")
	}
	if !bucket.IsSet() {
		bucket = ref(from, bucketID)
		if s.resources[bucketID] == nil {
			bucket = s.unknownAt(from, "", inventory.Step{Name: "deployment bucket", Note: "shared by the services of the account", At: s.at(from)})
		}
	}
	return mapAt(from, "S3Bucket", bucket, "S3Key", document.TextAt(from, "serverless/"+file))
}

// The helpers below build nodes placed where from is.

// mapAt makes a map of names and values; what is not set is left out.
func mapAt(from *node, pairs ...any) *node {
	fields := make([]field, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		v, _ := pairs[i+1].(*node)
		fields = append(fields, field{Name: pairs[i].(string), Value: v})
	}
	return document.MapAt(from, fields...)
}

func textAt(from *node, s string) *node { return document.TextAt(from, s) }

// textLike makes a text that follows from another node, and rests on what that rests on.
func (s *service) textLike(from *node, text string) *node {
	n := textAt(from, text)
	if m := s.notes[from]; m != nil {
		s.notes[n] = m
	}
	return n
}

func ref(from *node, id string) *node { return mapAt(from, "Ref", textAt(from, id)) }

func getAtt(from *node, id, attr string) *node {
	return mapAt(from, "Fn::GetAtt", document.ListAt(from, textAt(from, id), textAt(from, attr)))
}

func sub(from *node, text string) *node { return mapAt(from, "Fn::Sub", textAt(from, text)) }

// isCall reports whether n is a function of CloudFormation.
func isCall(n *node) bool {
	return n != nil && n.Kind == document.Map && len(n.Fields) == 1 && (n.Fields[0].Name == "Ref" || strings.HasPrefix(n.Fields[0].Name, "Fn::"))
}

// fieldsOf returns the fields of a map, nil for anything else.
func fieldsOf(n *node) []field {
	if n == nil || n.Kind != document.Map || isCall(n) {
		return nil
	}
	return n.Fields
}

// no reports whether n is false.
func no(n *node) bool { return n != nil && n.Kind == document.Bool && n.Text == "false" }

// choose returns the first node that is set.
func choose(nodes ...*node) *node {
	for _, n := range nodes {
		if n.IsSet() {
			return n
		}
	}
	return nil
}
