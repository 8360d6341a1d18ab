package ownership

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/glob"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// FileName is the configuration file that holds teams and rules.
const FileName = "onus.yaml"

// maxRules is how many rules and how many teams one file may hold.
const maxRules = 2000

// ruleFile is the part of one onus.yaml that says who holds what.
type ruleFile struct {
	// base is the absolute directory that the rules hold in and that their paths are relative to. Empty stands for the
	// boundary of each given path (--config).
	base  string
	teams []Team
	rules []*rule
	diags diag.List
}

// rule gives duties of workloads to a team.
type rule struct {
	team string
	at   diag.Range
	// duty says for each duty in the order of stack.Duties how narrowly the rule names it: no, or a narrowness.
	duty []narrowness
	// paths and the globs below select workloads; an empty one selects all.
	paths                               []glob.Path
	names, hostings, services, accounts []string
	tags                                []tagPattern
	// wide is set when the rule selects no duties.
	wide bool
}

type tagPattern struct{ key, value string }

// narrowness tells how narrowly a selector names something.
type narrowness int8

const (
	no    narrowness = -1
	open  narrowness = 0 // there is no such selector
	wild  narrowness = 1 // a pattern
	layer narrowness = 2 // a layer with all its duties
	exact narrowness = 3
)

// parseRules reads one onus.yaml. What it says of other things (modules, roots) is left to package source.
func parseRules(path, base, text string) *ruleFile {
	f := &ruleFile{base: base}
	r := &rulefile.Reader{Path: path, Content: text, What: "configuration", Begins: "teams or rules"}
	if strings.TrimSpace(text) == "" {
		return f
	}
	if root := r.Root(); root != nil {
		f.read(r, root)
	}
	f.diags = r.Diags
	return f
}

func (f *ruleFile) read(r *rulefile.Reader, root *yaml.Node) {
	ignore := func(*yaml.Node) {}
	var rules *yaml.Node
	r.Fields(root, "onus.yaml", map[string]func(*yaml.Node){
		"modules": ignore, "roots": ignore,
		"teams": func(n *yaml.Node) {
			r.Items(n, "teams", func(item *yaml.Node) { f.readTeam(r, item) })
		},
		"rules": func(n *yaml.Node) { rules = n },
	})
	if rules != nil {
		r.Items(rules, "rules", func(item *yaml.Node) { f.readRule(r, item) })
	}
}

func (f *ruleFile) readTeam(r *rulefile.Reader, n *yaml.Node) {
	t := Team{At: r.At(n)}
	var contact string
	r.Fields(n, "A team", map[string]func(*yaml.Node){
		"id": r.Text(&t.ID, "id"), "name": r.Text(&t.Name, "name"), "contact": r.Text(&contact, "contact"),
		"contacts": r.Strings(&t.Contacts, "contacts"), "aliases": r.Strings(&t.Aliases, "aliases"),
	})
	if contact != "" {
		t.Contacts = append([]string{contact}, t.Contacts...)
	}
	same := func(o Team) bool { return strings.EqualFold(o.ID, t.ID) }
	switch {
	case strings.TrimSpace(t.ID) == "":
		r.Errorf(n, "Team without an id", "Each team has an id, by which rules name it: `- id: platform`.")
	case slices.ContainsFunc(f.teams, same):
		r.Errorf(n, "Team given twice", "There is a team %q already. Give each team one entry, and its other names as aliases.", rulefile.Clip(t.ID))
	case len(f.teams) >= maxRules:
		r.Errorf(n, "Too many teams", "At most %d teams are read.", maxRules)
	default:
		f.teams = append(f.teams, t)
	}
}

func (f *ruleFile) readRule(r *rulefile.Reader, n *yaml.Node) {
	u := &rule{at: r.At(n)}
	before := len(r.Diags)
	var layers, duties, paths []string
	r.Fields(n, "A rule", map[string]func(*yaml.Node){
		"team": r.Text(&u.team, "team"), "layers": r.Strings(&layers, "layers"), "duties": r.Strings(&duties, "duties"),
		"paths": r.Strings(&paths, "paths"), "names": r.Strings(&u.names, "names"), "hostings": r.Strings(&u.hostings, "hostings"),
		"services": r.Strings(&u.services, "services"), "accounts": r.Strings(&u.accounts, "accounts"),
		"tags": func(n *yaml.Node) { u.tags = readTags(r, n) },
	})
	f.checkTeam(r, n, u.team)
	u.setDuties(r, n, layers, duties)
	for _, p := range paths {
		compiled, err := glob.Compile(p)
		if err != nil {
			r.Errorf(n, "Path of a rule not understood", "%v. A path is written as in .gitignore, relative to the directory of the file: /apps/billing/, *.tf.", err)
		}
		u.paths = append(u.paths, compiled)
	}
	for _, a := range u.accounts {
		if !isAccount(a) {
			r.Errorf(n, "Not an account", "%q is no account id. Give 12 digits, in quotes.", rulefile.Clip(a))
		}
	}
	switch {
	case len(r.Diags) > before: // a rule that is not understood in full selects more or less than it should
	case len(f.rules) >= maxRules:
		r.Errorf(n, "Too many rules", "At most %d rules are read.", maxRules)
	default:
		f.rules = append(f.rules, u)
	}
}

func readTags(r *rulefile.Reader, n *yaml.Node) (out []tagPattern) {
	r.Each(n, "tags", func(key, value *yaml.Node) {
		var text string
		r.Text(&text, "The value of a tag")(value)
		out = append(out, tagPattern{key.Value, text})
	})
	return out
}

// checkTeam refuses a team that the file does not declare, when it declares any.
func (f *ruleFile) checkTeam(r *rulefile.Reader, n *yaml.Node, team string) {
	same := func(t Team) bool { return t.ID == team }
	switch {
	case strings.TrimSpace(team) == "":
		r.Errorf(n, "Rule without a team", "Each rule names the team that it gives duties to: `team: platform`.")
	case len(f.teams) > 0 && !slices.ContainsFunc(f.teams, same):
		ids := make([]string, len(f.teams))
		for i, t := range f.teams {
			ids[i] = t.ID
		}
		r.Errorf(n, "Unknown team", "The rule names the team %q, which is not below teams. The teams are %s.", rulefile.Clip(team), rulefile.Clip(strings.Join(ids, ", ")))
	}
}

// setDuties works out which duties a rule is about. Layers and duties add up.
func (u *rule) setDuties(r *rulefile.Reader, n *yaml.Node, layers, duties []string) {
	all := stack.Duties()
	u.duty = make([]narrowness, len(all))
	u.wide = len(layers)+len(duties) == 0
	if u.wide {
		return
	}
	for i := range u.duty {
		u.duty[i] = no
	}
	for _, l := range layers {
		duties = append(duties, l+"/*")
	}
	for _, pattern := range duties {
		how, found := narrownessOf(pattern), false
		for i, d := range all {
			if glob.Match(pattern, string(d)) {
				u.duty[i], found = max(u.duty[i], how), true
			}
		}
		if !found {
			r.Errorf(n, "Unknown duty or layer", "%q is no duty and matches none. Duties are written layer/duty, such as operating-system/apply or operating-system/*; `onus explain` lists them.", rulefile.Clip(pattern))
		}
	}
}

func narrownessOf(pattern string) narrowness {
	rest, whole := strings.CutSuffix(pattern, "/*")
	switch {
	case !glob.IsPattern(pattern):
		return exact
	case whole && !glob.IsPattern(rest):
		return layer
	}
	return wild
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
