package vulninput

import (
	"fmt"
	"strings"
)

func cve(n int) string { return fmt.Sprintf("CVE-%d-%05d", 2015+n%12, 1000+n/12) }

func ghsa(n int) string {
	const letters = "23456789cfghjmpqrvwx"
	b := []byte("GHSA-0000-0000-0000")
	for i := range b[5:] {
		if b[5+i] != '-' {
			b[5+i] = letters[n%len(letters)]
			n = n/len(letters) + i*7
		}
	}
	return string(b)
}

func npmName(n int) string {
	if n%9 == 4 {
		return fmt.Sprintf("@scope-%d/pkg-%d", n%50, n)
	}
	return fmt.Sprintf("pkg-%d", n)
}

func goName(n int) string { return fmt.Sprintf("github.com/org-%d/module-%d", n%200, n) }

func debianName(n int) string {
	if n == 0 {
		return "linux"
	}
	return fmt.Sprintf("src-%d", n)
}

func semver(g *generator) string {
	return fmt.Sprintf("%d.%d.%d", g.rng.IntN(6), g.rng.IntN(30), g.rng.IntN(20))
}

func debianVersion(g *generator) string {
	return fmt.Sprintf("%d.%d.%d-%d+deb12u%d", g.rng.IntN(6), g.rng.IntN(30), g.rng.IntN(20), 1+g.rng.IntN(5), g.rng.IntN(6))
}

func (g *generator) name() int { return int(g.popular.Uint64()) }

// frame puts the parts that all records have around what differs.
func (g *generator) frame(id string, n int, ids, affected, specific string) []byte {
	var b strings.Builder
	b.Grow(4096)
	day := fmt.Sprintf("20%02d-%02d-%02dT%02d:00:00Z", 15+n%12, 1+n%12, 1+n%28, n%24)
	fmt.Fprintf(&b, `{"schema_version":"1.7.3","id":%q,"modified":%q,"published":%q,`, id, day, day)
	if g.rng.IntN(50) == 0 {
		fmt.Fprintf(&b, `"withdrawn":%q,`, day)
	}
	b.WriteString(ids)
	fmt.Fprintf(&b, `"summary":"Improper handling of input number %d in a parser","details":"`, n)
	for range 3 + g.rng.IntN(8) {
		b.WriteString("An attacker who can send a crafted request may cause the parser to read beyond its buffer, which discloses memory. ")
	}
	b.WriteString(`",`)
	b.WriteString(affected)
	b.WriteString(`,"references":[`)
	for i := range 2 + g.rng.IntN(5) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":%q,"url":"https://example.org/advisories/%s/%d"}`, []string{"ADVISORY", "WEB", "FIX"}[i%3], id, i)
	}
	fmt.Fprintf(&b, `],"database_specific":%s}`, specific)
	return []byte(b.String())
}

func (g *generator) rangeOf(kind string) string {
	low, high := g.rng.IntN(4), 4+g.rng.IntN(4)
	switch g.rng.IntN(8) {
	case 0:
		return fmt.Sprintf(`{"type":%q,"events":[{"introduced":"0"}]}`, kind)
	case 1:
		return fmt.Sprintf(`{"type":%q,"events":[{"introduced":"%d.0.0"},{"last_affected":"%d.%d.0"}]}`, kind, low, high, g.rng.IntN(20))
	case 2:
		return fmt.Sprintf(`{"type":%q,"events":[{"introduced":"0"},{"fixed":"%d.2.%d"},{"introduced":"%d.0.0"},{"fixed":"%d.%d.1"}]}`, kind, low, g.rng.IntN(9), high, high, g.rng.IntN(9))
	}
	return fmt.Sprintf(`{"type":%q,"events":[{"introduced":"%d.0.0"},{"fixed":"%d.%d.%d"}]}`, kind, low, high, g.rng.IntN(20), g.rng.IntN(9))
}

const cvss = `"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],`

func npm(g *generator, n int) (string, []byte) {
	if g.rng.IntN(3) == 0 { // a malicious package
		id := fmt.Sprintf("MAL-2025-%d", n)
		name := fmt.Sprintf("mal-%d", n)
		return id, g.frame(id, n, "", fmt.Sprintf(`"affected":[{"package":{"ecosystem":"npm","name":%q},"versions":["1.0.0","1.0.%d"]}]`, name, g.rng.IntN(9)), `{"malicious-packages-origins":[{"source":"ossf"}]}`)
	}
	id := ghsa(n)
	affected := fmt.Sprintf(`"affected":[{"package":{"ecosystem":"npm","name":%q},"ranges":[%s]}]`, npmName(g.name()), g.rangeOf("SEMVER"))
	return id, g.frame(id, n, fmt.Sprintf(`"aliases":[%q],`, cve(n))+cvss, affected, `{"severity":"HIGH","github_reviewed":true,"cwe_ids":["CWE-79"]}`)
}

func maven(g *generator, n int) (string, []byte) {
	id := ghsa(n)
	var list []string
	group := g.name()
	for i := range 1 + g.rng.IntN(4) {
		list = append(list, fmt.Sprintf(`{"package":{"ecosystem":"Maven","name":"org.example.g%d:artifact-%d"},"ranges":[%s]}`, group, i, g.rangeOf("ECOSYSTEM")))
	}
	return id, g.frame(id, n, fmt.Sprintf(`"aliases":[%q],`, cve(n))+cvss, `"affected":[`+strings.Join(list, ",")+`]`, `{"severity":"CRITICAL"}`)
}

