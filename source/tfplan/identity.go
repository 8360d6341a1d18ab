package tfplan

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// identities finds the resources of a state by what names them.
type identities struct {
	byValue map[string][]holder
}

// holder is a resource that has a value, and in which attribute.
type holder struct{ address, bare, attr string }

// maxHolders bounds how many resources are remembered for one value; what more of them share names none.
const maxHolders = 16

// identifying are the attributes that other resources refer to by value.
var identifying = [...]string{"arn", "id", "name", "arn_without_revision", "bucket", "function_name", "cluster_name"}

// maxName bounds what names a resource: no ARN is longer.
const maxName = 2048

func newIdentities() *identities { return &identities{byValue: map[string][]holder{}} }

// identify takes note of what names a resource.
func (r *reading) identify(address, typ string, data bool, values *scanner) {
	if values == nil || !strings.HasPrefix(typ, "aws") || data && !r.tr.Knows(typ, true) {
		return
	}
	bare := WithoutKeys(address)
	at := *values
	_ = names(&at, func(attr, text string) { // a fault of the text is found when the values are read
		if held := r.ids.byValue[text]; len(held) <= maxHolders {
			r.ids.byValue[text] = append(held, holder{address, bare, attr})
		}
	})
}

// names goes over a resource's values and gives the texts among the attributes that name it to others.
func names(s *scanner, f func(attr, text string)) error {
	return s.object(func(key string) error {
		for _, attr := range identifying {
			if key == attr && s.peek() == '"' {
				text, ok, err := s.textUpTo(maxName)
				if ok && text != "" {
					f(attr, text)
				}
				return err
			}
		}
		return s.skip()
	})
}

// refs finds the resources that a text of a resource names: any that has it as its ARN, and those that the resource depends
// on when it is another attribute of theirs.
func (ids *identities) refs(text, self string, dependsOn map[string]bool) []inventory.Ref {
	held := ids.byValue[text]
	if text == "" || len(held) > maxHolders {
		return nil
	}
	var out []inventory.Ref
	for _, h := range held {
		if h.address == self || len(out) > 0 && out[len(out)-1].Address == h.address {
			continue
		}
		if !strings.HasPrefix(text, "arn:") && !dependsOn[h.bare] {
			continue
		}
		out = append(out, inventory.Ref{Address: h.address, Attr: h.attr})
	}
	return out
}
