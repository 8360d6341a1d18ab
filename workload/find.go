package workload

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Find returns every workload of the inventory, sorted by scope and address. ix must index inv. The result is never
// nil; the inventory is not changed.
func Find(ix *inventory.Index, inv *inventory.Inventory, opts Options) []Workload {
	f := newFinder(ix, inv, opts)
	out := make([]Workload, 0, len(inv.Resources)/4)
	for _, r := range inv.Resources {
		if r.Lookup {
			continue
		}
		if w, ok := f.root(r); ok {
			f.addAttached(w.Parts, r)
			f.addAddons(w.Parts, r)
			out = append(out, f.wholeParts(finish(w, r)))
		}
	}
	slices.SortStableFunc(out, func(a, b Workload) int {
		return cmp.Or(strings.Compare(a.Scope, b.Scope), strings.Compare(a.Address, b.Address))
	})
	return out
}

// finish fills in what follows from the root alone and drops the parts that are absent.
func finish(w Workload, r *inventory.Resource) Workload {
	w.Root, w.Name, w.Address, w.Scope = r, r.Name, r.Address, r.Scope
	w.ID = stableID(r.Scope, r.Address)
	for role, p := range w.Parts {
		if p.Resource == nil && !p.Unknown {
			delete(w.Parts, role)
		}
	}
	return w
}

// stableID is the first 64 bits of the SHA-256 of scope and address, in hex.
func stableID(scope, address string) string {
	sum := sha256.Sum256([]byte(scope + "\x00" + address))
	return hex.EncodeToString(sum[:8])
}

// root dispatches on the type of a resource; ok is false when the resource is no workload.
func (f *finder) root(r *inventory.Resource) (w Workload, ok bool) {
	switch r.Type {
	case typeInstance, typeGroup, typeSpotFleet, typeFleet:
		return f.hostWorkload(r), true
	case typeService:
		return f.ecsService(r), true
	case typeExpressService:
		return f.ecsExpress(r), true
	case typeTaskDefinition:
		return f.ecsTask(r)
	case typeNodeGroup:
		return f.eksNodeGroup(r), true
	case typeFargateProfile:
		return f.eksFargate(r), true
	case typeKubeCluster:
		return f.eksCluster(r)
	case typeFunction:
		return f.lambdaFunction(r), true
	case typeComputeEnvironment:
		return f.batchEnvironment(r), true
	case typeJobDefinition:
		return f.batchJob(r), true
	}
	if p := f.pods.pods[r]; p != nil {
		if f.pods.owned(r) {
			return Workload{}, false
		}
		return f.podWorkload(p), true
	}
	w, ok = f.dataRoot(r)
	if ok {
		f.addPlatformParts(&w, r)
	}
	return w, ok
}

// verdict is a hosting with its reasons, before the parts are added.
type verdict struct {
	hosting    string
	candidates []Candidate
	because    []Evidence
	why        string
}

// decided is the verdict for a known hosting.
func decided(hosting, why string, because ...Evidence) verdict {
	return verdict{hosting: hosting, why: why, because: because}
}

// open is the verdict when several hostings are possible. A hosting that two candidates share is said once, with
// both conditions; a single hosting decides after all, because every way leads to it.
func open(why string, candidates []Candidate, because ...Evidence) verdict {
	merged := mergeCandidates(candidates)
	if len(merged) == 1 && merged[0].Hosting != UnknownHosting {
		return verdict{hosting: merged[0].Hosting, why: why, because: because}
	}
	return verdict{hosting: UnknownHosting, candidates: merged, why: why, because: because}
}

func mergeCandidates(in []Candidate) []Candidate {
	var out []Candidate
	for _, c := range in {
		i := slices.IndexFunc(out, func(o Candidate) bool { return o.Hosting == c.Hosting })
		switch {
		case i < 0:
			out = append(out, c)
		case !strings.Contains(out[i].When, c.When):
			out[i].When += ", or " + c.When
		}
	}
	return out
}

// may reports whether the verdict is, or may turn out to be, the hosting.
func (v verdict) may(hosting string) bool {
	return v.hosting == hosting ||
		slices.ContainsFunc(v.candidates, func(c Candidate) bool { return c.Hosting == hosting })
}

// workload makes the workload of a verdict with its parts.
func (v verdict) workload(parts map[string]Part) Workload {
	return Workload{Hosting: v.hosting, Candidates: v.candidates, Because: v.because, Why: v.why, Parts: parts}
}
