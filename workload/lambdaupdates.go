package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file derives onus::RuntimeUpdates: the runtime update mode in force for the versions of a function that are
// live. Runtime management is per version. Live are the versions that an alias points to, or $LATEST without an alias.
// A published version whose own mode the input does not show counts with the mode of $LATEST: whether publishing
// copies the mode is not documented, and that is the less automatic reading of the two. A version that only a number
// names was published under a configuration that nobody can see here, so its mode is unknown.

const (
	modeAuto           = "Auto"
	modeFunctionUpdate = "FunctionUpdate"
	modeManual         = "Manual"
	latestVersion      = "$LATEST"
)

// updateMode is the mode of one live version, with what decided it.
type updateMode struct {
	qualifier string
	mode      Evidence
	// why is set when the mode is unknown.
	why []inventory.Step
}

// runtimeUpdates is the part for a function: the least automatic mode of its live versions.
func (f *finder) runtimeUpdates(r *inventory.Resource) Part {
	modes := f.liveModes(r)
	worst := modes[0]
	for _, m := range modes[1:] {
		if rank(m) > rank(worst) {
			worst = m
		}
	}
	mode := inventory.UnknownValue(worst.mode.Value.Origin(), worst.why...)
	if len(worst.why) == 0 {
		text, _ := worst.mode.Value.Text()
		if worst.mode.Value.IsNull() {
			text = modeAuto
		}
		mode = derivedString(text, worst.mode.Value)
	}
	because := make([]Evidence, 0, len(modes))
	because = append(because, worst.mode)
	for _, m := range modes {
		if !slices.ContainsFunc(because, func(e Evidence) bool { return sameEvidence(e, m.mode) }) {
			because = append(because, m.mode)
		}
	}
	return derivedPart(r, typeUpdates, []inventory.Property{
		{Name: "Mode", Value: mode},
		{Name: "Qualifier", Value: inventory.StringValue(worst.qualifier, worst.mode.Value.Origin())},
	}, because...)
}

func sameEvidence(a, b Evidence) bool {
	return a.Property == b.Property && a.Value.Origin() == b.Value.Origin() && a.Value.Display() == b.Value.Display()
}

// rank orders modes from automatic to not: Manual outweighs an unknown mode, which may still be Manual.
func rank(m updateMode) int {
	if len(m.why) > 0 {
		return 2
	}
	switch text, _ := m.mode.Value.Text(); text {
	case modeManual:
		return 3
	case modeFunctionUpdate:
		return 1
	}
	return 0
}

// liveModes gives the modes of every live version, never none.
func (f *finder) liveModes(r *inventory.Resource) []updateMode {
	aliases := f.aliasesOf[r]
	if len(aliases) == 0 {
		return f.latestModes(r)
	}
	var out []updateMode
	for _, a := range aliases {
		out = append(out, f.versionModes(r, a, at(a, "FunctionVersion"))...)
		weights := a.Get("RoutingConfig.AdditionalVersionWeights")
		if weights.IsUnknown() {
			e := at(a, "RoutingConfig.AdditionalVersionWeights")
			out = append(out, updateMode{qualifier: a.Name, mode: e, why: unknownSteps(e)})
			continue
		}
		for _, w := range weights.List() {
			e := Evidence{a.Type + ".RoutingConfig.AdditionalVersionWeights.FunctionVersion", w.Get("FunctionVersion")}
			out = append(out, f.versionModes(r, a, e)...)
		}
	}
	return out
}

// latestModes gives what is configured for $LATEST: by the function itself and by separate configurations.
func (f *finder) latestModes(r *inventory.Resource) []updateMode {
	own := at(r, "RuntimeManagementConfig.UpdateRuntimeOn")
	out := []updateMode{newMode(latestVersion, own)}
	for _, c := range f.runtimesOf[r] {
		q := c.Get("Qualifier")
		text, known := q.Text()
		switch {
		case q.IsNull(), text == latestVersion:
			out = append(out, configMode(latestVersion, c))
		case !known && len(f.ix.Follow(c, q)) == 0:
			out = append(out, updateMode{qualifier: latestVersion, mode: at(c, "Qualifier"), why: unknownSteps(at(c, "Qualifier"))})
		}
	}
	if len(out) > 1 && own.Value.IsNull() {
		out = out[1:]
	}
	for _, c := range f.strayRuntimes[r.Scope] {
		m := configMode(latestVersion, c)
		if text, _ := m.mode.Value.Text(); text != modeAuto {
			m.mode = at(c, "FunctionName")
			m.why = unknownSteps(m.mode)
			out = append(out, m)
		}
	}
	return out
}

