package identity

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// outline is what a document says, in one line a statement.
func outline(d *Document) []string {
	var out []string
	for _, s := range d.Statements {
		var b strings.Builder
		b.WriteString(s.Effect.String())
		for _, p := range s.Principals {
			b.WriteString(" to:" + p.String())
		}
		for _, a := range s.Actions {
			b.WriteString(" " + a.Text)
		}
		for _, r := range s.Resources {
			b.WriteString(" on:" + r.Text)
		}
		for _, c := range s.Conditions {
			b.WriteString(" if:" + c.Operator + "/" + c.Key)
			for _, v := range c.Values {
				b.WriteString("/" + v.Text)
			}
		}
		if s.NotAction || s.NotPrincipal || s.NotResource {
			b.WriteString(" not")
		}
		out = append(out, b.String())
	}
	for range d.Open {
		out = append(out, "open")
	}
	return out
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	const one = `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}`
	tests := []struct {
		name string
		in   inventory.Value
		want []string
		diag string
	}{
		{"object and single statement", js(t, `{"Statement": `+one+`}`), []string{"Allow s3:GetObject on:*"}, ""},
		{"text", text(`{"Version": "2012-10-17", "Statement": [` + one + `]}`), []string{"Allow s3:GetObject on:*"}, ""},
		{"lists", js(t, `{"Statement": [{"Effect": "Deny", "NotAction": ["a:b", "a:c"], "NotResource": ["x", "y"]}]}`), []string{"Deny a:b a:c on:x on:y not"}, ""},
		{"list in a list", js(t, `{"Statement": [{"Effect": "Deny", "Action": [["a:b", "a:c"]]}]}`), []string{"Deny a:b a:c"}, ""},
		{"principals", js(t, `{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*", "123456789012"], "Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`),
			[]string{"Allow to:anyone to:AWS 123456789012 to:Service x.amazonaws.com sts:AssumeRole"}, ""},
		{"anyone", js(t, `{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}`), []string{"Allow to:anyone sts:AssumeRole"}, ""},
		{"NotPrincipal", js(t, `{"Statement": [{"Effect": "Deny", "NotPrincipal": {"CanonicalUser": "79a5"}, "Action": "s3:*"}]}`), []string{"Deny to:CanonicalUser 79a5 s3:* not"}, ""},
		{"condition", js(t, `{"Statement": [{"Effect": "Allow", "Action": "a:b", "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["x", "y"]}}}]}`),
			[]string{"Allow a:b if:StringLike/aws:tagkeys/x/y"}, ""},
		{"lookup", props("Statement", list(props("Actions", list(text("sts:AssumeRole")), "Principals", list(props("Type", "Service", "Identifiers", list(text("ec2.amazonaws.com")))),
			"Condition", list(props("Test", "StringEquals", "Variable", "aws:SourceAccount", "Values", list(text("1"))))))),
			[]string{"Allow to:Service ec2.amazonaws.com sts:AssumeRole if:StringEquals/aws:sourceaccount/1"}, ""},
		{"partial text", unset(`{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "${b.arn}/*"}]}`, "b"), []string{"Allow s3:* on:${b.arn}/*"}, ""},
		{"partial text with a hole outside texts", unset(`{"Statement": ${x}}`), []string{"open"}, ""},
		{"unknown", inventory.UnknownValue(here), []string{"open"}, ""},
		{"unknown statement", props("Statement", list(inventory.UnknownValue(here), js(t, one))), []string{"Allow s3:GetObject on:*", "open"}, ""},
		{"no policy", text(" "), nil, ""},
		{"null statement", props("Statement", list(inventory.NullValue(here))), nil, ""},

		{"no JSON", text(`{"Statement": [`), []string{"open"}, "not a JSON object"},
		{"a list", text(`[]`), []string{"open"}, "it is a list"},
		{"more than one document", text(`{} {}`), []string{"open"}, "something follows"},
		{"a key twice", text(`{"Statement": [{"Effect": "Allow", "Action": "a:b", "Action": "a:c"}]}`), []string{"open"}, "stands twice"},
		{"no statement", js(t, `{"Version": "2012-10-17"}`), []string{"open"}, "has a Statement"},
		{"no action", js(t, `{"Statement": [{"Effect": "Allow", "Resource": "*"}]}`), []string{"open"}, "has Action or NotAction"},
		{"no effect", js(t, `{"Statement": [{"Action": "a:b"}]}`), []string{"unknown a:b"}, "Effect is Allow or Deny"},
		{"wrong effect", js(t, `{"Statement": [{"Effect": "allow", "Action": "a:b"}]}`), []string{"unknown a:b"}, "Effect is Allow or Deny"},
		{"wrong principal", js(t, `{"Statement": [{"Effect": "Allow", "Principal": "me", "Action": "a:b"}]}`), []string{"Allow to:unknown a:b"}, "Principal is"},
		{"wrong kind of principal", js(t, `{"Statement": [{"Effect": "Allow", "Principal": {"User": "me"}, "Action": "a:b"}]}`), []string{"Allow to:unknown a:b"}, "no kind of principal"},
		{"wrong operator", js(t, `{"Statement": [{"Effect": "Allow", "Action": "a:b", "Condition": {"StringIs": {"k": "v"}}}]}`), []string{"Allow a:b if:StringIs/k/v"}, "no condition operator"},
		{"wrong condition", js(t, `{"Statement": [{"Effect": "Allow", "Action": "a:b", "Condition": "x"}]}`), []string{"Allow a:b if:/"}, "Condition is an object"},
		{"too long", js(t, `{"Statement": [{"Effect": "Allow", "Action": "a:`+strings.Repeat("b", maxPattern)+`"}]}`), []string{"Allow ${unknown}"}, "more than 2048 characters"},
		{"too many statements", js(t, `{"Statement": [`+strings.Repeat(one+",", maxStatements)+one+`]}`), append(repeat("Allow s3:GetObject on:*", maxStatements), "open"), "more than 500 statements"},
		{"too many entries", js(t, `{"Statement": {"Effect": "Allow", "Action": ["a"`+strings.Repeat(`,"a"`, maxEntries)+`]}}`), []string{"Allow" + strings.Repeat(" a", maxEntries) + " ${unknown}"}, "more than 5000 entries"},
		{"too deep", text(`{"Statement": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`), []string{"open"}, "deeper than 32"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.List
			d := ParseDocument(tt.in, &diags)
			if diff := cmp.Diff(tt.want, outline(d)); diff != "" {
				t.Error(diff)
			}
			switch {
			case tt.diag == "" && len(diags) > 0:
				t.Errorf("diagnostics: %v", diags)
			case tt.diag != "" && (len(diags) == 0 || !strings.Contains(diags[0].Detail, tt.diag) || diags[0].Range != here || !diags[0].Incomplete):
				t.Errorf("diagnostics: %v, want one at %s with %q", diags, here, tt.diag)
			}
		})
	}
}

