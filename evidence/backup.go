package evidence

import (
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// What can be restored is kept by the service's own backups, or by a plan of AWS Backup whose selections pick the
// resource by its ARN, by a pattern of ARNs, or by its tags. A selection takes what its ARNs allow and its tags allow;
// no ARN allows every one.

const (
	typeSelection = "AWS::Backup::BackupSelection"
	// maxSelections bounds the selections that each workload is held against.
	maxSelections = 200
)

// retention says where a type keeps the days of its own backups, and how many it keeps when nothing is set: by
// CloudFormation and by Terraform.
type retention struct {
	property          string
	unset, unsetInTF  float64
	fileSystemVariant bool
}

// ownBackups are the types with automatic backups of their own.
func ownBackups() map[string]retention {
	return map[string]retention{
		typeDBInstance:                       {property: "BackupRetentionPeriod", unset: 1, unsetInTF: 0},
		typeDBCluster:                        {property: "BackupRetentionPeriod", unset: 1, unsetInTF: 1},
		"AWS::DocDB::DBCluster":              {property: "BackupRetentionPeriod", unset: 1, unsetInTF: 1},
		"AWS::DocDBElastic::Cluster":         {property: "BackupRetentionPeriod", unset: 1, unsetInTF: 1},
		"AWS::Neptune::DBCluster":            {property: "BackupRetentionPeriod", unset: 1, unsetInTF: 1},
		"AWS::Redshift::Cluster":             {property: "AutomatedSnapshotRetentionPeriod", unset: 1, unsetInTF: 1},
		"AWS::ElastiCache::ReplicationGroup": {property: "SnapshotRetentionLimit"},
		"AWS::ElastiCache::CacheCluster":     {property: "SnapshotRetentionLimit"},
		"AWS::ElastiCache::ServerlessCache":  {property: "SnapshotRetentionLimit"},
		"AWS::MemoryDB::Cluster":             {property: "SnapshotRetentionLimit"},
		"AWS::FSx::FileSystem":               {property: "AutomaticBackupRetentionDays", fileSystemVariant: true},
		"AWS::RedshiftServerless::Workgroup": {},
		"AWS::DynamoDB::Table":               {},
		"AWS::S3::Bucket":                    {},
		"AWS::EFS::FileSystem":               {},
		"AWS::DSQL::Cluster":                 {},
		"AWS::Timestream::Table":             {},
		"AWS::Timestream::InfluxDBInstance":  {},
	}
}

// backup derives onus::Backup of the workload's root.
//
// Days is how long the service keeps its own automatic backups, 0 when they are off, null when it has none to set; Plan
// is true when a plan of AWS Backup in the input takes the root.
func (d *Dossier) backup() Part {
	root := d.root()
	if root == nil {
		return Part{}
	}
	keeps, ok := ownBackups()[root.Type]
	if !ok {
		return Part{}
	}
	days, because := daysKept(root, keeps)
	plan, planBecause := d.planned(root)
	value := fact(inventory.Property{Name: "Days", Value: days}, inventory.Property{Name: "Plan", Value: plan})
	about := map[string][]workload.Evidence{"Days": because, "Plan": planBecause}
	return Part{Value: value, About: about, Resources: []*inventory.Resource{root}}
}

func daysKept(root *inventory.Resource, keeps retention) (inventory.Value, []workload.Evidence) {
	if keeps.fileSystemVariant {
		return fileSystemDays(root)
	}
	if keeps.property == "" {
		return inventory.NullValue(root.Origin), nil
	}
	v := root.Get(keeps.property)
	if !v.IsNull() {
		return v, []workload.Evidence{{Property: root.Type + "." + keeps.property, Value: v}}
	}
	days := keeps.unset
	if strings.HasPrefix(root.SourceType, "aws_") {
		days = keeps.unsetInTF
	}
	return inventory.NumberValue(days, root.Origin), []workload.Evidence{{Property: root.Type + "." + keeps.property, Value: v}}
}

// fileSystemDays reads the days of a file system, which stand in the block of its kind. Lustre keeps none unless told.
func fileSystemDays(root *inventory.Resource) (inventory.Value, []workload.Evidence) {
	for _, kind := range []string{"WindowsConfiguration", "OntapConfiguration", "OpenZFSConfiguration", "LustreConfiguration"} {
		property := kind + ".AutomaticBackupRetentionDays"
		if v := root.Get(property); !v.IsNull() {
			return v, []workload.Evidence{{Property: root.Type + "." + property, Value: v}}
		}
	}
	kind, known := root.Get("FileSystemType").Text()
	if !root.Get("LustreConfiguration").IsNull() || kind == "LUSTRE" || root.SourceType == "aws_fsx_lustre_file_system" {
		return inventory.NumberValue(0, root.Origin), nil
	}
	if known || strings.HasPrefix(root.SourceType, "aws_fsx_") {
		// The API keeps 30 days and Terraform's provider 7 or what the API keeps.
		return inventory.NumberValue(7, root.Origin), nil
	}
	return inventory.UnknownValue(root.Origin, inventory.Step{Name: "FileSystemType", Note: "is not known", At: root.Origin}), nil
}

// planned tells whether a selection of AWS Backup takes the root.
func (d *Dossier) planned(root *inventory.Resource) (inventory.Value, []workload.Evidence) {
	result := triFalse
	var why []inventory.Step
	var because []workload.Evidence
	for i, s := range d.g.ix.OfType(typeSelection) {
		if s.Lookup || s.Scope != root.Scope {
			continue
		}
		if i >= maxSelections {
			why = append(why, inventory.Step{Name: typeSelection, Note: "is there too often to look through", At: s.Origin})
			result = result.or(triUnknown)
			break
		}
		switch got := d.selects(s, root); {
		case got == triTrue && len(s.MaybeAbsent) == 0:
			return inventory.BoolValue(true, s.Origin), []workload.Evidence{{Property: typeSelection + ".BackupSelection", Value: inventory.StringValue("selects it", s.Origin)}}
		case got != triFalse:
			result = triUnknown
			why = append(why, inventory.Step{Name: s.Address, Note: "may select it", At: s.Origin})
			because = append(because, workload.Evidence{Property: typeSelection + ".BackupSelection", Value: inventory.UnknownValue(s.Origin, why[len(why)-1])})
		}
	}
	return result.value(root.Origin, why), because
}

// selects holds one selection against a resource.
func (d *Dossier) selects(s, root *inventory.Resource) tri {
	sel := s.Get("BackupSelection")
	if sel.IsUnknown() {
		return triUnknown
	}
	arns := d.selectedByARN(s, sel.Get("Resources"), root)
	if sel.Get("Resources").IsNull() || sel.Get("Resources").Kind() == inventory.List && len(sel.Get("Resources").List()) == 0 {
		arns = triTrue
		if noTags(sel) {
			arns = triFalse
		}
	}
	return arns.and(selectedByTag(sel.Get("ListOfTags"), root)).
		and(selectedByCondition(sel.Get("Conditions"), root)).
		and(d.selectedByARN(s, sel.Get("NotResources"), root).not())
}

func noTags(sel inventory.Value) bool {
	return sel.Get("ListOfTags").IsNull() && sel.Get("Conditions").IsNull()
}

func (t tri) and(u tri) tri { return min(t, u) }
func (t tri) not() tri      { return triTrue - t }

// selectedByARN tells whether one of the ARNs is the root's, by reference or by pattern.
func (d *Dossier) selectedByARN(s *inventory.Resource, list inventory.Value, root *inventory.Resource) tri {
	result := triFalse
	for _, v := range flat(list, 0) {
		if v.IsNull() {
			continue
		}
		if text, ok := v.Text(); ok {
			result = result.or(arnMatches(text, root))
			continue
		}
		to := d.g.ix.Follow(s, v)
		switch {
		case slices.ContainsFunc(to, func(r *inventory.Resource) bool { return r.Scope == root.Scope && r.Address == root.Address }):
			return triTrue
		case len(to) == 0:
			result = result.or(triUnknown)
		}
	}
	return result
}

// arnMatches holds a literal ARN with wildcards against a resource whose ARN is not known: by the service and the kind,
// and by the name when both say one.
func arnMatches(pattern string, root *inventory.Resource) tri {
	if pattern == "*" {
		return triTrue
	}
	kind, ok := backupKinds()[root.Type]
	parts := strings.SplitN(pattern, ":", 6)
	if !ok || len(parts) < 6 {
		return triUnknown
	}
	if !wild(parts[2], kind.service) {
		return triFalse
	}
	rest, cut := strings.CutPrefix(parts[5], kind.prefix)
	switch {
	case parts[5] == "*", cut && rest == "*":
		return triTrue
	case !cut:
		return triFalse
	}
	for _, name := range namesOf(root) {
		if wild(rest, name) {
			return triTrue
		}
	}
	return triUnknown
}

// wild matches a text with a pattern of asterisks. Names of resources hold no slash that a pattern would stop at.
func wild(pattern, text string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(text, "/", "|"))
	return err == nil && ok
}

