package source

import (
	"bytes"
	"testing"
)

func TestIsAnnotated(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"# onus:accept=data/protect": true, `"onus": {"accept": []}`: true, "onus.dev/accept": true,
		"": false, "accept onus": false, "bonus": false, "a: b": false,
	} {
		if isAnnotated([]byte(text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// BenchmarkIsAnnotated is what the search costs a run: the speed over text that holds neither word.
func BenchmarkIsAnnotated(b *testing.B) {
	data := bytes.Repeat([]byte("resource \"aws_sqs_queue\" \"jobs\" {\n  name = \"jobs\"\n}\n"), 20_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if isAnnotated(data) {
			b.Fatal("found")
		}
	}
}
