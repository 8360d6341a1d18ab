package ownership

import (
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// ownerKeys are the tags and labels that name an owner, without case, separators and prefix: "Service-Owner", "acme.io/team".
// What manages an object (app.kubernetes.io/managed-by) is not who owns it.
var ownerKeys = map[string]bool{
	"owner": true, "owners": true, "ownedby": true, "ownerteam": true, "teamowner": true, "team": true, "teamname": true,
	"owningteam": true, "serviceowner": true, "productowner": true, "technicalowner": true, "squad": true,
}

// systemPrefixes begin keys that a controller sets for itself.
var systemPrefixes = []string{"aws:", "kubernetes.io/", "k8s.io/", "karpenter.sh/", "eks.amazonaws.com/"}

const partOf = "app.kubernetes.io/part-of"

var withoutSeparators = strings.NewReplacer("-", "", "_", "", " ", "", ".", "")

// namesOwner reports whether a tag or label names an owner.
func namesOwner(key string) bool {
	for _, p := range systemPrefixes {
		if strings.HasPrefix(key, p) || strings.Contains(key, "."+p) {
			return false
		}
	}
	if i := strings.LastIndexAny(key, ":/"); i >= 0 {
		key = key[i+1:]
	}
	return ownerKeys[withoutSeparators.Replace(strings.ToLower(key))]
}

// isObject reports whether a resource is a Kubernetes object, which has labels in place of tags.
func isObject(r *inventory.Resource) bool {
	return !strings.Contains(r.Type, "::") && strings.Contains(r.SourceType, "/")
}

// marks are the places of a resource that hold tags: one for what has Tags, labels and annotations for a Kubernetes object.
type marks struct {
	noun  string
	value inventory.Value
}

func marksOf(r *inventory.Resource) []marks {
	if isObject(r) {
		return []marks{{"label", r.Get("metadata.labels")}, {"annotation", r.Get("metadata.annotations")}}
	}
	return []marks{{"tag", r.Get("Tags")}}
}

// tagged finds the claims of the tags or labels of a resource. unknown says which of them cannot be told.
func tagged(r *inventory.Resource, rank Rank, known *names) (claims []Claim, unknown []Claim) {
	for _, m := range marksOf(r) {
		if m.value.IsUnknown() {
			unknown = append(unknown, Claim{Rank: rank, At: m.value.Origin(), Because: "the " + m.noun + "s are unknown" + reasonOf(m.value)})
			continue
		}
		for _, p := range m.value.Properties() {
			own := rank
			switch {
			case p.Name == partOf && rank == ByTag:
				own = ByPartOf
			case !namesOwner(p.Name):
				continue
			}
			c, ok, told := claimOf(m.noun, p, own, known)
			switch {
			case !told && own != ByPartOf:
				unknown = append(unknown, c)
			case ok:
				claims = append(claims, c)
			}
		}
	}
	return withoutPeople(claims), unknown
}

// claimOf reads one tag. told is false when its value is unknown, or sensitive and so never to be printed.
func claimOf(noun string, p inventory.Property, rank Rank, known *names) (c Claim, ok, told bool) {
	c = Claim{Rank: rank, At: p.Value.Origin()}
	name := noun + " " + diag.Clip(p.Name, 60)
	if p.Value.IsUnknown() || p.Value.Sensitive() {
		c.Because = "the " + name + " is unknown" + reasonOf(p.Value)
		return c, false, false
	}
	text, _ := p.Value.Text()
	text = strings.TrimSpace(text)
	if text == "" {
		return c, false, true
	}
	c.Team = known.team(text)
	c.Because = name + " is " + strconv.Quote(diag.Clip(text, 60))
	return c, true, true
}

func reasonOf(v inventory.Value) string {
	if u := v.Unresolved(); len(u) > 0 {
		return ": " + strings.TrimSpace(diag.Clip(u[0].Name, 60)+" "+diag.Clip(u[0].Note, 60))
	}
	return ""
}

// withoutPeople drops mail addresses where another tag names a team: a person in the one does not contradict the other.
func withoutPeople(claims []Claim) []Claim {
	var teams []Claim
	for _, c := range claims {
		if !strings.Contains(c.Team, "@") || c.Rank == ByPartOf {
			teams = append(teams, c)
		}
	}
	for _, c := range teams {
		if c.Rank != ByPartOf {
			return teams
		}
	}
	return claims
}

// accountOf tells the account of a resource: from the scope of what was observed, or from an ARN of its own or of a role
// that it runs under, which lies in its account. Empty when nothing tells.
func accountOf(r *inventory.Resource) string {
	if account, _, ok := strings.Cut(r.Scope, "/"); ok && isAccount(account) {
		return account
	}
	if parts := strings.SplitN(r.Address, ":", 6); len(parts) == 6 && parts[0] == "arn" && isAccount(parts[4]) {
		return parts[4]
	}
	for _, p := range r.Properties.Properties() {
		if p.Name == "Arn" || strings.HasSuffix(p.Name, "Role") || strings.HasSuffix(p.Name, "RoleArn") {
			if account := accountIn(p.Value); account != "" {
				return account
			}
		}
	}
	return ""
}

func accountIn(v inventory.Value) string {
	text, ok := v.Text()
	if !ok {
		text = v.Partial()
	}
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 && parts[0] == "arn" && isAccount(parts[4]) {
		return parts[4]
	}
	return ""
}
