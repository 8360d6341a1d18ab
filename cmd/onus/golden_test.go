package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fourHostings are the stacks that the README compares.
func fourHostings() []string {
	return []string{"kubernetes-on-ec2", "ecs-ec2", "ecs-fargate", "lambda-zip"}
}

// TestFourWays maps the four ways of hosting in every format and compares with the golden files: the four stacks that the
// model is taught with.
func TestFourWays(t *testing.T) {
	t.Parallel()
	const examples = "../../examples/"
	cases := map[string][]string{
		"four-ways.terminal.golden":   {"map", "--width", "80", examples + "four-ways"},
		"four-ways-120.golden":        {"map", "--width", "120", "--trace", examples + "four-ways"},
		"four-ways.summary.golden":    {"map", "--width", "80", "--summary", examples + "four-ways"},
		"four-ways.json.golden":       {"map", "-f", "json", examples + "four-ways"},
		"four-ways.markdown.golden":   {"map", "-f", "markdown", examples + "four-ways"},
		"four-ways.svg.golden":        {"map", "-f", "svg", examples + "four-ways"},
		"cloudformation.json.golden":  {"map", "-f", "json", examples + "four-ways-cloudformation"},
		"explain-lambda.golden":       {"explain", "--width", "80", "lambda-zip"},
		"explain-os-apply.golden":     {"explain", "--width", "100", "operating-system/apply"},
		"explain-kubernetes.golden":   {"explain", "--width", "80", "kubernetes-on-ec2"},
		"compare.terminal.golden":     append([]string{"compare", "--width", "80"}, fourHostings()...),
		"compare.markdown.golden":     append([]string{"compare", "-f", "markdown", "--duties"}, fourHostings()...),
		"compare.html.golden":         append([]string{"compare", "-f", "html"}, fourHostings()...),
		"compare.json.golden":         {"compare", "-f", "json", "ecs-fargate", "lambda-zip"},
		"compare-path.golden":         {"compare", "--width", "120", examples + "four-ways", "lambda-zip"},
		"catalog-show-fargate.golden": {"catalog", "show", "--width", "120", "ecs-fargate"},
	}
	for name, args := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if args[0] == "map" || args[0] == "compare" {
				args = append(args, "--as-of", "2026-11-24")
			}
			var out, errOut bytes.Buffer
			if status := run(args, &out, &errOut); status != 0 {
				t.Fatalf("status %d: %s", status, errOut.String())
			}
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

// TestReadmePicture holds the README's second picture to what the command draws; -update draws it anew.
func TestReadmePicture(t *testing.T) {
	t.Parallel()
	const picture = "../../docs/images/compare.svg"
	var out, errOut bytes.Buffer
	if status := run(append([]string{"compare", "-f", "svg"}, fourHostings()...), &out, &errOut); status != 0 {
		t.Fatalf("status %d: %s", status, errOut.String())
	}
	if *update {
		if err := os.WriteFile(picture, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, out.Bytes()) {
		t.Errorf("%s is stale: make golden draws it anew", picture)
	}
}

// TestParallelismChangesNothing compares the bytes of a run with one and with many jobs.
func TestParallelismChangesNothing(t *testing.T) {
	t.Parallel()
	one, many := new(bytes.Buffer), new(bytes.Buffer)
	run([]string{"map", "-f", "json", "--as-of", "2026-11-24", "--jobs", "1", "../../examples"}, one, new(bytes.Buffer))
	run([]string{"map", "-f", "json", "--as-of", "2026-11-24", "--jobs", "8", "../../examples"}, many, new(bytes.Buffer))
	if !bytes.Contains(one.Bytes(), []byte(`"hosting": "ecs-fargate"`)) {
		t.Fatal("the run answered nothing")
	}
	if diff := cmp.Diff(one.String(), many.String()); diff != "" {
		t.Error(diff)
	}
}
