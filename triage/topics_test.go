package triage

import (
	"slices"
	"testing"

	"github.com/onus-dev/onus/stack"
)

// TestTopics runs the examples of topics.yaml: each rule is about the topic that it stands under, and each topic but the
// last is needed for one of its own.
func TestTopics(t *testing.T) {
	t.Parallel()
	list, err := parseTopics(topicsYAML)
	if err != nil {
		t.Fatal(err)
	}
	if last := list[len(list)-1]; last.typ != nil || last.words != nil {
		t.Error("the last topic does not take what is left")
	}
	for i := range list {
		x := &list[i]
		if !slices.Contains(stack.Duties(), x.duty) {
			t.Errorf("topic %d: there is no duty %q", i+1, x.duty)
		}
		if len(x.examples) == 0 {
			t.Errorf("topic %d has no example", i+1)
		}
		rest := slices.Concat(list[:i:i], list[i+1:])
		needed := false
		for _, ex := range x.examples {
			f := &Finding{ID: ex.ID, Title: ex.Title, Target: Target{Type: ex.Type}}
			if got := topicOf(list, f); got != x {
				t.Errorf("topic %d: %s %q is about %s", i+1, ex.ID, ex.Title, got.duty)
			}
			if other := topicOf(rest, f); other.duty != x.duty || other.layer != x.layer {
				needed = true
			}
		}
		if !needed {
			t.Errorf("topic %d: without it its examples are about the same duty", i+1)
		}
	}
}

func TestTopicsNotValid(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"topics: [{duty: a/b, words: '('}]", "topics: [{dutty: a/b}]", "topics: {"} {
		if _, err := parseTopics([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
