package terraform

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"go.yaml.in/yaml/v4"
)

// textFunc makes a function from strings to a string.
func textFunc(n int, f func(args []string) (string, error)) function.Function {
	spec := &function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(texts(args))
			if err != nil {
				return cty.NilVal, err
			}
			if len(s) > maxText {
				return cty.NilVal, fmt.Errorf("%w: text of %d MB, at most %d MB are made", errLimit, len(s)>>20, maxText>>20)
			}
			return cty.StringVal(s), nil
		},
	}
	for i := range n {
		spec.Params = append(spec.Params, function.Parameter{Name: fmt.Sprintf("arg%d", i+1), Type: cty.String})
	}
	return function.New(spec)
}

func texts(args []cty.Value) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.AsString()
	}
	return out
}

// testFunc makes a function from two strings to a bool.
func testFunc(f func(a, b string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: "part", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

func plain(f func(string) string) function.Function {
	return textFunc(1, func(a []string) (string, error) { return f(a[0]), nil })
}

func textFunctions() functionTable {
	return functionTable{
		"replace":     textFunc(3, replace),
		"startswith":  testFunc(strings.HasPrefix),
		"endswith":    testFunc(strings.HasSuffix),
		"strcontains": testFunc(strings.Contains),
		"urlencode":   plain(url.QueryEscape),
		"basename":    plain(path.Base),
		"dirname":     plain(path.Dir),
		"abspath":     unknownFunc,
		"pathexpand":  plain(func(s string) string { return s }),
		"timecmp": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "a", Type: cty.String}, {Name: "b", Type: cty.String}},
			Type:   function.StaticReturnType(cty.Number),
			Impl:   compareTimes,
		}),
	}
}

// replace takes a pattern between slashes as a regular expression, as Terraform does.
func replace(a []string) (string, error) {
	if p := a[1]; len(p) > 1 && strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/") {
		re, err := regexp.Compile(p[1 : len(p)-1])
		if err != nil {
			return "", err
		}
		return re.ReplaceAllString(a[0], a[2]), nil
	}
	if n := strings.Count(a[0], a[1]); n*len(a[2]) > maxText {
		return "", fmt.Errorf("%w: text of over %d MB", errLimit, maxText>>20)
	}
	return strings.ReplaceAll(a[0], a[1], a[2]), nil
}

func compareTimes(args []cty.Value, _ cty.Type) (cty.Value, error) {
	a, err1 := time.Parse(time.RFC3339, args[0].AsString())
	b, err2 := time.Parse(time.RFC3339, args[1].AsString())
	if err := errors.Join(err1, err2); err != nil {
		return cty.NilVal, err
	}
	return cty.NumberIntVal(int64(a.Compare(b))), nil
}

func encodingFunctions() functionTable {
	out := functionTable{
		"base64encode":     plain(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"base64decode":     textFunc(1, base64Decode),
		"base64gzip":       textFunc(1, base64Gzip),
		"textencodebase64": unknownFunc, "textdecodebase64": unknownFunc,
		"yamldecode": dynamicFunc([]string{"src"}, yamlDecode),
		"yamlencode": dynamicFunc([]string{"value"}, yamlEncode),
		"uuidv5":     textFunc(2, uuidV5),
	}
	for name, h := range hashes {
		out[name] = plain(func(s string) string { return hex.EncodeToString(sumOf(h, s)) })
	}
	out["base64sha256"] = plain(func(s string) string { return base64.StdEncoding.EncodeToString(sumOf(sha256.New, s)) })
	out["base64sha512"] = plain(func(s string) string { return base64.StdEncoding.EncodeToString(sumOf(sha512.New, s)) })
	return out
}

var hashes = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

func sumOf(h func() hash.Hash, s string) []byte {
	w := h()
	w.Write([]byte(s))
	return w.Sum(nil)
}

func base64Decode(a []string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(a[0])
	if err == nil && !utf8.Valid(b) {
		err = errors.New("the result is not UTF-8 text")
	}
	return string(b), err
}

func base64Gzip(a []string) (string, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write([]byte(a[0]))
	return base64.StdEncoding.EncodeToString(buf.Bytes()), errors.Join(err, w.Close())
}

var uuidSpaces = map[string]string{
	"dns": "6ba7b8109dad11d180b400c04fd430c8", "url": "6ba7b8119dad11d180b400c04fd430c8",
	"oid": "6ba7b8129dad11d180b400c04fd430c8", "x500": "6ba7b8149dad11d180b400c04fd430c8",
}

// uuidV5 follows RFC 4122, section 4.3.
func uuidV5(a []string) (string, error) {
	space := a[0]
	if s, ok := uuidSpaces[space]; ok {
		space = s
	}
	ns, err := hex.DecodeString(strings.ReplaceAll(space, "-", ""))
	if err != nil || len(ns) != 16 {
		return "", errors.New("namespace must be dns, url, oid, x500 or a UUID")
	}
	u := sumOf(sha1.New, string(ns)+a[1])[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	h := hex.EncodeToString(u)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// yamlDecode reads one YAML document. Aliases are bounded by the library's own limit on expansion.
func yamlDecode(args []cty.Value) (cty.Value, error) {
	v := args[0]
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return cty.DynamicVal, nil
	}
	var doc any
	if err := yaml.Unmarshal([]byte(v.AsString()), &doc); err != nil {
		return cty.NilVal, err
	}
	return fromGo(doc, 0), nil
}

func fromGo(x any, depth int) cty.Value {
	if depth > 100 {
		return cty.DynamicVal
	}
	switch x := x.(type) {
	case string:
		return cty.StringVal(x)
	case bool:
		return cty.BoolVal(x)
	case int:
		return cty.NumberIntVal(int64(x))
	case int64:
		return cty.NumberIntVal(x)
	case uint64:
		return cty.NumberUIntVal(x)
	case float64:
		return cty.NumberFloatVal(x)
	case time.Time:
		return cty.StringVal(x.Format(time.RFC3339))
	case []any:
		out := make([]cty.Value, len(x))
		for i, e := range x {
			out[i] = fromGo(e, depth+1)
		}
		return cty.TupleVal(out)
	case map[string]any:
		out := make(map[string]cty.Value, len(x))
		for k, e := range x {
			out[k] = fromGo(e, depth+1)
		}
		return cty.ObjectVal(out)
	case map[any]any:
		out := make(map[string]cty.Value, len(x))
		for k, e := range x {
			out[fmt.Sprint(k)] = fromGo(e, depth+1)
		}
		return cty.ObjectVal(out)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// yamlEncode writes JSON, which every YAML reader accepts: what is made of the text is what matters here.
func yamlEncode(args []cty.Value) (cty.Value, error) {
	if !args[0].IsWhollyKnown() {
		return cty.UnknownVal(cty.String), nil
	}
	return stdlib.JSONEncode(args[0])
}
