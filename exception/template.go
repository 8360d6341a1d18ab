package exception

import (
	"bytes"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// metadata reads the exceptions in the Metadata of a CloudFormation template's resources:
//
//	Metadata: {onus: {accept: [{duty: …, owner: …, until: …, reason: …}]}}
func (in *input) metadata(text inventory.Text) {
	if !bytes.Contains(text.Data, []byte("Metadata")) || !bytes.Contains(text.Data, []byte("Resources")) {
		return
	}
	docs, _ := document.Parse(text.Path, text.Data, document.Options{Noun: "template", Many: true}) // faults are told by the reader
	for _, doc := range docs {
		for _, resources := range []*document.Node{doc.Get("Resources"), doc.At("resources", "Resources")} {
			in.metadataOf(text.Path, resources)
		}
	}
}

func (in *input) metadataOf(path string, resources *document.Node) {
	if resources == nil || resources.Kind != document.Map {
		return
	}
	for i, f := range resources.Fields {
		accept := f.Value.At("Metadata", "onus", "accept")
		if !accept.IsSet() {
			continue
		}
		var found []*inventory.Resource
		for _, r := range in.at(path) {
			at := r.Origin
			from := !before(at.Line, at.Column, f.Line, f.Col)
			to := i+1 >= len(resources.Fields) || before(at.Line, at.Column, resources.Fields[i+1].Line, resources.Fields[i+1].Col)
			if from && to {
				found = append(found, r)
			}
		}
		for _, item := range accept.List() {
			in.attach(in.fromMap(path, item), target{resources: found}, "metadata")
		}
	}
}

func before(line, column int, thanLine, thanColumn int32) bool {
	return line < int(thanLine) || line == int(thanLine) && column < int(thanColumn)
}

// fromMap reads one entry of Metadata; nil when it is none, which is told.
func (in *input) fromMap(path string, n *document.Node) *statement {
	at := n.In(path)
	if n == nil || n.Kind != document.Map {
		in.diags.Errorf(at, "Exception not understood", "Expected a map with duty, owner, until and reason.")
		return nil
	}
	s := &statement{at: at, owner: n.Get("owner").Str(), until: n.Get("until").Str(), reason: n.Get("reason").Str()}
	for _, f := range n.Fields {
		switch f.Name {
		case "duty", "check":
			for _, t := range f.Value.List() {
				s.targets = append(s.targets, t.Str())
			}
		case "owner", "until", "reason":
		default:
			in.diags.Errorf(diag.Range{Path: path, Line: int(f.Line), Column: int(f.Col)}, "Exception not understood",
				"There is no key %q. Expected duty or check, owner, until and reason.", diag.Clip(f.Name, 40))
			return nil
		}
	}
	return s
}
