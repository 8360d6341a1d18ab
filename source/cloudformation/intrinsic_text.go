package cloudformation

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// textBuilder joins pieces of which some may be unknown.
type textBuilder struct {
	gather
	text    strings.Builder
	unknown bool
	// hasLiteral is set when some of the text is known: it is then no empty text.
	hasLiteral bool
}

func (b *textBuilder) literal(s string) { b.text.WriteString(s) }

func (b *textBuilder) value(v inventory.Value) {
	b.add(v)
	switch {
	case v.Kind() == inventory.List:
		for i, item := range v.List() {
			if i > 0 {
				b.literal(",")
			}
			b.value(item)
		}
	default:
		known, isText := v.Text()
		b.unknown = b.unknown || !isText && !v.IsNull()
		b.hasLiteral = b.hasLiteral || known != ""
		b.literal(shown(v))
	}
}

// result is the text when every piece is known; otherwise an unknown value that keeps what is known as Partial.
func (t *template) result(b *textBuilder, at diag.Range) inventory.Value {
	s := b.text.String()
	if !t.spend(len(s), at) {
		return inventory.UnknownValue(at)
	}
	if b.unknown {
		b.partial = s
		b.notNull = b.hasLiteral
		return b.gather.unknown(at)
	}
	b.unresolved = nil
	return b.on(t.text(s, at))
}

// sub evaluates Fn::Sub: ${Name} and ${Resource.Attribute}, with ${!Literal} kept as ${Literal}.
func (t *template) sub(arg, n *node) inventory.Value {
	var vars *node
	text, ok := arg.Scalar()
	if !ok {
		args := arg.List()
		if len(args) == 0 || len(args) > 2 {
			return t.misuse(n, "Fn::Sub", "a text, or a text and a map of variables")
		}
		v := t.eval(args[0])
		if v.IsUnknown() {
			return v.WithOrigin(t.at(n))
		}
		if text, ok = v.Text(); !ok {
			return t.misuse(n, "Fn::Sub", "a text, or a text and a map of variables")
		}
		if len(args) == 2 {
			vars = args[1]
		}
	}
	b := &textBuilder{}
	for text != "" {
		before, rest, found := strings.Cut(text, "${")
		b.literal(before)
		b.hasLiteral = b.hasLiteral || before != ""
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.literal("${" + rest)
			break
		}
		text = after
		if !t.spend(0, t.at(n)) {
			return inventory.UnknownValue(t.at(n))
		}
		if literal, is := strings.CutPrefix(name, "!"); is {
			b.literal("${" + literal + "}")
			continue
		}
		b.value(t.variable(strings.TrimSpace(name), vars, n))
	}
	return t.result(b, t.at(n))
}

// variable is one ${name} of Fn::Sub.
func (t *template) variable(name string, vars, n *node) inventory.Value {
	if v := vars.Get(name); v != nil {
		return t.eval(v)
	}
	if strings.Contains(name, ".") {
		if _, is := t.alias[name]; !is {
			return t.attribute(name, t.at(n))
		}
	}
	return t.named(name, t.at(n))
}

// join evaluates Fn::Join.
func (t *template) join(arg, n *node) inventory.Value {
	args := arg.List()
	if len(args) != 2 {
		return t.misuse(n, "Fn::Join", "a delimiter and a list")
	}
	delimiter, ok := t.eval(args[0]).Text()
	if !ok && args[0].Kind != document.Null {
		return t.misuse(n, "Fn::Join", "a delimiter and a list")
	}
	items := t.eval(args[1])
	b := &textBuilder{}
	b.add(items)
	if items.Kind() != inventory.List {
		b.unknown = true
		b.literal(shown(items))
		return t.result(b, t.at(n))
	}
	for i, item := range items.List() {
		if i > 0 {
			b.literal(delimiter)
		}
		b.value(item)
	}
	return t.result(b, t.at(n))
}

// split evaluates Fn::Split. Of a text with unknown parts the pieces are known where no unknown part stands.
func (t *template) split(arg, n *node) inventory.Value {
	args := arg.List()
	if len(args) != 2 {
		return t.misuse(n, "Fn::Split", "a delimiter and a text")
	}
	delimiter, ok := t.eval(args[0]).Text()
	v := t.eval(args[1])
	s, known := v.Text()
	g := gather{}
	g.addAll(v)
	if !ok || delimiter == "" || !known || !settled(v) {
		g.partial = v.Partial()
		return g.unknown(t.at(n))
	}
	var items []inventory.Value
	for piece := range strings.SplitSeq(s, delimiter) {
		if !t.spend(len(piece), t.at(n)) {
			return inventory.UnknownValue(t.at(n))
		}
		one := g
		items = append(items, one.on(inventory.StringValue(piece, t.at(n))))
	}
	return g.on(inventory.ListValue(items, t.at(n)))
}