// newMode reads a mode; a mode that is not set is Auto, a text that is no mode is unknown.
func newMode(qualifier string, e Evidence) updateMode {
	m := updateMode{qualifier: qualifier, mode: e}
	text, known := e.Value.Text()
	switch {
	case e.Value.IsUnknown():
		m.why = unknownSteps(e)
	case known && !slices.Contains([]string{modeAuto, modeFunctionUpdate, modeManual}, text):
		m.why = []inventory.Step{{Name: e.Property, Note: "is no runtime update mode", At: e.Value.Origin()}}
	}
	return m
}

// configMode reads a separate configuration; one that may be absent leaves the mode unknown unless it says Auto.
func configMode(qualifier string, c *inventory.Resource) updateMode {
	m := newMode(qualifier, at(c, "UpdateRuntimeOn"))
	if text, _ := m.mode.Value.Text(); len(c.MaybeAbsent) > 0 && len(m.why) == 0 && text != modeAuto {
		m.why = c.MaybeAbsent
	}
	return m
}

// versionModes gives the modes of the version that an alias points to.
func (f *finder) versionModes(fn, alias *inventory.Resource, e Evidence) []updateMode {
	text, known := e.Value.Text()
	if text == latestVersion {
		return f.latestModes(fn)
	}
	if found := f.qualified(fn, alias, e.Value); len(found) > 0 {
		return found
	}
	if !known {
		if why := f.openSteps(alias, e.Value); len(why) > 0 || len(e.Value.Refs()) == 0 {
			return []updateMode{{qualifier: alias.Name, mode: e, why: f.undecided(alias, e.Value, false)}}
		}
	}
	return f.publishedModes(fn, alias, e)
}

// qualified finds separate configurations that name the same version as an alias does.
func (f *finder) qualified(fn, alias *inventory.Resource, version inventory.Value) []updateMode {
	var out []updateMode
	text, known := version.Text()
	for _, c := range f.runtimesOf[fn] {
		q := c.Get("Qualifier")
		qText, qKnown := q.Text()
		same := known && qKnown && text == qText || sharesVersion(alias, version, c, q)
		if same {
			out = append(out, configMode(q.Display(), c))
		}
	}
	return out
}

// sharesVersion reports whether two values are taken from the same version attribute or version resource.
func sharesVersion(a *inventory.Resource, va inventory.Value, b *inventory.Resource, vb inventory.Value) bool {
	if a.Scope != b.Scope {
		return false
	}
	for _, ra := range va.Refs() {
		for _, rb := range vb.Refs() {
			if ra.Address == rb.Address && strings.EqualFold(ra.Attr, rb.Attr) {
				return true
			}
		}
	}
	return false
}

// publishedModes is the mode of a version that no separate configuration names: its own runtime policy, or, for a
// version that this input publishes, the mode of $LATEST.
func (f *finder) publishedModes(fn, alias *inventory.Resource, e Evidence) []updateMode {
	published := false
	for _, to := range f.ix.Follow(alias, e.Value) {
		switch {
		case to.Type == typeVersion:
			if own := at(to, "RuntimePolicy.UpdateRuntimeOn"); !own.Value.IsNull() {
				return []updateMode{newMode(to.Name, own)}
			}
			published = true
		case to == fn:
			published = true
		}
	}
	if published {
		out := f.latestModes(fn)
		for i := range out {
			out[i].qualifier = alias.Name
		}
		return out
	}
	step := inventory.Step{
		Name: "version " + e.Value.Display() + " of " + fn.Address,
		Note: "keeps a mode of its own that the input does not show", At: e.Value.Origin(),
	}
	return []updateMode{{qualifier: alias.Name, mode: e, why: []inventory.Step{step}}}
}
