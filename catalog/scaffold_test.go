package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loadDraft loads a file beside the embedded catalog and lints it.
func loadDraft(t *testing.T, text string) map[string]int {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "draft.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, diags := Load(Options{Dirs: []string{dir}})
	if _, ok := c.Hosting("draft"); !ok {
		t.Fatal("the hosting of the draft is not there", diags)
	}
	said := map[string]int{}
	for _, d := range append(diags, c.Lint()...) {
		said[d.Summary]++
	}
	return said
}

func TestScaffold(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{})
	text, err := c.Scaffold(Draft{Service: "draft", Title: `A "draft"`, Type: "AWS::IAM::Group"})
	if err != nil {
		t.Fatal(err)
	}
	for summary := range loadDraft(t, text) {
		switch summary {
		case "Citation incomplete", "Plane incomplete", "Part incomplete", "Reason missing", "Example incomplete", "Row without example":
		default:
			t.Errorf("a fresh draft must only lack things, not be wrong: %s", summary)
		}
	}
	// Filled in as the comments say, it is clean.
	text = strings.NewReplacer(
		`{title: "", url: "https://docs.aws.amazon.com/", seen: ""}`, `{title: Security, url: "https://docs.aws.amazon.com/fsx/", seen: 2026-11-24}`,
		`about: ""`, `about: "It makes file systems."`, `text: ""`, `text: "It makes file systems."`,
		`reason: ""`, `reason: "Nothing tells."`, `customer: ""`, `customer: "What is set up."`,
		`expect: {}`, "expect: {"+openDuties(t, c)+"}",
	).Replace(text)
	if said := loadDraft(t, text); len(said) > 0 {
		t.Errorf("filled in, the draft must be clean: %v\n%s", said, text)
	}
}

func openDuties(t *testing.T, c *Catalog) string {
	t.Helper()
	parent, ok := c.Stack(DefaultStack)
	if !ok {
		t.Fatal("no default stack")
	}
	var list []string
	h, _ := c.Hosting("sqs")
	for d := range h.rows {
		if len(parent.rows[d]) == 0 {
			list = append(list, string(d)+": undetermined")
		}
	}
	if len(list) == 0 {
		list = append(list, "data/protect: undetermined")
	}
	return strings.Join(list, ", ")
}

func TestScaffoldRefuses(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{})
	for name, d := range map[string]Draft{
		"no id":           {Service: "Amazon FSx"},
		"unknown":         {Service: "unknown"},
		"a path":          {Service: "../fsx"},
		"taken":           {Service: "sqs"},
		"taken by a host": {Service: "lambda-zip"},
		"no type":         {Service: "draft", Type: "AWS::IAM::Gruop"},
		"claimed type":    {Service: "draft", Type: "AWS::SQS::Queue"},
		"no stack":        {Service: "draft", Inherits: "managed"},
		"a hosting":       {Service: "draft", Inherits: "sqs"},
		"no class":        {Service: "draft", Class: "cloudy"},
	} {
		if text, err := c.Scaffold(d); err == nil || text != "" {
			t.Errorf("%s: accepted", name)
		}
	}
}
