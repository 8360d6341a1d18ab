// Package cdk reads what the AWS Cloud Development Kit made of an app: a cloud assembly, the directory cdk.out.
//
//	manifest.json ── manifest.go ──▶ artifacts: stacks with their template and environment, asset manifests, nested
//	                                 assemblies (one a stage of the app)
//	*.assets.json, legacy metadata ── assets.go ──▶ the staged file or directory behind each content hash
//	templates ── package cloudformation ──▶ resources, nested stacks included, with the assets they are made from
//
// What comes out is one inventory with one root of the form "cdk". The scope of a stack's resources is the path of its
// template, which keeps its name from one synthesis to the next; hashes of content never get into an address.
//
// An assembly belongs to its directory as a whole: what else lies there (asset.<hash> directories above all) is content
// to deploy, and is not searched. An app that was not synthesised is a program, which is not run: ReadApp says so.
//
// The manifest is as hostile as any input: size and depth are bounded by package document, the number of stacks and
// assemblies and their nesting here, and no path leaves the boundary of the Files.
package cdk

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudformation"
)

const (
	// Manifest is the name of the file that makes a directory a cloud assembly, if Is says so of its content.
	Manifest = "manifest.json"
	// App is the name of the file that makes a directory a CDK app, if IsApp says so of its content.
	App = "cdk.json"

	// Form is the form of the root that Read gives.
	Form = "cdk"
)

// Is reports whether the content of a manifest.json is that of a cloud assembly: an object with a version and artifacts,
// of which at least one has a type of the CDK.
func Is(data []byte) bool {
	if len(data) > document.MaxBytes || !bytes.Contains(data, []byte(`"artifacts"`)) {
		return false
	}
	var m struct {
		Version   string `json:"version"`
		Artifacts map[string]struct {
			Type string `json:"type"`
		} `json:"artifacts"`
	}
	if json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &m) != nil || m.Version == "" {
		return false
	}
	for _, a := range m.Artifacts {
		if a.Type == stackArtifact || strings.HasPrefix(a.Type, "cdk:") {
			return true
		}
	}
	return false
}

// IsApp reports whether the content of a cdk.json is that of a CDK app: an object with the command "app".
func IsApp(data []byte) bool {
	_, ok := appOutput(data)
	return ok
}

// appOutput returns the directory that an app is synthesised into, relative to its cdk.json.
func appOutput(data []byte) (dir string, ok bool) {
	var app struct {
		App    json.RawMessage `json:"app"`
		Output string          `json:"output"`
	}
	if len(data) > document.MaxBytes || json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &app) != nil || len(app.App) == 0 || string(app.App) == "null" {
		return "", false
	}
	if app.Output == "" {
		return "cdk.out", true
	}
	return app.Output, true
}

// ReadApp answers for an app by its cdk.json: nothing when its assembly is there, which Read answers for, else one
// diagnostic that says how to make it. file is the display path of the cdk.json.
func ReadApp(files cloudformation.Files, file string, data []byte) *inventory.Inventory {
	inv := &inventory.Inventory{}
	output, ok := appOutput(data)
	if !ok {
		return inv
	}
	at := path.Join(path.Dir(file), output, Manifest)
	if path.IsAbs(output) {
		at = path.Join(output, Manifest)
	}
	if manifest, err := files.ReadFile(at); err == nil && Is(manifest) {
		return inv
	}
	inv.Diags.Skipf(diag.Range{Path: file}, "CDK app not synthesised", "The app is a program, which is not run here. Run `cdk synth` beside it; what it writes (%s) is read then.", diag.Clip(output, maxClip))
	return inv
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 120
