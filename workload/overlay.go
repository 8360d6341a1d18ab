package workload

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Terraform keeps in resources of their own what CloudFormation keeps in one: the versioning of a bucket, the policy of
// a key. Such a resource is laid over the one that it belongs to, so that a part is seen whole and each property keeps
// the place that it was written at. The name table gives these types the property paths of their owner.

// owner says whose properties a type holds and by which property it names the owner.
type owner struct{ typ, ref string }

const (
	typeBucket     = "AWS::S3::Bucket"
	typeFileSystem = "AWS::EFS::FileSystem"
	typeRepository = "AWS::ECR::Repository"
	typeKey        = "AWS::KMS::Key"
	typeQueue      = "AWS::SQS::Queue"
	typeTopic      = "AWS::SNS::Topic"
	typeDomain     = "AWS::OpenSearchService::Domain"
	typeOldDomain  = "AWS::Elasticsearch::Domain"
	typeRestAPI    = "AWS::ApiGateway::RestApi"
)

// overlays are the types that are laid over their owner.
var overlays = map[string]owner{
	"AWS::S3::BucketAccelerateConfiguration":           {typeBucket, "Bucket"},
	"AWS::S3::BucketAcl":                               {typeBucket, "Bucket"},
	"AWS::S3::BucketCorsConfiguration":                 {typeBucket, "Bucket"},
	"AWS::S3::BucketLifecycleConfiguration":            {typeBucket, "Bucket"},
	"AWS::S3::BucketLogging":                           {typeBucket, "Bucket"},
	"AWS::S3::BucketNotification":                      {typeBucket, "Bucket"},
	"AWS::S3::BucketObjectLockConfiguration":           {typeBucket, "Bucket"},
	"AWS::S3::BucketOwnershipControls":                 {typeBucket, "Bucket"},
	"AWS::S3::BucketPublicAccessBlock":                 {typeBucket, "Bucket"},
	"AWS::S3::BucketReplicationConfiguration":          {typeBucket, "Bucket"},
	"AWS::S3::BucketServerSideEncryptionConfiguration": {typeBucket, "Bucket"},
	"AWS::S3::BucketVersioning":                        {typeBucket, "Bucket"},
	"AWS::S3::BucketWebsiteConfiguration":              {typeBucket, "Bucket"},
	"AWS::EFS::BackupPolicy":                           {typeFileSystem, "FileSystemId"},
	"AWS::EFS::FileSystemPolicy":                       {typeFileSystem, "FileSystemId"},
	"AWS::EFS::ReplicationConfiguration":               {typeFileSystem, "SourceFileSystemId"},
	"AWS::ECR::LifecyclePolicy":                        {typeRepository, "Repository"},
	"AWS::ECR::RepositoryPolicy":                       {typeRepository, "Repository"},
	"AWS::KMS::KeyPolicy":                              {typeKey, "KeyId"},
	"AWS::SQS::QueueRedrivePolicy":                     {typeQueue, "QueueUrl"},
	"AWS::SQS::QueueRedriveAllowPolicy":                {typeQueue, "QueueUrl"},
	"AWS::OpenSearchService::DomainPolicy":             {typeDomain, "DomainName"},
	"AWS::Elasticsearch::DomainPolicy":                 {typeOldDomain, "DomainName"},
	"AWS::ApiGateway::RestApiPolicy":                   {typeRestAPI, "RestApiId"},
	typeProviderLink:                                   {typeCluster, "Cluster"},
	"AWS::EMR::ManagedScalingPolicy":                   {typeEMRCluster, "ClusterId"},
	"AWS::Lightsail::InstancePublicPorts":              {"AWS::Lightsail::Instance", "InstanceName"},
	"AWS::Backup::VaultLockConfiguration":              {"AWS::Backup::BackupVault", "BackupVaultName"},
	"AWS::Redshift::Logging":                           {"AWS::Redshift::Cluster", "ClusterIdentifier"},
}

// notLaid are properties of an overlay that say what it belongs to, not what the owner is like.
var notLaid = []string{"ExpectedBucketOwner", "Id", "Region"}

// layer is a resource that belongs to an owner. why is set when it may belong to another one or not exist.
type layer struct {
	from *inventory.Resource
	why  []inventory.Step
}

// indexOverlays notes the overlays of each owner.
func (f *finder) indexOverlays() {
	f.layersOf = f.indexLayers(overlays)
	f.views = map[*inventory.Resource]*inventory.Resource{}
}

// indexLayers finds what belongs to each owner by a table of types, in the order of their addresses.
func (f *finder) indexLayers(table map[string]owner) map[*inventory.Resource][]layer {
	out := map[*inventory.Resource][]layer{}
	for typ, to := range table {
		for _, r := range f.ix.OfType(typ) {
			if r.Lookup {
				continue
			}
			l := f.ownerOf(r, to)
			for _, o := range l.all {
				if !o.Lookup {
					out[o] = append(out[o], layer{r, uncertain(r, o, l)})
				}
			}
		}
	}
	for _, layers := range out {
		slices.SortFunc(layers, func(a, b layer) int {
			return cmp.Or(strings.Compare(a.from.Scope, b.from.Scope), strings.Compare(a.from.Address, b.from.Address))
		})
	}
	return out
}