func pypi(g *generator, n int) (string, []byte) {
	id := fmt.Sprintf("PYSEC-20%02d-%d", 15+n%12, n)
	var versions []string
	for i := range 5 + g.rng.IntN(60) {
		versions = append(versions, fmt.Sprintf(`"%d.%d.%d"`, i/20, i%20, g.rng.IntN(4)))
	}
	affected := fmt.Sprintf(`"affected":[{"package":{"ecosystem":"PyPI","name":"py-lib-%d","purl":"pkg:pypi/py-lib"},"ranges":[{"type":"GIT","repo":"https://example.org/r","events":[{"introduced":"0"},{"fixed":"f8c3dbd"}]},%s],"versions":[%s]}]`,
		g.name(), g.rangeOf("ECOSYSTEM"), strings.Join(versions, ","))
	return id, g.frame(id, n, fmt.Sprintf(`"aliases":[%q,%q],`, cve(n), ghsa(n)), affected, `{}`)
}

func golang(g *generator, n int) (string, []byte) {
	id := fmt.Sprintf("GO-20%02d-%d", 20+n%7, n)
	name := goName(g.name())
	specific := fmt.Sprintf(`{"imports":[{"path":"%s/internal/parse","symbols":["Parse","Read"]}]}`, name)
	if g.rng.IntN(20) == 0 {
		specific = `{"custom_ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.11.5"}]}]}`
	}
	affected := fmt.Sprintf(`"affected":[{"package":{"name":%q,"ecosystem":"Go"},"ranges":[%s],"ecosystem_specific":%s}]`, name, g.rangeOf("SEMVER"), specific)
	return id, g.frame(id, n, fmt.Sprintf(`"aliases":[%q,%q],`, cve(n), ghsa(n)), affected, `{"url":"https://pkg.go.dev/vuln/`+id+`","review_status":"REVIEWED"}`)
}

func debian(g *generator, n int) (string, []byte) {
	id := "DEBIAN-" + cve(n)
	name := debianName(g.name())
	var list []string
	for _, release := range []string{"11", "12", "13"} {
		var versions []string
		for i := range 2 + g.rng.IntN(12) {
			versions = append(versions, fmt.Sprintf(`"%d.%d.0-1+deb%su%d"`, 1+i/4, i, release, i%4))
		}
		list = append(list, fmt.Sprintf(`{"package":{"ecosystem":"Debian:%s","name":%q,"purl":"pkg:deb/debian/%s?arch=source"},"ranges":[%s],"versions":[%s],"ecosystem_specific":{"urgency":"not yet assigned"}}`,
			release, name, name, g.rangeOf("ECOSYSTEM"), strings.Join(versions, ",")))
	}
	return id, g.frame(id, n, fmt.Sprintf(`"upstream":[%q],`, cve(n)), `"affected":[`+strings.Join(list, ",")+`]`, `{"source":"https://security-tracker.debian.org/tracker/data/json"}`)
}

func ubuntu(g *generator, n int) (string, []byte) {
	id := fmt.Sprintf("USN-%d-1", 1000+n)
	var upstream []string
	for i := range 1 + g.rng.IntN(6) {
		upstream = append(upstream, `"`+cve(n+i)+`"`)
	}
	name := debianName(g.name())
	var list []string
	for _, release := range []string{"20.04:LTS", "22.04:LTS", "24.04:LTS"} {
		list = append(list, fmt.Sprintf(`{"package":{"ecosystem":"Ubuntu:%s","name":%q},"ranges":[%s],"ecosystem_specific":{"binaries":[{"binary_name":"lib%s","binary_version":"1.2.3"}]}}`, release, name, g.rangeOf("ECOSYSTEM"), name))
	}
	return id, g.frame(id, n, `"upstream":[`+strings.Join(upstream, ",")+`],`, `"affected":[`+strings.Join(list, ",")+`]`, `{}`)
}

func alpine(g *generator, n int) (string, []byte) {
	id := "ALPINE-" + cve(n)
	var list []string
	name := debianName(g.name())
	for minor := 17; minor < 22; minor++ {
		list = append(list, fmt.Sprintf(`{"package":{"ecosystem":"Alpine:v3.%d","name":%q},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"%d.%d.0-r%d"}]}]}`, minor, name, 1+g.rng.IntN(5), g.rng.IntN(20), g.rng.IntN(4)))
	}
	return id, g.frame(id, n, fmt.Sprintf(`"upstream":[%q],`, cve(n)), `"affected":[`+strings.Join(list, ",")+`]`, `{}`)
}

func redhat(g *generator, n int) (string, []byte) {
	id := fmt.Sprintf("RHSA-20%02d:%d", 15+n%12, n)
	name := debianName(g.name())
	var list []string
	for _, product := range []string{"enterprise_linux:8::baseos", "enterprise_linux:9::appstream"} {
		for _, part := range []string{"", "-libs", "-devel"} {
			list = append(list, fmt.Sprintf(`{"package":{"ecosystem":"Red Hat:%s","name":"%s%s"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"0:%d.%d.1-%d.el9"}]}]}`, product, name, part, g.rng.IntN(6), g.rng.IntN(30), 1+g.rng.IntN(40)))
		}
	}
	return id, g.frame(id, n, fmt.Sprintf(`"upstream":[%q],`, cve(n))+cvss, `"affected":[`+strings.Join(list, ",")+`]`, `{}`)
}
