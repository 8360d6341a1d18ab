// Package triage tells for each finding of a scanner whose job it is: the customer's, AWS's, a third party's, or that
// nothing tells.
//
// Reports of Trivy, Grype, osv-scanner, Amazon Inspector, Security Hub (ASFF), OCSF, SARIF and CycloneDX come in; each is
// known by what it holds, never by its name. It goes in four stages:
//
//	stream.go            a report is read as a stream: one element (a target, a match, a run) is in memory at a time
//	trivy.go, grype.go … an element becomes Findings: what was found, in which package, where, on which target
//	join.go              a finding is joined with the workloads of the paths that were given: by image, code path,
//	                     address, file and line, ARN or name; without one its hosting is what the kind of target tells
//	vulnerability.go     package vuln says whose job a vulnerability is in that hosting
//	misconfiguration.go  the duty that a rule is about, and the catalog, say whose job a misconfiguration is
//
// same.go reads a report a second time and gives it back with the labels in it, the elements in the order in which they
// were labelled.
//
// A label is "AWS's, nothing to do" only where the catalog says so of the one hosting that is known, without a condition
// that could make it otherwise. Of several possible hostings all must agree. What is not known is undetermined.
//
// Bounds: maxBytes a report, maxElements values and maxDepth an element, maxFindings a run, maxText bytes a text.
package triage

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vuln"
)

// SchemaVersion is the version of the JSON contract.
const SchemaVersion = "1.0"

// Label says whose job a finding is, addressed to the customer.
type Label string

// The labels. They are the words that reports print.
const (
	Yours        Label = "yours"
	Undetermined Label = "undetermined"
	ThirdParty   Label = "third party"
	Redeploy     Label = "AWS's, redeploy"
	Nothing      Label = "AWS's, nothing to do"
)

// Labels returns every label, that which asks most of the customer first.
func Labels() []Label { return []Label{Yours, Undetermined, ThirdParty, Redeploy, Nothing} }

// Residual is what is left for the customer to do, in one word: those of package vuln, and what changes a setting or code.
type Residual string

// The residuals.
const (
	None            Residual = "none"
	RedeployTasks   Residual = "redeploy"
	RollNodes       Residual = "roll-nodes"
	PatchOS         Residual = "patch-os"
	RebuildImage    Residual = "rebuild-image"
	UpgradeLibrary  Residual = "upgrade-library"
	ChangeMode      Residual = "change-mode"
	UpgradeCluster  Residual = "upgrade-cluster"
	UpgradeAddon    Residual = "upgrade-addon"
	RotateKeys      Residual = "rotate-keys"
	Mitigate        Residual = "mitigate"
	ChangeSetting   Residual = "change-setting"
	ChangeCode      Residual = "change-code"
	UnknownResidual Residual = "undetermined"
)

// Kind is what a finding is.
type Kind string

// The kinds. A secret is one that lies open in what the customer ships; its text is never kept.
const (
	Vulnerability    Kind = "vulnerability"
	Misconfiguration Kind = "misconfiguration"
	Secret           Kind = "secret"
	Weakness         Kind = "weakness"
)

// Severity is the tool's own, in one scale.
type Severity string

// The severities.
const (
	Critical        Severity = "critical"
	High            Severity = "high"
	Medium          Severity = "medium"
	Low             Severity = "low"
	Info            Severity = "info"
	UnknownSeverity Severity = "unknown"
)

// Severities returns every severity, the gravest first. An unknown one counts as graver than info: it may be anything.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, UnknownSeverity, Info} }

// TargetKind is what a tool looked at.
type TargetKind string

// The kinds of target. Host is a machine's file system, Code a directory or repository, Resource anything that an ARN, a
// type or an address names.
const (
	Image    TargetKind = "image"
	Function TargetKind = "function"
	Instance TargetKind = "instance"
	Host     TargetKind = "host"
	Code     TargetKind = "code"
	Resource TargetKind = "resource"
	Bill     TargetKind = "bill-of-materials"
	// UnknownTarget: the report does not say, or was cut off before.
	UnknownTarget TargetKind = "unknown"
)

// Package is what a vulnerability is in.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// Fixed is the first version with a fix, as the tool has it.
	Fixed string `json:"fixed,omitempty"`
	// Ecosystem is the purl type, or the tool's word for it.
	Ecosystem string `json:"ecosystem,omitempty"`
	PURL      string `json:"purl,omitempty"`
	CPE       string `json:"cpe,omitempty"`
	// Path is where it lies in the target, Layer the digest of the image layer.
	Path  string `json:"path,omitempty"`
	Layer string `json:"layer,omitempty"`
	// ref is its bom-ref in a CycloneDX document; where is a location of vuln.Component.
	ref, where string
}

