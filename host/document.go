package host

// SchemaVersion is the version of the document's form, DocumentKind what it says that it is.
const (
	SchemaVersion = "1.0"
	DocumentKind  = "onus-host"
)

// MaxListed bounds each list of a document.
const MaxListed = 500

// Answer is an answer in three values.
type Answer string

// The answers. Unknown is what could not be read.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Fact is an answer, the sentence it rests on and the file or command that told.
type Fact struct {
	Answer  Answer `json:"answer"`
	Because string `json:"because"`
	Source  string `json:"source,omitempty"`
}

// Document is what `onus host` found on one machine.
type Document struct {
	SchemaVersion string `json:"schemaVersion"`
	// Kind is "onus-host".
	Kind string `json:"kind"`
	// CollectedAt is the moment of collection, RFC 3339 in UTC. The document's age counts from it.
	CollectedAt string `json:"collectedAt"`
	// Live is set when the root was "/", Commands when commands were allowed.
	Live     bool `json:"live"`
	Commands bool `json:"commands"`
	// Workloads are the addresses or ids that the user gave with --workload.
	Workloads []string `json:"workloads,omitempty"`
	Machine   Machine  `json:"machine"`
	System    System   `json:"system"`
	Kernel    Kernel   `json:"kernel"`
	// Reboot says whether a restart is due for what is installed to take effect.
	Reboot  Fact    `json:"rebootPending"`
	Updates Updates `json:"updates"`
	// CPU holds a row for each fault of processors that the kernel knows; absent when it was not read.
	CPU []CPUFault `json:"cpu,omitempty"`
	SSH SSH        `json:"ssh"`
	// Software is the container engine, kubelet and agents.
	Software []Component `json:"software"`
	Kubelet  Kubelet     `json:"kubelet"`
	// Metadata is the instance metadata service; Asked is false when it was not asked.
	Metadata IMDS `json:"instanceMetadata"`
	// Time says whether something keeps the clock, Disks whether the kernel decrypts one.
	Time   Fact    `json:"timeSync"`
	Disks  Fact    `json:"diskEncryption"`
	Mounts []Mount `json:"mounts"`
	// Unread is everything that was there and could not be read.
	Unread []Unread `json:"unread"`
}

// Machine is which machine it is.
type Machine struct {
	// ID is the instance id, else "machine-id:" and a hash of /etc/machine-id, else empty. IDFrom says what told it.
	ID     string `json:"id"`
	IDFrom string `json:"idFrom,omitempty"`
	// Kind is one of the MachineKind values, Because the sentence it rests on.
	Kind    MachineKind `json:"kind"`
	Because string      `json:"because"`
	// InstanceType is EC2's, as the firmware tells it.
	InstanceType string `json:"instanceType,omitempty"`
	// Tags are those of Name, the Auto Scaling group and the EKS cluster and node group, when the metadata service gives tags.
	Tags map[string]string `json:"tags,omitempty"`
}

// MachineKind is what a machine is.
type MachineKind string

// The kinds of machine.
const (
	Nitro          MachineKind = "ec2-nitro"
	Xen            MachineKind = "ec2-xen"
	Metal          MachineKind = "ec2-metal"
	VirtualMachine MachineKind = "virtual-machine"
	Container      MachineKind = "container"
	BareMetal      MachineKind = "bare-metal"
	UnknownKind    MachineKind = "unknown"
)

// System is the operating system.
type System struct {
	// ID, Version, Name and Variant are ID, VERSION_ID, PRETTY_NAME and VARIANT_ID of os-release.
	ID      string `json:"id"`
	Version string `json:"version"`
	Name    string `json:"name"`
	Variant string `json:"variant,omitempty"`
	// Packages is the package manager whose database was read: dpkg, rpm, apk; empty when there is none.
	Packages string `json:"packages,omitempty"`
	// Inside is "container" when what was read is the inside of a container: it shows nothing of the machine below.
	Inside string `json:"inside,omitempty"`
	// SupportEnds is the day after which the distribution brings no more fixes for this release without a further
	// contract, YYYY-MM-DD; empty when it is not known.
	SupportEnds string `json:"supportEnds,omitempty"`
}

// Container reports whether the inside of a container was read.
func (s System) Container() bool { return s.Inside == "container" }

// Kernel is the running kernel and the newest one that is installed, both as `uname -r` writes them.
type Kernel struct {
	Running    string `json:"running"`
	Newest     string `json:"newestInstalled"`
	NewestFrom string `json:"newestFrom,omitempty"`
	// Current says whether the running kernel is as new as the newest installed.
	Current Fact `json:"current"`
}

// Updates are pending and automatic updates.
type Updates struct {
	Pending   Pending   `json:"pendingSecurity"`
	Automatic Automatic `json:"automatic"`
}