// selectItem evaluates Fn::Select.
func (t *template) selectItem(arg, n *node) inventory.Value {
	args := arg.List()
	if len(args) != 2 {
		return t.misuse(n, "Fn::Select", "an index and a list")
	}
	index, list := t.eval(args[0]), t.eval(args[1])
	i, known := index.Number()
	g := gather{}
	g.add(index)
	if !known || list.Kind() != inventory.List {
		g.addAll(list)
		g.partial = shown(list)
		return g.unknown(t.at(n))
	}
	items := list.List()
	if i < 0 || i != float64(int(i)) || int(i) >= len(items) {
		t.errorf(t.at(n), "Index out of range", "Fn::Select asks for item %v of a list that has %d, counted from 0. Its value is taken as unknown.", i, len(items))
		return unknown(t.at(n), "Fn::Select", "index out of range")
	}
	v := items[int(i)]
	g.add(list)
	g.add(v)
	g.partial = v.Partial()
	return g.on(v.WithOrigin(t.at(n)))
}

// importValue evaluates Fn::ImportValue, whose value lies in another stack.
func (t *template) importValue(arg, n *node) inventory.Value {
	v := t.eval(arg)
	g := gather{partial: "${" + shown(v) + "}"}
	g.addAll(v)
	g.unresolved = append(g.unresolved, inventory.Step{Name: "Fn::ImportValue " + diag.Clip(shown(v), maxClip), Note: "exported by another stack", At: t.at(n)})
	return g.unknown(t.at(n))
}

// length evaluates Fn::Length.
func (t *template) length(arg, n *node) inventory.Value {
	v := t.eval(arg)
	g := gather{}
	g.add(v)
	if v.Kind() != inventory.List {
		return g.unknown(t.at(n))
	}
	return g.on(inventory.NumberValue(float64(len(v.List())), t.at(n)))
}

// cidr evaluates Fn::Cidr: count blocks of the given number of host bits out of a block.
func (t *template) cidr(arg, n *node) inventory.Value {
	args := arg.List()
	if len(args) < 2 || len(args) > 3 {
		return t.misuse(n, "Fn::Cidr", "a block, a count and the number of host bits")
	}
	g := gather{}
	block, count, bits := t.eval(args[0]), t.eval(args[1]), inventory.NumberValue(8, diag.Range{})
	if len(args) == 3 {
		bits = t.eval(args[2])
	}
	for _, v := range []inventory.Value{block, count, bits} {
		g.addAll(v)
	}
	s, _ := block.Text()
	prefix, err := netip.ParsePrefix(s)
	k, okCount := count.Number()
	h, okBits := bits.Number()
	if err != nil || !okCount || !okBits || k < 1 || k > 256 || h < 1 || h > 64 {
		g.partial = shown(block)
		return g.unknown(t.at(n))
	}
	addr, size := prefix.Masked().Addr(), prefix.Addr().BitLen()-int(h)
	var items []inventory.Value
	for range int(k) {
		if size < prefix.Bits() || !prefix.Contains(addr) {
			return t.misuse(n, "Fn::Cidr", "a count of blocks that fit into the given one")
		}
		items = append(items, inventory.StringValue(netip.PrefixFrom(addr, size).String(), t.at(n)))
		addr = following(addr, int(h))
	}
	return g.on(inventory.ListValue(items, t.at(n)))
}

// following returns the address 2^bits after a.
func following(a netip.Addr, bits int) netip.Addr {
	b := a.AsSlice()
	carry := 1 << (bits % 8)
	for i := len(b) - 1 - bits/8; i >= 0 && carry > 0; i-- {
		sum := int(b[i]) + carry
		b[i], carry = byte(sum), sum>>8
	}
	out, _ := netip.AddrFromSlice(b)
	return out
}

// toJSON evaluates Fn::ToJsonString.
func (t *template) toJSON(arg, n *node) inventory.Value {
	v := t.eval(arg)
	g := gather{}
	g.addAll(v)
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain(v)); err != nil || !t.spend(buf.Len(), t.at(n)) {
		return g.unknown(t.at(n))
	}
	s := strings.TrimSuffix(buf.String(), "\n")
	if v.ContainsUnknown() {
		g.partial = s
		return g.unknown(t.at(n))
	}
	return g.on(inventory.StringValue(s, t.at(n)))
}

// plain turns a value into what encoding/json writes; an unknown part becomes the text that stands for it.
func plain(v inventory.Value) any {
	switch v.Kind() {
	case inventory.List:
		out := make([]any, 0, len(v.List()))
		for _, item := range v.List() {
			out = append(out, plain(item))
		}
		return out
	case inventory.Map:
		out := make(map[string]any, len(v.Properties()))
		for _, p := range v.Properties() {
			out[p.Name] = plain(p.Value)
		}
		return out
	case inventory.Bool:
		b, _ := v.Bool()
		return b
	case inventory.Number:
		f, _ := v.Number()
		return f
	case inventory.Null:
		return nil
	}
	return shown(v)
}