// Target is what the finding is about.
type Target struct {
	Kind TargetKind `json:"kind"`
	// Name is the reference of an image, the ARN or id of a resource, the path of a directory.
	Name string `json:"name"`
	// Type is the resource's type in the tool's words: AwsLambdaFunction, aws_instance.
	Type string `json:"type,omitempty"`
	// refs and digests are what an image answers to.
	refs, digests []string
	// hostings are those that the target's kind leaves open, why says how they were told.
	hostings []string
	why      string
	// bom is "SERIAL/VERSION" of a CycloneDX document, for links into it.
	bom string
}

// Location is where in the customer's files a finding points, or at which resource.
type Location struct {
	Path string `json:"path,omitempty"`
	Line int    `json:"line,omitempty"`
	// Address is the resource in the source's own words: aws_instance.web, Deployment/default/api.
	Address string `json:"address,omitempty"`
	end     int
	// base is the directory that the path is relative to, as far as the report says so.
	base string
}

// Finding is one finding of a tool with its label.
type Finding struct {
	// ID is the vulnerability or the rule, Aliases its other names.
	ID      string   `json:"id"`
	Aliases []string `json:"aliases,omitempty"`
	Kind    Kind     `json:"kind"`
	Title   string   `json:"title,omitempty"`
	// Remedy is what the tool proposes.
	Remedy   string   `json:"remedy,omitempty"`
	Severity Severity `json:"severity"`
	Tool     string   `json:"tool"`
	// Report is the file it stands in, Number its place there, from 1.
	Report string `json:"report"`
	Number int    `json:"number"`
	Target Target `json:"target"`
	// Package is null for what is no vulnerability; Also are further packages of the same finding.
	Package  *Package  `json:"package"`
	Also     []Package `json:"also,omitempty"`
	Location Location  `json:"location"`
	// Known is set when the report itself has it suppressed or resolved: it is labelled, and no gate counts it.
	Known bool `json:"suppressed,omitempty"`
	Answer
	// Answers has one for each workload when there are several; the finding's own is the one that asks most.
	Answers []Answer `json:"answers,omitempty"`
}

// Answer is whose job a finding is in one workload or hosting.
type Answer struct {
	Label Label `json:"label"`
	// Action is what to do in words, Residual its kind.
	Action   string   `json:"action,omitempty"`
	Residual Residual `json:"residual"`
	// FixBuiltBy and AppliedBy are empty for what is no vulnerability.
	FixBuiltBy stack.Party `json:"fixBuiltBy,omitempty"`
	AppliedBy  stack.Party `json:"appliedBy,omitempty"`
	// Layer and Duty are what the finding is about, Duty as "layer/duty"; both are empty when nothing tells.
	Layer    stack.Layer          `json:"layer,omitempty"`
	Duty     stack.Duty           `json:"duty,omitempty"`
	Reason   string               `json:"reason"`
	Citation *allocation.Citation `json:"citation,omitempty"`
	// Hosting is empty when nothing tells it; Workload is null without one.
	Hosting  string        `json:"hosting,omitempty"`
	Workload *vuln.Subject `json:"workload"`
	// JoinedBy says how the workload was found.
	JoinedBy  string               `json:"joinedBy,omitempty"`
	DecidedBy []allocation.Decider `json:"decidedBy,omitempty"`
	Team      *Team                `json:"team,omitempty"`
}

// Team is who acts on the customer's side.
type Team struct {
	// Name is empty for an orphan; Claims are the teams of an overlap.
	Name    string   `json:"name"`
	Status  string   `json:"status"`
	Because string   `json:"because,omitempty"`
	Claims  []string `json:"claims,omitempty"`
}

// Report is one file of findings.
type Report struct {
	Path string `json:"path"`
	// Format is trivy, grype, osv-scanner, inspector, asff, ocsf, sarif or cyclonedx; Tool what wrote it.
	Format   string `json:"format"`
	Tool     string `json:"tool"`
	Findings int    `json:"findings"`
	// source is where to read it again; lines is set when it holds more than one document.
	lines  bool
	source Source
}

// Tally counts findings by label.
type Tally struct {
	// Name is a tool or a severity.
	Name string `json:"name"`
	// Before are all findings, After those that the customer has to look at: all but "AWS's, nothing to do".
	Before  int           `json:"before"`
	After   int           `json:"after"`
	ByLabel map[Label]int `json:"byLabel"`
}

// Counts are the findings before and after.
type Counts struct {
	All        Tally   `json:"all"`
	ByTool     []Tally `json:"byTool"`
	BySeverity []Tally `json:"bySeverity"`
}

// Result is the whole answer of `onus triage`.
type Result struct {
	SchemaVersion string `json:"schemaVersion"`
	// AsOf is the date that everything dated was judged by, YYYY-MM-DD.
	AsOf    string             `json:"asOf"`
	Catalog allocation.Edition `json:"catalog"`
	Reports []Report           `json:"reports"`
	Counts  Counts             `json:"counts"`
	// Findings are in the order of the reports.
	Findings    []Finding               `json:"findings"`
	Diagnostics []allocation.Diagnostic `json:"diagnostics"`
}
