package host

import (
	"strings"
)

const cpuDir = "sys/devices/system/cpu/vulnerabilities"

// cpu reads what the kernel says of the processor's faults. Nil when the directory is not there.
func (m *machine) cpu() []CPUFault {
	names, err := m.list(itemCPU, cpuDir)
	if err != nil {
		return nil
	}
	out := []CPUFault{}
	for _, name := range names[:min(len(names), MaxListed)] {
		if text := m.line(itemCPU, cpuDir+"/"+name); text != "" {
			out = append(out, ReadFault(clean(name), text))
		}
	}
	return out
}

// The states of a fault.
const (
	faultNone       = "not-affected"
	faultMitigated  = "mitigated"
	faultVulnerable = "vulnerable"
	faultUnknown    = "unknown"
)

// softwareOnly are faults that the kernel mitigates without help from the processor: "Vulnerable" alone is the kernel's.
const softwareOnly = " meltdown spectre_v1 l1tf retbleed mds tsx_async_abort mmio_stale_data spectre_v2 "

// ReadFault tells the two halves of a fault apart in the kernel's line about it. The halves follow the kernel's own
// documents (Documentation/admin-guide/hw-vuln): page-table isolation, retpolines, barriers and clearing buffers are the
// running kernel's, microcode and what hyper-threads of one core run at the same time are the machine's below.
func ReadFault(name, text string) CPUFault {
	f := CPUFault{Name: name, Text: text, State: faultUnknown, Guest: HalfUnknown, Host: HalfUnknown}
	low := strings.ToLower(text)
	parts := strings.Split(low, ";")
	first := strings.TrimSpace(parts[0])
	switch {
	case strings.HasPrefix(first, "not affected"):
		f.State, f.Guest, f.Host, f.Because = faultNone, HalfNone, HalfNone, "The processor does not have this fault."
	case strings.HasPrefix(low, "unknown"):
		f.Guest, f.Because = HalfNone, "The kernel cannot see what the machine below does about it."
	case name == "old_microcode":
		f.State, f.Guest, f.Host, f.Because = faultVulnerable, HalfNone, HalfMissing, "The processor's microcode is older than the kernel knows of."
	case strings.Contains(first, "no microcode"):
		f.State, f.Host = faultVulnerable, HalfMissing
		f.Because = "The kernel needs microcode that the machine below does not have, and says of itself nothing more."
		if strings.Contains(first, "attempted") || strings.Contains(first, "safe ret") {
			f.Guest, f.Because = HalfDone, "The kernel does its part; the machine below lacks the microcode."
		}
	case strings.HasPrefix(first, "mitigation"), strings.HasPrefix(first, "kvm: mitigation"):
		f.State, f.Guest, f.Host = faultMitigated, HalfDone, HalfDone
		f.Because = "The kernel mitigates it and finds what it needs of the processor."
	case strings.HasPrefix(first, "vulnerable"):
		f.State = faultVulnerable
		f.Because = "Either the kernel's mitigation is off, or the machine below does not offer what it needs."
		if strings.Contains(softwareOnly, " "+name+" ") {
			f.Guest, f.Because = HalfMissing, "The kernel's mitigation is off, or the kernel is too old to have it."
		}
	default:
		f.Because = "The kernel's line is not one that is known."
	}
	f.rest(parts[1:])
	return f
}

// rest reads what stands behind the first part: the state of hyper-threads, and sub-mitigations of spectre_v2.
func (f *CPUFault) rest(parts []string) {
	if f.State == faultNone {
		return
	}
	for _, part := range parts {
		key, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		value = strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(key, "smt host state unknown"):
			if f.Host == HalfDone {
				f.Host = HalfUnknown
			}
			f.Because += " Which hyper-threads share a core is the business of the machine below, which does not tell."
		case strings.HasPrefix(key, "smt vulnerable"):
			f.Guest, f.Because = HalfMissing, f.Because+" Hyper-threads that share a core are not kept apart."
		case strings.HasPrefix(value, "vulnerable") && f.State == faultMitigated:
			f.State, f.Guest = faultVulnerable, HalfMissing
			f.Because = "The kernel mitigates it in part: " + strings.ToUpper(key) + " is vulnerable."
		}
	}
}