// Pending are updates that could be installed and are not.
type Pending struct {
	// Fact answers whether a security update is pending.
	Fact
	// Lists is the day that the package lists are of, YYYY-MM-DD; empty when nothing tells.
	Lists string `json:"lists,omitempty"`
	// Security counts the packages with a pending security update, All those with any; All is -1 when only security
	// updates are told.
	Security int `json:"security"`
	All      int `json:"all"`
	// Packages are the first MaxListed, security updates first, then in order of name.
	Packages []Update `json:"packages,omitempty"`
}

// Update is a pending update of one package.
type Update struct {
	Name      string `json:"name"`
	Installed string `json:"installed,omitempty"`
	Candidate string `json:"candidate"`
	Security  bool   `json:"security"`
	// Advisory is the id of the advisory, where the lists give one.
	Advisory string `json:"advisory,omitempty"`
}

// Automatic says whether updates install themselves, and what was found that installs them or could.
type Automatic struct {
	Fact
	Ways []string `json:"ways,omitempty"`
}

// CPUFault is one fault of processors, as the kernel reports it in /sys/devices/system/cpu/vulnerabilities.
type CPUFault struct {
	Name string `json:"name"`
	// Text is the kernel's line.
	Text string `json:"text"`
	// State is not-affected, mitigated, vulnerable or unknown, as the whole line says.
	State string `json:"state"`
	// Guest and Host are the two halves: what this kernel does, and what the machine below has to do (microcode, keeping
	// hyper-threads of different tenants apart). Each is done, missing, unknown or none, when there is nothing to do.
	Guest   Half   `json:"guest"`
	Host    Half   `json:"host"`
	Because string `json:"because"`
}

// Half is the state of one half of a mitigation.
type Half string

// The states of a half.
const (
	HalfDone    Half = "done"
	HalfMissing Half = "missing"
	HalfUnknown Half = "unknown"
	HalfNone    Half = "none"
)

// SSH is the server for remote sign-in.
type SSH struct {
	// Present says whether a server is installed, Enabled whether it starts with the machine.
	Present Fact   `json:"present"`
	Enabled Fact   `json:"enabled"`
	Version string `json:"version,omitempty"`
	// Settings are the effective values outside of Match blocks; nil when they could not be read in full.
	Settings []Setting `json:"settings,omitempty"`
	// Conditional counts the Match blocks, which may set other values for some users or addresses.
	Conditional int `json:"conditional,omitempty"`
}

// Setting returns the value of a setting; ok is false when it is not known.
func (s SSH) Setting(name string) (Setting, bool) { return find(s.Settings, name) }

// Setting is one setting with where its value is from: "/etc/ssh/sshd_config:12", "default", "command line".
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func find(list []Setting, name string) (Setting, bool) {
	for _, s := range list {
		if s.Name == name {
			return s, true
		}
	}
	return Setting{}, false
}

// Component is a container engine, node agent or other agent.
type Component struct {
	// Name is containerd, runc, docker, kubelet, ecs-agent, ssm-agent, cri-o or podman.
	Name string `json:"name"`
	// Package is the package that brings it; empty for a binary that no package database has.
	Package string `json:"package,omitempty"`
	Version string `json:"version"`
	// From is what told the version: dpkg, rpm, apk, snap, build-info, or a command.
	From string `json:"from"`
	// Newest says whether the package lists have nothing newer; Candidate is what they have.
	Newest    Fact   `json:"newest"`
	Candidate string `json:"candidate,omitempty"`
	// Restart says whether a process still runs a binary that has been replaced.
	Restart Fact `json:"restartPending"`
}

// Kubelet is the node agent of Kubernetes.
type Kubelet struct {
	Present Fact `json:"present"`
	// Config is the file that was read.
	Config string `json:"config,omitempty"`
	// Settings are anonymousAuth, authorizationMode, readOnlyPort, rotateCertificates and protectKernelDefaults; nil
	// when they could not be read.
	Settings []Setting `json:"settings,omitempty"`
}

// Setting returns the value of a setting; ok is false when it is not known.
func (k Kubelet) Setting(name string) (Setting, bool) { return find(k.Settings, name) }

// IMDS is the instance metadata service as seen from here.
type IMDS struct {
	Asked bool `json:"asked"`
	// Tokens says whether a session token (IMDSv2) is required.
	Tokens Fact `json:"tokensRequired"`
	// HopLimit is "at least 2" when a token came through to the inside of a container; the service itself does not tell
	// it, so that it is "unknown" elsewhere.
	HopLimit string `json:"hopLimit"`
	// ImageID is the id of the image that the instance was started from.
	ImageID string `json:"imageId,omitempty"`

	instanceID string
	tags       map[string]string
}

// Mount is how a directory in which everyone may write is mounted.
type Mount struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	NoExec bool   `json:"noexec"`
	NoSUID bool   `json:"nosuid"`
	NoDev  bool   `json:"nodev"`
}

// Unread is something that was there and could not be read.
type Unread struct {
	// Item is what would have been told by it.
	Item   string `json:"item"`
	Path   string `json:"path"`
	Reason string `json:"reason"`
}
