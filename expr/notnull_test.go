package expr

import (
	"testing"

	"github.com/onus-dev/onus/inventory"
)

// TestNotNull: an unknown value that is certainly not null is set, and nothing else is known of it.
func TestNotNull(t *testing.T) {
	t.Parallel()
	set := unk().WithMeta(&inventory.Meta{NotNull: true})
	env := testEnv(t)
	for _, c := range []struct {
		cond string
		key  inventory.Value
		want Truth
	}{
		{"function.KmsKeyArn != null", set, True},
		{"function.KmsKeyArn == null", set, False},
		{"!(function.KmsKeyArn == null)", set, True},
		{"function.KmsKeyArn == 'a'", set, Unknown},
		{"function.KmsKeyArn != null && function.KmsKeyArn == 'a'", set, Unknown},
		{"function.KmsKeyArn != null", unk(), Unknown},
		{"function.KmsKeyArn == null", unk(), Unknown},
		{"function.KmsKeyArn != null", inventory.Value{}, False},
	} {
		p := compile(t, env, c.cond)
		part := obj("KmsKeyArn", c.key)
		got, err := p.Eval(Inputs{Part: func(string) inventory.Value { return part }})
		if err != nil || got != c.want {
			t.Errorf("%s with %s: %v, %v; want %v", c.cond, c.key.Display(), got, err, c.want)
		}
	}
}

// TestFingerprintOfNotNull: two unknown values of which one may be null are answered apart.
func TestFingerprintOfNotNull(t *testing.T) {
	t.Parallel()
	p := compile(t, testEnv(t), "function.KmsKeyArn != null")
	key := func(v inventory.Value) string {
		var out []byte
		for _, path := range p.Reads() {
			out = path.Fingerprint(out, obj("KmsKeyArn", v))
		}
		return string(out)
	}
	if key(unk()) == key(unk().WithMeta(&inventory.Meta{NotNull: true})) {
		t.Error("both have one fingerprint")
	}
}
