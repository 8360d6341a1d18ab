// Package governance answers a run of checks about what the customer's organisation has said: which team holds a duty
// (package ownership), which risks are accepted and what a person attests (package exception).
//
// Data flow: the inventory and the paths of a run in; check.Governance out.
package governance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/exception"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/ownership"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Options say where the statements are looked for.
type Options struct {
	// Paths are the given paths, Boundary is --root, Config the file in place of every onus.yaml.
	Paths            []string
	Boundary, Config string
	Inventory        *inventory.Inventory
	AsOf             time.Time
	// Services maps a hosting to its service.
	Services map[string]string
	// IsCheck reports whether there is a check of an id.
	IsCheck func(id string) bool
}

// Statements implements check.Governance. It is safe for concurrent use.
type Statements struct {
	mu         sync.Mutex // both remember what was asked
	owners     *ownership.Config
	exceptions *exception.Set
}

// Load reads teams, accepted risks and attestations. What is wrong in them is a diagnostic, and counts for nothing.
func Load(o Options) (*Statements, diag.List) {
	owners, diags := ownership.Load(ownership.Options{Paths: o.Paths, Boundary: o.Boundary, Config: o.Config, Inventory: o.Inventory, Services: o.Services})
	set, more := exception.Load(exception.Options{Paths: o.Paths, Boundary: o.Boundary, Inventory: o.Inventory, AsOf: o.AsOf, IsCheck: o.IsCheck})
	return &Statements{owners: owners, exceptions: set}, append(diags, more...)
}

// Teams returns the declared teams.
func (s *Statements) Teams() []ownership.Team { return s.owners.Teams() }

// InUse reports whether anything names owners.
func (s *Statements) InUse() bool { return s.owners.InUse() }

// Unused warns of what was stated and asked for nothing. Call it after the run.
func (s *Statements) Unused() diag.List { return s.exceptions.Unused() }

// Owner implements check.Governance.
func (s *Statements) Owner(w *workload.Workload, r *inventory.Resource, d stack.Duty) *check.Owner {
	if !s.owners.InUse() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var o ownership.Owner
	if w != nil {
		o = s.owners.Owner(w, d)
	} else {
		o = s.owners.OwnerOf(r, d)
	}
	out := &check.Owner{Team: o.Team, Status: string(o.Status), Because: because(o.Claim)}
	if o.Status == ownership.Overlap {
		out.Team, out.Claims = "", o.Teams()
	}
	return out
}

func because(c ownership.Claim) string {
	at := (diag.Range{Path: c.At.Path, Line: c.At.Line}).String()
	switch {
	case at == "" || strings.Contains(c.Because, c.At.Path):
		return c.Because
	case c.Because == "":
		return at
	}
	return c.Because + " at " + at
}

// Accepts implements check.Governance.
func (s *Statements) Accepts(w *workload.Workload, r *inventory.Resource, d stack.Duty, id string) *check.Exception {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := exception.Subject{Workload: w, Parts: []*inventory.Resource{r}, Duty: d, Check: id}
	if w == nil {
		sub.Resource = r
	}
	a := s.exceptions.Accepts(sub)
	if a == nil {
		return nil
	}
	return &check.Exception{Kind: "accept", Owner: a.Owner, Reason: a.Reason, Until: a.Until.Format(time.DateOnly), Source: place(a.At)}
}

// Attests implements check.Governance.
func (s *Statements) Attests(w *workload.Workload, d stack.Duty) *check.Exception {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.exceptions.Attests(exception.Subject{Workload: w, Duty: d})
	if a == nil {
		return nil
	}
	by := a.By
	if a.Role != "" {
		by += ", " + a.Role
	}
	return &check.Exception{Kind: "attest", Owner: by, Reason: a.Statement, Until: a.Until.Format(time.DateOnly), Evidence: a.Evidence, Source: place(a.At)}
}

// Expired implements check.Governance.
func (s *Statements) Expired() []check.Finding {
	var out []check.Finding
	for _, l := range s.exceptions.Expired() {
		f := check.Finding{
			Kind: check.KindExpired, Severity: check.Medium, Verdict: check.Undetermined, Source: place(l.Place()),
			Remedy: "Do what the duty asks, or state it anew with a later day.",
		}
		day := l.Day().Format(time.DateOnly)
		switch {
		case l.Acceptance != nil:
			f.Title = "An accepted risk has expired"
			f.Reason = fmt.Sprintf("%s accepted %s until %s: %s", l.Acceptance.Owner, strings.Join(l.Acceptance.Targets, ", "), day, l.Acceptance.Reason)
		default:
			f.Title = "An attestation has expired"
			f.Reason = fmt.Sprintf("%s stated %s until %s: %s", l.Attestation.By, strings.Join(l.Attestation.Targets, ", "), day, l.Attestation.Statement)
		}
		sum := sha256.Sum256([]byte(strings.Join([]string{f.Kind, f.Source.Path, f.Reason}, "\x00")))
		f.ID = hex.EncodeToString(sum[:8])
		out = append(out, f)
	}
	return out
}

func place(at diag.Range) allocation.Source { return allocation.Source{Path: at.Path, Line: at.Line} }
