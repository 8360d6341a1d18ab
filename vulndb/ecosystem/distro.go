package ecosystem

import (
	"strings"
)

// release says how much of a distribution's VERSION_ID names the release that its data is filed under.
type release struct {
	base   string
	parts  int    // numeric components kept; 0 keeps all, -1 keeps none
	prefix string // put before the release
}

// distros maps the ID of /etc/os-release, which a purl's distro qualifier begins with too, to the ecosystem.
var distros = map[string]release{
	"almalinux":    {base: "AlmaLinux", parts: 1},
	"alpaquita":    {base: "Alpaquita", parts: 1},
	"alpine":       {base: "Alpine", parts: 2, prefix: "v"},
	"amzn":         {base: AmazonLinux, parts: 1},
	"amazon":       {base: AmazonLinux, parts: 1},
	"amazonlinux":  {base: AmazonLinux, parts: 1},
	"azurelinux":   {base: "Azure Linux", parts: 1},
	"bottlerocket": {base: Bottlerocket, parts: -1},
	"chainguard":   {base: "Chainguard", parts: -1},
	"debian":       {base: "Debian", parts: 1},
	"echo":         {base: "Echo", parts: -1},
	"mageia":       {base: "Mageia", parts: 1},
	"minimos":      {base: "MinimOS", parts: -1},
	"openeuler":    {base: "openEuler"},
	"opensuse":     {base: "openSUSE", prefix: "Leap "},
	"photon":       {base: "Photon OS", parts: 2},
	"redhat":       {base: "Red Hat", parts: 1, prefix: "enterprise_linux:"},
	"rhel":         {base: "Red Hat", parts: 1, prefix: "enterprise_linux:"},
	"rocky":        {base: "Rocky Linux", parts: 1},
	"ubuntu":       {base: "Ubuntu", parts: 2},
	"wolfi":        {base: "Wolfi", parts: -1},
}

// debianReleases gives the number of the releases that Debian's tools name by a word.
var debianReleases = map[string]string{
	"stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14",
}

// FromDistro returns the ecosystem of a distribution written as its ID and VERSION_ID joined by a dash, as in a purl's
// distro qualifier: "amzn-2023" gives "Amazon Linux:2023", "alpine-3.18.4" gives "Alpine:v3.18". It returns "" for a
// distribution that it does not know and for one that needs a release and has none.
func FromDistro(distro string) string {
	id, version, _ := strings.Cut(strings.ToLower(strings.TrimSpace(distro)), "-")
	if id == "opensuse" || id == "sles" || id == "sle" {
		return suse(id, version)
	}
	r, ok := distros[id]
	switch {
	case !ok:
		return ""
	case r.parts < 0:
		return r.base
	}
	if r.base == "Debian" {
		if number, ok := debianReleases[version]; ok {
			version = number
		}
	}
	if r.base == AmazonLinux {
		version = amazonRelease(version)
	}
	version, ok = components(version, r.parts)
	if !ok {
		return ""
	}
	return r.base + ":" + r.prefix + version
}

// amazonRelease returns the release of Amazon Linux: the first was numbered by year and month, and VERSION_ID of the
// later ones may be followed by a point release or a codename ("2 (Karoo)").
func amazonRelease(version string) string {
	version, _, _ = strings.Cut(version, " ")
	if strings.HasPrefix(version, "201") {
		return "1"
	}
	return version
}

// suse returns the ecosystem of openSUSE Leap and SUSE Linux Enterprise Server, which name service packs.
func suse(id, version string) string {
	version = strings.TrimPrefix(version, "leap-")
	switch {
	case strings.HasPrefix(version, "tumbleweed"):
		return "openSUSE:Tumbleweed"
	case !startsWithDigit(version):
		return ""
	case id == "opensuse":
		return "openSUSE:Leap " + version
	}
	major, pack, found := strings.Cut(version, ".")
	if found && pack != "0" {
		return "SUSE:Linux Enterprise Server " + major + " SP" + pack
	}
	return "SUSE:Linux Enterprise Server " + major
}

// components keeps the first n dotted parts of a version, all when n is 0; false when there are too few, or the first
// is no number.
func components(version string, n int) (string, bool) {
	if !startsWithDigit(version) {
		return "", false
	}
	parts := strings.Split(version, ".")
	if n == 0 {
		return version, true
	}
	if len(parts) < n {
		return "", false
	}
	return strings.Join(parts[:n], "."), true
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
