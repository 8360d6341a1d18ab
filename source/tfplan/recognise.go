package tfplan

import (
	"bytes"
	"slices"
)

// Form is what a JSON file is.
type Form uint8

// The forms. None is any other file.
const (
	None Form = iota
	// Plan is `terraform show -json` of a plan.
	Plan
	// State is `terraform show -json` of a state.
	State
	// Raw is a terraform.tfstate, readable or not: an older format or an encrypted one is told by Read.
	Raw
)

// String names the form for messages.
func (f Form) String() string {
	return [...]string{"none", "plan", "state", "tfstate"}[f]
}

// byteOrderMark starts files that some Windows tools wrote.
const byteOrderMark = "\xef\xbb\xbf"

// maxKeys bounds how many keys are looked at.
const maxKeys = 64

// Recognise tells what a JSON file is by the names of its outermost members, whatever their order. head is its beginning;
// 64 KB are enough: the names that tell come before anything long in all that Terraform and OpenTofu write.
func Recognise(head []byte) Form {
	if first := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return None
	}
	if !slices.ContainsFunc(telling, func(name []byte) bool { return bytes.Contains(head, name) }) {
		return None
	}
	keys := topKeys(head)
	has := func(names ...string) bool {
		for _, n := range names {
			if keys[n] {
				return true
			}
		}
		return false
	}
	switch {
	case has("encrypted_data") && has("meta", "encryption_version", "serial", "lineage"):
		return Raw
	case has("version") && has("lineage", "serial", "terraform_version") && !has("format_version"):
		return Raw
	case !has("format_version"):
		if has("resource_changes") && has("planned_values", "configuration", "prior_state") {
			return Plan
		}
		return None
	case has("planned_values", "resource_changes", "resource_drift", "configuration", "prior_state", "output_changes", "variables"):
		return Plan
	case has("values"):
		return State
	case has("provider_schemas", "valid", "function_signatures", "modules", "diagnostics"):
		return None
	case len(keys) == 1 || has("terraform_version"):
		return State // of nothing: the values are left out
	}
	return None
}

// telling are the names of which each form has at least one. Most files have none, which is told without parsing them.
var telling = [][]byte{
	[]byte(`format_version"`), []byte(`lineage"`), []byte(`serial"`), []byte(`terraform_version"`), []byte(`resource_changes"`), []byte(`encrypted_data"`),
}

// topKeys collects the names of the outermost members as far as head goes.
func topKeys(head []byte) map[string]bool {
	keys := map[string]bool{}
	if len(head) >= len(byteOrderMark) && string(head[:len(byteOrderMark)]) == byteOrderMark {
		head = head[len(byteOrderMark):]
	}
	s := &scanner{buf: head, keep: -1, line: 1}
	_ = s.object(func(key string) error { // an error is where head ends, or where it stops to be JSON
		if len(keys) == maxKeys {
			return errStop
		}
		keys[key] = true
		return s.skip()
	})
	return keys
}
