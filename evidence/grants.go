package evidence

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// publicGroups are the grantees of S3 that stand for everyone, and for everyone with an account of AWS.
var publicGroups = []string{
	"http://acs.amazonaws.com/groups/global/AllUsers",
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

// grantees are where Terraform writes whom an ACL lets in, beside the canned ACLs that CloudFormation has too: in the
// bucket, and in the ACL that is laid over it.
var grantees = []string{"Grant.Uri", "AccessControlPolicy.Grant.Grantee.Uri"}

// grants derives onus::Grants of a bucket: whether a grant of its ACL is to everyone.
func (d *Dossier) grants() Part {
	bucket := d.ofType("AWS::S3::Bucket")
	if bucket == nil {
		return Part{}
	}
	result, why := triFalse, []inventory.Step(nil)
	var because []workload.Evidence
	for _, path := range grantees {
		for _, v := range below(bucket.Properties, path) {
			text, known := v.Text()
			switch {
			case known && slices.Contains(publicGroups, text):
				result = triTrue
			case v.IsUnknown():
				result, why = result.or(triUnknown), append(why, v.Unresolved()...)
			default:
				continue
			}
			because = append(because, workload.Evidence{Property: bucket.Type + "." + path, Value: v})
		}
	}
	value := fact(inventory.Property{Name: "Everyone", Value: result.value(bucket.Origin, why)})
	return Part{Value: value, Because: because, Resources: []*inventory.Resource{bucket}}
}
