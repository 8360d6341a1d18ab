package identity

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

// The types that put users into groups. CloudFormation's has one group and its users, Terraform's aws_iam_group_membership
// is the same, and aws_iam_user_group_membership has one user and its groups.
const (
	typeAddition   = "AWS::IAM::UserToGroupAddition"
	typeMembership = "AWS::IAM::UserGroupMembership"
)

// groupsOf lists the groups of the input that a user is in, each once; nil for what is no user.
func (a *Analyzer) groupsOf(user *inventory.Resource) []*inventory.Resource {
	if user.Type != typeUser {
		return nil
	}
	if a.groups == nil {
		a.indexGroups()
	}
	out := slices.Clone(a.groups[user])
	for _, name := range items(user.Get("Groups")) {
		out = append(out, a.follow(user, name, typeGroup)...)
	}
	seen := map[*inventory.Resource]bool{}
	return slices.DeleteFunc(out, func(g *inventory.Resource) bool {
		again := seen[g]
		seen[g] = true
		return again
	})
}

func (a *Analyzer) indexGroups() {
	a.groups = map[*inventory.Resource][]*inventory.Resource{}
	for _, kind := range []struct{ typ, groups, users string }{{typeAddition, "GroupName", "Users"}, {typeMembership, "Groups", "User"}} {
		for _, r := range a.ix.OfType(kind.typ) {
			if r.Lookup {
				continue
			}
			for _, g := range items(r.Get(kind.groups)) {
				for _, group := range a.follow(r, g, typeGroup) {
					for _, u := range items(r.Get(kind.users)) {
						for _, user := range a.follow(r, u, typeUser) {
							a.groups[user] = append(a.groups[user], group)
						}
					}
				}
			}
		}
	}
}

// Attached reports whether a policy of the input is surely or maybe attached to a role, user or group of the input, so
// that it is judged with that one.
func (a *Analyzer) Attached(policy *inventory.Resource) bool {
	if a.reached == nil {
		a.reached = map[*inventory.Resource]bool{}
		for _, typ := range []string{typeRole, typeUser, typeGroup} {
			for _, r := range a.ix.OfType(typ) {
				if r.Lookup {
					continue
				}
				for _, p := range a.policiesOf(r) {
					if p.Resource != nil {
						a.reached[p.Resource] = true
					}
				}
			}
		}
	}
	return a.reached[policy]
}
