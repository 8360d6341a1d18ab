// Package serverless reads services of the Serverless Framework for AWS (serverless.yml, .yaml, .json).
//
//	bytes ── package document ──▶ nodes of serverless.yml and of the files that it includes (files.go)
//	nodes ── variables.go, resolve.go, sources.go ──▶ nodes with every ${…} replaced, or annotated as unknown
//	sections ── expand.go, function.go, events*.go, api*.go, role.go ──▶ the CloudFormation template that
//	                                                     `serverless package` would write, as nodes with their places
//	template ── merge.go ──▶ the same with what `resources` adds and overrides
//	template ── source/cloudformation ──▶ resources
//
// Logical ids are the framework's: function hello is HelloLambdaFunction, its REST API ApiGatewayRestApi. Two end in
// hashes there and do not here: <Function>LambdaVersion and ApiGatewayDeployment. Nothing is run: plugins are named, a
// service written in TypeScript or JavaScript is not read, and what only a deployment can tell (an environment variable,
// an SSM parameter, an option without default) is unknown, with its name. The stage and region that the framework takes
// when nobody says otherwise, dev and us-east-1, are assumed defaults.
//
// Bounds: document.MaxBytes a file, maxFiles files, maxNodes nodes and maxText bytes made of variables, maxNesting
// variables inside variables, and those of source/cloudformation.
package serverless

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudformation"
	"github.com/onus-dev/onus/vocabulary"
)

// The bounds of one service. They are far above what people write.
const (
	maxFiles   = 500
	maxNodes   = 500_000
	maxText    = 32 << 20
	maxNesting = 100
)

type (
	node  = document.Node
	field = document.Field
)

// Options tells Read what the service itself does not hold.
type Options struct {
	// Params are the options of the command line, "stage" or any other that ${opt:…} asks for.
	Params map[string]string
	// DefaultsUnknown makes unknown what rests on the default of a variable, dev and us-east-1 included.
	DefaultsUnknown bool
	// Types is the vocabulary to use; nil loads one.
	Types *vocabulary.Types
}

// codeNames are the services written in a programming language.
var codeNames = []string{"serverless.ts", "serverless.js", "serverless.cjs", "serverless.mjs"}

// IsCode reports whether a file is a service written as code, by its name and by what every service has.
func IsCode(name string, data []byte) bool {
	return slices.Contains(codeNames, path.Base(name)) && bytes.Contains(data, []byte("provider")) && bytes.Contains(data, []byte("service"))
}

// Code is the answer for a service written as code: nothing, and one diagnostic that says what would be readable.
func Code(name string) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: name, Form: form}}}
	inv.Diags.Skipf(diag.Range{Path: name}, "Service not read",
		"This service is a program, and onus runs none. Run `serverless print --format yaml > serverless.printed.yml` and give that file, or `serverless package` and give .serverless/cloudformation-template-update-stack.json.")
	return inv
}

const form = "serverless"

// Is reports whether data is a service of the Serverless Framework: at its top level it has a provider, and functions or
// a service that is a name. It looks at lines (or, in JSON, at members) and parses nothing.
func Is(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 || bytes.IndexByte(data[:min(len(data), 1024)], 0) >= 0 {
		return false
	}
	if trimmed[0] == '{' {
		return bytes.Contains(trimmed, []byte(`provider"`)) && isJSON(trimmed)
	}
	return isYAML(data)
}

// signs are what has been seen of a service.
type signs struct{ provider, functions, service bool }

func (s signs) enough() bool { return s.provider && (s.functions || s.service) }

