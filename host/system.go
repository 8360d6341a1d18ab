package host

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// supportEnds maps a release, "ID:VERSION_ID", to the day until which its distribution brings security fixes to everyone.
// Paid extensions go on for longer. Sources: aws.amazon.com/amazon-linux-2/faqs, docs.aws.amazon.com/linux/al2023/ug
// (release cadence), ubuntu.com/about/release-cycle, wiki.debian.org/LTS, access.redhat.com/support/policy/updates/errata,
// rockylinux.org and almalinux.org (which follow Red Hat's). Where a month is named, its first day stands here.
var supportEnds = map[string]string{
	"amzn:2": "2026-06-30", "amzn:2018.03": "2023-12-31", "amzn:2023": "2029-06-30",
	"ubuntu:16.04": "2021-04-30", "ubuntu:18.04": "2023-05-31", "ubuntu:20.04": "2025-05-31", "ubuntu:22.04": "2027-04-01",
	"ubuntu:24.04": "2029-04-01", "ubuntu:26.04": "2031-04-01",
	"debian:9": "2022-06-30", "debian:10": "2024-06-30", "debian:11": "2026-08-31", "debian:12": "2028-06-30", "debian:13": "2030-06-30",
	"rhel:7": "2024-06-30", "rhel:8": "2029-05-31", "rhel:9": "2032-05-31", "rhel:10": "2035-05-31",
	"centos:7": "2024-06-30", "centos:8": "2021-12-31",
	"rocky:8": "2029-05-31", "rocky:9": "2032-05-31", "rocky:10": "2035-05-31",
	"almalinux:8": "2029-05-31", "almalinux:9": "2032-05-31", "almalinux:10": "2035-05-31",
}

// supportEnd looks a release up, first whole, then by its major version.
func supportEnd(id, version string) string {
	if day, ok := supportEnds[id+":"+version]; ok {
		return day
	}
	major, _, _ := strings.Cut(version, ".")
	return supportEnds[id+":"+major]
}

// Items are names of what the document answers, for Unread.
const (
	itemSystem    = "operating system"
	itemMachine   = "machine"
	itemKernel    = "kernel"
	itemReboot    = "restart"
	itemPackages  = "installed packages"
	itemUpdates   = "pending updates"
	itemAutomatic = "automatic updates"
	itemCPU       = "CPU mitigations"
	itemSSH       = "sshd"
	itemRuntime   = "container runtime and agents"
	itemKubelet   = "kubelet"
	itemSettings  = "system settings"
	itemMetadata  = "instance metadata"
)

func (m *machine) system() System {
	data, _, _ := m.read(itemSystem, "etc/os-release", "usr/lib/os-release")
	s := readRelease(data)
	s.SupportEnds = supportEnd(s.ID, s.Version)
	if m.insideContainer() {
		s.Inside = string(Container)
	}
	return s
}

// readRelease reads os-release.
func readRelease(data []byte) System {
	var s System
	for line := range strings.Lines(string(data)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		value = clean(strings.Trim(value, `"'`))
		switch key {
		case "ID":
			s.ID = strings.ToLower(value)
		case "VERSION_ID":
			s.Version = value
		case "PRETTY_NAME":
			s.Name = value
		case "VARIANT_ID":
			s.Variant = value
		}
	}
	return s
}

// containerMarks are files that engines put into what they start.
const containerMarks = ".dockerenv run/.containerenv run/systemd/container var/run/secrets/kubernetes.io"

func (m *machine) insideContainer() bool {
	_, ok := m.any(itemMachine, strings.Fields(containerMarks)...)
	return ok
}

var (
	instanceID   = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)
	instanceType = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z0-9-]+$`)
)

// identity tells which machine this is. An instance id comes from the metadata service, the firmware, or cloud-init, in
// this order; without one the hash of machine-id tells two machines apart without giving the id itself away.
func (m *machine) identity(d *Document) Machine {
	out := m.kind(d.System)
	for _, from := range []struct{ how, id string }{
		{"instance metadata", d.Metadata.instanceID},
		{"/sys/class/dmi/id/board_asset_tag", m.dmi("board_asset_tag")},
		{"/var/lib/cloud/data/instance-id", m.line(itemMachine, "var/lib/cloud/data/instance-id")},
	} {
		if instanceID.MatchString(from.id) {
			out.ID, out.IDFrom = from.id, from.how
			break
		}
	}
	if id := m.line(itemMachine, "etc/machine-id"); out.ID == "" && len(id) >= 32 {
		sum := sha256.Sum256([]byte("onus host " + id))
		out.ID, out.IDFrom = "machine-id:"+hex.EncodeToString(sum[:8]), "a hash of /etc/machine-id"
	}
	out.Tags = d.Metadata.tags
	return out
}

func (m *machine) dmi(name string) string { return m.line(itemMachine, "sys/class/dmi/id/"+name) }

// kind tells what the machine is by its firmware, the hypervisor's files and the processor's flags.
func (m *machine) kind(s System) Machine {
	vendor, product := m.dmi("sys_vendor"), m.dmi("product_name")
	cpu, _, read := m.read(itemMachine, "proc/cpuinfo")
	guest := strings.Contains(string(cpu), " hypervisor")
	switch {
	case s.Container():
		mark, _ := m.any(itemMachine, strings.Fields(containerMarks)...)
		return Machine{Kind: Container, Because: "/" + mark + " is there."}
	case vendor == "Amazon EC2" && strings.Contains(product, ".metal"):
		return Machine{Kind: Metal, InstanceType: typeOf(product), Because: "The firmware is that of EC2, of the type " + product + "."}
	case vendor == "Amazon EC2":
		return Machine{Kind: Nitro, InstanceType: typeOf(product), Because: "The firmware's vendor is Amazon EC2."}
	case strings.HasPrefix(m.line(itemMachine, "sys/hypervisor/uuid"), "ec2"), strings.Contains(m.dmi("bios_version"), "amazon"):
		return Machine{Kind: Xen, Because: "The hypervisor is Xen and names itself EC2's."}
	case guest && vendor != "":
		return Machine{Kind: VirtualMachine, Because: "The processor has the flag hypervisor; the firmware's vendor is " + vendor + "."}
	case guest:
		return Machine{Kind: VirtualMachine, Because: "The processor has the flag hypervisor, and there is no firmware that names a vendor."}
	case vendor != "" && read && strings.Contains(string(cpu), "flags"):
		return Machine{Kind: BareMetal, Because: "The processor does not have the flag hypervisor; the firmware's vendor is " + vendor + "."}
	}
	return Machine{Kind: UnknownKind, Because: "Neither the firmware nor the processor's flags tell."}
}

func typeOf(product string) string {
	if instanceType.MatchString(product) {
		return product
	}
	return ""
}
