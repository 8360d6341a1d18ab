package evidence

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/onus-dev/onus/workload"
)

// This file tells secrets from what is none: by the name of a setting, and by the form of its value. In go names and
// values, out come a truth or the name of what was seen; no value ever does.

// secretWords end the name of a setting that holds a secret; secretPairs do so as the last two words.
var (
	secretWords = []string{
		"password", "passwd", "pwd", "pass", "passphrase", "passcode", "secret", "token", "apikey", "secretkey",
		"accesskey", "privatekey", "credential", "credentials",
	}
	// secretTails end a single word that is written together: MYSQLPASSWORD.
	secretTails = []string{"password", "passwd", "passphrase", "secretkey", "apikey", "privatekey", "authtoken", "accesstoken", "clientsecret"}
	secretPairs = []string{
		"api key", "access key", "secret key", "private key", "auth key", "encryption key", "signing key", "master key",
		"account key", "shared key", "storage key", "host key", "jwt key", "hmac key", "service key",
	}
	// publicLeads make a name of two words none: a pagination token, the identifier of a key.
	publicLeads = []string{"next token", "continuation token", "page token", "public key", "csrf token", "max token", "eos token", "pad token"}
)

// secretName reports a name of a setting that holds a secret: DB_PASSWORD, clientSecret, --api-key. Names of settings
// about a secret (SECRET_NAME, TOKEN_URL, PASSWORD_LENGTH) are none.
func secretName(name string) bool {
	words := nameWords(name)
	for len(words) > 1 && isNumber(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	if len(words) > 1 {
		pair := words[len(words)-2] + " " + last
		if slices.Contains(publicLeads, pair) {
			return false
		}
		if slices.Contains(secretPairs, pair) {
			return true
		}
	}
	if len(words) == 1 && (last == "pwd" || last == "pass" || last == "credentials") {
		return false // PWD is the shell's own
	}
	return slices.Contains(secretWords, last) || slices.ContainsFunc(secretTails, func(t string) bool { return strings.HasSuffix(last, t) })
}

// maxName bounds the name of a setting that is looked at.
const maxName = 256

// nameWords splits a name at signs and at humps, in lower case.
func nameWords(name string) []string {
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || (i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]))):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

func isNumber(word string) bool {
	return strings.Trim(word, "0123456789") == ""
}

var (
	pathForm = regexp.MustCompile(`^(/[A-Za-z0-9_.${}-]+){2,}$|^[a-z0-9_.-]+(/[a-z0-9_.${}-]+)+$`)
	// referenceForm begins a value that names where the secret is, or that is filled in later.
	referenceForm = regexp.MustCompile(`(?i)^(arn:|\{\{|\$|%|<|\[\[|__|@|#\{|https?://|s3://|file:|ssm:|secretsmanager:|vault:|env:|aws:|op://|projects/|ref\+|projected:|/run/secrets/|/etc/|/var/)`)
)

// blankValues are values that stand for none.
var blankValues = []string{"true", "false", "yes", "no", "null", "none", "nil", "undefined", "n/a", "required", "optional", "enabled", "disabled", "auto", "*", "-"}

// secretLiteral reports a value that may be a secret itself, and not a reference to one.
func secretLiteral(value string) bool {
	value = strings.TrimSpace(value)
	if value == "" || strings.Trim(value, "*x.") == "" || slices.Contains(blankValues, strings.ToLower(value)) {
		return false
	}
	return !referenceForm.MatchString(value) && !pathForm.MatchString(value)
}

// secretShapes are the forms of secrets that are told without a name.
var secretShapes = []struct {
	name string
	form *regexp.Regexp
}{
	{"AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"private key", regexp.MustCompile(`-----BEGIN [A-Z ]{0,20}PRIVATE KEY( BLOCK)?-----`)},
	{"GitHub token", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"GitLab token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}`)},
	{"Slack token", regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{20,}|https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,}`)},
	{"Stripe key", regexp.MustCompile(`\b[sr]k_live_[A-Za-z0-9]{20,}`)},
	{"password in a URL", regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9+.-]+://[^/\s:@"'$<{]+:[^/\s@"'$<{}%]+@[^\s"']`)},
}

// secretShape names the secret that a text shows by its form; empty when there is none.
func secretShape(text string) string {
	for _, s := range secretShapes {
		if s.form.MatchString(text) {
			return s.name
		}
	}
	return ""
}

// assignments are settings in a script: NAME=value and name: value, and --name value. The value may be quoted.
var assignments = []*regexp.Regexp{
	regexp.MustCompile(`(?:^|[^A-Za-z0-9_.-])(?:--?)?([A-Za-z_][A-Za-z0-9_.-]+)["']?[ \t]*[=:][ \t]*` + settingValue),
	regexp.MustCompile(`\bdefine\(\s*["']([A-Za-z_][A-Za-z0-9_.-]+)["']\s*,\s*` + settingValue), // PHP
	regexp.MustCompile(`(?:^|\s)--?([A-Za-z_][A-Za-z0-9_.-]+)[ \t]+` + settingValue),
}

const settingValue = `(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"';,&|)\]}]+))`

// maxSetting bounds the name, maxValue the value of a setting that a script makes. The expressions do not count: one that
// does takes milliseconds to compile.
const (
	maxSetting = 80
	maxValue   = 256
)

// maxScript bounds how much of one script is looked through; EC2 takes 16 KiB of user data.
const maxScript = 256 << 10

// secretsInText names the secrets written out in a script, each once, in order. What is encoded inside is unpacked.
// fillers are placeholders that a secret is put in for when the script is deployed.
func secretsInText(text string, fillers []string) []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) && len(out) < maxSecrets {
			out = append(out, name)
		}
	}
	budget := maxScript
	workload.Unpack(text, func(plain string) {
		if len(plain) > budget {
			plain = plain[:budget]
		}
		budget -= len(plain)
		for _, s := range secretShapes {
			if s.form.MatchString(plain) {
				add(s.name)
			}
		}
		for _, form := range assignments {
			for _, m := range form.FindAllStringSubmatch(plain, 2000) {
				value := m[2] + m[3] + m[4]
				if len(m[1]) > maxSetting || len(value) > maxValue {
					continue
				}
				if secretName(m[1]) && (assigned(value) || slices.Contains(fillers, value)) {
					add(m[1])
				}
			}
		}
	})
	return out
}

// assigned reports a value in a script that is a secret: not filled in when it runs, and no other option.
func assigned(value string) bool {
	if strings.ContainsAny(value, "$`(<%") || strings.HasPrefix(value, "-") || len(value) < 4 {
		return false
	}
	return secretLiteral(value)
}
