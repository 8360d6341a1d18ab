package triage

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/shipped"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/workload"
)

// Estate is what the given paths hold. Allocated has the workloads of Found in the same order.
type Estate struct {
	Inventory *inventory.Inventory
	Index     *inventory.Index
	Found     []workload.Workload
	Allocated []allocation.Workload
	// Paths are the paths as given.
	Paths []string
}

// joint is a workload that a finding was joined with.
type joint struct {
	workload int
	// resource is what a misconfiguration is about; nil when only the workload is known.
	resource *inventory.Resource
	how      string
}

// joiner finds the workloads of findings.
type joiner struct {
	*Estate
	// images and files hold the workloads by the name of an image target and by the absolute path of a file.
	images, files map[string][]joint
	// byFile are the resources by the absolute path of the file that declares them; byAddress by their address.
	byFile, byAddress map[string][]*inventory.Resource
	// members are the workloads that a resource is a part of.
	members map[*inventory.Resource][]int
}

// newJoiner joins images and files of all findings with the workloads in one go; e may be nil.
func newJoiner(e *Estate, found []Finding) *joiner {
	j := &joiner{
		Estate: e, images: map[string][]joint{}, files: map[string][]joint{}, byFile: map[string][]*inventory.Resource{},
		byAddress: map[string][]*inventory.Resource{}, members: map[*inventory.Resource][]int{},
	}
	if e == nil {
		return j
	}
	for _, r := range e.Inventory.Resources {
		file := absolute(r.Origin.Path)
		j.byFile[file] = append(j.byFile[file], r)
		j.byAddress[r.Address] = append(j.byAddress[r.Address], r)
	}
	for i := range e.Found {
		for _, r := range partsOf(&e.Found[i]) {
			if !slices.Contains(j.members[r], i) {
				j.members[r] = append(j.members[r], i)
			}
		}
	}
	j.ship(found)
	return j
}

// partsOf are the declared resources of a workload: its root and its parts.
func partsOf(w *workload.Workload) []*inventory.Resource {
	out := []*inventory.Resource{w.Root}
	for _, p := range w.Parts {
		if p.Resource != nil && !strings.HasPrefix(p.Resource.Type, "onus::") {
			out = append(out, p.Resource)
		}
	}
	return out
}

// ship asks package shipped which workloads run the images, and are made of the files, that findings are about: an image
// is an artifact without content, and every file a package without a name in one directory that holds all.
func (j *joiner) ship(found []Finding) {
	inv := &software.Inventory{}
	images := map[*software.Artifact]string{}
	seen := map[string]bool{}
	all := &software.Artifact{Kind: software.Directory, Path: "/"}
	for i := range found {
		f := &found[i]
		if t := &f.Target; t.Kind == Image && t.key() != "" && !seen[t.key()] {
			seen[t.key()] = true
			a := &software.Artifact{Kind: software.Image, Path: "/:image:", Names: referencesOf(t), Digests: t.digests}
			images[a] = t.key()
			inv.Artifacts = append(inv.Artifacts, a)
		}
		if f.Location.Path == "" || f.Kind == Misconfiguration {
			continue
		}
		for _, file := range j.candidates(&f.Location) {
			if key := f.ecosystem() + "\x00" + file; !seen[key] {
				seen[key] = true
				all.Packages = append(all.Packages, software.Package{Ecosystem: f.ecosystem(), Location: software.Location{Path: strings.TrimPrefix(file, "/")}})
			}
		}
	}
	all.Sort()
	if len(all.Packages) > 0 {
		inv.Artifacts = append(inv.Artifacts, all)
	}
	if len(inv.Artifacts) == 0 {
		return
	}
	linker := shipped.New(inv, j.Index)
	for i := range j.Found {
		for _, part := range linker.Of(&j.Found[i]).Parts {
			to := joint{workload: i, how: string(part.How) + ", " + part.Because.Property}
			if name, ok := images[part.Artifact]; ok {
				j.images[name] = addJoint(j.images[name], to)
				continue
			}
			for _, p := range part.Packages() {
				file := "/" + p.Location.Path
				j.files[file] = addJoint(j.files[file], to)
			}
		}
	}
}

// key identifies an image target.
func (t *Target) key() string { return strings.Join(slices.Concat(t.refs, t.digests), " ") }

