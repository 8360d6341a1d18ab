package workload

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// This file reads publishers.yaml, the table of who publishes images and add-ons. In goes a name that a configuration
// holds (an account, an SSM path, an image reference, an add-on), out comes a maker; a name that the table does not
// have gives none, and is never taken for AWS's.

//go:embed publishers.yaml
var publishersText []byte

// maker is who publishes something: party is aws, customer or third-party, name is for people.
type maker struct{ party, name, kind string }

// publisherEntry is one line of publishers.yaml; which key it has depends on the list it stands in.
type publisherEntry struct {
	Owner    string   `yaml:"owner"`
	Prefix   string   `yaml:"prefix"`
	Segment  string   `yaml:"segment"`
	Accounts []string `yaml:"accounts"`
	Addons   []string `yaml:"addons"`
	Party    string   `yaml:"party"`
	Name     string   `yaml:"name"`
	Kind     string   `yaml:"kind"`
	Source   string   `yaml:"source"`
}

func (e *publisherEntry) maker() maker { return maker{party: e.Party, name: e.Name, kind: e.Kind} }

// file puts the entry's maker under each of several names.
func (e *publisherEntry) file(in map[string]maker, names []string) {
	for _, name := range names {
		in[name] = e.maker()
	}
}

// publisherFile is publishers.yaml as written.
type publisherFile struct {
	Sources           map[string]publisherSource `yaml:"sources"`
	MachineOwners     []publisherEntry           `yaml:"machineOwners"`
	MachineNames      []publisherEntry           `yaml:"machineNames"`
	MachineParameters []publisherEntry           `yaml:"machineParameters"`
	RegistryAccounts  []publisherEntry           `yaml:"registryAccounts"`
	LayerAccounts     []publisherEntry           `yaml:"layerAccounts"`
	Containers        []publisherEntry           `yaml:"containers"`
	OfficialImages    []string                   `yaml:"officialImages"`
	Addons            []publisherEntry           `yaml:"addons"`
}

type publisherSource struct {
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
	Seen  string `yaml:"seen"`
}

// publisherTable is publishers.yaml by what is looked up.
type publisherTable struct {
	owners, parameters, accounts, layers, addons, images map[string]maker
	// prefixes are the container prefixes that end in a slash, the longest first; names those of machine images.
	prefixes, names []publisherEntry
	// official are the names of Docker Official Images.
	official []string
}

// publishers is the table, read when first asked for. The file is embedded and a test reads it: should it be broken all
// the same, nobody is known, and nothing is said to be AWS's.
var publishers = sync.OnceValue(func() *publisherTable {
	file, err := readPublishers(publishersText)
	if err != nil {
		return &publisherTable{}
	}
	return file.table()
})

func readPublishers(text []byte) (*publisherFile, error) {
	var file publisherFile
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	return &file, nil
}

func (file *publisherFile) table() *publisherTable {
	t := &publisherTable{
		owners: map[string]maker{}, parameters: map[string]maker{}, accounts: map[string]maker{}, layers: map[string]maker{},
		addons: map[string]maker{}, images: map[string]maker{}, names: file.MachineNames,
		official: file.OfficialImages,
	}
	for i := range file.MachineOwners {
		t.owners[file.MachineOwners[i].Owner] = file.MachineOwners[i].maker()
	}
	for i := range file.MachineParameters {
		t.parameters[file.MachineParameters[i].Segment] = file.MachineParameters[i].maker()
	}
	for _, e := range file.RegistryAccounts {
		e.file(t.accounts, e.Accounts)
	}
	for _, e := range file.LayerAccounts {
		e.file(t.layers, e.Accounts)
	}
	for _, e := range file.Addons {
		e.file(t.addons, e.Addons)
	}
	for _, e := range file.Containers {
		if strings.HasSuffix(e.Prefix, "/") {
			t.prefixes = append(t.prefixes, e)
		} else {
			t.images[e.Prefix] = e.maker()
		}
	}
	slices.SortStableFunc(t.prefixes, func(a, b publisherEntry) int { return len(b.Prefix) - len(a.Prefix) })
	return t
}

