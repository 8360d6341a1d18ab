package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// answerOf runs a command line that must succeed.
func answerOf(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errOut bytes.Buffer
	if status := run(args, &out, &errOut); status != statusFine {
		t.Fatalf("%v: status %d: %s", args, status, errOut.String())
	}
	return out.Bytes()
}

// ways are the four ways of hosting, each with the workload that is moved.
var ways = []struct{ dir, workload, hosting string }{
	{"kubernetes-on-ec2", "aws_autoscaling_group.workers", "kubernetes-on-ec2"},
	{"ecs-ec2", "aws_ecs_service.shop", "ecs-ec2"},
	{"ecs-fargate", "aws_ecs_service.shop", "ecs-fargate"},
	{"lambda", "aws_lambda_function.shop", "lambda-zip"},
}

// TestMoveAgreesWithCompare moves the shop from each way of hosting to each other: what is shed and gained, and who holds
// what on both sides, is what `onus compare` says.
func TestMoveAgreesWithCompare(t *testing.T) {
	t.Parallel()
	type stepDoc struct {
		Counts  map[string]int      `json:"counts"`
		Changes []map[string]string `json:"changes"`
	}
	for _, from := range ways {
		for _, to := range ways {
			if from.hosting == to.hosting {
				continue
			}
			path := "../../examples/four-ways/" + from.dir
			var moved struct {
				Step stepDoc `json:"step"`
			}
			var compared struct {
				Steps []stepDoc `json:"steps"`
			}
			doc := answerOf(t, "move", path, "--workload", from.workload, "--to", to.hosting, "-f", "json")
			if err := json.Unmarshal(doc, &moved); err != nil {
				t.Fatal(err)
			}
			doc = answerOf(t, "compare", path, to.hosting, "--workload", from.workload, "-f", "json")
			if err := json.Unmarshal(doc, &compared); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(compared.Steps[0], moved.Step); diff != "" || len(moved.Step.Changes) == 0 {
				t.Errorf("%s → %s: %s", from.hosting, to.hosting, diff)
			}
		}
	}
}

// TestMoveGolden compares whole answers, in every format.
func TestMoveGolden(t *testing.T) {
	t.Parallel()
	const dir = "../../examples/four-ways/"
	move := []string{"move", dir + "ecs-ec2", "--workload", "shop", "--to", "lambda-zip", "--as-of", "2026-11-24"}
	effort := []string{"effort", dir + "ecs-ec2", "--workload", "shop", "--hosting", "ecs-fargate", "--people", "0.5", "--as-of", "2026-11-24"}
	for name, args := range map[string][]string{
		"move-terminal.golden":   append(move[:len(move):len(move)], "--width", "80", "--trace"),
		"move-markdown.golden":   append(move[:len(move):len(move)], "-f", "markdown"),
		"move-json.golden":       append(move[:len(move):len(move)], "-f", "json"),
		"effort-terminal.golden": append(effort[:len(effort):len(effort)], "--width", "80"),
		"effort-explain.golden":  append(effort[:len(effort):len(effort)], "--width", "80", "--explain"),
		"effort-markdown.golden": append(effort[:len(effort):len(effort)], "-f", "markdown", "--explain"),
		"effort-json.golden":     append(effort[:len(effort):len(effort)], "-f", "json"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := answerOf(t, args...)
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMoveFitsThePage: no line is wider than asked for, whatever the width.
func TestMoveFitsThePage(t *testing.T) {
	t.Parallel()
	const dir = "../../examples/four-ways/"
	for _, width := range []string{"40", "80", "113"} {
		for _, args := range [][]string{
			{"move", dir + "ecs-ec2", "--workload", "shop", "--to", "eks-auto", "--trace"},
			{"effort", dir, "--explain"},
			{"effort", "--hosting", "rds", "--people", "3"},
		} {
			limit := map[string]int{"40": 40, "80": 80, "113": 113}[width]
			for line := range bytes.Lines(answerOf(t, append(args, "--width", width)...)) {
				if n := utf8.RuneCount(bytes.TrimRight(line, "\n")); n > limit {
					t.Errorf("%v: %d columns: %s", args, n, line)
				}
			}
		}
	}
}
