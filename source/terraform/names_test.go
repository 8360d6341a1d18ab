package terraform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// TestNameTable checks the notation of every line, and that words go to texts and "~" to types that are there.
func TestNameTable(t *testing.T) {
	t.Parallel()
	types := vocabulary.Load()
	for name, line := range loadNames().lines {
		for _, f := range strings.Fields(line)[1:] {
			if whole, ok := strings.CutPrefix(f, "~"); ok && types.Shape(whole) == nil {
				t.Errorf("%s: the vocabulary has no %s", name, whole)
			}
			if strings.Count(f, "{") != strings.Count(f, "}") || strings.Contains(f, "{") && !strings.HasSuffix(f, "}") {
				t.Errorf("%s: %s: words stand in braces at the end", name, f)
			}
			if f[0] != '@' && f[0] != '~' && !strings.Contains(f, "=") {
				t.Errorf("%s: %s is neither a path=Target nor a prefix", name, f)
			}
		}
		e := parseEntry(strings.TrimPrefix(name, "data."), strings.HasPrefix(name, "data."), line, types)
		for path, words := range e.words {
			for value, word := range words {
				if value == "" || word == "" {
					t.Errorf("%s: %s: the pair %q:%q lacks a side", name, path, value, word)
				}
			}
		}
	}
}

func TestWord(t *testing.T) {
	t.Parallel()
	at := diag.Range{Path: "main.tf", Line: 3, Column: 5}
	e := parseEntry("aws_x", false, "AWS::X::Y a.b=C.D{true:ON,false:OFF} e=F", vocabulary.Load())
	if diff := cmp.Diff(map[string]string{"a.b": "C.D", "e": "F"}, e.paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	step := inventory.Step{Name: "var.x", Note: "default", At: at}
	tests := []struct {
		name, path string
		in         inventory.Value
		want       string
	}{
		{"bool", "a.b", inventory.BoolValue(true, at), "ON"},
		{"text", "a.b", inventory.StringValue("false", at), "OFF"},
		{"not listed", "a.b", inventory.StringValue("maybe", at), "maybe"},
		{"another path", "e", inventory.BoolValue(true, at), "true"},
		{"unknown", "a.b", inventory.UnknownValue(at), "(unknown)"},
		{"sensitive", "a.b", inventory.BoolValue(true, at).AsSensitive(), "(sensitive)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := e.word(tt.path, tt.in.WithMeta(&inventory.Meta{Assumed: []inventory.Step{step}}))
			if got.Display() != tt.want || got.Origin() != at || len(got.Assumed()) != 1 {
				t.Errorf("%s at %s with %v, want %s at the same place with the same defaults", got.Display(), got.Origin(), got.Assumed(), tt.want)
			}
		})
	}
}
