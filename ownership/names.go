package ownership

import "strings"

// names maps everything that a declared team is called to its id.
type names struct{ ids map[string]string }

func newNames() *names { return &names{ids: map[string]string{}} }

// add takes in a team. The first of two teams with one name keeps it.
func (n *names) add(t Team) {
	for _, name := range append([]string{t.ID, t.Name}, t.Aliases...) {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, taken := n.ids[name]; name != "" && !taken {
			n.ids[name] = t.ID
		}
	}
}

// declared finds the declared team of a name. "@acme/platform" also finds the team platform.
func (n *names) declared(text string) (id string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if id, ok = n.ids[text]; ok {
		return id, true
	}
	if handle, is := strings.CutPrefix(text, "@"); is {
		id, ok = n.ids[handle[strings.LastIndex(handle, "/")+1:]]
	}
	return id, ok
}

// team gives the id of a declared team, else the name as written.
func (n *names) team(text string) string {
	if id, ok := n.declared(text); ok {
		return id
	}
	return strings.TrimSpace(text)
}
