// Package vuln answers whose job a vulnerability is: for a hosting, or for a workload, who builds the fix, who brings it
// onto what runs, and what is left for the customer to do.
//
// The answer is made in four steps, each of which is data in rules/ with examples that run as tests:
//
//  1. components.yaml: a package URL, a CPE or a name is one component, of one class ("container-runtime"). The first
//     rule that matches wins; no rule leaves the component unclassified, and the answer undetermined.
//  2. classes.yaml: where a component of that class has copies in a hosting with these traits (hostings.yaml), and in
//     which layer of the stack each copy lies. A copy can be absent, or there only under a condition, or unknown.
//  3. The catalog, by way of allocation: who holds publish and apply of that layer, for this workload's configuration. A
//     hosting that is asked about without a workload has the default configuration that hostings.yaml states.
//  4. residuals.yaml: what is left for the customer, by layer, owner and hosting.
//
// cves.yaml holds facts about vulnerabilities: in which components they are, when they became known and were fixed, how
// to mitigate them, whether keys may have leaked, and what a cited source exempts. It holds nobody's duty.
//
// Data flow: Rules.Lookup and ParseComponent make a Vulnerability; Model.Who takes it and a Target and gives an Answer.
// Unknown in, undetermined out: an answer is aws only where the catalog says that AWS builds the fix and brings it to
// every copy. Every input string is bounded by maxName.
package vuln

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Who must act.
type Who string

// The answers. Both: two affected layers have different owners. NotAffected: no copy is there.
const (
	AWS          Who = "aws"
	Customer     Who = "customer"
	Both         Who = "both"
	NotAffected  Who = "not-affected"
	Undetermined Who = "undetermined"
)

// Residual is what is left for the customer to do.
type Residual string

// The residuals. UpgradeCluster stands for the control plane of a cluster and for a managed engine; UnknownResidual
// goes with an undetermined answer.
const (
	None            Residual = "none"
	Redeploy        Residual = "redeploy"
	RollNodes       Residual = "roll-nodes"
	PatchOS         Residual = "patch-os"
	RebuildImage    Residual = "rebuild-image"
	UpgradeLibrary  Residual = "upgrade-library"
	ChangeMode      Residual = "change-mode"
	UpgradeCluster  Residual = "upgrade-cluster"
	UpgradeAddon    Residual = "upgrade-addon"
	RotateKeys      Residual = "rotate-keys"
	Mitigate        Residual = "mitigate"
	UnknownResidual Residual = "undetermined"
)

// residualOrder puts first what reaches the most of what runs.
func residualOrder() []Residual {
	return []Residual{Mitigate, RollNodes, PatchOS, ChangeMode, RebuildImage, UpgradeLibrary, UpgradeAddon, UpgradeCluster, Redeploy,
		RotateKeys, None, UnknownResidual}
}

// Basis is what an answer rests on.
type Basis string

// The bases. Documented: a page about this vulnerability, or about this duty of the hosting, says so. Rule: it follows
// from the layer.
const (
	Documented Basis = "documented"
	Rule       Basis = "rule"
)

// Component is a piece of software or hardware that a vulnerability is in: one of PURL, CPE, Ecosystem with Name, or
// Name alone.
type Component struct {
	// PURL is a package URL, CPE a CPE 2.2 or 2.3 name; versions in them are not looked at.
	PURL, CPE string
	// Ecosystem is an OSV ecosystem ("PyPI", "Debian:12"), Name the package's name in it.
	Ecosystem, Name string
	// Location is where an inventory found the component: "node", "base-layer", "own-layer", "binary" (inside another
	// program), or empty when no inventory did.
	Location string
}

// Placement is one layer in which a component can have a copy.
type Placement struct {
	Class string      `json:"class"`
	Layer stack.Layer `json:"layer"`
	Why   string      `json:"why"`
}

// Vulnerability is what is asked about.
type Vulnerability struct {
	// ID is the CVE or another identifier; it may be empty when only packages are asked about.
	ID         string
	Components []Component
	// Facts are those of the index; nil when it has none.
	Facts *Facts
}

// Target is where the vulnerability is asked about: a hosting with its default configuration, or a workload.
type Target struct {
	// Hosting is a hosting id; it is ignored when there is a workload.
	Hosting string
	// Workload is the allocated workload and Found the same workload as it was discovered, which may be nil.
	Workload *allocation.Workload
	Found    *workload.Workload
	// Components are what an inventory found in what the customer ships with the workload; nil when there is none. A
	// copy in a layer that the customer ships is then there only if it is among them.
	Components []Component
	// Ships finds the copies of one vulnerability in what the customer ships with the workload, and takes the place of
	// Components; nil when there is no inventory.
	Ships func(v *Vulnerability) Shipped
}

