package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHostileInput gives inputs that are broken or made to exhaust a reader. Each ends with status 3 and a diagnostic,
// and what stands beside it is answered.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	random := make([]byte, 10<<20)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(random)
	printable := make([]byte, 10<<20)
	for i := range printable {
		printable[i] = ' ' + random[i]%95
	}
	bomb := "AWSTemplateFormatVersion: '2010-09-09'\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'j'; c++ {
		ref := "*" + string(c-1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat(ref+",", 9) + ref + "]\n"
	}
	bomb += "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: *j\n"
	cases := map[string]struct {
		name string
		data []byte
	}{
		"random terraform": {"bad.tf", random},
		"random printable": {"bad.tf", printable},
		"alias bomb":       {"bomb.yaml", []byte(bomb)},
		"broken template":  {"broken.yaml", []byte("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Q: {Type: AWS::SQS::Queue\n")},
		"deep nesting":     {"deep.tf", []byte("locals { a = " + strings.Repeat("[", 2_000_000))},
		"prefixes":         {"not.tf", []byte("locals { a = " + strings.Repeat("!", 2_000_000) + "true }")},
		"conditionals":     {"if.tf", []byte("locals { a = " + strings.Repeat("true?1:", 500_000) + "2 }")},
		"json nesting":     {"deep.tf.json", []byte("{\"locals\": " + strings.Repeat("[", 1_000_000))},
		"template nesting": {"tpl.tf", []byte("locals { a = " + strings.Repeat("\"${", 500_000))},
		"many ports":       {"ports.tf", []byte("resource \"aws_sqs_queue\" \"q\" {\n  for_each = toset([for i in range(0, 200000) : tostring(i)])\n}\n")},
		"loops in loops":   {"loops.tf", []byte("locals {\n  r = range(1000)\n  a = [for a in local.r : [for b in local.r : [for c in local.r : a]]]\n}\nresource \"aws_sqs_queue\" \"q\" {\n  name = length(local.a)\n}\n")},
		"search in a loop": {"search.tf", []byte("locals {\n  r = flatten([for i in range(200) : range(i * 1000, i * 1000 + 1000)])\n  a = [for i in local.r : i if contains(local.r, -i - 1)]\n}\nresource \"aws_sqs_queue\" \"q\" {\n  name = length(local.a)\n}\n")},
		"doubled text":     {"text.tf", []byte(doubled("\"${local.a%[1]d}${local.a%[1]d}\""))},
		"doubled lists":    {"lists.tf", []byte(doubled("[local.a%[1]d, local.a%[1]d]"))},
		"billion":          {"range.tf", []byte("resource \"aws_sqs_queue\" \"q\" {\n  count = length(range(0, 1e9))\n}\nresource \"aws_sqs_queue\" \"r\" {\n  name = join(\"\", range(0, 1e9))\n}\n")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			good := "resource \"aws_lambda_function\" \"good\" {\n  function_name = \"answered\"\n  package_type  = \"Zip\"\n  runtime       = \"python3.13\"\n}\n"
			for file, data := range map[string][]byte{"good.tf": []byte(good), c.name: c.data} {
				if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var out, errOut bytes.Buffer
			status := run([]string{"map", "-f", "json", "--as-of", "2026-11-24", dir}, &out, &errOut)
			if status != statusPartial {
				t.Errorf("status %d, want %d; %s", status, statusPartial, errOut.String())
			}
			if !strings.Contains(errOut.String(), c.name) {
				t.Errorf("no diagnostic names %s:\n%s", c.name, errOut.String())
			}
			if !strings.Contains(out.String(), `"name": "answered"`) {
				t.Error("what stands beside the bad file is not answered")
			}
		})
	}
}

// doubled makes each of forty names twice as large as the one before it.
func doubled(format string) string {
	var b strings.Builder
	b.WriteString("locals {\n  a0 = \"aaaaaaaaaaaaaaaa\"\n")
	for i := range 40 {
		fmt.Fprintf(&b, "  a%d = "+strings.ReplaceAll(format, "[1]", "[2]")+"\n", i+1, i)
	}
	b.WriteString("}\nresource \"aws_sqs_queue\" \"q\" {\n  name = local.a40\n}\n")
	return b.String()
}