// referencesOf are the references of an image that name a tag or a digest; one without either means latest.
func referencesOf(t *Target) []string {
	var out []string
	for _, r := range t.refs {
		if !strings.ContainsAny(r, ":@") {
			r += ":latest"
		}
		out = append(out, r)
	}
	return out
}

// ecosystem is OSV's name for the finding's kind of package.
func (f *Finding) ecosystem() string {
	if f.Package == nil {
		return ""
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(f.Package.PURL, "pkg:"), "/")
	return first(software.EcosystemOf(kind), f.Package.Ecosystem)
}

func addJoint(to []joint, one joint) []joint {
	if slices.ContainsFunc(to, func(x joint) bool { return x.workload == one.workload }) {
		return to
	}
	return append(to, one)
}

func absolute(name string) string {
	abs, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return name
	}
	return filepath.ToSlash(abs)
}

// candidates are the absolute paths that a location may mean: a report names files from where the tool was run, or from
// what it was given, and rarely says which.
func (j *joiner) candidates(l *Location) []string {
	var out []string
	add := func(parts ...string) {
		if p := absolute(path.Join(parts...)); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if l.base != "" {
		add(l.base, l.Path)
	}
	if path.IsAbs(l.Path) {
		add(l.Path)
	}
	for _, p := range j.Paths {
		add(p, l.Path)
	}
	add(l.Path)
	return out
}

// of finds the workloads of a finding.
func (j *joiner) of(f *Finding) []joint {
	if j.Estate == nil {
		return nil
	}
	switch f.Kind {
	case Misconfiguration, Secret, Weakness:
		if r, how := j.resource(f); r != nil {
			return j.holding(r, how)
		}
	default:
		if f.Location.Address != "" {
			if r, how := j.addressed(f.Location.Address, j.byAddress[f.Location.Address]); r != nil {
				return j.holding(r, how)
			}
		}
	}
	if f.Target.Kind == Image {
		return j.images[f.Target.key()]
	}
	if f.Location.Path != "" {
		for _, file := range j.candidates(&f.Location) {
			if list := j.files[file]; len(list) > 0 {
				return list
			}
		}
	}
	return j.named(f.Target.Name)
}

// resource finds what a misconfiguration is about: by file and address, by file and line, or by the address alone when
// only one resource has it.
func (j *joiner) resource(f *Finding) (*inventory.Resource, string) {
	l := &f.Location
	if l.Path == "" {
		return j.addressed(l.Address, j.byAddress[l.Address])
	}
	list := j.inFile(l)
	if r, how := j.addressed(l.Address, list); r != nil {
		return r, how
	}
	var best *inventory.Resource
	for _, r := range list {
		if r.Origin.Line <= l.Line && l.Line > 0 && (best == nil || r.Origin.Line > best.Origin.Line) {
			best = r
		}
	}
	if best != nil {
		return best, "file and line"
	}
	return nil, ""
}

// addressed picks the one resource of a list with an address, whose key may be left out.
func (j *joiner) addressed(address string, list []*inventory.Resource) (*inventory.Resource, string) {
	if address == "" {
		return nil, ""
	}
	var one *inventory.Resource
	for _, r := range list {
		switch {
		case r.Address == address:
		case inventory.WithoutKey(r.Address) == inventory.WithoutKey(address), strings.HasSuffix(r.Address, "."+address):
		default:
			continue
		}
		if one != nil && inventory.WithoutKey(one.Address) != inventory.WithoutKey(r.Address) {
			return nil, ""
		}
		one = firstOf(one, r)
	}
	return one, "address"
}

func firstOf(a, b *inventory.Resource) *inventory.Resource {
	if a != nil {
		return a
	}
	return b
}

// inFile are the resources of the file that a location means: one of its candidates, or the only file of the input whose
// path ends in it.
func (j *joiner) inFile(l *Location) []*inventory.Resource {
	for _, c := range j.candidates(l) {
		if list := j.byFile[c]; len(list) > 0 {
			return list
		}
	}
	var out []*inventory.Resource
	end := "/" + strings.TrimPrefix(path.Clean(l.Path), "/")
	n := 0
	for file, list := range j.byFile {
		if strings.HasSuffix(file, end) {
			out = list
			n++
		}
	}
	if n != 1 {
		return nil
	}
	return out
}

// holding are the workloads that a resource is a part of, or that it refers to and configures.
func (j *joiner) holding(r *inventory.Resource, how string) []joint {
	var out []joint
	for _, i := range j.members[r] {
		out = append(out, joint{i, r, how})
	}
	if len(out) > 0 {
		return out
	}
	for _, to := range j.Index.Follow(r, r.Properties) {
		for _, i := range j.members[to] {
			if j.Found[i].Root == to {
				out = addJoint(out, joint{i, r, how + ", by reference"})
			}
		}
	}
	if len(out) == 0 {
		out = append(out, joint{-1, r, how})
	}
	return out
}

// arnTypes are the beginnings of CloudFormation types by the service of an ARN.
var arnTypes = map[string][]string{
	"lambda": {"AWS::Lambda::Function"}, "s3": {"AWS::S3::Bucket"}, "rds": {"AWS::RDS::"}, "ecs": {"AWS::ECS::"}, "eks": {"AWS::EKS::"},
	"ec2": {"AWS::EC2::"}, "dynamodb": {"AWS::DynamoDB::"}, "sqs": {"AWS::SQS::"}, "sns": {"AWS::SNS::"}, "kms": {"AWS::KMS::"},
	"elasticloadbalancing": {"AWS::ElasticLoadBalancing"}, "ecr": {"AWS::ECR::"}, "elasticache": {"AWS::ElastiCache::"},
	"es": {"AWS::OpenSearchService::", "AWS::Elasticsearch::"}, "kafka": {"AWS::MSK::"}, "elasticfilesystem": {"AWS::EFS::"},
	"apprunner": {"AWS::AppRunner::"}, "elasticbeanstalk": {"AWS::ElasticBeanstalk::"}, "batch": {"AWS::Batch::"},
	"sagemaker": {"AWS::SageMaker::"}, "states": {"AWS::StepFunctions::"}, "codebuild": {"AWS::CodeBuild::"}, "redshift": {"AWS::Redshift::"},
	"cloudfront": {"AWS::CloudFront::"}, "apigateway": {"AWS::ApiGateway"}, "cognito-idp": {"AWS::Cognito::"}, "mq": {"AWS::AmazonMQ::"},
}

// named finds workloads by an ARN or an instance's id: a resource of the service with a property that names it.
func (j *joiner) named(arn string) []joint {
	prefixes, name := []string{"AWS::EC2::Instance"}, arn
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		prefixes, name = arnTypes[parts[2]], arnName(parts[2], parts[5])
	} else if !strings.HasPrefix(arn, "i-") {
		return nil
	}
	var out []joint
	for i := range j.Found {
		for _, r := range partsOf(&j.Found[i]) {
			if hasPrefix(r.Type, prefixes) && identifies(r, name, arn) && (r == j.Found[i].Root || isTaskOrCluster(r.Type)) {
				out = addJoint(out, joint{i, r, "name"})
			}
		}
	}
	return out
}

