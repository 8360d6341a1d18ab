package vuln

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
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
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// classesOfExamples lists the class of every example of every rule.
func classesOfExamples(t testing.TB, r *Rules, rules []componentRule) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, rule := range rules {
		for _, s := range slices.Concat(rule.OK, rule.Not) {
			class := "none"
			if c := r.classOf(component(t, s).key()); c != nil {
				class = c.ID
			}
			fmt.Fprintf(&b, "%s\t%s\n", s, class)
		}
	}
	return b.Bytes()
}

// matrix lists the answer for one component of each class in every hosting, hostings of one answer on a line.
func matrix(t testing.TB, m *Model, only string) []byte {
	t.Helper()
	var b bytes.Buffer
	for i := range m.rules.classes {
		c := &m.rules.classes[i]
		if only != "" && c.ID != only {
			continue
		}
		for _, pkg := range slices.Concat([]string{c.Example}, slices.Sorted(maps.Keys(c.More))) {
			fmt.Fprintf(&b, "%s %s\n", c.ID, pkg)
			b.Write(answers(m, Vulnerability{Components: []Component{component(t, pkg)}}))
		}
	}
	for _, id := range m.rules.Known() {
		v, _ := m.rules.Lookup(id)
		if (only == "" || only == "facts") && v.Facts.Disclosed != "" {
			fmt.Fprintf(&b, "%s %s\n", id, v.Facts.Name)
			b.Write(answers(m, v))
		}
	}
	return b.Bytes()
}

// answers lists the hostings by answer.
func answers(m *Model, v Vulnerability) []byte {
	var b bytes.Buffer
	by := map[string][]string{}
	var order []string
	for _, id := range m.Hostings() {
		a := m.Who(v, Target{Hosting: id})
		key := fmt.Sprintf("%s %s-%s %v", a.Who, a.FixBuiltBy, a.AppliedBy, a.Steps)
		for _, p := range a.Parts {
			if p.Provided != "" && p.Who != NotAffected {
				key += " if"
			}
			key += " " + string(p.Layer) + ":" + p.Place
			if p.Layer == "" && p.Who == Undetermined {
				key += " (" + p.Reason + ")"
			}
		}
		for _, x := range a.Conditions {
			key += fmt.Sprintf(" | %s: %s %s", x.When, x.Who, x.Residual)
		}
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], id)
	}
	for _, key := range order {
		fmt.Fprintf(&b, "  %s\n    %v\n", key, by[key])
	}
	return b.Bytes()
}

// TestMatrix pins every answer of the model, so that a change of the catalog or of a rule shows what it moves.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	golden(t, "matrix.golden", matrix(t, m, ""))
	golden(t, "classes.golden", classesOfExamples(t, m.rules, m.rules.components))
}

// TestMutation changes each rule in turn and expects an example to notice.
func TestMutation(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	r := m.rules
	flips := 0
	survives := func(what string, noticed bool) {
		flips++
		if !noticed {
			t.Errorf("nothing notices: %s", what)
		}
	}
	classes := classesOfExamples(t, r, r.components)
	original := slices.Clone(r.components)
	for i := range original {
		r.components = slices.Clone(original)
		r.components[i].Class = r.classes[(slices.IndexFunc(r.classes, func(c class) bool { return c.ID == original[i].Class })+1)%len(r.classes)].ID
		survives("class of rule "+original[i].Class, !bytes.Equal(classes, classesOfExamples(t, r, original)))
		r.components = slices.Delete(slices.Clone(original), i, i+1)
		survives("rule "+original[i].Class+" taken out", !bytes.Equal(classes, classesOfExamples(t, r, original)))
	}
	r.components = original
	for i := range r.classes {
		c := &r.classes[i]
		before := matrix(t, m, c.ID)
		copies := c.Copies
		for j := range copies {
			c.Copies = slices.Delete(slices.Clone(copies), j, j+1)
			survives(fmt.Sprintf("copy %d of %s taken out", j, c.ID), !bytes.Equal(before, matrix(t, m, c.ID)))
			c.Copies = slices.Clone(copies)
			c.Copies[j].On = selector{Hosting: []string{"none"}}
			survives(fmt.Sprintf("copy %d of %s nowhere", j, c.ID), !bytes.Equal(before, matrix(t, m, c.ID)))
			if copies[j].BuiltBy != "" {
				c.Copies = slices.Clone(copies)
				c.Copies[j].BuiltBy = "undetermined"
				survives(fmt.Sprintf("copy %d of %s built by nobody", j, c.ID), !bytes.Equal(before, matrix(t, m, c.ID)))
			}
			if copies[j].Beneath {
				c.Copies = slices.Clone(copies)
				c.Copies[j].Beneath = false
				survives(fmt.Sprintf("copy %d of %s not beneath", j, c.ID), !bytes.Equal(before, matrix(t, m, c.ID)))
			}
			if copies[j].When != "" {
				c.Copies = slices.Clone(copies)
				c.Copies[j].When = ""
				survives(fmt.Sprintf("copy %d of %s unconditional", j, c.ID), !bytes.Equal(before, matrix(t, m, c.ID)))
			}
		}
		c.Copies = copies
	}
	before := map[string][]byte{"": matrix(t, m, "facts")}
	for _, c := range r.classes {
		before[c.ID] = matrix(t, m, c.ID)
	}
	differs := func() bool { // a difference is enough: most are found in the first classes
		if !bytes.Equal(before[""], matrix(t, m, "facts")) {
			return true
		}
		return slices.ContainsFunc(r.classes, func(c class) bool { return !bytes.Equal(before[c.ID], matrix(t, m, c.ID)) })
	}
	rules := r.residuals.Residuals
	for j := range rules {
		r.residuals.Residuals = slices.Clone(rules)
		r.residuals.Residuals[j].Residual = RotateKeys
		survives(fmt.Sprintf("residual %d %v", j, rules[j].Layer), differs())
	}
	r.residuals.Residuals = rules
	shared := r.residuals.Shared
	for j := range shared {
		r.residuals.Shared = slices.Delete(slices.Clone(shared), j, j+1)
		survives(fmt.Sprintf("shared rule %d", j), differs())
	}
	r.residuals.Shared = shared
	third := r.residuals.ThirdParty
	for j := range third {
		r.residuals.ThirdParty = slices.Delete(slices.Clone(third), j, j+1)
		survives(fmt.Sprintf("third party's rule %d", j), differs())
	}
	r.residuals.ThirdParty = third
	earlier := r.residuals.Before
	for j := range earlier {
		r.residuals.Before = slices.Delete(slices.Clone(earlier), j, j+1)
		survives(fmt.Sprintf("before rule %d", j), differs())
	}
	r.residuals.Before = earlier
	t.Logf("%d flips", flips)
}
