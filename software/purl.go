package software

import (
	"strings"

	"github.com/package-url/packageurl-go"
)

// The ecosystems of libraries, by OSV's names.
const (
	NPM       = "npm"
	PyPI      = "PyPI"
	Go        = "Go"
	Maven     = "Maven"
	RubyGems  = "RubyGems"
	Packagist = "Packagist"
	Crates    = "crates.io"
	NuGet     = "NuGet"
)

// purlTypes are the types of package URLs by ecosystem.
var purlTypes = map[string]string{
	NPM: packageurl.TypeNPM, PyPI: packageurl.TypePyPi, Go: packageurl.TypeGolang, Maven: packageurl.TypeMaven,
	RubyGems: packageurl.TypeGem, Packagist: packageurl.TypeComposer, Crates: packageurl.TypeCargo, NuGet: packageurl.TypeNuget,
}

// EcosystemOf is OSV's name for a type of package URL, "" when it has none of its own.
func EcosystemOf(purlType string) string {
	for eco, typ := range purlTypes {
		if typ == purlType {
			return eco
		}
	}
	return ""
}

// NewLibrary makes a library with its package URL. name is as the ecosystem writes it: Maven's is "group:artifact".
func NewLibrary(ecosystem, name, version string) Package {
	if ecosystem == PyPI {
		name = normalPython(name)
	}
	return Package{
		Name: name, Version: version, Ecosystem: ecosystem, Kind: Library, PURL: purlOf(ecosystem, name, version),
		Evidence: Evidence{How: Metadata},
	}
}

func purlOf(ecosystem, name, version string) string {
	typ, ok := purlTypes[ecosystem]
	if !ok || name == "" {
		return ""
	}
	sep := "/"
	if ecosystem == Maven {
		sep = ":"
	}
	namespace := ""
	if i := strings.LastIndex(name, sep); i >= 0 {
		namespace, name = name[:i], name[i+1:]
	}
	if ecosystem == Maven && namespace == "" {
		return "" // a package URL of Maven's needs a group
	}
	return packageurl.NewPackageURL(typ, namespace, name, version, nil, "").ToString()
}

// NewRuntime makes what runs code: "python", "node", "openjdk".
func NewRuntime(name, version string) Package {
	return Package{
		Name: name, Version: version, Kind: Runtime,
		PURL: packageurl.NewPackageURL(packageurl.TypeGeneric, "", name, version, nil, "").ToString(),
	}
}

// normalPython is the normal form of PEP 503: lower case, and runs of "-", "_" and "." as one "-".
func normalPython(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// NewOSPackage makes a package of a distribution that In tells later. typ is "deb", "apk" or "rpm"; what is empty of
// architecture and epoch is left out of the package URL.
func NewOSPackage(typ, name, version, arch, epoch string) Package {
	p := Package{Name: name, Version: version, Kind: OS, Evidence: Evidence{How: Database}}
	p.Set(PropArch, arch)
	qualifiers := map[string]string{}
	if arch != "" {
		qualifiers["arch"] = arch
	}
	if epoch != "" && epoch != "0" {
		qualifiers["epoch"] = epoch
	}
	shown := version
	if typ == "rpm" {
		if _, rest, ok := strings.Cut(version, ":"); ok {
			shown = rest
		}
	}
	p.PURL = packageurl.NewPackageURL(typ, "", name, shown, packageurl.QualifiersFromMap(qualifiers), "").ToString()
	return p
}

// In puts an operating-system package into its distribution: ecosystem, and namespace and `distro` of the package URL.
// Nothing changes for other packages, or when d is nil.
func (p *Package) In(d *Distro) {
	if d == nil || p.Kind != OS {
		return
	}
	p.Distro, p.Ecosystem = d, d.Ecosystem()
	u, err := packageurl.FromString(p.PURL)
	if err != nil {
		return
	}
	u.Namespace = d.ID
	q := u.Qualifiers.Map()
	if d.Version != "" {
		q["distro"] = d.ID + "-" + d.Version
	}
	u.Qualifiers = packageurl.QualifiersFromMap(q)
	p.PURL = u.ToString()
}

// Ecosystem is OSV's name of the distribution with its release: "Debian:12", "Alpine:v3.19", "Ubuntu:22.04". Empty when OSV
// has none, as for Amazon Linux.
func (d *Distro) Ecosystem() string {
	if d == nil {
		return ""
	}
	major, rest, _ := strings.Cut(d.Version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	with := func(name, release string) string {
		if release == "" {
			return name
		}
		return name + ":" + release
	}
	switch strings.ToLower(d.ID) {
	case "debian":
		return with("Debian", major)
	case "ubuntu":
		return with("Ubuntu", d.Version)
	case "alpine":
		if minor == "" {
			return "Alpine"
		}
		return "Alpine:v" + major + "." + minor
	case "rocky":
		return with("Rocky Linux", major)
	case "almalinux":
		return with("AlmaLinux", major)
	case "rhel":
		return "Red Hat"
	case "wolfi":
		return "Wolfi"
	case "chainguard":
		return "Chainguard"
	case "photon":
		return with("Photon OS", d.Version)
	case "azurelinux":
		return with("Azure Linux", major)
	case "sles":
		return "SUSE"
	case "opensuse-leap", "opensuse-tumbleweed":
		return "openSUSE"
	}
	return ""
}

// ParsePURL makes a package of a package URL: kind, ecosystem, name and version. ok is false when it is not one.
func ParsePURL(text string) (Package, bool) {
	u, err := packageurl.FromString(text)
	if err != nil {
		return Package{}, false
	}
	q := u.Qualifiers.Map()
	switch u.Type {
	case packageurl.TypeDebian, packageurl.TypeApk, packageurl.TypeRPM:
		var d *Distro
		if u.Namespace != "" || q["distro"] != "" {
			d = &Distro{ID: u.Namespace}
			if id, version, ok := cutLast(q["distro"], "-"); ok && (d.ID == "" || strings.HasPrefix(id, d.ID)) {
				d.ID, d.Version = id, version
			} else if v := q["distro"]; v != "" && v[0] >= '0' && v[0] <= '9' { // Trivy leaves the name out
				d.Version = v
			}
		}
		p := NewOSPackage(u.Type, u.Name, u.Version, q["arch"], q["epoch"])
		p.In(d)
		if e := q["epoch"]; u.Type == packageurl.TypeRPM && e != "" && e != "0" {
			p.Version = e + ":" + u.Version
		}
		p.PURL = text
		return p, true
	}
	name := u.Name
	if u.Namespace != "" {
		sep := "/"
		if u.Type == packageurl.TypeMaven {
			sep = ":"
		}
		name = u.Namespace + sep + name
	}
	p := NewLibrary(EcosystemOf(u.Type), name, u.Version)
	p.PURL = text
	return p, true
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
