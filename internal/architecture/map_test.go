package architecture

import "strings"

// floors gives the floor of each package, in tenths: source is on 25, between its readers and workload. A package
// imports only packages whose floor is lower than its own. Keys are directories relative to the module.
var floors = map[string]int{
	"diag":     0,
	"stack":    0,
	"schema":   0,
	"parallel": 0,

	"glob":       5,
	"inventory":  10,
	"rootfs":     10,
	"revision":   10,
	"vocabulary": 10,

	"document": 15,

	"software/sqlite":       15,
	"software":              16,
	"software/archive":      17,
	"software/lockfile":     17,
	"software/gobinary":     17,
	"software/ospkg":        17,
	"software/sbom":         17,
	"software/java":         18,
	"software/detect":       19,
	"software/image":        20,
	"software/registry":     21,
	"software/scan":         22,
	"vulndb/ecosystem":      15,
	"vulndb/table":          15,
	"vulndb/osv":            15,
	"vulndb/kev":            15,
	"vulndb/epss":           15,
	"vulndb/version":        16,
	"vulndb/updateinfo":     16,
	"vulndb/bottlerocket":   16,
	"vulndb":                17,
	"host":                  20,
	"expr":                  20,
	"source/cloudformation": 20,
	"source/terraform":      20,
	"source/observed":       21,
	"source/awsconfig":      22,
	"source/cdk":            22,
	"source/cloudcontrol":   22,
	"source/ecstask":        22,
	"source/kubernetes":     22,
	"source/serverless":     22,
	"source/terragrunt":     22,
	"source/tfplan":         22,
	"source/helm":           23,
	"source/kustomize":      23,
	"source":                25,
	"rulefile":              25,

	"catalog":  30,
	"workload": 30,

	"allocation": 40,

	"exception": 45,
	"ownership": 45,
	"shipped":   46,
	"proof":     47,
	"identity":  48,
	"evidence":  49,

	"check":      50,
	"governance": 51,
	"change":     55,
	"affected":   52,
	"effort":     54,
	"move":       55,
	"triage":     55,
	"vuln":       50,

	"report":           60,
	"diagram":          61,
	"report/html":      62,
	"report/json":      62,
	"report/junit":     62,
	"report/sarif":     62,
	"report/vex":       62,
	"report/markdown":  62,
	"report/svg":       62,
	"report/reference": 63,
	"report/terminal":  62,

	"cmd/onus": 70,
}

// noFloor names what stands beside the house: programs of their own and test support. It may import anything; nothing
// but tests may import it. Everything below internal/ belongs to it as well.
var noFloor = map[string]bool{
	"report/reporttest":   true,
	"vocabulary/generate": true,
	"identity/generate":   true,
}

// forbiddenNames are names that say nothing about what a package holds.
var forbiddenNames = map[string]bool{"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "manager": true}

func isFree(dir string) bool {
	return noFloor[dir] || strings.HasPrefix(dir, "internal/")
}

func floorOf(dir string) (int, bool) {
	floor, ok := floors[dir]
	return floor, ok
}
