package vuln

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// researched is one case of testdata/cases.yaml.
type researched struct {
	ID       string            `yaml:"id"`
	CVEs     []string          `yaml:"cves"`
	AsOf     string            `yaml:"asOf"`
	Sources  []string          `yaml:"sources"`
	Sourced  map[string]string `yaml:"sourced"`
	Inferred map[string]string `yaml:"inferred"`
}

func loadCases(t testing.TB) []researched {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []researched `yaml:"cases"`
	}
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// score counts cells.
type score struct{ cells, who, step, sourced, sourcedWho, sourcedStep int }

// TestCases reproduces the researched cases from the rules: at least 95 % of the sourced cells, and never "AWS, nothing
// to do" where the customer has to act.
func TestCases(t *testing.T) {
	t.Parallel()
	var sum score
	models := map[string]*Model{}
	for _, c := range loadCases(t) {
		asOf := c.AsOf
		if asOf == "" {
			asOf = "2026-11-24"
		}
		if models[asOf] == nil {
			models[asOf] = loadModel(t, asOf)
		}
		m := models[asOf]
		for _, cve := range c.CVEs {
			v, ok := m.rules.Lookup(cve)
			if !ok {
				t.Errorf("%s: the index lacks %s", c.ID, cve)
			}
			judge(t, m, &c, v, c.Sourced, true, &sum)
			judge(t, m, &c, v, c.Inferred, false, &sum)
		}
	}
	t.Logf("sourced cells: %d of %d right by who, %d by step; all cells: %d of %d by who, %d by step",
		sum.sourcedWho, sum.sourced, sum.sourcedStep, sum.who, sum.cells, sum.step)
	if sum.sourcedWho*100 < sum.sourced*95 || sum.sourcedStep*100 < sum.sourced*95 || sum.who*100 < sum.cells*95 {
		t.Error("fewer than 95 % of the cells are right")
	}
}

func judge(t *testing.T, m *Model, c *researched, v Vulnerability, cells map[string]string, sourced bool, sum *score) {
	t.Helper()
	for id, want := range cells {
		who, step, _ := strings.Cut(want, "/")
		a := m.Who(v, Target{Hosting: id})
		sum.cells++
		rightWho, rightStep := string(a.Who) == who, stepFits(step, a.Steps)
		if rightWho {
			sum.who++
		}
		if rightStep {
			sum.step++
		}
		if sourced {
			sum.sourced++
			if rightWho {
				sum.sourcedWho++
			}
			if rightStep {
				sum.sourcedStep++
			}
		}
		if !rightWho || !rightStep {
			t.Logf("%s %s on %s (sourced %v): is %s %v, the case says %s: %s", c.ID, v.ID, id, sourced, a.Who, a.Steps, want, a.Reason)
		}
		if sourced && who != "aws" && who != "not-affected" && (a.Who == AWS || a.Who == NotAffected) && a.Residual == None {
			t.Errorf("%s on %s: nothing to do for the customer, but the source says there is", v.ID, id)
		}
	}
}

// stepFits compares steps with those of a case: all that a + joins, either of those that a | parts.
func stepFits(want string, steps []Residual) bool {
	if strings.Contains(want, "|") {
		return slices.ContainsFunc(strings.Split(want, "|"), func(s string) bool { return slices.Contains(steps, Residual(s)) })
	}
	for _, s := range strings.Split(want, "+") {
		if !slices.Contains(steps, Residual(s)) {
			return false
		}
	}
	return true
}
