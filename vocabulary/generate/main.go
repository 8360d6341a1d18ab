// Command generate brings the vocabulary up to date with locally installed npm packages, of which it takes names and
// shapes only, no prose:
//
//	npm install --prefix DIR @aws-cdk/aws-service-spec @cdktf/provider-aws
//	export ONUS_SERVICE_SPEC=DIR/node_modules/@aws-cdk/aws-service-spec/db.json.gz
//	export ONUS_PROVIDER_AWS=DIR/node_modules/@cdktf/provider-aws
//	go generate ./vocabulary
//
// From the service specification (Apache-2.0) it writes cloudformation.txt; from the Terraform bindings (MPL-2.0),
// testdata/provider-aws.txt, the names of the AWS provider's resources. A variable that is not set leaves its file as
// it is. Then it compares: a type without a line in classes.txt, a line without a type, and a Terraform name without
// a line in source/terraform/names.txt are named, and the command fails. Those two files are written by hand and are
// never changed.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// shallow lists the services whose nested shapes are left out: they are large, and no duty depends on their inside.
const shallow = " QuickSight WAFv2 DataBrew AppFlow Connect Lex SageMaker MediaLive Wisdom QBusiness Bedrock BedrockAgentCore IoTSiteWise Evidently CleanRooms DataZone EntityResolution IoTFleetWise Rekognition SES WorkSpacesWeb AppSync Glue Deadline Cassandra CustomerProfiles DLM IoT IoTEvents FIS Pipes GameLift ImageBuilder SSMIncidents IVS Kendra Macie MediaPackage MediaConvert MediaConnect MediaTailor NetworkFirewall Pinpoint S3Tables SSMGuiConnect VpcLattice Amplify AmplifyUIBuilder ResilienceHub MSKConnect KinesisAnalytics KinesisAnalyticsV2 "

type typeRef struct {
	Type    string   `json:"type"`
	Element *typeRef `json:"element"`
	Types   []typeRef
	Ref     *struct {
		Ref string `json:"$ref"`
	} `json:"reference"`
}

type property struct {
	Type typeRef `json:"type"`
}

type entity struct {
	ID         string              `json:"$id"`
	Type       string              `json:"cloudFormationType"`
	Properties map[string]property `json:"properties"`
}

type database struct {
	Schema struct {
		Resource struct{ Entities []entity } `json:"resource"`
		TypeDef  struct{ Entities []entity } `json:"typeDefinition"`
	} `json:"schema"`
}

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate writes what it has a source for, and compares in any case.
func generate() error {
	spec, provider := os.Getenv("ONUS_SERVICE_SPEC"), os.Getenv("ONUS_PROVIDER_AWS")
	if spec == "" && provider == "" {
		return errors.New("set ONUS_SERVICE_SPEC or ONUS_PROVIDER_AWS; the comment of the command says to what")
	}
	if spec != "" {
		if err := writeTypes(spec, typesFile); err != nil {
			return err
		}
	}
	if provider != "" {
		if err := writeNames(provider, providerFile); err != nil {
			return err
		}
	}
	return compare(".")
}

// writeTypes writes cloudformation.txt from the service specification.
func writeTypes(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("open service specification: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	var db database
	if err := json.NewDecoder(z).Decode(&db); err != nil {
		return fmt.Errorf("decode %s: %w", from, err)
	}
	defs := map[string]entity{}
	for _, d := range db.Schema.TypeDef.Entities {
		defs[d.ID] = d
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	slices.SortFunc(db.Schema.Resource.Entities, func(a, b entity) int { return strings.Compare(a.Type, b.Type) })
	for _, r := range db.Schema.Resource.Entities {
		service := strings.Split(r.Type, "::")[1]
		depth := 6
		if strings.Contains(shallow, " "+service+" ") {
			depth = 1
		}
		fmt.Fprintf(w, "%s ", r.Type)
		writeObject(w, defs, r, depth, nil)
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Close()
}

// writeObject writes {Name:shape,…}; see the package comment of vocabulary for the notation.
func writeObject(w *bufio.Writer, defs map[string]entity, e entity, depth int, seen []string) {
	w.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(e.Properties)) {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString(name + ":")
		writeShape(w, defs, e.Properties[name].Type, depth-1, seen)
	}
	w.WriteByte('}')
}

func writeShape(w *bufio.Writer, defs map[string]entity, t typeRef, depth int, seen []string) {
	switch t.Type {
	case "string":
		w.WriteByte('s')
	case "integer":
		w.WriteByte('i')
	case "number":
		w.WriteByte('n')
	case "boolean":
		w.WriteByte('b')
	case "tag":
		w.WriteByte('t')
	case "array":
		if t.Element.Type == "tag" {
			w.WriteByte('t')
			return
		}
		w.WriteByte('[')
		writeShape(w, defs, *t.Element, depth, seen)
		w.WriteByte(']')
	case "map":
		w.WriteByte('<')
		writeShape(w, defs, *t.Element, depth, seen)
		w.WriteByte('>')
	case "union":
		writeUnion(w, defs, t, depth, seen)
	case "ref":
		d := defs[t.Ref.Ref]
		if depth <= 0 || slices.Contains(seen, d.ID) || len(d.Properties) == 0 {
			w.WriteByte('o')
			return
		}
		writeObject(w, defs, d, depth, append(slices.Clip(seen), d.ID))
	default:
		w.WriteByte('j')
	}
}

// writeUnion takes the structured alternative of a union, since a text is always accepted as well.
func writeUnion(w *bufio.Writer, defs map[string]entity, t typeRef, depth int, seen []string) {
	for _, want := range []string{"ref", "array", "map"} {
		for _, alt := range t.Types {
			if alt.Type == want {
				writeShape(w, defs, alt, depth, seen)
				return
			}
		}
	}
	w.WriteByte('j')
}