// Triple is who builds a fix, who brings it onto what runs, and what the customer has to do.
type Triple struct {
	Who        Who         `json:"who"`
	FixBuiltBy stack.Party `json:"fixBuiltBy"`
	AppliedBy  stack.Party `json:"appliedBy"`
	Residual   Residual    `json:"residual"`
}

// Answer is whose job a vulnerability is in one hosting or for one workload.
type Answer struct {
	Hosting      string `json:"hosting"`
	HostingTitle string `json:"hostingTitle"`
	// Workload is null when the answer is about the hosting.
	Workload *Subject `json:"workload"`
	Triple
	// Steps are all that the customer has to do, the most urgent first; Residual is the first of them. Todo says it in words.
	Steps []Residual `json:"steps"`
	Todo  string     `json:"todo,omitempty"`
	// Layers are the affected layers, bottom to top.
	Layers   []stack.Layer        `json:"layers"`
	Reason   string               `json:"reason"`
	Basis    Basis                `json:"basis"`
	Citation *allocation.Citation `json:"citation"`
	// Assumes is the configuration that an answer without a workload takes for granted.
	Assumes string `json:"assumes,omitempty"`
	// Provided says under which condition a copy is there at all.
	Provided string `json:"provided,omitempty"`
	// Conditions are configurations of the hosting with another answer.
	Conditions []Condition `json:"conditions,omitempty"`
	// Parts are the copies one by one.
	Parts      []Part      `json:"parts"`
	Mitigation *Mitigation `json:"mitigation,omitempty"`
	Dates      *Dates      `json:"dates,omitempty"`
	// Copies are the copies that an inventory found in what the customer ships; Unseen says what of it was not seen.
	Copies []Copy   `json:"copies,omitempty"`
	Unseen []string `json:"unseen,omitempty"`
	// DecidedBy are the properties of the workload that decided.
	DecidedBy []allocation.Decider `json:"decidedBy,omitempty"`
}

// Subject is the workload that an answer is about.
type Subject struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Source  allocation.Source `json:"source"`
}

// Condition is a configuration that gives another answer.
type Condition struct {
	When string `json:"when"`
	Triple
}

// Part is one copy of an affected component.
type Part struct {
	Component string      `json:"component"`
	Class     string      `json:"class"`
	Layer     stack.Layer `json:"layer,omitempty"`
	// Place is host, node, control-plane, image, runtime, package, service, addon or outside (of the hosting).
	Place string `json:"place,omitempty"`
	Triple
	Reason   string               `json:"reason"`
	Todo     string               `json:"todo,omitempty"`
	Provided string               `json:"provided,omitempty"`
	Basis    Basis                `json:"basis"`
	Citation *allocation.Citation `json:"citation,omitempty"`

	conditions []Condition
	decidedBy  []allocation.Decider
	deadline   string
	// beneath and outside copies do not make an answer somebody's in part.
	beneath, outside bool
}

// Mitigation is what helps before a fix is there.
type Mitigation struct {
	Text string `json:"text"`
	// URL is the page that says so.
	URL string `json:"url"`
}

// Dates are the days that matter, YYYY-MM-DD, as far as they are known.
type Dates struct {
	Disclosed string `json:"disclosed,omitempty"`
	// Fixed is the day from which the fix could be had.
	Fixed string `json:"fixed,omitempty"`
	// Deadline is the time within which AWS's own replacement happens, in words.
	Deadline string `json:"deadline,omitempty"`
}

// Shipped is what a workload ships of one vulnerability.
type Shipped struct {
	// Components are as in Target.
	Components []Component
	// Copies are affected, or it is not known; Unseen says what was not seen.
	Copies []Copy
	Unseen []string
}

// Copy is a copy of an affected component in what the customer ships with a workload.
type Copy struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
	// What it is for the workload: "code", "container api"; Path is where it lies, "!/" entering archives and images.
	What string `json:"what"`
	Path string `json:"path"`
	// How it was told: metadata, filename, class-marker, build-info, …
	How string `json:"how"`
	// BaseLayer is true, false or unknown for what lies in an image.
	BaseLayer string `json:"baseLayer,omitempty"`
	// State is affected or unknown, Reason says why, Fixed are the versions with a fix, Source whose data says so.
	State  string `json:"state"`
	Reason string `json:"reason"`
	Fixed  string `json:"fixed,omitempty"`
	Source string `json:"source,omitempty"`
}
