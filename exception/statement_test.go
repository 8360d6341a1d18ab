package exception

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
)

func TestParseStatement(t *testing.T) {
	t.Parallel()
	type result struct {
		Targets              []string
		Owner, Until, Reason string
		Fault                bool
	}
	for _, c := range []struct {
		text string
		want result
	}{
		{`onus:accept=a/b owner=x until=2027-01-01 reason="why not"`, result{[]string{"a/b"}, "x", "2027-01-01", "why not", false}},
		{`a/b, c , d owner = x`, result{[]string{"a/b", "c", "d"}, "", "", "", true}},
		{`a/b, c , d owner=x`, result{[]string{"a/b", "c", "d"}, "x", "", "", false}},
		{`onus:accept = a/b reason="a \"b\" \\ c" owner="two words"`, result{[]string{"a/b"}, "two words", "", `a "b" \ c`, false}},
		{"a/b\n  owner=x\n  reason=\"two\nlines\"", result{[]string{"a/b"}, "x", "", "two\nlines", false}},
		{`a/b reason=a=b`, result{[]string{"a/b"}, "", "", "a=b", false}},
		{`onus:accept a/b`, result{Fault: true}},
		{`onus:accepted=a/b`, result{Fault: true}},
		{``, result{Fault: true}},
		{`onus:accept=`, result{Fault: true}},
		{`onus:accept=owner=x`, result{Fault: true}},
		{`a/b owner`, result{[]string{"a/b"}, "", "", "", true}},
		{`a/b =x`, result{[]string{"a/b"}, "", "", "", true}},
		{`a/b owner=x owner=y`, result{[]string{"a/b"}, "x", "", "", true}},
		{`a/b reason="x`, result{[]string{"a/b"}, "", "", "", true}},
		{`a/b who=x`, result{[]string{"a/b"}, "", "", "", true}},
	} {
		s, fault := parseStatement(c.text, diag.Range{})
		got := result{s.targets, s.owner, s.until, s.reason, fault != ""}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (%s):\n%s", c.text, fault, diff)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	for until, want := range map[string]struct{ expired, far bool }{
		"2026-11-23": {true, false}, "2026-11-24": {false, false}, "2031-11-24": {false, false}, "2031-11-25": {false, true},
	} {
		var diags diag.List
		j := &judge{asOf: asOf, diags: &diags}
		a := j.accept(statement{targets: []string{"data/*"}, owner: "a", until: until, reason: "b"}, "comment")
		if a == nil || a.Expired() != want.expired || (len(diags) > 0) != want.far {
			t.Errorf("%s: %+v %v", until, a, diags)
		}
	}
}

// TestLong holds the bounds: a statement of too many duties is refused, a long reason cut.
func TestLong(t *testing.T) {
	t.Parallel()
	var diags diag.List
	j := &judge{asOf: asOf, diags: &diags}
	many := make([]string, maxList+1)
	for i := range many {
		many[i] = "data/protect"
	}
	s := statement{targets: many, owner: "a", until: "2027-01-01", reason: strings.Repeat("x", 5000)}
	if j.accept(s, "comment") != nil || len(diags) != 1 {
		t.Error("too many duties", diags)
	}
	s.targets = many[:maxList]
	if a := j.accept(s, "comment"); a == nil || len([]rune(a.Reason)) != maxReason {
		t.Errorf("%+v", a)
	}
}

func FuzzStatement(f *testing.F) {
	f.Add(`onus:accept=a/b,c owner=x until=2027-01-01 reason="why \" not"`)
	f.Add("onus:accept=a/b\n owner=x")
	f.Fuzz(func(t *testing.T, text string) {
		var diags diag.List
		j := &judge{asOf: asOf, diags: &diags}
		s, fault := parseStatement(text, diag.Range{Path: "f", Line: 1})
		if fault != "" {
			return
		}
		a := j.accept(s, "comment")
		switch {
		case a == nil && !diags.HasErrors():
			t.Error("refused without a word")
		case a != nil && (a.Owner == "" || a.Reason == "" || len(a.Targets) == 0 || a.Until.Equal(time.Time{})):
			t.Errorf("incomplete and accepted: %+v", a)
		}
	})
}