// ownerOf follows an overlay to its owner; code often names the owner by way of another overlay.
func (f *finder) ownerOf(r *inventory.Resource, to owner) link {
	ref := r.Get(to.ref)
	l := f.follow(r, ref, to.typ)
	if len(l.all) > 0 {
		return l
	}
	for _, other := range f.ix.Follow(r, ref) {
		if via, ok := overlays[other.Type]; ok && via.typ == to.typ && other != r {
			return f.follow(other, other.Get(via.ref), to.typ)
		}
	}
	return l
}

// uncertain says what keeps an overlay from surely being there and belonging to its owner. What decides about both of
// them is no reason.
func uncertain(r, owner *inventory.Resource, l link) []inventory.Step {
	if !l.sure && len(l.why) > 0 {
		return l.why
	}
	for _, s := range r.MaybeAbsent {
		if !slices.Contains(owner.MaybeAbsent, s) {
			return r.MaybeAbsent
		}
	}
	return nil
}

// whole returns a resource with its overlays laid over it; the resource itself when it has none.
func (f *finder) whole(r *inventory.Resource) *inventory.Resource {
	layers := f.layersOf[r]
	if r == nil || len(layers) == 0 {
		return r
	}
	if v := f.views[r]; v != nil {
		return v
	}
	var props []inventory.Property
	props = append(props, r.Properties.Properties()...)
	laid := map[string]bool{}
	for _, l := range layers {
		for _, p := range l.from.Properties.Properties() {
			if p.Name == overlays[l.from.Type].ref || slices.Contains(notLaid, p.Name) {
				continue
			}
			props = append(props, inventory.Property{Name: p.Name, Value: l.value(p, laid[p.Name])})
			laid[p.Name] = true
		}
	}
	view := *r
	view.Properties = inventory.MapValue(props, r.Origin)
	f.views[r] = &view
	return &view
}

// value is the value of a property once the layer is laid: its own, or unknown when the layer may not be there or
// another layer says the same property.
func (l layer) value(p inventory.Property, again bool) inventory.Value {
	why := l.why
	if again && len(why) == 0 {
		why = []inventory.Step{{Name: p.Name, Note: "is set by several resources", At: l.from.Origin}}
	}
	if len(why) == 0 {
		return p.Value
	}
	return inventory.UnknownValue(p.Value.Origin(), why...)
}

// wholeParts lays the overlays over every part of a workload.
func (f *finder) wholeParts(w Workload) Workload {
	for role, p := range w.Parts {
		if view := f.whole(p.Resource); view != p.Resource {
			p.Resource = view
			w.Parts[role] = p
		}
	}
	return w
}

// attachments are resources that stay parts of their own beside a root, in both languages: by the type of the root, the
// role, and the type and property that name the root.
var attachments = map[string][]struct{ role, typ, ref string }{
	typeBucket:   {{"policy", "AWS::S3::BucketPolicy", "Bucket"}},
	typeQueue:    {{"policy", "AWS::SQS::QueuePolicy", "Queues"}},
	typeTopic:    {{"policy", "AWS::SNS::TopicPolicy", "Topics"}},
	typeFunction: {{"url", "AWS::Lambda::Url", "TargetFunctionArn"}},
}

// indexAttachments notes what is attached to each root, by role.
func (f *finder) indexAttachments() {
	f.attached = map[*inventory.Resource]map[string]Part{}
	for typ, list := range attachments {
		for _, a := range list {
			for _, r := range f.ix.OfType(a.typ) {
				if !r.Lookup {
					f.attach(r, a.role, a.ref, typ)
				}
			}
		}
	}
}

// attach files r as the part of each root that it names, or may name. Of several the first is the part when it is sure.
func (f *finder) attach(r *inventory.Resource, role, ref, typ string) {
	for _, v := range members(r.Get(ref)) {
		l := f.follow(r, v, typ)
		for _, root := range l.all {
			if root.Lookup {
				continue
			}
			if f.attached[root] == nil {
				f.attached[root] = map[string]Part{}
			}
			before, had := f.attached[root][role]
			why := uncertain(r, root, l)
			switch {
			case had && !before.Unknown:
			case len(why) == 0:
				f.attached[root][role] = Part{Resource: r}
			case !had:
				f.attached[root][role] = Part{Unknown: true, Why: why}
			}
		}
	}
}

// addAttached adds what is attached to a root to its parts.
func (f *finder) addAttached(parts map[string]Part, root *inventory.Resource) {
	for role, p := range f.attached[root] {
		parts[role] = p
	}
}