// isYAML looks at the lines that begin at the outermost column.
func isYAML(data []byte) bool {
	var s signs
	for off := 0; off < len(data) && !s.enough(); {
		line := data[off:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		next := off + len(line) + 1
		key, value, ok := bytes.Cut(line, []byte(":"))
		if name := strings.Trim(string(key[:min(len(key), 32)]), `"' `); ok && len(key) > 0 && key[0] != ' ' {
			switch name {
			case "provider":
				s.provider = true
			case "functions":
				s.functions = true
			case "service":
				s.service = isName(value) || beginsWithName(data[min(next, len(data)):])
			case "apiVersion", "AWSTemplateFormatVersion", "services", "jobs":
				return false
			}
		}
		off = next
	}
	return s.enough()
}

// isName reports whether what stands after a key is a text, and no map or comment.
func isName(value []byte) bool {
	v := bytes.TrimSpace(value)
	return len(v) > 0 && v[0] != '#' && v[0] != '{' && v[0] != '['
}

// beginsWithName reports whether a block begins with the name of a service: `service: {name: x}` over two lines.
func beginsWithName(block []byte) bool {
	for line := range bytes.Lines(block[:min(len(block), 1024)]) {
		body := bytes.TrimSpace(line)
		switch {
		case len(body) == 0 || body[0] == '#':
			continue
		case line[0] != ' ':
			return false
		case bytes.HasPrefix(body, []byte("name:")), bytes.HasPrefix(body, []byte("awsKmsKeyArn:")):
			return true
		}
		return false
	}
	return false
}

// isJSON looks at the members of the outermost object.
func isJSON(data []byte) bool {
	var s signs
	depth := 0
	for i := 0; i < len(data) && !s.enough(); i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := i + 1
			for end < len(data) && data[end] != '"' {
				if data[end] == '\\' {
					end++
				}
				end++
			}
			if rest := bytes.TrimLeft(data[min(end+1, len(data)):], " \t\r\n"); depth == 1 && len(rest) > 1 && rest[0] == ':' {
				value := bytes.TrimLeft(rest[1:], " \t\r\n")
				switch string(data[i+1 : end]) {
				case "provider":
					s.provider = bytes.HasPrefix(value, []byte("{")) && bytes.Contains(value[:min(len(value), 4096)], []byte(`"name"`)) || bytes.HasPrefix(value, []byte(`"aws"`))
				case "functions":
					s.functions = len(value) > 0 && value[0] != '"'
				case "service":
					s.service = len(value) > 0 && value[0] == '"'
				case "resource", "terraform", "planned_values", "apiVersion":
					return false
				}
			}
			i = end
		}
	}
	return s.enough()
}

// Read reads one service. name is its slash path as it is to be displayed; fs opens what it includes by paths of the same
// kind, and may be nil. It returns what was found with the diagnostics inside, and the paths of the files that were read as
// nested templates, which must not be read again as templates of their own.
func Read(name string, data []byte, fs cloudformation.Files, opts Options) (inv *inventory.Inventory, nested []string) {
	s := newService(name, fs, opts)
	s.doc = s.files.parse(name, data, "service", &s.diags)
	if s.doc == nil || !s.isAWS() {
		return &inventory.Inventory{Roots: []inventory.Root{{Path: name, Form: form}}, Diags: s.diags}, nil
	}
	template := s.expand()
	inv, nested = cloudformation.ReadNode(name, template, fs, cloudformation.Options{
		Types: opts.Types, Place: s.files.place, Annotations: s.notes, Pseudo: s.pseudo(), DefaultsUnknown: opts.DefaultsUnknown,
	})
	inv.Roots = []inventory.Root{{Path: name, Form: form}}
	for _, r := range inv.Resources {
		r.Assets = append(r.Assets, s.assets[r.Address]...)
	}
	inv.Diags = append(s.diags, inv.Diags...)
	return inv, nested
}

// service is one service being read.
type service struct {
	*resolver

	provider, pack *node
	resources      map[string]*resource
	order          []string
	assets         map[string][]inventory.Asset
	// api collects what functions add to the REST API, the HTTP API and the WebSocket API.
	api apis
	// buckets are those that s3 events make, by logical id.
	buckets map[string]*bucket
}

func newService(name string, fs cloudformation.Files, opts Options) *service {
	return &service{
		resolver: newResolver(name, fs, opts), resources: map[string]*resource{},
		assets: map[string][]inventory.Asset{}, buckets: map[string]*bucket{},
	}
}

// isAWS reports whether the service is for AWS; one for another provider is told of.
func (s *service) isAWS() bool {
	if s.doc.Kind != document.Map {
		s.diags.Errorf(s.at(s.doc), "Not a service", "A service is a map with service, provider and functions; this is %s.", s.doc.Kind)
		return false
	}
	s.provider = s.node(s.doc.Get("provider"))
	n := s.provider
	if n != nil && n.Kind == document.Map {
		n = n.Get("name")
	}
	switch provider := n.Str(); {
	case s.unknown(n) || !n.IsSet():
		s.diags.Skipf(s.at(s.doc), "Provider not known", "provider.name says which cloud the service is for; here it cannot be told. Only services for aws are read.")
		return false
	case provider != "aws":
		s.diags.Warnf(s.at(n), "Service not for AWS", "The service is for the provider %s; only services for aws have something to map.", diag.Clip(provider, maxClip))
		return false
	}
	return true
}

// pseudo gives the region to the template when the service names one.
func (s *service) pseudo() map[string]string {
	n := s.provider.Get("region")
	if region, ok := n.Scalar(); ok && s.notes[n] == nil && !s.given("region") {
		return map[string]string{"AWS::Region": region}
	}
	return nil
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 120