var (
	registryAccount = regexp.MustCompile(`^(\d{12})\.dkr\.ecr[.-]`)
	ownRegistry     = regexp.MustCompile(`^\$\{[^}]*(AWS::AccountId|aws_caller_identity)[^}]*\}\.dkr\.ecr[.-]`)
)

// imageMaker tells who publishes the container image that a reference names. The reference may stop short: whole is
// false when more of it follows that is not known. ok is false when nothing tells, which for a whole reference means
// that its registry and namespace are nobody's that the table knows.
func (t *publisherTable) imageMaker(reference string, whole bool) (m maker, ok bool) {
	if account := registryAccount.FindStringSubmatch(reference); account != nil {
		if m, ok := t.accounts[account[1]]; ok {
			return m, true
		}
		return maker{party: publisherCustomer}, true
	}
	name := imageName(reference, whole)
	if short, isHub := strings.CutPrefix(name, "docker.io/library/"); isHub && !strings.Contains(reference, "/") && !slices.Contains(t.official, short) {
		return maker{}, false
	}
	if m, ok := t.images[name]; ok {
		return m, true
	}
	if !whole && name != "" && t.ambiguous(name) {
		return maker{}, false
	}
	for i := range t.prefixes {
		if strings.HasPrefix(name, t.prefixes[i].Prefix) {
			return t.prefixes[i].maker(), true
		}
	}
	return maker{}, false
}

// ambiguous reports whether a name that stops short at a slash could go on into several entries.
func (t *publisherTable) ambiguous(name string) bool {
	if !strings.HasSuffix(name, "/") {
		return false
	}
	for image := range t.images {
		if strings.HasPrefix(image, name) {
			return true
		}
	}
	return slices.ContainsFunc(t.prefixes, func(e publisherEntry) bool {
		return len(e.Prefix) > len(name) && strings.HasPrefix(e.Prefix, name)
	})
}

// hubNames are other names of Docker Hub's registry.
var hubNames = []string{"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com"}

// imageName is the normal form of an image reference: registry, namespace and repository, without tag and digest. Of a
// reference that stops short inside its path only what ends in a slash is kept.
func imageName(reference string, whole bool) string {
	name, _, digest := strings.Cut(reference, "@")
	last := strings.LastIndexByte(name, '/')
	tag := strings.IndexByte(name[last+1:], ':')
	whole = whole || digest || tag >= 0
	switch {
	case tag >= 0:
		name = name[:last+1+tag]
	case !whole:
		name = name[:last+1]
	}
	if name == "" || strings.HasPrefix(name, "aws/codebuild/") {
		return name
	}
	first, rest, several := strings.Cut(name, "/")
	host := strings.ToLower(first)
	switch {
	case !several:
		return "docker.io/library/" + name
	case slices.Contains(hubNames, host), host == "docker.io":
		if whole && !strings.Contains(rest, "/") {
			rest = "library/" + rest
		}
		return "docker.io/" + rest
	case strings.ContainsAny(host, ".:") || host == "localhost":
		return host + "/" + rest
	}
	return "docker.io/" + name
}

// addonMaker tells who publishes an EKS add-on: AWS, a community or a seller on AWS Marketplace, who is the first part
// of the add-on's name.
func (t *publisherTable) addonMaker(name string) (m maker, ok bool) {
	if m, ok := t.addons[name]; ok {
		return m, true
	}
	if seller, _, sold := strings.Cut(name, "_"); sold && seller != "" {
		return maker{party: publisherOther, name: seller + " on AWS Marketplace"}, true
	}
	return maker{}, false
}

// machineMaker tells who owns machine images under an account or owner alias. An account that the table does not have
// is named by its number.
func (t *publisherTable) machineMaker(owner string) (m maker, ok bool) {
	if m, ok := t.owners[owner]; ok {
		return m, true
	}
	if accountID.MatchString(owner) {
		return maker{party: publisherOther, name: "account " + owner, kind: publisherOther}, true
	}
	return maker{}, false
}