// arnKind is how the ARN of a type begins after the account.
type arnKind struct{ service, prefix string }

func backupKinds() map[string]arnKind {
	return map[string]arnKind{
		typeDBInstance: {"rds", "db:"}, typeDBCluster: {"rds", "cluster:"}, "AWS::DocDB::DBCluster": {"rds", "cluster:"},
		"AWS::Neptune::DBCluster": {"rds", "cluster:"}, "AWS::DynamoDB::Table": {"dynamodb", "table/"}, "AWS::S3::Bucket": {"s3", ""},
		"AWS::EFS::FileSystem": {"elasticfilesystem", "file-system/"}, "AWS::FSx::FileSystem": {"fsx", "file-system/"},
		"AWS::Redshift::Cluster": {"redshift", "cluster:"}, "AWS::Timestream::Table": {"timestream", "database/"},
		"AWS::DSQL::Cluster": {"dsql", "cluster/"},
	}
}

// selectedByTag tells whether the root has one of the tags; a list that is not set asks for none.
func selectedByTag(list inventory.Value, root *inventory.Resource) tri {
	if list.IsNull() {
		return triTrue
	}
	result := triFalse
	for _, want := range flat(list, 0) {
		result = result.or(hasTag(root, want, wantSame))
	}
	return result
}

// selectedByCondition tells whether the root's tags meet every condition.
func selectedByCondition(conditions inventory.Value, root *inventory.Resource) tri {
	result := triTrue
	for _, c := range []struct {
		name    string
		compare func(want, have string) bool
		negate  bool
	}{{"StringEquals", wantSame, false}, {"StringLike", wild, false}, {"StringNotEquals", wantSame, true}, {"StringNotLike", wild, true}} {
		for _, want := range flat(conditions.Get(c.name), 0) {
			if want.IsNull() {
				continue
			}
			got := hasTag(root, want, c.compare)
			if c.negate {
				got = got.not()
			}
			result = result.and(got)
		}
	}
	if conditions.IsUnknown() {
		return triUnknown
	}
	return result
}

