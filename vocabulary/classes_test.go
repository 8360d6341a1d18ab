package vocabulary_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vocabulary"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]vocabulary.Classification{
		"AWS::SQS::Queue":              {Service: "sqs", Classes: []string{"serverless"}, Kind: vocabulary.KindWorkload},
		"AWS::SQS::QueuePolicy":        {Service: "sqs", Classes: []string{"serverless"}, Kind: vocabulary.KindPart, PartOf: "AWS::SQS::Queue"},
		"AWS::SQS::QueueRedrivePolicy": {Service: "sqs", Classes: []string{"serverless"}, Kind: vocabulary.KindPart, PartOf: "AWS::SQS::Queue"},
		"AWS::IAM::Role":               {Service: "iam", Classes: []string{"serverless"}, Kind: vocabulary.KindConfiguration},
		"AWS::ECS::Service":            {Service: "ecs", Classes: []string{"managed", "serverless"}, Kind: vocabulary.KindWorkload},
		"Alexa::ASK::Skill":            {Service: "alexa", Classes: []string{"serverless"}, Kind: vocabulary.KindConfiguration},
	} {
		want.Type = typ
		got, ok := vocabulary.Classify(typ)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v %s", typ, ok, diff)
		}
		if vocabulary.IsWorkload(typ) != (want.Kind == vocabulary.KindWorkload) {
			t.Errorf("%s: IsWorkload does not agree", typ)
		}
	}
	for _, typ := range []string{"Deployment", "Custom::Thing", "AWS::SQS::Nothing", "", "#"} {
		if c, ok := vocabulary.Classify(typ); ok || vocabulary.IsWorkload(typ) {
			t.Errorf("%q is classified: %v", typ, c)
		}
	}
}

// TestClassesTable checks each line of the table, its order, and that parts belong to workloads.
func TestClassesTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("classes.txt")
	if err != nil {
		t.Fatal(err)
	}
	classes := []string{"non-managed", "managed", "serverless"}
	last := ""
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if fields[0] == "#" {
			continue
		}
		if fields[0] <= last {
			t.Errorf("%s: not in order, or twice", fields[0])
		}
		last = fields[0]
		c, ok := vocabulary.Classify(fields[0])
		want := map[vocabulary.ResourceKind]int{vocabulary.KindWorkload: 4, vocabulary.KindPart: 5, vocabulary.KindConfiguration: 4}[c.Kind]
		if !ok || len(fields) != want || strings.Join(fields, " ")+"\n" != line {
			t.Errorf("%q is no line of the table", line)
			continue
		}
		if strings.Trim(c.Service, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%s: service %q is no id", c.Type, c.Service)
		}
		for i, class := range c.Classes {
			if !slices.Contains(classes, class) || slices.Contains(c.Classes[:i], class) {
				t.Errorf("%s: class %q", c.Type, class)
			}
		}
		if c.Kind == vocabulary.KindPart && !vocabulary.IsWorkload(c.PartOf) {
			t.Errorf("%s is part of %s, which is no workload", c.Type, c.PartOf)
		}
	}
}

// TestCloudFormationClassified: all of CloudFormation's types are in the table.
func TestCloudFormationClassified(t *testing.T) {
	t.Parallel()
	n := 0
	for _, typ := range vocabulary.Load().Names() {
		if strings.HasPrefix(typ, "onus::") || !strings.Contains(typ, "::") { // a fact, a kind of Kubernetes
			continue
		}
		n++
		if _, ok := vocabulary.Classify(typ); !ok {
			t.Errorf("%s is not classified", typ)
		}
	}
	t.Logf("%d CloudFormation types classified", n)
	if n < 1800 {
		t.Errorf("only %d types", n)
	}
}

// TestTerraformClassified: of the AWS provider's resources at least 99 in 100 have a type, and each type is classified.
func TestTerraformClassified(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../source/terraform/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[0], "aws_") {
			types[fields[0]] = strings.TrimPrefix(fields[1], "=")
		}
	}
	names, err := os.ReadFile("testdata/provider-aws.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(names))
	classified := 0
	for _, name := range all {
		typ, ok := types[name]
		if !ok {
			continue
		}
		if _, ok := vocabulary.Classify(typ); ok || strings.HasPrefix(typ, "onus::") {
			classified++
			continue
		}
		t.Errorf("%s is %s, which is not classified", name, typ)
	}
	t.Logf("%d of %d names classified", classified, len(all))
	if classified*100 < 99*len(all) || len(all) < 1500 {
		t.Errorf("%d of %d names classified", classified, len(all))
	}
}

func BenchmarkClassify(b *testing.B) {
	types := vocabulary.ClassifiedTypes()
	b.ReportAllocs()
	for i := range b.N {
		vocabulary.Classify(types[i%len(types)])
	}
}
