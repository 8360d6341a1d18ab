package identity

import (
	"strings"
	"testing"
)

// TestConditions follows "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or
// values" of the IAM User Guide.
func TestConditions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		condition string
		key       string // "k=a,b" present, "k=" absent, "" unknown
		want      Truth
	}{
		{`{"StringEquals": {"k": "a"}}`, "k=a", Yes},
		{`{"StringEquals": {"k": "A"}}`, "k=a", No},
		{`{"StringEquals": {"K": "a"}}`, "k=a", Yes}, // names of keys do not tell case apart
		{`{"stringequals": {"k": "a"}}`, "k=a", Yes}, // nor do operators
		{`{"StringEquals": {"k": ["a", "b"]}}`, "k=b", Yes},
		{`{"StringEquals": {"k": "*"}}`, "k=a", No},
		{`{"StringEquals": {"k": "a"}}`, "k=", No},
		{`{"StringEquals": {"k": "a"}}`, "", Maybe},
		{`{"StringEqualsIfExists": {"k": "a"}}`, "k=", Yes},
		{`{"StringEqualsIfExists": {"k": "a"}}`, "k=b", No},
		{`{"StringNotEquals": {"k": "a"}}`, "k=b", Yes},
		{`{"StringNotEquals": {"k": ["a", "b"]}}`, "k=b", No},
		{`{"StringNotEquals": {"k": "a"}}`, "k=", Yes},
		{`{"StringEqualsIgnoreCase": {"k": "A"}}`, "k=a", Yes},
		{`{"StringNotEqualsIgnoreCase": {"k": "A"}}`, "k=a", No},
		{`{"StringLike": {"k": "a*c"}}`, "k=abc", Yes},
		{`{"StringLike": {"k": "a?c"}}`, "k=abbc", No},
		{`{"StringNotLike": {"k": "a*"}}`, "k=abc", No},
		{`{"NumericLessThan": {"k": "10"}}`, "k=9", Yes},
		{`{"NumericLessThan": {"k": "10"}}`, "k=10", No},
		{`{"NumericLessThanEquals": {"k": "10"}}`, "k=10", Yes},
		{`{"NumericGreaterThan": {"k": 10}}`, "k=11", Yes},
		{`{"NumericGreaterThanEquals": {"k": 10}}`, "k=9", No},
		{`{"NumericEquals": {"k": "10"}}`, "k=10.0", Yes},
		{`{"NumericNotEquals": {"k": "10"}}`, "k=10", No},
		{`{"NumericEquals": {"k": "10"}}`, "k=ten", No},
		{`{"DateLessThan": {"k": "2026-06-01T00:00:00Z"}}`, "k=2026-05-31T23:59:59Z", Yes},
		{`{"DateGreaterThan": {"k": "2026-06-01"}}`, "k=2026-05-31T23:59:59Z", No},
		{`{"DateGreaterThanEquals": {"k": "2026-06-01"}}`, "k=2026-06-01T00:00:00Z", Yes},
		{`{"DateEquals": {"k": "0"}}`, "k=1970-01-01", Yes},
		{`{"DateNotEquals": {"k": "0"}}`, "k=1970-01-01", No},
		{`{"DateLessThanEquals": {"k": "2026"}}`, "k=2026-01-01", Yes},
		{`{"Bool": {"k": "true"}}`, "k=true", Yes},
		{`{"Bool": {"k": true}}`, "k=false", No},
		{`{"Bool": {"k": "false"}}`, "k=", No},
		{`{"BoolIfExists": {"k": "false"}}`, "k=", Yes},
		{`{"BinaryEquals": {"k": "QQ=="}}`, "k=QQ==", Yes},
		{`{"IpAddress": {"k": "203.0.113.0/24"}}`, "k=203.0.113.7", Yes},
		{`{"IpAddress": {"k": "203.0.113.0/24"}}`, "k=203.0.114.7", No},
		{`{"IpAddress": {"k": "2001:db8::/32"}}`, "k=2001:db8::1", Yes},
		{`{"IpAddress": {"k": "nonsense"}}`, "k=203.0.113.7", No},
		{`{"NotIpAddress": {"k": "203.0.113.0/24"}}`, "k=203.0.113.7", No},
		{`{"ArnLike": {"k": "arn:aws:sns:*:123456789012:*"}}`, "k=arn:aws:sns:eu-west-1:123456789012:t", Yes},
		{`{"ArnLike": {"k": "arn:aws:sns:*:t"}}`, "k=arn:aws:sns:eu-west-1:123456789012:t", No}, // six parts, one by one
		{`{"ArnEquals": {"k": "arn:aws:sns:*:*:t"}}`, "k=arn:aws:sns:eu-west-1:1:t", Yes},       // the same as ArnLike
		{`{"ArnNotEquals": {"k": "arn:aws:sns:*:*:t"}}`, "k=arn:aws:sns:eu-west-1:1:t", No},
		{`{"ArnNotLike": {"k": "arn:aws:sns:*:*:t"}}`, "k=arn:aws:sns:eu-west-1:1:u", Yes},
		{`{"Null": {"k": "true"}}`, "k=", Yes},
		{`{"Null": {"k": "true"}}`, "k=a", No},
		{`{"Null": {"k": "false"}}`, "k=a", Yes},
		{`{"Null": {"k": "false"}}`, "", Maybe},
		{`{"ForAllValues:StringEquals": {"k": ["a", "b"]}}`, "k=a,b", Yes},
		{`{"ForAllValues:StringEquals": {"k": ["a", "b"]}}`, "k=a,c", No},
		{`{"ForAllValues:StringEquals": {"k": ["a", "b"]}}`, "k=", Yes}, // the warning in the guide
		{`{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}`, "k=a,c", Yes},
		{`{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}`, "k=c", No},
		{`{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}`, "k=", No},
		{`{"ForAnyValue:StringNotEquals": {"k": "a"}}`, "k=a,c", Yes},
		{`{"ForAllValues:StringNotEquals": {"k": "a"}}`, "k=a,c", No},
		{`{"ForAnyValue:StringNotEquals": {"k": "a"}}`, "k=", No},
		{`{"StringNotEquals": {"k": "a"}}`, "k=a,c", No},
		{`{"IpAddress": {"k": "203.0.113.0/24"}}`, "k=203.0.113.0/16", No},
		{`{"StringEquals": {"k": "${aws:username}"}}`, "k=a", Maybe},
		{`{"StringEquals": {"k": "a"}, "Bool": {"k": "b"}}`, "k=a", No}, // operators are joined by and
	}
	for _, tt := range tests {
		s := &statements(t, `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": `+tt.condition+`}`).Statements[0]
		ctx := Context{Values: map[string][]string{}}
		if key, values, ok := strings.Cut(tt.key, "="); ok {
			ctx.Values[key] = nil
			if values != "" {
				ctx.Values[key] = strings.Split(values, ",")
			}
			if strings.HasSuffix(tt.key, "QQ==") {
				ctx.Values[key] = []string{"QQ=="}
			}
		}
		if got, _ := s.holds(ctx); got != tt.want {
			t.Errorf("%s with %q: %s, want %s", tt.condition, tt.key, got, tt.want)
		}
	}
}

func TestClosedContextHasNoOtherKeys(t *testing.T) {
	t.Parallel()
	s := &statements(t, `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}`).Statements[0]
	if got, _ := s.holds(Context{Closed: true}); got != No {
		t.Errorf("closed: %s", got)
	}
	if got, _ := s.holds(Context{}); got != Maybe {
		t.Errorf("open: %s", got)
	}
}
