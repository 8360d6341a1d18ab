package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// parseJSON reads a JSON text to a value whose parts all have one place. A key that stands twice is an error, because IAM
// refuses it and readers differ on which one counts.
func parseJSON(text string, at diag.Range) (inventory.Value, error) {
	return readJSON(&jsonReader{at: at}, text)
}

// parsePartial is parseJSON for a text of which parts are unknown, each as ${name}. refs are what they may refer to.
func parsePartial(text string, at diag.Range, refs []inventory.Ref) (inventory.Value, error) {
	return readJSON(&jsonReader{at: at, partial: true, refs: refs}, text)
}

func readJSON(p *jsonReader, text string) (inventory.Value, error) {
	if len(text) > maxText {
		return inventory.Value{}, fmt.Errorf("it is longer than %d bytes", maxText)
	}
	p.dec = json.NewDecoder(strings.NewReader(text))
	v, err := p.value(0)
	if err != nil {
		return inventory.Value{}, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return inventory.Value{}, errors.New("something follows the document")
	}
	return v, nil
}

type jsonReader struct {
	dec     *json.Decoder
	at      diag.Range
	partial bool
	refs    []inventory.Ref
}

// text is a text of the document. One with unknown parts keeps what they refer to.
func (p *jsonReader) text(s string) inventory.Value {
	if !p.partial || !strings.Contains(s, "${") {
		return inventory.StringValue(s, p.at)
	}
	var refs []inventory.Ref
	for _, r := range p.refs {
		if strings.Contains(s, "${"+r.Address) {
			refs = append(refs, r)
		}
	}
	return inventory.UnknownValue(p.at).WithMeta(&inventory.Meta{Refs: refs, Partial: s})
}

func (p *jsonReader) value(depth int) (inventory.Value, error) {
	if depth > maxDepth {
		return inventory.Value{}, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	tok, err := p.dec.Token()
	if err != nil {
		return inventory.Value{}, err
	}
	switch t := tok.(type) {
	case string:
		return p.text(t), nil
	case bool:
		return inventory.BoolValue(t, p.at), nil
	case float64:
		return inventory.NumberValue(t, p.at), nil
	case json.Delim:
		if t == '[' {
			return p.list(depth)
		}
		return p.object(depth)
	}
	return inventory.NullValue(p.at), nil
}

func (p *jsonReader) list(depth int) (inventory.Value, error) {
	var items []inventory.Value
	for p.dec.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return inventory.Value{}, err
		}
		items = append(items, v)
	}
	_, err := p.dec.Token()
	return inventory.ListValue(items, p.at), err
}

func (p *jsonReader) object(depth int) (inventory.Value, error) {
	var props []inventory.Property
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return inventory.Value{}, err
		}
		name := key.(string) // the decoder returns nothing else where a key stands
		if seen[name] {
			return inventory.Value{}, fmt.Errorf("%q stands twice in one object", name)
		}
		seen[name] = true
		v, err := p.value(depth + 1)
		if err != nil {
			return inventory.Value{}, err
		}
		props = append(props, inventory.Property{Name: name, Value: v})
	}
	_, err := p.dec.Token()
	return inventory.MapValue(props, p.at), err
}
