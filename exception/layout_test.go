package exception

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

func TestScanYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: 1 # x":                            "1:6# x",
		"# x":                                 "1:1# x full",
		"a: '# x'":                            "",
		"a: \"\\\" # x\"":                     "",
		"a: 'it''s' # x":                      "1:12# x",
		"a: it's # x":                         "1:9# x",
		"a: b#x":                              "",
		"a: |\n  # x\nb: 1":                   "",
		"a: >-\n\n  # x\n# y":                 "4:1# y full",
		"a: |\n  x\n # y":                     "",
		"a:\n  - |\n    # x\n  - b # y":       "4:7# y",
		"a:\n  - k: |\n      # x\n    l: 1":   "",
		"a:\n  - k: |\n      t\n    # x":      "4:5# x full",
		"a: !Sub |\n  # x":                    "",
		"a: &x |-\n  # x":                     "",
		"a: b | c\n  # x":                     "2:3# x full",
		"a: | # y\n  # x":                     "1:6# y",
		"- - |\n    # x\n  - b":               "",
		"a: [\"x\", 'y # z'] # q":             "1:19# q",
		"é: ü # x":                            "1:6# x",
		"a: |\r\n  # x\r\n# y\r\n":            "3:1# y full",
		"a: {b: \"#\", c: '#'} # onus:accept": "1:21# onus:accept",
	} {
		_, comments := scanYAML(text)
		var got []string
		for _, c := range comments {
			s := fmt.Sprintf("%d:%d%s", c.line, c.col, c.text)
			if c.full {
				s += " full"
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestScanHCL(t *testing.T) {
	t.Parallel()
	l, blocks := scanHCL([]byte(`# one
/* two
   lines */ // three
resource "a" "b" { x = "${{a = 1}}" # four
  y { z = "%{ if true }}%{ endif }" }
} # five
a = { b = 1 }
module "m" {
}
locals { x = <<-E
  # no
E
}
broken {`))
	var comments []string
	for _, c := range l.comments {
		comments = append(comments, fmt.Sprintf("%d-%d:%d %v", c.line, c.last, c.col, c.full))
	}
	if diff := cmp.Diff([]string{"1-1:1 true", "2-3:1 true", "3-3:13 true", "4-4:37 false", "6-6:3 false"}, comments); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, b := range blocks {
		got = append(got, fmt.Sprintf("%s %d-%d", strings.Join(b.header, " "), b.start, b.end))
	}
	if diff := cmp.Diff([]string{"resource a b 4-6", "a 7-7", "module m 8-9", "locals 10-13"}, got); diff != "" {
		t.Error(diff)
	}
	if l.first != 4 {
		t.Error("first line", l.first)
	}
}

// FuzzText reads any text as every form that holds statements; resources stand on every third line.
func FuzzText(f *testing.F) {
	f.Add(".tf", "# onus:accept=data/* owner=a until=2027-01-01 reason=x\nresource \"a\" \"b\" {\n}\n")
	f.Add(".yaml", "# onus:accept=data/* owner=a until=2027-01-01 reason=x\nResources:\n  A:\n    Metadata: {onus: {accept: [{duty: data/*, owner: a, until: 2027-01-01, reason: x}]}}\n")
	f.Add(".json", `{"Resources": {"A": {"Metadata": {"onus": {"accept": {"duty": "data/*"}}}}}}`)
	f.Add(".yaml", "a: |\n  # x\n- - !x &y >2+\n    #\n--- # onus:accept=")
	f.Fuzz(func(t *testing.T, ext, text string) {
		inv := &inventory.Inventory{Annotated: []inventory.Text{{Path: "f" + ext, Data: []byte(text)}}}
		for line := 1; line < 9; line += 3 {
			inv.Resources = append(inv.Resources, &inventory.Resource{Type: "AWS::X::Y", Address: "module.m.x", Scope: ".",
				Origin: diag.Range{Path: "f" + ext, Line: line, Column: line%4 + 1}})
		}
		s, diags := Load(Options{Inventory: inv, AsOf: asOf})
		first, _, _ := strings.Cut(text, "\n")
		if isHCL("f"+ext) && strings.HasPrefix(first, "#") && strings.Contains(first, marker) && len(s.accepted)+len(diags) == 0 {
			t.Error("a statement was passed over in silence")
		}
	})
}

func FuzzEntries(f *testing.F) {
	f.Add("exceptions:\n  - {duty: data/protect, address: '*', owner: a, until: 2027-01-01, reason: x}")
	f.Add("attestations:\n  - {duty: [data/*], workload: x, statement: s, by: b, date: 2026-01-01, until: 2027-01-01, evidence: e}")
	f.Add("exceptions: [&a {duty: *a}]")
	f.Fuzz(func(t *testing.T, text string) {
		var diags diag.List
		j := &judge{asOf: asOf, diags: &diags}
		for _, a := range j.parseIgnore("f", "/", text) {
			if a.Owner == "" || a.Reason == "" || a.address+a.path+a.workload == "" {
				t.Errorf("incomplete and accepted: %+v", a)
			}
		}
		for _, a := range j.parseAttest("f", "/", text) {
			if a.By == "" || a.Evidence == "" || a.Until.Before(a.Date) {
				t.Errorf("incomplete and accepted: %+v", a)
			}
		}
	})
}
