package evidence

import (
	"regexp"

	"github.com/onus-dev/onus/inventory"
)

// Terraform writes the value of a secret of Secrets Manager in a version beside it, CloudFormation in the secret itself.

const (
	typeSecret        = "AWS::SecretsManager::Secret"
	typeSecretVersion = "AWS::SecretsManager::SecretVersion"
)

// placeholder is a value that is there only until a person sets the right one.
var placeholder = regexp.MustCompile(`(?i)^[<{\[(]*(change|replace|place.?holder|to.?do|dummy|initial|fill|set|update|empty|example|your)([ _.-]?\w+)*[>}\])!]*$`)

// versions searches the versions of a secret that the input writes. A value of several settings is told by their names.
func (s *secretSearch) versions(g *Gatherer) {
	refs := g.referrersOf(typeSecretVersion, "SecretId")
	found := refs.to[s.at]
	for _, name := range namesOf(s.at) {
		found = append(found[:len(found):len(found)], refs.texts[name]...)
	}
	s.property = typeSecretVersion + ".SecretString"
	for _, version := range found {
		if version.Scope == s.at.Scope {
			s.secretValue(version.Get("SecretString"))
		}
	}
}

func (s *secretSearch) secretValue(v inventory.Value) {
	if text, ok := v.Text(); ok && placeholder.MatchString(text) {
		return
	}
	if v.Kind() == inventory.Map {
		var props []inventory.Property
		for _, p := range v.Properties() {
			if text, ok := p.Value.Text(); ok && !placeholder.MatchString(text) {
				props = append(props, p) // what is not known here is made elsewhere
			}
		}
		s.search(variables, inventory.MapValue(props, v.Origin()))
		return
	}
	s.search(secretItself, v)
}