func wantSame(want, have string) bool { return want == have }

// hasTag tells whether the root has a tag that a condition asks for.
func hasTag(root *inventory.Resource, want inventory.Value, same func(want, have string) bool) tri {
	key, okKey := want.Get("ConditionKey").Text()
	value, okValue := want.Get("ConditionValue").Text()
	if !okKey || !okValue {
		return triUnknown
	}
	key = strings.TrimPrefix(key, "aws:ResourceTag/")
	tags := backupTags(root)
	if tags.IsUnknown() {
		return triUnknown
	}
	result := triFalse
	add := func(name string, v inventory.Value) {
		if name != key {
			return
		}
		if text, ok := v.Text(); ok {
			if same(value, text) {
				result = triTrue
			}
			return
		}
		result = result.or(triUnknown)
	}
	for _, t := range tags.List() {
		name, ok := t.Get("Key").Text()
		if !ok {
			result = result.or(triUnknown)
			continue
		}
		add(name, t.Get("Value"))
	}
	for _, p := range tags.Properties() {
		add(p.Name, p.Value)
	}
	return result
}

// backupTags are the tags of a resource under the name that its type has for them.
func backupTags(r *inventory.Resource) inventory.Value {
	for _, name := range []string{"Tags", "FileSystemTags", "BackupVaultTags"} {
		if v := r.Get(name); !v.IsNull() {
			return v
		}
	}
	return inventory.Value{}
}