func repeat(s string, n int) []string {
	var out []string
	for range n {
		out = append(out, s)
	}
	return out
}

// TestOldVersionHasNoVariables: in a document of 2008 a variable is a plain text.
func TestOldVersionHasNoVariables(t *testing.T) {
	t.Parallel()
	d := doc(t, `{"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}"}]}`)
	if got := d.Statements[0].Resources[0]; !got.known() {
		t.Errorf("%q has holes", got.Text)
	}
}

// FuzzDocument: no text makes the parser or what builds on it panic, and no answer to an unknown document is certain.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`,
		`{"Statement": {"Effect": "Deny", "NotAction": ["s3:${x}*"], "NotResource": "arn:aws:s3:::${aws:username}/?", "Principal": {"AWS": "*"}}}`,
		`{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/x"}, "Condition": {"ForAnyValue:StringLikeIfExists": {"x:sub": ["repo:*"]}}}]}`,
		`{"Statement": [{"Effect": "Allow", "Action": ["a:b", 1, true, null, {}], "Resource": ["${", "${*}", "***"], "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "x"]}, "Null": {"k": "true"}}}]}`,
		`{"Statement": [[[[]]]]}`, `[]`, `"x"`, `{"Statement": {"Actions": ["a:b"], "Principals": [{"Type": "AWS", "Identifiers": ["1"]}], "Condition": [{"Test": "DateLessThan", "Variable": "k", "Values": ["2026"]}]}}`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, body string, partial bool) {
		v := text(body)
		if partial {
			v = unset(body, "x")
		}
		var diags diag.List
		d := ParseDocument(v, &diags)
		if len(d.Statements) > maxStatements || len(d.Statements)+len(d.Open) > 2*maxStatements {
			t.Errorf("%d statements, %d open", len(d.Statements), len(d.Open))
		}
		set := PolicySet{Identity: []*Document{d}, Boundary: d}
		got := set.Evaluate(Request{Action: "s3:GetObject"})
		if len(d.Open) > 0 && got.Truth == No {
			t.Error("an open document gives a certain no")
		}
		a := analyzer(Options{})
		a.JudgePolicy(d, false)
		a.JudgePolicy(d, true)
	})
}
