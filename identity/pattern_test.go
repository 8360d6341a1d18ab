package identity

import "testing"

func TestPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b             string
		covers, overlaps Truth
	}{
		{"*", "anything", Yes, Yes},
		{"s3:Get*", "s3:GetObject", Yes, Yes},
		{"s3:Get*", "s3:Get*", Yes, Yes},
		{"s3:Get*", "s3:*", No, Yes},
		{"s3:Get*", "s3:Put*", No, No},
		{"s3:Get?bject", "s3:GetObject", Yes, Yes},
		{"s3:Get?", "s3:Get", No, No},
		{"a?c", "a*c", No, Yes},
		{"*a", "b*", No, Yes},
		{"a**b", "ab", Yes, Yes},
		{"abc", "abcd", No, No},
		{"", "", Yes, Yes},
		{"*", "", Yes, Yes},
		{"*x*", "axbxc", Yes, Yes},
		// The same unknown stands for the same text, two unknowns may or may not.
		{"arn:aws:s3:::${bucket}/*", "arn:aws:s3:::${bucket}/key", Yes, Yes},
		{"arn:aws:s3:::${bucket}/*", "arn:aws:s3:::${other}/key", Maybe, Maybe},
		{"arn:aws:s3:::${bucket}", "arn:aws:s3:::logs", Maybe, Maybe},
		{"arn:aws:s3:::logs", "arn:aws:s3:::${bucket}", Maybe, Maybe},
		{"arn:aws:s3:::*", "arn:aws:s3:::${bucket}", Yes, Yes},
		{"arn:aws:sqs:*:*:${queue}", "arn:aws:s3:::logs", No, No},
		{"x${a}", "x", Maybe, Maybe},
		{"${a}y", "x", No, No},
		{"${*}", "*", No, Yes},
		{"${*}", "a", No, No},
		{"${?}${$}", "?", No, No},
	}
	for _, tt := range tests {
		a, b := newPattern(tt.a, true), newPattern(tt.b, true)
		if got := a.Covers(b); got != tt.covers {
			t.Errorf("%q covers %q: %s, want %s", tt.a, tt.b, got, tt.covers)
		}
		if got, back := a.Overlaps(b), b.Overlaps(a); got != tt.overlaps || back != got {
			t.Errorf("%q overlaps %q: %s and back %s, want %s", tt.a, tt.b, got, back, tt.overlaps)
		}
	}
}

// TestGlob holds the quick way for known patterns against the general one.
func TestGlob(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"*", "a*", "*a", "a?c", "*b*", "", "abc", "a*b*c", "**"} {
		for _, s := range []string{"", "a", "abc", "aXbYc", "cba", "ab", "*"} {
			pattern := newPattern(p, false)
			if got, want := pattern.matches(s), pattern.Covers(exact(s)); got != want {
				t.Errorf("%q matches %q: %s, Covers says %s", p, s, got, want)
			}
		}
	}
}

func TestBroad(t *testing.T) {
	t.Parallel()
	tests := map[string]Truth{
		"*": Yes, "arn:aws:s3:::*": Yes, "arn:aws:s3:::bucket/*": No, "arn:aws:s3:::*/*": Yes, "arn:aws:iam::123456789012:role/*": Yes,
		"arn:aws:iam::*:role/app-*": No, "arn:aws:iam::*:role/app/*": No, "arn:aws:dynamodb:*:*:table/*": Yes, "arn:aws:dynamodb:*:*:table/${t}": No,
		"arn:aws:lambda:eu-west-1:1:function:*": Yes, "arn:aws:lambda:eu-west-1:1:function:api": No, "arn:aws:sqs:*:*:*": Yes, "arn:aws:sqs:*:*:q": No,
		"${aws_s3_bucket.b.arn}/*": No, "${unknown}": Maybe, "arn:*": No, "arn:aws:ec2:*:*:instance/i-1": No,
	}
	for text, want := range tests {
		if got := Broad(newPattern(text, true)); got != want {
			t.Errorf("Broad(%q) = %s, want %s", text, got, want)
		}
	}
}
