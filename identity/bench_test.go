package identity

import (
	"fmt"
	"testing"

	"github.com/onus-dev/onus/inventory"
)

// BenchmarkTable reads the whole table of actions, as a policy that allows everything makes a run do once.
func BenchmarkTable(b *testing.B) {
	for b.Loop() {
		indexActions(actionsText).all()
	}
}

// BenchmarkEvaluate answers one request to a role with two policies.
func BenchmarkEvaluate(b *testing.B) {
	set := PolicySet{Identity: []*Document{statements(b, ownBucket), statements(b, allowS3+","+denyDelete)}}
	req := Request{Action: "s3:DeleteObject", Resource: Resource("arn:aws:s3:::own/a")}
	for b.Loop() {
		set.Evaluate(req)
	}
}

// BenchmarkPrincipals analyses roles as they come in applications, each with its own resources.
func BenchmarkPrincipals(b *testing.B) {
	for _, policy := range []string{"service-role/AWSLambdaBasicExecutionRole", "AmazonS3FullAccess", "ReadOnlyAccess", "AdministratorAccess"} {
		b.Run(policy, func(b *testing.B) {
			var all []*inventory.Resource
			for i := range 100 {
				own := js(b, fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "sqs:*"], "Resource": "arn:aws:dynamodb:*:*:table/t%d"}]}`, i))
				all = append(all, role(fmt.Sprintf("role.r%d", i), "ManagedPolicyArns", list(text("arn:aws:iam::aws:policy/"+policy)), "Policies", list(props("PolicyDocument", own))))
			}
			inv := &inventory.Inventory{Resources: all}
			ix := inventory.NewIndex(inv)
			actions := loadActions()
			actions.all()
			b.ResetTimer()
			for b.Loop() {
				a := New(inv, ix, Options{})
				a.actions = actions
				for _, r := range all {
					a.Principal(r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/role")
		})
	}
}
