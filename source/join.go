package source

import (
	"path"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/tfplan"
)

// standing leaves out the parts that another part read as its own.
func standing(parts []part) []part {
	used := map[string]bool{}
	uses := map[string][]string{}
	keys := make([]string, 0, len(parts))
	for _, p := range parts {
		keys = append(keys, p.key)
		for _, name := range p.uses {
			u := p.tree.Absolute(name)
			uses[p.key] = append(uses[p.key], u)
			used[u] = used[u] || u != p.key
		}
	}
	own := unused(keys, used, uses)
	out := make([]part, 0, len(parts))
	for _, p := range parts {
		if own[p.key] {
			out = append(out, p)
		}
	}
	return out
}

// joined settles plans and states with the configuration that they were made of. One that the user named takes the
// place of the configuration, whose lines its resources point to. One that merely lies beside its configuration is left
// aside, because nothing says that it is not out of date.
func joined(parts []part) []part {
	replaced := map[string]bool{}
	dropped := map[string]bool{}
	for i := range parts {
		p := &parts[i]
		if !p.evaluated {
			continue
		}
		root := rootOf(p, parts)
		switch {
		case root == nil:
		case p.explicit:
			tfplan.Locate(p.inv, root.inv)
			replaced[root.key] = true
		default:
			dropped[p.key] = true
			root.inv.Diags.Warnf(diag.Range{Path: p.name}, "Plan or state not used",
				"It belongs to the configuration in %s, which was read. Name the file itself to map what it holds: `onus map %s %s`.", root.name, p.name, root.name)
		}
	}
	out := parts[:0]
	for _, p := range parts {
		if !replaced[p.key] && !dropped[p.key] {
			out = append(out, p)
		}
	}
	return out
}

// rootOf finds the Terraform root that a plan or state was made of: the one whose resources it shares, more than half of
// them and more than any other root does. nil when there is none.
func rootOf(p *part, parts []part) *part {
	addresses := map[string]bool{}
	for _, r := range p.inv.Resources {
		addresses[tfplan.WithoutKeys(r.Address)] = true
	}
	var best *part
	most, twice := 0, false
	for i := range parts {
		c := &parts[i]
		if c.evaluated || len(c.inv.Roots) == 0 || c.inv.Roots[0].Form != "terraform" || !p.explicit && !below(p.key, []string{c.key}) {
			continue
		}
		n := shared(c.inv, addresses)
		switch {
		case n > most:
			best, most, twice = c, n, false
		case n == most && n > 0 && path.Dir(p.key) != best.key:
			twice = path.Dir(p.key) != c.key
			if !twice {
				best = c
			}
		}
	}
	if best == nil || twice || 2*most <= len(addresses) {
		return nil
	}
	return best
}

// shared counts the distinct declarations of a root that are among the addresses.
func shared(inv *inventory.Inventory, addresses map[string]bool) int {
	counted := map[string]bool{}
	for _, r := range inv.Resources {
		if a := tfplan.WithoutKeys(r.Address); addresses[a] {
			counted[a] = true
		}
	}
	return len(counted)
}
