package evidence

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Terraform writes the value of a secret of Secrets Manager in a version beside it, CloudFormation in the secret itself.

const (
	typeSecret        = "AWS::SecretsManager::Secret"
	typeSecretVersion = "AWS::SecretsManager::SecretVersion"
)

// placeholder is a value that is there only until a person sets the right one.
var placeholder = regexp.MustCompile(`(?i)^[<{\[(]*(change|replace|place.?holder|to.?do|dummy|initial|fill|set|update|empty|example|your)([ _.-]?\w+)*[>}\])!]*$`)

// values searches the value of a secret, and its versions that the input writes.
func (s *secretSearch) values(g *Gatherer) {
	s.property = typeSecret + ".SecretString"
	s.secretValue(s.at.Get("SecretString"))
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

// secretValue searches one value. One of several settings, as JSON mostly, is told by their names.
func (s *secretSearch) secretValue(v inventory.Value) {
	switch text, ok := v.Text(); {
	case ok && placeholder.MatchString(text):
		return
	case ok && strings.HasPrefix(strings.TrimSpace(text), "{"):
		s.search(script, v)
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