func isTaskOrCluster(typ string) bool {
	return typ == "AWS::ECS::TaskDefinition" || typ == "AWS::EKS::Cluster"
}

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// arnName is the name in the last part of an ARN: "function:NAME:VERSION", "task-definition/NAME:3", "db:NAME".
func arnName(service, resource string) string {
	switch service {
	case "lambda":
		if parts := strings.Split(resource, ":"); len(parts) > 1 {
			return parts[1]
		}
	case "elasticloadbalancing":
		if parts := strings.Split(resource, "/"); len(parts) > 2 {
			return parts[len(parts)-2]
		}
	case "ecs":
		name := lastOf(resource, "/")
		if strings.HasPrefix(resource, "task-definition/") {
			name, _, _ = strings.Cut(name, ":")
		}
		return name
	}
	return resource[strings.LastIndexAny(resource, ":/")+1:]
}

// identifies reports whether a known top-level property that names a resource has the name.
func identifies(r *inventory.Resource, name, arn string) bool {
	if name == "" {
		return false
	}
	for _, p := range r.Properties.Properties() {
		for _, end := range []string{"Name", "Identifier", "Id", "Family", "Arn"} {
			if s, ok := p.Value.Text(); ok && strings.HasSuffix(p.Name, end) && (s == name || s == arn) {
				return true
			}
		}
	}
	return false
}
