package serverless

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file builds logical ids as the framework does (documented at serverless.com, "AWS - Resources").

// upperFirst raises the first letter.
func upperFirst(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// functionID is the beginning of every id of a function: hello-world_x is HelloDashworldUnderscorex.
func functionID(name string) string {
	return upperFirst(strings.NewReplacer("-", "Dash", "_", "Underscore").Replace(name))
}

// alphanumeric keeps letters and digits, the first letter raised.
func alphanumeric(s string) string {
	return upperFirst(strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return -1
	}, s))
}

// pathID is the id of a path of the REST API: users/{id} is UsersIdVar.
func pathID(path string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if inner, ok := strings.CutPrefix(part, "{"); ok {
			part = strings.TrimSuffix(inner, "}") + "Var"
		}
		b.WriteString(alphanumeric(strings.ReplaceAll(upperFirst(part), "-", "Dash")))
	}
	return b.String()
}

// websocketID is the beginning of the id of a route of the WebSocket API: $connect is Sconnect.
func websocketID(route string) string {
	return alphanumeric(strings.NewReplacer("$", "S", "/", "Slash", "-", "Dash", "_", "Underscore", ".", "Period").Replace(route))
}

// routeID is the id of a route of the HTTP API: "GET /users/{id}" is GetUsersIdVar, "*" is Default.
func routeID(method, path string) string {
	if method == "" || path == "*" && method == "*" {
		return "Default"
	}
	if method == "*" {
		method = "ANY"
	}
	return upperFirst(strings.ToLower(method)) + pathID(path)
}
